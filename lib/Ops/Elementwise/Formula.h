//===- Formula.h - Activations as compositions ------------------*- C++ -*-===//
//
// Formulas that importers of several model formats share. Each is written so
// that it is exact near 0 and does not overflow where it is not chosen.
//
//===----------------------------------------------------------------------===//

#ifndef DTC_OPS_ELEMENTWISE_FORMULA_H
#define DTC_OPS_ELEMENTWISE_FORMULA_H

#include "dtc/Import/ImportNode.h"

#include <limits>

namespace dtc {

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
  mlir::Value min(mlir::Value a, double b) const {
    return node.create<MinimumOp>(a, number(b));
  }
  /// `positive` where x > 0, else `other`.
  mlir::Value choose(mlir::Value positive, mlir::Value other) const {
    return node.create<SelectOp>(node.create<GreaterOp>(x(), number(0)),
                                 positive, other);
  }
  /// exp(y) - 1 = tanh(y / 2) (exp(y) + 1) of y = min(x, 0): exact near 0, and
  /// no overflow where it is not chosen.
  mlir::Value expMinusOne(double scale = 1) const {
    mlir::Value y = mul(min(x(), 0), scale);
    mlir::Value tanh = node.create<TanhOp>(mul(y, 0.5));
    return mul(tanh, add(node.create<ExpOp>(y), 1));
  }
  /// log(1 + y) = y log(w) / (w - 1) with w the rounded 1 + y, and y where w is
  /// 1: exact near 0 (Goldberg: "What every computer scientist should know
  /// about floating-point arithmetic", 1991).
  mlir::Value logOnePlus(mlir::Value y) const {
    mlir::Value w = add(y, 1);
    mlir::Value quotient =
        node.create<DivOp>(node.create<LogOp>(w), add(w, -1));
    mlir::Value is1 = node.create<EqualOp>(w, number(1));
    mlir::Value infinity = number(std::numeric_limits<double>::infinity());
    mlir::Value isLarge = node.create<EqualOp>(w, infinity);
    mlir::Value result = node.create<SelectOp>(is1, y, mul(y, quotient));
    return node.create<SelectOp>(isLarge, w, result);
  }
  /// log(1 + exp(x)) = max(x, 0) + log(1 + exp(-|x|)).
  mlir::Value softplus() const {
    mlir::Value magnitude = node.create<AbsOp>(x());
    mlir::Value tail =
        logOnePlus(node.create<ExpOp>(node.create<NegOp>(magnitude)));
    return node.create<AddOp>(node.create<ReluOp>(x()), tail);
  }
  /// max(0, min(1, alpha x + beta)).
  mlir::Value hardSigmoid(double alpha, double beta) const {
    return max(min(add(mul(x(), alpha), beta), 1), 0);
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
  /// sign(x) log(1 + y + y^2 / (1 + sqrt(1 + y^2))) of y = |x|.
  mlir::Value asinh() const {
    mlir::Value y = node.create<AbsOp>(x());
    mlir::Value square = mul(y, y);
    mlir::Value root = node.create<SqrtOp>(add(square, 1));
    mlir::Value part = node.create<DivOp>(square, add(root, 1));
    mlir::Value result = logOnePlus(node.create<AddOp>(y, part));
    return mul(node.create<SignOp>(x()), result);
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
