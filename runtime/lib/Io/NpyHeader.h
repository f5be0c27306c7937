//===- NpyHeader.h - The header of one npy array --------------------------===//
//
// Format: NEP 1, versions 1 to 3.
//===----------------------------------------------------------------------===//

#ifndef DTC_RUNTIME_LIB_IO_NPYHEADER_H
#define DTC_RUNTIME_LIB_IO_NPYHEADER_H

#include "dtc/runtime/Result.h"
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace dtc::runtime {

struct NpyHeader {
  int32_t dtype = 0;
  std::vector<int64_t> shape;
};

/// Bytes of magic, version and the length field before the header's text.
constexpr size_t kNpyPrefixBytes = 10;

/// The longest header text that is accepted.
constexpr uint32_t kNpyHeaderLimit = 65536;

/// The length field. `prefix` has `kNpyPrefixBytes` bytes; version 1 ends its
/// length there, versions 2 and 3 have `extra` more bytes of it.
struct NpyPrefix {
  int version = 1;
  uint32_t extra = 0;
};
Result<NpyPrefix> parseNpyPrefix(const unsigned char *prefix);

/// Parses `{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }`.
Result<NpyHeader> parseNpyHeader(std::string_view text);

/// Magic, version, length and text, a multiple of 64 bytes.
std::string npyHeaderBytes(int32_t dtype, const std::vector<int64_t> &shape);

} // namespace dtc::runtime

#endif // DTC_RUNTIME_LIB_IO_NPYHEADER_H
