//===- SharedMemory.cpp - Memory of a block, and who used it --------------===//

#include "SharedMemory.h"

namespace dtc::ptx {

uint8_t *SharedMemory::at(uint64_t address, uint64_t bytes) {
  uint64_t size = uses.size();
  return address <= size && bytes <= size - address ? data.data() + address
                                                    : nullptr;
}

std::string SharedMemory::note(Access access, uint32_t thread, uint64_t address,
                               uint64_t bytes) {
  for (uint64_t byte = address; byte < address + bytes; ++byte) {
    Use &use = uses[byte];
    bool wroteOther = use.written == barriers && use.writer != thread;
    bool readOther =
        use.read == barriers && (use.severalRead || use.reader != thread);
    if (wroteOther || (access == Access::Write && readOther))
      return "threads " + std::to_string(thread) + " and " +
             std::to_string(wroteOther ? use.writer : use.reader) +
             " use shared memory without a barrier between them";
    if (access == Access::Write) {
      use.written = barriers;
      use.writer = thread;
      continue;
    }
    if (use.written == 0)
      return "shared memory that nobody wrote";
    use.severalRead = readOther || (use.severalRead && use.read == barriers);
    use.read = barriers;
    use.reader = thread;
  }
  return {};
}

} // namespace dtc::ptx
