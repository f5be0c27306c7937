//===- ReductionEval.cpp - Reference semantics of reductions --------------===//
//
// 1. Operands are walked in row-major order; each result element has its own
//    accumulator, a double or a 64-bit integer modulo 2^64, so the order of a
//    sum depends on the reduced dimensions only.
// 2. One table says what each reduction starts with, how it takes an element
//    in, and how it ends.
// 3. A NaN wins in maxima and minima; empty reductions give what they start
//    with.
//
//===----------------------------------------------------------------------===//

#include "dtc/IR/ShapeInference.h"
#include "dtc/Interpreter/ElementRuns.h"

#include <cmath>
#include <limits>

using namespace mlir;
using namespace dtc;

//===----------------------------------------------------------------------===//
// Loops
//===----------------------------------------------------------------------===//

/// Calls `take(accumulator, element)` for every element of `input`; there is
/// one accumulator a result element.
template <typename T, typename A, typename Take>
static void accumulate(const HostTensor &input, ArrayRef<int64_t> dims,
                       std::vector<A> &accumulators, Take take) {
  SmallVector<int64_t> kept(input.shape());
  for (int64_t dim : dims)
    kept[dim] = 1;
  BroadcastLoops<1> loops(input.shape(), {ArrayRef<int64_t>(kept)});
  std::vector<T> values;
  loops.forEachRun([&](int64_t position, std::array<int64_t, 1> at,
                       std::array<int64_t, 1> step, int64_t count) {
    values.resize(count);
    loadRun<T>(input, position, 1, values);
    for (int64_t i = 0; i < count; ++i)
      take(accumulators[at[0] + i * step[0]], values[i]);
  });
}

/// What a reduction does, on accumulators of one type.
template <typename A, typename Take, typename Finish> struct Steps {
  A start;
  Take take;
  Finish finish;
};

template <typename Op, typename T, typename Take, typename Finish>
static void reduceAs(Op op, const HostTensor &input, HostTensor &result,
                     Steps<T, Take, Finish> steps) {
  std::vector<T> sums(result.size(), steps.start);
  accumulate<T>(input, op.getDims(), sums, steps.take);
  int64_t count = 1;
  for (int64_t dim : op.getDims())
    count *= input.dim(dim);
  for (T &sum : sums)
    sum = steps.finish(sum, count);
  storeRun<T>(result, 0, sums);
}

/// `make(T{})` gives the steps for accumulators of type T.
template <typename Op, typename Make>
static LogicalResult reduce(Op op, const HostTensor &input,
                            SmallVectorImpl<HostTensor> &results, Make make) {
  auto result = HostTensor::ofType(tensorType(op.getResult()));
  DType type = input.type();
  if (isFloat(type))
    reduceAs(op, input, result, make(double{}));
  else if (type == DType::U64)
    reduceAs(op, input, result, make(uint64_t{}));
  else
    reduceAs(op, input, result, make(int64_t{}));
  results.push_back(std::move(result));
  return success();
}

//===----------------------------------------------------------------------===//
// Accumulation
//===----------------------------------------------------------------------===//

template <typename T> static void addTo(T &sum, T value) {
  if constexpr (std::is_integral_v<T>)
    sum = static_cast<T>(static_cast<uint64_t>(sum) +
                         static_cast<uint64_t>(value));
  else
    sum += value;
}

template <typename T> static T product(T x, T y) {
  if constexpr (std::is_integral_v<T>)
    return static_cast<T>(static_cast<uint64_t>(x) * static_cast<uint64_t>(y));
  else
    return x * y;
}

template <typename T> static T magnitude(T x) {
  if constexpr (std::is_integral_v<T>)
    return x < 0 ? static_cast<T>(-static_cast<uint64_t>(x)) : x;
  else
    return std::fabs(x);
}

template <typename T> static T rootOf(T sum) {
  return static_cast<T>(std::sqrt(static_cast<double>(sum)));
}

template <typename T> static constexpr T lowest() {
  if constexpr (std::is_integral_v<T>)
    return std::numeric_limits<T>::min();
  else
    return -std::numeric_limits<T>::infinity();
}

template <typename T> static constexpr T highest() {
  if constexpr (std::is_integral_v<T>)
    return std::numeric_limits<T>::max();
  else
    return std::numeric_limits<T>::infinity();
}

/// Limits of the element type itself: empty reductions must fit it.
static int64_t lowestOf(DType type) {
  if (type == DType::I64)
    return lowest<int64_t>();
  bool isSigned = type == DType::I8 || type == DType::I16 || type == DType::I32;
  return isSigned ? -(int64_t(1) << (8 * byteWidth(type) - 1)) : 0;
}

