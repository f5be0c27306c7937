//===- RandomToCpu.cpp - Code of random ops -------------------------------===//
//
// A random number is a computation on the element's global position, which
// fuses like any other: no state, no order, no memory for masks.
//
//===----------------------------------------------------------------------===//

#include "Philox.h"
#include "ProgramBuilder.h"

#include "dtc/IR/ShapeInference.h"

using namespace mlir;
using namespace dtc;
using namespace dtc::cpu;

namespace {

/// Philox on i64 values, which hold words of 32 bits.
struct PhiloxEmitter {
  OpBuilder &builder;
  Location location;
  const ElementBuilder &element;
  Type type;

  Value constant(uint64_t value) const {
    return element.integer(type, static_cast<int64_t>(value));
  }
  Value mul(Value a, uint64_t b) const {
    return arith::MulIOp::create(builder, location, a, constant(b));
  }
  Value low(Value a) const {
    return arith::AndIOp::create(builder, location, a, constant(0xffffffff));
  }
  Value high(Value a) const {
    return arith::ShRUIOp::create(builder, location, a, constant(32));
  }
  Value mix(Value a, Value b, uint32_t key) const {
    Value both = arith::XOrIOp::create(builder, location, a, b);
    return arith::XOrIOp::create(builder, location, both, constant(key));
  }
  Value word(ValueRange at, uint64_t seed, uint64_t stream) const;
};

} // namespace

/// `at` is the position and, in a training step, the step's number.
Value PhiloxEmitter::word(ValueRange at, uint64_t seed, uint64_t stream) const {
  Value counter[4] = {low(at[0]), high(at[0]), constant(stream & 0xffffffff),
                      constant(stream >> 32)};
  if (at.size() > 1)
    counter[3] =
        low(arith::AddIOp::create(builder, location, counter[3], at[1]));
  uint32_t key0 = static_cast<uint32_t>(seed);
  uint32_t key1 = static_cast<uint32_t>(seed >> 32);
  for (int round = 0; round < philox::rounds; ++round) {
    Value p0 = mul(counter[0], philox::multiplier0);
    Value p1 = mul(counter[2], philox::multiplier1);
    counter[0] = mix(high(p1), counter[1], key0);
    counter[1] = low(p1);
    counter[2] = mix(high(p0), counter[3], key1);
    counter[3] = low(p0);
    key0 += philox::step0;
    key1 += philox::step1;
  }
  return counter[0];
}

/// The position of the element in the global tensor.
static Expression *globalPosition(ExpressionBuilder &b, const IndexMap &map,
                                  ArrayRef<int64_t> extents,
                                  ArrayRef<int64_t> begins) {
  auto strides = rowMajorStrides(extents);
  SmallVector<DimIndex> terms;
  for (auto [d, index] : llvm::enumerate(map)) {
    DimIndex term = index;
    term.step *= strides[d];
    term.offset = (index.offset + (begins.empty() ? 0 : begins[d])) *
                  static_cast<int64_t>(strides[d]);
    terms.push_back(term);
  }
  return b.position(terms);
}

/// What a number depends on: the position of the element, and the step.
template <typename Op>
static SmallVector<Expression *> counterOf(ExpressionBuilder &b, Op op,
                                           Expression *position) {
  SmallVector<Expression *> counter{position};
  if (Value step = op.getStep())
    counter.push_back(b.at(step, {}));
  return counter;
}

static std::string labelOf(StringRef what, uint64_t seed, uint64_t stream) {
  return (what + "." + Twine(seed) + "." + Twine(stream)).str();
}

static Expression *randomBits(ExpressionBuilder &b, RandomBitsOp op,
                              const IndexMap &map) {
  uint64_t seed = op.getSeed(), stream = op.getStream();
  Expression *position = globalPosition(
      b, map, op.getExtents(), op.getBegins().value_or(ArrayRef<int64_t>()));
  return b.spec().compute(
      labelOf("philox", seed, stream), computeType(elementOf(op.getResult())),
      counterOf(b, op, position),
      [seed, stream](const ElementBuilder &e, ValueRange v) -> Value {
        PhiloxEmitter philox{e.builder, e.location, e, v[0].getType()};
        return arith::TruncIOp::create(e.builder, e.location, e.type,
                                       philox.word(v, seed, stream));
      },
      40);
}

/// True where the element is kept.
static Expression *keeps(ExpressionBuilder &b, DropoutOp op,
                         const IndexMap &map) {
  uint64_t seed = op.getSeed();
  double ratio = op.getRatio().convertToDouble();
  int64_t limit = philox::dropBelow(ratio);
  Expression *position =
      globalPosition(b, map, op.getExtents().value_or(shapeOf(op.getInput())),
                     op.getBegins().value_or(ArrayRef<int64_t>()));
  return b.spec().compute(
      labelOf("keep", seed, limit), IntegerType::get(op.getContext(), 1),
      counterOf(b, op, position),
      [seed, limit](const ElementBuilder &e, ValueRange v) -> Value {
        PhiloxEmitter philox{e.builder, e.location, e, v[0].getType()};
        return arith::CmpIOp::create(
            e.builder, e.location, arith::CmpIPredicate::uge,
            philox.word(v, seed, 0), philox.constant(limit));
      },
      40);
}

/// scale * x where the condition holds, else 0.
static Expression *scaled(ExpressionBuilder &b, Expression *condition,
                          Expression *x, double scale) {
  return b.spec().compute(
      "scaled" + std::to_string(scale), x->element, {condition, x},
      [scale](const ElementBuilder &e, ValueRange v) -> Value {
        Value product = arith::MulFOp::create(e.builder, e.location, v[1],
                                              e.constant(scale));
        return arith::SelectOp::create(e.builder, e.location, v[0], product,
                                       e.constant(0));
      },
      2);
}

static IndexMap everyElement(ArrayRef<int64_t> shape) {
  IndexMap map;
  for (size_t i = 0; i < shape.size(); ++i)
    map.push_back(DimIndex{static_cast<int>(i)});
  return map;
}

static LogicalResult buildDropout(ProgramBuilder &builder, DropoutOp op) {
  ArrayRef<int64_t> shape = shapeOf(op.getInput());
  IndexMap map = everyElement(shape);
  double scale = 1 / (1 - op.getRatio().convertToDouble());
  builder.view(op.getInput());
  if (Value step = op.getStep())
    builder.view(step);
  StridedView result = builder.allocate(op.getResult());
  builder.addKernel(
      shape, shape.size(), result, map, op.getLoc(), [&](ExpressionBuilder &b) {
        return scaled(b, keeps(b, op, map), b.at(op.getInput(), map), scale);
      });
  builder.define(op.getResult(), result);
  StridedView mask = builder.allocate(op.getMask());
  if (!op.getMask().use_empty())
    builder.addKernel(shape, shape.size(), mask, map, op.getLoc(),
                      [&](ExpressionBuilder &b) { return keeps(b, op, map); });
  builder.define(op.getMask(), mask);
  return success();
}

static Expression *dropoutBackward(ExpressionBuilder &b, DropoutBackwardOp op,
                                   const IndexMap &map) {
  return scaled(b, b.at(op.getMask(), map), b.at(op.getGradient(), map),
                op.getScale().convertToDouble());
}

void dtc::cpu::registerRandomCpuLowerings(CpuLowerings &lowerings) {
  lowerings.expression<RandomBitsOp>(randomBits);
  lowerings.build<DropoutOp>(buildDropout);
  lowerings.expression<DropoutBackwardOp>(dropoutBackward);
}
