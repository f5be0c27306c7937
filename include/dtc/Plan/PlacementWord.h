//===- PlacementWord.h - Placements as users write them ---------*- C++ -*-===//
//
// `replicate`, `shard(D)`, `partial(sum|avg|max|min|product)` and lists of
// them, before they are bound to a mesh and to the rank of a tensor.
//
//===----------------------------------------------------------------------===//

#ifndef DTC_PLAN_PLACEMENTWORD_H
#define DTC_PLAN_PLACEMENTWORD_H

#include "dtc/Plan/Diagnostic.h"
#include "dtc/Sharding/Placement.h"

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"

#include <cstdint>
#include <optional>
#include <string>

namespace dtc::plan {

/// What one mesh axis does with a value.
struct PlacementWord {
  enum class Kind { Replicate, Shard, Partial };

  Kind kind = Kind::Replicate;
  /// Shard: the dimension as written; negative ones count from the back.
  int64_t dim = 0;
  /// Partial: what completes the value.
  ReduceKind reduce = ReduceKind::Sum;
  SourcePoint at;

  static PlacementWord replicate() { return {}; }
  static PlacementWord shard(int64_t dim) { return {Kind::Shard, dim, {}, {}}; }
  static PlacementWord partial(ReduceKind reduce) {
    return {Kind::Partial, 0, reduce, {}};
  }

  /// Equality of meaning: the place in the file does not count.
  bool operator==(const PlacementWord &o) const {
    return kind == o.kind && dim == o.dim && reduce == o.reduce;
  }
  bool operator!=(const PlacementWord &o) const { return !(*this == o); }

  /// As written: "replicate", "shard(-1)", "partial(sum)".
  std::string str() const;
};

using PlacementWords = llvm::SmallVector<PlacementWord, 2>;

/// A placement as written: one word for one axis, or a list, one word per
/// mesh axis in mesh order.
struct PlacementSpec {
  enum class Form { Word, List };

  Form form = Form::Word;
  /// Word: exactly one. List: one or more.
  PlacementWords words;
  SourcePoint at;

  /// "shard(0)" or "[replicate, shard(0)]".
  std::string str() const;
};

/// A parsed word, or why the text is not one.
struct PlacementWordOrError {
  std::optional<PlacementWord> word;
  /// Set when `word` is not.
  std::string error;
};

/// Parses one placement word; blanks around it and around its argument are
/// ignored. Never fails on any bytes other than by returning an error.
PlacementWordOrError parsePlacementWord(llvm::StringRef text);

} // namespace dtc::plan

#endif // DTC_PLAN_PLACEMENTWORD_H
