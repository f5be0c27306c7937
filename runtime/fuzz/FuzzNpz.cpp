//===- FuzzNpz.cpp - Any bytes as an npz archive --------------------------===//
//
// Lists the archive and reads every array whose size a caller could expect.
//===----------------------------------------------------------------------===//

#include "dtc/runtime/ArrayFile.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  auto file = dtc::runtime::openNpz(reinterpret_cast<const char *>(data), size,
                                    "fuzz.npz");
  if (!file)
    return 0;
  for (const dtc::runtime::ArrayInfo &info : (*file)->arrays()) {
    if (info.bytes > (1 << 20))
      continue;
    std::vector<char> values(static_cast<size_t>(info.bytes));
    (void)bool((*file)->read(info, values.data()));
  }
  return 0;
}
