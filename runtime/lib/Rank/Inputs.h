//===- Inputs.h - The rank's pieces of the program's inputs ---------------===//

#ifndef DTC_RUNTIME_LIB_RANK_INPUTS_H
#define DTC_RUNTIME_LIB_RANK_INPUTS_H

#include "Program.h"

namespace dtc::runtime {

/// Reads every input from the npz file at `path` (empty: the program must take
/// none) and puts this rank's piece to `pieces[i]`. Names, types and shapes
/// must match exactly; the contribution of one rank to a partial input may be
/// called `NAME.rank<K>`.
Status loadInputs(const RankProgram &program, const std::string &path,
                  const std::vector<void *> &pieces);

} // namespace dtc::runtime

#endif // DTC_RUNTIME_LIB_RANK_INPUTS_H
