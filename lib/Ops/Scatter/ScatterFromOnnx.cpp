//===- ScatterFromOnnx.cpp - Updates by index of ONNX models --------------===//

#include "dtc/Import/OnnxNode.h"

using namespace mlir;
using namespace dtc;

/// Longer updates of a cache are refused: their positions are built here.
static constexpr int64_t maxPositions = int64_t(1) << 22;

/// The attribute `reduction`; null for 'none'. Other words are an error.
static ReduceKindEnumAttr readReduction(OnnxNode &node) {
  StringRef word = node.text("reduction", "none");
  if (word == "none")
    return {};
  auto kind = llvm::StringSwitch<std::optional<ReduceKindEnum>>(word)
                  .Case("add", ReduceKindEnum::sum)
                  .Case("mul", ReduceKindEnum::product)
                  .Case("max", ReduceKindEnum::max)
                  .Case("min", ReduceKindEnum::min)
                  .Default(std::nullopt);
  if (kind)
    return ReduceKindEnumAttr::get(node.getContext(), *kind);
  node.error("attribute 'reduction': expected 'none', 'add', 'mul', 'max' or "
             "'min', got '" +
             word + "'");
  return {};
}

static OnnxResults importScatterElements(OnnxNode &node) {
  int64_t axis =
      node.dimension(node.integer("axis", 0), node.rank(node.input(0)));
  ReduceKindEnumAttr reduction = readReduction(node);
  return {node.create<ScatterElementsOp>(node.input(0), node.input(1),
                                         node.input(2), axis, reduction)};
}

static OnnxResults importScatterNd(OnnxNode &node) {
  ReduceKindEnumAttr reduction = readReduction(node);
  return {node.create<ScatterNdOp>(node.input(0), node.input(1), node.input(2),
                                   reduction)};
}

/// A cache [batch, ..., length, ...] whose positions from `start[batch]` on
/// become those of an update. Positions are computed, so that any start may
/// come from data: circular ones wrap around.
static OnnxResults importTensorScatter(OnnxNode &node) {
  Value cache = node.input(0), update = node.input(1);
  int64_t rank = node.rank(cache);
  int64_t axis = node.dimension(node.integer("axis", -2), rank);
  StringRef mode = node.text("mode", "linear");
  if (mode != "linear" && mode != "circular")
    return {node.error("attribute 'mode': expected 'linear' or 'circular', "
                       "got '" +
                       mode + "'")};
  if (node.failed())
    return {};
  if (axis == 0 || node.rank(update) != rank)
    return {node.error("expected an axis other than 0 and a cache and update "
                       "of one rank, got " +
                       Twine(rank) + " and " + Twine(node.rank(update)))};
  int64_t length = node.shape(update)[axis];
  if (length > maxPositions)
    return {node.error("expected an update of at most 2^22 positions, got " +
                       Twine(length))};
  SmallVector<int64_t> counting =
      llvm::to_vector(llvm::seq<int64_t>(0, length));
  SmallVector<int64_t> shape(rank, 1);
  shape[axis] = counting.size();
  Value places =
      node.reshape(node.constant(HostTensor::ofIntegers(counting)), shape);
  if (node.has(2)) {
    Type i64 = IntegerType::get(node.getContext(), 64);
    SmallVector<int64_t> starts(rank, 1);
    starts[0] = node.shape(cache)[0];
    Value start = node.cast(node.input(2), i64);
    places = node.create<AddOp>(places, node.reshape(start, starts));
    if (mode == "circular")
      places = node.create<ModOp>(
          places, node.scalar(node.shape(cache)[axis], i64), false);
  }
  return {node.create<ScatterElementsOp>(
      cache, node.broadcast(places, node.shape(update)), update, axis,
      ReduceKindEnumAttr())};
}

void dtc::registerScatterOnnxImporters(OnnxImporters &importers) {
  importers.add("Scatter", {3}, importScatterElements);
  importers.add("ScatterElements", {3}, importScatterElements);
  importers.add("ScatterND", {3}, importScatterNd);
  importers.add("TensorScatter", {2, 3}, importTensorScatter);
}
