//===- ConvolutionEval.cpp - Reference semantics of convolutions ----------===//
//
// 1. One to three spatial dimensions are seen as three; missing ones have
//    extent 1.
// 2. An output plane is summed in double over input channels and kernel
//    positions in row-major order, the bias last, and rounded once.
// 3. Padding is never materialised: kernel positions outside add nothing.
//
//===----------------------------------------------------------------------===//

#include "dtc/IR/ShapeInference.h"
#include "dtc/Interpreter/ElementRuns.h"

using namespace mlir;
using namespace dtc;

namespace {

using Spatial = std::array<int64_t, 3>;

/// The window geometry, three spatial dimensions.
struct Window {
  Spatial input, kernel, output, strides, dilations, pads;

  static int64_t volume(const Spatial &extents) {
    return extents[0] * extents[1] * extents[2];
  }
};

} // namespace

/// `values` at the end, `missing` before.
static Spatial alignRight(ArrayRef<int64_t> values, int64_t missing) {
  Spatial result{missing, missing, missing};
  llvm::copy(values, result.end() - values.size());
  return result;
}

/// Adds `factor` times the input plane, moved to kernel position `at`.
static void addMoved(const double *input, const Window &window,
                     const Spatial &at, double factor, double *sums) {
  auto source = [&](int64_t out, int d) {
    return out * window.strides[d] - window.pads[d] +
           at[d] * window.dilations[d];
  };
  auto inside = [&](int64_t position, int d) {
    return position >= 0 && position < window.input[d];
  };
  for (int64_t z = 0; z < window.output[0]; ++z) {
    int64_t fromZ = source(z, 0);
    if (!inside(fromZ, 0))
      continue;
    for (int64_t y = 0; y < window.output[1]; ++y) {
      int64_t fromY = source(y, 1);
      if (!inside(fromY, 1))
        continue;
      const double *row =
          input + (fromZ * window.input[1] + fromY) * window.input[2];
      double *to = sums + (z * window.output[1] + y) * window.output[2];
      for (int64_t x = 0; x < window.output[2]; ++x)
        if (int64_t fromX = source(x, 2); inside(fromX, 2))
          to[x] += factor * row[fromX];
    }
  }
}

/// One output plane: `input` holds the group's channels, `weight` the filter.
static void convolvePlane(const double *input, const double *weight,
                          int64_t channels, const Window &window,
                          llvm::MutableArrayRef<double> sums) {
  std::fill(sums.begin(), sums.end(), 0.0);
  for (int64_t c = 0; c < channels; ++c) {
    const double *plane = input + c * Window::volume(window.input);
    for (int64_t z = 0; z < window.kernel[0]; ++z)
      for (int64_t y = 0; y < window.kernel[1]; ++y)
        for (int64_t x = 0; x < window.kernel[2]; ++x)
          addMoved(plane, window, {z, y, x}, *weight++, sums.data());
  }
}

LogicalResult ConvolutionOp::evaluate(ArrayRef<HostTensor> operands,
                                      SmallVectorImpl<HostTensor> &results) {
  const HostTensor &input = operands[0], &weight = operands[1];
  auto result = HostTensor::ofType(tensorType(getResult()));
  Window window{alignRight(input.shape().drop_front(2), 1),
                alignRight(weight.shape().drop_front(2), 1),
                alignRight(result.shape().drop_front(2), 1),
                alignRight(getStrides(), 1),
                alignRight(getDilations(), 1),
                alignRight(getPadsBegin(), 0)};
  std::vector<double> inputs = loadAll<double>(input);
  std::vector<double> weights = loadAll<double>(weight);
  std::vector<double> bias;
  if (getBias())
    bias = loadAll<double>(operands[2]);
  std::vector<double> sums(Window::volume(window.output));
  int64_t batch = input.dim(0), outputs = weight.dim(0);
  int64_t channels = weight.dim(1), perGroup = outputs / getGroups();
  int64_t filter = channels * Window::volume(window.kernel);
  for (int64_t n = 0; n < batch; ++n)
    for (int64_t o = 0; o < outputs; ++o) {
      int64_t firstChannel = n * input.dim(1) + o / perGroup * channels;
      convolvePlane(inputs.data() + firstChannel * Window::volume(window.input),
                    weights.data() + o * filter, channels, window, sums);
      for (double &sum : sums)
        sum += bias.empty() ? 0.0 : bias[o];
      storeRun<double>(
          result, (n * outputs + o) * static_cast<int64_t>(sums.size()), sums);
    }
  results.push_back(std::move(result));
  return success();
}
