//===- SoftmaxEval.cpp - Reference semantics of softmax -------------------===//
//
// Each line along the axis is computed in double, less its maximum, and rounded
// once.
//
//===----------------------------------------------------------------------===//

#include "dtc/IR/ShapeInference.h"
#include "dtc/Interpreter/ElementRuns.h"

#include <cmath>
#include <limits>

using namespace mlir;
using namespace dtc;

/// Calls `finish(line, maximum, sum of exp(x - maximum))` on each line along
/// `axis`.
template <typename Finish>
static HostTensor forEachLine(const HostTensor &input, int64_t axis,
                              Finish finish) {
  HostTensor result(input.type(), input.shape());
  if (input.size() == 0)
    return result;
  int64_t stride = input.strides()[axis], count = input.dim(axis);
  std::vector<double> line(count);
  for (int64_t n = 0; n < input.size() / count; ++n) {
    int64_t start = n / stride * stride * count + n % stride;
    loadRun<double>(input, start, stride, line);
    double maximum = -std::numeric_limits<double>::infinity(), sum = 0;
    for (double value : line)
      maximum = std::fmax(maximum, value);
    for (double value : line)
      sum += std::exp(value - maximum);
    for (int64_t i = 0; i < count; ++i) {
      double value = finish(line[i], maximum, sum);
      storeRun<double>(result, start + i * stride, value);
    }
  }
  return result;
}

LogicalResult SoftmaxOp::evaluate(ArrayRef<HostTensor> operands,
                                  SmallVectorImpl<HostTensor> &results) {
  results.push_back(forEachLine(operands[0], getAxis(),
                                [](double x, double maximum, double sum) {
                                  return std::exp(x - maximum) / sum;
                                }));
  return success();
}

LogicalResult LogSoftmaxOp::evaluate(ArrayRef<HostTensor> operands,
                                     SmallVectorImpl<HostTensor> &results) {
  results.push_back(forEachLine(operands[0], getAxis(),
                                [](double x, double maximum, double sum) {
                                  return x - maximum - std::log(sum);
                                }));
  return success();
}
