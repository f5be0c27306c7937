//===- Inputs.cpp - The rank's pieces of the program's inputs -------------===//
//
// Index values are not checked here: what an index may be is known to the
// operation that uses it.
//===----------------------------------------------------------------------===//

#include "Inputs.h"

namespace dtc::runtime {
namespace {

bool isPartial(const BoundaryTensor &tensor) { return tensor.isPartial(); }

/// Whether the array has a value for each step.
bool isStepped(const ArrayInfo &info, const BoundaryTensor &tensor) {
  return info.shape.size() == tensor.shape.size() + 1;
}

} // namespace

Result<const ArrayInfo *>
InputArrays::findArray(const BoundaryTensor &tensor) const {
  const ArrayInfo *info = nullptr;
  if (tensor.isPartial())
    info = file->find(rankName(tensor.name, program.rank));
  if (!info)
    info = file->find(tensor.name);
  if (!info)
    return Error{"'" + file->path() + "': array '" + tensor.name +
                 "' is missing: expected " +
                 typeText(tensor.dtype == DTC_BF16 ? DTC_F32 : tensor.dtype,
                          tensor.shape)};
  return info;
}

Status InputArrays::open(const std::string &path, int64_t count) {
  steps = count;
  if (path.empty())
    return Done{};
  auto opened = openNpz(path);
  if (!opened)
    return opened.error();
  file = std::move(*opened);
  if (auto status =
          refuseSurplus(*file, program, program.inputs, isPartial, "an input");
      !status)
    return status.error();
  for (const BoundaryTensor &tensor : program.inputs) {
    auto info = findArray(tensor);
    if (!info)
      return info.error();
    bool stepped = program.isTraining() && isStepped(**info, tensor);
    ArrayPart part{0, stepped ? steps : 0};
    if (auto status = checkArray(*file, **info, tensor, part); !status)
      return status.error();
    arrays.push_back(*info);
  }
  return Done{};
}

Status InputArrays::read(int64_t step, const std::vector<void *> &pieces) {
  for (size_t i = 0; i < arrays.size(); ++i) {
    const BoundaryTensor &tensor = program.inputs[i];
    bool stepped = isStepped(*arrays[i], tensor);
    if (!stepped && step > 0)
      continue;
    ArrayPart part{step, stepped ? steps : 0};
    if (auto status = readPiece(*file, *arrays[i], tensor, pieces[i], part);
        !status)
      return status.error();
  }
  return Done{};
}

} // namespace dtc::runtime
