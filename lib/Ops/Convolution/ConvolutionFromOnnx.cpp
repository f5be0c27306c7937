//===- ConvolutionFromOnnx.cpp - Convolutions of ONNX models --------------===//

#include "WindowFromOnnx.h"

using namespace mlir;
using namespace dtc;

/// Reports what convolutions of both kinds ask of their operands.
static bool checkOperands(OnnxNode &node, int64_t groups) {
  Value input = node.input(0), weight = node.input(1);
  if (node.rank(input) < 3 || node.rank(weight) != node.rank(input))
    node.error("expected an input and a weight of one rank of 3 or more, got "
               "ranks " +
               Twine(node.rank(input)) + " and " + Twine(node.rank(weight)));
  else if (groups < 1)
    node.error("attribute 'group': expected 1 or more, got " + Twine(groups));
  return !node.failed();
}

static OnnxResults importConv(OnnxNode &node) {
  Value input = node.input(0), weight = node.input(1);
  int64_t groups = node.integer("group", 1);
  if (!checkOperands(node, groups))
    return {};
  ArrayRef<int64_t> extents = node.shape(input).drop_front(2);
  auto window = readWindow(node, extents, node.shape(weight).drop_front(2));
  if (!window)
    return {};
  padToSame(*window, extents);
  return {node.create<ConvolutionOp>(
      input, weight, node.input(2), window->strides, window->dilations,
      window->padsBegin, window->padsEnd, groups)};
}

/// The result's spatial extents where the node says them, by a list or by its
/// padding mode.
static std::optional<SmallVector<int64_t>>
readOutputShape(OnnxNode &node, const OnnxWindow &window,
                ArrayRef<int64_t> extents) {
  auto shape = node.integers("output_shape");
  if (shape && shape->size() == extents.size() + 2)
    shape->erase(shape->begin(), shape->begin() + 2);
  if (!shape && window.isSame()) {
    shape.emplace();
    for (auto [extent, stride] : llvm::zip(extents, window.strides))
      shape->push_back(extent * stride);
  }
  bool isWrong = shape && (shape->size() != extents.size() ||
                           llvm::any_of(*shape, [](int64_t n) {
                             return n < 0 || n >= int64_t(1) << 31;
                           }));
  if (isWrong)
    node.error("attribute 'output_shape': expected an extent for each of " +
               Twine(extents.size()) + " spatial dimensions");
  return shape;
}

static OnnxResults importConvTranspose(OnnxNode &node) {
  Value input = node.input(0), weight = node.input(1);
  int64_t groups = node.integer("group", 1);
  if (!checkOperands(node, groups))
    return {};
  ArrayRef<int64_t> extents = node.shape(input).drop_front(2);
  auto window = readWindow(node, extents, node.shape(weight).drop_front(2));
  auto more = node.integers("output_padding")
                  .value_or(SmallVector<int64_t>(extents.size(), 0));
  if (!window)
    return {};
  auto shape = readOutputShape(node, *window, extents);
  if (more.size() != extents.size() || llvm::any_of(more, [](int64_t n) {
        return n < 0 || n >= int64_t(1) << 31;
      }))
    return {node.error("attribute 'output_padding': expected a number of 0 or "
                       "more for each of " +
                       Twine(extents.size()) + " spatial dimensions")};
  if (node.failed())
    return {};
  for (size_t dim = 0; dim < extents.size(); ++dim) {
    if (shape) {
      int64_t total = window->strides[dim] * (extents[dim] - 1) + more[dim] +
                      window->span(dim) - (*shape)[dim];
      window->sharePadding(dim, std::max<int64_t>(total, 0));
      window->padsEnd[dim] += std::min<int64_t>(total, 0);
    }
    window->padsEnd[dim] -= more[dim];
  }
  return {node.create<TransposedConvolutionOp>(
      input, weight, node.input(2), window->strides, window->dilations,
      window->padsBegin, window->padsEnd, groups)};
}

