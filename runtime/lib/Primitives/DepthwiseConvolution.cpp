//===- DepthwiseConvolution.cpp - Convolutions of single channels ---------===//
//
// 1. A strip of a plane's rows is copied with its padding. The copy has the
//    columns that one phase of the stride meets behind each other, so that
//    kernels load neighbours.
// 2. The kernels for this processor compute the strip.
// 3. Kernels multiply padding, too: zeros by what may be infinite. Where a
//    channel's weights are not all finite, or the sums of its gradient, it is
//    computed from what lies inside, product by product.
//===----------------------------------------------------------------------===//

#include "DepthwiseConvolution.h"
#include "Engine.h"
#include "dtc/runtime/InstructionSet.h"
#include <algorithm>
#include <cmath>
#include <cstring>

namespace dtc::runtime {

namespace {

/// A padded copy stays in the second-level cache.
constexpr int64_t kCopyBytes = 256 << 10;

int64_t roundUp(int64_t value, int64_t multiple) {
  return (value + multiple - 1) / multiple * multiple;
}

AlignedBuffer floats(int64_t count) {
  AlignedBuffer buffer =
      AlignedBuffer::allocate(static_cast<size_t>(count) * sizeof(float));
  if (!buffer.data())
    throw PrimitiveError{"no memory for a copy of " + std::to_string(count) +
                         " elements"};
  return buffer;
}

template <typename Iterator> bool areFinite(Iterator begin, Iterator end) {
  return std::all_of(begin, end, [](auto x) { return std::isfinite(x); });
}

float *data(const AlignedBuffer &buffer) {
  return reinterpret_cast<float *>(buffer.data());
}

} // namespace

const DepthwiseKernels &depthwiseKernels() {
  switch (findInstructionSet()) {
#if defined(__x86_64__)
  case InstructionSet::Avx512:
    return depthwiseAvx512();
  case InstructionSet::Avx2:
    return depthwiseAvx2();
#endif
  default:
    return depthwiseBaseline();
  }
}

DepthwiseConvolution::DepthwiseConvolution(const dtc_convolution &desc,
                                           const DepthwiseKernels &kernels)
    : kernels(kernels), isTransposed(desc.is_transposed) {
  describe(desc);
  placeColumns();
  int64_t reach = window.rowDilation * (window.kernelRows - 1);
  int64_t most =
      kCopyBytes / static_cast<int64_t>(sizeof(float)) / window.pitch - reach;
  stripRows =
      std::max(kernels.rowBlock,
               most / window.rowStride / kernels.rowBlock * kernels.rowBlock);
  stripRows = std::min(stripRows, roundUp(rows, kernels.rowBlock));
  padded =
      floats(((stripRows - 1) * window.rowStride + reach + 1) * window.pitch);
  zeros = floats(gradientPitch);
  if (gradientPitch != columns)
    gradientCopy = floats(stripRows * gradientPitch);
}

/// One dimension is the columns of a single row.
void DepthwiseConvolution::describe(const dtc_convolution &desc) {
  int column = desc.spatial - 1;
  bool hasRows = desc.spatial == 2;
  auto pad = [&](int dim) {
    int64_t reach = desc.dilations[dim] * (desc.weight_shape[2 + dim] - 1);
    return isTransposed ? reach - desc.pads_begin[dim] : desc.pads_begin[dim];
  };
  images = desc.input_shape[0];
  channels = desc.groups;
  inputRows = hasRows ? desc.input_shape[2] : 1;
  rows = hasRows ? desc.result_shape[2] : 1;
  padRows = hasRows ? pad(0) : 0;
  inputColumns = desc.input_shape[2 + column];
  columns = desc.result_shape[2 + column];
  padColumns = pad(column);
  columnStride = desc.strides[column];
  columnDilation = desc.dilations[column];
  window = {hasRows ? desc.weight_shape[2] : 1,
            desc.weight_shape[2 + column],
            hasRows ? desc.strides[0] : 1,
            hasRows ? desc.dilations[0] : 1,
            0,
            nullptr};
}

void DepthwiseConvolution::placeColumns() {
  gradientPitch = roundUp(columns, kernels.columnBlock);
  int64_t reach = columnDilation * (window.kernelColumns - 1);
  phasePitch = gradientPitch + reach / columnStride;
  for (int64_t k = 0; k < window.kernelColumns; ++k) {
    int64_t at = k * columnDilation;
    columnOffsets.push_back(at % columnStride * phasePitch + at / columnStride);
  }
  window.pitch = columnStride * phasePitch;
  window.columnOffsets = columnOffsets.data();
}

template <typename Body>
void DepthwiseConvolution::forEachStrip(Body body) const {
  for (int64_t begin = 0; begin < rows; begin += stripRows)
    body(Strip{begin, std::min(stripRows, rows - begin)});
}

/// Copies what a strip's windows read. Columns of the padding stay zero.
void DepthwiseConvolution::copyRows(const float *plane,
                                    const Strip &strip) const {
  int64_t reach = window.rowDilation * (window.kernelRows - 1);
  int64_t count = (strip.count - 1) * window.rowStride + reach + 1;
  int64_t first = strip.begin * window.rowStride - padRows;
  for (int64_t row = 0; row < count; ++row) {
    float *to = data(padded) + row * window.pitch;
    if (first + row < 0 || first + row >= inputRows) {
      std::memset(to, 0, static_cast<size_t>(window.pitch) * sizeof(float));
      continue;
    }
    const float *from = plane + (first + row) * inputColumns;
    if (columnStride == 1) {
      int64_t width = std::min(inputColumns, phasePitch - padColumns);
      std::memcpy(to + padColumns, from,
                  static_cast<size_t>(std::max<int64_t>(width, 0)) *
                      sizeof(float));
      continue;
    }
    for (int64_t phase = 0; phase < columnStride; ++phase) {
      // The first column of the padded row that is in the phase and inside.
      int64_t begin = (padColumns - phase + columnStride - 1) / columnStride;
      begin = std::max<int64_t>(begin, 0);
      for (int64_t at = begin; at < phasePitch; ++at) {
        int64_t column = at * columnStride + phase - padColumns;
        if (column >= inputColumns)
          break;
        to[phase * phasePitch + at] = from[column];
      }
    }
  }
}

void DepthwiseConvolution::run(const float *input, const float *weight,
                               const float *bias, float *result) const {
  int64_t kernelSize = window.kernelRows * window.kernelColumns;
  std::vector<float> turned(static_cast<size_t>(kernelSize));
  for (int64_t image = 0; image < images; ++image)
    for (int64_t channel = 0; channel < channels; ++channel) {
      const float *kernel = weight + channel * kernelSize;
      if (isTransposed) {
        std::reverse_copy(kernel, kernel + kernelSize, turned.begin());
        kernel = turned.data();
      }
      int64_t plane = image * channels + channel;
      const float *from = input + plane * inputRows * inputColumns;
      float *to = result + plane * rows * columns;
      if (!areFinite(kernel, kernel + kernelSize)) {
        convolveInside(from, kernel, bias ? bias[channel] : 0, to);
        continue;
      }
      forEachStrip([&](const Strip &strip) {
        copyRows(from, strip);
        kernels.forward(window, data(padded), kernel, bias ? bias[channel] : 0,
                        strip.count, columns, to + strip.begin * columns);
      });
    }
}

void DepthwiseConvolution::addPlane(const float *plane, const float *gradient,
                                    std::vector<double> &sums) const {
  forEachStrip([&](const Strip &strip) {
    copyRows(plane, strip);
    const float *part = gradient + strip.begin * columns;
    if (gradientPitch != columns) {
      copyGradient(part, strip);
      part = data(gradientCopy);
    }
    kernels.weightGradient(window, data(padded), part, gradientPitch,
                           strip.count, data(zeros), sums.data());
  });
}

void DepthwiseConvolution::copyGradient(const float *plane,
                                        const Strip &strip) const {
  for (int64_t row = 0; row < strip.count; ++row)
    std::memcpy(data(gradientCopy) + row * gradientPitch, plane + row * columns,
                static_cast<size_t>(columns) * sizeof(float));
}

template <typename Add>
void DepthwiseConvolution::forEachImage(int64_t channel, Add add) const {
  for (int64_t image = 0; image < images; ++image) {
    int64_t plane = image * channels + channel;
    add(plane * inputRows * inputColumns, plane * rows * columns);
  }
}

template <typename Body>
void DepthwiseConvolution::forEachInside(int64_t k, Body body) const {
  auto inside = [](int64_t at, int64_t extent) {
    return at >= 0 && at < extent;
  };
  int64_t firstRow = k / window.kernelColumns * window.rowDilation - padRows;
  int64_t firstColumn = k % window.kernelColumns * columnDilation - padColumns;
  for (int64_t row = 0; row < rows; ++row) {
    int64_t fromRow = row * window.rowStride + firstRow;
    if (!inside(fromRow, inputRows))
      continue;
    for (int64_t column = 0; column < columns; ++column) {
      int64_t fromColumn = column * columnStride + firstColumn;
      if (inside(fromColumn, inputColumns))
        body(fromRow * inputColumns + fromColumn, row * columns + column);
    }
  }
}

void DepthwiseConvolution::convolveInside(const float *plane,
                                          const float *kernel, float bias,
                                          float *result) const {
  std::fill_n(result, rows * columns, bias);
  for (int64_t k = 0; k < window.kernelRows * window.kernelColumns; ++k)
    forEachInside(k, [&](int64_t from, int64_t to) {
      result[to] += plane[from] * kernel[k];
    });
}

void DepthwiseConvolution::addInside(const float *plane, const float *gradient,
                                     std::vector<double> &sums) const {
  for (size_t k = 0; k < sums.size(); ++k)
    forEachInside(static_cast<int64_t>(k), [&](int64_t from, int64_t to) {
      sums[k] +=
          static_cast<double>(gradient[to]) * static_cast<double>(plane[from]);
    });
}

void DepthwiseConvolution::runWeightGradient(const float *input,
                                             const float *gradient,
                                             float *result) const {
  int64_t kernelSize = window.kernelRows * window.kernelColumns;
  std::vector<double> sums(static_cast<size_t>(kernelSize));
  for (int64_t channel = 0; channel < channels; ++channel) {
    std::fill(sums.begin(), sums.end(), 0.0);
    forEachImage(channel, [&](int64_t from, int64_t to) {
      addPlane(input + from, gradient + to, sums);
    });
    if (!areFinite(sums.begin(), sums.end())) {
      std::fill(sums.begin(), sums.end(), 0.0);
      forEachImage(channel, [&](int64_t from, int64_t to) {
        addInside(input + from, gradient + to, sums);
      });
    }
    std::copy(sums.begin(), sums.end(), result + channel * kernelSize);
  }
}

} // namespace dtc::runtime
