//===- ModelFiles.h - The files that a model consists of --------*- C++ -*-===//
//
// A model names other files (external data, safetensors). They are opened
// beneath the model's folder only, never through links unless the user allows
// it, and mapped, not read.
//
//===----------------------------------------------------------------------===//

#ifndef DTC_IMPORT_MODELFILES_H
#define DTC_IMPORT_MODELFILES_H

#include "dtc/runtime/Files.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <map>
#include <memory>
#include <string>

namespace dtc {

/// Whether a model's files may be symbolic links or have several names.
enum class ExternalLinks { Refuse, Allow };

/// Maps the file that the user named.
llvm::Expected<std::shared_ptr<runtime::MappedFile>>
mapModelFile(llvm::StringRef path);

/// The files beside a model, each mapped once.
class ModelFolder {
public:
  ModelFolder(llvm::StringRef modelPath, ExternalLinks links);

  /// The mapped file `name` (relative to the folder).
  llvm::Expected<std::shared_ptr<runtime::MappedFile>>
  map(llvm::StringRef name);

  /// `length` bytes from `offset` of file `name`; a missing length means up to
  /// the end. Checked against the size of the open file.
  llvm::Expected<llvm::ArrayRef<char>>
  read(llvm::StringRef name, uint64_t offset, std::optional<uint64_t> length);

  /// All files mapped so far; whoever holds views of them keeps these.
  const std::map<std::string, std::shared_ptr<runtime::MappedFile>> &
  mapped() const {
    return files;
  }

private:
  llvm::Expected<runtime::InputFile> open(llvm::StringRef name) const;

  std::string folder;
  ExternalLinks links;
  std::map<std::string, std::shared_ptr<runtime::MappedFile>> files;
};

} // namespace dtc

#endif // DTC_IMPORT_MODELFILES_H
