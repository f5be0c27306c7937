//===- TorchSymbols.cpp - Expressions over symbolic sizes -----------------===//
//
//   sum     := product (('+' | '-') product)*
//   product := power (('*' | '//' | '%') power)*
//   power   := '-' power | atom ('**' power)?
//   atom    := number | symbol | name '(' sum (',' sum)* ')' | '(' sum ')'
//
// Sums and products may be calls too, and a symbol may be written as
// "Symbol('s77', positive=True)": torch writes what SymPy's `srepr` gives.
//
//===----------------------------------------------------------------------===//

#include "TorchSymbols.h"

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MathExtras.h"

using namespace dtc;
using llvm::StringRef;
using Number = std::optional<int64_t>;

/// Towards minus infinity, as Python divides.
static Number divideFloor(int64_t a, int64_t b) {
  if (b == 0 || (a == INT64_MIN && b == -1))
    return std::nullopt;
  return llvm::divideFloorSigned(a, b);
}

static Number divideCeil(int64_t a, int64_t b) {
  if (b == 0 || (a == INT64_MIN && b == -1))
    return std::nullopt;
  return llvm::divideCeilSigned(a, b);
}

static Number remainder(int64_t a, int64_t b) {
  Number quotient = divideFloor(a, b);
  if (!quotient)
    return std::nullopt;
  return a - *quotient * b;
}

static Number multiply(int64_t a, int64_t b) {
  int64_t product = 0;
  if (llvm::MulOverflow(a, b, product))
    return std::nullopt;
  return product;
}

static Number power(int64_t base, int64_t exponent) {
  Number result = 1;
  if (exponent < 0 || exponent > 63)
    return std::nullopt;
  for (; exponent > 0 && result; --exponent)
    result = multiply(*result, base);
  return result;
}

/// The sum or product of numbers.
static Number fold(StringRef name, llvm::ArrayRef<int64_t> numbers) {
  int64_t result = name == "Mul";
  for (int64_t number : numbers)
    if (name == "Mul" ? llvm::MulOverflow(result, number, result)
                      : llvm::AddOverflow(result, number, result))
      return std::nullopt;
  return result;
}

/// Takes a name in quotes off the front of the text; empty when there is none.
static StringRef takeSymbolName(StringRef &text) {
  if (text.empty() || (text[0] != '\'' && text[0] != '"'))
    return "";
  size_t end = text.find(text[0], 1);
  if (end == StringRef::npos)
    return "";
  StringRef name = text.slice(1, end);
  text = text.drop_front(end + 1);
  return name;
}

namespace {
class Expression {
public:
  Expression(const TorchSymbols &symbols, StringRef text)
      : symbols(symbols), text(text) {}

  Number parse() {
    Number value = sum();
    skipSpace();
    return text.empty() ? value : std::nullopt;
  }

private:
  static constexpr unsigned maxDepth = 64;

  void skipSpace() { text = text.ltrim(); }
  bool consume(StringRef token) {
    skipSpace();
    return text.consume_front(token);
  }

  Number sum() {
    if (++depth > maxDepth)
      return std::nullopt;
    Number left = product();
    while (left) {
      bool isPlus = consume("+");
      if (!isPlus && !consume("-"))
        break;
      Number right = product();
      int64_t result = 0;
      if (!right || (isPlus ? llvm::AddOverflow(*left, *right, result)
                            : llvm::SubOverflow(*left, *right, result)))
        return std::nullopt;
      left = result;
    }
    --depth;
    return left;
  }

  Number product() {
    Number left = powers();
    while (left) {
      skipSpace();
      if (text.starts_with("**"))
        break;
      char kind = consume("//")  ? '/'
                  : consume("*") ? '*'
                  : consume("%") ? '%'
                                 : 0;
      if (!kind)
        break;
      Number right = powers();
      if (!right)
        return std::nullopt;
      left = kind == '/'   ? divideFloor(*left, *right)
             : kind == '*' ? multiply(*left, *right)
                           : remainder(*left, *right);
    }
    return left;
  }

