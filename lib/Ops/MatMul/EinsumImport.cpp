//===- EinsumImport.cpp - Sums of products by equation --------------------===//
//
// 1. The equation becomes a list of labels for each operand and the result;
//    the dimensions of an ellipsis get labels of their own, counted from the
//    last one.
// 2. A label that occurs twice in an operand takes the diagonal: a strided
//    slice of both dimensions merged.
// 3. From the left, two operands become one. Labels that nothing else needs are
//    summed first where one operand has them alone. The rest is a matrix
//    product: batch labels are in both and stay, contracted ones are in both
//    and go. Without contracted labels it is a broadcast product.
// 4. What is left over is summed and transposed to the result's labels.
//
//===----------------------------------------------------------------------===//

#include "EinsumImport.h"

#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace dtc;

namespace {

/// Letters are their own codes; dimension -1 - i of an ellipsis is label i.
using Labels = SmallVector<int, 6>;

struct Term {
  Value value;
  Labels labels;
};

struct Equation {
  SmallVector<Labels> operands;
  Labels result;
  /// Dimensions that the longest ellipsis stands for.
  int ellipsis = 0;
};

/// How the labels of two operands take part in their product.
struct Roles {
  Labels batch, left, right, contracted;
};

class Einsum {
public:
  Einsum(ImportNode &node, StringRef text, ArrayRef<Value> operands)
      : node(node), text(text.str()), operands(operands) {}
  Value run();

private:
  bool parse();
  bool parseTerm(StringRef text, int64_t rank, Labels &labels);
  bool addOperands(StringRef left);
  bool addResult(StringRef text);
  void deriveResult(StringRef left);
  bool needed(int label, size_t from) const;
  Term takeDiagonals(Term term);
  Term sumLabels(Term term, llvm::function_ref<bool(int)> goes);
  Value arrange(const Term &term, ArrayRef<int> order);
  Term alignSizes(Term term, const Term &other);
  Term contract(Term lhs, Term rhs, const Roles &roles);
  Term multiply(Term lhs, Term rhs, const Roles &roles);
  Term join(Term lhs, Term rhs, size_t next);
  int64_t extent(const Term &term, int label) const;

  ImportNode &node;
  std::string text;
  ArrayRef<Value> operands;
  Equation equation;
};

} // namespace

//===----------------------------------------------------------------------===//
// The equation
//===----------------------------------------------------------------------===//

/// Labels of one operand of `rank` dimensions; for the result `rank` is -1.
bool Einsum::parseTerm(StringRef text, int64_t rank, Labels &labels) {
  size_t dots = text.find("...");
  std::string letters = text.str();
  if (dots != StringRef::npos)
    letters.erase(dots, 3);
  for (char letter : letters)
    if (!llvm::isAlpha(letter))
      return node.error("attribute 'equation': expected letters and one "
                        "ellipsis in each operand, got '" +
                        text + "'"),
             false;
  int64_t hidden = equation.ellipsis;
  if (rank >= 0)
    hidden = dots == StringRef::npos ? 0 : rank - (int64_t)letters.size();
  if (rank >= 0 && (hidden < 0 || hidden + (int64_t)letters.size() != rank))
    return node.error("attribute 'equation': expected " + Twine(rank) +
                      " labels for an operand of rank " + Twine(rank) +
                      ", got '" + text + "'"),
           false;
  equation.ellipsis = std::max<int64_t>(equation.ellipsis, hidden);
  for (size_t i = 0; i <= letters.size(); ++i) {
    if (i == dots)
      for (int64_t d = hidden - 1; d >= 0; --d)
        labels.push_back(-1 - d);
    if (i < letters.size())
      labels.push_back(letters[i]);
  }
  return true;
}

bool Einsum::addOperands(StringRef left) {
  SmallVector<StringRef> parts;
  left.split(parts, ',');
  if (parts.size() != operands.size())
    return node.error("attribute 'equation': expected " +
                      Twine(operands.size()) + " operands, got " +
                      Twine(parts.size())),
           false;
  for (auto [part, operand] : llvm::zip(parts, operands))
    if (!parseTerm(part, node.rank(operand), equation.operands.emplace_back()))
      return false;
  return true;
}

