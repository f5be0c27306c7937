//===- ElementwiseEval.cpp - Reference semantics of elementwise ops -------===//
//
// 1. Operands are walked in runs (see ElementRuns.h), in blocks that are
//    converted to the type to compute in: float up to f32, double, or 64-bit
//    integers, which wrap.
// 2. One table says what each op does to a float and to an integer.
// 3. Results are rounded to the element type, each element on its own: they do
//    not depend on how the tensor is split.
//
//===----------------------------------------------------------------------===//

#include "dtc/IR/ShapeInference.h"
#include "dtc/Interpreter/ElementRuns.h"

#include <cmath>

using namespace mlir;
using namespace dtc;

namespace {
/// Stands in the table where an op has no meaning on integers (or floats).
struct Undefined {};
} // namespace

static constexpr int64_t kBlock = 512;

static LogicalResult refuseType(Operation *op, DType type) {
  return op->emitOpError() << "has no meaning on elements of type '"
                           << stringify(type) << "'";
}

//===----------------------------------------------------------------------===//
// Loops
//===----------------------------------------------------------------------===//

template <typename C, typename Function>
static void mapBlocks(const HostTensor &input, HostTensor &result,
                      Function function) {
  C values[kBlock];
  for (int64_t at = 0; at < input.size(); at += kBlock) {
    int64_t count = std::min(kBlock, input.size() - at);
    loadRun<C>(input, at, 1, llvm::MutableArrayRef<C>(values, count));
    for (int64_t i = 0; i < count; ++i)
      values[i] = static_cast<C>(function(values[i]));
    storeRun<C>(result, at, llvm::ArrayRef<C>(values, count));
  }
}

template <typename C, typename Function>
static void mapBlocks(const HostTensor &lhs, const HostTensor &rhs,
                      HostTensor &result, Function function) {
  BroadcastLoops<2> loops(result.shape(), {lhs.shape(), rhs.shape()});
  loops.forEachRun([&](int64_t position, std::array<int64_t, 2> offsets,
                       std::array<int64_t, 2> steps, int64_t length) {
    C left[kBlock], right[kBlock];
    for (int64_t at = 0; at < length; at += kBlock) {
      int64_t count = std::min(kBlock, length - at);
      loadRun<C>(lhs, offsets[0] + at * steps[0], steps[0],
                 llvm::MutableArrayRef<C>(left, count));
      loadRun<C>(rhs, offsets[1] + at * steps[1], steps[1],
                 llvm::MutableArrayRef<C>(right, count));
      for (int64_t i = 0; i < count; ++i)
        left[i] = static_cast<C>(function(left[i], right[i]));
      storeRun<C>(result, position + at, llvm::ArrayRef<C>(left, count));
    }
  });
}

/// Picks the function for the element type and runs it over the operands.
template <typename OnFloat, typename OnInteger>
static LogicalResult mapElements(Operation *op, ArrayRef<HostTensor> operands,
                                 SmallVectorImpl<HostTensor> &results,
                                 OnFloat onFloat, OnInteger onInteger) {
  auto result =
      HostTensor::ofType(cast<RankedTensorType>(op->getResult(0).getType()));
  DType type = operands[0].type();
  auto run = [&](auto zero, auto function) {
    using C = decltype(zero);
    if constexpr (std::is_same_v<decltype(function), Undefined>) {
      return refuseType(op, type);
    } else {
      if constexpr (std::is_invocable_v<decltype(function), C>)
        mapBlocks<C>(operands[0], result, function);
      else
        mapBlocks<C>(operands[0], operands[1], result, function);
      return LogicalResult::success();
    }
  };
  LogicalResult done = dispatchCompute(type, [&](auto zero) {
    if constexpr (std::is_floating_point_v<decltype(zero)>)
      return run(zero, onFloat);
    else
      return run(zero, onInteger);
  });
  if (failed(done))
    return failure();
  results.push_back(std::move(result));
  return success();
}

