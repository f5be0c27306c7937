//===- Inputs.cpp - The rank's pieces of the program's inputs -------------===//
//
// Index values are not checked here: what an index may be is known to the
// operation that uses it.
//===----------------------------------------------------------------------===//

#include "Inputs.h"
#include "ArrayReading.h"

namespace dtc::runtime {
namespace {

bool isPartial(const BoundaryTensor &tensor) { return tensor.isPartial(); }

} // namespace

Status loadInputs(const RankProgram &program, const std::string &path,
                  const std::vector<void *> &pieces) {
  if (path.empty())
    return Done{};
  auto opened = openNpz(path);
  if (!opened)
    return opened.error();
  ArrayFile &file = **opened;
  if (auto status =
          refuseSurplus(file, program, program.inputs, isPartial, "an input");
      !status)
    return status.error();
  for (size_t i = 0; i < program.inputs.size(); ++i) {
    const BoundaryTensor &tensor = program.inputs[i];
    const ArrayInfo *info = nullptr;
    if (tensor.isPartial())
      info = file.find(rankName(tensor.name, program.rank));
    if (!info)
      info = file.find(tensor.name);
    if (!info)
      return Error{"'" + path + "': array '" + tensor.name +
                   "' is missing: expected " +
                   typeText(tensor.dtype == DTC_BF16 ? DTC_F32 : tensor.dtype,
                            tensor.shape)};
    if (auto status = readPiece(file, *info, tensor, pieces[i]); !status)
      return status.error();
  }
  return Done{};
}

} // namespace dtc::runtime
