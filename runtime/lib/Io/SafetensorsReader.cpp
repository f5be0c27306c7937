//===- SafetensorsReader.cpp - Reading safetensors files ------------------===//
//
// 1. The first 8 bytes give the header's length: at most 100 MB and within the
//    file.
// 2. The header is JSON, nested at most four deep, keys unique. Every tensor's
//    shape and type must account for exactly its byte range.
// 3. The ranges, sorted, must tile the rest of the file: in range, no overlap,
//    no hole (as the format demands).
// 4. Values stay where they are in the mapping.
//===----------------------------------------------------------------------===//

#include "dtc/runtime/ArrayFile.h"
#include "dtc/runtime/Checksum.h"
#include "dtc/runtime/ElementType.h"
#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

namespace dtc::runtime {
namespace {

using Json = nlohmann::json;

constexpr uint64_t kMaxHeaderBytes = 100'000'000;
constexpr int kMaxDepth = 4;
constexpr size_t kMaxDimensions = 64;

/// Looks for what a header may not have, without building it. (The library's
/// callback for that takes quadratic time.)
class HeaderCheck : public nlohmann::json_sax<Json> {
public:
  std::string problem;

  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t, const string_t &) override { return true; }
  bool string(string_t &) override { return true; }
  bool binary(binary_t &) override { return true; }
  bool start_object(std::size_t) override { return enter(); }
  bool start_array(std::size_t) override { return enter(); }
  bool end_object() override { return leave(); }
  bool end_array() override { return leave(); }
  bool key(string_t &name) override {
    if (depth == 1 && !names.insert(name).second)
      problem = "names '" + name + "' twice";
    return problem.empty();
  }
  bool parse_error(std::size_t, const std::string &,
                   const nlohmann::detail::exception &) override {
    return false;
  }

private:
  bool enter() {
    if (++depth > kMaxDepth)
      problem = "is nested too deep";
    return problem.empty();
  }
  bool leave() {
    --depth;
    return true;
  }

  int depth = 0;
  std::set<std::string> names;
};

/// Parses the header; the text says what is wrong with it.
Result<Json> parseHeader(const char *text, uint64_t length) {
  HeaderCheck check;
  bool wellFormed = Json::sax_parse(text, text + length, &check);
  if (!check.problem.empty())
    return Error{"its header " + check.problem};
  Json header =
      wellFormed ? Json::parse(text, text + length, nullptr, false) : Json();
  if (!header.is_object())
    return Error{"its header is no JSON object"};
  return header;
}

bool isCount(const Json &value) {
  return value.is_number_unsigned() &&
         value.get<uint64_t>() <= uint64_t(INT64_MAX);
}

struct TensorEntry {
  int32_t dtype;
  std::vector<int64_t> shape;
  uint64_t begin, end;
};

Result<TensorEntry> parseTensor(const Json &entry) {
  const Error malformed{"expected 'dtype', 'shape' and 'data_offsets'"};
  if (!entry.is_object() || entry.size() != 3 || !entry.contains("dtype") ||
      !entry.contains("shape") || !entry.contains("data_offsets"))
    return malformed;
  const Json &dtype = entry["dtype"], &shape = entry["shape"],
             &offsets = entry["data_offsets"];
  if (!dtype.is_string() || !shape.is_array() || !offsets.is_array() ||
      shape.size() > kMaxDimensions || offsets.size() != 2 ||
      !isCount(offsets[0]) || !isCount(offsets[1]) ||
      !std::all_of(shape.begin(), shape.end(), isCount))
    return malformed;
  TensorEntry tensor;
  auto known = elementFromSafetensors(dtype.get_ref<const std::string &>());
  if (!known)
    return Error{"its type '" +
                 dtype.get_ref<const std::string &>().substr(0, 16) +
                 "' is not supported"};
  tensor.dtype = *known;
  for (const Json &extent : shape)
    tensor.shape.push_back(extent.get<int64_t>());
  tensor.begin = offsets[0].get<uint64_t>();
  tensor.end = offsets[1].get<uint64_t>();
  auto bytes = byteCount(tensor.dtype, tensor.shape);
  if (tensor.end < tensor.begin || !bytes ||
      static_cast<uint64_t>(*bytes) != tensor.end - tensor.begin)
    return Error{"shape " + shapeText(tensor.shape) + " of " +
                 elementName(tensor.dtype) + " does not fit bytes " +
                 std::to_string(tensor.begin) + " to " +
                 std::to_string(tensor.end)};
  return tensor;
}

} // namespace

