//===- StandInDnn.cpp - A cuDNN that computes on the processor ------------===//
//
// 1. Descriptors take only their kind's attributes, of the right type and
//    number, finalised where they are descriptors, and are finalised only when
//    all that have to be set are.
// 2. Engines are few: some that callers should pass over come first. What the
//    library has no engine for gets none: different paddings at both ends,
//    attention or its gradient not written as it expects them.
// 3. A plan keeps its graph's operations (DnnOperations.h) and runs them.
//===----------------------------------------------------------------------===//

#include "DnnDescriptors.h"
#include "StandIn.h"

using namespace dtc::runtime::cuda;
using namespace dtc::emulated;

namespace {

constexpr DnnResult success = 0, badParameter = 2000, nullPointer = 2002,
                    notSupported = 3000;

/// What engines there are, in the order in which they are proposed: number,
/// what is special about it, and whether it is a fallback.
struct Engine {
  int64_t number;
  std::vector<int> notes;
  bool isFallback;
};

const std::vector<Engine> kEngines = {
    {1, {kDnnTensorCores}, false},
    {7, {kDnnByWinograd}, false},
    {3, {}, false},
    {5, {kDnnNotRepeatable}, true},
    {2, {kDnnTensorCores, kDnnRoundsSums}, false}};

/// Knobs and the values that the library chooses.
const std::map<int, int64_t> kKnobs = {{2, 12}, {18, 1}};

const Engine *findEngine(int64_t number) {
  for (const Engine &engine : kEngines)
    if (engine.number == number)
      return &engine;
  return nullptr;
}

std::string lastProblem;

DnnResult refuse(DnnResult result, const std::string &why) {
  lastProblem = why;
  return result;
}

struct Library {
  void *stream = nullptr;
};

//===----------------------------------------------------------------------===//
// What there are engines for
//===----------------------------------------------------------------------===//

bool isConvolution(const DnnOperation &operation) {
  return operation.kind == kDnnConvolutionForward ||
         operation.kind == kDnnConvolutionInputGradient ||
         operation.kind == kDnnConvolutionWeightGradient;
}

/// A convolution, with a bias, with a bias and relu.
bool isConvolutionGraph(const std::vector<DnnOperation> &operations) {
  const DnnOperation &first = operations[0];
  if (!isConvolution(first) || first.padsBegin != first.padsEnd ||
      operations.size() > 3)
    return false;
  if (operations.size() > 1 && first.kind != kDnnConvolutionForward)
    return false;
  for (size_t i = 1; i < operations.size(); ++i)
    if (operations[i].kind != kDnnPointwiseOperation ||
        operations[i].mode != (i == 1 ? kDnnAdd : kDnnRelu))
      return false;
  return true;
}

bool isNarrow(const DnnTensor &tensor) {
  return tensor.type == kDnnF16 || tensor.type == kDnnBf16;
}

/// Two products of 16 bits with a softmax between them, of which the library
/// wants the logarithm of the sum too.
bool isAttentionGraph(const std::vector<DnnOperation> &operations) {
  const DnnOperation &first = operations.front(), &last = operations.back();
  if (first.kind != kDnnMatmulOperation || last.kind != kDnnMatmulOperation)
    return false;
  const DnnTensor &query = first.tensors[0], &weights = last.tensors[0];
  size_t logarithms = 0;
  for (const DnnOperation &operation : operations)
    logarithms +=
        operation.kind == kDnnPointwiseOperation && operation.mode == kDnnLog;
  return isNarrow(query) && weights.type == query.type && logarithms == 1 &&
         query.extents.back() % 8 == 0 && query.extents.back() <= 128 &&
         last.result().extents.back() % 8 == 0;
}

/// Five products, each by operands of 16 bits; of 16 bits are the weights and
/// the gradient of the scores, too, where they are read across. The weights
/// come from the logarithms of the sums, and what is subtracted from their
/// gradient lies in memory.
bool isAttentionGradientGraph(const std::vector<DnnOperation> &operations) {
  size_t products = 0, across = 0, exponentials = 0, inMemory = 0;
  bool fits = true;
  for (const DnnOperation &operation : operations) {
    bool isPointwise = operation.kind == kDnnPointwiseOperation;
    exponentials += isPointwise && operation.mode == kDnnExp;
    inMemory += isPointwise && operation.mode == kDnnMultiply &&
                !operation.result().isVirtual;
    fits &= !isPointwise || operation.mode != kDnnLog;
    if (operation.kind != kDnnMatmulOperation)
      continue;
    const DnnTensor &first = operation.tensors[0];
    const DnnTensor &second = operation.tensors[1];
    fits &= isNarrow(second);
    if (!first.isVirtual)
      fits &= isNarrow(first) && first.extents.back() % 8 == 0 &&
              first.extents.back() <= 128;
    across += first.isVirtual && isNarrow(first);
    ++products;
  }
  return fits && products == 5 && across == 2 && exponentials == 1 &&
         inMemory == 1;
}

/// What a plan uses beside its tensors: where a gradient's sums are not added
/// up in memory, that of the scores.
int64_t workspaceOf(const std::vector<DnnOperation> &operations) {
  constexpr int64_t least = 256;
  if (!isAttentionGradientGraph(operations))
    return least;
  int64_t scores = 2;
  for (const DnnOperation &operation : operations)
    if (operation.kind == kDnnPointwiseOperation &&
        operation.mode == kDnnIdentity)
      return least;
    else if (operation.kind == kDnnPointwiseOperation &&
             operation.mode == kDnnExp)
      for (int64_t extent : operation.result().extents)
        scores *= extent;
  return least + scores;
}

bool hasEngines(const std::vector<DnnOperation> &operations) {
  return isConvolutionGraph(operations) || isAttentionGraph(operations) ||
         isAttentionGradientGraph(operations);
}

//===----------------------------------------------------------------------===//
// What the library fills in
//===----------------------------------------------------------------------===//

template <typename T>
DnnResult answer(const std::vector<T> &values, int64_t wanted, int64_t *count,
                 void *elements) {
  int64_t given = std::min<int64_t>(wanted, int64_t(values.size()));
  *count = wanted == 0 ? int64_t(values.size()) : given;
  if (elements)
    std::copy(values.begin(), values.begin() + given,
              static_cast<T *>(elements));
  return success;
}

/// Makes a descriptor of the caller's one of the library's.
void fill(Handle handle, const Descriptor &from) {
  Descriptor &to = descriptorOf(handle);
  to.attributes = from.attributes;
  to.isFinalized = true;
}

DnnResult proposeConfigs(const Descriptor &heuristics, int64_t wanted,
                         int64_t *count, Handle *configs) {
  const Descriptor &graph = *heuristics.descriptor(kDnnHeuristicsGraph);
  bool wantsFallback = heuristics.number(kDnnHeuristicsMode) == kDnnFallback;
  std::vector<const Engine *> engines;
  if (hasEngines(graph.operations))
    for (const Engine &engine : kEngines)
      if (engine.isFallback == wantsFallback)
        engines.push_back(&engine);
  // Of a number asked for, the library says more than there are.
  *count = int64_t(engines.size()) + (wanted == 0);
  if (wanted == 0)
    return success;
  for (size_t i = 0; i < engines.size() && int64_t(i) < wanted; ++i) {
    Descriptor config(kDnnEngineConfig);
    auto engine = std::make_shared<Descriptor>(kDnnEngine);
    engine->attributes[kDnnEngineGraph] =
        heuristics.attributes.at(kDnnHeuristicsGraph);
    engine->setNumber(kDnnEngineIndex, engines[i]->number);
    engine->isFinalized = true;
    config.attributes[kDnnConfigEngine].descriptors = {engine};
    for (auto [type, value] : kKnobs) {
      auto knob = std::make_shared<Descriptor>(kDnnKnobChoice);
      knob->setNumber(kDnnKnobType, type);
      knob->setNumber(kDnnKnobValue, value);
      knob->isFinalized = true;
      config.attributes[kDnnConfigKnobs].descriptors.push_back(knob);
    }
    fill(configs[i], config);
  }
  logCall("cudnn heuristics");
  return success;
}

DnnResult get(Descriptor &from, int attribute, int64_t wanted, int64_t *count,
              void *elements) {
  if (from.kind == kDnnHeuristics && attribute == kDnnHeuristicsResults)
    return proposeConfigs(from, wanted, count, static_cast<Handle *>(elements));
  if (from.kind == kDnnEngine && attribute == kDnnEngineNotes)
    return answer(findEngine(from.number(kDnnEngineIndex))->notes, wanted,
                  count, elements);
  if (from.kind == kDnnExecutionPlan && attribute == kDnnPlanWorkspace)
    return answer(std::vector<int64_t>{workspaceOf(from.operations)}, wanted,
                  count, elements);
  if (from.kind == kDnnKnobChoice && attribute == kDnnKnobType)
    return answer(std::vector<int>{int(from.number(attribute))}, wanted, count,
                  elements);
  auto found = from.attributes.find(attribute);
  if (found == from.attributes.end())
    return refuse(badParameter, "an attribute that is not there");
  const auto &descriptors = found->second.descriptors;
  if (descriptors.empty())
    return answer(std::vector<int64_t>{from.number(attribute)}, wanted, count,
                  elements);
  *count = std::min<int64_t>(wanted, int64_t(descriptors.size()));
  for (int64_t i = 0; i < *count; ++i)
    fill(static_cast<Handle *>(elements)[i], *descriptors[size_t(i)]);
  return success;
}

//===----------------------------------------------------------------------===//
// What is finalised
//===----------------------------------------------------------------------===//

std::string finalizeConfig(const Descriptor &config) {
  auto knobs = config.attributes.find(kDnnConfigKnobs);
  if (knobs == config.attributes.end())
    return {};
  for (const auto &knob : knobs->second.descriptors) {
    auto known = kKnobs.find(int(knob->number(kDnnKnobType)));
    if (known == kKnobs.end() || known->second != knob->number(kDnnKnobValue))
      return "a knob that the engine has not";
  }
  return {};
}

/// What a descriptor has to fulfil beside its attributes' being set.
std::string finalizeKind(Descriptor &descriptor) {
  switch (descriptor.kind) {
  case kDnnEngine:
    return findEngine(descriptor.number(kDnnEngineIndex))
               ? ""
               : "an engine that is not there";
  case kDnnEngineConfig:
    return finalizeConfig(descriptor);
  case kDnnExecutionPlan: {
    const Descriptor &engine =
        *descriptor.descriptor(kDnnPlanConfig)->descriptor(kDnnConfigEngine);
    descriptor.operations = engine.descriptor(kDnnEngineGraph)->operations;
    return hasEngines(descriptor.operations) ? "" : "no such engine";
  }
  }
  return finalizeDescription(descriptor);
}

//===----------------------------------------------------------------------===//
// Calls
//===----------------------------------------------------------------------===//

/// The tensors that a call has to bring.
std::map<int64_t, DnnTensor> boundaryOf(const Descriptor &plan) {
  std::map<int64_t, DnnTensor> tensors;
  for (const DnnOperation &operation : plan.operations)
    for (const DnnTensor &tensor : operation.tensors)
      if (!tensor.isVirtual)
        tensors[tensor.id] = tensor;
  return tensors;
}

std::string checkAddress(const DnnTensor &tensor, const void *data) {
  auto address = reinterpret_cast<uint64_t>(data);
  std::string name = "tensor " + std::to_string(tensor.id);
  if (address % uint64_t(tensor.alignment) != 0)
    return name + " is aligned less than was promised";
  if (!tensor.isByValue && !deviceMemory().contains(address, tensor.reach()))
    return name + " is not memory of the GPU";
  return {};
}

} // namespace

