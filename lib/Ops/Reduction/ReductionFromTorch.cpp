//===- ReductionFromTorch.cpp - Reductions of ATen ------------------------===//

#include "dtc/Import/TorchNode.h"

#include "mlir/Dialect/Traits.h"

#include <limits>

using namespace mlir;
using namespace dtc;

/// The dimensions of a node, all of them where it names none.
static SmallVector<int64_t> readDims(TorchNode &node, Value input) {
  int64_t rank = node.rank(input);
  auto given = node.optionalIntegers("dim");
  if (!given || given->empty())
    return llvm::to_vector(llvm::seq<int64_t>(0, rank));
  // A scalar has one dimension to name.
  if (rank == 0)
    return {};
  return node.dimensions(*given, rank);
}

static bool keepsDims(TorchNode &node) { return node.flag("keepdim", false); }

/// The operand in the type that `dtype` names, else integers as i64.
static Value widened(TorchNode &node) {
  Value input = node.tensor("self");
  Type type = node.elementType("dtype");
  if (!input)
    return {};
  if (!type)
    type =
        isa<FloatType>(node.element(input)) ? node.element(input) : node.i64();
  return node.cast(input, type);
}

/// Sums and products of integers are i64.
template <typename OpT> static NodeResults importSum(TorchNode &node) {
  Value input = widened(node);
  SmallVector<int64_t> dims = readDims(node, input);
  return {node.create<OpT>(input, dims, keepsDims(node))};
}

static NodeResults importMean(TorchNode &node) {
  Value input = node.tensor("self");
  if (Type type = node.elementType("dtype"))
    input = node.cast(input, type);
  SmallVector<int64_t> dims = readDims(node, input);
  return {node.create<ReduceMeanOp>(input, dims, keepsDims(node))};
}

static NodeResults importCount(TorchNode &node) {
  Value input = node.tensor("self");
  SmallVector<int64_t> dims = readDims(node, input);
  Value isCounted = node.cast(input, node.i1());
  return {
      node.create<ReduceSumOp>(node.cast(isCounted, node.i64()), dims, false)};
}

/// The sum of products over the norms, each at least `eps`.
static NodeResults importCosineSimilarity(TorchNode &node) {
  static constexpr StringRef names[] = {"x1", "x2"};
  Type type = node.promote(names);
  if (type && !isa<FloatType>(type))
    return {node.error("expected floats, got integers")};
  Value a = node.operand("x1", type), b = node.operand("x2", type);
  SmallVector<int64_t> shape;
  if (node.failed() ||
      !OpTrait::util::getBroadcastedShape(node.shape(a), node.shape(b), shape))
    return {node.error("expected operands that broadcast")};
  a = node.broadcast(a, shape), b = node.broadcast(b, shape);
  int64_t dim = node.dimension(node.integer("dim", 1), shape.size());
  double least = node.real("eps", 1e-8);
  if (node.failed() || shape.empty())
    return {node.error("expected operands with dimensions")};
  SmallVector<int64_t> dims{dim};
  auto unit = [&](Value value) {
    Value norm = node.create<MaximumOp>(
        node.create<ReduceL2Op>(value, dims, true), node.scalar(least, type));
    return node.create<DivOp>(value, norm);
  };
  return {node.create<ReduceSumOp>(node.create<MulOp>(unit(a), unit(b)), dims,
                                   false)};
}

template <typename OpT> static NodeResults importExtremum(TorchNode &node) {
  Value input = node.tensor("self");
  SmallVector<int64_t> dims = readDims(node, input);
  return {node.create<OpT>(input, dims, keepsDims(node))};
}

/// Values and their places along one dimension.
template <typename ValueOp, typename IndexOp>
static NodeResults importExtremumAlong(TorchNode &node) {
  Value input = node.tensor("self");
  int64_t axis = node.dimension(node.integer("dim"), node.rank(input));
  bool keep = keepsDims(node);
  if (node.failed())
    return {};
  return {node.create<ValueOp>(input, ArrayRef<int64_t>(axis), keep),
          node.create<IndexOp>(input, axis, keep, false)};
}

/// Without a dimension, the place in the tensor as one long list.
template <typename OpT> static NodeResults importArgExtremum(TorchNode &node) {
  Value input = node.tensor("self");
  bool keep = keepsDims(node);
  if (auto dim = node.optionalInteger("dim")) {
    int64_t axis = node.dimension(*dim, node.rank(input));
    return {node.create<OpT>(input, axis, keep, false)};
  }
  if (keep)
    return {node.error("expected a dimension to keep")};
  Value flat = node.reshape(input, {numElements(node.shape(input))});
  return {node.create<OpT>(flat, int64_t(0), false, false)};
}

/// How many elements are not 0.
static Value countTrue(TorchNode &node, Value condition) {
  SmallVector<int64_t> dims = readDims(node, condition);
  return node.create<ReduceSumOp>(node.cast(condition, node.i64()), dims,
                                  keepsDims(node));
}

static NodeResults importAny(TorchNode &node) {
  Value condition = node.cast(node.tensor("self"), node.i1());
  return {node.cast(countTrue(node, condition), node.i1())};
}

static NodeResults importAll(TorchNode &node) {
  Value isFalse = node.create<NotOp>(node.cast(node.tensor("self"), node.i1()));
  return {node.create<NotOp>(node.cast(countTrue(node, isFalse), node.i1()))};
}