//===----------------------------------------------------------------------===//
// Col2Im
//===----------------------------------------------------------------------===//

/// Weights that put element `k` of a block at its place in a window, for each
/// of `channels` groups.
static Value placesOfBlock(OnnxNode &node, int64_t channels,
                           ArrayRef<int64_t> block, Type element) {
  int64_t volume = numElements(block);
  SmallVector<int64_t> shape{volume, 1};
  llvm::append_range(shape, block);
  HostTensor identity(getDType(element), shape);
  for (int64_t k = 0; k < volume; ++k)
    identity.setDouble(k * volume + k, 1);
  SmallVector<int64_t> repeated{channels};
  llvm::append_range(repeated, shape);
  Value weight = node.broadcast(node.constant(std::move(identity)), repeated);
  shape[0] = channels * volume;
  return node.reshape(weight, shape);
}

/// Blocks in columns are added up in an image: a transposed convolution.
static OnnxResults importCol2Im(OnnxNode &node) {
  Value input = node.input(0);
  auto image = node.knownIntegers(1), block = node.knownIntegers(2);
  if (!image || !block)
    return {};
  OnnxWindow window;
  size_t spatial = block->size();
  window.kernel = *block;
  window.strides =
      node.integers("strides").value_or(SmallVector<int64_t>(spatial, 1));
  window.dilations =
      node.integers("dilations").value_or(SmallVector<int64_t>(spatial, 1));
  auto pads =
      node.integers("pads").value_or(SmallVector<int64_t>(2 * spatial, 0));
  auto isBad = [](int64_t n) { return n < 1 || n >= int64_t(1) << 20; };
  bool fits = node.rank(input) == 3 && spatial >= 1 && spatial <= 3 &&
              image->size() == spatial && window.strides.size() == spatial &&
              window.dilations.size() == spatial && pads.size() == 2 * spatial;
  for (ArrayRef<int64_t> list :
       {ArrayRef(*image), ArrayRef(*block), ArrayRef(window.strides),
        ArrayRef(window.dilations)})
    fits = fits && llvm::none_of(list, isBad);
  fits = fits && llvm::all_of(pads, [](int64_t n) { return n >= 0; }) &&
         llvm::all_of(pads, [](int64_t n) { return n < int64_t(1) << 20; });
  int64_t volume = fits ? numElements(*block) : 1;
  if (!fits || volume > (1 << 12) || node.shape(input)[1] % volume != 0)
    return {node.error("expected columns [n, c * block, places] and an image, "
                       "a block, strides, dilations of 1 or more and pads for "
                       "one to three dimensions")};
  SmallVector<int64_t> shape(node.shape(input).take_front(2)), ends;
  for (size_t dim = 0; dim < spatial; ++dim) {
    int64_t room =
        (*image)[dim] + pads[dim] + pads[spatial + dim] - window.span(dim);
    shape.push_back(room < 0 ? 0 : room / window.strides[dim] + 1);
    // Positions of the image that no block reaches are at its end.
    ends.push_back(window.strides[dim] * (shape.back() - 1) + window.span(dim) -
                   pads[dim] - (*image)[dim]);
  }
  if (numElements(ArrayRef(shape).drop_front(2)) != node.shape(input)[2])
    return {node.error(
        "expected " + Twine(numElements(ArrayRef(shape).drop_front(2))) +
        " places for this image, got " + Twine(node.shape(input)[2]))};
  int64_t channels = shape[1] / volume;
  Value weight = placesOfBlock(node, channels, *block, node.element(input));
  return {node.create<TransposedConvolutionOp>(
      node.reshape(input, shape), weight, Value(), window.strides,
      window.dilations, ArrayRef<int64_t>(pads).take_front(spatial), ends,
      channels)};
}

void dtc::registerConvolutionOnnxImporters(OnnxImporters &importers) {
  importers.add("Col2Im", {3}, importCol2Im);
  importers.add("Conv", {2, 3}, importConv);
  importers.add("ConvTranspose", {2, 3}, importConvTranspose);
}
