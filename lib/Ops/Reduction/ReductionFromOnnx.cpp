//===- ReductionFromOnnx.cpp - Reductions of ONNX models ------------------===//

#include "dtc/Import/OnnxNode.h"

using namespace mlir;
using namespace dtc;

namespace {

/// Which dimensions a reduction removes or keeps with size 1.
struct ReducedDims {
  SmallVector<int64_t> dims;
  bool keepDims = true;
  /// No axes, and the op says that this means none.
  bool isIdentity = false;
};

} // namespace

/// Axes are an attribute up to opset 17 (12 for ReduceSum), then operand 1.
static std::optional<ReducedDims> readDims(OnnxNode &node) {
  ReducedDims reduced;
  int64_t rank = node.rank(node.input(0));
  auto axes = node.integers("axes");
  reduced.keepDims = node.integer("keepdims", 1) != 0;
  bool noopWhenEmpty = node.integer("noop_with_empty_axes", 0) != 0;
  if (node.has(1)) {
    axes = node.knownIntegers(1);
    if (!axes)
      return std::nullopt;
  }
  if (!axes || axes->empty()) {
    reduced.isIdentity = noopWhenEmpty;
    reduced.dims = llvm::to_vector(llvm::seq<int64_t>(0, rank));
    return reduced;
  }
  reduced.dims = node.dimensions(*axes, rank);
  return reduced;
}

template <typename OpT> static OnnxResults importReduction(OnnxNode &node) {
  auto reduced = readDims(node);
  if (!reduced)
    return {};
  if (reduced->isIdentity) {
    // Ops that map elements before reducing still map them; dimension lists
    // of size 0 express that.
    reduced->dims.clear();
  }
  return {node.create<OpT>(node.input(0), reduced->dims, reduced->keepDims)};
}

/// Integers are computed on as f64, and the result is rounded towards zero.
static OnnxResults importReduceLogSumExp(OnnxNode &node) {
  auto reduced = readDims(node);
  if (!reduced)
    return {};
  if (reduced->isIdentity)
    reduced->dims.clear();
  Value input = node.input(0);
  Type type = node.element(input);
  if (isa<IntegerType>(type))
    input = node.cast(input, Float64Type::get(node.getContext()));
  Value result =
      node.create<ReduceLogSumExpOp>(input, reduced->dims, reduced->keepDims);
  return {node.cast(result, type)};
}

static OnnxResults importReduceLogSum(OnnxNode &node) {
  OnnxResults sum = importReduction<ReduceSumOp>(node);
  if (sum.empty())
    return {};
  Type type = node.element(sum[0]);
  Value wide = isa<IntegerType>(type)
                   ? node.cast(sum[0], Float64Type::get(node.getContext()))
                   : sum[0];
  return {node.cast(node.create<LogOp>(wide), type)};
}

template <typename OpT> static OnnxResults importArgReduction(OnnxNode &node) {
  Value input = node.input(0);
  int64_t axis = node.dimension(node.integer("axis", 0), node.rank(input));
  bool keepDims = node.integer("keepdims", 1) != 0;
  bool lastIndex = node.integer("select_last_index", 0) != 0;
  return {node.create<OpT>(input, axis, keepDims, lastIndex)};
}

template <typename OpT> static OnnxResults importRunning(OnnxNode &node) {
  Value input = node.input(0);
  auto axis = node.knownReal(1);
  bool exclusive = node.integer("exclusive", 0) != 0;
  bool reverse = node.integer("reverse", 0) != 0;
  if (!axis)
    return {};
  return {node.create<OpT>(input, node.dimension(*axis, node.rank(input)),
                           exclusive, reverse)};
}

void dtc::registerReductionOnnxImporters(OnnxImporters &importers) {
  importers.add("ReduceSum", {1, 2}, importReduction<ReduceSumOp>);
  importers.add("ReduceMean", {1, 2}, importReduction<ReduceMeanOp>);
  importers.add("ReduceMax", {1, 2}, importReduction<ReduceMaxOp>);
  importers.add("ReduceMin", {1, 2}, importReduction<ReduceMinOp>);
  importers.add("ReduceProd", {1, 2}, importReduction<ReduceProdOp>);
  importers.add("ReduceL1", {1, 2}, importReduction<ReduceL1Op>);
  importers.add("ReduceL2", {1, 2}, importReduction<ReduceL2Op>);
  importers.add("ReduceSumSquare", {1, 2}, importReduction<ReduceSumSquareOp>);
  importers.add("ReduceLogSumExp", {1, 2}, importReduceLogSumExp);
  importers.add("ReduceLogSum", {1, 2}, importReduceLogSum);
  importers.add("ArgMax", {1}, importArgReduction<ArgMaxOp>);
  importers.add("ArgMin", {1}, importArgReduction<ArgMinOp>);
  importers.add("CumSum", {2}, importRunning<CumSumOp>);
  importers.add("CumProd", {2}, importRunning<CumProdOp>);
}