//===----------------------------------------------------------------------===//
// Arithmetic that needs care
//===----------------------------------------------------------------------===//

/// Integer arithmetic modulo 2^64.
template <typename T, typename Function>
static T wrapping(T x, T y, Function function) {
  return static_cast<T>(
      function(static_cast<uint64_t>(x), static_cast<uint64_t>(y)));
}

template <typename T> static T negate(T x) {
  return static_cast<T>(uint64_t(0) - static_cast<uint64_t>(x));
}

template <typename T> static T signOf(T x) {
  if (x != x)
    return x;
  return T(T(0) < x) - T(x < T(0));
}

template <typename T> static T larger(T x, T y) {
  if (x != x || y != y)
    return x != x ? x : y;
  return x < y ? y : x;
}

template <typename T> static T smaller(T x, T y) {
  if (x != x || y != y)
    return x != x ? x : y;
  return y < x ? y : x;
}

template <typename T> static T gelu(T x) {
  return T(0.5) * x * (T(1) + std::erf(x * T(0.70710678118654752440)));
}

template <typename T> static T geluTanh(T x) {
  T inner = T(0.79788456080286535588) * (x + T(0.044715) * x * x * x);
  return T(0.5) * x * (T(1) + std::tanh(inner));
}

/// Division towards zero; the divisor is not 0. The one quotient out of range
/// wraps.
template <typename T> static T quotient(T x, T y) {
  if constexpr (std::is_signed_v<T>)
    if (y == -1)
      return negate(x);
  return x / y;
}

template <typename T> static T truncatedRemainder(T x, T y) {
  if constexpr (std::is_floating_point_v<T>)
    return std::fmod(x, y);
  else if constexpr (std::is_signed_v<T>)
    return y == -1 ? 0 : x % y;
  else
    return x % y;
}

template <typename T> static T flooredRemainder(T x, T y) {
  T remainder = truncatedRemainder(x, y);
  if (remainder != 0 && (remainder < 0) != (y < 0))
    remainder += y;
  return remainder;
}

/// Powers modulo 2^64; a negative exponent gives the quotient 1 / x^-y.
template <typename T> static T integerPower(T x, T y) {
  if (y < 0) {
    if (x == 1)
      return 1;
    if (x == negate(T(1)))
      return y % 2 == 0 ? T(1) : x;
    return 0;
  }
  uint64_t base = static_cast<uint64_t>(x), result = 1;
  for (auto rest = static_cast<uint64_t>(y); rest; rest >>= 1, base *= base)
    if (rest & 1)
      result *= base;
  return static_cast<T>(result);
}

/// Integers have no quotient by 0.
static LogicalResult verifyDivisor(Operation *op, const HostTensor &divisor) {
  if (isFloat(divisor.type()))
    return success();
  for (int64_t i = 0; i < divisor.size(); ++i)
    if (divisor.getInt(i) == 0)
      return op->emitOpError() << "expected divisors other than 0, got 0 as "
                                  "element "
                               << i;
  return success();
}

//===----------------------------------------------------------------------===//
// The table: op, on floats, on integers
//===----------------------------------------------------------------------===//

#define DTC_EVALUATE(OP, ON_FLOAT, ON_INTEGER)                                 \
  LogicalResult OP::evaluate(ArrayRef<HostTensor> operands,                    \
                             SmallVectorImpl<HostTensor> &results) {           \
    return mapElements(*this, operands, results, ON_FLOAT, ON_INTEGER);        \
  }
#define DTC_OF_X(EXPRESSION)                                                   \
  [](auto x) {                                                                 \
    using T = decltype(x);                                                     \
    return static_cast<T>(EXPRESSION);                                         \
  }
#define DTC_OF_XY(EXPRESSION)                                                  \
  [](auto x, decltype(x) y) {                                                  \
    using T = decltype(x);                                                     \
    return static_cast<T>(EXPRESSION);                                         \
  }
