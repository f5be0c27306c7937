//===- ResampleFromOnnx.cpp - Resampling of ONNX models -------------------===//
//
// Reads what Resize and Upsample say; scales and sizes must be known here.
//
//===----------------------------------------------------------------------===//

#include "ResampleImport.h"

#include "dtc/Import/OnnxNode.h"

#include "llvm/ADT/StringExtras.h"

#include <cmath>

using namespace mlir;
using namespace dtc;

//===----------------------------------------------------------------------===//
// Sizes
//===----------------------------------------------------------------------===//

/// The values of a known floating-point operand.
static std::optional<SmallVector<double>> knownReals(OnnxNode &node,
                                                     unsigned index) {
  const HostTensor *known = node.known(node.input(index));
  if (!known) {
    node.error("operand " + Twine(index) +
               ": expected a value that is known when compiling");
    return std::nullopt;
  }
  SmallVector<double> values;
  for (int64_t i = 0; i < known->size(); ++i)
    values.push_back(known->getDouble(i));
  return values;
}

/// Extents that no program could have, and scales that give them.
static constexpr double kMostElements = 2147483648.0;

static bool setScale(OnnxNode &node, Resampling &dim, double scale) {
  double output = std::floor(static_cast<double>(dim.input) * scale);
  if (!(scale > 0) || !(output < kMostElements)) {
    node.error("expected scales above 0 that give extents below 2147483648");
    return false;
  }
  dim.scale = scale;
  dim.output = static_cast<int64_t>(output);
  return true;
}

/// The operand at `index` when it is there and has elements.
static bool hasElements(OnnxNode &node, unsigned index) {
  return node.has(index) && numElements(node.shape(node.input(index))) > 0;
}

static bool setSizes(OnnxNode &node, ArrayRef<int64_t> sizes, StringRef policy,
                     MutableArrayRef<Resampling> dims) {
  std::optional<double> common;
  for (auto [dim, size] : llvm::zip(dims, sizes)) {
    if (size < 0 || static_cast<double>(size) >= kMostElements ||
        dim.input == 0) {
      node.error("expected sizes from 0 to 2147483647 of dimensions with "
                 "elements");
      return false;
    }
    dim.output = size;
    dim.scale = static_cast<double>(size) / static_cast<double>(dim.input);
    if (!common ||
        (policy == "not_larger" ? dim.scale < *common : dim.scale > *common))
      common = dim.scale;
  }
  if (policy == "stretch" || !common)
    return true;
  for (Resampling &dim : dims) {
    dim.scale = *common;
    dim.output = static_cast<int64_t>(
        std::floor(*common * static_cast<double>(dim.input) + 0.5));
  }
  return true;
}

/// The dimensions that the node names, by `axes` or all.
static SmallVector<Resampling> readAxes(OnnxNode &node) {
  Value input = node.input(0);
  SmallVector<int64_t> axes;
  if (auto given = node.integers("axes"))
    for (int64_t axis : *given)
      axes.push_back(node.dimension(axis, node.rank(input)));
  else
    axes = llvm::to_vector(llvm::seq<int64_t>(0, node.rank(input)));
  SmallVector<Resampling> dims;
  if (node.failed())
    return dims;
  for (int64_t axis : axes) {
    Resampling dim;
    dim.axis = axis;
    dim.input = node.shape(input)[axis];
    dims.push_back(dim);
  }
  return dims;
}

static bool checkWord(OnnxNode &node, StringRef attribute, StringRef word,
                      ArrayRef<StringRef> known) {
  if (llvm::is_contained(known, word))
    return true;
  node.error("attribute '" + attribute + "': expected one of '" +
             llvm::join(known, "', '") + "', got '" + word + "'");
  return false;
}

