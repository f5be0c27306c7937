//===- SharedMemory.h - Memory of a block, and who used it ------*- C++ -*-===//
//
// Two threads that use one byte between the same two barriers of their block,
// and not both to read it, come in no order on a GPU; and what nobody wrote
// there is anything.
//===----------------------------------------------------------------------===//

#ifndef DTC_RUNTIME_LIB_EMULATOR_SHAREDMEMORY_H
#define DTC_RUNTIME_LIB_EMULATOR_SHAREDMEMORY_H

#include <cstdint>
#include <string>
#include <vector>

namespace dtc::ptx {

class SharedMemory {
public:
  explicit SharedMemory(uint64_t bytes) : data(bytes + 16), uses(bytes) {}

  enum class Access : uint8_t { Read, Write };

  /// Where `bytes` at `address` lie; null when they are not there.
  uint8_t *at(uint64_t address, uint64_t bytes);

  /// Notes the access of a thread; says what is wrong with it, or nothing.
  std::string note(Access access, uint32_t thread, uint64_t address,
                   uint64_t bytes);

  /// All threads of the block met.
  void passBarrier() { ++barriers; }

private:
  struct Use {
    /// The barriers that had been passed by then, from 1; 0: never.
    uint32_t written = 0, read = 0;
    uint32_t writer = 0, reader = 0;
    bool severalRead = false;
  };

  std::vector<uint8_t> data;
  std::vector<Use> uses;
  uint32_t barriers = 1;
};

} // namespace dtc::ptx

#endif // DTC_RUNTIME_LIB_EMULATOR_SHAREDMEMORY_H
