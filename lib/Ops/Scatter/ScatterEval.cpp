//===- ScatterEval.cpp - Reference semantics of updates by index ----------===//
//
// 1. Where each row of updates goes is computed from the indices, checked one
//    by one.
// 2. Rows are copied, or joined element by element in the type that elements
//    are computed in, and rounded each time.
//
//===----------------------------------------------------------------------===//

#include "dtc/IR/ShapeInference.h"
#include "dtc/Interpreter/ElementRuns.h"

using namespace mlir;
using namespace dtc;

/// Joins two elements; integers wrap, a NaN wins in maxima and minima.
template <typename T> static T join(ReduceKind kind, T a, T b) {
  bool takesNan = b != b && a == a;
  switch (kind) {
  case ReduceKind::Max:
    return b > a || takesNan ? b : a;
  case ReduceKind::Min:
    return b < a || takesNan ? b : a;
  case ReduceKind::Product:
    if constexpr (std::is_integral_v<T>)
      return static_cast<T>(static_cast<uint64_t>(a) *
                            static_cast<uint64_t>(b));
    else
      return a * b;
  default:
    if constexpr (std::is_integral_v<T>)
      return static_cast<T>(static_cast<uint64_t>(a) +
                            static_cast<uint64_t>(b));
    else
      return a + b;
  }
}

namespace {
/// A copy of the data while rows of updates are written to it.
class Updating {
public:
  Updating(const HostTensor &data, const HostTensor &updates,
           std::optional<ReduceKindEnum> combine)
      : result(data.type(), data.shape()), updates(updates), combine(combine) {
    if (data.bytes() != 0)
      std::memcpy(result.raw(), data.raw(), data.bytes());
  }

  /// Row `from` of the updates, of `count` elements, to element `to`.
  void write(int64_t from, int64_t to, int64_t count) {
    int64_t width = byteWidth(result.type());
    if (count == 0)
      return;
    if (!combine) {
      std::memcpy(result.raw() + to * width,
                  updates.raw() + from * count * width, count * width);
      return;
    }
    auto kind = static_cast<ReduceKind>(*combine);
    dispatchCompute(result.type(), [&](auto zero) {
      using T = decltype(zero);
      std::vector<T> old(count), more(count);
      loadRun<T>(result, to, 1, old);
      loadRun<T>(updates, from * count, 1, more);
      for (int64_t i = 0; i < count; ++i)
        old[i] = join(kind, old[i], more[i]);
      storeRun<T>(result, to, old);
    });
  }
  HostTensor take() { return std::move(result); }

private:
  HostTensor result;
  const HostTensor &updates;
  std::optional<ReduceKindEnum> combine;
};
} // namespace

LogicalResult
ScatterElementsOp::evaluate(ArrayRef<HostTensor> operands,
                            SmallVectorImpl<HostTensor> &results) {
  const HostTensor &data = operands[0], &indices = operands[1];
  Updating updating(data, operands[2], getCombine());
  int64_t axis = getAxis();
  SmallVector<int64_t, 6> strides = data.strides();
  LogicalResult status = success();
  forEachIndex(indices.shape(), [&](ArrayRef<int64_t> index, int64_t n) {
    if (failed(status))
      return;
    FailureOr<int64_t> at =
        positionOf(*this, indices.getInt(n), data.dim(axis));
    if (failed(at)) {
      status = failure();
      return;
    }
    int64_t place = *at * strides[axis];
    for (int64_t dim = 0; dim < data.rank(); ++dim)
      if (dim != axis)
        place += index[dim] * strides[dim];
    updating.write(n, place, 1);
  });
  results.push_back(updating.take());
  return status;
}

LogicalResult ScatterNdOp::evaluate(ArrayRef<HostTensor> operands,
                                    SmallVectorImpl<HostTensor> &results) {
  const HostTensor &data = operands[0], &indices = operands[1];
  Updating updating(data, operands[2], getCombine());
  int64_t depth = indices.shape().back();
  int64_t row = numElements(data.shape().drop_front(depth));
  int64_t tuples = numElements(indices.shape().drop_back());
  for (int64_t n = 0; n < tuples; ++n) {
    int64_t place = 0;
    for (int64_t k = 0; k < depth; ++k) {
      FailureOr<int64_t> at =
          positionOf(*this, indices.getInt(n * depth + k), data.dim(k));
      if (failed(at))
        return failure();
      place = place * data.dim(k) + *at;
    }
    updating.write(n, place * row, row);
  }
  results.push_back(updating.take());
  return success();
}
