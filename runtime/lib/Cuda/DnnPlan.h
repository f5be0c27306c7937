//===- DnnPlan.h - How cuDNN computes a graph -----------------------------===//
//
// cuDNN has engines for a graph, proposes the best for a shape, and says what
// is special about their numbers:
//
// 1. Never taken: those that round inputs or sums below the operands' type and
//    f32, and for f32 those on tensor cores, which round to TF32.
// 2. Taken when nothing else is there: those whose sums depend on the order in
//    which threads arrive, and those that sum transformed numbers.
//===----------------------------------------------------------------------===//

#ifndef DTC_RUNTIME_LIB_CUDA_DNNPLAN_H
#define DTC_RUNTIME_LIB_CUDA_DNNPLAN_H

#include "AlgorithmCache.h"
#include "DnnGraph.h"

namespace dtc::runtime::cuda {

enum class TensorCores { Allowed, Forbidden };

class DnnPlan {
public:
  /// Takes the engine from the cache, else from the library. The error says
  /// what was wrong with the description, or that there is no engine.
  static Result<std::unique_ptr<DnnPlan>>
  create(std::unique_ptr<DnnGraph> graph, TensorCores tensorCores,
         const std::string &key, AlgorithmCache &cache);

  /// The engine's, and behind it the graph's own tensors.
  size_t workspaceBytes() const { return workspace + scratchBytes(); }

  /// Starts it on the handle's stream. `pointers[i]` is tensor i + 1, or null
  /// where the graph has no such tensor. The workspace begins at a multiple of
  /// 256 bytes.
  Status run(const std::vector<const void *> &pointers,
             void *workspaceMemory) const;

private:
  DnnPlan(std::unique_ptr<DnnGraph> graphOf, TensorCores tensorCoresOf)
      : graph(std::move(graphOf)), dnn(graph->dnn), tensorCores(tensorCoresOf) {
  }

  /// What may be taken when.
  enum class Numbers { Exact, Any };
  using Descriptors = std::vector<DnnDescriptor>;

  Status choose(const std::string &key, AlgorithmCache &cache);
  Descriptors proposals(DnnHeuristicsMode mode) const;
  bool tryAll(const Descriptors &configs, Numbers numbers);
  bool tryKnown(const Algorithm &known);
  bool tryConfig(Handle config);
  bool isAllowed(Handle engine, Numbers numbers) const;
  Algorithm describe(Handle config, Handle engine, Numbers numbers) const;
  size_t scratchBytes() const;
  void setDevice(DnnDescriptor &descriptor, DnnAttribute attribute) const;
  int64_t number(Handle descriptor, DnnAttribute attribute) const;

  std::unique_ptr<DnnGraph> graph;
  const Dnn &dnn;
  TensorCores tensorCores;
  Handle operations = nullptr;
  std::unique_ptr<DnnDescriptor> plan;
  Algorithm chosen;
  size_t workspace = 0; ///< the engine's
};

} // namespace dtc::runtime::cuda

#endif // DTC_RUNTIME_LIB_CUDA_DNNPLAN_H
