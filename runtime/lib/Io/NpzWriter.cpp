//===- NpzWriter.cpp - Writing npz archives -------------------------------===//
//
// Members are stored, not deflated: numpy's own default, and outputs are read
// back at once. Sizes are known before a member is written, so the archive is
// written front to back, and zip64 records appear only where a size or an
// offset needs them.
//
// 1. Per array: a buffer of its size is filled (bf16 widened to f32), the CRC
//    taken, then local header, npy header and values are written.
// 2. The central directory, a zip64 end record when needed, the end record.
//
// Format: PKWARE APPNOTE 6.3.9, sections 4.3 and 4.5.3.
//===----------------------------------------------------------------------===//

#include "NpyHeader.h"
#include "dtc/runtime/ArrayFile.h"
#include "dtc/runtime/ElementType.h"
#include <zlib.h>

namespace dtc::runtime {
namespace {

constexpr uint64_t kField32 = 0xffffffffu;
constexpr uint32_t kDosDate1980 = 0x21; // 1 January: the same bytes every run

/// Appends little-endian numbers.
class Record {
public:
  Record &u16(uint64_t value) { return number(value, 2); }
  Record &u32(uint64_t value) { return number(value, 4); }
  Record &u64(uint64_t value) { return number(value, 8); }
  Record &text(const std::string &value) {
    bytes += value;
    return *this;
  }
  const std::string &str() const { return bytes; }

private:
  Record &number(uint64_t value, int width) {
    for (int i = 0; i < width; ++i)
      bytes += static_cast<char>(value >> (8 * i) & 0xff);
    return *this;
  }
  std::string bytes;
};

struct MemberEntry {
  std::string name;
  uint64_t size;
  uint64_t offset;
  uint32_t crc;
};

uint64_t clamp32(uint64_t value) {
  return value >= kField32 ? kField32 : value;
}

/// The zip64 extra field with the values that do not fit; empty if all do.
std::string zip64Extra(std::initializer_list<uint64_t> values) {
  Record fields;
  for (uint64_t value : values)
    if (value >= kField32)
      fields.u64(value);
  if (fields.str().empty())
    return {};
  return Record().u16(1).u16(fields.str().size()).text(fields.str()).str();
}

/// What the local header and the central directory have in common.
Record &memberFields(Record &record, const MemberEntry &member) {
  return record
      .u16(0x0800) // names are UTF-8
      .u16(0)      // stored
      .u16(0)
      .u16(kDosDate1980)
      .u32(member.crc)
      .u32(clamp32(member.size))
      .u32(clamp32(member.size));
}

std::string localHeader(const MemberEntry &member) {
  std::string extra = zip64Extra({member.size, member.size});
  Record record;
  record.u32(0x04034b50).u16(extra.empty() ? 20 : 45);
  memberFields(record, member).u16(member.name.size()).u16(extra.size());
  return record.text(member.name).text(extra).str();
}

std::string directoryEntry(const MemberEntry &member) {
  std::string extra = zip64Extra({member.size, member.size, member.offset});
  Record record;
  record.u32(0x02014b50).u16(0x031e).u16(extra.empty() ? 20 : 45);
  memberFields(record, member)
      .u16(member.name.size())
      .u16(extra.size())
      .u16(0)
      .u16(0)
      .u16(0)
      .u32(0x81a40000) // regular file, mode 0644
      .u32(clamp32(member.offset));
  return record.text(member.name).text(extra).str();
}

std::string endRecords(uint64_t members, uint64_t start, uint64_t bytes) {
  Record record;
  if (members >= 0xffff || start >= kField32 || bytes >= kField32) {
    record.u32(0x06064b50).u64(44).u16(0x031e).u16(45).u32(0).u32(0);
    record.u64(members).u64(members).u64(bytes).u64(start);
    record.u32(0x07064b50).u32(0).u64(start + bytes).u32(1);
  }
  uint64_t count = members >= 0xffff ? 0xffff : members;
  record.u32(0x06054b50).u16(0).u16(0).u16(count).u16(count);
  record.u32(clamp32(bytes)).u32(clamp32(start)).u16(0);
  return record.str();
}

/// CRC over lengths beyond zlib's 32-bit argument.
uint32_t crcOf(uint32_t crc, const char *data, uint64_t bytes) {
  const uint64_t step = uint64_t(1) << 30;
  uLong value = crc;
  for (uint64_t at = 0; at < bytes; at += step)
    value = crc32(value, reinterpret_cast<const Bytef *>(data + at),
                  static_cast<uInt>(std::min(step, bytes - at)));
  return static_cast<uint32_t>(value);
}

std::string widenBf16(const std::string &values) {
  std::string wide(values.size() * 2, '\0');
  for (size_t i = 0; i < values.size() / 2; ++i) {
    uint16_t bits;
    std::memcpy(&bits, values.data() + 2 * i, 2);
    float value = floatFromBf16(bits);
    std::memcpy(wide.data() + 4 * i, &value, 4);
  }
  return wide;
}

} // namespace

Status writeNpz(OutputFile &file, const std::vector<ArraySource> &arrays) {
  std::vector<MemberEntry> members;
  uint64_t offset = 0;
  auto write = [&](const std::string &bytes) -> Status {
    offset += bytes.size();
    return file.write(bytes.data(), bytes.size());
  };
  for (const ArraySource &array : arrays) {
    auto bytes = byteCount(array.dtype, array.shape);
    if (!bytes || array.name.size() > 0xff00)
      return Error{"array '" + array.name.substr(0, 200) +
                   "' has a shape or name too large to write"};
    std::string values(static_cast<size_t>(*bytes), '\0');
    if (auto status = array.fill(values.data()); !status)
      return status.error();
    if (array.dtype == DTC_BF16)
      values = widenBf16(values);
    std::string header = npyHeaderBytes(array.dtype, array.shape);
    MemberEntry member{array.name + ".npy", header.size() + values.size(),
                       offset, 0};
    member.crc = crcOf(crcOf(0, header.data(), header.size()), values.data(),
                       values.size());
    for (const std::string &part : {localHeader(member), header})
      if (auto status = write(part); !status)
        return status.error();
    if (auto status = write(values); !status)
      return status.error();
    members.push_back(std::move(member));
  }
  uint64_t start = offset;
  for (const MemberEntry &member : members)
    if (auto status = write(directoryEntry(member)); !status)
      return status.error();
  return write(endRecords(members.size(), start, offset - start));
}

} // namespace dtc::runtime
