//===- Formula.h - Activations as compositions ------------------*- C++ -*-===//
//
// Formulas that importers of several model formats share. Each is written so
// that it is exact near 0 and does not overflow before its result does.
//
//===----------------------------------------------------------------------===//

#ifndef DTC_OPS_ELEMENTWISE_FORMULA_H
#define DTC_OPS_ELEMENTWISE_FORMULA_H

#include "dtc/Import/ImportNode.h"

#include <cmath>
#include <limits>

namespace dtc {

/// Which side of the values a bound is on.
enum class BoundSide { Least, Most };

/// The values limited by a bound: `dtc.clamp` where it is one known number of
/// floats, else a maximum or minimum, which share the derivative where both are
/// equal.
inline mlir::Value limit(ImportNode &node, mlir::Value value, mlir::Value bound,
                         BoundSide side) {
  const HostTensor *known = bound ? node.known(bound) : nullptr;
  bool isLeast = side == BoundSide::Least;
  if (known && known->size() == 1 && isFloat(known->type()) &&
      !std::isnan(known->getDouble(0))) {
    mlir::FloatAttr number = mlir::FloatAttr::get(
        mlir::Float64Type::get(node.getContext()), known->getDouble(0));
    return node.create<ClampOp>(value, isLeast ? number : nullptr,
                                isLeast ? nullptr : number);
  }
  return isLeast ? node.create<MaximumOp>(value, bound)
                 : node.create<MinimumOp>(value, bound);
}

/// Formulas over values and numbers of one element type.
struct Formula {
  ImportNode &node;
  mlir::Value operand;
  mlir::Type type;

  Formula(ImportNode &node, mlir::Value operand)
      : node(node), operand(operand), type(node.element(operand)) {}

  mlir::Value x() const { return operand; }
  mlir::Value number(double value) const { return node.scalar(value, type); }
  mlir::Value add(mlir::Value a, double b) const {
    return b == 0 ? a : node.create<AddOp>(a, number(b));
  }
  mlir::Value mul(mlir::Value a, double b) const {
    return b == 1 ? a : node.create<MulOp>(a, number(b));
  }
  mlir::Value mul(mlir::Value a, mlir::Value b) const {
    return node.create<MulOp>(a, b);
  }
  mlir::Value max(mlir::Value a, double b) const {
    return node.create<MaximumOp>(a, number(b));
  }
  /// `positive` where x > 0, else `other`.
  mlir::Value choose(mlir::Value positive, mlir::Value other) const {
    return node.create<SelectOp>(node.create<GreaterOp>(x(), number(0)),
                                 positive, other);
  }
  /// x log(y), and 0 where x is unless y is no number. With x = 0 the logarithm
  /// is taken of positive finite numbers only.
  mlir::Value timesLog(mlir::Value y) const {
    mlir::Value infinity = number(std::numeric_limits<double>::infinity());
    mlir::Value isZero = node.create<EqualOp>(x(), number(0));
    mlir::Value isEnd =
        node.create<OrOp>(node.create<LessEqualOp>(y, number(0)),
                          node.create<EqualOp>(y, infinity));
    mlir::Value isNothing = node.create<AndOp>(isZero, isEnd);
    mlir::Value inside = node.create<SelectOp>(isNothing, number(1), y);
    return mul(x(), node.create<LogOp>(inside));
  }
  /// y from `least` to `most`.
  mlir::Value between(mlir::Value y, double least, double most) const {
    y = limit(node, y, number(least), BoundSide::Least);
    return limit(node, y, number(most), BoundSide::Most);
  }
  /// `above` x where x is above 0, else `below` (exp(`rate` x) - 1).
  mlir::Value elu(double above, double below, double rate) const {
    return node.create<EluOp>(x(), llvm::APFloat(above), llvm::APFloat(below),
                              llvm::APFloat(rate));
  }
  /// alpha x + beta, from 0 to 1.
  mlir::Value hardSigmoid(double alpha, double beta) const {
    return between(add(mul(x(), alpha), beta), 0, 1);
  }
  /// x + 3, from 0 to 6.
  mlir::Value relu6Of3() const { return between(add(x(), 3), 0, 6); }

