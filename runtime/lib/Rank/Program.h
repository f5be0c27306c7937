//===- Program.h - The compiled program as the runtime sees it ------------===//
//
// The emitted tables, checked once and turned into containers, with what
// follows from them for one rank: its coordinates and its pieces.
//===----------------------------------------------------------------------===//

#ifndef DTC_RUNTIME_LIB_RANK_PROGRAM_H
#define DTC_RUNTIME_LIB_RANK_PROGRAM_H

#include "dtc/runtime/Chunk.h"
#include "dtc/runtime/Result.h"
#include "dtc/runtime/program.h"
#include <string>
#include <vector>

namespace dtc::runtime {

/// An input, output or parameter.
struct BoundaryTensor {
  std::string name;
  int32_t dtype = 0;
  std::vector<int64_t> shape; ///< global
  std::vector<dtc_placement> placements;
  Region local; ///< this rank's piece

  int64_t globalBytes() const;
  int64_t localBytes() const;
  bool isPartial() const;
};

struct RankProgram {
  const dtc_program *table = nullptr;
  std::string model;
  int64_t rank = 0;
  std::vector<std::string> meshNames;
  std::vector<int64_t> meshSizes;
  std::vector<int64_t> coordinates;
  std::vector<BoundaryTensor> inputs, outputs, parameters;
  std::vector<dtc_parameter_use> uses; ///< one a parameter

  /// True when a step changes parameters.
  bool isTraining() const { return table->parameter_uses != nullptr; }
  int64_t worldSize() const { return table->world_size; }
  /// The piece of `tensor` that another rank holds.
  Region regionOf(const BoundaryTensor &tensor, int64_t rank) const;
};

/// Checks the tables against this runtime and against `rank`.
Result<RankProgram> readProgram(const dtc_program &table, int64_t rank);

} // namespace dtc::runtime

#endif // DTC_RUNTIME_LIB_RANK_PROGRAM_H
