//===- OptionValues.h - Values of --mesh, --dim, --input-shape --*- C++ -*-===//
//
// The command line's small languages. Errors are complete sentences without
// the option's name.
//
//===----------------------------------------------------------------------===//

#ifndef DTC_PLAN_OPTIONVALUES_H
#define DTC_PLAN_OPTIONVALUES_H

#include "dtc/Sharding/Placement.h"

#include "llvm/Support/Error.h"

#include <string>

namespace dtc::plan {

/// The most ranks a mesh may have.
constexpr int64_t kMaxRanks = 65536;

/// Appends an axis. Returns what is wrong, or nothing: names are letters,
/// digits and '_' and unique, sizes at least 1, at most `kMaxRanks` ranks in
/// all.
std::string appendAxis(Mesh &mesh, llvm::StringRef name, int64_t size);

/// "tp=4", "dp=2,tp=2".
llvm::Expected<Mesh> parseMeshOption(llvm::StringRef text);

/// A symbolic dimension and its value, 0 or more.
struct DimBinding {
  std::string name;
  int64_t value = 0;
};

/// "NAME=VALUE"; the last '=' separates.
llvm::Expected<DimBinding> parseDimOption(llvm::StringRef text);

/// The shape of a graph input; the product of its dimensions fits in int64.
struct ShapeBinding {
  std::string name;
  llvm::SmallVector<int64_t, 4> shape;
};

/// "NAME=2x128"; the last '=' separates.
llvm::Expected<ShapeBinding> parseInputShapeOption(llvm::StringRef text);

} // namespace dtc::plan

#endif // DTC_PLAN_OPTIONVALUES_H
