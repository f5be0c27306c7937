//===- Patterns.cpp - Several ops that belong together --------------------===//
//
// What importers make of one node: attention, losses, normalisations, pads by
// repetition, quantisation. Propagation and the code generator know some of
// these chains, and a value in the middle may get a wish like any other.
//
//===----------------------------------------------------------------------===//

#include "Generator.h"

using namespace mlir;
using namespace dtc;
using namespace dtc::fuzz;

static std::string axisText(int64_t axis) {
  return "{axis = " + std::to_string(axis) + " : i64}";
}

static std::string dimsText(ArrayRef<int64_t> dims) {
  return "{dims = " + arrayText(dims) + ", keepDims}";
}

static Value vector(Generator &g, int64_t size, Type element) {
  return g.findOrMake(tensorOf({size}, element));
}

//===----------------------------------------------------------------------===//
// Attention
//===----------------------------------------------------------------------===//

/// Keys or values of fewer heads, each for `group` queries' heads.
static Value repeatHeads(Generator &g, Value x, int64_t group) {
  Shape shape(shapeOf(x));
  if (group == 1)
    return x;
  Value each = g.reshape(x, {shape[0], shape[1], 1, shape[2], shape[3]});
  if (!each)
    return {};
  Generator::Values all = g.add(
      "broadcast", each,
      tensorOf({shape[0], shape[1], group, shape[2], shape[3]}, elementOf(x)));
  if (all.empty())
    return {};
  return g.reshape(all[0], {shape[0], shape[1] * group, shape[2], shape[3]});
}

/// Scores that are visible: by a bias, a mask or their place.
static Value hideScores(Generator &g, Value scores) {
  if (!scores)
    return {};
  Shape shape(shapeOf(scores));
  Type element = elementOf(scores);
  switch (g.random.below(4)) {
  case 0:
    return g.make("add", {scores, g.findOrMake(tensorOf(g.broadcastable(shape),
                                                        element))});
  case 1:
    return g.make(
        "masked_fill",
        {scores, g.findOrMake(tensorOf(g.broadcastable(shape), g.boolType()))},
        "{value = -100.0 : f64}");
  case 2: {
    HostTensor ones =
        HostTensor::ofType(tensorOf({shape[2], shape[3]}, g.boolType()));
    for (int64_t i = 0; i < ones.size(); ++i)
      ones.setInt(i, 1);
    Value visible =
        g.make("triangle", g.constant(ones), "{diagonal = 0 : i64}");
    return g.make("select", {visible, scores, g.scalar(-100, element)});
  }
  default:
    return scores;
  }
}

static void makeAttention(Generator &g) {
  Type element = g.floatType();
  int64_t batch = g.random.between(1, 3), heads = g.random.between(1, 6);
  int64_t group = heads % 2 == 0 && g.random.chance(0.4) ? 2 : 1;
  int64_t rows = g.size(), columns = g.random.chance(0.5) ? rows : g.size();
  int64_t depth = g.random.pick(ArrayRef<int64_t>{2, 4, 8});
  Value q = g.findOrMake(tensorOf({batch, heads, rows, depth}, element));
  Value k = repeatHeads(
      g,
      g.findOrMake(tensorOf({batch, heads / group, columns, depth}, element)),
      group);
  Value v = repeatHeads(
      g,
      g.findOrMake(tensorOf({batch, heads / group, columns, depth}, element)),
      group);
  Value scores = g.make("matmul", {q, k}, "{transposeRhs}");
  if (g.random.chance(0.7))
    scores = g.make("mul", {scores, g.scalar(0.5, element)});
  Value weights = g.make("softmax", hideScores(g, scores), axisText(3));
  Value made = g.make("matmul", {weights, v});
  // Heads side by side, as the output projection takes them.
  if (made && g.random.chance(0.6)) {
    Value rowsFirst =
        g.make("transpose", made, "{permutation = array<i64: 0, 2, 1, 3>}");
    g.reshape(rowsFirst, {batch, rows, heads * depth});
  }
}