#define DTC_WRAPPING(OPERATOR)                                                 \
  DTC_OF_XY(wrapping<T>(x, y, [](auto a, auto b) { return a OPERATOR b; }))

DTC_EVALUATE(AbsOp, DTC_OF_X(std::fabs(x)), DTC_OF_X(x < 0 ? negate(x) : x))
DTC_EVALUATE(NegOp, DTC_OF_X(-x), DTC_OF_X(negate(x)))
DTC_EVALUATE(ExpOp, DTC_OF_X(std::exp(x)), Undefined())
DTC_EVALUATE(LogOp, DTC_OF_X(std::log(x)), Undefined())
DTC_EVALUATE(SqrtOp, DTC_OF_X(std::sqrt(x)), Undefined())
DTC_EVALUATE(RsqrtOp, DTC_OF_X(T(1) / std::sqrt(x)), Undefined())
DTC_EVALUATE(ReciprocalOp, DTC_OF_X(T(1) / x), Undefined())
DTC_EVALUATE(ErfOp, DTC_OF_X(std::erf(x)), Undefined())
DTC_EVALUATE(SinOp, DTC_OF_X(std::sin(x)), Undefined())
DTC_EVALUATE(CosOp, DTC_OF_X(std::cos(x)), Undefined())
DTC_EVALUATE(AtanOp, DTC_OF_X(std::atan(x)), Undefined())
DTC_EVALUATE(TanhOp, DTC_OF_X(std::tanh(x)), Undefined())
DTC_EVALUATE(SigmoidOp, DTC_OF_X(T(1) / (T(1) + std::exp(-x))), Undefined())
DTC_EVALUATE(SiluOp, DTC_OF_X(x / (T(1) + std::exp(-x))), Undefined())
DTC_EVALUATE(ReluOp, DTC_OF_X(x <= 0 ? T(0) : x), DTC_OF_X(x <= 0 ? T(0) : x))
DTC_EVALUATE(Log1pOp, DTC_OF_X(std::log1p(x)), Undefined())
DTC_EVALUATE(Expm1Op, DTC_OF_X(std::expm1(x)), Undefined())
DTC_EVALUATE(SoftplusOp,
             DTC_OF_X(larger(x, T(0)) + std::log1p(std::exp(-std::fabs(x)))),
             Undefined())
DTC_EVALUATE(FloorOp, DTC_OF_X(std::floor(x)), DTC_OF_X(x))
DTC_EVALUATE(CeilOp, DTC_OF_X(std::ceil(x)), DTC_OF_X(x))
DTC_EVALUATE(RoundOp, DTC_OF_X(std::rint(x)), DTC_OF_X(x))
DTC_EVALUATE(SignOp, DTC_OF_X(signOf(x)), DTC_OF_X(signOf(x)))
DTC_EVALUATE(NotOp, DTC_OF_X(x == 0), DTC_OF_X(x == 0))
DTC_EVALUATE(IsNanOp, DTC_OF_X(x != x), DTC_OF_X(x != x))

DTC_EVALUATE(AddOp, DTC_OF_XY(x + y), DTC_WRAPPING(+))
DTC_EVALUATE(SubOp, DTC_OF_XY(x - y), DTC_WRAPPING(-))
DTC_EVALUATE(MulOp, DTC_OF_XY(x *y), DTC_WRAPPING(*))
DTC_EVALUATE(PowOp, DTC_OF_XY(std::pow(x, y)), DTC_OF_XY(integerPower(x, y)))
DTC_EVALUATE(MaximumOp, DTC_OF_XY(larger(x, y)), DTC_OF_XY(larger(x, y)))
DTC_EVALUATE(MinimumOp, DTC_OF_XY(smaller(x, y)), DTC_OF_XY(smaller(x, y)))
DTC_EVALUATE(AndOp, Undefined(), DTC_OF_XY(x &y))
DTC_EVALUATE(OrOp, Undefined(), DTC_OF_XY(x | y))
DTC_EVALUATE(XorOp, Undefined(), DTC_OF_XY(x ^ y))