extern "C" {

size_t cudnnGetVersion() { return 91900; }

const char *cudnnGetErrorString(DnnResult result) {
  return result == success        ? "CUDNN_STATUS_SUCCESS"
         : result == notSupported ? "CUDNN_STATUS_NOT_SUPPORTED"
                                  : "CUDNN_STATUS_BAD_PARAM";
}

void cudnnGetLastErrorString(char *message, size_t bytes) {
  size_t length = std::min(bytes, lastProblem.size());
  std::copy_n(lastProblem.begin(), length, message);
  if (length < bytes)
    message[length] = 0;
}

DnnResult cudnnCreate(Handle *handle) {
  *handle = new Library();
  return success;
}

DnnResult cudnnSetStream(Handle handle, Handle stream) {
  static_cast<Library *>(handle)->stream = stream;
  return success;
}

DnnResult cudnnBackendCreateDescriptor(int kind, Handle *descriptor) {
  if (!isKnownKind(kind))
    return refuse(notSupported, "a kind of descriptor that is not known");
  *descriptor = new std::shared_ptr<Descriptor>(new Descriptor(kind));
  return success;
}

DnnResult cudnnBackendDestroyDescriptor(Handle descriptor) {
  delete static_cast<std::shared_ptr<Descriptor> *>(descriptor);
  return success;
}

DnnResult cudnnBackendSetAttribute(Handle handle, int attribute, int elements,
                                   int64_t count, const void *values) {
  if (!handle || !values)
    return refuse(nullPointer, "a null pointer");
  std::string problem =
      setAttribute(descriptorOf(handle), attribute, elements, count, values);
  return problem.empty() ? success : refuse(badParameter, problem);
}

DnnResult cudnnBackendGetAttribute(Handle handle, int attribute, int,
                                   int64_t wanted, int64_t *count,
                                   void *elements) {
  Descriptor &from = descriptorOf(handle);
  if (!from.isFinalized)
    return refuse(badParameter, "a descriptor that is not finalised");
  return get(from, attribute, wanted, count, elements);
}

DnnResult cudnnBackendFinalize(Handle handle) {
  Descriptor &descriptor = descriptorOf(handle);
  std::string problem = missingAttribute(descriptor);
  if (problem.empty())
    problem = finalizeKind(descriptor);
  if (!problem.empty())
    return refuse(badParameter, problem);
  descriptor.isFinalized = true;
  return success;
}

DnnResult cudnnBackendExecute(Handle handle, Handle planHandle,
                              Handle packHandle) {
  const Descriptor &plan = descriptorOf(planHandle);
  const Descriptor &pack = descriptorOf(packHandle);
  if (!plan.isFinalized || !pack.isFinalized)
    return report("cudnnBackendExecute: a descriptor is not finalised",
                  badParameter);
  const auto &ids = pack.attributes.at(kDnnPackIds).numbers;
  const auto &pointers = pack.attributes.at(kDnnPackPointers).pointers;
  std::map<int64_t, const void *> addresses;
  for (size_t i = 0; i < ids.size(); ++i)
    addresses[ids[i]] = pointers[i];
  std::map<int64_t, float> scalars;
  for (const auto &[id, tensor] : boundaryOf(plan)) {
    std::string problem =
        addresses.count(id)
            ? checkAddress(tensor, addresses[id])
            : "tensor " + std::to_string(id) + " has no address";
    if (!problem.empty())
      return report("cudnnBackendExecute: " + problem, badParameter);
    // Numbers of the host are read when the call is made.
    if (tensor.isByValue)
      scalars[id] = *static_cast<const float *>(addresses[id]);
  }
  const void *workspace = pack.attributes.at(kDnnPackWorkspace).pointers[0];
  if (!deviceMemory().contains(reinterpret_cast<uint64_t>(workspace),
                               uint64_t(workspaceOf(plan.operations))))
    return report("cudnnBackendExecute: too small a workspace", badParameter);
  void *stream = static_cast<Library *>(handle)->stream;
  logCall(streamName(stream) + ": cudnnBackendExecute of " +
          std::to_string(plan.operations.size()) + " operations");
  enqueue(stream, [operations = plan.operations, addresses, scalars]() mutable {
    for (auto &[id, value] : scalars)
      addresses[id] = &value;
    compute(operations, addresses);
    return 0;
  });
  return success;
}

} // extern "C"
