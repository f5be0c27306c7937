//===- ActivationGradient.cpp - Gradients of activations, as ops ----------===//
//
// Relu's is small enough to be looked for op by op. Of gelu's derivative, what
// differentiation would write is written aside and compared.
//
//===----------------------------------------------------------------------===//

#include "ActivationGradient.h"
#include "Elementwise/GeluDerivative.h"

#include "dtc/IR/ShapeInference.h"

#include "llvm/ADT/SetVector.h"

using namespace mlir;
using namespace dtc;
using namespace dtc::cpu;

//===----------------------------------------------------------------------===//
// Relu
//===----------------------------------------------------------------------===//

static bool isZero(Value value) {
  auto constant = value.getDefiningOp<ConstantOp>();
  auto dense = constant ? dyn_cast<DenseElementsAttr>(constant.getValue())
                        : DenseElementsAttr();
  return dense && dense.isSplat() && dense.getNumElements() > 0 &&
         isa<FloatType>(dense.getElementType()) &&
         dense.getSplatValue<APFloat>().isZero();
}

static bool isOfProduct(Value value) {
  return isa_and_nonnull<LinearOp, MatMulOp>(value.getDefiningOp()) &&
         value.hasOneUse();
}

Operation *dtc::cpu::findReluGradient(Value result) {
  for (Operation *user : result.getUsers()) {
    auto isAbove = dyn_cast<GreaterOp>(user);
    if (!isAbove || isAbove.getLhs() != result || !isZero(isAbove.getRhs()))
      continue;
    for (Operation *reader : isAbove->getUsers()) {
      auto select = dyn_cast<SelectOp>(reader);
      if (select && select->getOperand(0) == isAbove.getResult() &&
          isOfProduct(select->getOperand(1)) && isZero(select->getOperand(2)) &&
          select->getOperand(1).getType() == result.getType())
        return select;
    }
  }
  return nullptr;
}

//===----------------------------------------------------------------------===//
// Gelu
//===----------------------------------------------------------------------===//

/// Ops of the derivative; enough to find what it is of.
static constexpr size_t kMostOps = 32;

static bool isGeluByTanh(Operation *op) {
  auto gelu = dyn_cast<GeluOp>(op);
  return gelu && gelu.getTanh();
}

/// The value below `value`, through arithmetic, that a gelu is of.
static Value findGeluInput(Value value) {
  llvm::SetVector<Value> below;
  below.insert(value);
  for (size_t i = 0; i < below.size() && i < kMostOps; ++i) {
    if (llvm::any_of(below[i].getUsers(), isGeluByTanh))
      return below[i];
    if (Operation *op = below[i].getDefiningOp();
        isa_and_nonnull<AddOp, SubOp, MulOp, TanhOp>(op))
      below.insert(op->operand_begin(), op->operand_end());
  }
  return {};
}

namespace {

/// Compares what there is with what would be written.
class Comparison {
public:
  bool areEqual(Value found, Value written) {
    if (found == written)
      return true;
    Operation *op = found.getDefiningOp(), *other = written.getDefiningOp();
    if (!op || !other || op->getName() != other->getName() ||
        found.getType() != written.getType())
      return false;
    if (auto constant = dyn_cast<ConstantOp>(op))
      return constant.getValue() == cast<ConstantOp>(other).getValue();
    auto [known, isNew] = pairs.try_emplace(other, op);
    if (!isNew)
      return known->second == op;
    ops.push_back(op);
    return op->getNumOperands() == other->getNumOperands() &&
           llvm::all_of(llvm::zip(op->getOperands(), other->getOperands()),
                        [&](auto pair) {
                          return areEqual(std::get<0>(pair), std::get<1>(pair));
                        });
  }

  /// Those that were found, without constants.
  SmallVector<Operation *> ops;

private:
  DenseMap<Operation *, Operation *> pairs;
};

} // namespace

std::optional<GeluGradient> dtc::cpu::matchGeluGradient(Operation *op,
                                                        Value gradient) {
  if (!isa<MulOp>(op) || op->getOperand(1) != gradient ||
      op->getOperand(0).getType() != gradient.getType())
    return std::nullopt;
  Value derivative = op->getOperand(0);
  GeluGradient match;
  match.input = findGeluInput(derivative);
  if (!match.input || match.input.getType() != gradient.getType())
    return std::nullopt;
  Block aside;
  OpBuilder builder(op->getContext());
  builder.setInsertionPointToStart(&aside);
  TensorBuilder tensors(builder, op->getLoc());
  Comparison comparison;
  if (!comparison.areEqual(derivative,
                           tanhGeluDerivative(tensors, match.input)))
    return std::nullopt;
  match.derivative = std::move(comparison.ops);
  for (Operation *part : match.derivative)
    for (Operation *user : part->getUsers())
      if (user != op && !llvm::is_contained(match.derivative, user))
        return std::nullopt;
  return match;
}