/// Queries and keys turned by their positions: halves change places.
static void makeRotary(Generator &g) {
  Value x = g.find([](Value v) {
    return isa<FloatType>(elementOf(v)) && shapeOf(v).size() >= 2 &&
           shapeOf(v).back() >= 2 && shapeOf(v).back() % 2 == 0;
  });
  if (!x)
    return;
  int64_t rank = shapeOf(x).size(), half = shapeOf(x).back() / 2;
  Generator::Values parts =
      g.add("split", x,
            "{axis = " + std::to_string(rank - 1) +
                " : i64, sizes = " + arrayText({half, half}) + "}");
  if (parts.size() != 2)
    return;
  Value turned =
      g.make("concat", {g.make("neg", parts[1]), parts[0]}, axisText(rank - 1));
  auto table = tensorOf(shapeOf(x).take_back(2), elementOf(x));
  g.make("add", {g.make("mul", {x, g.findOrMake(table)}),
                 g.make("mul", {turned, g.findOrMake(table)})});
}

/// A gated perceptron around which the operand goes along.
static void makePerceptron(Generator &g) {
  Value x = g.floats(2);
  int64_t width = shapeOf(x).back(), hidden = g.size() * 2;
  auto in = tensorOf({hidden, width}, elementOf(x));
  Value gate = g.make("linear", {x, g.input(in)});
  Value up = g.make("linear", {x, g.input(in)});
  Value joined =
      g.make("mul", {g.make(g.random.chance(0.5) ? "silu" : "gelu", gate), up});
  Value down = g.make(
      "linear", {joined, g.input(tensorOf({width, hidden}, elementOf(x)))});
  g.make("add", {x, down});
}

//===----------------------------------------------------------------------===//
// Losses
//===----------------------------------------------------------------------===//

/// Cross-entropy of logits `[n, classes]`, or `[n, classes, positions]`.
static void makeCrossEntropy(Generator &g) {
  Value x = g.find([](Value v) {
    size_t rank = shapeOf(v).size();
    return isa<FloatType>(elementOf(v)) && (rank == 2 || rank == 3) &&
           shapeOf(v)[1] > 0;
  });
  if (!x)
    x = g.input(tensorOf({g.size(), 7}, g.floatType()));
  int64_t classes = shapeOf(x)[1];
  Shape rows(shapeOf(x));
  rows[1] = 1;
  Type i64 = IntegerType::get(x.getContext(), 64);
  if (!classes)
    return;
  Value labels = g.within(tensorOf(rows, i64), 0, classes - 1);
  Value logs = g.make("log_softmax", x, axisText(1));
  Value loss =
      g.make("neg", g.make("gather_elements", {logs, labels}, axisText(1)));
  if (!loss)
    return;
  if (g.random.chance(0.4)) {
    Value isIgnored = g.make("equal", {labels, g.scalar(0, i64)});
    loss = g.make("select", {isIgnored, g.scalar(0, elementOf(x)), loss});
  }
  if (g.random.chance(0.5))
    loss =
        g.make("mul", {loss, g.make("gather",
                                    {vector(g, classes, elementOf(x)), labels},
                                    axisText(0))});
  SmallVector<int64_t> all;
  for (size_t i = 0; i < rows.size(); ++i)
    all.push_back(i);
  if (loss && g.random.chance(0.7))
    g.make(g.random.chance(0.5) ? "reduce_mean" : "reduce_sum", loss,
           "{dims = " + arrayText(all) + "}");
}

static void makeSquaredError(Generator &g) {
  Value x = g.floats(1);
  Value other = g.findOrMake(cast<RankedTensorType>(x.getType()));
  Value difference = g.make("sub", {x, other});
  SmallVector<int64_t> all;
  for (size_t i = 0; i < shapeOf(x).size(); ++i)
    all.push_back(i);
  g.make("reduce_mean", g.make("mul", {difference, difference}),
         "{dims = " + arrayText(all) + "}");
}

