//===- TorchSymbols.h - Expressions over symbolic sizes ---------*- C++ -*-===//
//
// torch.export writes sizes as expressions in SymPy's notation, "2*s77 + 1" or
// "Mul(Integer(2), Symbol('s77', positive=True))". All symbols get values at
// import, so that every expression is a number.
//
//===----------------------------------------------------------------------===//

#ifndef DTC_LIB_IMPORT_TORCHSYMBOLS_H
#define DTC_LIB_IMPORT_TORCHSYMBOLS_H

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringMap.h"

#include <optional>

namespace dtc {

class TorchSymbols {
public:
  /// False when the symbol has another value.
  bool bind(llvm::StringRef name, int64_t value) {
    return values.try_emplace(name, value).first->second == value;
  }
  std::optional<int64_t> find(llvm::StringRef name) const;
  /// Nothing for text that is no expression of integers, for symbols without a
  /// value, division by zero and overflow.
  std::optional<int64_t> evaluate(llvm::StringRef expression) const;
  /// The symbols of an expression, views into it.
  static llvm::SmallVector<llvm::StringRef> namesIn(llvm::StringRef expression);

private:
  llvm::StringMap<int64_t> values;
};

} // namespace dtc

#endif // DTC_LIB_IMPORT_TORCHSYMBOLS_H
