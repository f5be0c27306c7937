//===- Spelling.h - Quoting user text and guessing what was meant -*- C++ -*-=//
//
// How messages show what the user wrote, and the "did you mean" at their end.
//
//===----------------------------------------------------------------------===//

#ifndef DTC_PLAN_SPELLING_H
#define DTC_PLAN_SPELLING_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

#include <string>
#include <vector>

namespace dtc::plan {

/// `text` in single quotes for a message: control characters are escaped and
/// text of more than 80 bytes is cut with "...".
std::string inQuotes(llvm::StringRef text);

/// "a, b, c".
std::string joined(llvm::ArrayRef<llvm::StringRef> words);

/// "'a'", "'a' and 'b'", "'a', 'b' and 'c'".
std::string quotedList(llvm::ArrayRef<std::string> words);

/// The edits that a misspelling of `word` may differ by: 1 for up to three
/// letters, 2 up to eight, a third of the length beyond.
unsigned editLimit(llvm::StringRef word);

/// The candidate closest to `word` (case ignored), empty when none is close.
/// A candidate that begins with at least three letters of `word` is close.
llvm::StringRef closest(llvm::StringRef word,
                        llvm::ArrayRef<llvm::StringRef> candidates);

/// "; did you mean 'x'?" or nothing.
std::string didYouMean(llvm::StringRef word,
                       llvm::ArrayRef<llvm::StringRef> candidates);

} // namespace dtc::plan

#endif // DTC_PLAN_SPELLING_H
