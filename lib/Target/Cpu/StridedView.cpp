//===- StridedView.cpp - Where a tensor's elements lie --------------------===//

#include "StridedView.h"

using namespace dtc;
using namespace dtc::cpu;

StridedView dtc::cpu::denseView(int buffer, llvm::ArrayRef<int64_t> shape,
                                mlir::Type element) {
  StridedView view;
  view.buffer = buffer;
  view.shape.assign(shape.begin(), shape.end());
  view.strides = rowMajorStrides(shape);
  view.element = element;
  return view;
}

bool StridedView::isDense() const {
  int64_t expected = 1;
  for (int64_t i = rank() - 1; i >= 0; --i) {
    if (shape[i] != 1 && strides[i] != expected)
      return false;
    expected *= shape[i];
  }
  return true;
}

StridedView StridedView::transposed(llvm::ArrayRef<int64_t> permutation) const {
  StridedView view = *this;
  for (auto [to, from] : llvm::enumerate(permutation)) {
    view.shape[to] = shape[from];
    view.strides[to] = strides[from];
  }
  return view;
}

StridedView StridedView::broadcastTo(llvm::ArrayRef<int64_t> target) const {
  StridedView view = *this;
  view.shape.assign(target.begin(), target.end());
  view.strides.assign(target.size(), 0);
  int64_t lead = static_cast<int64_t>(target.size()) - rank();
  for (int64_t i = 0; i < rank(); ++i)
    view.strides[lead + i] = shape[i] == 1 ? 0 : strides[i];
  return view;
}

StridedView StridedView::sliced(int64_t dim, int64_t start, int64_t count,
                                int64_t step) const {
  StridedView view = *this;
  view.offset += start * strides[dim];
  view.shape[dim] = count;
  view.strides[dim] = strides[dim] * step;
  return view;
}

std::optional<StridedView>
StridedView::reshaped(llvm::ArrayRef<int64_t> target) const {
  StridedView view = *this;
  view.shape.assign(target.begin(), target.end());
  view.strides.assign(target.size(), 0);
  if (size() == 0) {
    view.strides = rowMajorStrides(target);
    return view;
  }
  // Walk both shapes from the back in groups of equal size; a group of several
  // old dimensions must lie without gaps.
  int64_t from = rank() - 1, to = static_cast<int64_t>(target.size()) - 1;
  while (to >= 0 || from >= 0) {
    while (from >= 0 && shape[from] == 1)
      --from;
    while (to >= 0 && target[to] == 1)
      --to;
    if (from < 0 || to < 0)
      break;
    int64_t oldSize = shape[from], stride = strides[from];
    int64_t newSize = target[to], newStride = stride;
    view.strides[to] = newStride;
    while (oldSize != newSize) {
      if (oldSize < newSize) {
        if (--from < 0)
          return std::nullopt;
        if (shape[from] == 1)
          continue;
        if (strides[from] != stride * oldSize)
          return std::nullopt;
        oldSize *= shape[from];
      } else {
        newStride = stride * newSize;
        if (--to < 0)
          return std::nullopt;
        view.strides[to] = newStride;
        newSize *= target[to];
      }
    }
    --from;
    --to;
  }
  return view;
}
