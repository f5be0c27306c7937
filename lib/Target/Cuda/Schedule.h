//===- Schedule.h - How a kernel's loops lie on threads ---------*- C++ -*-===//

#ifndef DTC_LIB_TARGET_CUDA_SCHEDULE_H
#define DTC_LIB_TARGET_CUDA_SCHEDULE_H

#include "Expression.h"

namespace dtc::cuda {

/// What is known of the memory behind a kernel's arguments, which equal kernels
/// must share.
struct ArgumentFacts {
  /// In bytes, a power of two, for each argument.
  llvm::SmallVector<int64_t> alignments;
  /// True when nothing that is read lies in the buffer that is written.
  bool storesApart = false;
};

/// What the threads of a launch do.
///
///  - Elements: one thread an item, `lanes` elements along the row.
///  - Rows: a warp or a block a row; its threads walk the row in steps and join
///    what they have.
///  - Scans: a warp a row, which it walks from the front.
struct Schedule {
  enum class Form { Elements, Rows, Scans };
  /// Rows: what a thread has computed of the row stays in registers from pass
  /// to pass, or is computed again.
  enum class Keep { Registers, Nothing };

  Form form = Form::Elements;
  /// Neighbouring elements of the row that a thread computes at once.
  int64_t lanes = 1;
  /// Threads of a block, and of those that share a row.
  int64_t threads = 256, groupThreads = 1;
  int64_t blocks = 1;
  /// Elements: groups of `lanes` elements; Rows and Scans: rows.
  int64_t items = 1;
  /// Rows: steps of a thread along the row.
  int64_t chunks = 1;
  Keep keep = Keep::Registers;

  int64_t groups() const { return threads / groupThreads; }
  int64_t warps() const { return threads / 32; }
  /// For people: "512 rows of 384 (f32), a warp each, 4 elements a thread".
  std::string describe(const cpu::KernelSpec &kernel) const;
};

/// Chooses lanes, threads and blocks; the kernel's loops are coalesced.
Schedule scheduleKernel(const cpu::KernelSpec &kernel,
                        const ArgumentFacts &facts);

/// True when `lanes` neighbouring elements of the row are one access of memory:
/// they lie side by side, and at a multiple of their size.
bool isWide(const cpu::KernelSpec &kernel, const cpu::Expression *load,
            const ArgumentFacts &facts, int64_t lanes);
bool isWideStore(const cpu::KernelSpec &kernel, const ArgumentFacts &facts,
                 int64_t lanes);

/// True when a row gives one element.
bool storesOnce(const cpu::KernelSpec &kernel);

} // namespace dtc::cuda

#endif // DTC_LIB_TARGET_CUDA_SCHEDULE_H