DTC_EVALUATE(EqualOp, DTC_OF_XY(x == y), DTC_OF_XY(x == y))
DTC_EVALUATE(NotEqualOp, DTC_OF_XY(x != y), DTC_OF_XY(x != y))
DTC_EVALUATE(LessOp, DTC_OF_XY(x < y), DTC_OF_XY(x < y))
DTC_EVALUATE(LessEqualOp, DTC_OF_XY(x <= y), DTC_OF_XY(x <= y))
DTC_EVALUATE(GreaterOp, DTC_OF_XY(x > y), DTC_OF_XY(x > y))
DTC_EVALUATE(GreaterEqualOp, DTC_OF_XY(x >= y), DTC_OF_XY(x >= y))

//===----------------------------------------------------------------------===//
// Ops that depend on an attribute or on operand types
//===----------------------------------------------------------------------===//

LogicalResult GeluOp::evaluate(ArrayRef<HostTensor> operands,
                               SmallVectorImpl<HostTensor> &results) {
  if (getTanh())
    return mapElements(*this, operands, results, DTC_OF_X(geluTanh(x)),
                       Undefined());
  return mapElements(*this, operands, results, DTC_OF_X(gelu(x)), Undefined());
}

LogicalResult ClampOp::evaluate(ArrayRef<HostTensor> operands,
                                SmallVectorImpl<HostTensor> &results) {
  auto clamp = [&](auto x) {
    using T = decltype(x);
    if (auto least = getLeast())
      x = larger(x, static_cast<T>(least->convertToDouble()));
    if (auto most = getMost())
      x = smaller(x, static_cast<T>(most->convertToDouble()));
    return x;
  };
  return mapElements(*this, operands, results, clamp, Undefined());
}

LogicalResult EluOp::evaluate(ArrayRef<HostTensor> operands,
                              SmallVectorImpl<HostTensor> &results) {
  double above = getAbove().convertToDouble(),
         below = getBelow().convertToDouble(),
         rate = getRate().convertToDouble();
  auto elu = [&](auto x) {
    using T = decltype(x);
    return x > 0 ? static_cast<T>(above) * x
                 : static_cast<T>(below) * std::expm1(static_cast<T>(rate) * x);
  };
  return mapElements(*this, operands, results, elu, Undefined());
}

/// The width of an integer type in bits.
static int64_t bitWidth(const HostTensor &tensor) {
  return tensor.type() == DType::Bool ? 1 : 8 * byteWidth(tensor.type());
}

LogicalResult ShiftLeftOp::evaluate(ArrayRef<HostTensor> operands,
                                    SmallVectorImpl<HostTensor> &results) {
  auto width = static_cast<uint64_t>(bitWidth(operands[0]));
  auto shift = [width](auto x, decltype(x) y) {
    auto by = static_cast<uint64_t>(y);
    return static_cast<decltype(x)>(by < width ? static_cast<uint64_t>(x) << by
                                               : 0);
  };
  return mapElements(*this, operands, results, Undefined(), shift);
}

LogicalResult ShiftRightOp::evaluate(ArrayRef<HostTensor> operands,
                                     SmallVectorImpl<HostTensor> &results) {
  auto width = static_cast<uint64_t>(bitWidth(operands[0]));
  auto shift = [width](auto x, decltype(x) y) {
    auto by = static_cast<uint64_t>(y);
    if (by < width)
      return static_cast<decltype(x)>(x >> by);
    return x < 0 ? static_cast<decltype(x)>(-1) : decltype(x)(0);
  };
  return mapElements(*this, operands, results, Undefined(), shift);
}

