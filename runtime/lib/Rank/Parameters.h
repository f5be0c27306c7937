//===- Parameters.h - A rank's parameters ---------------------------------===//
//
// Where a parameter comes from, first match wins:
// 1. `--params`: `NAME.rank<K>` for rank K, else `NAME`, as full values;
// 2. `--random-params`;
// 3. `weights.rank<K>.safetensors` of the bundle, mapped.
// With `--src-data-rank K`, rank K gets the full value from these (from all
// ranks' weight files) and distributes it.
//
// An optimizer's state comes from `--params` when that has it (a checkpoint);
// otherwise all its elements are what they are before the first step. What
// steps change lies in memory of its own.
//===----------------------------------------------------------------------===//

#ifndef DTC_RUNTIME_LIB_RANK_PARAMETERS_H
#define DTC_RUNTIME_LIB_RANK_PARAMETERS_H

#include "Options.h"
#include "Peers.h"
#include "Program.h"
#include "dtc/runtime/AlignedBuffer.h"
#include "dtc/runtime/ArrayFile.h"

namespace dtc::runtime {

class ParameterStore {
public:
  explicit ParameterStore(const RankProgram &program) : program(program) {}

  /// Makes every parameter available; `folder` is the bundle's.
  Status load(const RankOptions &options, const std::string &folder,
              Peers &peers);

  /// One pointer a parameter, 64-byte aligned.
  std::vector<void *> &pointers() { return table; }

  /// Drops mapped pages of a weight that a primitive has copied.
  void weightPacked(const void *weight, size_t bytes);

private:
  Status openSources(const RankOptions &options);
  Status openWeights(int64_t rank);
  Status loadOne(size_t index, const RankOptions &options);
  bool comesFromSource(size_t index, const RankOptions &options) const;
  Status fillState(size_t index);
  Status loadWhole(size_t index, const RankOptions &options,
                   std::vector<char> &whole);
  Status loadDistributed(size_t index, const RankOptions &options,
                         Peers &peers);
  const ArrayInfo *replacement(const BoundaryTensor &tensor) const;
  Status assembleFromBundle(const BoundaryTensor &tensor, char *whole);
  Status takeMapped(const BoundaryTensor &tensor, int64_t rank,
                    const char *&data);
  Result<void *> allocate(const BoundaryTensor &tensor);
  bool hasStates() const;
  Status checkStep() const;
  bool needsWeights(const RankOptions &options) const;

  const RankProgram &program;
  std::string folder;
  std::unique_ptr<ArrayFile> params;
  std::vector<std::unique_ptr<SafetensorsFile>> weights; ///< by rank
  std::vector<AlignedBuffer> owned;
  std::vector<void *> table;
};

} // namespace dtc::runtime

#endif // DTC_RUNTIME_LIB_RANK_PARAMETERS_H
