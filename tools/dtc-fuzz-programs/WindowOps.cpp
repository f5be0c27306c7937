//===- WindowOps.cpp - Random convolutions and pools ----------------------===//

#include "Generator.h"

using namespace mlir;
using namespace dtc;
using namespace dtc::fuzz;

namespace {

/// One sliding window over all spatial dimensions.
struct SlidingWindow {
  Shape kernel, strides, dilations, begins, ends;

  /// Without the kernel, which convolutions have in their weight.
  std::string text() const {
    return "strides = " + arrayText(strides) +
           ", dilations = " + arrayText(dilations) +
           ", padsBegin = " + arrayText(begins) +
           ", padsEnd = " + arrayText(ends);
  }
};

} // namespace

static int64_t spatialRank(Value x) {
  return static_cast<int64_t>(shapeOf(x).size()) - 2;
}

/// A value `[n, c, spatial...]` for which `fits`, or a new one; `groups`
/// divides the channels of a new one.
static Value image(Generator &g, function_ref<bool(Value)> fits,
                   function_ref<Type()> element, int64_t groups = 1) {
  if (g.random.chance(0.5))
    if (Value found = g.find([&](Value v) {
          return spatialRank(v) >= 1 && spatialRank(v) <= 3 && fits(v);
        }))
      return found;
  int64_t spatial = g.random.between(1, 3);
  Shape shape{g.random.between(1, 5), groups * g.random.between(1, 3)};
  for (int64_t i = 0; i < spatial; ++i)
    shape.push_back(g.random.between(2, spatial == 1 ? 19 : 7));
  return g.input(tensorOf(shape, element()));
}

static SlidingWindow randomWindow(Generator &g, int64_t spatial) {
  SlidingWindow w;
  for (int64_t i = 0; i < spatial; ++i) {
    w.kernel.push_back(g.random.between(1, g.random.chance(0.1) ? 6 : 3));
    w.strides.push_back(g.random.chance(0.6) ? 1 : g.random.between(2, 4));
    w.dilations.push_back(g.random.chance(0.7) ? 1 : g.random.between(2, 3));
    w.begins.push_back(g.random.between(0, 2));
    w.ends.push_back(g.random.between(0, 2));
  }
  return w;
}

//===----------------------------------------------------------------------===//
// Convolutions
//===----------------------------------------------------------------------===//

static bool isFloatValue(Value v) { return isa<FloatType>(elementOf(v)); }

/// An image of floats, now and then of several channels.
static Value channelImage(Generator &g) {
  return image(
      g, isFloatValue, [&] { return g.floatType(); },
      g.random.chance(0.4) ? g.random.between(2, 4) : 1);
}

/// A divisor of the channels; now and then all of them.
static int64_t groupsOf(Generator &g, int64_t channels) {
  if (channels < 2 || g.random.chance(0.5))
    return 1;
  if (g.random.chance(0.3))
    return channels;
  int64_t groups = g.random.between(2, 4);
  return channels % groups == 0 ? groups : 1;
}

static void addConvolution(Generator &g, const OpEntry &entry, Value x,
                           Shape weight, int64_t outs, const SlidingWindow &w,
                           int64_t groups) {
  llvm::append_range(weight, w.kernel);
  SmallVector<Value> operands{x, g.findOrMake(tensorOf(weight, elementOf(x)))};
  if (g.random.chance(0.5))
    operands.push_back(g.findOrMake(tensorOf({outs}, elementOf(x))));
  g.add(entry.mnemonic, operands,
        "{" + w.text() + ", groups = " + std::to_string(groups) + " : i64}");
}

static void makeConvolution(Generator &g, const OpEntry &entry) {
  Value x = channelImage(g);
  int64_t channels = shapeOf(x)[1];
  if (!channels)
    return;
  int64_t groups = groupsOf(g, channels);
  int64_t outs = groups * g.random.between(1, 3);
  addConvolution(g, entry, x, {outs, channels / groups}, outs,
                 randomWindow(g, spatialRank(x)), groups);
}

static void makeTransposedConvolution(Generator &g, const OpEntry &entry) {
  Value x = channelImage(g);
  int64_t channels = shapeOf(x)[1];
  if (!channels)
    return;
  int64_t groups = groupsOf(g, channels);
  int64_t perGroup = g.random.between(1, 3);
  SlidingWindow w = randomWindow(g, spatialRank(x));
  if (g.random.chance(0.2))
    w.ends.back() = -g.random.between(0, w.strides.back() - 1);
  addConvolution(g, entry, x, {channels, perGroup}, groups * perGroup, w,
                 groups);
}

