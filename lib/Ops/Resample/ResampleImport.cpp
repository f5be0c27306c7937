//===- ResampleImport.cpp - Tensors on other grids ------------------------===//
//
// 1. Scales and sizes are known here, so each output position of a dimension is
//    a weighted sum of known input positions, its taps.
// 2. Interpolation is separable: dimensions are resampled one after the other,
//    each by one op.
// 3. f16 and bf16 are resampled in f32.
//
//===----------------------------------------------------------------------===//

#include "ResampleImport.h"

#include <cmath>

using namespace mlir;
using namespace dtc;

namespace {

/// Input positions and their weights for every output position, all of one
/// number; no taps where the position lies outside of the region of interest.
struct Taps {
  std::vector<std::vector<int64_t>> positions;
  std::vector<std::vector<double>> weights;
  std::vector<bool> isOutside;
  size_t count() const { return positions.empty() ? 0 : positions[0].size(); }
};

} // namespace

//===----------------------------------------------------------------------===//
// Taps
//===----------------------------------------------------------------------===//

/// Where output position `x` lies in the input.
static double originalPosition(const ResizeOptions &options,
                               const Resampling &dim, int64_t x) {
  double in = static_cast<double>(dim.input), at = static_cast<double>(x);
  double out = dim.scale * in;
  bool isOne = dim.output == 1;
  StringRef mode = options.coordinates;
  if (mode == "align_corners")
    return out == 1 ? 0 : at * (in - 1) / (out - 1);
  if (mode == "asymmetric")
    return at / dim.scale;
  auto step = static_cast<float>(1 / dim.scale);
  if (mode == "torch_nearest")
    return static_cast<float>(at) * step;
  if (mode == "torch_nearest_exact")
    return static_cast<float>((at + 0.5) * step);
  if (mode == "tf_half_pixel_for_nn")
    return (at + 0.5) / dim.scale;
  if (mode == "tf_crop_and_resize") {
    double size = (dim.roiEnd - dim.roiBegin) * (in - 1);
    return dim.roiBegin * (in - 1) +
           (isOne ? size / 2
                  : at * size / (static_cast<double>(dim.output) - 1));
  }
  double halfPixel = (at + 0.5) / dim.scale - 0.5;
  if (mode == "pytorch_half_pixel")
    return isOne ? 0 : halfPixel;
  if (mode == "half_pixel_symmetric")
    return in / 2 * (1 - static_cast<double>(dim.output) / out) + halfPixel;
  return halfPixel;
}

static double cubicWeight(double x, double a) {
  x = std::abs(x);
  if (x <= 1)
    return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0;
}

/// The position that a mode of rounding picks.
static int64_t nearest(const ResizeOptions &options, double x) {
  double below = std::floor(x), ratio = x - below;
  StringRef mode = options.rounding;
  bool up = ratio > 0.5;
  if (mode == "round_prefer_ceil")
    up = ratio >= 0.5;
  else if (mode == "floor")
    up = false;
  else if (mode == "ceil")
    up = ratio > 0;
  return static_cast<int64_t>(below) + (up ? 1 : 0);
}

/// Positions, not cut to the input, and weights for the point `x`.
static void addTaps(const ResizeOptions &options, const Resampling &dim,
                    double x, std::vector<int64_t> &positions,
                    std::vector<double> &weights) {
  if (options.mode == "nearest") {
    positions.push_back(nearest(options, x));
    weights.push_back(1);
    return;
  }
  bool isCubic = options.mode == "cubic";
  // A wider filter for a smaller result.
  double stretch = options.antialiases ? std::min(dim.scale, 1.0) : 1.0;
  int64_t first =
      static_cast<int64_t>(std::floor((isCubic ? -2 : -1) / stretch)) + 1;
  double below = std::floor(x), ratio = x - below;
  for (int64_t i = first; i < 2 - first; ++i) {
    double distance = (static_cast<double>(i) - ratio) * stretch;
    positions.push_back(static_cast<int64_t>(below) + i);
    weights.push_back(isCubic ? cubicWeight(distance, options.cubicA)
                              : std::max(1 - std::abs(distance), 0.0));
  }
}