//===----------------------------------------------------------------------===//
// Normalisations
//===----------------------------------------------------------------------===//

/// `(x - mean) / sqrt(variance + epsilon)` over `dims`.
static Value normalised(Generator &g, Value x, ArrayRef<int64_t> dims) {
  if (!x)
    return {};
  Value centered = g.make("sub", {x, g.make("reduce_mean", x, dimsText(dims))});
  Value variance = g.make("reduce_mean", g.make("mul", {centered, centered}),
                          dimsText(dims));
  Value deviation =
      g.make("sqrt", g.make("add", {variance, g.scalar(0.0625, elementOf(x))}));
  return g.make("div", {centered, deviation});
}

/// Groups of channels; one a channel is an instance normalisation.
static void makeGroupNorm(Generator &g) {
  Value x = g.find([](Value v) {
    return isa<FloatType>(elementOf(v)) && shapeOf(v).size() >= 3 &&
           shapeOf(v)[1] > 0;
  });
  if (!x)
    return;
  Shape shape(shapeOf(x));
  int64_t channels = shape[1], groups = channels;
  if (channels % 2 == 0 && g.random.chance(0.6))
    groups = 2;
  int64_t rest = 1;
  for (int64_t extent : ArrayRef<int64_t>(shape).drop_front(2))
    rest *= extent;
  Value grouped = g.reshape(x, {shape[0], groups, channels / groups * rest});
  Value normal = g.reshape(normalised(g, grouped, {2}), shape);
  Shape each(shape.size() - 1, 1);
  each[0] = channels;
  Value scale = g.reshape(vector(g, channels, elementOf(x)), each);
  Value bias = g.reshape(vector(g, channels, elementOf(x)), each);
  g.make("add", {g.make("mul", {normal, scale}), bias});
}

//===----------------------------------------------------------------------===//
// Repeated elements
//===----------------------------------------------------------------------===//

/// Source of position `p` of an axis of `n` elements that is continued.
static int64_t continued(int mode, int64_t p, int64_t n) {
  if (mode == 0) // edge
    return std::clamp<int64_t>(p, 0, n - 1);
  int64_t period = mode == 1 ? n : std::max<int64_t>(2 * (n - 1), 1);
  int64_t q = ((p % period) + period) % period;
  return mode == 1 || q < n ? q : period - q;
}

/// A pad by edges, wrapped or reflected elements: one lookup, or the slices.
static void makeRepeatingPad(Generator &g) {
  Value x = g.numbers(1);
  int64_t axis = g.random.below(shapeOf(x).size()), n = shapeOf(x)[axis];
  if (n == 0)
    return;
  int mode = static_cast<int>(g.random.below(3));
  int64_t before = g.random.between(0, n), after = g.random.between(0, 3);
  SmallVector<int64_t> positions;
  for (int64_t p = -before; p < n + after; ++p)
    positions.push_back(continued(mode, p, n));
  if (g.random.chance(0.4)) {
    Type i64 = IntegerType::get(x.getContext(), 64);
    HostTensor places = HostTensor::ofType(
        tensorOf({static_cast<int64_t>(positions.size())}, i64));
    for (auto [i, place] : llvm::enumerate(positions))
      places.setInt(i, place);
    g.make("gather", {x, g.constant(places)}, axisText(axis));
    return;
  }
  Generator::Values parts;
  for (size_t i = 0; i < positions.size() && parts.size() < 8;) {
    int64_t step =
        i + 1 < positions.size() && positions[i + 1] < positions[i] ? -1 : 1;
    size_t end = i + 1;
    while (end < positions.size() &&
           positions[end] == positions[end - 1] + step)
      ++end;
    parts.push_back(g.make("slice", x,
                           "{axes = " + arrayText({axis}) + ", starts = " +
                               arrayText({positions[i]}) + ", sizes = " +
                               arrayText({static_cast<int64_t>(end - i)}) +
                               ", steps = " + arrayText({step}) + "}"));
    i = end;
  }
  g.make("concat", parts, axisText(axis));
}