  Number powers() {
    if (consume("-")) {
      if (++depth > maxDepth)
        return std::nullopt;
      Number value = powers();
      --depth;
      return value ? multiply(*value, -1) : std::nullopt;
    }
    Number base = atom();
    if (!base || !consume("**"))
      return base;
    Number exponent = atom();
    return exponent ? power(*base, *exponent) : std::nullopt;
  }

  Number atom() {
    if (consume("(")) {
      Number value = sum();
      return consume(")") ? value : std::nullopt;
    }
    StringRef word = text.take_while(
        [](char c) { return llvm::isAlnum(c) || c == '_' || c == '.'; });
    text = text.drop_front(word.size());
    if (word.empty())
      return std::nullopt;
    int64_t number = 0;
    if (llvm::isDigit(word.front()))
      return word.getAsInteger(10, number) ? std::nullopt : Number(number);
    if (consume("("))
      return call(word);
    return symbols.find(word);
  }

  /// Behind "Symbol(": the name in quotes, then assumptions.
  Number symbol() {
    skipSpace();
    StringRef name = takeSymbolName(text);
    size_t end = text.find(')');
    if (name.empty() || end == StringRef::npos)
      return std::nullopt;
    text = text.drop_front(end + 1);
    return symbols.find(name);
  }

  Number call(StringRef name) {
    if (name == "Symbol")
      return symbol();
    llvm::SmallVector<int64_t> arguments;
    do {
      Number argument = sum();
      if (!argument || arguments.size() >= 64)
        return std::nullopt;
      arguments.push_back(*argument);
    } while (consume(","));
    if (!consume(")"))
      return std::nullopt;
    if (name == "Max" || name == "Min") {
      int64_t result = arguments.front();
      for (int64_t argument : arguments)
        result = name == "Max" ? std::max(result, argument)
                               : std::min(result, argument);
      return result;
    }
    if (name == "Add" || name == "Mul")
      return fold(name, arguments);
    if (arguments.size() == 1 &&
        (name == "Integer" || name == "TruncToInt" || name == "floor" ||
         name == "ceiling" || name == "Identity"))
      return arguments[0];
    if (arguments.size() != 2)
      return std::nullopt;
    int64_t a = arguments[0], b = arguments[1];
    if (name == "FloorDiv" || name == "CleanDiv")
      return divideFloor(a, b);
    if (name == "CeilDiv")
      return divideCeil(a, b);
    if (name == "Mod" || name == "PythonMod")
      return remainder(a, b);
    if (name == "PowByNatural" || name == "Pow")
      return power(a, b);
    return std::nullopt;
  }

  const TorchSymbols &symbols;
  StringRef text;
  unsigned depth = 0;
};
} // namespace

Number TorchSymbols::find(StringRef name) const {
  auto found = values.find(name);
  return found == values.end() ? Number() : Number(found->second);
}

Number TorchSymbols::evaluate(StringRef expression) const {
  return Expression(*this, expression).parse();
}

llvm::SmallVector<StringRef> TorchSymbols::namesIn(StringRef expression) {
  llvm::SmallVector<StringRef> names;
  for (StringRef rest = expression; !rest.empty();) {
    StringRef word =
        rest.take_while([](char c) { return llvm::isAlnum(c) || c == '_'; });
    rest = rest.drop_front(std::max<size_t>(word.size(), 1));
    if (word == "Symbol" && rest.consume_front("(")) {
      if (StringRef name = takeSymbolName(rest); !name.empty())
        names.push_back(name);
      rest = rest.drop_front(std::min(rest.find(')'), rest.size()));
      continue;
    }
    bool isName = !word.empty() && !llvm::isDigit(word.front());
    if (isName && !rest.starts_with("("))
      names.push_back(word);
  }
  return names;
}