/// Without an arrow: the ellipsis, then the letters that occur once.
void Einsum::deriveResult(StringRef left) {
  for (int d = equation.ellipsis - 1; d >= 0; --d)
    equation.result.push_back(-1 - d);
  for (int letter = 'A'; letter <= 'z'; ++letter)
    if (llvm::isAlpha(letter) && left.count(static_cast<char>(letter)) == 1)
      equation.result.push_back(letter);
}

bool Einsum::addResult(StringRef text) {
  if (!parseTerm(text, -1, equation.result))
    return false;
  for (size_t i = 0; i < equation.result.size(); ++i) {
    int label = equation.result[i];
    bool known = llvm::any_of(equation.operands, [&](const Labels &labels) {
      return llvm::is_contained(labels, label);
    });
    bool twice =
        llvm::is_contained(ArrayRef<int>(equation.result).take_front(i), label);
    if (!known || twice)
      return node.error("attribute 'equation': expected labels of the operands "
                        "once each in the result, got '" +
                        text + "'"),
             false;
  }
  return true;
}

bool Einsum::parse() {
  llvm::erase(text, ' ');
  auto [left, right] = StringRef(text).split("->");
  if (!addOperands(left))
    return false;
  if (StringRef(text).contains("->"))
    return addResult(right);
  deriveResult(left);
  return true;
}

//===----------------------------------------------------------------------===//
// Terms
//===----------------------------------------------------------------------===//

int64_t Einsum::extent(const Term &term, int label) const {
  const auto *found = llvm::find(term.labels, label);
  return found == term.labels.end() || !term.value
             ? 1
             : node.shape(term.value)[found - term.labels.begin()];
}

/// True for labels of the result or of an operand from `from` on.
bool Einsum::needed(int label, size_t from) const {
  if (llvm::is_contained(equation.result, label))
    return true;
  for (size_t i = from; i < equation.operands.size(); ++i)
    if (llvm::is_contained(equation.operands[i], label))
      return true;
  return false;
}

/// Both dimensions of a label last and merged; every (n+1)st element is on the
/// diagonal.
Term Einsum::takeDiagonals(Term term) {
  for (size_t i = 0; i < term.labels.size() && term.value; ++i) {
    size_t j = i + 1;
    while (j < term.labels.size() && term.labels[j] != term.labels[i])
      ++j;
    if (j == term.labels.size())
      continue;
    SmallVector<int64_t> shape(node.shape(term.value));
    int64_t size = shape[i];
    if (shape[j] != size) {
      node.error("expected dimensions of one size under one label, got " +
                 Twine(size) + " and " + Twine(shape[j]));
      return {};
    }
    SmallVector<int64_t> order, kept;
    for (size_t d = 0; d < shape.size(); ++d)
      if (d != i && d != j) {
        order.push_back(d);
        kept.push_back(shape[d]);
      }
    order.append({static_cast<int64_t>(i), static_cast<int64_t>(j)});
    kept.push_back(size * size);
    Value merged = node.reshape(node.transpose(term.value, order), kept);
    term.value =
        node.slice(merged, kept.size() - 1, 0, size, size > 1 ? size + 1 : 1);
    int label = term.labels[i];
    term.labels.erase(term.labels.begin() + j);
    term.labels.erase(term.labels.begin() + i);
    term.labels.push_back(label);
    i = -1;
  }
  return term;
}

Term Einsum::sumLabels(Term term, llvm::function_ref<bool(int)> goes) {
  SmallVector<int64_t> dims;
  Labels kept;
  for (auto [d, label] : llvm::enumerate(term.labels)) {
    if (goes(label))
      dims.push_back(d);
    else
      kept.push_back(label);
  }
  if (dims.empty())
    return term;
  return {node.create<ReduceSumOp>(term.value, dims, false), kept};
}

/// The dimensions in the order of `order`, size 1 where the term has none.
Value Einsum::arrange(const Term &term, ArrayRef<int> order) {
  SmallVector<int64_t> permutation, shape;
  for (int label : order) {
    const auto *found = llvm::find(term.labels, label);
    shape.push_back(extent(term, label));
    if (found != term.labels.end())
      permutation.push_back(found - term.labels.begin());
  }
  return node.reshape(node.transpose(term.value, permutation), shape);
}

/// Repeats dimensions of size 1 that are larger in the other operand.
Term Einsum::alignSizes(Term term, const Term &other) {
  SmallVector<int64_t> shape(node.shape(term.value));
  for (auto [extentHere, label] : llvm::zip(shape, term.labels))
    if (extentHere == 1 && llvm::is_contained(other.labels, label))
      extentHere = extent(other, label);
  term.value = node.broadcast(term.value, shape);
  return term;
}

