//===- ArrayFile.cpp - What all files of arrays share ---------------------===//
//
// The list of arrays with its index by name, and the choice of a format by a
// file's first bytes.
//===----------------------------------------------------------------------===//

#include "dtc/runtime/ArrayFile.h"
#include <cstring>
#include <unistd.h>

namespace dtc::runtime {

const ArrayInfo *ArrayFile::find(const std::string &name) const {
  auto found = index.find(name);
  return found == index.end() ? nullptr : &list[found->second];
}

Status ArrayFile::add(ArrayInfo info) {
  if (!index.emplace(info.name, list.size()).second)
    return Error{"'" + filePath + "': array '" + info.name +
                 "' is there twice"};
  list.push_back(std::move(info));
  return Done{};
}

Result<std::unique_ptr<ArrayFile>> openArrays(const std::string &path) {
  auto file = openInput(path);
  if (!file)
    return file.error();
  char first[4] = {};
  ssize_t got = pread(file->descriptor.get(), first, sizeof first, 0);
  // A local file header, or the end record of an archive without members.
  bool isZip = got == 4 && std::memcmp(first, "PK", 2) == 0;
  if (isZip)
    return openNpz(path);
  auto opened = SafetensorsFile::open(std::move(*file));
  if (!opened)
    return Error{opened.error().message +
                 " (a file that is no zip archive is read as safetensors)"};
  return std::unique_ptr<ArrayFile>(std::move(*opened));
}

} // namespace dtc::runtime