LogicalResult DivOp::evaluate(ArrayRef<HostTensor> operands,
                              SmallVectorImpl<HostTensor> &results) {
  if (failed(verifyDivisor(*this, operands[1])))
    return failure();
  return mapElements(*this, operands, results, DTC_OF_XY(x / y),
                     DTC_OF_XY(quotient(x, y)));
}

LogicalResult ModOp::evaluate(ArrayRef<HostTensor> operands,
                              SmallVectorImpl<HostTensor> &results) {
  if (failed(verifyDivisor(*this, operands[1])))
    return failure();
  if (getTruncate())
    return mapElements(*this, operands, results,
                       DTC_OF_XY(truncatedRemainder(x, y)),
                       DTC_OF_XY(truncatedRemainder(x, y)));
  return mapElements(*this, operands, results,
                     DTC_OF_XY(flooredRemainder(x, y)),
                     DTC_OF_XY(flooredRemainder(x, y)));
}

LogicalResult SelectOp::evaluate(ArrayRef<HostTensor> operands,
                                 SmallVectorImpl<HostTensor> &results) {
  auto result = HostTensor::ofType(tensorType(getResult()));
  const HostTensor &condition = operands[0];
  BroadcastLoops<3> loops(
      result.shape(),
      {condition.shape(), operands[1].shape(), operands[2].shape()});
  dispatchNative(result.type(), [&](auto zero) {
    using T = decltype(zero);
    const T *onTrue = operands[1].data<T>(), *onFalse = operands[2].data<T>();
    T *to = result.data<T>();
    loops.forEachRun([&](int64_t position, std::array<int64_t, 3> at,
                         std::array<int64_t, 3> step, int64_t count) {
      for (int64_t i = 0; i < count; ++i)
        to[position + i] = condition.raw()[at[0] + i * step[0]]
                               ? onTrue[at[1] + i * step[1]]
                               : onFalse[at[2] + i * step[2]];
    });
  });
  results.push_back(std::move(result));
  return success();
}

LogicalResult MaskedFillOp::evaluate(ArrayRef<HostTensor> operands,
                                     SmallVectorImpl<HostTensor> &results) {
  auto result = HostTensor::ofType(tensorType(getResult()));
  const HostTensor &input = operands[0], &mask = operands[1];
  HostTensor filling(result.type(), {});
  filling.setDouble(0, getValue().convertToDouble());
  BroadcastLoops<2> loops(result.shape(), {input.shape(), mask.shape()});
  dispatchNative(result.type(), [&](auto zero) {
    using T = decltype(zero);
    const T *from = input.data<T>(), value = *filling.data<T>();
    T *to = result.data<T>();
    loops.forEachRun([&](int64_t position, std::array<int64_t, 2> at,
                         std::array<int64_t, 2> step, int64_t count) {
      for (int64_t i = 0; i < count; ++i)
        to[position + i] =
            mask.raw()[at[1] + i * step[1]] ? value : from[at[0] + i * step[0]];
    });
  });
  results.push_back(std::move(result));
  return success();
}

LogicalResult CastOp::evaluate(ArrayRef<HostTensor> operands,
                               SmallVectorImpl<HostTensor> &results) {
  auto result = HostTensor::ofType(tensorType(getResult()));
  dispatchCompute(operands[0].type(), [&](auto zero) {
    mapBlocks<decltype(zero)>(operands[0], result, [](auto x) { return x; });
  });
  results.push_back(std::move(result));
  return success();
}

LogicalResult BitCastOp::evaluate(ArrayRef<HostTensor> operands,
                                  SmallVectorImpl<HostTensor> &results) {
  auto result = HostTensor::ofType(tensorType(getResult()));
  std::memcpy(result.raw(), operands[0].raw(), result.bytes());
  if (result.type() == DType::Bool)
    for (int64_t i = 0; i < result.size(); ++i)
      result.raw()[i] = result.raw()[i] != 0;
  results.push_back(std::move(result));
  return success();
}
