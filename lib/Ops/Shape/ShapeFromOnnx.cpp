//===- ShapeFromOnnx.cpp - Reshapes and transposes of ONNX models ---------===//

#include "dtc/Import/OnnxNode.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace dtc;

//===----------------------------------------------------------------------===//
// Reshapes
//===----------------------------------------------------------------------===//

/// Resolves 0 (copy the dimension, unless `allowzero`) and one -1 (the rest).
static OnnxResults importReshape(OnnxNode &node) {
  Value input = node.input(0);
  bool keepZeros = node.integer("allowzero", 0) != 0;
  auto requested = node.knownIntegers(1);
  if (!requested)
    return {};
  ArrayRef<int64_t> from = node.shape(input);
  SmallVector<int64_t> shape(*requested);
  int64_t product = 1, rest = -1;
  for (auto [i, extent] : llvm::enumerate(shape)) {
    if (extent == 0 && !keepZeros) {
      if (i >= from.size())
        return {node.error("expected a dimension " + Twine(i) +
                           " to copy, got an operand of rank " +
                           Twine(from.size()))};
      extent = from[i];
    }
    bool isRest = extent == -1 && rest < 0;
    if (isRest)
      rest = i;
    else if (extent < 0 || llvm::MulOverflow(product, extent, product))
      return {node.error("expected dimensions of 0 or more and one -1 at most, "
                         "got " +
                         Twine(extent))};
  }
  int64_t total = numElements(from);
  if (rest >= 0) {
    if (product == 0 || total % product != 0)
      return {node.error("expected a shape that divides " + Twine(total) +
                         " elements, got " + Twine(product) +
                         " beside the -1")};
    shape[rest] = total / product;
  } else if (product != total) {
    return {node.error("expected a shape of " + Twine(total) +
                       " elements, got one of " + Twine(product))};
  }
  return {node.reshape(input, shape)};
}

static OnnxResults importFlatten(OnnxNode &node) {
  Value input = node.input(0);
  ArrayRef<int64_t> shape = node.shape(input);
  int64_t rank = shape.size(), axis = node.integer("axis", 1);
  // Unlike elsewhere, the rank itself is an axis too.
  if (axis != rank)
    axis = node.dimension(axis, rank);
  return {node.reshape(input, {numElements(shape.take_front(axis)),
                               numElements(shape.drop_front(axis))})};
}

/// Operand 1, before opset 13 an attribute; nothing when absent or wrong.
static std::optional<SmallVector<int64_t>> readAxes(OnnxNode &node) {
  if (node.has(1))
    return node.knownIntegers(1);
  return node.opset() < 13 ? node.integers("axes") : std::nullopt;
}

static OnnxResults importSqueeze(OnnxNode &node) {
  Value input = node.input(0);
  ArrayRef<int64_t> shape = node.shape(input);
  SmallVector<int64_t> dims, result;
  auto axes = readAxes(node);
  if (axes) {
    dims = node.dimensions(*axes, shape.size());
    for (int64_t dim : dims)
      if (shape[dim] != 1)
        return {node.error("expected dimension " + Twine(dim) +
                           " to have size 1, got " + Twine(shape[dim]))};
  }
  for (auto [i, extent] : llvm::enumerate(shape))
    if (axes ? !llvm::is_contained(dims, static_cast<int64_t>(i)) : extent != 1)
      result.push_back(extent);
  return {node.reshape(input, result)};
}

static OnnxResults importUnsqueeze(OnnxNode &node) {
  Value input = node.input(0);
  auto axes = readAxes(node);
  if (!axes)
    return {node.error("expected axes")};
  SmallVector<int64_t> shape(node.shape(input));
  for (int64_t dim : node.dimensions(*axes, shape.size() + axes->size()))
    shape.insert(shape.begin() + dim, 1);
  return {node.reshape(input, shape)};
}

//===----------------------------------------------------------------------===//
// Broadcasts
//===----------------------------------------------------------------------===//

static OnnxResults importExpand(OnnxNode &node) {
  Value input = node.input(0);
  auto requested = node.knownIntegers(1);
  if (!requested)
    return {};
  SmallVector<int64_t> shape;
  if (failed(broadcastShapes(std::nullopt, {node.shape(input), *requested},
                             shape)))
    return {node.error("expected a shape that the operand broadcasts to")};
  return {node.broadcast(input, shape)};
}

