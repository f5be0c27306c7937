//===- OracleExpression.cpp - The oracle's expressions --------------------===//
//
// Recursive descent with Python's precedence: comparison, sum, product, sign,
// power, then postfix forms.
//
//===----------------------------------------------------------------------===//

#include "OracleExpression.h"

#include <cctype>
#include <cstdlib>

using namespace dtc::oracle;

namespace {
class Parser {
public:
  explicit Parser(llvm::StringRef text) : text(text) {}

  llvm::Expected<Expression> parse() {
    Expression result = comparison();
    if (failed || !text.ltrim().empty())
      return llvm::createStringError("expected an expression, got '" +
                                     text.str() + "'");
    return result;
  }

private:
  bool eat(llvm::StringRef token) {
    text = text.ltrim();
    return text.consume_front(token);
  }
  bool peek(char c) {
    text = text.ltrim();
    return !text.empty() && text.front() == c;
  }
  void expect(llvm::StringRef token) { failed |= !eat(token); }

  static Expression make(Expression::Kind kind, std::string word,
                         std::vector<Expression> children) {
    Expression result;
    result.kind = kind;
    result.text = std::move(word);
    result.children = std::move(children);
    return result;
  }
  Expression binary(std::string word, Expression lhs, Expression rhs) {
    return make(Expression::Kind::Binary, std::move(word),
                {std::move(lhs), std::move(rhs)});
  }

  Expression comparison() {
    Expression result = sum();
    for (const char *word : {"<", ">"})
      if (eat(word))
        return binary(word, std::move(result), sum());
    return result;
  }
  Expression sum() {
    Expression result = product();
    while (peek('+') || peek('-')) {
      std::string word(1, text.front());
      eat(word);
      result = binary(word, std::move(result), product());
    }
    return result;
  }
  Expression product() {
    Expression result = sign();
    while ((peek('*') && !text.starts_with("**")) || peek('/')) {
      std::string word(1, text.front());
      eat(word);
      result = binary(word, std::move(result), sign());
    }
    return result;
  }
  Expression sign() {
    if (eat("-"))
      return make(Expression::Kind::Unary, "-", {sign()});
    Expression result = postfix();
    if (eat("**"))
      return binary("**", std::move(result), sign());
    return result;
  }

  Expression postfix() {
    Expression result = atom();
    while (!failed) {
      if (result.kind != Expression::Kind::Number && eat(".")) {
        Expression method =
            make(Expression::Kind::Method, word().str(), {std::move(result)});
        expect("(");
        arguments(method);
        result = std::move(method);
      } else if (eat("[")) {
        result = make(Expression::Kind::Index, "", {std::move(result)});
        do
          result.children.push_back(subscript());
        while (eat(","));
        expect("]");
      } else {
        break;
      }
    }
    return result;
  }
  Expression subscript() {
    Expression begin, end;
    if (!peek(':'))
      begin = comparison();
    if (!eat(":"))
      return begin;
    if (!peek(',') && !peek(']'))
      end = comparison();
    return make(Expression::Kind::Slice, "", {begin, end});
  }

  Expression atom() {
    if (eat("("))
      return list(")");
    if (eat("["))
      return list("]");
    text = text.ltrim();
    if (!text.empty() && std::isdigit(static_cast<unsigned char>(text[0]))) {
      Expression result;
      result.kind = Expression::Kind::Number;
      llvm::StringRef digits = text.take_while(
          [](char c) { return std::isdigit((unsigned char)c) || c == '.'; });
      result.number = std::strtod(digits.str().c_str(), nullptr);
      text = text.drop_front(digits.size());
      return result;
    }
    Expression result = make(Expression::Kind::Name, word().str(), {});
    if (eat("(")) {
      result.kind = Expression::Kind::Call;
      arguments(result);
    }
    return result;
  }
  Expression list(llvm::StringRef close) {
    Expression result = make(Expression::Kind::List, "", {});
    while (!failed && !eat(close)) {
      result.children.push_back(comparison());
      if (!eat(",") && !peek(close.front()))
        failed = true;
    }
    return result;
  }
  void arguments(Expression &call) {
    while (!failed && !eat(")")) {
      llvm::StringRef before = text;
      llvm::StringRef name = word();
      bool isKeyword = !name.empty() && peek('=');
      if (isKeyword) {
        eat("=");
        call.keywords[name.str()] = comparison();
      } else {
        text = before;
        failed = false;
        call.children.push_back(comparison());
      }
      if (!eat(",") && !peek(')'))
        failed = true;
    }
  }
  llvm::StringRef word() {
    text = text.ltrim();
    llvm::StringRef name = text.take_while(
        [](char c) { return std::isalnum((unsigned char)c) || c == '_'; });
    failed |= name.empty();
    text = text.drop_front(name.size());
    return name;
  }

  llvm::StringRef text;
  bool failed = false;
};
} // namespace

llvm::Expected<Expression> dtc::oracle::parseExpression(llvm::StringRef text) {
  return Parser(text).parse();
}