Status SafetensorsFile::addTensors(const void *parsed, uint64_t dataBytes) {
  const Json &header = *static_cast<const Json *>(parsed);
  for (const auto &[name, entry] : header.items()) {
    if (name == "__metadata__") {
      if (!entry.is_object())
        return Error{"'" + path() +
                     "': expected '__metadata__' to be a "
                     "JSON object of strings"};
      for (const auto &[key, value] : entry.items()) {
        if (!value.is_string())
          return Error{"'" + path() + "': expected a string for '" + key +
                       "' of '__metadata__'"};
        words[key] = value.get<std::string>();
      }
      continue;
    }
    auto tensor = parseTensor(entry);
    if (!tensor)
      return Error{"'" + path() + "': tensor '" + name +
                   "': " + tensor.error().message};
    if (tensor->end > dataBytes)
      return Error{"'" + path() + "': tensor '" + name + "' ends at byte " +
                   std::to_string(tensor->end) + " of " +
                   std::to_string(dataBytes) + ": the file is cut short"};
    offsets[name] = tensor->begin;
    if (auto status =
            add(ArrayInfo{name, tensor->dtype, tensor->shape,
                          static_cast<int64_t>(tensor->end - tensor->begin)});
        !status)
      return status.error();
  }
  return checkLayout(dataBytes);
}

Status SafetensorsFile::checkLayout(uint64_t dataBytes) const {
  std::vector<const ArrayInfo *> order;
  for (const ArrayInfo &info : arrays())
    order.push_back(&info);
  auto end = [&](const ArrayInfo *info) {
    return offsets.at(info->name) + static_cast<uint64_t>(info->bytes);
  };
  std::sort(order.begin(), order.end(),
            [&](const ArrayInfo *a, const ArrayInfo *b) {
              return std::pair(offsets.at(a->name), end(a)) <
                     std::pair(offsets.at(b->name), end(b));
            });
  uint64_t at = 0;
  for (const ArrayInfo *info : order) {
    uint64_t begin = offsets.at(info->name);
    if (begin != at)
      return Error{"'" + path() + "': tensor '" + info->name +
                   "': expected to begin at byte " + std::to_string(at) +
                   ", got " + std::to_string(begin) +
                   (begin < at ? ": it overlaps another tensor"
                               : ": there is a hole before it")};
    at = end(info);
  }
  if (at != dataBytes)
    return Error{"'" + path() + "': expected " + std::to_string(at) +
                 " bytes of tensors, got " + std::to_string(dataBytes)};
  return Done{};
}

Status SafetensorsFile::parse(const char *data, uint64_t size) {
  uint64_t length = 0;
  if (size < sizeof length)
    return Error{"'" + path() + "': expected a safetensors file, got " +
                 std::to_string(size) + " bytes"};
  std::memcpy(&length, data, sizeof length);
  if (length > kMaxHeaderBytes || length > size - sizeof length)
    return Error{
        "'" + path() + "': expected a safetensors header within " +
        std::to_string(std::min(size - sizeof length, kMaxHeaderBytes)) +
        " bytes, got a length of " + std::to_string(length)};
  auto header = parseHeader(data + sizeof length, length);
  if (!header)
    return Error{"'" + path() + "': " + header.error().message};
  payload = data + sizeof length + length;
  return addTensors(&*header, size - sizeof length - length);
}

Result<std::unique_ptr<SafetensorsFile>>
SafetensorsFile::open(const char *data, uint64_t size,
                      const std::string &path) {
  std::unique_ptr<SafetensorsFile> opened(new SafetensorsFile(path));
  if (auto status = opened->parse(data, size); !status)
    return status.error();
  return opened;
}

Result<std::unique_ptr<SafetensorsFile>> SafetensorsFile::open(InputFile file) {
  auto mapped = MappedFile::map(std::move(file));
  if (!mapped)
    return mapped.error();
  auto opened = open(mapped->data(), mapped->size(), mapped->path());
  if (!opened)
    return opened.error();
  (*opened)->mapping = std::make_unique<MappedFile>(std::move(*mapped));
  return opened;
}

const char *SafetensorsFile::data(const ArrayInfo &info) const {
  return payload + offsets.at(info.name);
}

bool SafetensorsFile::contains(const void *address) const {
  const char *place = static_cast<const char *>(address);
  return mapping && place >= mapping->data() &&
         place < mapping->data() + mapping->size();
}

Status SafetensorsFile::verify(const ArrayInfo &info) const {
  auto expected = words.find("dtc64." + info.name);
  if (expected == words.end())
    return Done{};
  std::string found =
      checksumText(checksum(data(info), static_cast<uint64_t>(info.bytes)));
  if (found != expected->second)
    return Error{"'" + path() + "': tensor '" + info.name +
                 "' is damaged: expected checksum " +
                 expected->second.substr(0, 16) + ", got " + found};
  return Done{};
}

Status SafetensorsFile::read(const ArrayInfo &info, void *destination) {
  if (info.bytes > 0)
    std::memcpy(destination, data(info), static_cast<size_t>(info.bytes));
  return Done{};
}

Status SafetensorsFile::readRange(const ArrayInfo &info, int64_t begin,
                                  int64_t bytes, void *destination) {
  if (bytes > 0)
    std::memcpy(destination, data(info) + begin, static_cast<size_t>(bytes));
  return Done{};
}

} // namespace dtc::runtime
