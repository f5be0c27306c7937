//===- ElementwiseOps.cpp - Random elementwise ops ------------------------===//

#include "Generator.h"

using namespace mlir;
using namespace dtc;
using namespace dtc::fuzz;

//===----------------------------------------------------------------------===//
// One operand
//===----------------------------------------------------------------------===//

static bool isNonzero(Generator &g, Value value, double distance) {
  const ReferenceValue &seen = g.seen(value);
  return seen.lowest >= distance || seen.highest <= -distance;
}

static void makeFloatUnary(Generator &g, const OpEntry &entry) {
  Value x = g.floats();
  g.add(entry.mnemonic, x);
}

static void makeGelu(Generator &g, const OpEntry &entry) {
  Value x = g.floats();
  g.add(entry.mnemonic, x, g.random.chance(0.5) ? "{tanh}" : "{}");
}

/// Bounds are multiples of 1/4: the result has no more bits than the operand.
static void makeClamp(Generator &g, const OpEntry &entry) {
  Value x = g.floats();
  static constexpr StringRef bounds[] = {
      "{}", "{least = -0.5 : f64}", "{most = 1.25 : f64}",
      "{least = -0.25 : f64, most = 0.75 : f64}"};
  g.add(entry.mnemonic, x, bounds[g.random.below(std::size(bounds))]);
}

static void makeElu(Generator &g, const OpEntry &entry) {
  Value x = g.floats();
  g.add(entry.mnemonic, x,
        g.random.chance(0.5)
            ? "{above = 1.0 : f64, below = 1.5 : f64, rate = 1.0 : f64}"
            : "{above = 0.5 : f64, below = 1.0 : f64, rate = 0.75 : f64}");
}

static void makeNumberUnary(Generator &g, const OpEntry &entry) {
  Value x = g.numbers();
  g.add(entry.mnemonic, x);
}

/// An operand of at least 1/8, for logarithms and roots.
static void makePositiveUnary(Generator &g, const OpEntry &entry) {
  Value x = g.find([&](Value v) {
    return isa<FloatType>(elementOf(v)) && g.seen(v).lowest >= 0.125;
  });
  if (!x || g.random.chance(0.3))
    x = g.input(tensorOf(g.shape(g.random.between(0, 4)), g.floatType()),
                std::make_pair(1, 3));
  g.add(entry.mnemonic, x);
}

static void makeSteps(Generator &g, const OpEntry &entry) {
  Value x = g.find([&](Value v) {
    return isa<FloatType>(elementOf(v)) && g.seen(v).isExact;
  });
  if (x)
    g.add(entry.mnemonic, x);
}

static void makeIsNan(Generator &g, const OpEntry &entry) {
  Value x = g.find([&](Value v) {
    return isa<FloatType>(elementOf(v)) && g.seen(v).isExact;
  });
  if (x)
    g.add(entry.mnemonic, x);
}

static void makeNot(Generator &g, const OpEntry &entry) {
  Value x = g.find([](Value v) { return elementOf(v).isInteger(1); });
  if (x)
    g.add(entry.mnemonic, x);
}

static void makeCast(Generator &g, const OpEntry &entry) {
  Value x = g.find([&](Value v) { return true; });
  if (!x)
    return;
  Type to = g.random.chance(0.15)  ? g.boolType()
            : g.random.chance(0.5) ? g.floatType()
                                   : g.numberType();
  bool fromFloat = isa<FloatType>(elementOf(x));
  // Out of an integer type's range is nobody's: stay within all of them.
  if (fromFloat && to.isUnsignedInteger() && g.seen(x).lowest < 0)
    return;
  if (fromFloat && isa<IntegerType>(to) && g.seen(x).largest() > 100)
    return;
  g.add(entry.mnemonic, x, tensorOf(shapeOf(x), to));
}

