//===- DepthwiseLoops.h - The loops behind DepthwiseKernels.h -------------===//
//
// Included once for each instruction set, into files that are compiled for it.
// Nothing here has external linkage and nothing of the standard library is
// used, as in ReductionLoops.h.
//
// 1. Forward: a block of rows and columns of the result lies in registers. A
//    loaded vector of the input is used for every row whose window it is in.
// 2. Gradient of the kernel: a block of the kernel lies in registers. A row of
//    the input meets as many rows of the gradient as the block has.
//===----------------------------------------------------------------------===//

#include "DepthwiseKernels.h"

namespace {

using dtc::runtime::DepthwiseWindow;

#define DTC_INLINE static inline __attribute__((always_inline))

#if defined(__AVX512F__)
constexpr int kLanes = 16, kRows = 8, kVectors = 2, kGradientRows = 3;
#elif defined(__AVX2__)
constexpr int kLanes = 8, kRows = 6, kVectors = 1, kGradientRows = 1;
#else
constexpr int kLanes = 4, kRows = 4, kVectors = 1, kGradientRows = 1;
#endif

typedef float Vector __attribute__((vector_size(kLanes * 4)));
typedef float Unaligned __attribute__((vector_size(kLanes * 4), aligned(4)));

DTC_INLINE Vector load(const float *from) {
  return *reinterpret_cast<const Unaligned *>(from);
}

DTC_INLINE Vector splat(float value) { return Vector{} + value; }

DTC_INLINE void store(Vector value, float *to, int64_t count) {
  if (count >= kLanes) {
    *reinterpret_cast<Unaligned *>(to) = value;
    return;
  }
  for (int lane = 0; lane < count; ++lane)
    to[lane] = value[lane];
}

DTC_INLINE float sumOf(Vector value) {
  float sum = 0;
  for (int lane = 0; lane < kLanes; ++lane)
    sum += value[lane];
  return sum;
}

/// Rows and vectors of columns of the result.
template <int Vectors> struct Block {
  Vector sums[kRows][Vectors];
};

/// Adds a kernel's column where windows of neighbouring rows overlap by all
/// but one of their `KernelRows` rows.
template <int KernelRows, int Vectors>
DTC_INLINE void addDenseColumn(Block<Vectors> &block, const float *from,
                               int64_t pitch, const float *kernel,
                               int64_t kernelPitch) {
  Vector weights[KernelRows];
#pragma clang loop unroll(full)
  for (int k = 0; k < KernelRows; ++k)
    weights[k] = splat(kernel[k * kernelPitch]);
#pragma clang loop unroll(full)
  for (int row = 0; row < kRows + KernelRows - 1; ++row)
#pragma clang loop unroll(full)
    for (int v = 0; v < Vectors; ++v) {
      Vector x = load(from + row * pitch + v * kLanes);
#pragma clang loop unroll(full)
      for (int k = 0; k < KernelRows; ++k)
        if (row - k >= 0 && row - k < kRows)
          block.sums[row - k][v] += weights[k] * x;
    }
}

/// Adds one element of the kernel.
template <int Vectors>
DTC_INLINE void addElement(Block<Vectors> &block, const float *from,
                           int64_t step, float weight) {
#pragma clang loop unroll(full)
  for (int row = 0; row < kRows; ++row)
#pragma clang loop unroll(full)
    for (int v = 0; v < Vectors; ++v)
      block.sums[row][v] += weight * load(from + row * step + v * kLanes);
}

/// `KernelRows`: 0 for any kernel, stride and dilation.
template <int KernelRows, int Vectors>
DTC_INLINE void addWindow(Block<Vectors> &block, const DepthwiseWindow &window,
                          const float *from, const float *kernel) {
  for (int64_t k = 0; k < window.kernelColumns; ++k) {
    const float *column = from + window.columnOffsets[k];
    if constexpr (KernelRows > 0)
      addDenseColumn<KernelRows>(block, column, window.pitch, kernel + k,
                                 window.kernelColumns);
    else
      for (int64_t row = 0; row < window.kernelRows; ++row)
        addElement(block, column + row * window.rowDilation * window.pitch,
                   window.rowStride * window.pitch,
                   kernel[row * window.kernelColumns + k]);
  }
}

template <int KernelRows, int Vectors>
void forwardPlane(const DepthwiseWindow &window, const float *padded,
                  const float *kernel, float bias, int64_t rows,
                  int64_t columns, float *result) {
  for (int64_t row = 0; row < rows; row += kRows)
    for (int64_t column = 0; column < columns; column += Vectors * kLanes) {
      Block<Vectors> block;
#pragma clang loop unroll(full)
      for (int r = 0; r < kRows; ++r)
#pragma clang loop unroll(full)
        for (int v = 0; v < Vectors; ++v)
          block.sums[r][v] = splat(bias);
      addWindow<KernelRows>(
          block, window,
          padded + row * window.rowStride * window.pitch + column, kernel);
#pragma clang loop unroll(full)
      for (int r = 0; r < kRows; ++r)
#pragma clang loop unroll(full)
        for (int v = 0; v < Vectors; ++v)
          if (row + r < rows && column + v * kLanes < columns)
            store(block.sums[r][v],
                  result + (row + r) * columns + column + v * kLanes,
                  columns - column - v * kLanes);
    }
}

template <int Vectors>
void forwardRows(const DepthwiseWindow &window, const float *padded,
                 const float *kernel, float bias, int64_t rows, int64_t columns,
                 float *result) {
  bool isDense = window.rowStride == 1 && window.rowDilation == 1;
  int64_t kernelRows = isDense ? window.kernelRows : 0;
  auto *plane = kernelRows == 3   ? forwardPlane<3, Vectors>
                : kernelRows == 5 ? forwardPlane<5, Vectors>
                : kernelRows == 7 ? forwardPlane<7, Vectors>
                                  : forwardPlane<0, Vectors>;
  plane(window, padded, kernel, bias, rows, columns, result);
}

void forward(const DepthwiseWindow &window, const float *padded,
             const float *kernel, float bias, int64_t rows, int64_t columns,
             float *result) {
  auto *plane = columns <= kLanes ? forwardRows<1> : forwardRows<kVectors>;
  plane(window, padded, kernel, bias, rows, columns, result);
}

/// What a block of the kernel sums over.
struct GradientOperands {
  const float *padded, *gradient, *zeros;
  int64_t gradientPitch, rows;
};

template <int Rows, int Columns> struct KernelBlock {
  Vector sums[Rows][Columns];
};

/// Adds one row of the input, `x`, whose products are with one row of the
/// gradient for each row of the block.
template <int Rows, int Columns>
DTC_INLINE void addRow(KernelBlock<Rows, Columns> &block, const float *x,
                       const int64_t *offsets, const float *const *gradients,
                       int64_t count) {
  for (int64_t c = 0; c < count; c += kLanes) {
    Vector part[Rows];
#pragma clang loop unroll(full)
    for (int r = 0; r < Rows; ++r)
      part[r] = load(gradients[r] + c);
#pragma clang loop unroll(full)
    for (int k = 0; k < Columns; ++k) {
      Vector value = load(x + offsets[k] + c);
#pragma clang loop unroll(full)
      for (int r = 0; r < Rows; ++r)
        block.sums[r][k] += part[r] * value;
    }
  }
}

/// The kernel's elements [row, row + Rows) x [column, column + Columns). More
/// than one row has a row stride of 1.
template <int Rows, int Columns>
void addGradient(const DepthwiseWindow &window, const GradientOperands &from,
                 int64_t row, int64_t column, double *sums) {
  // Sums of few rows are added up: long sums lose digits.
  constexpr int64_t kFewRows = 8;
  KernelBlock<Rows, Columns> total = {};
  int64_t dilation = window.rowDilation;
  int64_t steps = from.rows + (Rows - 1) * dilation;
  for (int64_t begin = 0; begin < steps; begin += kFewRows) {
    int64_t end = begin + kFewRows < steps ? begin + kFewRows : steps;
    KernelBlock<Rows, Columns> block = {};
    for (int64_t step = begin; step < end; ++step) {
      const float *gradients[Rows];
#pragma clang loop unroll(full)
      for (int r = 0; r < Rows; ++r) {
        int64_t at = step - r * dilation;
        gradients[r] = at >= 0 && at < from.rows
                           ? from.gradient + at * from.gradientPitch
                           : from.zeros;
      }
      int64_t place = step * window.rowStride + row * dilation;
      addRow(block, from.padded + place * window.pitch,
             window.columnOffsets + column, gradients, from.gradientPitch);
    }
    for (int r = 0; r < Rows; ++r)
      for (int k = 0; k < Columns; ++k)
        total.sums[r][k] += block.sums[r][k];
  }
  for (int r = 0; r < Rows; ++r)
    for (int k = 0; k < Columns; ++k)
      sums[(row + r) * window.kernelColumns + column + k] +=
          sumOf(total.sums[r][k]);
}

template <int Rows>
void addGradientRows(const DepthwiseWindow &window,
                     const GradientOperands &from, int64_t row, double *sums) {
  for (int64_t column = 0; column < window.kernelColumns;) {
    int64_t left = window.kernelColumns - column;
    if (left >= 7) {
      addGradient<Rows, 7>(window, from, row, column, sums);
      column += 7;
    } else if (left >= 5) {
      addGradient<Rows, 5>(window, from, row, column, sums);
      column += 5;
    } else if (left >= 3) {
      addGradient<Rows, 3>(window, from, row, column, sums);
      column += 3;
    } else {
      addGradient<Rows, 1>(window, from, row, column, sums);
      ++column;
    }
  }
}

void weightGradient(const DepthwiseWindow &window, const float *padded,
                    const float *gradient, int64_t gradientPitch, int64_t rows,
                    const float *zeros, double *sums) {
  GradientOperands from{padded, gradient, zeros, gradientPitch, rows};
  int64_t row = 0;
  if (window.rowStride == 1)
    for (; row + kGradientRows <= window.kernelRows; row += kGradientRows)
      addGradientRows<kGradientRows>(window, from, row, sums);
  for (; row < window.kernelRows; ++row)
    addGradientRows<1>(window, from, row, sums);
}

const dtc::runtime::DepthwiseKernels kKernels = {kRows, kVectors *kLanes,
                                                 forward, weightGradient};

} // namespace
