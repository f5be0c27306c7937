//===- ResampleEval.cpp - Reference semantics of resampling ---------------===//
//
// Sums are kept in double and rounded once.
//
//===----------------------------------------------------------------------===//

#include "dtc/IR/ShapeInference.h"
#include "dtc/Interpreter/ElementRuns.h"

using namespace mlir;
using namespace dtc;

namespace {
/// The dimensions before the axis, the axis in the input and in the result, and
/// those behind it.
struct Extents {
  int64_t outer, input, output, inner;
};
} // namespace

static void copyPositions(const HostTensor &input, const Extents &e,
                          ArrayRef<int64_t> positions, HostTensor &result) {
  int64_t bytes = e.inner * byteWidth(input.type());
  if (bytes == 0)
    return;
  for (int64_t o = 0; o < e.outer; ++o)
    for (int64_t p = 0; p < e.output; ++p)
      std::memcpy(result.raw() + (o * e.output + p) * bytes,
                  input.raw() + (o * e.input + positions[p]) * bytes, bytes);
}

static void sumPositions(const HostTensor &input, const Extents &e,
                         ArrayRef<int64_t> positions, ArrayRef<double> weights,
                         HostTensor &result) {
  std::vector<double> sums(e.inner), line(e.inner);
  int64_t taps = e.output ? positions.size() / e.output : 0;
  for (int64_t o = 0; o < e.outer; ++o)
    for (int64_t p = 0; p < e.output; ++p) {
      std::fill(sums.begin(), sums.end(), 0);
      for (int64_t t = p * taps; t < (p + 1) * taps; ++t) {
        loadRun<double>(input, (o * e.input + positions[t]) * e.inner, 1, line);
        for (int64_t i = 0; i < e.inner; ++i)
          sums[i] += weights[t] * line[i];
      }
      storeRun<double>(result, (o * e.output + p) * e.inner, sums);
    }
}

LogicalResult ResampleOp::evaluate(ArrayRef<HostTensor> operands,
                                   SmallVectorImpl<HostTensor> &results) {
  const HostTensor &input = operands[0];
  SmallVector<int64_t> shape(input.shape());
  auto axis = static_cast<int64_t>(getAxis());
  int64_t output = getPositions().size() / getTaps();
  Extents e{numElements(input.shape().take_front(axis)), shape[axis], output,
            numElements(input.shape().drop_front(axis + 1))};
  shape[axis] = output;
  HostTensor result(input.type(), shape);
  if (getWeights())
    sumPositions(input, e, getPositions(), *getWeights(), result);
  else
    copyPositions(input, e, getPositions(), result);
  results.push_back(std::move(result));
  return success();
}
