//===- ElementRuns.h - Elements in runs, broadcasts, boxes ------*- C++ -*-===//
//
// What the reference semantics of the op families share: converting runs of
// elements to a type to compute in, walking broadcast operands in long runs,
// and strided copies.
//
//===----------------------------------------------------------------------===//

#ifndef DTC_INTERPRETER_ELEMENTRUNS_H
#define DTC_INTERPRETER_ELEMENTRUNS_H

#include "dtc/Interpreter/HostTensor.h"

#include <array>

namespace dtc {

/// Elements `offset`, `offset + step`, ... of `tensor`, converted to T: float,
/// double, int64_t or uint64_t. Floats outside an integer type saturate.
template <typename T>
void loadRun(const HostTensor &tensor, int64_t offset, int64_t step,
             llvm::MutableArrayRef<T> values);

/// Puts `values` at element `offset` and following. Floats are rounded to the
/// element type, integers wrap, bool becomes `value != 0`.
template <typename T>
void storeRun(HostTensor &tensor, int64_t offset, llvm::ArrayRef<T> values);

/// All elements converted to T.
template <typename T> std::vector<T> loadAll(const HostTensor &tensor) {
  std::vector<T> values(tensor.size());
  loadRun<T>(tensor, 0, 1, values);
  return values;
}

/// Calls `body(T{})` with the type that elements of `type` are computed in:
/// float up to f32, double, int64_t, uint64_t for u64.
template <typename Body> auto dispatchCompute(DType type, Body body) {
  switch (type) {
  case DType::F16:
  case DType::BF16:
  case DType::F32:
    return body(float{});
  case DType::F64:
    return body(double{});
  case DType::U64:
    return body(uint64_t{});
  default:
    return body(int64_t{});
  }
}

/// The loops of N operands that are broadcast to one shape.
///
/// 1. Operand shapes are aligned on the right; size-1 and missing dimensions
///    get stride 0.
/// 2. Neighbouring dimensions that every operand walks with one stride merge,
///    so that equal shapes are one run.
template <size_t N> struct BroadcastLoops {
  llvm::SmallVector<int64_t, 6> extents;
  std::array<llvm::SmallVector<int64_t, 6>, N> strides;

  BroadcastLoops(llvm::ArrayRef<int64_t> shape,
                 const std::array<llvm::ArrayRef<int64_t>, N> &operands);

  /// Calls `body(position, offsets, steps, count)` for each innermost run:
  /// `position` counts elements of the whole in row-major order, operand `i`
  /// starts at `offsets[i]` and advances by `steps[i]`.
  template <typename Body> void forEachRun(Body body) const;
};

/// Copies an array of `shape` between two strided places. Strides in elements,
/// of any sign; `width` is the size of an element.
struct StridedPlace {
  int64_t offset = 0;
  llvm::SmallVector<int64_t, 6> strides;
};
void copyStrided(llvm::ArrayRef<int64_t> shape, const HostTensor &from,
                 const StridedPlace &source, HostTensor &to,
                 const StridedPlace &target);

/// Puts `piece` into `whole`, its first element at `begins`; the piece must
/// fit.
void pasteBox(HostTensor &whole, const HostTensor &piece,
              llvm::ArrayRef<int64_t> begins);

/// The pieces one after the other along `dim`; at least one, equal in all other
/// dimensions.
HostTensor concatenate(llvm::ArrayRef<HostTensor> pieces, int64_t dim);

//===----------------------------------------------------------------------===//
// Implementation
//===----------------------------------------------------------------------===//

template <size_t N>
BroadcastLoops<N>::BroadcastLoops(
    llvm::ArrayRef<int64_t> shape,
    const std::array<llvm::ArrayRef<int64_t>, N> &operands) {
  std::array<llvm::SmallVector<int64_t, 6>, N> own;
  for (size_t i = 0; i < N; ++i)
    own[i] = rowMajorStrides(operands[i]);
  for (size_t d = 0; d < shape.size(); ++d) {
    if (shape[d] == 1)
      continue;
    std::array<int64_t, N> stride;
    bool merges = !extents.empty();
    for (size_t i = 0; i < N; ++i) {
      size_t missing = shape.size() - operands[i].size();
      bool repeats = d < missing || operands[i][d - missing] == 1;
      stride[i] = repeats ? 0 : own[i][d - missing];
      merges = merges && strides[i].back() == stride[i] * shape[d];
    }
    for (size_t i = 0; i < N; ++i) {
      if (merges)
        strides[i].back() = stride[i];
      else
        strides[i].push_back(stride[i]);
    }
    if (merges)
      extents.back() *= shape[d];
    else
      extents.push_back(shape[d]);
  }
}

template <size_t N>
template <typename Body>
void BroadcastLoops<N>::forEachRun(Body body) const {
  int64_t count = extents.empty() ? 1 : extents.back();
  if (count == 0)
    return;
  std::array<int64_t, N> steps{};
  for (size_t i = 0; i < N; ++i)
    steps[i] = extents.empty() ? 0 : strides[i].back();
  auto outer = llvm::ArrayRef<int64_t>(extents).drop_back(!extents.empty());
  forEachIndex(outer, [&](llvm::ArrayRef<int64_t> index, int64_t n) {
    std::array<int64_t, N> offsets{};
    for (size_t i = 0; i < N; ++i)
      for (size_t d = 0; d < outer.size(); ++d)
        offsets[i] += index[d] * strides[i][d];
    body(n * count, offsets, steps, count);
  });
}

} // namespace dtc

#endif // DTC_INTERPRETER_ELEMENTRUNS_H
