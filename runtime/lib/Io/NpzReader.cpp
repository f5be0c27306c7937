//===- NpzReader.cpp - Reading npz archives -------------------------------===//
//
// 1. libzip lists the members; each must be called `<array>.npy`.
// 2. Of each member only the npy header is read. Its shape must account for
//    exactly the member's declared size, and a deflated member must not declare
//    more than deflate can reach from its compressed size.
// 3. `read` inflates straight into the caller's buffer, then asks for one byte
//    more: there must be none, and libzip checks the member's CRC at its end.
//===----------------------------------------------------------------------===//

#include "NpyHeader.h"
#include "dtc/runtime/ArrayFile.h"
#include "dtc/runtime/ElementType.h"
#include <algorithm>
#include <zip.h>

namespace dtc::runtime {
namespace {

/// Deflate cannot expand a byte to more than this many.
constexpr uint64_t kMaxDeflateRatio = 1032;
constexpr zip_int64_t kMaxMembers = 1 << 20;

struct ArchiveDeleter {
  void operator()(zip_t *archive) const { zip_discard(archive); }
};
struct MemberDeleter {
  void operator()(zip_file_t *member) const { zip_fclose(member); }
};
using Archive = std::unique_ptr<zip_t, ArchiveDeleter>;
using Member = std::unique_ptr<zip_file_t, MemberDeleter>;

class NpzFile : public ArrayFile {
public:
  NpzFile(Archive archive, const std::string &path)
      : ArrayFile(path), archive(std::move(archive)) {}

  Status list();
  Status read(const ArrayInfo &info, void *destination) override;
  Status readRange(const ArrayInfo &info, int64_t begin, int64_t bytes,
                   void *destination) override;

private:
  struct Place {
    zip_uint64_t member;
    uint64_t headerBytes;
  };
  /// An array that is read piece by piece.
  struct Stream {
    Member member;
    int64_t position = 0; ///< of the next byte, behind the header
  };

  Error arrayError(const std::string &name, const std::string &what) const {
    return Error{"'" + path() + "': array '" + name + "': " + what};
  }
  Result<Member> openMember(zip_uint64_t member, const std::string &name);
  Status readExactly(zip_file_t *member, const std::string &name, void *to,
                     uint64_t bytes);
  Status skip(zip_file_t *member, const std::string &name, uint64_t bytes);
  Status checkEnd(zip_file_t *member, const std::string &name);
  Status listMember(zip_uint64_t member);
  Result<NpyHeader> readHeader(zip_uint64_t member, const std::string &name,
                               uint64_t &headerBytes);

