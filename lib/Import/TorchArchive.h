//===- TorchArchive.h - Members of a torch.export archive -------*- C++ -*-===//
//
// A `.pt2` file is a zip archive with one folder at its root. Members that are
// stored as they are (all that torch writes) are views of the file; deflated
// ones are inflated on demand, within a budget.
//
//===----------------------------------------------------------------------===//

#ifndef DTC_LIB_IMPORT_TORCHARCHIVE_H
#define DTC_LIB_IMPORT_TORCHARCHIVE_H

#include "dtc/Import/ModelFiles.h"

#include "llvm/ADT/StringMap.h"

#include <vector>

struct zip;

namespace dtc {

class TorchArchive {
public:
  /// Lists the members of the archive in `bytes`, which must outlive this.
  /// Fails on bytes that are no zip archive, on names that climb out of the
  /// archive or occur twice, and on sizes that do not fit the file.
  static llvm::Expected<std::unique_ptr<TorchArchive>>
  open(llvm::ArrayRef<char> bytes);

  /// Names below the root folder.
  bool has(llvm::StringRef name) const { return members.contains(name); }
  /// The names that begin with `prefix`, sorted.
  std::vector<llvm::StringRef> namesUnder(llvm::StringRef prefix) const;

  /// The bytes of a member, `limit` at most. The checksum of stored ones is
  /// not verified, as that would read all weights.
  llvm::Expected<llvm::ArrayRef<char>> read(llvm::StringRef name,
                                            uint64_t limit);
  /// The same with its checksum verified.
  llvm::Expected<llvm::StringRef> readText(llvm::StringRef name,
                                           uint64_t limit);
  /// Where the bytes of a stored member begin in the file.
  std::optional<uint64_t> offsetInFile(llvm::ArrayRef<char> view) const;
  /// Owns what was inflated; whoever keeps views keeps this.
  std::shared_ptr<void> storage() const { return inflated; }

private:
  struct Member {
    uint64_t index = 0;  ///< in the central directory
    uint64_t header = 0; ///< offset of the local header
    uint64_t packed = 0; ///< bytes in the file
    uint64_t size = 0;   ///< bytes when unpacked
    uint32_t checksum = 0;
    bool isStored = true;
  };
  struct Directory {
    uint64_t offset = 0, size = 0, count = 0;
  };
  using Storage = std::vector<std::unique_ptr<char[]>>;

  explicit TorchArchive(llvm::ArrayRef<char> bytes);
  llvm::Expected<Directory> findDirectory() const;
  llvm::Error list(const Directory &directory);
  llvm::Error addMember(llvm::StringRef name, const Member &member);
  llvm::Expected<llvm::ArrayRef<char>> locate(llvm::StringRef name,
                                              const Member &member) const;
  llvm::Error openPacked();
  llvm::Expected<llvm::ArrayRef<char>> inflate(llvm::StringRef name,
                                               const Member &member);

  llvm::ArrayRef<char> bytes;
  llvm::StringMap<Member> members;
  std::string root;
  /// Bytes that members may still inflate to.
  uint64_t budget;
  std::shared_ptr<Storage> inflated = std::make_shared<Storage>();
  /// libzip's view of the file, once a member needs it.
  std::shared_ptr<zip> packed;
};

} // namespace dtc

#endif // DTC_LIB_IMPORT_TORCHARCHIVE_H
