//===- Diagnostic.cpp - Located messages about input files ----------------===//

#include "dtc/Plan/Diagnostic.h"

#include "llvm/ADT/STLExtras.h"

#include <numeric>

using namespace dtc::plan;

std::string Diagnostic::str() const {
  std::string out = file;
  if (at.line)
    out += ":" + std::to_string(at.line) + ":" + std::to_string(at.column);
  out += severity == Severity::Error ? ": error: " : ": warning: ";
  return out + message;
}

void DiagnosticList::add(Diagnostic::Severity severity, SourcePoint at,
                         const llvm::Twine &message) {
  if (severity == Diagnostic::Severity::Error)
    ++errorCount;
  if (list.size() >= kLimit) {
    ++dropped;
    // An error must never hide behind a thousand warnings.
    if (severity != Diagnostic::Severity::Error || errorCount != 1)
      return;
    list.pop_back();
  }
  list.push_back({severity, fileName, at, message.str()});
}

void DiagnosticList::sort() {
  std::vector<size_t> order(list.size());
  std::iota(order.begin(), order.end(), size_t(0));
  llvm::sort(order, [&](size_t a, size_t b) {
    return list[a].at == list[b].at ? a < b : list[a].at < list[b].at;
  });
  std::vector<Diagnostic> sorted;
  for (size_t i : order)
    sorted.push_back(std::move(list[i]));
  list = std::move(sorted);
  if (!dropped)
    return;
  list.push_back(
      {errorCount ? Diagnostic::Severity::Error : Diagnostic::Severity::Warning,
       fileName,
       {},
       std::to_string(dropped) + " more messages are not shown"});
  dropped = 0;
}

std::string DiagnosticList::str() const {
  std::string out;
  for (const Diagnostic &diagnostic : list)
    out += diagnostic.str() + "\n";
  return out;
}
