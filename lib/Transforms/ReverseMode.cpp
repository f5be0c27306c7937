//===- ReverseMode.cpp - The backward half of a program -------------------===//
//
// 1. Forwards: a value is active when it is a floating-point number that
//    depends on a source. Nothing else needs a gradient.
// 2. Backwards: an op that has an active operand and the gradient of some
//    result builds its operands' gradients; several uses of a value are added
//    up in the order in which they are met.
//
//===----------------------------------------------------------------------===//

#include "ReverseMode.h"

#include "dtc/IR/Gradient.h"

using namespace mlir;
using namespace dtc;

static bool isFloatTensor(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  return type && isa<FloatType>(type.getElementType());
}

void ReverseMode::addSource(Value value, StringRef name) {
  active[value] = name.str();
}

void ReverseMode::findActive(ArrayRef<Operation *> ops) {
  for (Operation *op : ops) {
    auto source = llvm::find_if(op->getOperands(), [&](Value operand) {
      return active.count(operand);
    });
    if (source == op->operand_end())
      continue;
    std::string name = active[*source];
    for (Value result : op->getResults())
      if (isFloatTensor(result))
        active.try_emplace(result, name);
  }
}

/// Adds to the gradient of an operand of `op`.
LogicalResult ReverseMode::add(Operation *op, unsigned operand,
                               Value gradient) {
  Value value = op->getOperand(operand);
  if (gradient.getType() != value.getType())
    return op->emitOpError()
           << "expected a gradient of " << value.getType() << " for operand "
           << operand << ", got " << gradient.getType();
  Value &sum = gradients[value];
  if (sum)
    gradient =
        AddOp::create(builder, gradient.getLoc(), sum, gradient).getResult();
  sum = gradient;
  return success();
}

LogicalResult ReverseMode::differentiate(Operation *op) {
  SmallVector<Value> results;
  for (Value result : op->getResults())
    results.push_back(gradients.lookup(result));
  llvm::BitVector wanted(op->getNumOperands());
  std::string source;
  for (auto [index, operand] : llvm::enumerate(op->getOperands()))
    if (auto entry = active.find(operand); entry != active.end()) {
      wanted.set(index);
      source = entry->second;
    }
  bool flows = llvm::any_of(results, [](Value value) { return bool(value); });
  if (wanted.none() || !flows)
    return success();
  auto differentiable = dyn_cast<DifferentiableInterface>(op);
  if (!differentiable) {
    InFlightDiagnostic error = op->emitOpError()
                               << "has no gradient, expected one on the way "
                                  "from '"
                               << source << "' to the loss";
    error.attachNote() << "leave '" << source
                       << "' out of 'trainable', or use another op";
    return error;
  }
  GradientBuilder rule(builder, op, results, wanted);
  if (failed(differentiable.differentiate(rule)))
    return failure();
  for (unsigned index : wanted.set_bits())
    if (Value gradient = rule.get(index))
      if (failed(add(op, index, gradient)))
        return failure();
  return success();
}

LogicalResult ReverseMode::run(ArrayRef<Operation *> ops, Value output,
                               Value gradient) {
  findActive(ops);
  if (active.count(output))
    gradients[output] = gradient;
  for (Operation *op : llvm::reverse(ops))
    if (failed(differentiate(op)))
      return failure();
  return success();
}
