//===- NormalizationEval.cpp - Reference semantics of normalisations ------===//
//
// Each normalised row is computed in double, statistics in one pass and
// deviations in a second, and rounded once.
//
//===----------------------------------------------------------------------===//

#include "dtc/IR/ShapeInference.h"
#include "dtc/Interpreter/ElementRuns.h"

#include <cmath>

using namespace mlir;
using namespace dtc;

/// Calls `normalize(row)` on each row: the elements from dimension `axis` on.
template <typename Normalize>
static HostTensor forEachRow(const HostTensor &input, int64_t axis,
                             Normalize normalize) {
  HostTensor result(input.type(), input.shape());
  std::vector<double> row(numElements(input.shape().drop_front(axis)));
  auto width = static_cast<int64_t>(row.size());
  for (int64_t at = 0; at < input.size(); at += width) {
    loadRun<double>(input, at, 1, row);
    normalize(llvm::MutableArrayRef<double>(row));
    storeRun<double>(result, at, row);
  }
  return result;
}

LogicalResult LayerNormOp::evaluate(ArrayRef<HostTensor> operands,
                                    SmallVectorImpl<HostTensor> &results) {
  std::vector<double> scale = loadAll<double>(operands[1]);
  std::vector<double> bias(scale.size(), 0.0);
  if (getBias())
    bias = loadAll<double>(operands[2]);
  double epsilon = getEpsilon().convertToDouble();
  auto normalize = [&](llvm::MutableArrayRef<double> row) {
    double sum = 0, squares = 0;
    for (double value : row)
      sum += value;
    double mean = sum / row.size();
    for (double value : row)
      squares += (value - mean) * (value - mean);
    double deviation = std::sqrt(squares / row.size() + epsilon);
    for (size_t i = 0; i < row.size(); ++i)
      row[i] = (row[i] - mean) / deviation * scale[i] + bias[i];
  };
  results.push_back(forEachRow(operands[0], getAxis(), normalize));
  return success();
}

LogicalResult RmsNormOp::evaluate(ArrayRef<HostTensor> operands,
                                  SmallVectorImpl<HostTensor> &results) {
  std::vector<double> scale = loadAll<double>(operands[1]);
  double epsilon = getEpsilon().convertToDouble();
  auto normalize = [&](llvm::MutableArrayRef<double> row) {
    double squares = 0;
    for (double value : row)
      squares += value * value;
    double root = std::sqrt(squares / row.size() + epsilon);
    for (size_t i = 0; i < row.size(); ++i)
      row[i] = row[i] / root * scale[i];
  };
  results.push_back(forEachRow(operands[0], getAxis(), normalize));
  return success();
}

//===----------------------------------------------------------------------===//
// Gradients of what is normalised
//===----------------------------------------------------------------------===//

namespace {
/// What rows are normalised around: their mean, or 0.
enum class Centre { Mean, Zero };

/// A norm's attributes.
struct Norm {
  Centre centre;
  int64_t axis;
  double epsilon;
};
} // namespace

static double meanOf(ArrayRef<double> row) {
  double sum = 0;
  for (double value : row)
    sum += value;
  return sum / row.size();
}

/// Makes the gradient of the row `x` of that of the scaled one, in its place.
static void differentiateRow(const Norm &norm, std::vector<double> &x,
                             std::vector<double> &gradient) {
  bool isCentred = norm.centre == Centre::Mean;
  double mean = isCentred ? meanOf(x) : 0, squares = 0, along = 0;
  for (double value : x)
    squares += (value - mean) * (value - mean);
  double deviation = std::sqrt(squares / x.size() + norm.epsilon);
  for (auto [value, g] : llvm::zip(x, gradient)) {
    value = (value - mean) / deviation;
    along += value * g;
  }
  double shift = isCentred ? meanOf(gradient) : 0;
  for (auto [unit, g] : llvm::zip(x, gradient))
    g = (g - shift - unit * (along / x.size())) / deviation;
}

static HostTensor differentiateRows(ArrayRef<HostTensor> operands,
                                    const Norm &norm) {
  const HostTensor &gradient = operands[0], &input = operands[1];
  std::vector<double> scale = loadAll<double>(operands[2]);
  std::vector<double> g(scale.size()), x(scale.size());
  HostTensor result(input.type(), input.shape());
  auto width = static_cast<int64_t>(scale.size());
  for (int64_t at = 0; at < input.size(); at += width) {
    loadRun<double>(gradient, at, 1, g);
    loadRun<double>(input, at, 1, x);
    for (auto [value, factor] : llvm::zip(g, scale))
      value *= factor;
    differentiateRow(norm, x, g);
    storeRun<double>(result, at, g);
  }
  return result;
}

LogicalResult
LayerNormGradientOp::evaluate(ArrayRef<HostTensor> operands,
                              SmallVectorImpl<HostTensor> &results) {
  results.push_back(
      differentiateRows(operands, {Centre::Mean, int64_t(getAxis()),
                                   getEpsilon().convertToDouble()}));
  return success();
}

LogicalResult
RmsNormGradientOp::evaluate(ArrayRef<HostTensor> operands,
                            SmallVectorImpl<HostTensor> &results) {
  results.push_back(
      differentiateRows(operands, {Centre::Zero, int64_t(getAxis()),
                                   getEpsilon().convertToDouble()}));
  return success();
}

LogicalResult BatchNormOp::evaluate(ArrayRef<HostTensor> operands,
                                    SmallVectorImpl<HostTensor> &results) {
  std::vector<double> scale = loadAll<double>(operands[1]);
  std::vector<double> bias = loadAll<double>(operands[2]);
  std::vector<double> mean = loadAll<double>(operands[3]);
  std::vector<double> variance = loadAll<double>(operands[4]);
  double epsilon = getEpsilon().convertToDouble();
  size_t channel = 0;
  auto normalize = [&](llvm::MutableArrayRef<double> row) {
    double deviation = std::sqrt(variance[channel] + epsilon);
    for (double &value : row)
      value =
          (value - mean[channel]) / deviation * scale[channel] + bias[channel];
    channel = (channel + 1) % scale.size();
  };
  results.push_back(forEachRow(operands[0], 2, normalize));
  return success();
}