/// Repeats dimension by dimension: a new dimension before each is broadcast
/// and merged into it.
static OnnxResults importTile(OnnxNode &node) {
  Value input = node.input(0);
  auto repeats = node.knownIntegers(1);
  if (!repeats)
    return {};
  ArrayRef<int64_t> shape = node.shape(input);
  if (repeats->size() != shape.size())
    return {node.error("expected " + Twine(shape.size()) +
                       " repetitions, got " + Twine(repeats->size()))};
  SmallVector<int64_t> split, repeated, merged;
  for (auto [extent, repeat] : llvm::zip(shape, *repeats)) {
    int64_t product = 0;
    if (repeat < 0 || llvm::MulOverflow(extent, repeat, product))
      return {node.error("expected repetitions of 0 or more, got " +
                         Twine(repeat))};
    merged.push_back(product);
    if (repeat != 1 && extent != 1) {
      split.push_back(1);
      repeated.push_back(repeat);
    }
    split.push_back(extent);
    repeated.push_back(extent == 1 ? repeat : extent);
  }
  Value value = node.reshape(input, split);
  return {node.reshape(node.broadcast(value, repeated), merged)};
}

//===----------------------------------------------------------------------===//
// Transposes
//===----------------------------------------------------------------------===//

static OnnxResults importTranspose(OnnxNode &node) {
  Value input = node.input(0);
  auto permutation = node.integers("perm");
  if (!permutation)
    permutation = llvm::to_vector(llvm::reverse(
        llvm::to_vector(llvm::seq<int64_t>(0, node.rank(input)))));
  return {node.transpose(input, *permutation)};
}

namespace {
/// Of a [batch, channels, height, width] tensor.
struct Blocks {
  int64_t size = 0;
  SmallVector<int64_t> shape;
};
} // namespace

static std::optional<Blocks> readBlocks(OnnxNode &node) {
  Blocks blocks{node.integer("blocksize", 0),
                SmallVector<int64_t>(node.shape(node.input(0)))};
  if (blocks.shape.size() == 4 && blocks.size > 0 && blocks.size < (1 << 15))
    return blocks;
  node.error("expected an operand of rank 4 and a block size of 1 or more");
  return std::nullopt;
}

static OnnxResults importDepthToSpace(OnnxNode &node) {
  StringRef mode = node.text("mode", "DCR");
  auto blocks = readBlocks(node);
  if (!blocks)
    return {};
  auto [b, s] = *blocks;
  int64_t depth = s[1] / (b * b);
  bool depthFirst = mode == "DCR";
  if (depth * b * b != s[1] || (!depthFirst && mode != "CRD"))
    return {node.error("expected channels that divide into blocks and the mode "
                       "'DCR' or 'CRD'")};
  SmallVector<int64_t> split =
      depthFirst ? SmallVector<int64_t>{s[0], b, b, depth, s[2], s[3]}
                 : SmallVector<int64_t>{s[0], depth, b, b, s[2], s[3]};
  SmallVector<int64_t> permutation =
      depthFirst ? SmallVector<int64_t>{0, 3, 4, 1, 5, 2}
                 : SmallVector<int64_t>{0, 1, 4, 2, 5, 3};
  Value value = node.transpose(node.reshape(node.input(0), split), permutation);
  return {node.reshape(value, {s[0], depth, s[2] * b, s[3] * b})};
}

static OnnxResults importSpaceToDepth(OnnxNode &node) {
  StringRef mode = node.text("mode", "DCR");
  auto blocks = readBlocks(node);
  if (!blocks)
    return {};
  auto [b, s] = *blocks;
  bool depthFirst = mode == "DCR";
  if (!depthFirst && mode != "CRD")
    return {node.error("attribute 'mode': expected 'DCR' or 'CRD', got '" +
                       mode + "'")};
  if (s[2] % b != 0 || s[3] % b != 0)
    return {node.error("expected a height and width that divide into blocks")};
  Value value =
      node.reshape(node.input(0), {s[0], s[1], s[2] / b, b, s[3] / b, b});
  value = depthFirst ? node.transpose(value, {0, 3, 5, 1, 2, 4})
                     : node.transpose(value, {0, 1, 3, 5, 2, 4});
  return {node.reshape(value, {s[0], s[1] * b * b, s[2] / b, s[3] / b})};
}

//===----------------------------------------------------------------------===//
// Nothing at all
//===----------------------------------------------------------------------===//

static OnnxResults importIdentity(OnnxNode &node) { return {node.input(0)}; }

void dtc::registerShapeOnnxImporters(OnnxImporters &importers) {
  importers.add("Reshape", {2}, importReshape);
  importers.add("Flatten", {1}, importFlatten);
  importers.add("Squeeze", {1, 2}, importSqueeze);
  importers.add("Unsqueeze", {1, 2}, importUnsqueeze);
  importers.add("Expand", {2}, importExpand);
  importers.add("Tile", {2}, importTile);
  importers.add("Transpose", {1}, importTranspose);
  importers.add("DepthToSpace", {1}, importDepthToSpace);
  importers.add("SpaceToDepth", {1}, importSpaceToDepth);
  importers.add("Identity", {1}, importIdentity);
}
