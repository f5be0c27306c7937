//===- SortEval.cpp - Reference semantics of orders -----------------------===//
//
// Positions of one line are sorted by their elements, then by themselves; the
// first ones say where the results come from.
//
//===----------------------------------------------------------------------===//

#include "dtc/IR/ShapeInference.h"
#include "dtc/Interpreter/ElementRuns.h"

#include <algorithm>
#include <numeric>

using namespace mlir;
using namespace dtc;

namespace {
struct Order {
  int64_t axis = 0;
  int64_t count = 0;
  bool descending = false;
};
} // namespace

/// A NaN is larger than every number.
template <typename T> static bool isLess(T a, T b) {
  return a < b || (b != b && a == a);
}

static void orderLines(const HostTensor &input, const Order &order,
                       HostTensor &values, HostTensor &indices) {
  int64_t extent = input.dim(order.axis);
  int64_t stride = input.strides()[order.axis];
  int64_t width = byteWidth(input.type());
  int64_t lines = order.count == 0 ? 0 : values.size() / order.count;
  dispatchCompute(input.type(), [&](auto zero) {
    using T = decltype(zero);
    std::vector<T> line(extent);
    std::vector<int64_t> positions(extent);
    for (int64_t n = 0; n < lines; ++n) {
      int64_t from = n / stride * stride * extent + n % stride;
      int64_t to = n / stride * stride * order.count + n % stride;
      loadRun<T>(input, from, stride, line);
      std::iota(positions.begin(), positions.end(), 0);
      llvm::sort(positions, [&](int64_t a, int64_t b) {
        int64_t first = order.descending ? b : a;
        int64_t second = order.descending ? a : b;
        if (isLess(line[first], line[second]))
          return true;
        return !isLess(line[second], line[first]) && a < b;
      });
      for (int64_t i = 0; i < order.count; ++i) {
        int64_t target = to + i * stride;
        std::memcpy(values.raw() + target * width,
                    input.raw() + (from + positions[i] * stride) * width,
                    width);
        indices.data<int64_t>()[target] = positions[i];
      }
    }
  });
}

template <typename Op>
static LogicalResult evaluateOrder(Op op, const HostTensor &input,
                                   const Order &order,
                                   SmallVectorImpl<HostTensor> &results) {
  auto values = HostTensor::ofType(tensorType(op.getValues()));
  auto indices = HostTensor::ofType(tensorType(op.getIndices()));
  orderLines(input, order, values, indices);
  results.push_back(std::move(values));
  results.push_back(std::move(indices));
  return success();
}

LogicalResult SortOp::evaluate(ArrayRef<HostTensor> operands,
                               SmallVectorImpl<HostTensor> &results) {
  int64_t axis = getAxis();
  return evaluateOrder(*this, operands[0],
                       {axis, operands[0].dim(axis), getDescending()}, results);
}

LogicalResult TopKOp::evaluate(ArrayRef<HostTensor> operands,
                               SmallVectorImpl<HostTensor> &results) {
  return evaluateOrder(*this, operands[0],
                       {static_cast<int64_t>(getAxis()),
                        static_cast<int64_t>(getK()), !getSmallest()},
                       results);
}
