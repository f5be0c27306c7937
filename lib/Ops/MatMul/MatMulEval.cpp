//===- MatMulEval.cpp - Reference semantics of contractions ---------------===//
//
// 1. Operands become row-major [m, k] and [k, n] matrices of floats (doubles
//    for f64, 64-bit integers for integers); transposed ones are copied.
// 2. Every element of the result is one sum in the order of k, kept in double
//    (or modulo 2^64) and rounded once: it does not depend on how rows, columns
//    or batches are split.
// 3. Blocks of rows share each row of the right operand, blocks of columns keep
//    their sums in the first cache level.
//
//===----------------------------------------------------------------------===//

#include "dtc/IR/ShapeInference.h"
#include "dtc/Interpreter/ElementRuns.h"

using namespace mlir;
using namespace dtc;

namespace {

struct ProductShape {
  int64_t m, k, n;
};

/// The matrices of one operand as elements of T. Borrows f32 and f64 arrays.
template <typename T> struct Matrices {
  std::vector<T> owned;
  const T *data;

  Matrices(const HostTensor &tensor) {
    bool same = (std::is_same_v<T, float> && tensor.type() == DType::F32) ||
                (std::is_same_v<T, double> && tensor.type() == DType::F64);
    if (!same)
      owned = loadAll<T>(tensor);
    data = same ? tensor.data<T>() : owned.data();
  }
};

} // namespace

/// sums[i, j] = lhs[i, :] * rhs[:, j] for `count` rows and `width` columns.
template <typename T, typename Sum>
static void multiplyBlock(const T *lhs, const T *rhs, ProductShape shape,
                          int64_t count, int64_t width, Sum *sums) {
  std::fill(sums, sums + count * width, Sum(0));
  for (int64_t k = 0; k < shape.k; ++k) {
    const T *row = rhs + k * shape.n;
    for (int64_t i = 0; i < count; ++i) {
      auto factor = static_cast<Sum>(lhs[i * shape.k + k]);
      Sum *to = sums + i * width;
      for (int64_t j = 0; j < width; ++j)
        to[j] += factor * static_cast<Sum>(row[j]);
    }
  }
}

/// One product; the result's elements begin at `offset` of `result`. `bias`
/// has n elements, or is empty.
template <typename T, typename Sum>
static void multiply(const T *lhs, const T *rhs, ProductShape shape,
                     llvm::ArrayRef<Sum> bias, HostTensor &result,
                     int64_t offset) {
  constexpr int64_t kRows = 8, kColumns = 256;
  Sum sums[kRows * kColumns];
  for (int64_t j = 0; j < shape.n; j += kColumns) {
    int64_t width = std::min(kColumns, shape.n - j);
    for (int64_t i = 0; i < shape.m; i += kRows) {
      int64_t count = std::min(kRows, shape.m - i);
      multiplyBlock<T, Sum>(lhs + i * shape.k, rhs + j, shape, count, width,
                            sums);
      for (int64_t r = 0; r < count; ++r) {
        for (int64_t c = 0; c < width && !bias.empty(); ++c)
          sums[r * width + c] += bias[j + c];
        storeRun<Sum>(result, offset + (i + r) * shape.n + j,
                      llvm::ArrayRef<Sum>(sums + r * width, width));
      }
    }
  }
}

/// Calls `body(T{}, Sum{})`: elements of `type` are multiplied as T and summed
/// as Sum.
template <typename Body> static void dispatchProduct(DType type, Body body) {
  if (type == DType::F64)
    return body(double{}, double{});
  if (isFloat(type))
    return body(float{}, double{});
  return body(uint64_t{}, uint64_t{});
}

static HostTensor transposed(const HostTensor &tensor) {
  int64_t last = tensor.rank() - 1;
  SmallVector<int64_t> shape(tensor.shape());
  std::swap(shape[last], shape[last - 1]);
  StridedPlace source{0, tensor.strides()};
  std::swap(source.strides[last], source.strides[last - 1]);
  HostTensor result(tensor.type(), shape);
  copyStrided(shape, tensor, source, result, {0, result.strides()});
  return result;
}

LogicalResult MatMulOp::evaluate(ArrayRef<HostTensor> operands,
                                 SmallVectorImpl<HostTensor> &results) {
  HostTensor lhs = getTransposeLhs() ? transposed(operands[0]) : operands[0];
  HostTensor rhs = getTransposeRhs() ? transposed(operands[1]) : operands[1];
  auto result = HostTensor::ofType(tensorType(getResult()));
  ProductShape shape{lhs.dim(lhs.rank() - 2), lhs.shape().back(),
                     rhs.shape().back()};
  auto batch = result.shape().drop_back(2);
  BroadcastLoops<2> loops(batch,
                          {lhs.shape().drop_back(2), rhs.shape().drop_back(2)});
  dispatchProduct(lhs.type(), [&](auto element, auto sum) {
    using T = decltype(element);
    using Sum = decltype(sum);
    Matrices<T> left(lhs), right(rhs);
    loops.forEachRun([&](int64_t position, std::array<int64_t, 2> at,
                         std::array<int64_t, 2> step, int64_t count) {
      for (int64_t b = 0; b < count; ++b)
        multiply<T, Sum>(left.data + (at[0] + b * step[0]) * shape.m * shape.k,
                         right.data + (at[1] + b * step[1]) * shape.k * shape.n,
                         shape, {}, result, (position + b) * shape.m * shape.n);
    });
  });
  results.push_back(std::move(result));
  return success();
}

LogicalResult LinearOp::evaluate(ArrayRef<HostTensor> operands,
                                 SmallVectorImpl<HostTensor> &results) {
  const HostTensor &input = operands[0];
  HostTensor weight = getWeightInOut() ? operands[1] : transposed(operands[1]);
  auto result = HostTensor::ofType(tensorType(getResult()));
  ProductShape shape{numElements(input.shape().drop_back()), weight.dim(0),
                     weight.dim(1)};
  dispatchProduct(input.type(), [&](auto element, auto sum) {
    using T = decltype(element);
    using Sum = decltype(sum);
    Matrices<T> left(input), right(weight);
    std::vector<Sum> bias;
    if (getBias())
      bias = loadAll<Sum>(operands[2]);
    multiply<T, Sum>(left.data, right.data, shape, bias, result, 0);
  });
  results.push_back(std::move(result));
  return success();
}

LogicalResult
LinearWeightGradientOp::evaluate(ArrayRef<HostTensor> operands,
                                 SmallVectorImpl<HostTensor> &results) {
  auto asMatrix = [](const HostTensor &tensor) {
    int64_t rows = numElements(tensor.shape().drop_back());
    return tensor.reshaped({rows, tensor.shape().back()});
  };
  const HostTensor &gradient = operands[0], &input = operands[1];
  HostTensor lhs = transposed(asMatrix(getWeightInOut() ? input : gradient));
  HostTensor rhs = asMatrix(getWeightInOut() ? gradient : input);
  auto result = HostTensor::ofType(tensorType(getResult()));
  dispatchProduct(lhs.type(), [&](auto element, auto sum) {
    using T = decltype(element);
    using Sum = decltype(sum);
    Matrices<T> left(lhs), right(rhs);
    multiply<T, Sum>(left.data, right.data,
                     {lhs.dim(0), lhs.dim(1), rhs.dim(1)}, {}, result, 0);
  });
  results.push_back(std::move(result));
  return success();
}
