//===- AttentionEval.cpp - Reference semantics of attention ---------------===//
//
// For each head and query:
//
// 1. Scores: products summed in double, scaled, capped and biased; rounded to
//    the element type. Keys that may not be seen have minus infinity.
// 2. Weights: exponentials less the maximum over their sum, rounded.
// 3. The weighted sum of the values in double, rounded.
//
// The gradient computes the weights again, and all else in double: its results
// are rounded once.
//
//===----------------------------------------------------------------------===//

#include "AttentionParts.h"

#include "dtc/Interpreter/ElementRuns.h"

#include <cmath>
#include <limits>

using namespace mlir;
using namespace dtc;

static constexpr double kInfinity = std::numeric_limits<double>::infinity();

static int64_t fromEnd(const HostTensor &tensor, int64_t dim) {
  return tensor.dim(tensor.rank() - dim);
}

namespace {

/// The weights of one query after the other.
class AttentionRows {
public:
  AttentionRows(const AttentionInputs &inputs, ArrayRef<HostTensor> operands,
                const HostTensor *mask)
      : rows(fromEnd(operands[0], 2)), keys(fromEnd(operands[1], 2)),
        depth(fromEnd(operands[0], 1)), width(fromEnd(operands[2], 1)),
        weights(keys), inputs(inputs), query(loadAll<double>(operands[0])),
        key(loadAll<double>(operands[1])), value(loadAll<double>(operands[2])),
        heads(operands[0].shape().drop_back(2)), mask(mask),
        line(operands[0].type(), {keys}), bias(keys) {}

  const int64_t rows, keys, depth, width;
  /// Of the row that is visited: its weights, unless it sees nothing, and the
  /// logarithm of the sum of its scores' exponentials.
  std::vector<double> weights;
  bool isHidden = false;
  double logarithm = 0;

  /// Calls `visit` with the row's place among all rows of queries, and that of
  /// the first row of its keys.
  template <typename Visit> void forEachRow(Visit visit) {
    int64_t group = inputs.getGroup();
    forEachIndex(heads, [&](ArrayRef<int64_t> index, int64_t head) {
      for (int64_t row = 0; row < rows; ++row) {
        computeWeights(index, head, head / group, row);
        visit(head * rows + row, head / group * keys);
      }
    });
  }

  const double *queryAt(int64_t row) const {
    return query.data() + row * depth;
  }
  const double *keyAt(int64_t row) const { return key.data() + row * depth; }
  const double *valueAt(int64_t row) const {
    return value.data() + row * width;
  }

private:
  void loadBias(ArrayRef<int64_t> index, int64_t row);
  void computeWeights(ArrayRef<int64_t> index, int64_t head, int64_t keyHead,
                      int64_t row);
  double scoreOf(const double *q, const double *k) const;
  /// Rounds to the element type.
  void round(std::vector<double> &values) {
    storeRun<double>(line, 0, values);
    loadRun<double>(line, 0, 1, values);
  }

  AttentionInputs inputs;
  std::vector<double> query, key, value;
  SmallVector<int64_t> heads;
  const HostTensor *mask;
  HostTensor line;
  std::vector<double> bias;
};

} // namespace

/// What is added to the scores of one row.
void AttentionRows::loadBias(ArrayRef<int64_t> index, int64_t row) {
  std::fill(bias.begin(), bias.end(), 0);
  if (mask) {
    SmallVector<int64_t> place(index);
    place.append({row, 0});
    auto strides = mask->strides();
    int64_t offset = 0, missing = place.size() - mask->rank(), step = 0;
    for (int64_t dim = 0; dim < mask->rank(); ++dim)
      if (mask->dim(dim) != 1)
        offset += place[missing + dim] * strides[dim];
    if (mask->rank() > 0 && fromEnd(*mask, 1) != 1)
      step = 1;
    bool isVisibility = mask->type() == DType::Bool;
    for (int64_t k = 0; k < keys; ++k) {
      double number = mask->getDouble(offset + k * step);
      bias[k] = !isVisibility ? number : number != 0 ? 0 : -kInfinity;
    }
  }
  auto [first, last] = inputs.getVisibleKeys(row);
  for (int64_t k = 0; k < keys; ++k)
    if (k < first || k >= last)
      bias[k] += -kInfinity;
}

