//===- OracleExpression.h - The oracle's expressions ------------*- C++ -*-===//
//
// A small parser of the Python-like expressions in the oracle's cases:
// operators, calls, methods, indices, slices, lists and keyword arguments.
//
//===----------------------------------------------------------------------===//

#ifndef DTC_UNITTESTS_SHARDING_ORACLEEXPRESSION_H
#define DTC_UNITTESTS_SHARDING_ORACLEEXPRESSION_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <map>
#include <string>
#include <vector>

namespace dtc::oracle {

struct Expression {
  enum class Kind {
    Number,
    Name,
    Call,   ///< `text` of `children` and `keywords`
    Method, ///< child 0 `.text(` the others `)`
    Index,  ///< child 0 `[` the others `]`
    Slice,  ///< children: begin and end; empty ones are Name ""
    Unary,
    Binary,
    List, ///< also tuples
  };
  Kind kind = Kind::Name;
  std::string text;
  double number = 0;
  std::vector<Expression> children;
  std::map<std::string, Expression> keywords;

  bool isName(llvm::StringRef name) const {
    return kind == Kind::Name && text == name;
  }
  /// The value of a number or of a negated one.
  int64_t integer() const {
    if (kind == Kind::Unary)
      return -children[0].integer();
    return static_cast<int64_t>(number);
  }
};

/// An error for text that is no expression.
llvm::Expected<Expression> parseExpression(llvm::StringRef text);

} // namespace dtc::oracle

#endif // DTC_UNITTESTS_SHARDING_ORACLEEXPRESSION_H
