//===- ChoicesFromTorch.cpp - Casts and choices of ATen -------------------===//
//
// Casts, choices by masks, limits, values written over others, and assertions,
// which hold or say that the model does not fit these sizes.
//
//===----------------------------------------------------------------------===//

#include "ChoicesFromTorch.h"
#include "Formula.h"

#include <limits>

using namespace mlir;
using namespace dtc;

static NodeResults importCast(TorchNode &node) {
  Value input = node.tensor("self");
  node.ignore("copy");
  Type type = node.elementType("dtype");
  return {type ? node.cast(input, type) : input};
}

static NodeResults importCastLike(TorchNode &node) {
  node.ignore("copy");
  return {node.cast(node.tensor("self"), node.element(node.tensor("other")))};
}

static NodeResults importWhere(TorchNode &node) {
  static constexpr StringRef names[] = {"self", "other"};
  Type type = node.promote(names);
  return {node.create<SelectOp>(node.cast(node.tensor("condition"), node.i1()),
                                node.operand("self", type),
                                node.operand("other", type))};
}

static NodeResults importMaskedFill(TorchNode &node) {
  Value input = node.tensor("self"), mask = node.tensor("mask");
  Type type = node.element(input);
  Value value = node.operand("value", type);
  const HostTensor *known = node.known(value);
  if (known && known->size() == 1)
    return {node.create<MaskedFillOp>(input, mask,
                                      llvm::APFloat(known->getDouble(0)))};
  return {node.create<SelectOp>(mask, value, input)};
}

/// min(max(x, low), high): where the bounds cross, the upper one wins.
static NodeResults importClamp(TorchNode &node) {
  SmallVector<StringRef> names{"self"};
  for (StringRef name : {"min", "max"})
    if (node.has(name))
      names.push_back(name);
  Type type = node.promote(names);
  Value value = node.operand("self", type);
  bool areTensors = node.target() == "aten.clamp.Tensor";
  for (StringRef name : ArrayRef(names).drop_front()) {
    Value bound = node.operand(name, type);
    bool isLeast = name == "min";
    if (!areTensors)
      value = limit(node, value, bound,
                    isLeast ? BoundSide::Least : BoundSide::Most);
    else
      value = isLeast ? node.create<MaximumOp>(value, bound)
                      : node.create<MinimumOp>(value, bound);
  }
  return {value};
}

/// Equal, or closer than atol + rtol * |other| and not infinitely far.
static NodeResults importIsClose(TorchNode &node) {
  static constexpr StringRef names[] = {"self", "other"};
  Type common = node.promote(names);
  double relative = node.real("rtol", 1e-5), absolute = node.real("atol", 1e-8);
  bool takesNan = node.flag("equal_nan", false);
  if (node.failed())
    return {};
  Value first = node.asFloat(node.operand("self", common)),
        second = node.asFloat(node.operand("other", common));
  Type type = node.element(first);
  Value distance = node.create<AbsOp>(node.create<SubOp>(first, second));
  Value allowed = node.create<AddOp>(node.create<AbsOp>(node.create<MulOp>(
                                         second, node.scalar(relative, type))),
                                     node.scalar(absolute, type));
  Value isFinite = node.create<LessOp>(
      distance, node.scalar(std::numeric_limits<double>::infinity(), type));
  Value isNear =
      node.create<AndOp>(isFinite, node.create<LessEqualOp>(distance, allowed));
  Value result = node.create<OrOp>(
      isNear, node.create<EqualOp>(node.operand("self", common),
                                   node.operand("other", common)));
  if (takesNan)
    result = node.create<OrOp>(
        result, node.create<AndOp>(node.create<IsNanOp>(first),
                                   node.create<IsNanOp>(second)));
  return {result};
}

/// The source in the type and shape of what it is copied over.
static NodeResults importCopy(TorchNode &node) {
  Value target = node.tensor("self");
  return {node.broadcast(node.cast(node.tensor("src"), node.element(target)),
                         node.shape(target))};
}

static NodeResults importFill(TorchNode &node) {
  Value target = node.tensor("self");
  return {node.broadcast(node.operand("value", node.element(target)),
                         node.shape(target))};
}

static NodeResults importZero(TorchNode &node) {
  Value target = node.tensor("self");
  return {
      node.broadcast(node.scalar(0, node.element(target)), node.shape(target))};
}

/// What the exporter checked: the type is as it was.
static NodeResults importAssertion(TorchNode &node) {
  for (StringRef name : {"size", "stride", "dtype", "a", "self", "assert_msg"})
    node.ignore(name);
  return {};
}

/// A condition on sizes; those of tensors are not known here.
static NodeResults importAssertedScalar(TorchNode &node) {
  auto value = node.number("self");
  std::string condition = node.text("assert_msg", "an assertion fails").str();
  if (value && value->real == 0)
    node.error("the model does not hold for these sizes: " + condition);
  return {};
}

/// A size that depends on values in torch and is known here.
static NodeResults importAssertedRange(TorchNode &node) {
  auto value = node.number("size");
  auto least = node.number("min"), most = node.number("max");
  bool holds = value && !(least && value->real < least->real) &&
               !(most && value->real > most->real);
  if (value && !holds)
    node.error("the model does not hold for these sizes: the size " +
               Twine(value->integer) + " is out of its range");
  return {};
}

void dtc::registerChoiceTorchImporters(TorchImporters &importers) {
  for (StringRef target : {"aten.to.dtype", "aten.to.device",
                           "aten.to.dtype_layout", "aten.to.prim_Device"})
    importers.addView(target, importCast, writeReshaped);
  importers.addView("aten.to.other", importCastLike, writeReshaped);
  importers.addView("aten.type_as.default", importCastLike, writeReshaped);
  importers.add("aten._to_copy.default", importCast);
  for (StringRef target : {"aten.where.self", "aten.where.ScalarSelf",
                           "aten.where.ScalarOther", "aten.where.Scalar"})
    importers.add(target, importWhere);
  importers.add("aten.masked_fill.Scalar", importMaskedFill);
  importers.add("aten.masked_fill.Tensor", importMaskedFill);
  importers.add("aten.clamp.default", importClamp);
  importers.add("aten.clamp.Tensor", importClamp);
  importers.add("aten.clamp_min.default", importClamp);
  importers.add("aten.clamp_max.default", importClamp);
  importers.add("aten.isclose.default", importIsClose);
  importers.add("aten.copy.default", importCopy);
  importers.add("aten.fill.Scalar", importFill);
  importers.add("aten.fill.Tensor", importFill);
  importers.add("aten.zero.default", importZero);
  importers.add("aten._assert_tensor_metadata.default", importAssertion);
  importers.add("aten._assert_async.msg", importAssertion);
  importers.add("aten._assert_scalar.default", importAssertedScalar);
  importers.add("aten.sym_constrain_range.default", importAssertedRange);
  importers.add("aten.sym_constrain_range_for_size.default",
                importAssertedRange);
}