//===----------------------------------------------------------------------===//
// Products
//===----------------------------------------------------------------------===//

/// Product of the sizes of several labels.
static int64_t product(ArrayRef<int64_t> sizes) { return numElements(sizes); }

/// [batch..., left, contracted] times [batch..., contracted, right].
Term Einsum::contract(Term lhs, Term rhs, const Roles &roles) {
  lhs = alignSizes(lhs, rhs);
  rhs = alignSizes(rhs, lhs);
  auto sizes = [&](const Term &term, const Labels &labels) {
    SmallVector<int64_t> result;
    for (int label : labels)
      result.push_back(extent(term, label));
    return result;
  };
  auto joined = [](std::initializer_list<Labels> parts) {
    Labels all;
    for (const Labels &part : parts)
      llvm::append_range(all, part);
    return all;
  };
  SmallVector<int64_t> batch = sizes(lhs, roles.batch);
  SmallVector<int64_t> left = sizes(lhs, roles.left),
                       right = sizes(rhs, roles.right),
                       inner = sizes(lhs, roles.contracted);
  Value a = arrange(lhs, joined({roles.batch, roles.left, roles.contracted}));
  Value b = arrange(rhs, joined({roles.batch, roles.contracted, roles.right}));
  SmallVector<int64_t> aShape = batch, bShape = batch, shape = batch;
  aShape.append({product(left), product(inner)});
  bShape.append({product(inner), product(right)});
  llvm::append_range(shape, left);
  llvm::append_range(shape, right);
  Value result =
      node.create<MatMulOp>(node.reshape(a, aShape), node.reshape(b, bShape));
  return {node.reshape(result, shape),
          joined({roles.batch, roles.left, roles.right})};
}

Term Einsum::multiply(Term lhs, Term rhs, const Roles &roles) {
  Labels order = roles.batch;
  llvm::append_range(order, roles.left);
  llvm::append_range(order, roles.right);
  return {node.create<MulOp>(arrange(lhs, order), arrange(rhs, order)), order};
}

/// One term of two; operands from `next` on are still to come.
Term Einsum::join(Term lhs, Term rhs, size_t next) {
  lhs = sumLabels(lhs, [&](int label) {
    return !needed(label, next) && !llvm::is_contained(rhs.labels, label);
  });
  rhs = sumLabels(rhs, [&](int label) {
    return !needed(label, next) && !llvm::is_contained(lhs.labels, label);
  });
  Roles roles;
  for (int label : lhs.labels) {
    if (!llvm::is_contained(rhs.labels, label))
      roles.left.push_back(label);
    else if (needed(label, next))
      roles.batch.push_back(label);
    else
      roles.contracted.push_back(label);
  }
  for (int label : rhs.labels)
    if (!llvm::is_contained(lhs.labels, label))
      roles.right.push_back(label);
  for (int label : lhs.labels) {
    int64_t a = extent(lhs, label), b = extent(rhs, label);
    if (llvm::is_contained(rhs.labels, label) && a != b && a != 1 && b != 1)
      node.error("expected dimensions of one size under one label, got " +
                 Twine(a) + " and " + Twine(b));
  }
  if (node.failed())
    return {};
  return roles.contracted.empty() ? multiply(lhs, rhs, roles)
                                  : contract(lhs, rhs, roles);
}

Value Einsum::run() {
  if (!parse())
    return {};
  Term result;
  for (auto [i, operand] : llvm::enumerate(operands)) {
    Term term = takeDiagonals({operand, equation.operands[i]});
    if (node.failed())
      return {};
    // Labels no longer repeat.
    equation.operands[i] = term.labels;
    result = i == 0 ? term : join(result, term, i + 1);
    if (node.failed())
      return {};
  }
  result = sumLabels(result, [&](int label) {
    return !llvm::is_contained(equation.result, label);
  });
  return arrange(result, equation.result);
}

Value dtc::contractByEquation(ImportNode &node, StringRef equation,
                              ArrayRef<Value> operands) {
  if (operands.empty() || llvm::is_contained(operands, Value()))
    return node.error("expected operands without gaps");
  return Einsum(node, equation, operands).run();
}
