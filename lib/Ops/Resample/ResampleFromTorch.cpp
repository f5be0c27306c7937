//===- ResampleFromTorch.cpp - Resampling of ATen -------------------------===//
//
// The upsample operators resample all dimensions but the first two. Their
// overload `vec` has a size or a factor for each of them, `default` sizes and
// an optional factor each. A factor, where there is one, is also the distance
// of positions; a size alone makes it that of the sizes.
//
//===----------------------------------------------------------------------===//

#include "ResampleImport.h"

#include "dtc/Import/TorchNode.h"

#include <cmath>

using namespace mlir;
using namespace dtc;

namespace {

/// Sizes and factors of the resampled dimensions; a factor of 0 is none.
struct Targets {
  SmallVector<int64_t> sizes;
  SmallVector<double> factors;
};

} // namespace

/// Of the overload `vec`: one of the two lists.
static Targets readLists(TorchNode &node, ArrayRef<int64_t> inputs) {
  Targets targets;
  auto sizes = node.optionalIntegers("output_size");
  auto factors = node.optionalReals("scale_factors");
  if (bool(sizes) == bool(factors)) {
    node.error("expected either 'output_size' or 'scale_factors'");
    return targets;
  }
  if (sizes) {
    targets.sizes = std::move(*sizes);
    targets.factors.assign(targets.sizes.size(), 0);
    return targets;
  }
  for (auto [input, factor] : llvm::zip(inputs, *factors)) {
    double size = std::floor(static_cast<double>(input) * factor);
    if (!(factor > 0) || !(size < 2147483648.0)) {
      node.error("argument 'scale_factors': expected factors above 0 that give "
                 "sizes below 2^31");
      return {};
    }
    targets.sizes.push_back(static_cast<int64_t>(size));
  }
  targets.factors = std::move(*factors);
  return targets;
}

/// Of the overload `default`: sizes, and factors by the names of dimensions.
static Targets readEach(TorchNode &node, size_t count) {
  Targets targets;
  targets.sizes = node.integers("output_size");
  static const StringRef names[] = {"scales_d", "scales_h", "scales_w"};
  for (size_t i = 0; i < count && count <= 3; ++i) {
    StringRef name = count == 1 ? StringRef("scales") : names[3 - count + i];
    targets.factors.push_back(node.optionalReal(name).value_or(0));
  }
  return targets;
}

/// The dimensions to resample, empty after an error.
static SmallVector<Resampling> readDims(TorchNode &node, Value input,
                                        size_t count) {
  ArrayRef<int64_t> shape = node.shape(input);
  if (node.failed())
    return {};
  if (shape.size() != count + 2) {
    node.error("expected an input of rank " + Twine(count + 2) + ", got rank " +
               Twine(shape.size()));
    return {};
  }
  ArrayRef<int64_t> inputs = shape.drop_front(2);
  Targets targets = node.target().ends_with(".vec") ? readLists(node, inputs)
                                                    : readEach(node, count);
  if (!node.failed() &&
      (targets.sizes.size() != count || targets.factors.size() != count))
    node.error("expected a size for each of " + Twine(count) +
               " dimensions, got " + Twine(targets.sizes.size()));
  SmallVector<Resampling> dims;
  for (size_t i = 0; i < count && !node.failed(); ++i) {
    Resampling &dim = dims.emplace_back();
    dim.axis = static_cast<int64_t>(i) + 2;
    dim.input = inputs[i];
    dim.output = targets.sizes[i];
    if (dim.input < 1 || dim.output < 1 || dim.output >= INT32_MAX)
      node.error("expected sizes from 1 to 2^31 - 2, got " + Twine(dim.input) +
                 " and " + Twine(dim.output));
    double factor = targets.factors[i];
    dim.scale = factor > 0 ? factor
                           : static_cast<double>(dim.output) /
                                 static_cast<double>(dim.input);
  }
  return dims;
}

/// "aten.upsample_nearest2d.vec" resamples 2 dimensions.
static size_t countDims(TorchNode &node) {
  StringRef name = node.target().take_front(node.target().rfind('.'));
  name.consume_back("_aa");
  return name.drop_back().back() - '0';
}

static StringRef operandName(TorchNode &node) {
  return node.target().ends_with(".vec") ? "input" : "self";
}

template <bool isExact> static NodeResults importNearest(TorchNode &node) {
  Value input = node.tensor(operandName(node));
  SmallVector<Resampling> dims = readDims(node, input, countDims(node));
  // Whole steps are taken as such, whatever the factors say.
  for (Resampling &dim : dims)
    if (!isExact && (dim.output == dim.input || dim.output == 2 * dim.input))
      dim.scale = static_cast<double>(dim.output / dim.input);
  ResizeOptions options;
  options.mode = "nearest";
  options.rounding = "floor";
  options.coordinates = isExact ? "torch_nearest_exact" : "torch_nearest";
  return {node.failed() ? Value() : resample(node, input, options, dims)};
}

/// Linear or cubic, in half pixels or with aligned corners.
static NodeResults importInterpolated(TorchNode &node, ResizeOptions options) {
  Value input = node.tensor(operandName(node));
  bool alignsCorners = node.flag("align_corners", false);
  SmallVector<Resampling> dims = readDims(node, input, countDims(node));
  options.coordinates = alignsCorners ? "align_corners" : "half_pixel";
  if (alignsCorners && options.antialiases)
    return {node.error("argument 'align_corners': expected false of a "
                       "resampling with a filter, got true")};
  // Corners have the distance of the sizes, whatever the factors say.
  if (alignsCorners)
    for (Resampling &dim : dims)
      dim.scale =
          static_cast<double>(dim.output) / static_cast<double>(dim.input);
  return {node.failed() ? Value() : resample(node, input, options, dims)};
}

static NodeResults importLinear(TorchNode &node) {
  ResizeOptions options;
  options.mode = "linear";
  return importInterpolated(node, options);
}

static NodeResults importCubic(TorchNode &node) {
  ResizeOptions options;
  options.mode = "cubic";
  return importInterpolated(node, options);
}

/// With a filter as wide as the step; what lies outside counts for nothing.
static NodeResults importFilteredLinear(TorchNode &node) {
  ResizeOptions options;
  options.mode = "linear";
  options.antialiases = options.excludesOutside = true;
  return importInterpolated(node, options);
}

static NodeResults importFilteredCubic(TorchNode &node) {
  ResizeOptions options;
  options.mode = "cubic";
  options.cubicA = -0.5;
  options.antialiases = options.excludesOutside = true;
  return importInterpolated(node, options);
}

void dtc::registerResampleTorchImporters(TorchImporters &importers) {
  static const std::pair<const char *, TorchImporters::Function> operators[] = {
      {"upsample_nearest1d", importNearest<false>},
      {"upsample_nearest2d", importNearest<false>},
      {"upsample_nearest3d", importNearest<false>},
      {"_upsample_nearest_exact1d", importNearest<true>},
      {"_upsample_nearest_exact2d", importNearest<true>},
      {"_upsample_nearest_exact3d", importNearest<true>},
      {"upsample_linear1d", importLinear},
      {"upsample_bilinear2d", importLinear},
      {"upsample_trilinear3d", importLinear},
      {"upsample_bicubic2d", importCubic},
      {"_upsample_bilinear2d_aa", importFilteredLinear},
      {"_upsample_bicubic2d_aa", importFilteredCubic}};
  for (auto [name, import] : operators)
    for (const char *overload : {".default", ".vec"})
      importers.add(("aten." + Twine(name) + overload).str(), import);
}