  Archive archive;
  std::map<std::string, Place> places;
  std::map<std::string, Stream> streams;
};

Status NpzFile::list() {
  zip_int64_t count = zip_get_num_entries(archive.get(), 0);
  if (count < 0 || count > kMaxMembers)
    return Error{"'" + path() + "': expected at most " +
                 std::to_string(kMaxMembers) + " arrays, got " +
                 std::to_string(count)};
  for (zip_int64_t member = 0; member < count; ++member)
    if (auto status = listMember(static_cast<zip_uint64_t>(member)); !status)
      return status.error();
  return Done{};
}

Result<Member> NpzFile::openMember(zip_uint64_t member,
                                   const std::string &name) {
  Member opened(zip_fopen_index(archive.get(), member, 0));
  if (!opened)
    return arrayError(name, std::string("cannot be opened: ") +
                                zip_strerror(archive.get()));
  return opened;
}

Status NpzFile::readExactly(zip_file_t *member, const std::string &name,
                            void *to, uint64_t bytes) {
  char *next = static_cast<char *>(to);
  while (bytes > 0) {
    zip_int64_t got = zip_fread(member, next, bytes);
    if (got < 0)
      return arrayError(name, std::string("cannot be read: ") +
                                  zip_file_strerror(member));
    if (got == 0)
      return arrayError(name,
                        "ends " + std::to_string(bytes) + " bytes too early");
    next += got;
    bytes -= static_cast<uint64_t>(got);
  }
  return Done{};
}

Status NpzFile::skip(zip_file_t *member, const std::string &name,
                     uint64_t bytes) {
  std::string skipped(std::min<uint64_t>(bytes, 1 << 16), '\0');
  while (bytes > 0) {
    uint64_t part = std::min<uint64_t>(bytes, skipped.size());
    if (auto status = readExactly(member, name, skipped.data(), part); !status)
      return status.error();
    bytes -= part;
  }
  return Done{};
}

/// Reading up to here compares the member's CRC.
Status NpzFile::checkEnd(zip_file_t *member, const std::string &name) {
  char surplus;
  zip_int64_t got = zip_fread(member, &surplus, 1);
  if (got < 0)
    return arrayError(name,
                      std::string("is damaged: ") + zip_file_strerror(member));
  if (got > 0)
    return arrayError(name, "is longer than it declares");
  return Done{};
}

Result<NpyHeader> NpzFile::readHeader(zip_uint64_t member,
                                      const std::string &name,
                                      uint64_t &headerBytes) {
  auto opened = openMember(member, name);
  if (!opened)
    return opened.error();
  unsigned char prefix[kNpyPrefixBytes + 2];
  if (auto status = readExactly(opened->get(), name, prefix, kNpyPrefixBytes);
      !status)
    return status.error();
  auto parsed = parseNpyPrefix(prefix);
  if (!parsed)
    return arrayError(name, parsed.error().message);
  if (auto status = readExactly(opened->get(), name, prefix + kNpyPrefixBytes,
                                parsed->extra);
      !status)
    return status.error();
  uint32_t length = prefix[8] | uint32_t(prefix[9]) << 8;
  if (parsed->version > 1)
    length |= uint32_t(prefix[10]) << 16 | uint32_t(prefix[11]) << 24;
  if (length > kNpyHeaderLimit)
    return arrayError(name, "its npy header is " + std::to_string(length) +
                                " bytes long: expected at most " +
                                std::to_string(kNpyHeaderLimit));
  std::string text(length, '\0');
  if (auto status = readExactly(opened->get(), name, text.data(), length);
      !status)
    return status.error();
  headerBytes = kNpyPrefixBytes + parsed->extra + length;
  auto header = parseNpyHeader(text);
  if (!header)
    return arrayError(name, header.error().message);
  return header;
}

Status NpzFile::listMember(zip_uint64_t member) {
  zip_stat_t stat;
  zip_stat_init(&stat);
  const zip_uint64_t needed =
      ZIP_STAT_NAME | ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE | ZIP_STAT_COMP_METHOD;
  if (zip_stat_index(archive.get(), member, 0, &stat) != 0 ||
      (stat.valid & needed) != needed)
    return Error{"'" + path() + "': member " + std::to_string(member) +
                 " of the archive has no name or size"};
  std::string name = stat.name;
  const std::string suffix = ".npy";
  if (name.size() <= suffix.size() ||
      name.compare(name.size() - suffix.size(), suffix.size(), suffix) != 0)
    return Error{"'" + path() +
                 "': expected members called '<array>.npy', "
                 "got '" +
                 name + "'"};
  name.resize(name.size() - suffix.size());
  if (stat.comp_method != ZIP_CM_STORE && stat.comp_method != ZIP_CM_DEFLATE)
    return arrayError(name, "is compressed by method " +
                                std::to_string(stat.comp_method) +
                                ": expected stored or deflated");
  uint64_t reachable = stat.comp_method == ZIP_CM_STORE
                           ? stat.comp_size
                           : stat.comp_size * kMaxDeflateRatio + 64;
  if (stat.size > reachable)
    return arrayError(name, "declares " + std::to_string(stat.size) +
                                " bytes, which its " +
                                std::to_string(stat.comp_size) +
                                " compressed bytes cannot hold");
  uint64_t headerBytes = 0;
  auto header = readHeader(member, name, headerBytes);
  if (!header)
    return header.error();
  auto bytes = byteCount(header->dtype, header->shape);
  if (!bytes || static_cast<uint64_t>(*bytes) + headerBytes != stat.size)
    return arrayError(name, "shape " + shapeText(header->shape) + " of " +
                                elementName(header->dtype) +
                                " does not fit its " +
                                std::to_string(stat.size) + " bytes");
  places[name] = Place{member, headerBytes};
  return add(ArrayInfo{name, header->dtype, header->shape, *bytes});
}

Status NpzFile::read(const ArrayInfo &info, void *destination) {
  const Place &place = places.at(info.name);
  auto opened = openMember(place.member, info.name);
  if (!opened)
    return opened.error();
  if (auto status = skip(opened->get(), info.name, place.headerBytes); !status)
    return status.error();
  if (auto status = readExactly(opened->get(), info.name, destination,
                                static_cast<uint64_t>(info.bytes));
      !status)
    return status.error();
  return checkEnd(opened->get(), info.name);
}

Status NpzFile::readRange(const ArrayInfo &info, int64_t begin, int64_t bytes,
                          void *destination) {
  Stream &stream = streams[info.name];
  if (!stream.member || begin < stream.position) {
    const Place &place = places.at(info.name);
    auto opened = openMember(place.member, info.name);
    if (!opened)
      return opened.error();
    stream = {std::move(*opened), 0};
    if (auto status = skip(stream.member.get(), info.name, place.headerBytes);
        !status)
      return status.error();
  }
  if (auto status = skip(stream.member.get(), info.name,
                         static_cast<uint64_t>(begin - stream.position));
      !status)
    return status.error();
  if (auto status = readExactly(stream.member.get(), info.name, destination,
                                static_cast<uint64_t>(bytes));
      !status)
    return status.error();
  stream.position = begin + bytes;
  if (stream.position == info.bytes)
    return checkEnd(stream.member.get(), info.name);
  return Done{};
}

Result<std::unique_ptr<ArrayFile>> listArchive(zip_t *opened,
                                               const std::string &path) {
  auto file = std::make_unique<NpzFile>(Archive(opened), path);
  if (auto status = file->list(); !status)
    return status.error();
  return std::unique_ptr<ArrayFile>(std::move(file));
}

Error archiveError(const std::string &path, zip_error_t *error) {
  Error result{"'" + path +
               "': expected an npz archive: " + zip_error_strerror(error)};
  zip_error_fini(error);
  return result;
}

} // namespace

Result<std::unique_ptr<ArrayFile>> openNpz(const std::string &path) {
  auto file = openInput(path);
  if (!file)
    return file.error();
  // An empty file would be an empty archive to libzip.
  if (file->size == 0)
    return Error{"'" + path + "': expected an npz archive, got an empty file"};
  int code = 0;
  zip_t *opened = zip_fdopen(file->descriptor.get(), 0, &code);
  if (!opened) {
    zip_error_t error;
    zip_error_init_with_code(&error, code);
    return archiveError(path, &error);
  }
  file->descriptor.release(); // closed with the archive
  return listArchive(opened, path);
}

Result<std::unique_ptr<ArrayFile>> openNpz(const char *data, uint64_t size,
                                           const std::string &path) {
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t *source = zip_source_buffer_create(data, size, 0, &error);
  if (!source)
    return archiveError(path, &error);
  zip_t *opened = zip_open_from_source(source, ZIP_RDONLY, &error);
  if (!opened) {
    zip_source_free(source);
    return archiveError(path, &error);
  }
  return listArchive(opened, path);
}

} // namespace dtc::runtime
