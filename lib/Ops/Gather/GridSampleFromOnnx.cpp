//===- GridSampleFromOnnx.cpp - Sampling at computed places ---------------===//
//
// 1. The grid's coordinates, one tensor [n, place] a spatial dimension, become
//    positions in elements, and are brought inside as the padding says.
// 2. Around a position each dimension has one tap (nearest), two (linear) or
//    four (cubic), with weights; a tap outside of the input counts nothing, or
//    is brought inside.
// 3. For every combination of taps a gather of [n, place, channel] is weighted
//    and added.
//
//===----------------------------------------------------------------------===//

#include "GridSampleFromOnnx.h"

using namespace mlir;
using namespace dtc;

namespace {

/// What is done with positions outside of the input.
enum class Outside { Zeros, Border, Reflection };

/// One element near a position: its number in the dimension and its weight,
/// null for 1.
struct Tap {
  Value position, weight;
};

/// Arithmetic on coordinates, in f32 or f64.
class GridSampler {
public:
  GridSampler(OnnxNode &node, StringRef mode, Outside outside,
              bool alignsCorners)
      : node(node), mode(mode), outside(outside), alignsCorners(alignsCorners) {
  }

  Value sample();

private:
  Value number(double value) { return node.scalar(value, element); }
  Value add(Value a, double b) { return node.create<AddOp>(a, number(b)); }
  Value mul(Value a, double b) { return node.create<MulOp>(a, number(b)); }
  Value clamp(Value x, int64_t extent);
  Value reflect(Value x, int64_t extent);
  Value positionOf(int64_t dim);
  Tap settle(Value position, Value weight, int64_t extent);
  SmallVector<Tap> tapsOf(int64_t dim);
  Value cubicWeight(Value distance);
  Value gather(ArrayRef<Tap> taps);
  Value sumOfTaps(ArrayRef<SmallVector<Tap>> all);

  OnnxNode &node;
  StringRef mode;
  Outside outside;
  bool alignsCorners;
  Type element;
  /// [n, place, coordinate], [n, place, channel].
  Value grid, data;
  SmallVector<int64_t> extents;
};

} // namespace

Value GridSampler::clamp(Value x, int64_t extent) {
  Value low = node.create<MaximumOp>(x, number(0));
  return node.create<MinimumOp>(low, number(static_cast<double>(extent - 1)));
}

/// Back and forth between the first and the last element, or their outer edges.
Value GridSampler::reflect(Value x, int64_t extent) {
  double first = alignsCorners ? 0 : -0.5;
  double range = static_cast<double>(extent) - (alignsCorners ? 1 : 0);
  if (range == 0)
    return mul(x, 0);
  Value away = node.create<AbsOp>(add(x, -first));
  Value phase = node.create<ModOp>(away, number(2 * range), /*truncate=*/false);
  Value back = node.create<AbsOp>(add(phase, -range));
  return node.create<SubOp>(number(first + range), back);
}

/// [n, place]: where along `dim` the grid points. Its last coordinate is the
/// first dimension's.
Value GridSampler::positionOf(int64_t dim) {
  auto rank = static_cast<int64_t>(extents.size());
  ArrayRef<int64_t> shape = node.shape(grid);
  Value x = node.reshape(node.slice(grid, 2, rank - 1 - dim, 1),
                         {shape[0], shape[1]});
  auto extent = static_cast<double>(extents[dim]);
  x = alignsCorners ? mul(add(x, 1), (extent - 1) / 2)
                    : add(mul(add(x, 1), extent / 2), -0.5);
  if (mode == "nearest")
    x = node.create<RoundOp>(x);
  if (outside == Outside::Border)
    return clamp(x, extents[dim]);
  return outside == Outside::Reflection ? reflect(x, extents[dim]) : x;
}

/// The tap with its position inside; without a weight where it is outside and
/// zeros are there.
Tap GridSampler::settle(Value position, Value weight, int64_t extent) {
  if (outside == Outside::Reflection)
    position = reflect(position, extent);
  Value inside = clamp(position, extent);
  if (outside == Outside::Zeros) {
    Value counts = node.cast(node.create<EqualOp>(inside, position), element);
    weight = weight ? node.create<MulOp>(weight, counts) : counts;
  }
  return {inside, weight};
}

/// The cubic convolution kernel of `distance` >= 0, with a = -0.75.
Value GridSampler::cubicWeight(Value distance) {
  constexpr double a = -0.75;
  auto times = [&](Value x, Value y) { return node.create<MulOp>(x, y); };
  Value square = times(distance, distance);
  Value near = add(times(add(mul(distance, a + 2), -(a + 3)), square), 1);
  Value far = add(times(add(mul(distance, a), -5 * a), distance), 8 * a);
  far = add(times(far, distance), -4 * a);
  Value isNear = node.create<LessEqualOp>(distance, number(1));
  return node.create<SelectOp>(isNear, near, far);
}

SmallVector<Tap> GridSampler::tapsOf(int64_t dim) {
  Value x = positionOf(dim);
  int64_t extent = extents[dim];
  SmallVector<Tap> taps;
  if (mode == "nearest") {
    // What reflection leaves between two elements is cut to the one before.
    taps.push_back(settle(node.create<FloorOp>(x), Value(), extent));
    return taps;
  }
  Value below = node.create<FloorOp>(x);
  Value ratio = node.create<SubOp>(x, below);
  bool isCubic = mode == "cubic";
  for (int i = isCubic ? -1 : 0; i <= (isCubic ? 2 : 1); ++i) {
    Value distance = node.create<AbsOp>(add(ratio, -i));
    Value weight = isCubic ? cubicWeight(distance)
                           : node.create<SubOp>(number(1), distance);
    taps.push_back(settle(add(below, i), weight, extent));
  }
  return taps;
}

