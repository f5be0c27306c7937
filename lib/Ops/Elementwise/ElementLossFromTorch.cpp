//===- ElementLossFromTorch.cpp - Losses of elements, of ATen -------------===//
//
// Losses that compare two tensors element by element, then sum or average. f16
// and bf16 are computed on in f32. Those of labels are in
// Softmax/LossFromTorch.cpp.
//
//===----------------------------------------------------------------------===//

#include "ElementLossFromTorch.h"
#include "Formula.h"
#include "dtc/Import/LossReduction.h"

using namespace mlir;
using namespace dtc;

namespace {
/// A loss's operands in the float type that it is computed in.
class Compared {
public:
  explicit Compared(TorchNode &node) : node(node) {
    static constexpr StringRef names[] = {"self", "target"};
    type = node.promote(names);
    if (type && !isa<FloatType>(type))
      node.error("expected floats, got integers");
    bool isNarrow = type && type.getIntOrFloatBitWidth() < 32;
    computed = isNarrow ? node.f32() : type;
    self = node.operand("self", computed);
    target = node.operand("target", computed);
  }

  NodeResults reduce(Value loss) const;
  Value optional(StringRef name) const {
    Value value = node.optionalTensor(name);
    return value ? node.cast(value, computed) : value;
  }
  /// |self - target|.
  Formula distance() const {
    return {node, node.create<AbsOp>(node.create<SubOp>(self, target))};
  }

  TorchNode &node;
  Value self, target;

private:
  Type type, computed;
};
} // namespace

/// Weighted and reduced as the node says.
NodeResults Compared::reduce(Value loss) const {
  if (Value weight = optional("weight"))
    loss = node.create<MulOp>(loss, weight);
  return {node.cast(reduceLosses(node, loss, lossReduction(node)), type)};
}

static NodeResults importSquaredError(TorchNode &node) {
  Compared of(node);
  Value error = node.create<SubOp>(of.self, of.target);
  return of.reduce(node.create<MulOp>(error, error));
}

static NodeResults importAbsoluteError(TorchNode &node) {
  Compared of(node);
  return of.reduce(of.distance().x());
}

/// With e = |self - target|: e^2 / 2 / beta below beta, e - beta / 2 above.
static NodeResults importSmoothError(TorchNode &node) {
  double beta = node.real("beta", 1);
  Compared of(node);
  Formula e = of.distance();
  if (node.failed() || !(beta >= 0))
    return {node.error("argument 'beta': expected a number from 0")};
  if (beta == 0)
    return of.reduce(e.x());
  Value isSmall = node.create<LessOp>(e.x(), e.number(beta));
  Value near = node.create<SelectOp>(isSmall, e.x(), e.number(0));
  Value square =
      e.mul(e.mul(near, 0.5), node.create<DivOp>(near, e.number(beta)));
  return of.reduce(
      node.create<SelectOp>(isSmall, square, e.add(e.x(), -beta / 2)));
}

/// With e = |self - target|: e^2 / 2 up to delta, delta (e - delta / 2) above.
static NodeResults importHuber(TorchNode &node) {
  double delta = node.real("delta", 1);
  Compared of(node);
  Formula e = of.distance();
  if (node.failed() || !(delta > 0))
    return {node.error("argument 'delta': expected a number above 0")};
  Value isSmall = node.create<LessEqualOp>(e.x(), e.number(delta));
  Value near = node.create<SelectOp>(isSmall, e.x(), e.number(0));
  Value square = e.mul(e.mul(near, near), 0.5);
  return of.reduce(node.create<SelectOp>(
      isSmall, square, e.mul(e.add(e.x(), -delta / 2), delta)));
}

/// -(target log(self) + (1 - target) log(1 - self)), logarithms from -100.
/// Where one is of 0 its gradient is 0: torch's is 1e12, which the derivative
/// of a saturated sigmoid takes to 0. Between 0 and 1e-12 the gradient is the
/// loss's own, where torch's stays below 1e12.
static NodeResults importBinaryCrossEntropy(TorchNode &node) {
  Compared of(node);
  Formula p(node, of.self), t(node, of.target);
  // The logarithm of p or 1 - p; where p is `end` it would be of 0.
  auto logUnless = [&](double end, auto makeLog) {
    Value isEnd = node.create<EqualOp>(p.x(), p.number(end));
    Value inside = node.create<SelectOp>(isEnd, p.number(1 - end), p.x());
    return node.create<SelectOp>(isEnd, p.number(-100),
                                 p.max(makeLog(inside), -100));
  };
  Value hit = logUnless(0, [&](Value v) { return node.create<LogOp>(v); });
  Value miss = logUnless(
      1, [&](Value v) { return node.create<Log1pOp>(node.create<NegOp>(v)); });
  Value rest = t.add(node.create<NegOp>(t.x()), 1);
  Value sum = node.create<AddOp>(t.mul(t.x(), hit), t.mul(rest, miss));
  return of.reduce(node.create<NegOp>(sum));
}

/// (1 - target) self + (1 + (pos_weight - 1) target) log(1 + exp(-self)).
static NodeResults importLogitCrossEntropy(TorchNode &node) {
  Compared of(node);
  Formula t(node, of.target);
  Value tail = node.create<SoftplusOp>(node.create<NegOp>(of.self));
  if (Value positive = of.optional("pos_weight"))
    tail = t.mul(t.add(t.mul(t.add(positive, -1), t.x()), 1), tail);
  Value head = t.mul(t.add(node.create<NegOp>(t.x()), 1), of.self);
  return of.reduce(node.create<AddOp>(head, tail));
}

/// target (log(target) - self), 0 where the target is; exp(target) (target -
/// self) of logarithms.
static NodeResults importDivergence(TorchNode &node) {
  Compared of(node);
  Formula t(node, of.target);
  if (node.flag("log_target", false))
    return of.reduce(
        t.mul(node.create<ExpOp>(t.x()), node.create<SubOp>(t.x(), of.self)));
  return of.reduce(
      node.create<SubOp>(t.timesLog(t.x()), t.mul(t.x(), of.self)));
}

void dtc::registerElementLossTorchImporters(TorchImporters &importers) {
  importers.add("aten.mse_loss.default", importSquaredError);
  importers.add("aten.l1_loss.default", importAbsoluteError);
  importers.add("aten.smooth_l1_loss.default", importSmoothError);
  importers.add("aten.huber_loss.default", importHuber);
  importers.add("aten.binary_cross_entropy.default", importBinaryCrossEntropy);
  importers.add("aten.binary_cross_entropy_with_logits.default",
                importLogitCrossEntropy);
  importers.add("aten.kl_div.default", importDivergence);
}