/// The attributes of Resize.
static std::optional<ResizeOptions> readOptions(OnnxNode &node) {
  ResizeOptions options;
  options.mode = node.text("mode", "nearest");
  options.coordinates =
      node.text("coordinate_transformation_mode", "half_pixel");
  options.rounding = node.text("nearest_mode", "round_prefer_floor");
  options.cubicA = node.real("cubic_coeff_a", -0.75);
  options.extrapolation = node.real("extrapolation_value", 0);
  options.excludesOutside = node.integer("exclude_outside", 0) != 0;
  options.antialiases = node.integer("antialias", 0) != 0;
  if (!checkWord(node, "mode", options.mode, {"nearest", "linear", "cubic"}) ||
      !checkWord(node, "coordinate_transformation_mode", options.coordinates,
                 {"half_pixel", "half_pixel_symmetric", "pytorch_half_pixel",
                  "align_corners", "asymmetric", "tf_half_pixel_for_nn",
                  "tf_crop_and_resize"}) ||
      !checkWord(node, "nearest_mode", options.rounding,
                 {"round_prefer_floor", "round_prefer_ceil", "floor", "ceil"}))
    return std::nullopt;
  return options;
}

static bool readRegion(OnnxNode &node, MutableArrayRef<Resampling> dims) {
  auto roi = knownReals(node, 1);
  if (roi && roi->size() != 2 * dims.size())
    node.error("operand 'roi': expected a begin and an end for each of " +
               Twine(dims.size()) + " dimensions, got " + Twine(roi->size()) +
               " numbers");
  if (node.failed())
    return false;
  for (auto [index, dim] : llvm::enumerate(dims)) {
    dim.roiBegin = (*roi)[index];
    dim.roiEnd = (*roi)[dims.size() + index];
  }
  return true;
}

/// Sets what each dimension becomes from operand `scalesAt`, or `sizesAt`.
static bool readScales(OnnxNode &node, unsigned scalesAt,
                       MutableArrayRef<Resampling> dims) {
  auto scales = knownReals(node, scalesAt);
  if (!scales)
    return false;
  if (scales->size() != dims.size()) {
    node.error("expected a scale for each of " + Twine(dims.size()) +
               " dimensions, got " + Twine(scales->size()));
    return false;
  }
  for (auto [dim, scale] : llvm::zip(dims, *scales))
    if (!setScale(node, dim, scale))
      return false;
  return true;
}

static OnnxResults importResize(OnnxNode &node) {
  auto options = readOptions(node);
  StringRef policy = node.text("keep_aspect_ratio_policy", "stretch");
  SmallVector<Resampling> dims = readAxes(node);
  if (!options || node.failed() ||
      !checkWord(node, "keep_aspect_ratio_policy", policy,
                 {"stretch", "not_larger", "not_smaller"}))
    return {};
  if (options->coordinates == "tf_crop_and_resize" && !readRegion(node, dims))
    return {};
  if (hasElements(node, 2)) {
    if (!readScales(node, 2, dims))
      return {};
  } else {
    auto sizes = node.knownIntegers(3);
    if (!sizes)
      return {};
    if (sizes->size() != dims.size())
      return {node.error("expected a size for each of " + Twine(dims.size()) +
                         " dimensions, got " + Twine(sizes->size()))};
    if (!setSizes(node, *sizes, policy, dims))
      return {};
  }
  return OnnxResults{resample(node, node.input(0), *options, dims)};
}

/// Scales are an operand, or in old models an attribute.
static OnnxResults importUpsample(OnnxNode &node) {
  ResizeOptions options;
  options.mode = node.text("mode", "nearest");
  options.coordinates = "asymmetric";
  options.rounding = "floor";
  SmallVector<Resampling> dims = readAxes(node);
  if (!checkWord(node, "mode", options.mode, {"nearest", "linear"}))
    return {};
  if (node.has(1))
    return readScales(node, 1, dims)
               ? OnnxResults{resample(node, node.input(0), options, dims)}
               : OnnxResults{};
  auto scales = node.reals("scales");
  if (!scales || scales->size() != dims.size())
    return {node.error("attribute 'scales': expected a number for each of " +
                       Twine(dims.size()) + " dimensions")};
  for (auto [dim, scale] : llvm::zip(dims, *scales))
    if (!setScale(node, dim, scale))
      return {};
  return OnnxResults{resample(node, node.input(0), options, dims)};
}

void dtc::registerResampleOnnxImporters(OnnxImporters &importers) {
  importers.add("Resize", {1, 4}, importResize);
  importers.add("Upsample", {1, 2}, importUpsample);
}
