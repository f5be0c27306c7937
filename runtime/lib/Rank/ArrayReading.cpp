//===- ArrayReading.cpp - Arrays of a file as pieces of tensors -----------===//
//
// A piece that is the whole array is read in place; otherwise the array is read
// to memory of its own and cut.
//===----------------------------------------------------------------------===//

#include "ArrayReading.h"
#include "dtc/runtime/ElementType.h"
#include <set>

namespace dtc::runtime {

std::string rankName(const std::string &name, int64_t rank) {
  return name + ".rank" + std::to_string(rank);
}

std::string typeText(int32_t dtype, const std::vector<int64_t> &shape) {
  return std::string(elementName(dtype)) + " " + shapeText(shape);
}

Status checkArray(const ArrayFile &file, const ArrayInfo &info,
                  const BoundaryTensor &tensor, ArrayPart part) {
  std::vector<int64_t> shape = tensor.shape;
  if (part.count > 0)
    shape.insert(shape.begin(), part.count);
  bool sameType = info.dtype == tensor.dtype ||
                  (tensor.dtype == DTC_BF16 && info.dtype == DTC_F32);
  if (sameType && info.shape == shape)
    return Done{};
  // What a user has to store: npz knows no bf16.
  int32_t wanted = tensor.dtype == DTC_BF16 ? DTC_F32 : tensor.dtype;
  return Error{"'" + file.path() + "': array '" + info.name + "': expected " +
               typeText(wanted, shape) + ", got " +
               typeText(info.dtype, info.shape)};
}

Status readWhole(ArrayFile &file, const ArrayInfo &info,
                 const BoundaryTensor &tensor, void *whole, ArrayPart part) {
  if (auto status = checkArray(file, info, tensor, part); !status)
    return status.error();
  int64_t count = tensor.globalBytes() / elementSize(tensor.dtype);
  int64_t bytes = count * elementSize(info.dtype);
  auto read = [&](void *to) {
    return part.count == 0
               ? file.read(info, to)
               : file.readRange(info, part.index * bytes, bytes, to);
  };
  if (info.dtype != tensor.dtype) {
    std::vector<float> wide(static_cast<size_t>(count));
    if (auto status = read(wide.data()); !status)
      return status.error();
    for (size_t i = 0; i < wide.size(); ++i)
      static_cast<uint16_t *>(whole)[i] = bf16FromFloat(wide[i]);
    return Done{};
  }
  if (auto status = read(whole); !status)
    return status.error();
  // Generated code relies on booleans being 0 or 1.
  if (tensor.dtype == DTC_BOOL)
    for (int64_t i = 0; i < count; ++i)
      static_cast<uint8_t *>(whole)[i] = static_cast<uint8_t *>(whole)[i] != 0;
  return Done{};
}

Status readPiece(ArrayFile &file, const ArrayInfo &info,
                 const BoundaryTensor &tensor, void *piece, ArrayPart part) {
  if (tensor.local.size == tensor.shape)
    return readWhole(file, info, tensor, piece, part);
  if (auto status = checkArray(file, info, tensor, part); !status)
    return status.error();
  std::vector<char> whole(static_cast<size_t>(tensor.globalBytes()));
  if (auto status = readWhole(file, info, tensor, whole.data(), part); !status)
    return status.error();
  cutRegion(whole.data(), tensor.shape, tensor.local, elementSize(tensor.dtype),
            piece);
  return Done{};
}

Status refuseSurplus(const ArrayFile &file, const RankProgram &program,
                     const std::vector<BoundaryTensor> &tensors,
                     bool (*mayDiffer)(const BoundaryTensor &),
                     const std::string &what) {
  std::set<std::string> known;
  std::string list;
  for (const BoundaryTensor &tensor : tensors) {
    known.insert(tensor.name);
    if (mayDiffer(tensor))
      for (int64_t rank = 0; rank < program.worldSize(); ++rank)
        known.insert(rankName(tensor.name, rank));
    if (list.size() < 400)
      list += (list.empty() ? "'" : ", '") + tensor.name + "'";
    else if (list.back() != '.')
      list += ", ...";
  }
  for (const ArrayInfo &info : file.arrays())
    if (!known.count(info.name))
      return Error{"'" + file.path() + "': array '" + info.name + "' is not " +
                   what + " of the program: expected " +
                   (list.empty() ? "no arrays" : list)};
  return Done{};
}

} // namespace dtc::runtime
