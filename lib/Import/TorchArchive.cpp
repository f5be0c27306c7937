//===- TorchArchive.cpp - Members of a torch.export archive ---------------===//
//
// 1. The record at the end of the file says where the central directory is;
//    its 64-bit form counts where it is there.
// 2. Every entry of the directory is checked: name, method, sizes against the
//    file and against what deflate can reach, no encryption.
// 3. A stored member is a view: behind its local header, which must carry the
//    same name.
// 4. A deflated one goes through libzip, which checks the checksum; all of them
//    together may take 256 MiB, or eight times the file.
//
//===----------------------------------------------------------------------===//

#include "TorchArchive.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/CRC.h"
#include "llvm/Support/Endian.h"

#include <zip.h>

using namespace dtc;
using llvm::Expected;
using llvm::StringRef;
using llvm::Twine;

static constexpr uint64_t maxMembers = uint64_t(1) << 20;
static constexpr uint64_t leastBudget = uint64_t(256) << 20;
/// Deflate cannot expand a byte to more than this many.
static constexpr uint64_t maxDeflateRatio = 1032;
static constexpr uint64_t localHeaderBytes = 30;

static llvm::Error archiveError(const Twine &message) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), message);
}

namespace {
/// Little-endian numbers at offsets of a view; 0 outside of it.
struct Fields {
  llvm::ArrayRef<char> bytes;

  template <typename T> T get(uint64_t offset) const {
    if (offset > bytes.size() || bytes.size() - offset < sizeof(T))
      return 0;
    return llvm::support::endian::read<T, llvm::endianness::little>(
        bytes.data() + offset);
  }
  uint16_t u16(uint64_t offset) const { return get<uint16_t>(offset); }
  uint32_t u32(uint64_t offset) const { return get<uint32_t>(offset); }
  uint64_t u64(uint64_t offset) const { return get<uint64_t>(offset); }
  /// The signature "PK" with two more bytes.
  bool isRecord(uint64_t offset, uint16_t kind) const {
    return u16(offset) == 0x4b50 && u16(offset + 2) == kind;
  }
};
} // namespace

TorchArchive::TorchArchive(llvm::ArrayRef<char> bytes)
    : bytes(bytes),
      budget(std::max<uint64_t>(leastBudget, 8 * uint64_t(bytes.size()))) {}

//===----------------------------------------------------------------------===//
// The directory
//===----------------------------------------------------------------------===//

Expected<TorchArchive::Directory> TorchArchive::findDirectory() const {
  constexpr uint64_t endBytes = 22, longestComment = 65535;
  Fields file{bytes};
  uint64_t size = bytes.size();
  if (size < endBytes ||
      !(file.isRecord(0, 0x0403) || file.isRecord(0, 0x0605)))
    return archiveError("expected a torch.export archive (a zip file), got "
                        "other bytes");
  for (uint64_t back = endBytes;
       back <= std::min(size, endBytes + longestComment); ++back) {
    uint64_t end = size - back;
    if (!file.isRecord(end, 0x0605) || file.u16(end + 20) != back - endBytes)
      continue;
    Directory directory{file.u32(end + 16), file.u32(end + 12),
                        file.u16(end + 10)};
    // The locator of the 64-bit record stands right before.
    if (end >= 20 && file.isRecord(end - 20, 0x0706)) {
      uint64_t record = file.u64(end - 20 + 8);
      if (record > end || !file.isRecord(record, 0x0606))
        return archiveError("its 64-bit end record is not where the file says");
      directory = {file.u64(record + 48), file.u64(record + 40),
                   file.u64(record + 32)};
    }
    if (directory.offset > end || directory.size > end - directory.offset)
      return archiveError("its directory reaches beyond the end of the file");
    return directory;
  }
  return archiveError("expected a directory at the end of the archive, got "
                      "none: the file is truncated");
}

