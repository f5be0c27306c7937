//===- DnnDescriptors.cpp - What callers tell cuDNN -----------------------===//

#include "DnnDescriptors.h"
#include <cstring>
#include <set>

using namespace dtc::runtime::cuda;

namespace dtc::emulated {
namespace {

enum class Need { Always, Perhaps };

struct Rule {
  int kind, attribute, elements;
  /// Elements that there must be, 0: any number.
  int64_t count;
  Need need;
};

constexpr int64_t kAny = 0;

constexpr Rule kRules[] = {
    {kDnnTensor, kDnnTensorType, kDnnTypes, 1, Need::Always},
    {kDnnTensor, kDnnTensorExtents, kDnnI64s, kAny, Need::Always},
    {kDnnTensor, kDnnTensorStrides, kDnnI64s, kAny, Need::Always},
    {kDnnTensor, kDnnTensorId, kDnnI64s, 1, Need::Always},
    {kDnnTensor, kDnnTensorAlignment, kDnnI64s, 1, Need::Always},
    {kDnnTensor, kDnnTensorIsVirtual, kDnnBooleans, 1, Need::Perhaps},
    {kDnnTensor, kDnnTensorIsByValue, kDnnBooleans, 1, Need::Perhaps},
    {kDnnConvolution, kDnnConvolutionPrecision, kDnnTypes, 1, Need::Always},
    {kDnnConvolution, kDnnConvolutionMode, kDnnConvolutionModes, 1,
     Need::Always},
    {kDnnConvolution, kDnnConvolutionDims, kDnnI64s, 1, Need::Always},
    {kDnnConvolution, kDnnConvolutionDilations, kDnnI64s, kAny, Need::Always},
    {kDnnConvolution, kDnnConvolutionStrides, kDnnI64s, kAny, Need::Always},
    {kDnnConvolution, kDnnConvolutionPadsBegin, kDnnI64s, kAny, Need::Always},
    {kDnnConvolution, kDnnConvolutionPadsEnd, kDnnI64s, kAny, Need::Always},
    // Of all three kinds, as those of the forward operation.
    {kDnnConvolutionForward, kDnnForwardConvolution, kDnnDescriptors, 1,
     Need::Always},
    {kDnnConvolutionForward, kDnnForwardInput, kDnnDescriptors, 1,
     Need::Always},
    {kDnnConvolutionForward, kDnnForwardWeight, kDnnDescriptors, 1,
     Need::Always},
    {kDnnConvolutionForward, kDnnForwardResult, kDnnDescriptors, 1,
     Need::Always},
    {kDnnConvolutionForward, kDnnForwardAlpha, kDnnFloats, 1, Need::Always},
    {kDnnConvolutionForward, kDnnForwardBeta, kDnnFloats, 1, Need::Always},
    {kDnnPointwise, kDnnPointwiseMode, kDnnPointwiseModes, 1, Need::Always},
    {kDnnPointwise, kDnnPointwisePrecision, kDnnTypes, 1, Need::Always},
    {kDnnPointwise, kDnnPointwiseNan, kDnnNanModes, 1, Need::Perhaps},
    {kDnnPointwise, kDnnPointwiseAxis, kDnnI64s, 1, Need::Perhaps},
    {kDnnPointwiseOperation, kDnnPointwiseDescriptor, kDnnDescriptors, 1,
     Need::Always},
    {kDnnPointwiseOperation, kDnnPointwiseFirst, kDnnDescriptors, 1,
     Need::Always},
    {kDnnPointwiseOperation, kDnnPointwiseSecond, kDnnDescriptors, 1,
     Need::Perhaps},
    {kDnnPointwiseOperation, kDnnPointwiseCondition, kDnnDescriptors, 1,
     Need::Perhaps},
    {kDnnPointwiseOperation, kDnnPointwiseResult, kDnnDescriptors, 1,
     Need::Always},
    {kDnnMatmul, kDnnMatmulPrecision, kDnnTypes, 1, Need::Always},
    {kDnnMatmulOperation, kDnnMatmulDescriptor, kDnnDescriptors, 1,
     Need::Always},
    {kDnnMatmulOperation, kDnnMatmulA, kDnnDescriptors, 1, Need::Always},
    {kDnnMatmulOperation, kDnnMatmulB, kDnnDescriptors, 1, Need::Always},
    {kDnnMatmulOperation, kDnnMatmulC, kDnnDescriptors, 1, Need::Always},
    {kDnnReduction, kDnnReductionOperator, kDnnReductions, 1, Need::Always},
    {kDnnReduction, kDnnReductionPrecision, kDnnTypes, 1, Need::Always},
    {kDnnReductionOperation, kDnnReductionDescriptor, kDnnDescriptors, 1,
     Need::Always},
    {kDnnReductionOperation, kDnnReductionInput, kDnnDescriptors, 1,
     Need::Always},
    {kDnnReductionOperation, kDnnReductionResult, kDnnDescriptors, 1,
     Need::Always},
    {kDnnReshapeOperation, kDnnReshapeInput, kDnnDescriptors, 1, Need::Always},
    {kDnnReshapeOperation, kDnnReshapeResult, kDnnDescriptors, 1, Need::Always},
    {kDnnOperationGraph, kDnnGraphHandle, kDnnHandles, 1, Need::Always},
    {kDnnOperationGraph, kDnnGraphOperations, kDnnDescriptors, kAny,
     Need::Always},
    {kDnnHeuristics, kDnnHeuristicsGraph, kDnnDescriptors, 1, Need::Always},
    {kDnnHeuristics, kDnnHeuristicsMode, kDnnHeuristicModes, 1, Need::Always},
    {kDnnEngine, kDnnEngineGraph, kDnnDescriptors, 1, Need::Always},
    {kDnnEngine, kDnnEngineIndex, kDnnI64s, 1, Need::Always},
    {kDnnKnobChoice, kDnnKnobType, kDnnKnobs, 1, Need::Always},
    {kDnnKnobChoice, kDnnKnobValue, kDnnI64s, 1, Need::Always},
    {kDnnEngineConfig, kDnnConfigEngine, kDnnDescriptors, 1, Need::Always},
    {kDnnEngineConfig, kDnnConfigKnobs, kDnnDescriptors, kAny, Need::Perhaps},
    {kDnnExecutionPlan, kDnnPlanHandle, kDnnHandles, 1, Need::Always},
    {kDnnExecutionPlan, kDnnPlanConfig, kDnnDescriptors, 1, Need::Always},
    {kDnnVariantPack, kDnnPackIds, kDnnI64s, kAny, Need::Always},
    {kDnnVariantPack, kDnnPackPointers, kDnnPointers, kAny, Need::Always},
    {kDnnVariantPack, kDnnPackWorkspace, kDnnPointers, 1, Need::Always}};

/// How much further the attributes of a convolution's kind are than those of
/// the forward operation, which they follow in the same order.
int shiftOf(int kind) {
  return kind == kDnnConvolutionInputGradient
             ? kDnnInputGradientAlpha - kDnnForwardAlpha
         : kind == kDnnConvolutionWeightGradient
             ? kDnnWeightGradientAlpha - kDnnForwardAlpha
             : 0;
}

bool isOfKind(const Rule &rule, int kind) {
  return rule.kind == (shiftOf(kind) == 0 ? kind : int(kDnnConvolutionForward));
}

const Rule *findRule(int kind, int attribute) {
  for (const Rule &rule : kRules)
    if (isOfKind(rule, kind) && rule.attribute + shiftOf(kind) == attribute)
      return &rule;
  return nullptr;
}

/// Element `i` of an attribute of numbers; floats as their bits.
int64_t numberAt(int elements, const void *values, int64_t i) {
  if (elements == kDnnI64s)
    return static_cast<const int64_t *>(values)[i];
  if (elements == kDnnBooleans)
    return static_cast<const bool *>(values)[i];
  return static_cast<const int32_t *>(values)[i];
}

} // namespace

bool isKnownKind(int kind) {
  for (const Rule &rule : kRules)
    if (isOfKind(rule, kind))
      return true;
  return false;
}

std::string setAttribute(Descriptor &descriptor, int attribute, int elements,
                         int64_t count, const void *values) {
  const Rule *rule = findRule(descriptor.kind, attribute);
  std::string name = "attribute " + std::to_string(attribute);
  if (descriptor.isFinalized)
    return name + " of a descriptor that is finalised";
  if (!rule)
    return name + " of another kind of descriptor";
  if (rule->elements != elements)
    return name + " of another type";
  if (count < 1 || (rule->count != kAny && rule->count != count))
    return name + " of another number of elements";
  AttributeValue value;
  for (int64_t i = 0; i < count; ++i) {
    if (elements == kDnnDescriptors) {
      Handle handle = static_cast<const Handle *>(values)[i];
      if (!handle || !descriptorOf(handle).isFinalized)
        return name + ": a descriptor that is not finalised";
      value.descriptors.push_back(
          *static_cast<std::shared_ptr<Descriptor> *>(handle));
    } else if (elements == kDnnPointers || elements == kDnnHandles) {
      value.pointers.push_back(static_cast<void *const *>(values)[i]);
    } else {
      value.numbers.push_back(numberAt(elements, values, i));
    }
  }
  descriptor.attributes[attribute] = value;
  return {};
}

std::string missingAttribute(const Descriptor &descriptor) {
  for (const Rule &rule : kRules)
    if (int attribute = rule.attribute + shiftOf(descriptor.kind);
        isOfKind(rule, descriptor.kind) && rule.need == Need::Always &&
        !descriptor.attributes.count(attribute))
      return "attribute " + std::to_string(attribute) + " is not set";
  return {};
}

//===----------------------------------------------------------------------===//
// Tensors and operations
//===----------------------------------------------------------------------===//

namespace {

std::string readTensor(Descriptor &descriptor) {
  DnnTensor &tensor = descriptor.tensor;
  tensor.id = descriptor.number(kDnnTensorId);
  tensor.type = static_cast<int>(descriptor.number(kDnnTensorType));
  tensor.extents = descriptor.attributes[kDnnTensorExtents].numbers;
  tensor.strides = descriptor.attributes[kDnnTensorStrides].numbers;
  tensor.alignment = descriptor.number(kDnnTensorAlignment);
  tensor.isVirtual = descriptor.attributes.count(kDnnTensorIsVirtual);
  tensor.isByValue = descriptor.attributes.count(kDnnTensorIsByValue);
  bool isPower =
      tensor.alignment > 0 && (tensor.alignment & (tensor.alignment - 1)) == 0;
  if (!isPower)
    return "an alignment that is no power of two";
  if (tensor.extents.size() != tensor.strides.size() ||
      tensor.extents.size() < 3 || tensor.extents.size() > 5)
    return "extents and strides of other ranks than 3 to 5";
  for (size_t i = 0; i < tensor.extents.size(); ++i)
    if (tensor.extents[i] < 1 || tensor.strides[i] < 0)
      return "extents below 1 or strides below 0";
  return {};
}

std::string checkWindows(Descriptor &descriptor) {
  auto dims = static_cast<size_t>(descriptor.number(kDnnConvolutionDims));
  if (dims < 2 || dims > 3)
    return "windows of other than two or three dimensions";
  for (int attribute : {kDnnConvolutionDilations, kDnnConvolutionStrides,
                        kDnnConvolutionPadsBegin, kDnnConvolutionPadsEnd}) {
    if (descriptor.attributes[attribute].numbers.size() != dims)
      return "windows of several numbers of dimensions";
    bool mayBeZero = attribute == kDnnConvolutionPadsBegin ||
                     attribute == kDnnConvolutionPadsEnd;
    for (int64_t value : descriptor.attributes[attribute].numbers)
      if (value < (mayBeZero ? 0 : 1))
        return "windows with numbers that are too small";
  }
  if (descriptor.number(kDnnConvolutionMode) != kDnnCrossCorrelation ||
      descriptor.number(kDnnConvolutionPrecision) != kDnnF32)
    return "windows that are mirrored or not summed in f32";
  return {};
}

/// The operation with the tensors that these attributes have.
DnnOperation operationOf(const Descriptor &descriptor,
                         std::initializer_list<int> tensors) {
  DnnOperation operation;
  operation.kind = descriptor.kind;
  for (int attribute : tensors)
    if (descriptor.attributes.count(attribute))
      operation.tensors.push_back(descriptor.descriptor(attribute)->tensor);
  operation.computed = operation.tensors.size() - 1;
  return operation;
}

DnnOperation readConvolution(const Descriptor &descriptor) {
  int shift = shiftOf(descriptor.kind);
  size_t computed = descriptor.kind == kDnnConvolutionForward         ? 2
                    : descriptor.kind == kDnnConvolutionInputGradient ? 0
                                                                      : 1;
  DnnOperation operation = operationOf(descriptor, {kDnnForwardInput + shift,
                                                    kDnnForwardWeight + shift,
                                                    kDnnForwardResult + shift});
  operation.computed = computed;
  auto &windows =
      descriptor.descriptor(kDnnForwardConvolution + shift)->attributes;
  operation.strides = windows[kDnnConvolutionStrides].numbers;
  operation.dilations = windows[kDnnConvolutionDilations].numbers;
  operation.padsBegin = windows[kDnnConvolutionPadsBegin].numbers;
  operation.padsEnd = windows[kDnnConvolutionPadsEnd].numbers;
  return operation;
}

size_t operandsOf(int mode) {
  switch (mode) {
  case kDnnExp:
  case kDnnLog:
  case kDnnIdentity:
  case kDnnRelu:
  case kDnnIndex:
    return 1;
  case kDnnSelect:
    return 3;
  }
  return 2;
}

std::string readOperation(Descriptor &descriptor) {
  DnnOperation operation;
  if (descriptor.kind == kDnnPointwiseOperation) {
    operation =
        operationOf(descriptor, {kDnnPointwiseFirst, kDnnPointwiseSecond,
                                 kDnnPointwiseCondition, kDnnPointwiseResult});
    const Descriptor &shape = *descriptor.descriptor(kDnnPointwiseDescriptor);
    operation.mode = static_cast<int>(shape.number(kDnnPointwiseMode));
    operation.keepsNan = shape.attributes.count(kDnnPointwiseNan) != 0 &&
                         shape.number(kDnnPointwiseNan) == kDnnPropagateNan;
    if (operation.mode == kDnnIndex)
      operation.axis = shape.number(kDnnPointwiseAxis);
    if (operation.computed != operandsOf(operation.mode))
      return "another number of operands";
  } else if (descriptor.kind == kDnnMatmulOperation) {
    operation =
        operationOf(descriptor, {kDnnMatmulA, kDnnMatmulB, kDnnMatmulC});
  } else if (descriptor.kind == kDnnReshapeOperation) {
    operation = operationOf(descriptor, {kDnnReshapeInput, kDnnReshapeResult});
  } else if (descriptor.kind == kDnnReductionOperation) {
    operation =
        operationOf(descriptor, {kDnnReductionInput, kDnnReductionResult});
    operation.mode =
        static_cast<int>(descriptor.descriptor(kDnnReductionDescriptor)
                             ->number(kDnnReductionOperator));
  } else {
    operation = readConvolution(descriptor);
  }
  descriptor.operations = {operation};
  return checkShapes(operation);
}

/// Tensors are computed once, and virtual ones before they are read.
std::string readGraph(Descriptor &graph) {
  std::set<int64_t> computed;
  std::map<int64_t, DnnTensor> seen;
  for (const auto &node : graph.attributes[kDnnGraphOperations].descriptors) {
    if (node->operations.size() != 1)
      return "a descriptor that is no operation";
    const DnnOperation &operation = node->operations[0];
    for (size_t i = 0; i < operation.tensors.size(); ++i) {
      const DnnTensor &tensor = operation.tensors[i];
      auto [known, isNew] = seen.try_emplace(tensor.id, tensor);
      if (!isNew && (known->second.extents != tensor.extents ||
                     known->second.strides != tensor.strides))
        return "one number for two tensors";
      if (i != operation.computed && tensor.isVirtual &&
          !computed.count(tensor.id))
        return "a virtual tensor that nobody computes";
    }
    if (!computed.insert(operation.result().id).second)
      return "a tensor that is computed twice";
    graph.operations.push_back(operation);
  }
  return {};
}

} // namespace

std::string finalizeDescription(Descriptor &descriptor) {
  switch (descriptor.kind) {
  case kDnnTensor:
    return readTensor(descriptor);
  case kDnnConvolution:
    return checkWindows(descriptor);
  case kDnnConvolutionForward:
  case kDnnConvolutionInputGradient:
  case kDnnConvolutionWeightGradient:
  case kDnnPointwiseOperation:
  case kDnnMatmulOperation:
  case kDnnReductionOperation:
  case kDnnReshapeOperation:
    return readOperation(descriptor);
  case kDnnOperationGraph:
    return readGraph(descriptor);
  case kDnnVariantPack:
    return descriptor.attributes[kDnnPackIds].numbers.size() ==
                   descriptor.attributes[kDnnPackPointers].pointers.size()
               ? ""
               : "another number of addresses than of tensors";
  }
  return {};
}

} // namespace dtc::emulated
