//===- AttentionEval.cpp - Reference semantics of attention ---------------===//
//
// For each head and query:
//
// 1. Scores: products summed in double, scaled, capped and biased; rounded to
//    the element type. Keys that may not be seen have minus infinity.
// 2. Weights: exponentials less the maximum over their sum, rounded.
// 3. The weighted sum of the values in double, rounded.
//
//===----------------------------------------------------------------------===//

#include "dtc/IR/ShapeInference.h"
#include "dtc/Interpreter/ElementRuns.h"

#include <cmath>
#include <limits>

using namespace mlir;
using namespace dtc;

static constexpr double kInfinity = std::numeric_limits<double>::infinity();

namespace {

/// One op on its operands' numbers.
class Attention {
public:
  Attention(AttentionOp op, ArrayRef<HostTensor> operands)
      : op(op), query(loadAll<double>(operands[0])),
        key(loadAll<double>(operands[1])), value(loadAll<double>(operands[2])),
        result(HostTensor::ofType(tensorType(op.getResult()))),
        scale(op.getScale().convertToDouble()), rows(fromEnd(operands[0], 2)),
        keys(fromEnd(operands[1], 2)), depth(fromEnd(operands[0], 1)),
        width(fromEnd(operands[2], 1)), line(result.type(), {keys}) {
    if (op.getSoftcap())
      softcap = op.getSoftcap()->convertToDouble();
    scores.resize(keys);
    bias.resize(keys);
    if (operands.size() > 3)
      mask = &operands[3];
  }

  HostTensor run() {
    ArrayRef<int64_t> heads = result.shape().drop_back(2);
    int64_t group = op.getGroup();
    forEachIndex(heads, [&](ArrayRef<int64_t> index, int64_t head) {
      for (int64_t row = 0; row < rows; ++row)
        computeRow(index, head, head / group, row);
    });
    return std::move(result);
  }

private:
  static int64_t fromEnd(const HostTensor &tensor, int64_t dim) {
    return tensor.dim(tensor.rank() - dim);
  }
  void loadBias(ArrayRef<int64_t> index, int64_t row);
  void computeRow(ArrayRef<int64_t> index, int64_t head, int64_t keyHead,
                  int64_t row);
  double scoreOf(const double *q, const double *k) const;
  /// Rounds to the element type.
  void round(std::vector<double> &values) {
    storeRun<double>(line, 0, values);
    loadRun<double>(line, 0, 1, values);
  }

  AttentionOp op;
  std::vector<double> query, key, value;
  HostTensor result;
  double scale, softcap = 0;
  int64_t rows, keys, depth, width;
  HostTensor line;
  std::vector<double> scores, bias;
  const HostTensor *mask = nullptr;
};

} // namespace

/// What is added to the scores of one row.
void Attention::loadBias(ArrayRef<int64_t> index, int64_t row) {
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
  auto [first, last] = op.getVisibleKeys(row);
  for (int64_t k = 0; k < keys; ++k)
    if (k < first || k >= last)
      bias[k] += -kInfinity;
}

double Attention::scoreOf(const double *q, const double *k) const {
  double sum = 0;
  for (int64_t i = 0; i < depth; ++i)
    sum += q[i] * k[i];
  sum *= scale;
  return softcap > 0 ? softcap * std::tanh(sum / softcap) : sum;
}

void Attention::computeRow(ArrayRef<int64_t> index, int64_t head,
                           int64_t keyHead, int64_t row) {
  std::vector<double> sums(width, 0);
  int64_t place = head * rows + row;
  loadBias(index, row);
  bool isHidden = llvm::all_of(bias, [](double b) { return b == -kInfinity; });
  if (!isHidden) {
    for (int64_t k = 0; k < keys; ++k)
      scores[k] = scoreOf(query.data() + place * depth,
                          key.data() + (keyHead * keys + k) * depth) +
                  bias[k];
    round(scores);
    double largest = -kInfinity, total = 0;
    for (double score : scores)
      largest = std::fmax(largest, score);
    for (double &score : scores)
      total += score = std::exp(score - largest);
    for (double &score : scores)
      score /= total;
    round(scores);
    for (int64_t k = 0; k < keys; ++k)
      for (int64_t i = 0; i < width; ++i)
        sums[i] += scores[k] * value[(keyHead * keys + k) * width + i];
  }
  storeRun<double>(result, place * width, sums);
}

LogicalResult AttentionOp::evaluate(ArrayRef<HostTensor> operands,
                                    SmallVectorImpl<HostTensor> &results) {
  results.push_back(Attention(*this, operands).run());
  return success();
}
