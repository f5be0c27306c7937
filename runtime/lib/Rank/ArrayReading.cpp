//===- ArrayReading.cpp - Arrays of a file as pieces of tensors -----------===//
//
// A piece that is the whole array is read in place; otherwise the array is read
// block by block, and each is cut.
//===----------------------------------------------------------------------===//

#include "ArrayReading.h"
#include "dtc/runtime/ElementType.h"
#include <algorithm>
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

namespace {

/// Reads `count` elements of the tensor from its element `begin` on, in the
/// tensor's type.
Status readElements(ArrayFile &file, const ArrayInfo &info,
                    const BoundaryTensor &tensor, ArrayPart part, int64_t begin,
                    int64_t count, void *to) {
  int64_t size = elementSize(info.dtype);
  int64_t before =
      part.index * (tensor.globalBytes() / elementSize(tensor.dtype));
  auto read = [&](void *values) {
    return part.count == 0 && count * size == info.bytes
               ? file.read(info, values)
               : file.readRange(info, (before + begin) * size, count * size,
                                values);
  };
  if (info.dtype != tensor.dtype) {
    std::vector<float> wide(static_cast<size_t>(count));
    if (auto status = read(wide.data()); !status)
      return status.error();
    for (size_t i = 0; i < wide.size(); ++i)
      static_cast<uint16_t *>(to)[i] = bf16FromFloat(wide[i]);
    return Done{};
  }
  if (auto status = read(to); !status)
    return status.error();
  // Generated code relies on booleans being 0 or 1.
  if (tensor.dtype == DTC_BOOL)
    for (int64_t i = 0; i < count; ++i)
      static_cast<uint8_t *>(to)[i] = static_cast<uint8_t *>(to)[i] != 0;
  return Done{};
}

/// A tensor cut at one dimension: what is before, what is behind, and this
/// rank's part of each. The blocks that one index of the dimension has are as
/// large as memory allows.
struct Cut {
  std::vector<int64_t> before = {1}, block;
  Region mineBefore{{0}, {1}}, mine; ///< `mine`: of the dimension and a block
  int64_t extent = 1;
  int64_t elements = 1; ///< of a block

  Cut(const BoundaryTensor &tensor, int64_t mostElements) {
    const std::vector<int64_t> &shape = tensor.shape;
    const Region &local = tensor.local;
    size_t at = shape.size();
    while (at > 1 && elements * shape[at - 1] <= mostElements)
      elements *= shape[--at];
    mine = {{0}, {1}};
    for (size_t dim = 0; dim < shape.size(); ++dim) {
      if (dim + 1 < at) {
        before.push_back(shape[dim]);
        mineBefore.offset.push_back(local.offset[dim]);
        mineBefore.size.push_back(local.size[dim]);
      } else if (dim + 1 == at) {
        extent = shape[dim];
        mine = {{local.offset[dim]}, {local.size[dim]}};
      } else {
        block.push_back(shape[dim]);
        mine.offset.push_back(local.offset[dim]);
        mine.size.push_back(local.size[dim]);
      }
    }
  }

  int64_t countBefore() const {
    int64_t count = 1;
    for (int64_t size : before)
      count *= size;
    return count;
  }

  bool isMine(int64_t flat) const {
    for (size_t dim = before.size(); dim-- > 0; flat /= before[dim]) {
      int64_t at = flat % before[dim] - mineBefore.offset[dim];
      if (at < 0 || at >= mineBefore.size[dim])
        return false;
    }
    return true;
  }

  /// Copies what is mine of `count` blocks from index `begin` on; returns the
  /// bytes.
  int64_t copy(const char *blocks, int64_t begin, int64_t count, int64_t size,
               char *to) const {
    Region region = mine;
    int64_t first = std::max(begin, mine.offset[0]);
    int64_t last = std::min(begin + count, mine.offset[0] + mine.size[0]);
    region.offset[0] = first - begin;
    region.size[0] = std::max<int64_t>(last - first, 0);
    if (region.count() == 0)
      return 0;
    std::vector<int64_t> shape{count};
    shape.insert(shape.end(), block.begin(), block.end());
    cutRegion(blocks, shape, region, size, to);
    return region.count() * size;
  }
};

/// What is in memory of an array of which a piece is read.
constexpr int64_t kReadBytes = int64_t(4) << 20;

} // namespace

Status readWhole(ArrayFile &file, const ArrayInfo &info,
                 const BoundaryTensor &tensor, void *whole, ArrayPart part) {
  if (auto status = checkArray(file, info, tensor, part); !status)
    return status.error();
  int64_t count = tensor.globalBytes() / elementSize(tensor.dtype);
  return readElements(file, info, tensor, part, 0, count, whole);
}

Status readPiece(ArrayFile &file, const ArrayInfo &info,
                 const BoundaryTensor &tensor, void *piece, ArrayPart part) {
  if (tensor.local.size == tensor.shape)
    return readWhole(file, info, tensor, piece, part);
  if (auto status = checkArray(file, info, tensor, part); !status)
    return status.error();
  int64_t size = elementSize(tensor.dtype), most = kReadBytes / size;
  Cut cut(tensor, most);
  int64_t together =
      std::clamp<int64_t>(most / std::max<int64_t>(cut.elements, 1), 1,
                          std::max<int64_t>(cut.extent, 1));
  std::vector<char> read(static_cast<size_t>(together * cut.elements * size));
  char *next = static_cast<char *>(piece);
  int64_t position = 0;
  // All of it, up to the end, where the file is checked.
  for (int64_t outer = 0, count = cut.countBefore(); outer < count; ++outer)
    for (int64_t begin = 0; begin < cut.extent; begin += together) {
      int64_t some = std::min(together, cut.extent - begin);
      int64_t elements = some * cut.elements;
      if (auto status = readElements(file, info, tensor, part, position,
                                     elements, read.data());
          !status)
        return status.error();
      position += elements;
      if (cut.isMine(outer))
        next += cut.copy(read.data(), begin, some, size, next);
    }
  return Done{};
}

Status refuseSurplus(const ArrayFile &file, const RankProgram &program,
                     const std::vector<BoundaryTensor> &tensors,
                     bool (*mayDiffer)(const BoundaryTensor &),
                     const std::string &what, const std::string &ignored) {
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
  auto isIgnored = [&](const std::string &name) {
    return !ignored.empty() && name.rfind(ignored, 0) == 0;
  };
  for (const ArrayInfo &info : file.arrays())
    if (!known.count(info.name) && !isIgnored(info.name))
      return Error{"'" + file.path() + "': array '" + info.name + "' is not " +
                   what + " of the program: expected " +
                   (list.empty() ? "no arrays" : list)};
  return Done{};
}

} // namespace dtc::runtime
