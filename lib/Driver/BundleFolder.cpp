//===- BundleFolder.cpp - A folder that appears whole or not at all -------===//

#include "BundleFolder.h"
#include "Interruption.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

#include <cerrno>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace dtc;
using llvm::SmallString;
using llvm::StringRef;
using llvm::Twine;
namespace fs = llvm::sys::fs;

static constexpr StringRef partialMark = ".partial-";

static llvm::Error fail(const Twine &message) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), message);
}

static llvm::Error systemError(const Twine &what) {
  return fail(what + ": " +
              std::error_code(errno, std::generic_category()).message());
}

//===----------------------------------------------------------------------===//
// Leftovers
//===----------------------------------------------------------------------===//

/// Removes folders of writers that are gone: nobody holds their lock.
static void removeLeftovers(StringRef target) {
  SmallString<128> beside(llvm::sys::path::parent_path(target));
  std::string prefix = (llvm::sys::path::filename(target) + partialMark).str();
  std::error_code code;
  for (fs::directory_iterator
           entry(beside.empty() ? StringRef(".") : StringRef(beside), code),
       end;
       entry != end && !code; entry.increment(code)) {
    std::string path = entry->path();
    if (!llvm::sys::path::filename(path).starts_with(prefix))
      continue;
    int descriptor =
        open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (descriptor < 0)
      continue;
    if (flock(descriptor, LOCK_EX | LOCK_NB) == 0)
      fs::remove_directories(path);
    close(descriptor);
  }
}

//===----------------------------------------------------------------------===//
// The folder
//===----------------------------------------------------------------------===//

/// False when another process took the folder for a leftover.
bool BundleFolder::lock() {
  descriptor = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0)
    return false;
  struct stat held, named;
  bool isOurs = flock(descriptor, LOCK_EX | LOCK_NB) == 0 &&
                fstat(descriptor, &held) == 0 &&
                stat(folder.c_str(), &named) == 0 &&
                held.st_ino == named.st_ino && held.st_dev == named.st_dev;
  // File systems without locks have nothing that could remove the folder.
  if (isOurs || errno == ENOLCK || errno == EOPNOTSUPP)
    return true;
  close(descriptor);
  descriptor = -1;
  return false;
}

llvm::Error BundleFolder::make() {
  std::lock_guard<std::mutex> guard(mutex);
  for (int attempt = 0; attempt < 100; ++attempt) {
    SmallString<128> unique;
    fs::createUniquePath(target + partialMark + "%%%%%%", unique, false);
    folder = unique.str().str();
    if (mkdir(folder.c_str(), 0777) != 0) {
      if (errno == EEXIST)
        continue;
      folder.clear();
      return systemError("cannot create '" + target + "'");
    }
    if (lock())
      return llvm::Error::success();
  }
  folder.clear();
  return fail("cannot create a folder beside '" + target + "'");
}

llvm::Expected<std::unique_ptr<BundleFolder>>
BundleFolder::create(StringRef target) {
  SmallString<128> resolved(target);
  if (fs::exists(target)) {
    fs::real_path(target, resolved);
    std::error_code code;
    bool isEmptyFolder =
        fs::is_directory(resolved) &&
        fs::directory_iterator(resolved, code) == fs::directory_iterator() &&
        !code;
    if (!isEmptyFolder && !fs::exists(resolved + "/manifest.json"))
      return fail("'" + target +
                  "' exists and is not a bundle, expected a new name");
  }
  while (resolved.size() > 1 && resolved.back() == '/')
    resolved.pop_back();
  removeLeftovers(resolved);
  std::unique_ptr<BundleFolder> created(new BundleFolder(resolved.str().str()));
  // Before there is anything to remove.
  onInterruption([owner = created.get()] { owner->remove(); });
  if (llvm::Error error = created->make())
    return std::move(error);
  return created;
}

void BundleFolder::remove() {
  std::lock_guard<std::mutex> guard(mutex);
  // Other threads may still be writing files into it.
  for (int attempt = 0; attempt < 100 && !folder.empty(); ++attempt)
    if (!fs::remove_directories(folder, /*IgnoreErrors=*/false))
      folder.clear();
}

BundleFolder::~BundleFolder() {
  onInterruption(nullptr);
  remove();
  if (descriptor >= 0)
    close(descriptor);
}

llvm::Error BundleFolder::takePlace() {
  std::lock_guard<std::mutex> guard(mutex);
  if (rename(folder.c_str(), target.c_str()) == 0) {
    folder.clear();
    return llvm::Error::success();
  }
  if (errno != ENOTEMPTY && errno != EEXIST)
    return systemError("cannot create '" + target + "'");
  if (!fs::exists(target + "/manifest.json"))
    return fail("'" + target +
                "' exists and is not a bundle, expected a new name");
  // The old bundle gets the partial name, and goes with it.
  if (renameat2(AT_FDCWD, folder.c_str(), AT_FDCWD, target.c_str(),
                RENAME_EXCHANGE) == 0) {
    fs::remove_directories(folder);
    folder.clear();
    return llvm::Error::success();
  }
  // File systems that cannot exchange: two steps.
  std::string old = folder + ".old";
  if (rename(target.c_str(), old.c_str()) != 0)
    return systemError("cannot replace '" + target + "'");
  if (rename(folder.c_str(), target.c_str()) != 0) {
    llvm::Error error = systemError("cannot create '" + target + "'");
    (void)rename(old.c_str(), target.c_str());
    return error;
  }
  folder.clear();
  fs::remove_directories(old);
  return llvm::Error::success();
}