static Taps tapsOf(const ResizeOptions &options, const Resampling &dim) {
  Taps taps;
  for (int64_t out = 0; out < dim.output; ++out) {
    double x = originalPosition(options, dim, out);
    taps.isOutside.push_back(options.coordinates == "tf_crop_and_resize" &&
                             (x < 0 || x > static_cast<double>(dim.input - 1)));
    std::vector<int64_t> positions;
    std::vector<double> weights;
    addTaps(options, dim, x, positions, weights);
    double sum = 0;
    for (auto [position, weight] : llvm::zip(positions, weights)) {
      if (options.excludesOutside && (position < 0 || position >= dim.input))
        weight = 0;
      position = std::clamp<int64_t>(position, 0, dim.input - 1);
      sum += weight;
    }
    if (options.excludesOutside || options.antialiases)
      for (double &weight : weights)
        weight /= sum;
    taps.positions.push_back(std::move(positions));
    taps.weights.push_back(std::move(weights));
  }
  return taps;
}

//===----------------------------------------------------------------------===//
// Ops
//===----------------------------------------------------------------------===//

/// A constant along `axis` of a tensor of `rank`.
static Value alongAxis(ImportNode &node, HostTensor values, int64_t axis,
                       int64_t rank) {
  SmallVector<int64_t> shape(rank - axis, 1);
  shape[0] = values.size();
  return node.constant(values.reshaped(shape));
}

/// Taps without weight at any position are left out, but for one.
static void dropUnused(Taps &taps) {
  for (size_t tap = taps.count(); tap-- > 0 && taps.count() > 1;) {
    auto isUsed = [&](const std::vector<double> &weights) {
      return weights[tap] != 0;
    };
    if (llvm::any_of(taps.weights, isUsed))
      continue;
    for (auto &positions : taps.positions)
      positions.erase(positions.begin() + tap);
    for (auto &weights : taps.weights)
      weights.erase(weights.begin() + tap);
  }
}

static Value resampleOne(ImportNode &node, Value value,
                         const ResizeOptions &options, const Resampling &dim) {
  Taps taps = tapsOf(options, dim);
  dropUnused(taps);
  SmallVector<int64_t> positions;
  SmallVector<double> weights;
  for (const auto &list : taps.positions)
    llvm::append_range(positions, list);
  for (const auto &list : taps.weights)
    llvm::append_range(weights, list);
  DenseF64ArrayAttr weighted;
  if (options.mode != "nearest")
    weighted = DenseF64ArrayAttr::get(node.getContext(), weights);
  Value result = node.create<ResampleOp>(
      value, dim.axis, std::max<int64_t>(1, taps.count()), positions, weighted);
  if (!result || !llvm::is_contained(taps.isOutside, true))
    return result;
  HostTensor outside(DType::Bool, {dim.output});
  for (int64_t i = 0; i < dim.output; ++i)
    outside.setInt(i, taps.isOutside[i]);
  return node.create<SelectOp>(
      alongAxis(node, std::move(outside), dim.axis, node.rank(value)),
      node.scalar(options.extrapolation, node.element(result)), result);
}

/// Whether the constants of a dimension's taps are of a size that a model may
/// ask for.
static bool areTapsFew(const ResizeOptions &options, const Resampling &dim) {
  constexpr double most = 1 << 25;
  double stretch = options.antialiases ? std::min(dim.scale, 1.0) : 1.0;
  double taps = 4 / stretch + 4, output = static_cast<double>(dim.output);
  return taps * output < most;
}

Value dtc::resample(ImportNode &node, Value input, const ResizeOptions &options,
                    ArrayRef<Resampling> dims) {
  Type element = node.element(input);
  bool isNearest = options.mode == "nearest";
  if (node.failed() || !element)
    return {};
  if (!isNearest && !isa<FloatType>(element))
    return node.error("expected floating-point elements to interpolate, got "
                      "integers: cast them first");
  Value value = input;
  if (!isNearest && element.getIntOrFloatBitWidth() < 32)
    value = node.cast(value, Float32Type::get(node.getContext()));
  for (const Resampling &dim : dims) {
    bool isSame = dim.input == dim.output && dim.scale == 1 &&
                  options.coordinates != "tf_crop_and_resize";
    if (isSame)
      continue;
    if (dim.input == 0 && dim.output > 0)
      return node.error("expected elements to resample along dimension " +
                        Twine(dim.axis) + ", got none");
    if (!areTapsFew(options, dim))
      return node.error("expected fewer than 2^25 weights to resample "
                        "dimension " +
                        Twine(dim.axis) + " from " + Twine(dim.input) + " to " +
                        Twine(dim.output));
    // Positions lie evenly: those of both ends say it of all.
    for (int64_t out : {int64_t(0), dim.output - 1})
      if (double x = originalPosition(options, dim, out);
          dim.output > 0 && !(std::abs(x) < 9007199254740992.0))
        return node.error("expected positions within 2^53 to resample "
                          "dimension " +
                          Twine(dim.axis) + ", got " + std::to_string(x));
    value = resampleOne(node, value, options, dim);
  }
  return node.cast(value, element);
}
