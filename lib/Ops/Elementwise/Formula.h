//===- Formula.h - Activations as compositions ------------------*- C++ -*-===//
//
// Formulas that importers of several model formats share. Each is written so
// that it is exact near 0 and does not overflow where it is not chosen.
//
//===----------------------------------------------------------------------===//

#ifndef DTC_OPS_ELEMENTWISE_FORMULA_H
#define DTC_OPS_ELEMENTWISE_FORMULA_H

#include "dtc/Import/ImportNode.h"

#include <cmath>
#include <limits>

namespace dtc {

/// `value`, or `bound` where it is not above (`OpT` is LessEqualOp) or not
/// below (GreaterEqualOp) that. Where they are equal the derivative is 0, as of
/// torch's clamp by numbers; the maximum and minimum of tensors share it. A
/// bound that may be NaN makes that the result.
template <typename OpT>
mlir::Value limit(ImportNode &node, mlir::Value value, mlir::Value bound) {
  const HostTensor *known = bound ? node.known(bound) : nullptr;
  if (known && known->size() == 1 && !std::isnan(known->getDouble(0)))
    return node.create<SelectOp>(node.create<OpT>(value, bound), bound, value);
  if constexpr (std::is_same_v<OpT, LessEqualOp>)
    return node.create<MaximumOp>(value, bound);
  else
    return node.create<MinimumOp>(value, bound);
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
  /// exp(y) - 1 = tanh(y / 2) (exp(y) + 1) of y = min(x, 0): exact near 0, and
  /// no overflow where it is not chosen. At 0 y is x.
  mlir::Value expMinusOne(double scale = 1) const {
    mlir::Value y = mul(choose(number(0), x()), scale);
    mlir::Value tanh = node.create<TanhOp>(mul(y, 0.5));
    return mul(tanh, add(node.create<ExpOp>(y), 1));
  }
  /// log(1 + y) = y log(w) / (w - 1) with w the rounded 1 + y, and y where w is
  /// 1: exact near 0 (Goldberg: "What every computer scientist should know
  /// about floating-point arithmetic", 1991). What is not chosen is finite, and
  /// so is its gradient.
  mlir::Value logOnePlus(mlir::Value y) const {
    mlir::Value w = add(y, 1);
    mlir::Value is1 = node.create<EqualOp>(w, number(1));
    mlir::Value infinity = number(std::numeric_limits<double>::infinity());
    mlir::Value isLarge = node.create<EqualOp>(w, infinity);
    mlir::Value isChosen = node.create<NotOp>(node.create<OrOp>(is1, isLarge));
    mlir::Value other = node.create<SelectOp>(isChosen, w, number(2));
    mlir::Value part = node.create<SelectOp>(isChosen, y, number(1));
    mlir::Value quotient =
        node.create<DivOp>(node.create<LogOp>(other), add(other, -1));
    mlir::Value result = node.create<SelectOp>(is1, y, mul(part, quotient));
    return node.create<SelectOp>(isLarge, node.create<LogOp>(w), result);
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
  /// log(1 + exp(x)) = max(x, 0) + log(1 + exp(-|x|)). At 0 the maximum is
  /// flat and -|x| is x, so that the derivative is 1/2.
  mlir::Value softplus() const {
    mlir::Value isAbove = node.create<GreaterOp>(x(), number(0));
    mlir::Value below =
        node.create<SelectOp>(isAbove, node.create<NegOp>(x()), x());
    mlir::Value tail = logOnePlus(node.create<ExpOp>(below));
    mlir::Value head = node.create<SelectOp>(isAbove, x(), number(0));
    return node.create<AddOp>(head, tail);
  }
  /// y from `least` to `most`, with the derivative 0 at both. NaN stays.
  mlir::Value between(mlir::Value y, double least, double most) const {
    y = limit<LessEqualOp>(node, y, number(least));
    return limit<GreaterEqualOp>(node, y, number(most));
  }
  /// alpha x + beta, from 0 to 1. Where it reaches them is said of x, too, as
  /// the product may be rounded to the inside.
  mlir::Value hardSigmoid(double alpha, double beta) const {
    mlir::Value line = between(add(mul(x(), alpha), beta), 0, 1);
    if (!(alpha > 0))
      return line;
    mlir::Value isBelow = node.create<LessEqualOp>(x(), number(-beta / alpha));
    mlir::Value isAbove =
        node.create<GreaterEqualOp>(x(), number((1 - beta) / alpha));
    line = node.create<SelectOp>(isBelow, number(0), line);
    return node.create<SelectOp>(isAbove, number(1), line);
  }

  mlir::Value tan() const {
    return node.create<DivOp>(node.create<SinOp>(x()), node.create<CosOp>(x()));
  }
  /// (exp(x) + exp(-x)) / 2.
  mlir::Value cosh() const {
    mlir::Value up = node.create<ExpOp>(x());
    mlir::Value down = node.create<ExpOp>(node.create<NegOp>(x()));
    return mul(node.create<AddOp>(up, down), 0.5);
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
  /// log(1 + y + y^2 / (1 + sqrt(1 + y^2))) of y = |x|, with the sign of x. At
  /// 0 y is x, so that the derivative is 1.
  mlir::Value asinh() const {
    mlir::Value isBelow = node.create<LessOp>(x(), number(0));
    mlir::Value y =
        node.create<SelectOp>(isBelow, node.create<NegOp>(x()), x());
    mlir::Value square = mul(y, y);
    mlir::Value root = node.create<SqrtOp>(add(square, 1));
    mlir::Value part = node.create<DivOp>(square, add(root, 1));
    mlir::Value result = logOnePlus(node.create<AddOp>(y, part));
    return node.create<SelectOp>(isBelow, node.create<NegOp>(result), result);
  }
  /// log(1 + t + sqrt(2 t + t^2)) of t = x - 1.
  mlir::Value acosh() const {
    mlir::Value t = add(x(), -1);
    mlir::Value root = node.create<SqrtOp>(mul(t, add(t, 2)));
    return logOnePlus(node.create<AddOp>(t, root));
  }
  /// log(1 + 2 x / (1 - x)) / 2.
  mlir::Value atanh() const {
    mlir::Value quotient =
        node.create<DivOp>(mul(x(), 2), add(node.create<NegOp>(x()), 1));
    return mul(logOnePlus(quotient), 0.5);
  }
};

} // namespace dtc

#endif // DTC_OPS_ELEMENTWISE_FORMULA_H