static int64_t highestOf(DType type) {
  if (type == DType::I64)
    return highest<int64_t>();
  if (type == DType::Bool)
    return 1;
  bool isSigned = type == DType::I8 || type == DType::I16 || type == DType::I32;
  return (int64_t(1) << (8 * byteWidth(type) - (isSigned ? 1 : 0))) - 1;
}

template <typename T> static T startOfMaximum(DType type) {
  if constexpr (std::is_same_v<T, int64_t>)
    return lowestOf(type);
  else
    return lowest<T>();
}

template <typename T> static T startOfMinimum(DType type) {
  if constexpr (std::is_same_v<T, int64_t>)
    return highestOf(type);
  else
    return highest<T>();
}

//===----------------------------------------------------------------------===//
// The table: op, start, sum <- x, end
//===----------------------------------------------------------------------===//

#define DTC_REDUCE(OP, START, TAKE, FINISH)                                    \
  LogicalResult OP::evaluate(ArrayRef<HostTensor> operands,                    \
                             SmallVectorImpl<HostTensor> &results) {           \
    DType type = operands[0].type();                                           \
    (void)type;                                                                \
    return reduce(*this, operands[0], results, [&](auto zero) {                \
      using T = decltype(zero);                                                \
      auto take = [](T &sum, T x) { TAKE; };                                   \
      auto finish = [](T sum, int64_t count) { return FINISH; };               \
      return Steps<T, decltype(take), decltype(finish)>{START, take, finish};  \
    });                                                                        \
  }

DTC_REDUCE(ReduceSumOp, T(0), addTo(sum, x), sum)
DTC_REDUCE(ReduceMaxOp, startOfMaximum<T>(type),
           sum = x != x || sum < x ? x : sum, sum)
DTC_REDUCE(ReduceMinOp, startOfMinimum<T>(type),
           sum = x != x || x < sum ? x : sum, sum)
DTC_REDUCE(ReduceProdOp, T(1), sum = product(sum, x), sum)
DTC_REDUCE(ReduceL1Op, T(0), addTo(sum, magnitude(x)), sum)
DTC_REDUCE(ReduceL2Op, T(0), addTo(sum, product(x, x)), rootOf(sum))
DTC_REDUCE(ReduceSumSquareOp, T(0), addTo(sum, product(x, x)), sum)

LogicalResult ReduceMeanOp::evaluate(ArrayRef<HostTensor> operands,
                                     SmallVectorImpl<HostTensor> &results) {
  int64_t total = 1;
  for (int64_t dim : getDims())
    total *= operands[0].dim(dim);
  if (total == 0 && !isFloat(operands[0].type()))
    return emitOpError() << "expected a mean over at least one integer";
  return reduce(*this, operands[0], results, [](auto zero) {
    using T = decltype(zero);
    auto take = [](T &sum, T x) { addTo(sum, x); };
    auto finish = [](T sum, int64_t count) {
      return static_cast<T>(sum / static_cast<T>(count));
    };
    return Steps<T, decltype(take), decltype(finish)>{T(0), take, finish};
  });
}

LogicalResult
ReduceLogSumExpOp::evaluate(ArrayRef<HostTensor> operands,
                            SmallVectorImpl<HostTensor> &results) {
  if (!isFloat(operands[0].type()))
    return emitOpError() << "has no meaning on elements of type '"
                         << stringify(operands[0].type()) << "'";
  // The maximum and the sum relative to it, rescaled when the maximum grows.
  struct Running {
    double maximum = lowest<double>(), sum = 0;
  };
  auto take = [](Running &running, double x) {
    if (x <= running.maximum) {
      // Equal infinities have no difference.
      running.sum += x == running.maximum ? 1 : std::exp(x - running.maximum);
      return;
    }
    running.sum = running.sum * std::exp(running.maximum - x) + 1;
    running.maximum = x;
  };
  auto result = HostTensor::ofType(tensorType(getResult()));
  std::vector<Running> states(result.size());
  accumulate<double>(operands[0], getDims(), states, take);
  for (auto [i, state] : llvm::enumerate(states))
    result.setDouble(i, state.maximum + std::log(state.sum));
  results.push_back(std::move(result));
  return success();
}

/// The variance of each kept position, in two passes.
template <typename Op> static HostTensor variances(Op op, HostTensor input) {
  auto result = HostTensor::ofType(tensorType(op.getResult()));
  int64_t count = 1;
  for (int64_t dim : op.getDims())
    count *= input.dim(dim);
  struct Moments {
    double sum = 0, mean = 0, squares = 0;
  };
  std::vector<Moments> moments(result.size());
  accumulate<double>(input, op.getDims(), moments,
                     [](Moments &m, double x) { m.sum += x; });
  for (Moments &m : moments)
    m.mean = m.sum / static_cast<double>(count);
  accumulate<double>(input, op.getDims(), moments, [](Moments &m, double x) {
    m.squares += (x - m.mean) * (x - m.mean);
  });
  double divisor = std::max(0.0, static_cast<double>(count) -
                                     static_cast<double>(op.getCorrection()));
  for (auto [i, m] : llvm::enumerate(moments))
    result.setDouble(i, m.squares / divisor);
  return result;
}

