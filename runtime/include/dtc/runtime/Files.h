//===- Files.h - Opening, mapping and replacing files safely --------------===//
//
// 1. Input: a regular file, opened once, its size taken from the descriptor.
//    Members of a bundle are opened beneath the bundle's folder and never
//    through a symbolic link.
// 2. Output: an unnamed file beside the target that gets its name only when it
//    is complete, so that a target is there whole or not at all, however the
//    process ends.
//===----------------------------------------------------------------------===//

#ifndef DTC_RUNTIME_FILES_H
#define DTC_RUNTIME_FILES_H

#include "dtc/runtime/Result.h"
#include <cstddef>
#include <cstdint>
#include <string>

namespace dtc::runtime {

/// An open descriptor, closed with the object.
class Descriptor {
public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd(fd) {}
  Descriptor(Descriptor &&other) noexcept : fd(std::exchange(other.fd, -1)) {}
  Descriptor &operator=(Descriptor &&other) noexcept {
    std::swap(fd, other.fd);
    return *this;
  }
  ~Descriptor();
  int get() const { return fd; }
  int release() { return std::exchange(fd, -1); }

private:
  int fd = -1;
};

/// A regular file open for reading.
struct InputFile {
  Descriptor descriptor;
  uint64_t size = 0;
  std::string path; ///< for messages
};

/// Opens a file that the user named; follows links, wants a regular file.
Result<InputFile> openInput(const std::string &path);

/// Opens `name` beneath `folder`: no `..`, no absolute path, no symbolic link.
Result<InputFile> openBeneath(const std::string &folder,
                              const std::string &name);

/// A read-only view of a whole file.
class MappedFile {
public:
  static Result<MappedFile> map(InputFile file);
  MappedFile(MappedFile &&other) noexcept
      : start(std::exchange(other.start, nullptr)),
        length(std::exchange(other.length, 0)), name(std::move(other.name)) {}
  MappedFile &operator=(MappedFile &&other) noexcept {
    std::swap(start, other.start);
    std::swap(length, other.length);
    std::swap(name, other.name);
    return *this;
  }
  ~MappedFile();

  const char *data() const { return start; }
  uint64_t size() const { return length; }
  const std::string &path() const { return name; }

private:
  MappedFile() = default;
  char *start = nullptr;
  uint64_t length = 0;
  std::string name;
};

/// Takes the pages that lie whole in [start, start + bytes) of a file mapping
/// out of the process; the next access brings them back from the page cache.
void dropMappedPages(const void *start, size_t bytes);

/// A file in the making. Without `commit` nothing appears at the path.
class OutputFile {
public:
  /// An existing device or pipe is written to directly; a folder is refused.
  static Result<OutputFile> create(const std::string &path);
  OutputFile(OutputFile &&) = default;
  OutputFile &operator=(OutputFile &&) = delete;
  ~OutputFile();

  Status write(const void *data, size_t bytes);
  Status writeAt(uint64_t offset, const void *data, size_t bytes);
  Status commit();

private:
  OutputFile() = default;
  Descriptor descriptor;
  std::string path;      ///< as the user named it
  std::string target;    ///< links resolved
  std::string temporary; ///< the name beside it, when the file has one
  bool direct = false;
};

} // namespace dtc::runtime

#endif // DTC_RUNTIME_FILES_H