/// One element a dimension, weighted: [n, place, channel].
Value GridSampler::gather(ArrayRef<Tap> taps) {
  Type i64 = IntegerType::get(node.getContext(), 64);
  Value index, weight;
  for (auto [dim, tap] : llvm::enumerate(taps)) {
    Value own = node.cast(tap.position, i64);
    if (index)
      own = node.create<AddOp>(
          node.create<MulOp>(
              index, node.scalar(static_cast<double>(extents[dim]), i64)),
          own);
    index = own;
    if (tap.weight)
      weight = weight ? node.create<MulOp>(weight, tap.weight) : tap.weight;
  }
  Value part =
      node.create<GatherNdOp>(data, node.unsqueeze(index, 2), /*batchDims=*/1);
  return weight ? node.create<MulOp>(part, node.unsqueeze(weight, 2)) : part;
}

/// The sum over all combinations of one tap a dimension.
Value GridSampler::sumOfTaps(ArrayRef<SmallVector<Tap>> all) {
  size_t combinations = 1;
  for (const SmallVector<Tap> &taps : all)
    combinations *= taps.size();
  Value sum;
  for (size_t n = 0; n < combinations; ++n) {
    SmallVector<Tap> chosen;
    size_t rest = n;
    for (const SmallVector<Tap> &taps : all) {
      chosen.push_back(taps[rest % taps.size()]);
      rest /= taps.size();
    }
    Value part = gather(chosen);
    sum = sum ? node.create<AddOp>(sum, part) : part;
  }
  return sum;
}

Value GridSampler::sample() {
  Value input = node.input(0), places = node.input(1);
  Type own = node.element(input);
  element = own.getIntOrFloatBitWidth() < 32
                ? Type(Float32Type::get(node.getContext()))
                : own;
  ArrayRef<int64_t> shape = node.shape(input), at = node.shape(places);
  extents.assign(shape.begin() + 2, shape.end());
  int64_t volume = numElements(extents);
  int64_t count = numElements(at.drop_front().drop_back());
  auto rank = static_cast<int64_t>(extents.size());
  grid = node.reshape(node.cast(places, element), {at[0], count, rank});
  data = node.transpose(
      node.reshape(node.cast(input, element), {shape[0], shape[1], volume}),
      {0, 2, 1});
  SmallVector<SmallVector<Tap>> taps;
  for (int64_t dim = 0; dim < rank; ++dim)
    taps.push_back(tapsOf(dim));
  Value sum = node.transpose(sumOfTaps(taps), {0, 2, 1});
  SmallVector<int64_t> result{shape[0], shape[1]};
  llvm::append_range(result, at.drop_front().drop_back());
  return node.cast(node.reshape(sum, result), own);
}

/// Why the operands do not fit, or nothing.
static bool checkOperands(OnnxNode &node, StringRef mode) {
  Value input = node.input(0), grid = node.input(1);
  int64_t rank = node.rank(input);
  bool fits = rank >= 3 && node.rank(grid) == rank &&
              node.shape(grid).back() == rank - 2 &&
              node.shape(grid)[0] == node.shape(input)[0];
  if (!fits)
    node.error("expected an input [n, c, spatial...] and a grid [n, "
               "places..., spatial dimensions] of one rank of 3 or more");
  else if (numElements(node.shape(input)) == 0)
    node.error("expected elements to sample, got none");
  else if (!isa<FloatType>(node.element(input)) ||
           !isa<FloatType>(node.element(grid)))
    node.error("expected floating-point elements, cast them first");
  else if (mode == "cubic" && rank != 4)
    node.error("attribute 'mode': 'cubic' is for two spatial dimensions, got " +
               Twine(rank - 2));
  return !node.failed();
}

static OnnxResults importGridSample(OnnxNode &node) {
  StringRef mode = node.text("mode", "linear");
  StringRef padding = node.text("padding_mode", "zeros");
  bool alignsCorners = node.integer("align_corners", 0) != 0;
  // The names before opset 20.
  if (mode == "bilinear")
    mode = "linear";
  if (mode == "bicubic")
    mode = "cubic";
  if (mode != "linear" && mode != "cubic" && mode != "nearest")
    return {node.error("attribute 'mode': expected 'linear', 'cubic' or "
                       "'nearest', got '" +
                       mode + "'")};
  if (padding != "zeros" && padding != "border" && padding != "reflection")
    return {node.error("attribute 'padding_mode': expected 'zeros', 'border' "
                       "or 'reflection', got '" +
                       padding + "'")};
  if (!checkOperands(node, mode))
    return {};
  Outside outside = padding == "zeros"    ? Outside::Zeros
                    : padding == "border" ? Outside::Border
                                          : Outside::Reflection;
  return {GridSampler(node, mode, outside, alignsCorners).sample()};
}

void dtc::registerGridSampleOnnxImporters(OnnxImporters &importers) {
  importers.add("GridSample", {2}, importGridSample);
}