/// The 64-bit values of an entry whose 32-bit fields are all ones.
static bool readLongSizes(const Fields &extra, uint64_t &size, uint64_t &packed,
                          uint64_t &header) {
  uint64_t position = 0, end = extra.bytes.size();
  while (position + 4 <= end) {
    uint64_t length = extra.u16(position + 2);
    if (length > end - position - 4)
      return false;
    if (extra.u16(position) == 1) {
      uint64_t next = position + 4, stop = next + length;
      for (uint64_t *field : {&size, &packed, &header})
        if (*field == 0xffffffff) {
          if (stop - next < 8)
            return false;
          *field = extra.u64(next);
          next += 8;
        }
      return true;
    }
    position += 4 + length;
  }
  return size != 0xffffffff && packed != 0xffffffff && header != 0xffffffff;
}

/// Relative, without `..` and without bytes that end or redirect a path.
static bool staysInside(StringRef name) {
  if (name.empty() || name.front() == '/' || name.contains('\0') ||
      name.contains('\\'))
    return false;
  llvm::SmallVector<StringRef> parts;
  name.split(parts, '/');
  return !llvm::is_contained(parts, StringRef(".."));
}

llvm::Error TorchArchive::addMember(StringRef name, const Member &member) {
  auto fail = [&](const Twine &what) {
    return archiveError("member '" + name.take_front(200) + "' " + what);
  };
  if (!staysInside(name))
    return fail("has a name that leads out of the archive");
  if (member.packed > bytes.size() || member.header > bytes.size())
    return fail("lies beyond the end of the file");
  uint64_t reachable =
      member.isStored ? member.packed : member.packed * maxDeflateRatio + 64;
  if (member.isStored ? member.size != member.packed : member.size > reachable)
    return fail("declares " + Twine(member.size) + " bytes, which its " +
                Twine(member.packed) + " bytes in the file cannot hold");
  auto [first, rest] = name.split('/');
  if (root.empty())
    root = first.str();
  if (first != root || rest.empty())
    // Older archives have no folder, and some tools add entries for folders.
    rest = name;
  if (!members.try_emplace(rest, member).second)
    return fail("is there twice");
  return llvm::Error::success();
}

llvm::Error TorchArchive::list(const Directory &directory) {
  constexpr uint64_t entryBytes = 46;
  if (directory.count > maxMembers)
    return archiveError("expected at most 2^20 members, got " +
                        Twine(directory.count));
  llvm::ArrayRef<char> rest = bytes.slice(directory.offset, directory.size);
  for (uint64_t i = 0; i < directory.count; ++i) {
    Fields entry{rest};
    uint64_t name = entry.u16(28), extra = entry.u16(30),
             comment = entry.u16(32);
    if (rest.size() < entryBytes || !entry.isRecord(0, 0x0201) ||
        rest.size() - entryBytes < name + extra + comment)
      return archiveError("entry " + Twine(i) + " of its directory is damaged");
    Member member;
    member.index = i;
    member.checksum = entry.u32(16);
    member.packed = entry.u32(20);
    member.size = entry.u32(24);
    member.header = entry.u32(42);
    StringRef text(rest.data() + entryBytes, name);
    Fields fields{rest.slice(entryBytes + name, extra)};
    if (!readLongSizes(fields, member.size, member.packed, member.header))
      return archiveError("entry " + Twine(i) + " of its directory is damaged");
    if (entry.u16(8) & 1)
      return archiveError("member '" + text.take_front(200) + "' is encrypted");
    uint16_t method = entry.u16(10);
    if (method != ZIP_CM_STORE && method != ZIP_CM_DEFLATE)
      return archiveError("member '" + text.take_front(200) +
                          "' is compressed by method " + Twine(method) +
                          ": expected stored or deflated");
    member.isStored = method == ZIP_CM_STORE;
    if (auto error = addMember(text, member))
      return error;
    rest = rest.drop_front(entryBytes + name + extra + comment);
  }
  return llvm::Error::success();
}

Expected<std::unique_ptr<TorchArchive>>
TorchArchive::open(llvm::ArrayRef<char> bytes) {
  std::unique_ptr<TorchArchive> archive(new TorchArchive(bytes));
  auto directory = archive->findDirectory();
  if (!directory)
    return directory.takeError();
  if (auto error = archive->list(*directory))
    return std::move(error);
  return archive;
}

std::vector<StringRef> TorchArchive::namesUnder(StringRef prefix) const {
  std::vector<StringRef> names;
  for (StringRef name : members.keys())
    if (name.starts_with(prefix))
      names.push_back(name);
  llvm::sort(names);
  return names;
}