/// Between integers of one width, or from doubles: the reference's own type.
/// The sign of a zero is no one's: sums of contributions have another.
static void makeBitcast(Generator &g, const OpEntry &entry) {
  Value x = g.find([&](Value v) {
    return isa<IntegerType>(elementOf(v)) ||
           (elementOf(v).isF64() && g.seen(v).isExact &&
            isNonzero(g, v, 0x1p-6));
  });
  if (!x)
    return;
  MLIRContext *context = x.getContext();
  unsigned width = std::max(8u, elementOf(x).getIntOrFloatBitWidth());
  Type to = IntegerType::get(context, width,
                             g.random.chance(0.5) ? IntegerType::Signless
                                                  : IntegerType::Unsigned);
  if (elementOf(x).isInteger(8) && g.random.chance(0.3))
    to = g.boolType();
  g.add(entry.mnemonic, x, tensorOf(shapeOf(x), to));
}

static void makeDropout(Generator &g, const OpEntry &entry) {
  Value x = g.find([&](Value v) {
    return isa<FloatType>(elementOf(v)) && g.seen(v).isExact;
  });
  if (x)
    g.add(entry.mnemonic, x,
          "{ratio = 0.3 : f64, seed = " + std::to_string(g.random.below(99)) +
              " : i64}");
}

static void makeRandomBits(Generator &g, const OpEntry &entry) {
  Shape shape = g.shape(g.random.between(0, 3));
  Type u32 =
      IntegerType::get(g.boolType().getContext(), 32, IntegerType::Unsigned);
  g.add(entry.mnemonic, {}, tensorOf(shape, u32),
        "{seed = " + std::to_string(g.random.below(99)) +
            " : i64, stream = " + std::to_string(g.random.below(3)) +
            " : i64, extents = " + arrayText(shape) + "}");
}

//===----------------------------------------------------------------------===//
// Two operands
//===----------------------------------------------------------------------===//

/// The shape that both broadcast to; nothing when they do not.
static std::optional<Shape> broadcast(ArrayRef<int64_t> a,
                                      ArrayRef<int64_t> b) {
  Shape result(std::max(a.size(), b.size()));
  for (size_t i = 0; i < result.size(); ++i) {
    int64_t l = i < a.size() ? a[a.size() - 1 - i] : 1;
    int64_t r = i < b.size() ? b[b.size() - 1 - i] : 1;
    if (l != r && l != 1 && r != 1)
      return std::nullopt;
    result[result.size() - 1 - i] = l == 1 ? r : l;
  }
  return result;
}

/// A second operand of the same element type that broadcasts with `x`.
static Value partnerOf(Generator &g, Value x,
                       function_ref<bool(Value)> fits = nullptr) {
  if (g.random.chance(0.6))
    if (Value found = g.find([&](Value v) {
          return elementOf(v) == elementOf(x) &&
                 broadcast(shapeOf(x), shapeOf(v)) && (!fits || fits(v));
        }))
      return found;
  return {};
}

static void makeBinary(Generator &g, const OpEntry &entry) {
  Value x = g.numbers();
  Value y = partnerOf(g, x);
  if (!y)
    y = g.input(tensorOf(g.broadcastable(shapeOf(x)), elementOf(x)));
  if (g.random.chance(0.5))
    std::swap(x, y);
  g.add(entry.mnemonic, {x, y});
}

static Value divisorOf(Generator &g, Value x) {
  bool whole = isa<IntegerType>(elementOf(x));
  Value y = partnerOf(g, x, [&](Value v) {
    return isNonzero(g, v, 0.25) && (whole || g.seen(v).largest() < 100);
  });
  if (y)
    return y;
  auto type = tensorOf(g.broadcastable(shapeOf(x)), elementOf(x));
  bool negative = !elementOf(x).isUnsignedInteger() && g.random.chance(0.3);
  return g.input(type, negative ? std::make_pair<int64_t, int64_t>(-5, -1)
                                : std::make_pair<int64_t, int64_t>(1, 5));
}

static void makeDiv(Generator &g, const OpEntry &entry) {
  Value x = g.numbers();
  g.add(entry.mnemonic, {x, divisorOf(g, x)});
}

