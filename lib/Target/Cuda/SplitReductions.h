//===- SplitReductions.h - Long reductions as two kernels -------*- C++ -*-===//

#ifndef DTC_LIB_TARGET_CUDA_SPLITREDUCTIONS_H
#define DTC_LIB_TARGET_CUDA_SPLITREDUCTIONS_H

#include "Program.h"

#include <optional>

namespace dtc::cuda {

/// A kernel and its step's arguments.
struct KernelStep {
  cpu::KernelSpec kernel;
  llvm::SmallVector<cpu::BufferPointer, 4> arguments;
};

/// Two kernels in the place of one.
struct SplitReduction {
  KernelStep partial, rest;
};

/// Where a kernel has few results and each joins many elements, as the gradient
/// of a bias does: a kernel that joins parts of them, which more threads can
/// share, and one that joins the parts and does the rest. Between them lies a
/// new buffer of the program. Nothing where a GPU is busy without, or where the
/// reduction has no parts of equal length. The order of additions is fixed.
std::optional<SplitReduction>
splitReduction(cpu::Program &program, const cpu::KernelSpec &kernel,
               llvm::ArrayRef<cpu::BufferPointer> arguments);

} // namespace dtc::cuda

#endif // DTC_LIB_TARGET_CUDA_SPLITREDUCTIONS_H
