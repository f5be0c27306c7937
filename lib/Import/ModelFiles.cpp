//===- ModelFiles.cpp - The files that a model consists of ----------------===//
//
// 1. A name with a root or `..` is refused before anything is opened.
// 2. The kernel resolves the name beneath the folder, without symbolic links.
// 3. Kind, number of names and size are those of the open descriptor; offset
//    and length are checked against that size.
//
//===----------------------------------------------------------------------===//

#include "dtc/Import/ModelFiles.h"

#include "llvm/ADT/Twine.h"
#include "llvm/Support/Path.h"

#include <sys/stat.h>

using namespace dtc;
using llvm::Expected;
using llvm::StringRef;

static llvm::Error fileError(const llvm::Twine &message) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), message);
}

static Expected<std::shared_ptr<runtime::MappedFile>>
mapFile(runtime::InputFile file) {
  runtime::Result<runtime::MappedFile> mapped =
      runtime::MappedFile::map(std::move(file));
  if (!mapped)
    return fileError(mapped.error().message);
  return std::make_shared<runtime::MappedFile>(*std::move(mapped));
}

Expected<std::shared_ptr<runtime::MappedFile>>
dtc::mapModelFile(StringRef path) {
  runtime::Result<runtime::InputFile> file = runtime::openInput(path.str());
  if (!file)
    return fileError(file.error().message);
  return mapFile(*std::move(file));
}

ModelFolder::ModelFolder(StringRef modelPath, ExternalLinks links)
    : folder(llvm::sys::path::parent_path(modelPath).str()), links(links) {
  if (folder.empty())
    folder = ".";
}

/// A relative path without `..`; no NUL byte, which would end it early.
static bool staysInside(StringRef name) {
  if (name.empty() || name.contains('\0') || llvm::sys::path::is_absolute(name))
    return false;
  for (StringRef part : llvm::make_range(llvm::sys::path::begin(name),
                                         llvm::sys::path::end(name)))
    if (part == "..")
      return false;
  return true;
}

Expected<runtime::InputFile> ModelFolder::open(StringRef name) const {
  if (!staysInside(name))
    return fileError("expected a file beneath the model's folder, got '" +
                     name + "'");
  if (links == ExternalLinks::Allow) {
    runtime::Result<runtime::InputFile> file =
        runtime::openInput(folder + "/" + name.str());
    if (!file)
      return fileError(file.error().message);
    return *std::move(file);
  }
  runtime::Result<runtime::InputFile> file =
      runtime::openBeneath(folder, name.str());
  if (!file) {
    StringRef message = file.error().message;
    return fileError(message + (message.ends_with("symbolic link")
                                    ? ": pass --allow-external-links"
                                    : ""));
  }
  struct stat info;
  if (fstat(file->descriptor.get(), &info) != 0 || info.st_nlink > 1)
    return fileError("'" + folder + "/" + name +
                     "': expected a file with one name, got a hard link: "
                     "pass --allow-external-links");
  return *std::move(file);
}

Expected<std::shared_ptr<runtime::MappedFile>>
ModelFolder::map(StringRef name) {
  auto known = files.find(name.str());
  if (known != files.end())
    return known->second;
  Expected<runtime::InputFile> file = open(name);
  if (!file)
    return file.takeError();
  auto mapped = mapFile(std::move(*file));
  if (mapped)
    files.emplace(name.str(), *mapped);
  return mapped;
}

Expected<llvm::ArrayRef<char>>
ModelFolder::read(StringRef name, uint64_t offset,
                  std::optional<uint64_t> length) {
  auto file = map(name);
  if (!file)
    return file.takeError();
  uint64_t size = (*file)->size();
  if (offset > size || (length && *length > size - offset))
    return fileError("expected " + llvm::Twine(length.value_or(0)) +
                     " bytes at offset " + llvm::Twine(offset) + " of '" +
                     name + "', got a file of " + llvm::Twine(size) + " bytes");
  return llvm::ArrayRef<char>((*file)->data() + offset,
                              length.value_or(size - offset));
}