static void makeMod(Generator &g, const OpEntry &entry) {
  Value x = g.find(
      [&](Value v) { return !elementOf(v).isInteger(1) && g.seen(v).isExact; });
  if (!x)
    return;
  g.add(entry.mnemonic, {x, divisorOf(g, x)},
        g.random.chance(0.5) ? "{truncate}" : "{}");
}

static void makePow(Generator &g, const OpEntry &entry) {
  bool whole = g.random.chance(0.3);
  Type element = whole ? g.integerType() : g.floatType();
  auto type = tensorOf(g.shape(g.random.between(0, 3)), element);
  Value x = g.find([&](Value v) {
    return elementOf(v) == element && g.seen(v).lowest >= 0.25 &&
           g.seen(v).largest() < 20;
  });
  if (!x)
    x = g.input(type, std::make_pair(1, 3));
  Value y = g.input(tensorOf(g.broadcastable(shapeOf(x)), element),
                    std::make_pair(whole ? 0 : -2, 2));
  g.add(entry.mnemonic, {x, y});
}

static void makeShift(Generator &g, const OpEntry &entry) {
  Value x = g.find([](Value v) {
    return isa<IntegerType>(elementOf(v)) && !elementOf(v).isInteger(1);
  });
  if (!x)
    x = g.input(tensorOf(g.shape(2), g.integerType()));
  // Moves by the width and more are defined.
  int64_t width = elementOf(x).getIntOrFloatBitWidth();
  Value y = g.input(tensorOf(g.broadcastable(shapeOf(x)), elementOf(x)),
                    std::make_pair<int64_t, int64_t>(0, width + 1));
  g.add(entry.mnemonic, {x, y});
}

static void makeLogic(Generator &g, const OpEntry &entry) {
  Value x = g.find([](Value v) { return elementOf(v).isInteger(1); });
  if (!x || g.random.chance(0.4))
    x = g.find([](Value v) { return isa<IntegerType>(elementOf(v)); });
  if (!x)
    x = g.input(tensorOf(g.shape(2), g.boolType()));
  Value y = partnerOf(g, x);
  if (!y)
    y = g.input(tensorOf(g.broadcastable(shapeOf(x)), elementOf(x)));
  g.add(entry.mnemonic, {x, y});
}

static void makeCompare(Generator &g, const OpEntry &entry) {
  Value x = g.find([&](Value v) { return g.seen(v).isExact; });
  if (!x)
    x = g.numbers();
  Value y = partnerOf(g, x, [&](Value v) { return g.seen(v).isExact; });
  if (!y)
    y = g.input(tensorOf(g.broadcastable(shapeOf(x)), elementOf(x)));
  g.add(entry.mnemonic, {x, y});
}

static void makeMaskedFill(Generator &g, const OpEntry &entry) {
  Value x = g.numbers();
  Value mask =
      g.findOrMake(tensorOf(g.broadcastable(shapeOf(x)), g.boolType()));
  g.add(entry.mnemonic, {x, mask},
        std::string("{value = ") + (g.random.chance(0.5) ? "0.0" : "3.0") +
            " : f64}");
}

static void makeDropoutBackward(Generator &g, const OpEntry &entry) {
  Value x = g.floats();
  Value mask = g.findOrMake(tensorOf(shapeOf(x), g.boolType()));
  g.add(entry.mnemonic, {x, mask}, "{scale = 1.25 : f64}");
}

static void makeSelect(Generator &g, const OpEntry &entry) {
  Value x = g.find([](Value v) { return true; });
  if (!x)
    return;
  Value y = partnerOf(g, x);
  if (!y)
    y = g.input(tensorOf(g.broadcastable(shapeOf(x)), elementOf(x)));
  auto shape = broadcast(shapeOf(x), shapeOf(y));
  if (!shape)
    return;
  Value condition =
      g.findOrMake(tensorOf(g.broadcastable(*shape), g.boolType()));
  g.add(entry.mnemonic, {condition, x, y});
}