LogicalResult ReduceVarOp::evaluate(ArrayRef<HostTensor> operands,
                                    SmallVectorImpl<HostTensor> &results) {
  results.push_back(variances(*this, operands[0]));
  return success();
}

LogicalResult ReduceStdOp::evaluate(ArrayRef<HostTensor> operands,
                                    SmallVectorImpl<HostTensor> &results) {
  HostTensor result = variances(*this, operands[0]);
  for (int64_t i = 0; i < result.size(); ++i)
    result.setDouble(i, std::sqrt(result.getDouble(i)));
  results.push_back(std::move(result));
  return success();
}

//===----------------------------------------------------------------------===//
// Positions of extremes
//===----------------------------------------------------------------------===//

/// `better(x, best)` says whether x replaces the best so far.
template <typename Op, typename Better>
static LogicalResult searchAlong(Op op, const HostTensor &input,
                                 SmallVectorImpl<HostTensor> &results,
                                 Better better) {
  int64_t axis = op.getAxis(), count = input.dim(axis);
  auto result = HostTensor::ofType(tensorType(op.getResult()));
  if (count == 0 && result.size() > 0)
    return op.emitOpError()
           << "expected at least one element along dimension " << axis;
  int64_t stride = input.strides()[axis];
  dispatchCompute(input.type(), [&](auto zero) {
    using T = decltype(zero);
    std::vector<T> line(count);
    for (int64_t n = 0; n < result.size(); ++n) {
      int64_t start = n / stride * stride * count + n % stride, best = 0;
      loadRun<T>(input, start, stride, line);
      for (int64_t i = 1; i < count; ++i) {
        bool tie = op.getLastIndex() && line[i] == line[best];
        bool firstNan = line[i] != line[i] && line[best] == line[best];
        if (tie || firstNan || better(line[i], line[best]))
          best = i;
      }
      result.template data<int64_t>()[n] = best;
    }
  });
  results.push_back(std::move(result));
  return success();
}

LogicalResult ArgMaxOp::evaluate(ArrayRef<HostTensor> operands,
                                 SmallVectorImpl<HostTensor> &results) {
  return searchAlong(*this, operands[0], results,
                     [](auto x, auto best) { return x > best; });
}

LogicalResult ArgMinOp::evaluate(ArrayRef<HostTensor> operands,
                                 SmallVectorImpl<HostTensor> &results) {
  return searchAlong(*this, operands[0], results,
                     [](auto x, auto best) { return x < best; });
}

//===----------------------------------------------------------------------===//
// Running sums and products
//===----------------------------------------------------------------------===//

/// `take(state, element)` from `start` on, line by line.
template <typename T, typename Op, typename Take>
static void runAlong(Op op, const HostTensor &input, HostTensor &result,
                     T start, Take take) {
  int64_t count = input.dim(op.getAxis());
  int64_t stride = input.strides()[op.getAxis()];
  std::vector<T> line(count);
  for (int64_t n = 0; n < input.size() / count; ++n) {
    int64_t first = n / stride * stride * count + n % stride;
    loadRun<T>(input, first, stride, line);
    T state = start;
    for (int64_t i = 0; i < count; ++i) {
      int64_t at = op.getReverse() ? count - 1 - i : i;
      T before = state;
      take(state, line[at]);
      storeRun<T>(result, first + at * stride,
                  op.getExclusive() ? before : state);
    }
  }
}

template <typename Op, typename Take>
static LogicalResult evaluateRunning(Op op, const HostTensor &input, int start,
                                     SmallVectorImpl<HostTensor> &results,
                                     Take take) {
  auto result = HostTensor::ofType(tensorType(op.getResult()));
  if (input.size() > 0) {
    if (isFloat(input.type()))
      runAlong<double>(op, input, result, start, take);
    else
      runAlong<int64_t>(op, input, result, start, take);
  }
  results.push_back(std::move(result));
  return success();
}

LogicalResult CumSumOp::evaluate(ArrayRef<HostTensor> operands,
                                 SmallVectorImpl<HostTensor> &results) {
  return evaluateRunning(*this, operands[0], 0, results,
                         [](auto &sum, auto x) { addTo(sum, x); });
}

LogicalResult CumProdOp::evaluate(ArrayRef<HostTensor> operands,
                                  SmallVectorImpl<HostTensor> &results) {
  return evaluateRunning(*this, operands[0], 1, results,
                         [](auto &sum, auto x) { sum = product(sum, x); });
}
