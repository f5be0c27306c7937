//===- ErrorsFromTorch.cpp - Losses of elements, of ATen ------------------===//
//
// Losses that compare two tensors element by element, then sum or average.
// Those of labels are in Softmax/LossFromTorch.cpp.
//
//===----------------------------------------------------------------------===//

#include "ErrorsFromTorch.h"
#include "Formula.h"

using namespace mlir;
using namespace dtc;

/// As the node says: 0 each element's, 1 the mean, 2 the sum.
static NodeResults reduced(TorchNode &node, Value loss) {
  int64_t reduction = node.integer("reduction", 1);
  SmallVector<int64_t> all =
      llvm::to_vector(llvm::seq<int64_t>(0, node.rank(loss)));
  if (reduction == 0)
    return {loss};
  if (reduction == 1)
    return {node.create<ReduceMeanOp>(loss, all, false)};
  if (reduction == 2)
    return {node.create<ReduceSumOp>(loss, all, false)};
  return {node.error("argument 'reduction': expected 0, 1 or 2, got " +
                     Twine(reduction))};
}

namespace {
/// The operands in their common float type.
struct Compared {
  Value self, target;

  explicit Compared(TorchNode &node) {
    static constexpr StringRef names[] = {"self", "target"};
    Type type = node.promote(names);
    if (type && !isa<FloatType>(type))
      node.error("expected floats, got integers");
    self = node.operand("self", type);
    target = node.operand("target", type);
  }
};
} // namespace

static NodeResults importSquaredError(TorchNode &node) {
  Compared of(node);
  Value error = node.create<SubOp>(of.self, of.target);
  return reduced(node, node.create<MulOp>(error, error));
}

static Value absoluteError(TorchNode &node, const Compared &of) {
  return node.create<AbsOp>(node.create<SubOp>(of.self, of.target));
}

static NodeResults importAbsoluteError(TorchNode &node) {
  return reduced(node, absoluteError(node, Compared(node)));
}

/// With e = |self - target|: e^2 / 2 / beta below beta, e - beta / 2 above.
static NodeResults importSmoothError(TorchNode &node) {
  double beta = node.real("beta", 1);
  Formula e(node, absoluteError(node, Compared(node)));
  if (node.failed() || !(beta >= 0))
    return {node.error("argument 'beta': expected a number from 0")};
  if (beta == 0)
    return reduced(node, e.x());
  Value square = e.mul(e.mul(e.x(), e.x()), 0.5 / beta);
  Value isSmall = node.create<LessOp>(e.x(), e.number(beta));
  return reduced(
      node, node.create<SelectOp>(isSmall, square, e.add(e.x(), -beta / 2)));
}

/// With e = |self - target|: e^2 / 2 up to delta, delta (e - delta / 2) above.
static NodeResults importHuber(TorchNode &node) {
  double delta = node.real("delta", 1);
  Formula e(node, absoluteError(node, Compared(node)));
  if (node.failed() || !(delta > 0))
    return {node.error("argument 'delta': expected a number above 0")};
  Value square = e.mul(e.mul(e.x(), e.x()), 0.5);
  Value isSmall = node.create<LessEqualOp>(e.x(), e.number(delta));
  return reduced(node,
                 node.create<SelectOp>(isSmall, square,
                                       e.mul(e.add(e.x(), -delta / 2), delta)));
}

static Value weighted(TorchNode &node, Value loss) {
  Value weight = node.optionalTensor("weight");
  if (!weight)
    return loss;
  return node.create<MulOp>(loss, node.cast(weight, node.element(loss)));
}

/// -(target log(self) + (1 - target) log(1 - self)), logarithms from -100.
static NodeResults importBinaryCrossEntropy(TorchNode &node) {
  Compared of(node);
  Formula p(node, of.self), t(node, of.target);
  Value rest = p.add(node.create<NegOp>(p.x()), 1);
  Value hit = t.mul(t.x(), p.max(node.create<LogOp>(p.x()), -100));
  Value miss = t.mul(t.add(node.create<NegOp>(t.x()), 1),
                     p.max(node.create<LogOp>(rest), -100));
  Value loss = node.create<NegOp>(node.create<AddOp>(hit, miss));
  return reduced(node, weighted(node, loss));
}

/// (1 - target) self + (1 + (pos_weight - 1) target) log(1 + exp(-self)).
static NodeResults importLogitCrossEntropy(TorchNode &node) {
  Compared of(node);
  Formula t(node, of.target), negative(node, node.create<NegOp>(of.self));
  Value tail = negative.softplus();
  if (Value positive = node.optionalTensor("pos_weight")) {
    Value excess = t.add(node.cast(positive, t.type), -1);
    tail = t.mul(t.add(t.mul(excess, t.x()), 1), tail);
  }
  Value head = t.mul(t.add(node.create<NegOp>(t.x()), 1), of.self);
  return reduced(node, weighted(node, node.create<AddOp>(head, tail)));
}

/// target (log(target) - self), 0 where the target is; exp(target) (target -
/// self) of logarithms.
static NodeResults importDivergence(TorchNode &node) {
  Compared of(node);
  Formula t(node, of.target);
  if (node.flag("log_target", false))
    return reduced(node, t.mul(node.create<ExpOp>(t.x()),
                               node.create<SubOp>(t.x(), of.self)));
  Value isZero = node.create<EqualOp>(t.x(), t.number(0));
  Value entropy = node.create<SelectOp>(
      isZero, t.number(0), t.mul(t.x(), node.create<LogOp>(t.x())));
  return reduced(node, node.create<SubOp>(entropy, t.mul(t.x(), of.self)));
}

void dtc::registerErrorTorchImporters(TorchImporters &importers) {
  importers.add("aten.mse_loss.default", importSquaredError);
  importers.add("aten.l1_loss.default", importAbsoluteError);
  importers.add("aten.smooth_l1_loss.default", importSmoothError);
  importers.add("aten.huber_loss.default", importHuber);
  importers.add("aten.binary_cross_entropy.default", importBinaryCrossEntropy);
  importers.add("aten.binary_cross_entropy_with_logits.default",
                importLogitCrossEntropy);
  importers.add("aten.kl_div.default", importDivergence);
}