//===----------------------------------------------------------------------===//
// The table
//===----------------------------------------------------------------------===//

ArrayRef<OpEntry> fuzz::elementwiseOps() {
  static const OpEntry table[] = {
      {"abs", 2, Rounding::Moves, makeNumberUnary},
      {"neg", 2, Rounding::Moves, makeNumberUnary},
      {"relu", 2, Rounding::Moves, makeNumberUnary},
      {"exp", 2, Rounding::Rounds, makeFloatUnary},
      {"log", 2, Rounding::Rounds, makePositiveUnary},
      {"sqrt", 2, Rounding::Rounds, makePositiveUnary},
      {"rsqrt", 2, Rounding::Rounds, makePositiveUnary},
      {"reciprocal", 2, Rounding::Rounds, makePositiveUnary},
      {"erf", 2, Rounding::Rounds, makeFloatUnary},
      {"sin", 2, Rounding::Rounds, makeFloatUnary},
      {"cos", 2, Rounding::Rounds, makeFloatUnary},
      {"tanh", 3, Rounding::Rounds, makeFloatUnary},
      {"sigmoid", 2, Rounding::Rounds, makeFloatUnary},
      {"silu", 2, Rounding::Rounds, makeFloatUnary},
      {"gelu", 2, Rounding::Cancels, makeGelu},
      {"log1p", 2, Rounding::Rounds, makePositiveUnary},
      {"expm1", 2, Rounding::Rounds, makeFloatUnary},
      {"softplus", 2, Rounding::Rounds, makeFloatUnary},
      {"clamp", 2, Rounding::Moves, makeClamp},
      {"elu", 2, Rounding::Rounds, makeElu},
      {"floor", 2, Rounding::Steps, makeSteps},
      {"ceil", 2, Rounding::Steps, makeSteps},
      {"round", 2, Rounding::Steps, makeSteps},
      {"sign", 2, Rounding::Steps, makeSteps},
      {"is_nan", 1, Rounding::Steps, makeIsNan},
      {"not", 2, Rounding::Steps, makeNot},
      {"atan", 2, Rounding::Rounds, makeFloatUnary},
      {"bitcast", 2, Rounding::Steps, makeBitcast},
      {"dropout", 2, Rounding::Rounds, makeDropout},
      {"dropout_backward", 2, Rounding::Rounds, makeDropoutBackward},
      {"random_bits", 1, Rounding::Steps, makeRandomBits},
      {"cast", 8, Rounding::Sums, makeCast},
      {"add", 8, Rounding::Sums, makeBinary},
      {"sub", 5, Rounding::Sums, makeBinary},
      {"mul", 6, Rounding::Products, makeBinary},
      {"maximum", 3, Rounding::Moves, makeBinary},
      {"minimum", 3, Rounding::Moves, makeBinary},
      {"div", 4, Rounding::Rounds, makeDiv},
      {"mod", 2, Rounding::Steps, makeMod},
      {"pow", 2, Rounding::Rounds, makePow},
      {"and", 2, Rounding::Steps, makeLogic},
      {"or", 2, Rounding::Steps, makeLogic},
      {"xor", 2, Rounding::Steps, makeLogic},
      {"shift_left", 2, Rounding::Steps, makeShift},
      {"shift_right", 2, Rounding::Steps, makeShift},
      {"equal", 2, Rounding::Steps, makeCompare},
      {"not_equal", 2, Rounding::Steps, makeCompare},
      {"less", 2, Rounding::Steps, makeCompare},
      {"less_equal", 2, Rounding::Steps, makeCompare},
      {"greater", 2, Rounding::Steps, makeCompare},
      {"greater_equal", 2, Rounding::Steps, makeCompare},
      {"masked_fill", 3, Rounding::Moves, makeMaskedFill},
      {"select", 5, Rounding::Moves, makeSelect},
  };
  return table;
}
