//===- ConvolutionEval.cpp - Reference semantics of convolutions ----------===//
//
// 1. One to three spatial dimensions are seen as three; missing ones have
//    extent 1.
// 2. An output plane is summed in double over input channels and kernel
//    positions in row-major order, the bias last, and rounded once.
// 3. Padding is never materialised: kernel positions outside add nothing.
// 4. A transposed convolution is the same sum with input and output positions
//    in each other's place.
//
//===----------------------------------------------------------------------===//

#include "dtc/IR/ShapeInference.h"
#include "dtc/Interpreter/ElementRuns.h"

using namespace mlir;
using namespace dtc;

namespace {

using Spatial = std::array<int64_t, 3>;

/// The window geometry, three spatial dimensions.
struct Geometry {
  Spatial input, kernel, output, strides, dilations, pads;
  /// Input positions spread over the output, not output positions over the
  /// input.
  bool isSpread;

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

/// Calls `visit(near, far)` for all pairs of positions, as row-major offsets,
/// that the kernel position `at` joins: `far = near * stride - padding +
/// at * dilation` lies in a plane of `farExtents`.
template <typename Visit>
static void forEachPair(const Geometry &window, const Spatial &nearExtents,
                        const Spatial &farExtents, const Spatial &at,
                        Visit visit) {
  auto far = [&](int64_t near, int d) {
    return near * window.strides[d] - window.pads[d] +
           at[d] * window.dilations[d];
  };
  auto inside = [&](int64_t position, int d) {
    return position >= 0 && position < farExtents[d];
  };
  for (int64_t z = 0; z < nearExtents[0]; ++z) {
    int64_t farZ = far(z, 0);
    if (!inside(farZ, 0))
      continue;
    for (int64_t y = 0; y < nearExtents[1]; ++y) {
      int64_t farY = far(y, 1);
      if (!inside(farY, 1))
        continue;
      int64_t row = (z * nearExtents[1] + y) * nearExtents[2];
      int64_t farRow = (farZ * farExtents[1] + farY) * farExtents[2];
      for (int64_t x = 0; x < nearExtents[2]; ++x)
        if (int64_t farX = far(x, 2); inside(farX, 2))
          visit(row + x, farRow + farX);
    }
  }
}

/// Adds to `sums` one channel's share: the input plane times the kernel.
static void convolvePlane(const double *input, const double *kernel,
                          const Geometry &window, double *sums) {
  for (int64_t z = 0; z < window.kernel[0]; ++z)
    for (int64_t y = 0; y < window.kernel[1]; ++y)
      for (int64_t x = 0; x < window.kernel[2]; ++x) {
        double factor = *kernel++;
        if (window.isSpread)
          forEachPair(window, window.input, window.output, {z, y, x},
                      [&](int64_t near, int64_t far) {
                        sums[far] += factor * input[near];
                      });
        else
          forEachPair(window, window.output, window.input, {z, y, x},
                      [&](int64_t near, int64_t far) {
                        sums[near] += factor * input[far];
                      });
      }
}

/// `kernelOf(channel, output)` is the number of the kernel that joins input
/// channel `channel` of the output's group to output channel `output`.
template <typename Op, typename KernelOf>
static HostTensor convolve(Op op, ArrayRef<HostTensor> operands,
                           const Geometry &window, int64_t perGroup,
                           KernelOf kernelOf) {
  const HostTensor &input = operands[0];
  auto result = HostTensor::ofType(tensorType(op.getResult()));
  std::vector<double> inputs = loadAll<double>(input);
  std::vector<double> weights = loadAll<double>(operands[1]);
  std::vector<double> bias;
  if (op.getBias())
    bias = loadAll<double>(operands[2]);
  std::vector<double> sums(Geometry::volume(window.output));
  int64_t outputs = result.dim(1);
  int64_t channels = input.dim(1) / static_cast<int64_t>(op.getGroups());
  int64_t plane = Geometry::volume(window.input);
  int64_t kernel = Geometry::volume(window.kernel);
  for (int64_t n = 0; n < input.dim(0); ++n)
    for (int64_t o = 0; o < outputs; ++o) {
      std::fill(sums.begin(), sums.end(), 0.0);
      int64_t first = n * input.dim(1) + o / perGroup * channels;
      for (int64_t c = 0; c < channels; ++c)
        convolvePlane(inputs.data() + (first + c) * plane,
                      weights.data() + kernelOf(c, o) * kernel, window,
                      sums.data());
      for (double &sum : sums)
        sum += bias.empty() ? 0.0 : bias[o];
      storeRun<double>(
          result, (n * outputs + o) * static_cast<int64_t>(sums.size()), sums);
    }
  return result;
}

template <typename Op> static Geometry windowOf(Op op, bool isSpread) {
  return {alignRight(shapeOf(op.getInput()).drop_front(2), 1),
          alignRight(shapeOf(op.getWeight()).drop_front(2), 1),
          alignRight(shapeOf(op.getResult()).drop_front(2), 1),
          alignRight(op.getStrides(), 1),
          alignRight(op.getDilations(), 1),
          alignRight(op.getPadsBegin(), 0),
          isSpread};
}

LogicalResult ConvolutionOp::evaluate(ArrayRef<HostTensor> operands,
                                      SmallVectorImpl<HostTensor> &results) {
  int64_t channels = operands[1].dim(1);
  int64_t perGroup = operands[1].dim(0) / static_cast<int64_t>(getGroups());
  results.push_back(convolve(
      *this, operands, windowOf(*this, false), perGroup,
      [&](int64_t channel, int64_t o) { return o * channels + channel; }));
  return success();
}

LogicalResult
TransposedConvolutionOp::evaluate(ArrayRef<HostTensor> operands,
                                  SmallVectorImpl<HostTensor> &results) {
  int64_t perGroup = operands[1].dim(1);
  int64_t channels = operands[1].dim(0) / static_cast<int64_t>(getGroups());
  results.push_back(convolve(*this, operands, windowOf(*this, true), perGroup,
                             [&](int64_t channel, int64_t o) {
                               int64_t group = o / perGroup;
                               return (group * channels + channel) * perGroup +
                                      o % perGroup;
                             }));
  return success();
}

/// The sums of one kernel: a plane of the input with one of the gradient.
static void correlatePlanes(const double *input, const double *gradient,
                            const Geometry &window, double *sums) {
  for (int64_t z = 0; z < window.kernel[0]; ++z)
    for (int64_t y = 0; y < window.kernel[1]; ++y)
      for (int64_t x = 0; x < window.kernel[2]; ++x, ++sums)
        forEachPair(window, window.output, window.input, {z, y, x},
                    [&](int64_t near, int64_t far) {
                      *sums += gradient[near] * input[far];
                    });
}

LogicalResult
ConvolutionWeightGradientOp::evaluate(ArrayRef<HostTensor> operands,
                                      SmallVectorImpl<HostTensor> &results) {
  const HostTensor &input = operands[0], &gradient = operands[1];
  auto result = HostTensor::ofType(tensorType(getResult()));
  Geometry window{alignRight(input.shape().drop_front(2), 1),
                  alignRight(getKernel(), 1),
                  alignRight(gradient.shape().drop_front(2), 1),
                  alignRight(getStrides(), 1),
                  alignRight(getDilations(), 1),
                  alignRight(getPadsBegin(), 0),
                  false};
  std::vector<double> inputs = loadAll<double>(input);
  std::vector<double> gradients = loadAll<double>(gradient);
  int64_t outputs = gradient.dim(1), channels = result.dim(1);
  int64_t perGroup = outputs / static_cast<int64_t>(getGroups());
  int64_t from = Geometry::volume(window.input);
  int64_t to = Geometry::volume(window.output);
  std::vector<double> sums(Geometry::volume(window.kernel));
  for (int64_t o = 0; o < outputs; ++o)
    for (int64_t c = 0; c < channels; ++c) {
      std::fill(sums.begin(), sums.end(), 0.0);
      for (int64_t n = 0; n < input.dim(0); ++n) {
        int64_t channel = n * input.dim(1) + o / perGroup * channels + c;
        correlatePlanes(inputs.data() + channel * from,
                        gradients.data() + (n * outputs + o) * to, window,
                        sums.data());
      }
      storeRun<double>(
          result, (o * channels + c) * static_cast<int64_t>(sums.size()), sums);
    }
  results.push_back(std::move(result));
  return success();
}
