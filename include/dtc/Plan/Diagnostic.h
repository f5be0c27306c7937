//===- Diagnostic.h - Located messages about input files --------*- C++ -*-===//
//
// Messages about plan files and training specs: each has a file, a line and a
// column. All errors of a file are collected, not only the first.
//
//===----------------------------------------------------------------------===//

#ifndef DTC_PLAN_DIAGNOSTIC_H
#define DTC_PLAN_DIAGNOSTIC_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/ADT/Twine.h"

#include <string>
#include <vector>

namespace dtc::plan {

/// A place in a text file. Lines and columns count from 1, columns in bytes;
/// line 0 means the file as a whole.
struct SourcePoint {
  unsigned line = 0;
  unsigned column = 0;

  bool operator==(const SourcePoint &o) const {
    return line == o.line && column == o.column;
  }
  bool operator<(const SourcePoint &o) const {
    return line != o.line ? line < o.line : column < o.column;
  }
};

/// One message.
struct Diagnostic {
  enum class Severity { Error, Warning };

  Severity severity = Severity::Error;
  std::string file;
  SourcePoint at;
  std::string message;

  /// "plan.yaml:4:13: error: unknown style 'colwize', …", no newline.
  std::string str() const;
};

/// The messages about one file, in file order after `sort`.
class DiagnosticList {
public:
  /// More errors than this are counted, not kept: a hostile file must not turn
  /// into gigabytes of text.
  static constexpr size_t kLimit = 1000;

  explicit DiagnosticList(llvm::StringRef file) : fileName(file.str()) {}

  void error(SourcePoint at, const llvm::Twine &message) {
    add(Diagnostic::Severity::Error, at, message);
  }
  void warning(SourcePoint at, const llvm::Twine &message) {
    add(Diagnostic::Severity::Warning, at, message);
  }

  bool hasErrors() const { return errorCount != 0; }
  bool empty() const { return list.empty(); }
  size_t size() const { return list.size(); }
  llvm::StringRef file() const { return fileName; }
  llvm::ArrayRef<Diagnostic> all() const { return list; }

  /// Orders the messages by their place; equal places keep their order. When
  /// messages were dropped, the last one says how many.
  void sort();

  /// All messages, one a line.
  std::string str() const;

private:
  void add(Diagnostic::Severity severity, SourcePoint at,
           const llvm::Twine &message);

  std::string fileName;
  std::vector<Diagnostic> list;
  size_t errorCount = 0;
  size_t dropped = 0;
};

} // namespace dtc::plan

#endif // DTC_PLAN_DIAGNOSTIC_H