//===----------------------------------------------------------------------===//
// Members
//===----------------------------------------------------------------------===//

Expected<llvm::ArrayRef<char>>
TorchArchive::locate(StringRef name, const Member &member) const {
  Fields header{bytes.drop_front(member.header)};
  uint64_t nameBytes = header.u16(26), extraBytes = header.u16(28);
  uint64_t before = localHeaderBytes + nameBytes + extraBytes;
  uint64_t available = header.bytes.size();
  if (available < before || available - before < member.packed ||
      !header.isRecord(0, 0x0403))
    return archiveError("member '" + name +
                        "' is not where the directory says");
  StringRef found(header.bytes.data() + localHeaderBytes, nameBytes);
  if (found != name && found != root + "/" + name.str())
    return archiveError("member '" + name + "' is called '" +
                        found.take_front(200) + "' in its own header");
  return header.bytes.slice(before, member.packed);
}

llvm::Error TorchArchive::openPacked() {
  if (packed)
    return llvm::Error::success();
  zip_error_t reason;
  zip_error_init(&reason);
  zip_source_t *source =
      zip_source_buffer_create(bytes.data(), bytes.size(), 0, &reason);
  zip_t *archive =
      source ? zip_open_from_source(source, ZIP_RDONLY, &reason) : nullptr;
  if (source && !archive)
    zip_source_free(source);
  std::string text = archive ? "" : zip_error_strerror(&reason);
  zip_error_fini(&reason);
  if (!archive)
    return archiveError("cannot be read: " + text);
  packed.reset(archive, zip_discard);
  return llvm::Error::success();
}

Expected<llvm::ArrayRef<char>> TorchArchive::inflate(StringRef name,
                                                     const Member &member) {
  auto fail = [&](const Twine &what) {
    return archiveError("member '" + name + "' " + what);
  };
  if (member.size > budget)
    return fail("would inflate to " + Twine(member.size) +
                " bytes: save the archive without compression, as "
                "torch.export.save does");
  budget -= member.size;
  if (auto error = openPacked())
    return std::move(error);
  zip_file_t *file = zip_fopen_index(packed.get(), member.index, 0);
  std::unique_ptr<char[]> buffer(new char[member.size + 1]);
  uint64_t got = 0;
  bool isDamaged = !file;
  // One byte more than declared: there must be none, and libzip compares the
  // checksum at the end.
  while (!isDamaged && got <= member.size) {
    zip_int64_t n = zip_fread(file, buffer.get() + got, member.size + 1 - got);
    isDamaged = n < 0;
    if (n <= 0)
      break;
    got += n;
  }
  if (file)
    zip_fclose(file);
  if (isDamaged || got != member.size)
    return fail("is damaged or does not have the " + Twine(member.size) +
                " bytes that it declares");
  inflated->push_back(std::move(buffer));
  return llvm::ArrayRef<char>(inflated->back().get(), member.size);
}

Expected<llvm::ArrayRef<char>> TorchArchive::read(StringRef name,
                                                  uint64_t limit) {
  auto found = members.find(name);
  if (found == members.end())
    return archiveError("expected a member '" + name + "', got none");
  const Member &member = found->second;
  if (member.size > limit)
    return archiveError("member '" + name + "' has " + Twine(member.size) +
                        " bytes, expected at most " + Twine(limit));
  return member.isStored ? locate(name, member) : inflate(name, member);
}

Expected<StringRef> TorchArchive::readText(StringRef name, uint64_t limit) {
  auto view = read(name, limit);
  if (!view)
    return view.takeError();
  llvm::ArrayRef<uint8_t> data(reinterpret_cast<const uint8_t *>(view->data()),
                               view->size());
  if (llvm::crc32(data) != members.find(name)->second.checksum)
    return archiveError("member '" + name +
                        "' is damaged: its checksum differs");
  return StringRef(view->data(), view->size());
}

std::optional<uint64_t>
TorchArchive::offsetInFile(llvm::ArrayRef<char> view) const {
  if (view.data() < bytes.data() || view.data() > bytes.data() + bytes.size())
    return std::nullopt;
  return view.data() - bytes.data();
}