static void makeConvolutionWeightGradient(Generator &g, const OpEntry &entry) {
  Value x = channelImage(g);
  int64_t channels = shapeOf(x)[1];
  if (!channels)
    return;
  int64_t groups = groupsOf(g, channels);
  SlidingWindow w = randomWindow(g, spatialRank(x));
  Shape shape{shapeOf(x)[0], groups * g.random.between(1, 3)};
  for (size_t i = 0; i < w.kernel.size(); ++i) {
    int64_t room = shapeOf(x)[i + 2] + w.begins[i] + w.ends[i] -
                   w.dilations[i] * (w.kernel[i] - 1) - 1;
    if (room < 0)
      return;
    shape.push_back(room / w.strides[i] + 1);
  }
  g.add(entry.mnemonic, {x, g.findOrMake(tensorOf(shape, elementOf(x)))},
        "{kernel = " + arrayText(w.kernel) + ", " + w.text() +
            ", groups = " + std::to_string(groups) + " : i64}");
}

//===----------------------------------------------------------------------===//
// Pools
//===----------------------------------------------------------------------===//

static void addPool(Generator &g, const OpEntry &entry, Value x,
                    const SlidingWindow &w, const std::string &more = "") {
  g.add(entry.mnemonic, x,
        "{kernel = " + arrayText(w.kernel) + ", " + w.text() + more + "}");
}

static void makePool(Generator &g, const OpEntry &entry) {
  Value x = image(
      g, [](Value v) { return !elementOf(v).isInteger(1); },
      [&] { return g.numberType(); });
  addPool(g, entry, x, randomWindow(g, spatialRank(x)));
}

static void makeArgMaxPool(Generator &g, const OpEntry &entry) {
  Value x = image(
      g,
      [&](Value v) { return !elementOf(v).isInteger(1) && g.seen(v).isExact; },
      [&] { return g.numberType(); });
  addPool(g, entry, x, randomWindow(g, spatialRank(x)));
}

static void makeMaxPoolGradient(Generator &g, const OpEntry &entry) {
  Value gradient = image(g, isFloatValue, [&] { return g.floatType(); });
  SlidingWindow w = randomWindow(g, spatialRank(gradient));
  Type i64 = IntegerType::get(gradient.getContext(), 64);
  Value places =
      g.within(tensorOf(shapeOf(gradient), i64), 0, numElements(w.kernel) - 1);
  g.add(entry.mnemonic, {gradient, places},
        "{kernel = " + arrayText(w.kernel) + ", " + w.text() + "}");
}

static void makeAveragePool(Generator &g, const OpEntry &entry) {
  Value x = image(g, isFloatValue, [&] { return g.floatType(); });
  SlidingWindow w = randomWindow(g, spatialRank(x));
  Shape begins, ends;
  for (size_t i = 0; i < w.kernel.size(); ++i) {
    begins.push_back(g.random.between(0, w.begins[i]));
    ends.push_back(g.random.between(0, w.ends[i]));
  }
  addPool(g, entry, x, w,
          ", countedBegin = " + arrayText(begins) +
              ", countedEnd = " + arrayText(ends));
}

/// Positions near where an even resampling would read.
static void makeResample(Generator &g, const OpEntry &entry) {
  Value x = g.numbers(1);
  int64_t rank = shapeOf(x).size(), axis = g.random.below(rank);
  int64_t input = shapeOf(x)[axis], output = g.size();
  if (input == 0)
    return;
  bool isWeighted = isa<FloatType>(elementOf(x)) && g.random.chance(0.7);
  int64_t taps = isWeighted ? g.random.between(1, 4) : 1;
  int64_t spread = g.random.below(4);
  Shape positions;
  std::string weights;
  for (int64_t place = 0; place < output * taps; ++place) {
    int64_t near = place / taps * input / output;
    positions.push_back(std::clamp<int64_t>(
        near + g.random.between(-spread, spread), 0, input - 1));
    weights += (place ? ", " : ": ") +
               std::to_string(static_cast<double>(g.random.between(-4, 8)) / 8);
  }
  g.add(entry.mnemonic, x,
        "{axis = " + std::to_string(axis) +
            " : i64, taps = " + std::to_string(taps) +
            " : i64, positions = " + arrayText(positions) +
            (isWeighted ? ", weights = array<f64" + weights + ">}" : "}"));
}

ArrayRef<OpEntry> fuzz::windowOps() {
  static const OpEntry table[] = {
      {"convolution", 7, Rounding::Products, makeConvolution},
      {"transposed_convolution", 4, Rounding::Products,
       makeTransposedConvolution},
      {"convolution_weight_gradient", 4, Rounding::Products,
       makeConvolutionWeightGradient},
      {"max_pool", 3, Rounding::Moves, makePool},
      {"sum_pool", 3, Rounding::Sums, makePool},
      {"average_pool", 3, Rounding::Rounds, makeAveragePool},
      {"arg_max_pool", 2, Rounding::Steps, makeArgMaxPool},
      {"max_pool_gradient", 3, Rounding::Sums, makeMaxPoolGradient},
      {"resample", 4, Rounding::Rounds, makeResample},
  };
  return table;
}
