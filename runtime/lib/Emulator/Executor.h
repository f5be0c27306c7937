//===- Executor.h - PTX kernels on the processor --------------------------===//
//
// Threads of a block run one after the other up to the next shuffle or barrier,
// where they wait for the others. What a GPU leaves undefined is an error here:
// memory that nobody allocated, a shuffle that not all threads of a warp reach,
// a barrier that some have passed.
//===----------------------------------------------------------------------===//

#ifndef DTC_RUNTIME_LIB_EMULATOR_EXECUTOR_H
#define DTC_RUNTIME_LIB_EMULATOR_EXECUTOR_H

#include "Ptx.h"

namespace dtc::ptx {

/// What may be read and written.
class DeviceMemory {
public:
  void *allocate(uint64_t bytes);
  /// False when nothing was allocated there.
  bool release(void *pointer);
  /// Memory that somebody else owns.
  void admit(const void *pointer, uint64_t bytes);
  void forget(const void *pointer);
  /// True when all `bytes` at `address` lie in one allocation.
  bool contains(uint64_t address, uint64_t bytes) const;
  /// The same for loads, which compilers widen up to the access's own size: the
  /// rest of the last word is there on every GPU.
  bool canLoad(uint64_t address, uint64_t bytes) const;

private:
  std::map<uint64_t, uint64_t> ends; ///< by begin
  std::map<void *, std::unique_ptr<uint8_t[]>> owned;
};

struct Launch {
  const Module *module = nullptr;
  const Kernel *kernel = nullptr;
  uint32_t blocks = 1, threads = 1;
  /// The kernel's parameters as they lie in memory.
  std::vector<uint8_t> parameters;
};

/// Runs all blocks. The error shows the instruction.
runtime::Status execute(const Launch &launch, const DeviceMemory &memory);

} // namespace dtc::ptx

#endif // DTC_RUNTIME_LIB_EMULATOR_EXECUTOR_H
