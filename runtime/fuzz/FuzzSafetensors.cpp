//===- FuzzSafetensors.cpp - Any bytes as a safetensors file --------------===//
//
// Parses the header; touches and verifies every tensor of an accepted file.
//===----------------------------------------------------------------------===//

#include "dtc/runtime/ArrayFile.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  auto file = dtc::runtime::SafetensorsFile::open(
      reinterpret_cast<const char *>(data), size, "fuzz.safetensors");
  if (!file)
    return 0;
  for (const dtc::runtime::ArrayInfo &info : (*file)->arrays()) {
    (void)bool((*file)->verify(info));
    std::vector<char> values(static_cast<size_t>(info.bytes));
    (void)bool((*file)->read(info, values.data()));
  }
  return 0;
}