  mlir::Value tan() const {
    return node.create<DivOp>(node.create<SinOp>(x()), node.create<CosOp>(x()));
  }
  /// (exp(x) + exp(-x)) / 2 by t = exp(|x| / 2), whose square overflows no
  /// earlier than the result.
  mlir::Value cosh() const {
    mlir::Value t = node.create<ExpOp>(mul(node.create<AbsOp>(x()), 0.5));
    mlir::Value up = mul(mul(t, 0.5), t);
    mlir::Value down =
        node.create<DivOp>(node.create<DivOp>(number(0.5), t), t);
    return node.create<AddOp>(up, down);
  }
  /// cosh(x) tanh(x): exact near 0, where the exponentials cancel.
  mlir::Value sinh() const { return mul(cosh(), node.create<TanhOp>(x())); }
  /// atan(x / sqrt((1 - x)(1 + x))).
  mlir::Value asin() const {
    mlir::Value square = mul(add(x(), 1), add(node.create<NegOp>(x()), 1));
    return node.create<AtanOp>(
        node.create<DivOp>(x(), node.create<SqrtOp>(square)));
  }
  /// 2 atan(sqrt((1 - x) / (1 + x))).
  mlir::Value acos() const {
    mlir::Value quotient =
        node.create<DivOp>(add(node.create<NegOp>(x()), 1), add(x(), 1));
    return mul(node.create<AtanOp>(node.create<SqrtOp>(quotient)), 2);
  }
  /// `small(y)`, or log(2 y) where y^2 might overflow and adds nothing.
  template <typename Small>
  mlir::Value logOfDouble(mlir::Value y, Small small) const {
    bool isHalf = llvm::isa<mlir::Float16Type>(type);
    mlir::Value isLarge = node.create<GreaterOp>(y, number(isHalf ? 128 : 1e9));
    mlir::Value inside = node.create<SelectOp>(isLarge, number(1), y);
    mlir::Value outside = node.create<SelectOp>(isLarge, y, number(1));
    return node.create<SelectOp>(
        isLarge, add(node.create<LogOp>(outside), 0.69314718055994531),
        small(inside));
  }
  /// log(1 + y + y^2 / (1 + sqrt(1 + y^2))) of y = |x|, with the sign of x. At
  /// 0 y is x, so that the derivative is 1.
  mlir::Value asinh() const {
    mlir::Value isBelow = node.create<LessOp>(x(), number(0));
    mlir::Value magnitude =
        node.create<SelectOp>(isBelow, node.create<NegOp>(x()), x());
    mlir::Value result = logOfDouble(magnitude, [&](mlir::Value y) {
      mlir::Value square = mul(y, y);
      mlir::Value root = node.create<SqrtOp>(add(square, 1));
      mlir::Value part = node.create<DivOp>(square, add(root, 1));
      return node.create<Log1pOp>(node.create<AddOp>(y, part));
    });
    return node.create<SelectOp>(isBelow, node.create<NegOp>(result), result);
  }
  /// log(1 + t + sqrt(2 t + t^2)) of t = x - 1.
  mlir::Value acosh() const {
    return logOfDouble(x(), [&](mlir::Value y) {
      mlir::Value t = add(y, -1);
      mlir::Value root = node.create<SqrtOp>(mul(t, add(t, 2)));
      return node.create<Log1pOp>(node.create<AddOp>(t, root));
    });
  }
  /// log(1 + 2 x / (1 - x)) / 2.
  mlir::Value atanh() const {
    mlir::Value quotient =
        node.create<DivOp>(mul(x(), 2), add(node.create<NegOp>(x()), 1));
    return mul(node.create<Log1pOp>(quotient), 0.5);
  }
};

} // namespace dtc

#endif // DTC_OPS_ELEMENTWISE_FORMULA_H
