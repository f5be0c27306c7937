//===- SafetensorsWriter.cpp - Writing safetensors files ------------------===//
//
// 1. Tensors whose size is a multiple of 64 bytes come first, so that as many
//    as possible begin at one; the format allows no padding between tensors,
//    only spaces at the header's end.
// 2. The header's length is known before any value: checksums have a fixed
//    width. Values are written one tensor at a time, then the header in front.
//===----------------------------------------------------------------------===//

#include "dtc/runtime/ArrayFile.h"
#include "dtc/runtime/Checksum.h"
#include "dtc/runtime/ElementType.h"
#include <nlohmann/json.hpp>

namespace dtc::runtime {
namespace {

constexpr uint64_t kAlignment = 64;

/// The header with its length field, padded so that values begin aligned.
std::string headerBytes(const nlohmann::json &header) {
  std::string text =
      header.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  uint64_t total = (sizeof(uint64_t) + text.size() + kAlignment - 1) /
                   kAlignment * kAlignment;
  text.resize(total - sizeof(uint64_t), ' ');
  uint64_t length = text.size();
  return std::string(reinterpret_cast<const char *>(&length), sizeof length) +
         text;
}

} // namespace

std::vector<size_t> safetensorsOrder(const std::vector<ArraySource> &arrays) {
  std::vector<size_t> order, unaligned;
  for (size_t i = 0; i < arrays.size(); ++i) {
    auto bytes = byteCount(arrays[i].dtype, arrays[i].shape);
    bool aligned = bytes && *bytes % int64_t(kAlignment) == 0;
    (aligned ? order : unaligned).push_back(i);
  }
  order.insert(order.end(), unaligned.begin(), unaligned.end());
  return order;
}

Status writeSafetensors(OutputFile &file,
                        const std::vector<ArraySource> &arrays,
                        const std::map<std::string, std::string> &metadata) {
  std::vector<size_t> order = safetensorsOrder(arrays);
  nlohmann::json header;
  auto &words = header["__metadata__"] = nlohmann::json::object();
  for (const auto &[key, value] : metadata)
    words[key] = value;
  for (const ArraySource &array : arrays)
    words["dtc64." + array.name] = checksumText(0);
  uint64_t end = 0;
  for (size_t i : order) {
    auto bytes = byteCount(arrays[i].dtype, arrays[i].shape);
    if (!bytes)
      return Error{"tensor '" + arrays[i].name + "' of shape " +
                   shapeText(arrays[i].shape) + " is too large to write"};
    header[arrays[i].name] = {
        {"dtype", safetensorsName(arrays[i].dtype)},
        {"shape", arrays[i].shape},
        {"data_offsets", {end, end + static_cast<uint64_t>(*bytes)}}};
    end += static_cast<uint64_t>(*bytes);
  }
  std::string front = headerBytes(header);
  if (auto status = file.write(front.data(), front.size()); !status)
    return status.error();
  std::vector<char> values;
  for (size_t i : order) {
    values.resize(
        static_cast<size_t>(*byteCount(arrays[i].dtype, arrays[i].shape)));
    if (auto status = arrays[i].fill(values.data()); !status)
      return status.error();
    header["__metadata__"]["dtc64." + arrays[i].name] =
        checksumText(checksum(values.data(), values.size()));
    if (auto status = file.write(values.data(), values.size()); !status)
      return status.error();
  }
  front = headerBytes(header);
  return file.writeAt(0, front.data(), front.size());
}

} // namespace dtc::runtime
