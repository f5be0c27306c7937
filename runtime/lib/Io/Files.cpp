//===- Files.cpp - Opening, mapping and replacing files safely ------------===//
//
// Input: open without blocking, then decide on the descriptor (regular file,
// size). Output: O_TMPFILE, link to a name of our own, rename over the target;
// on file systems without O_TMPFILE a named temporary file from the start.
//===----------------------------------------------------------------------===//

#include "dtc/runtime/Files.h"
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace dtc::runtime {
namespace {

Error fileError(const std::string &path, const std::string &what) {
  return Error{"'" + path + "': " + what};
}

Error systemError(const std::string &path, const char *action) {
  return fileError(path, std::string("cannot ") + action + ": " +
                             std::strerror(errno));
}

/// Turns an open descriptor into an input when it is a regular file.
Result<InputFile> acceptRegular(int fd, const std::string &path) {
  InputFile file{Descriptor(fd), 0, path};
  struct stat info;
  if (fstat(fd, &info) != 0)
    return systemError(path, "read its size");
  if (!S_ISREG(info.st_mode))
    return fileError(path, "expected a regular file");
  file.size = static_cast<uint64_t>(info.st_size);
  return file;
}

bool isPlainName(const std::string &name) {
  return !name.empty() && name != "." && name != ".." &&
         name.find('/') == std::string::npos;
}

/// A name beside `target` that no other process uses.
std::string temporaryName(const std::string &target) {
  static int counter = 0;
  size_t slash = target.rfind('/');
  std::string folder =
      slash == std::string::npos ? "" : target.substr(0, slash + 1);
  return folder + ".dtc-" + std::to_string(getpid()) + "-" +
         std::to_string(counter++) + ".tmp";
}

std::string folderOf(const std::string &target) {
  size_t slash = target.rfind('/');
  if (slash == std::string::npos)
    return ".";
  return slash == 0 ? "/" : target.substr(0, slash);
}

} // namespace

Descriptor::~Descriptor() {
  if (fd >= 0)
    close(fd);
}

Result<InputFile> openInput(const std::string &path) {
  int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (fd < 0)
    return systemError(path, "open");
  return acceptRegular(fd, path);
}

Result<InputFile> openBeneath(const std::string &folder,
                              const std::string &name) {
  std::string path = folder + "/" + name;
  Descriptor base(open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (base.get() < 0)
    return systemError(folder, "open the folder");
  struct open_how how = {};
  how.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  long fd = syscall(SYS_openat2, base.get(), name.c_str(), &how, sizeof(how));
  if (fd < 0 && (errno == ENOSYS || errno == EPERM)) {
    // Older kernels and sandboxes: a single path component cannot escape.
    if (!isPlainName(name))
      return fileError(path, "expected a plain file name");
    fd = openat(base.get(), name.c_str(), static_cast<int>(how.flags));
  }
  if (fd < 0 && errno == ELOOP)
    return fileError(path, "expected a regular file, got a symbolic link");
  if (fd < 0 && errno == EXDEV)
    return fileError(path, "expected a file beneath the folder");
  if (fd < 0)
    return systemError(path, "open");
  return acceptRegular(static_cast<int>(fd), path);
}

Result<MappedFile> MappedFile::map(InputFile file) {
  MappedFile mapped;
  mapped.name = file.path;
  mapped.length = file.size;
  if (file.size == 0)
    return mapped;
  void *start = mmap(nullptr, file.size, PROT_READ, MAP_PRIVATE,
                     file.descriptor.get(), 0);
  if (start == MAP_FAILED)
    return systemError(file.path, "map");
  mapped.start = static_cast<char *>(start);
  return mapped;
}

MappedFile::~MappedFile() {
  if (start)
    munmap(start, length);
}

void dropMappedPages(const void *start, size_t bytes) {
  const uintptr_t page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
  uintptr_t first =
      (reinterpret_cast<uintptr_t>(start) + page - 1) & ~(page - 1);
  uintptr_t last = (reinterpret_cast<uintptr_t>(start) + bytes) & ~(page - 1);
  if (first < last)
    madvise(reinterpret_cast<void *>(first), last - first, MADV_DONTNEED);
}

Result<OutputFile> OutputFile::create(const std::string &path) {
  OutputFile file;
  file.path = path;
  file.target = path;
  if (path.empty())
    return Error{"expected the name of an output file, got an empty name"};
  struct stat info;
  if (stat(path.c_str(), &info) == 0) {
    if (S_ISDIR(info.st_mode))
      return fileError(path, "expected a file to write, got a folder");
    if (!S_ISREG(info.st_mode)) {
      file.direct = true;
      file.descriptor = Descriptor(open(path.c_str(), O_WRONLY | O_CLOEXEC));
      if (file.descriptor.get() < 0)
        return systemError(path, "open for writing");
      return file;
    }
    // A link keeps pointing at the file that is replaced.
    if (char *resolved = realpath(path.c_str(), nullptr)) {
      file.target = resolved;
      free(resolved);
    }
  }
  std::string folder = folderOf(file.target);
  int fd = open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0666);
  if (fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL)) {
    file.temporary = temporaryName(file.target);
    fd = open(file.temporary.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC,
              0666);
  }
  if (fd < 0)
    return systemError(path, "create");
  file.descriptor = Descriptor(fd);
  return file;
}

OutputFile::~OutputFile() {
  if (descriptor.get() >= 0 && !temporary.empty())
    unlink(temporary.c_str());
}

Status OutputFile::write(const void *data, size_t bytes) {
  const char *next = static_cast<const char *>(data);
  while (bytes > 0) {
    ssize_t written = ::write(descriptor.get(), next, bytes);
    if (written < 0 && errno == EINTR)
      continue;
    if (written <= 0)
      return systemError(path, "write");
    next += written;
    bytes -= static_cast<size_t>(written);
  }
  return Done{};
}

Status OutputFile::writeAt(uint64_t offset, const void *data, size_t bytes) {
  const char *next = static_cast<const char *>(data);
  while (bytes > 0) {
    ssize_t written =
        pwrite(descriptor.get(), next, bytes, static_cast<off_t>(offset));
    if (written < 0 && errno == EINTR)
      continue;
    if (written <= 0)
      return systemError(path, "write");
    next += written;
    offset += static_cast<uint64_t>(written);
    bytes -= static_cast<size_t>(written);
  }
  return Done{};
}

Status OutputFile::commit() {
  if (direct)
    return Done{};
  if (temporary.empty()) {
    std::string name = temporaryName(target);
    std::string self = "/proc/self/fd/" + std::to_string(descriptor.get());
    if (linkat(AT_FDCWD, self.c_str(), AT_FDCWD, name.c_str(),
               AT_SYMLINK_FOLLOW) != 0)
      return systemError(path, "name the finished file");
    temporary = name;
  }
  if (rename(temporary.c_str(), target.c_str()) != 0)
    return systemError(path, "replace");
  temporary.clear();
  descriptor = Descriptor();
  return Done{};
}

} // namespace dtc::runtime
