//===- OptimizerStep.cpp - What an optimizer makes of gradients -----------===//
//
// States are called `optimizer.KIND.PARAMETER`, the count of steps
// `optimizer.step`. Half types compute in f32 and are rounded once.
//
//===----------------------------------------------------------------------===//

#include "OptimizerStep.h"

using namespace mlir;
using namespace dtc;
using plan::OptimizerKind;

static std::string stateName(StringRef kind, StringRef parameter) {
  return ("optimizer." + kind + "." + parameter).str();
}

SmallVector<std::string> OptimizerStep::stateNames(StringRef parameter) const {
  if (optimizer.kind == OptimizerKind::AdamW)
    return {stepStateName.str(), stateName("exp_avg", parameter),
            stateName("exp_avg_sq", parameter)};
  if (optimizer.momentum != 0)
    return {stateName("momentum_buffer", parameter)};
  return {};
}

Value OptimizerStep::state(StringRef name, RankedTensorType type,
                           LayoutAttr layout) {
  OpBuilder &builder = b.getBuilder();
  return StateOp::create(builder, b.getLoc(), type, builder.getStringAttr(name),
                         builder.getF64FloatAttr(0), layout, TypeAttr());
}

static Type wideElement(Value value) {
  Type element = elementOf(value);
  return element.getIntOrFloatBitWidth() < 32
             ? Type(Float32Type::get(value.getContext()))
             : element;
}

Value OptimizerStep::stateOf(ParameterOp parameter, StringRef kind) {
  Value value = state(stateName(kind, parameter.getName()),
                      tensorType(parameter.getResult()), stateLayout);
  if (stateLayout != parameter.getLayoutAttr())
    target = value;
  return b.cast(value, wideElement(value));
}

void OptimizerStep::setState(ParameterOp parameter, StringRef kind,
                             Value value) {
  OpBuilder &builder = b.getBuilder();
  UpdateOp::create(builder, b.getLoc(),
                   builder.getStringAttr(stateName(kind, parameter.getName())),
                   b.cast(value, elementOf(parameter.getResult())), TypeAttr());
}

/// The value where the states are.
Value OptimizerStep::held(Value value) {
  return target ? b.placeLike(value, target) : value;
}

/// torch.optim.SGD without dampening.
Value OptimizerStep::updateSgd(ParameterOp parameter, Value value,
                               Value gradient) {
  Value buffer;
  if (optimizer.momentum != 0)
    buffer = stateOf(parameter, "momentum_buffer");
  value = held(value);
  gradient = held(gradient);
  if (optimizer.weightDecay != 0)
    gradient = b.add(gradient, b.mul(value, optimizer.weightDecay));
  if (buffer) {
    buffer = b.add(b.mul(buffer, optimizer.momentum), gradient);
    setState(parameter, "momentum_buffer", buffer);
    gradient = optimizer.nesterov
                   ? b.add(gradient, b.mul(buffer, optimizer.momentum))
                   : buffer;
  }
  return b.sub(value, b.mul(gradient, optimizer.lr));
}

/// What depends on the number of steps alone, once for all parameters.
void OptimizerStep::countStep() {
  if (stepSize)
    return;
  OpBuilder &builder = b.getBuilder();
  Value before =
      state(stepStateName, RankedTensorType::get({}, builder.getF64Type()), {});
  Value step = b.add(before, 1);
  UpdateOp::create(builder, b.getLoc(), builder.getStringAttr(stepStateName),
                   step, TypeAttr());
  auto correction = [&](double beta) {
    return b.subFrom(1, b.make<PowOp>(b.scalar(beta, step), step));
  };
  stepSize = b.div(b.scalar(optimizer.lr, step), correction(optimizer.beta1));
  denominatorScale = b.make<SqrtOp>(correction(optimizer.beta2));
}

/// torch.optim.AdamW.
Value OptimizerStep::updateAdamW(ParameterOp parameter, Value value,
                                 Value gradient) {
  countStep();
  Type element = elementOf(value);
  Value mean = stateOf(parameter, "exp_avg");
  value = held(value);
  gradient = held(gradient);
  value = b.mul(value, 1 - optimizer.lr * optimizer.weightDecay);
  mean = b.add(mean, b.mul(b.sub(gradient, mean), 1 - optimizer.beta1));
  setState(parameter, "exp_avg", mean);
  Value squares = stateOf(parameter, "exp_avg_sq");
  squares = b.add(b.mul(squares, optimizer.beta2),
                  b.mul(b.square(gradient), 1 - optimizer.beta2));
  setState(parameter, "exp_avg_sq", squares);
  Value root =
      b.div(b.make<SqrtOp>(squares), b.cast(denominatorScale, element));
  Value direction = b.div(mean, b.add(root, optimizer.eps));
  return b.sub(value, b.mul(direction, b.cast(stepSize, element)));
}

Value OptimizerStep::update(ParameterOp parameter, Value gradient,
                            LayoutAttr layout) {
  stateLayout = layout;
  target = Value();
  Value before = parameter.getResult();
  Type wide = wideElement(before);
  Value value = b.cast(before, wide);
  gradient = b.cast(gradient, wide);
  value = optimizer.kind == OptimizerKind::Sgd
              ? updateSgd(parameter, value, gradient)
              : updateAdamW(parameter, value, gradient);
  value = b.cast(value, elementOf(before));
  if (target)
    value = b.placeLike(value, before);
  UpdateOp::create(b.getBuilder(), b.getLoc(), parameter.getNameAttr(), value,
                   TypeAttr());
  return value;
}
