//===- Inputs.h - The rank's pieces of the program's inputs ---------------===//
//
// An array that has one more leading dimension, as long as there are steps,
// gives each step a value of its own. Those are read when their step comes: a
// long training holds one step's inputs in memory.
//===----------------------------------------------------------------------===//

#ifndef DTC_RUNTIME_LIB_RANK_INPUTS_H
#define DTC_RUNTIME_LIB_RANK_INPUTS_H

#include "ArrayReading.h"

namespace dtc::runtime {

class InputArrays {
public:
  explicit InputArrays(const RankProgram &program) : program(program) {}

  /// Opens the npz file at `path` (empty: the program must take no inputs) for
  /// `steps` steps. Names, types and shapes must match exactly; the
  /// contribution of one rank to a partial input may be called `NAME.rank<K>`.
  Status open(const std::string &path, int64_t steps);

  /// Puts this rank's piece of every input of step `step` to `pieces[i]`; an
  /// input that is the same in all steps is read for step 0.
  Status read(int64_t step, const std::vector<void *> &pieces);

private:
  Result<const ArrayInfo *> findArray(const BoundaryTensor &tensor) const;

  const RankProgram &program;
  std::unique_ptr<ArrayFile> file;
  std::vector<const ArrayInfo *> arrays; ///< one an input
  int64_t steps = 1;
};

} // namespace dtc::runtime

#endif // DTC_RUNTIME_LIB_RANK_INPUTS_H