double AttentionRows::scoreOf(const double *q, const double *k) const {
  double sum = 0;
  for (int64_t i = 0; i < depth; ++i)
    sum += q[i] * k[i];
  sum *= inputs.scale;
  return inputs.softcap ? *inputs.softcap * std::tanh(sum / *inputs.softcap)
                        : sum;
}

void AttentionRows::computeWeights(ArrayRef<int64_t> index, int64_t head,
                                   int64_t keyHead, int64_t row) {
  loadBias(index, row);
  isHidden = llvm::all_of(bias, [](double b) { return b == -kInfinity; });
  if (isHidden)
    std::fill(bias.begin(), bias.end(), 0);
  for (int64_t k = 0; k < keys; ++k)
    weights[k] =
        scoreOf(queryAt(head * rows + row), keyAt(keyHead * keys + k)) +
        bias[k];
  round(weights);
  double largest = -kInfinity, total = 0;
  for (double score : weights)
    largest = std::fmax(largest, score);
  for (double &score : weights)
    total += score = std::exp(score - largest);
  logarithm = largest + std::log(total);
  for (double &score : weights)
    score /= total;
  round(weights);
}

static const HostTensor *maskAmong(ArrayRef<HostTensor> operands,
                                   size_t index) {
  return operands.size() > index ? &operands[index] : nullptr;
}

LogicalResult AttentionOp::evaluate(ArrayRef<HostTensor> operands,
                                    SmallVectorImpl<HostTensor> &results) {
  AttentionRows rows(inputsOf(*this), operands, maskAmong(operands, 3));
  for (Value value : getOperation()->getResults())
    results.push_back(HostTensor::ofType(tensorType(value)));
  rows.forEachRow([&](int64_t place, int64_t firstKey) {
    std::vector<double> sums(rows.width, 0);
    for (int64_t k = 0; k < rows.keys && !rows.isHidden; ++k)
      for (int64_t i = 0; i < rows.width; ++i)
        sums[i] += rows.weights[k] * rows.valueAt(firstKey + k)[i];
    storeRun<double>(results[0], place * rows.width, sums);
    if (getKeepsSums())
      storeRun<double>(results[1], place, {rows.logarithm});
  });
  return success();
}

LogicalResult
AttentionGradientOp::evaluate(ArrayRef<HostTensor> operands,
                              SmallVectorImpl<HostTensor> &results) {
  AttentionRows rows(inputsOf(*this), operands, maskAmong(operands, 6));
  double scale = getScale().convertToDouble();
  std::vector<double> gradient = loadAll<double>(operands[5]);
  std::vector<std::vector<double>> sums;
  for (Value value : getOperation()->getResults()) {
    results.push_back(HostTensor::ofType(tensorType(value)));
    sums.emplace_back(results.back().size(), 0);
  }
  std::vector<double> ofWeights(rows.keys);
  rows.forEachRow([&](int64_t place, int64_t firstKey) {
    if (rows.isHidden)
      return;
    const double *g = gradient.data() + place * rows.width;
    double total = 0;
    for (int64_t k = 0; k < rows.keys; ++k) {
      double *ofValue = sums[2].data() + (firstKey + k) * rows.width;
      ofWeights[k] = 0;
      for (int64_t i = 0; i < rows.width; ++i) {
        ofWeights[k] += g[i] * rows.valueAt(firstKey + k)[i];
        ofValue[i] += rows.weights[k] * g[i];
      }
      total += rows.weights[k] * ofWeights[k];
    }
    for (int64_t k = 0; k < rows.keys; ++k) {
      double ofScore = scale * rows.weights[k] * (ofWeights[k] - total);
      double *ofQuery = sums[0].data() + place * rows.depth;
      double *ofKey = sums[1].data() + (firstKey + k) * rows.depth;
      for (int64_t i = 0; i < rows.depth; ++i) {
        ofQuery[i] += ofScore * rows.keyAt(firstKey + k)[i];
        ofKey[i] += ofScore * rows.queryAt(place)[i];
      }
    }
  });
  for (auto [result, values] : llvm::zip(results, sums))
    storeRun<double>(result, 0, values);
  return success();
}