/// Twice or three times as many positions; now and then a weighted sum of two.
static void makeResize(Generator &g) {
  Value x = g.floats(1);
  int64_t axis = g.random.below(shapeOf(x).size()), n = shapeOf(x)[axis];
  if (n == 0)
    return;
  int64_t times = g.random.between(2, 3);
  Type i64 = IntegerType::get(x.getContext(), 64);
  auto taps = [&](int64_t offset) {
    HostTensor places = HostTensor::ofType(tensorOf({n * times}, i64));
    for (int64_t i = 0; i < n * times; ++i)
      places.setInt(i, std::min(i / times + offset, n - 1));
    return g.make("gather", {x, g.constant(places)}, axisText(axis));
  };
  Value nearest = taps(0);
  if (g.random.chance(0.5))
    return;
  Value half = g.scalar(0.5, elementOf(x));
  g.make("add",
         {g.make("mul", {nearest, half}), g.make("mul", {taps(1), half})});
}

//===----------------------------------------------------------------------===//
// Contractions and numbers of few bits
//===----------------------------------------------------------------------===//

/// "bij,bjk->..." with transposes before and after.
static void makeEinsum(Generator &g) {
  Value x = g.floats(3);
  if (shapeOf(x).size() != 3)
    return;
  Value turned =
      g.make("transpose", x,
             g.random.chance(0.5) ? "{permutation = array<i64: 1, 0, 2>}"
                                  : "{permutation = array<i64: 2, 0, 1>}");
  if (!turned)
    return;
  Shape shape(shapeOf(turned));
  Value y =
      g.findOrMake(tensorOf({shape[0], shape[2], g.size()}, elementOf(x)));
  Value made = g.make("matmul", {turned, y});
  g.make("transpose", made, "{permutation = array<i64: 1, 0, 2>}");
}

/// Rounded to steps of a quarter, clamped, stored as i8 or u8, and back.
static void makeQuantization(Generator &g) {
  Value x = g.find([&](Value v) {
    return isa<FloatType>(elementOf(v)) && g.seen(v).isExact;
  });
  if (!x)
    return;
  Type element = elementOf(x);
  bool isSigned = g.random.chance(0.5);
  Type stored = IntegerType::get(x.getContext(), 8,
                                 isSigned ? IntegerType::Signless
                                          : IntegerType::Unsigned);
  Value steps = g.make("round", g.make("mul", {x, g.scalar(4, element)}));
  Value moved = g.make("add", {steps, g.scalar(isSigned ? -3 : 100, element)});
  Value clamped = g.make(
      "minimum",
      {g.make("maximum", {moved, g.scalar(isSigned ? -128 : 0, element)}),
       g.scalar(isSigned ? 127 : 200, element)});
  if (!clamped)
    return;
  Generator::Values few =
      g.add("cast", clamped, tensorOf(shapeOf(clamped), stored));
  if (few.empty())
    return;
  Generator::Values wide =
      g.add("cast", few, tensorOf(shapeOf(clamped), element));
  if (wide.empty())
    return;
  g.make("mul",
         {g.make("sub", {wide[0], g.scalar(isSigned ? -3 : 100, element)}),
          g.scalar(0.25, element)});
}

ArrayRef<PatternEntry> fuzz::patterns() {
  static const PatternEntry table[] = {
      {"attention", 4, makeAttention},
      {"rotary embedding", 2, makeRotary},
      {"perceptron", 2, makePerceptron},
      {"cross-entropy", 3, makeCrossEntropy},
      {"squared error", 1, makeSquaredError},
      {"group normalisation", 2, makeGroupNorm},
      {"pad by repetition", 2, makeRepeatingPad},
      {"resize", 2, makeResize},
      {"einsum", 2, makeEinsum},
      {"quantisation", 2, makeQuantization},
  };
  return table;
}
