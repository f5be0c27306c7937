//===- Parameters.h - The bytes of a model's weights ------------*- C++ -*-===//
//
// Weights stay outside of the IR. An importer puts each under its name, as a
// view of a mapped file or of memory that the store owns; bundle writing and
// the interpreter read slices of it.
//
//===----------------------------------------------------------------------===//

#ifndef DTC_IMPORT_PARAMETERS_H
#define DTC_IMPORT_PARAMETERS_H

#include "dtc/Interpreter/HostTensor.h"

#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBuffer.h"

#include <map>
#include <optional>

namespace dtc {

/// One parameter's bytes: row-major, little-endian, `bytes` long. Not aligned.
struct ParameterData {
  DType type = DType::F32;
  llvm::SmallVector<int64_t, 4> shape;
  llvm::ArrayRef<char> bytes;
};

class ParameterStore {
public:
  /// Keeps `owner` alive as long as the store.
  void keep(std::shared_ptr<void> owner) { owners.push_back(std::move(owner)); }
  /// Fails on a name that is there, or when `bytes` does not fit the shape.
  llvm::Error add(llvm::StringRef name, ParameterData data);
  const ParameterData *find(llvm::StringRef name) const;
  const std::map<std::string, ParameterData> &all() const { return parameters; }

private:
  std::map<std::string, ParameterData> parameters;
  std::vector<std::shared_ptr<void>> owners;
};

} // namespace dtc

#endif // DTC_IMPORT_PARAMETERS_H
