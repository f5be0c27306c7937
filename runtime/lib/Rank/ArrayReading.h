//===- ArrayReading.h - Arrays of a file as pieces of boundary tensors ----===//
//
// What inputs and replaced parameters have in common: a named array must have
// exactly the tensor's type and full shape, and a rank keeps its piece of it.
//===----------------------------------------------------------------------===//

#ifndef DTC_RUNTIME_LIB_RANK_ARRAYREADING_H
#define DTC_RUNTIME_LIB_RANK_ARRAYREADING_H

#include "Program.h"
#include "dtc/runtime/ArrayFile.h"

namespace dtc::runtime {

/// `NAME.rank<K>`.
std::string rankName(const std::string &name, int64_t rank);

/// `f32 [2, 3]`.
std::string typeText(int32_t dtype, const std::vector<int64_t> &shape);

/// Which part of an array holds a tensor: all of it, or the one at `index` of
/// the `count` that its leading dimension has.
struct ArrayPart {
  int64_t index = 0;
  int64_t count = 0; ///< 0: the array has no leading dimension of its own
};

/// Whether `info` can be read as `tensor`: the same shape and type, or f32 for
/// a bf16 tensor. The error names the file, the array and both types.
Status checkArray(const ArrayFile &file, const ArrayInfo &info,
                  const BoundaryTensor &tensor, ArrayPart part = {});

/// Checks the array and reads the tensor's full value in the tensor's type to
/// `whole`.
Status readWhole(ArrayFile &file, const ArrayInfo &info,
                 const BoundaryTensor &tensor, void *whole,
                 ArrayPart part = {});

/// Checks the array and reads this rank's piece of it to `piece`.
Status readPiece(ArrayFile &file, const ArrayInfo &info,
                 const BoundaryTensor &tensor, void *piece,
                 ArrayPart part = {});

/// Refuses arrays that are neither `tensors` nor `NAME.rank<K>` of one that
/// `mayDiffer` accepts, with `what` they should be (`an input`). Arrays whose
/// names begin with `ignored` may be there, unless that is empty.
Status refuseSurplus(const ArrayFile &file, const RankProgram &program,
                     const std::vector<BoundaryTensor> &tensors,
                     bool (*mayDiffer)(const BoundaryTensor &),
                     const std::string &what, const std::string &ignored = {});

} // namespace dtc::runtime

#endif // DTC_RUNTIME_LIB_RANK_ARRAYREADING_H
