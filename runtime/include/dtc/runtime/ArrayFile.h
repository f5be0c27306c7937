//===- ArrayFile.h - Files of named arrays: npz and safetensors -----------===//
//
// Readers list what a file holds after checking every length it declares, and
// read one array at a time into memory that the caller has sized by what it
// expects: a file cannot make a reader allocate.
//
// Writers take arrays by description and ask for the values of one at a time.
//===----------------------------------------------------------------------===//

#ifndef DTC_RUNTIME_ARRAYFILE_H
#define DTC_RUNTIME_ARRAYFILE_H

#include "dtc/runtime/Files.h"
#include "dtc/runtime/Result.h"
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace dtc::runtime {

/// One array of a file. Row-major, little-endian, `bytes` long.
struct ArrayInfo {
  std::string name;
  int32_t dtype = 0; ///< dtc_dtype
  std::vector<int64_t> shape;
  int64_t bytes = 0;
};

/// A file of arrays, open for reading.
class ArrayFile {
public:
  virtual ~ArrayFile() = default;

  const std::string &path() const { return filePath; }
  const std::vector<ArrayInfo> &arrays() const { return list; }
  /// Null when the file has no array of that name.
  const ArrayInfo *find(const std::string &name) const;

  /// Reads one of `arrays()` into `destination`, `info.bytes` long.
  virtual Status read(const ArrayInfo &info, void *destination) = 0;

  /// Reads `bytes` bytes of the array from byte `begin` on. Ranges that follow
  /// each other are read without going back to the array's start.
  virtual Status readRange(const ArrayInfo &info, int64_t begin, int64_t bytes,
                           void *destination) = 0;

protected:
  explicit ArrayFile(std::string path) : filePath(std::move(path)) {}
  /// Refuses a second array of the same name.
  Status add(ArrayInfo info);

private:
  std::string filePath;
  std::vector<ArrayInfo> list;
  std::map<std::string, size_t> index;
};

/// Opens an `.npz` archive (members stored or deflated; C order).
Result<std::unique_ptr<ArrayFile>> openNpz(const std::string &path);
/// The same on bytes in memory, which must outlive the result.
Result<std::unique_ptr<ArrayFile>> openNpz(const char *data, uint64_t size,
                                           const std::string &path);

/// Opens by the file's first bytes: a zip archive as npz, else safetensors.
Result<std::unique_ptr<ArrayFile>> openArrays(const std::string &path);

/// A safetensors file, mapped.
class SafetensorsFile : public ArrayFile {
public:
  static Result<std::unique_ptr<SafetensorsFile>> open(InputFile file);
  /// Bytes in memory, which must outlive the result.
  static Result<std::unique_ptr<SafetensorsFile>>
  open(const char *data, uint64_t size, const std::string &path);

  /// The bytes in place; aligned as the file is.
  const char *data(const ArrayInfo &info) const;

  /// Whether `address` lies in the mapped file.
  bool contains(const void *address) const;

  /// Compares the array with its checksum in the file's metadata, if it has
  /// one (see Checksum.h).
  Status verify(const ArrayInfo &info) const;

  Status read(const ArrayInfo &info, void *destination) override;
  Status readRange(const ArrayInfo &info, int64_t begin, int64_t bytes,
                   void *destination) override;

  /// `__metadata__` of the header.
  const std::map<std::string, std::string> &metadata() const { return words; }

private:
  explicit SafetensorsFile(std::string path) : ArrayFile(std::move(path)) {}
  Status parse(const char *data, uint64_t size);
  Status addTensors(const void *header, uint64_t dataBytes);
  Status checkLayout(uint64_t dataBytes) const;

  std::unique_ptr<MappedFile> mapping;
  const char *payload = nullptr;
  std::map<std::string, uint64_t> offsets;
  std::map<std::string, std::string> words;
};

/// An array to be written. `fill` puts its values into a buffer of the array's
/// size; it is called once, when the array's turn comes.
struct ArraySource {
  std::string name;
  int32_t dtype = 0;
  std::vector<int64_t> shape;
  std::function<Status(char *)> fill;
};

/// Writes an npz archive of stored members; bf16 becomes f32. `file` still has
/// to be committed.
Status writeNpz(OutputFile &file, const std::vector<ArraySource> &arrays);

/// The order in which `writeSafetensors` asks for the arrays: those that keep
/// 64-byte alignment first, otherwise as given.
std::vector<size_t> safetensorsOrder(const std::vector<ArraySource> &arrays);

/// Writes a safetensors file with a checksum an array. The payload begins at a
/// multiple of 64 bytes. `file` still has to be committed.
Status writeSafetensors(OutputFile &file,
                        const std::vector<ArraySource> &arrays,
                        const std::map<std::string, std::string> &metadata);

} // namespace dtc::runtime

#endif // DTC_RUNTIME_ARRAYFILE_H