/// The correction that a node names: 1 unless it says otherwise.
static std::optional<int64_t> readCorrection(TorchNode &node) {
  if (node.has("unbiased"))
    return node.flag("unbiased", true);
  double correction = node.real("correction", 1);
  auto whole = static_cast<int64_t>(std::clamp(correction, -1e15, 1e15));
  if (static_cast<double>(whole) == correction)
    return whole;
  node.error("argument 'correction': expected an integer");
  return std::nullopt;
}

template <typename OpT> static NodeResults importVariance(TorchNode &node) {
  Value input = node.tensor("self");
  auto correction = readCorrection(node);
  SmallVector<int64_t> dims = readDims(node, input);
  if (!correction)
    return {};
  return {node.create<OpT>(input, dims, *correction, keepsDims(node))};
}

template <typename OpT>
static NodeResults importVarianceAndMean(TorchNode &node) {
  NodeResults results = importVariance<OpT>(node);
  if (results.empty())
    return {};
  Value input = node.tensor("self");
  results.push_back(
      node.create<ReduceMeanOp>(input, readDims(node, input), keepsDims(node)));
  return results;
}

static NodeResults importLogSumExp(TorchNode &node) {
  Value input = node.asFloat(node.tensor("self"));
  SmallVector<int64_t> dims = readDims(node, input);
  return {node.create<ReduceLogSumExpOp>(input, dims, keepsDims(node))};
}

/// The norms by sums of powers 1 and 2, and by the extreme sizes.
static NodeResults importNorm(TorchNode &node) {
  Value input = node.tensor("self");
  double order = node.real(node.has("p") ? "p" : "ord", 2);
  if (Type type = node.elementType("dtype"))
    input = node.cast(input, type);
  SmallVector<int64_t> dims = readDims(node, input);
  bool keep = keepsDims(node);
  double infinity = std::numeric_limits<double>::infinity();
  if (order == 2)
    return {node.create<ReduceL2Op>(input, dims, keep)};
  if (order == 1)
    return {node.create<ReduceL1Op>(input, dims, keep)};
  Value size = node.create<AbsOp>(input);
  if (order == infinity)
    return {node.create<ReduceMaxOp>(size, dims, keep)};
  if (order == -infinity)
    return {node.create<ReduceMinOp>(size, dims, keep)};
  if (order == 0)
    return {node.error("argument 'ord': expected a number other than 0")};
  Type type = node.element(input);
  Value powers = node.create<PowOp>(size, node.scalar(order, type));
  return {node.create<PowOp>(node.create<ReduceSumOp>(powers, dims, keep),
                             node.scalar(1 / order, type))};
}

template <typename OpT> static NodeResults importRunning(TorchNode &node) {
  Value input = widened(node);
  int64_t rank = node.rank(input);
  if (rank == 0)
    return {input};
  int64_t axis = node.dimension(node.integer("dim"), rank);
  return {node.create<OpT>(input, axis, false, false)};
}

void dtc::registerReductionTorchImporters(TorchImporters &importers) {
  importers.add("aten.sum.default", importSum<ReduceSumOp>);
  importers.add("aten.sum.dim_IntList", importSum<ReduceSumOp>);
  importers.add("aten.prod.default", importSum<ReduceProdOp>);
  importers.add("aten.prod.dim_int", importSum<ReduceProdOp>);
  importers.add("aten.mean.default", importMean);
  importers.add("aten.mean.dim", importMean);
  importers.add("aten.amax.default", importExtremum<ReduceMaxOp>);
  importers.add("aten.amin.default", importExtremum<ReduceMinOp>);
  importers.add("aten.max.default", importExtremum<ReduceMaxOp>);
  importers.add("aten.min.default", importExtremum<ReduceMinOp>);
  importers.add("aten.max.dim", importExtremumAlong<ReduceMaxOp, ArgMaxOp>);
  importers.add("aten.min.dim", importExtremumAlong<ReduceMinOp, ArgMinOp>);
  importers.add("aten.argmax.default", importArgExtremum<ArgMaxOp>);
  importers.add("aten.argmin.default", importArgExtremum<ArgMinOp>);
  for (StringRef overload : {"default", "dim", "dims"}) {
    importers.add(("aten.any." + overload).str(), importAny);
    importers.add(("aten.all." + overload).str(), importAll);
  }
  for (StringRef overload : {"default", "dim", "correction"}) {
    importers.add(("aten.var." + overload).str(), importVariance<ReduceVarOp>);
    importers.add(("aten.std." + overload).str(), importVariance<ReduceStdOp>);
  }
  importers.add("aten.var_mean.correction", importVarianceAndMean<ReduceVarOp>);
  importers.add("aten.std_mean.correction", importVarianceAndMean<ReduceStdOp>);
  importers.add("aten.count_nonzero.default", importCount);
  importers.add("aten.count_nonzero.dim_IntList", importCount);
  importers.add("aten.cosine_similarity.default", importCosineSimilarity);
  importers.add("aten.logsumexp.default", importLogSumExp);
  importers.add("aten.linalg_vector_norm.default", importNorm);
  importers.add("aten.norm.Scalar", importNorm);
  importers.add("aten.norm.ScalarOpt_dim", importNorm);
  importers.add("aten.cumsum.default", importRunning<CumSumOp>);
  importers.add("aten.cumprod.default", importRunning<CumProdOp>);
}
