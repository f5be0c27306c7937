//===- Manifest.cpp - What a bundle says about itself ---------------------===//
//
// 1. The text is bounded, parsed without exceptions, and every field read by
//    a function that says what it expected.
// 2. Names are plain: no folder, no "..".
// 3. Files are opened beneath the bundle's folder, never through a link.
//===----------------------------------------------------------------------===//

#include "Manifest.h"
#include "dtc/runtime/Checksum.h"
#include "dtc/runtime/Files.h"
#include "dtc/runtime/program.h"
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sys/stat.h>
#include <unistd.h>

namespace dtc::runtime {
namespace {

using Json = nlohmann::json;

constexpr uint64_t kMaxManifestBytes = 64 << 20;
constexpr int64_t kMaxRanks = 4096;

Error wrong(const std::string &what, const std::string &expected) {
  return Error{"manifest: '" + what + "': expected " + expected +
               "; compile the bundle anew"};
}

const Json *member(const Json &object, const char *name) {
  if (!object.is_object())
    return nullptr;
  auto found = object.find(name);
  return found == object.end() ? nullptr : &*found;
}

Result<std::string> text(const Json &object, const char *name) {
  const Json *value = member(object, name);
  if (!value || !value->is_string())
    return wrong(name, "a string");
  return value->get<std::string>();
}

Result<int64_t> number(const Json &object, const char *name, int64_t least) {
  const Json *value = member(object, name);
  bool fits = value && value->is_number_integer() &&
              (!value->is_number_unsigned() ||
               value->get<uint64_t>() <= uint64_t(INT64_MAX)) &&
              value->get<int64_t>() >= least;
  if (!fits)
    return wrong(name, "a number of at least " + std::to_string(least));
  return value->get<int64_t>();
}

Result<const Json *> list(const Json &object, const char *name) {
  const Json *value = member(object, name);
  if (!value || !value->is_array())
    return wrong(name, "a list");
  return value;
}

/// A name of a file of the bundle.
Result<std::string> plainName(const Json &object, const char *field) {
  auto name = text(object, field);
  if (!name)
    return name;
  bool plain = !name->empty() && name->size() < 256 && *name != "." &&
               *name != ".." && name->find('/') == std::string::npos &&
               name->find('\0') == std::string::npos;
  if (!plain)
    return wrong(field, "a plain file name, got '" + *name + "'");
  return name;
}

Status readMesh(const Json &json, Manifest &manifest) {
  auto axes = list(json, "mesh");
  if (!axes)
    return axes.error();
  int64_t ranks = 1;
  for (const Json &axis : **axes) {
    auto size = number(axis, "size", 1);
    if (!size)
      return size.error();
    if (*size > kMaxRanks / ranks)
      return wrong("mesh", "at most " + std::to_string(kMaxRanks) + " ranks");
    ranks *= *size;
    manifest.meshSizes.push_back(*size);
  }
  auto entries = list(json, "ranks");
  if (!entries)
    return entries.error();
  if (static_cast<int64_t>((*entries)->size()) != ranks)
    return wrong("ranks", std::to_string(ranks) +
                              " entries as in the mesh, got " +
                              std::to_string((*entries)->size()));
  for (const Json &entry : **entries) {
    BundleRank rank;
    auto executable = plainName(entry, "executable");
    if (!executable)
      return executable.error();
    rank.executable = *executable;
    if (member(entry, "weights")) {
      auto weights = plainName(entry, "weights");
      if (!weights)
        return weights.error();
      rank.weights = *weights;
    }
    manifest.ranks.push_back(std::move(rank));
  }
  return Done{};
}

Status readFiles(const Json &json, Manifest &manifest) {
  auto entries = list(json, "files");
  if (!entries)
    return entries.error();
  std::set<std::string> names;
  for (const Json &entry : **entries) {
    auto name = plainName(entry, "name");
    if (!name)
      return name.error();
    auto size = number(entry, "size", 0);
    if (!size)
      return size.error();
    auto hash = text(entry, "dtc64");
    if (!hash)
      return hash.error();
    if (hash->size() != 16 ||
        hash->find_first_not_of("0123456789abcdef") != std::string::npos)
      return wrong("dtc64", "16 hexadecimal digits, got '" + *hash + "'");
    if (!names.insert(*name).second)
      return wrong("files", "every name once, got '" + *name + "' twice");
    manifest.files.push_back({*name, static_cast<uint64_t>(*size), *hash});
  }
  for (const BundleRank &rank : manifest.ranks)
    for (const std::string &name : {rank.executable, rank.weights})
      if (!name.empty() && !names.count(name))
        return wrong("files", "an entry for '" + name + "', got none");
  return Done{};
}

/// Whether the file's bytes are what the manifest says; executables that share
/// a file are read once.
Status checkExecutable(InputFile file, const BundleFile &expected,
                       std::map<std::pair<dev_t, ino_t>, std::string> &known) {
  struct stat info;
  if (fstat(file.descriptor.get(), &info) != 0)
    return Error{"cannot read '" + file.path + "'"};
  if (!(info.st_mode & S_IXUSR))
    return Error{"'" + file.path + "' is not executable"};
  std::string path = file.path;
  std::string &sum = known[{info.st_dev, info.st_ino}];
  if (sum.empty()) {
    auto mapped = MappedFile::map(std::move(file));
    if (!mapped)
      return mapped.error();
    sum = checksumText(checksum(mapped->data(), mapped->size()));
  }
  if (sum != expected.checksum)
    return Error{"'" + path + "' is damaged: expected checksum " +
                 expected.checksum + ", got " + sum +
                 "; compile the bundle anew"};
  return Done{};
}

} // namespace

Result<Manifest> parseManifest(const std::string &content) {
  Json json = Json::parse(content, nullptr, false);
  if (json.is_discarded() || !json.is_object())
    return Error{"manifest: expected a JSON object; compile the bundle anew"};
  auto abi = number(json, "abi", 0);
  if (!abi)
    return abi.error();
  if (*abi != int64_t(DTC_PROGRAM_ABI))
    return wrong("abi", std::to_string(DTC_PROGRAM_ABI) + ", got " +
                            std::to_string(*abi));
  Manifest manifest;
  for (auto [name, field] : {std::pair("model", &manifest.model),
                             std::pair("target", &manifest.target)}) {
    auto value = text(json, name);
    if (!value)
      return value.error();
    *field = *value;
  }
  if (manifest.target != "cpu" && manifest.target != "cuda")
    return wrong("target", "cpu or cuda, got '" + manifest.target + "'");
  if (auto status = readMesh(json, manifest); !status)
    return status.error();
  if (auto status = readFiles(json, manifest); !status)
    return status.error();
  return manifest;
}

Result<Manifest> readManifest(const std::string &folder) {
  auto file = openBeneath(folder, "manifest.json");
  if (!file)
    return Error{"'" + folder + "' is no bundle: " + file.error().message};
  if (file->size > kMaxManifestBytes)
    return Error{"manifest: expected at most 64 MB, got " +
                 std::to_string(file->size) + " bytes"};
  std::string content(file->size, '\0');
  size_t got = 0;
  while (got < content.size()) {
    ssize_t part = read(file->descriptor.get(), content.data() + got,
                        content.size() - got);
    if (part <= 0)
      return Error{"cannot read '" + file->path + "'"};
    got += static_cast<size_t>(part);
  }
  return parseManifest(content);
}

Status checkFiles(const std::string &folder, const Manifest &manifest) {
  std::set<std::string> executables;
  for (const BundleRank &rank : manifest.ranks)
    executables.insert(rank.executable);
  std::map<std::pair<dev_t, ino_t>, std::string> known;
  for (const BundleFile &expected : manifest.files) {
    auto file = openBeneath(folder, expected.name);
    if (!file)
      return file.error();
    if (file->size != expected.size)
      return Error{"'" + file->path + "': expected " +
                   std::to_string(expected.size) + " bytes, got " +
                   std::to_string(file->size) + "; compile the bundle anew"};
    if (!executables.count(expected.name))
      continue;
    if (auto status = checkExecutable(std::move(*file), expected, known);
        !status)
      return status.error();
  }
  return Done{};
}

} // namespace dtc::runtime
