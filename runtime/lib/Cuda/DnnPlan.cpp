//===- DnnPlan.cpp - How cuDNN computes a graph ---------------------------===//

#include "DnnPlan.h"
#include <algorithm>

namespace dtc::runtime::cuda {
namespace {

/// What engines may use beside the tensors.
constexpr int64_t kMostWorkspace = int64_t(256) << 20;
/// Bytes up to where the next tensor of the workspace may begin.
size_t padded(size_t bytes) {
  constexpr size_t alignment = kScratchAlignment;
  return (bytes + alignment - 1) / alignment * alignment;
}

/// Knobs of an engine; the library has as many kinds.
constexpr size_t kMostKnobs = 40;

} // namespace

Result<std::unique_ptr<DnnPlan>>
DnnPlan::create(std::unique_ptr<DnnGraph> graph, TensorCores tensorCores,
                const std::string &key, AlgorithmCache &cache) {
  auto operations = graph->finish();
  if (!operations)
    return Error{key + ": " + operations.error().message};
  std::unique_ptr<DnnPlan> plan(new DnnPlan(std::move(graph), tensorCores));
  plan->operations = *operations;
  if (auto status = plan->choose(key, cache); !status)
    return Error{key + ": " + status.error().message};
  return plan;
}

Status DnnPlan::choose(const std::string &key, AlgorithmCache &cache) {
  if (const Algorithm *known = cache.find(key); known && tryKnown(*known))
    return Done{};
  Descriptors best = proposals(kDnnBest), others;
  bool isFound = tryAll(best, Numbers::Exact);
  if (!isFound) {
    others = proposals(kDnnFallback);
    isFound = tryAll(others, Numbers::Exact) || tryAll(best, Numbers::Any) ||
              tryAll(others, Numbers::Any);
  }
  if (!isFound) {
    char reason[512] = {};
    dnn.lastError(reason, sizeof reason - 1);
    return Error{"cuDNN " + versionText(dnn.version) +
                 " has no engine for it on this GPU" + (*reason ? ": " : "") +
                 reason};
  }
  cache.add(key, chosen);
  return Done{};
}

//===----------------------------------------------------------------------===//
// Engines
//===----------------------------------------------------------------------===//

/// Where there is no GPU, the description of one takes its place.
void DnnPlan::setDevice(DnnDescriptor &descriptor,
                        DnnAttribute attribute) const {
  if (dnn.absentGpu)
    descriptor.setDescriptor(attribute, dnn.absentGpu);
}

int64_t DnnPlan::number(Handle descriptor, DnnAttribute attribute) const {
  int64_t value = 0, count = 0;
  bool isThere = dnn.getAttribute(descriptor, attribute, kDnnI64s, 1, &count,
                                  &value) == 0 &&
                 count == 1;
  return isThere ? value : -1;
}

/// Engine configurations, the best first; none where the library has no rule
/// for such graphs.
DnnPlan::Descriptors DnnPlan::proposals(DnnHeuristicsMode mode) const {
  Descriptors configs;
  DnnDescriptor heuristics(dnn, kDnnHeuristics);
  heuristics.setDescriptor(kDnnHeuristicsGraph, operations);
  heuristics.setNumber(kDnnHeuristicsMode, kDnnHeuristicModes, mode);
  setDevice(heuristics, kDnnHeuristicsDevice);
  int64_t count = 0;
  if (!heuristics.finalize() ||
      dnn.getAttribute(heuristics.handle(), kDnnHeuristicsResults,
                       kDnnDescriptors, 0, &count, nullptr) != 0)
    return configs;
  std::vector<Handle> handles;
  for (int64_t i = 0; i < count; ++i) {
    configs.emplace_back(dnn, kDnnEngineConfig);
    handles.push_back(configs.back().handle());
  }
  int64_t filled = 0;
  if (dnn.getAttribute(heuristics.handle(), kDnnHeuristicsResults,
                       kDnnDescriptors, count, &filled, handles.data()) != 0)
    filled = 0;
  while (static_cast<int64_t>(configs.size()) > filled)
    configs.pop_back();
  return configs;
}

bool DnnPlan::isAllowed(Handle engine, Numbers numbers) const {
  int notes[kDnnNoteCount] = {};
  int64_t count = 0;
  if (dnn.getAttribute(engine, kDnnEngineNotes, kDnnNumericalNotes,
                       kDnnNoteCount, &count, notes) != 0)
    return false;
  for (int64_t i = 0; i < count; ++i)
    switch (notes[i]) {
    case kDnnTensorCores:
      if (tensorCores == TensorCores::Forbidden)
        return false;
      break;
    case kDnnRoundsInputs:
    case kDnnRoundsSums:
      return false;
    case kDnnByFourier:
    case kDnnNotRepeatable:
    case kDnnByWinograd:
      if (numbers == Numbers::Exact)
        return false;
      break;
    }
  return true;
}

bool DnnPlan::tryAll(const Descriptors &configs, Numbers numbers) {
  for (const DnnDescriptor &config : configs) {
    DnnDescriptor engine(dnn, kDnnEngine);
    Handle handle = engine.handle();
    int64_t count = 0;
    if (dnn.getAttribute(config.handle(), kDnnConfigEngine, kDnnDescriptors, 1,
                         &count, &handle) != 0 ||
        !isAllowed(engine.handle(), numbers) || !tryConfig(config.handle()))
      continue;
    chosen = describe(config.handle(), engine.handle(), numbers);
    return true;
  }
  return false;
}

bool DnnPlan::tryConfig(Handle config) {
  auto candidate = std::make_unique<DnnDescriptor>(dnn, kDnnExecutionPlan);
  if (dnn.handle)
    candidate->set(kDnnPlanHandle, kDnnHandles, 1, &dnn.handle);
  setDevice(*candidate, kDnnPlanDevice);
  candidate->setDescriptor(kDnnPlanConfig, config);
  if (!candidate->finalize())
    return false;
  int64_t bytes = number(candidate->handle(), kDnnPlanWorkspace);
  if (bytes < 0 || bytes > kMostWorkspace)
    return false;
  workspace = padded(static_cast<size_t>(bytes));
  plan = std::move(candidate);
  return true;
}

//===----------------------------------------------------------------------===//
// Choices that are kept: the engine's number, whether it was taken for want of
// an exact one, then its knobs and their values.
//===----------------------------------------------------------------------===//

Algorithm DnnPlan::describe(Handle config, Handle engine,
                            Numbers numbers) const {
  Algorithm result{static_cast<uint64_t>(number(engine, kDnnEngineIndex)),
                   uint64_t(numbers == Numbers::Any)};
  Descriptors knobs;
  std::vector<Handle> handles;
  for (size_t i = 0; i < kMostKnobs; ++i) {
    knobs.emplace_back(dnn, kDnnKnobChoice);
    handles.push_back(knobs.back().handle());
  }
  int64_t count = 0;
  if (dnn.getAttribute(config, kDnnConfigKnobs, kDnnDescriptors, kMostKnobs,
                       &count, handles.data()) != 0)
    return result;
  for (int64_t i = 0; i < std::min<int64_t>(count, kMostKnobs); ++i) {
    int type = 0;
    int64_t got = 0;
    if (dnn.getAttribute(handles[size_t(i)], kDnnKnobType, kDnnKnobs, 1, &got,
                         &type) != 0)
      continue;
    result.push_back(static_cast<uint64_t>(type));
    result.push_back(
        static_cast<uint64_t>(number(handles[size_t(i)], kDnnKnobValue)));
  }
  return result;
}

/// True when the library still has that engine, and takes the knobs.
bool DnnPlan::tryKnown(const Algorithm &known) {
  constexpr size_t firstKnob = 2;
  if (known.size() < firstKnob || known.size() % 2 != 0 ||
      known.size() > firstKnob + 2 * kMostKnobs)
    return false;
  Numbers numbers = known[1] == 1 ? Numbers::Any : Numbers::Exact;
  DnnDescriptor engine(dnn, kDnnEngine), config(dnn, kDnnEngineConfig);
  engine.setDescriptor(kDnnEngineGraph, operations);
  engine.setI64s(kDnnEngineIndex, {static_cast<int64_t>(known[0])});
  setDevice(engine, kDnnEngineDevice);
  if (!engine.finalize() || !isAllowed(engine.handle(), numbers))
    return false;
  Descriptors knobs;
  std::vector<Handle> handles;
  for (size_t at = firstKnob; at < known.size(); at += 2) {
    DnnDescriptor &knob = knobs.emplace_back(dnn, kDnnKnobChoice);
    knob.setNumber(kDnnKnobType, kDnnKnobs, static_cast<int>(known[at]));
    knob.setI64s(kDnnKnobValue, {static_cast<int64_t>(known[at + 1])});
    if (!knob.finalize())
      return false;
    handles.push_back(knob.handle());
  }
  config.setDescriptor(kDnnConfigEngine, engine.handle());
  if (!handles.empty())
    config.set(kDnnConfigKnobs, kDnnDescriptors,
               static_cast<int64_t>(handles.size()), handles.data());
  return bool(config.finalize()) && tryConfig(config.handle());
}

//===----------------------------------------------------------------------===//
// Calls
//===----------------------------------------------------------------------===//

size_t DnnPlan::scratchBytes() const {
  size_t bytes = 0;
  for (const DnnScratch &scratch : graph->scratches())
    bytes += padded(scratch.bytes);
  return bytes;
}

Status DnnPlan::run(const std::vector<const void *> &pointers,
                    void *workspaceMemory) const {
  std::vector<const void *> all;
  Extents ids;
  auto bring = [&](int64_t id, const void *data) {
    ids.push_back(id);
    all.push_back(data);
  };
  for (size_t i = 0; i < pointers.size(); ++i)
    if (pointers[i])
      bring(static_cast<int64_t>(i) + 1, pointers[i]);
  const char *next = static_cast<const char *>(workspaceMemory) + workspace;
  for (const DnnScratch &scratch : graph->scratches()) {
    bring(scratch.id, next);
    next += padded(scratch.bytes);
  }
  for (const DnnScalar &scalar : graph->scalars())
    bring(scalar.id, &scalar.value);
  DnnDescriptor pack(dnn, kDnnVariantPack);
  pack.setI64s(kDnnPackIds, ids);
  pack.set(kDnnPackPointers, kDnnPointers, static_cast<int64_t>(all.size()),
           all.data());
  pack.set(kDnnPackWorkspace, kDnnPointers, 1, &workspaceMemory);
  if (auto status = pack.finalize(); !status)
    return status.error();
  if (DnnResult result = dnn.execute(dnn.handle, plan->handle(), pack.handle());
      result != 0)
    return dnn.problem("cudnnBackendExecute", result);
  return Done{};
}

} // namespace dtc::runtime::cuda
