//===- Parameters.cpp - A rank's parameters -------------------------------===//
//
// A mapped weight is used in place when it is aligned; checking its checksum
// touches its pages, so they are dropped right after: a weight that only gets
// packed must not count twice towards the rank's peak memory.
//===----------------------------------------------------------------------===//

#include "Parameters.h"
#include "ArrayReading.h"
#include "Assemble.h"
#include "Distribute.h"
#include "RandomParameters.h"
#include "dtc/runtime/ElementType.h"

namespace dtc::runtime {
namespace {

bool mayDifferByRank(const BoundaryTensor &) { return true; }

bool isAligned(const void *data) {
  return reinterpret_cast<uintptr_t>(data) % 64 == 0;
}

} // namespace

Status ParameterStore::load(const RankOptions &options,
                            const std::string &bundle, Peers &peers) {
  folder = bundle;
  weights.resize(static_cast<size_t>(program.worldSize()));
  if (auto status = openSources(options); !status)
    return status.error();
  for (size_t i = 0; i < program.parameters.size(); ++i) {
    auto status = options.srcDataRank ? loadDistributed(i, options, peers)
                                      : loadOne(i, options);
    if (!status)
      return status.error();
  }
  return Done{};
}

Status ParameterStore::openSources(const RankOptions &options) {
  if (!options.params.empty()) {
    auto opened = openArrays(options.params);
    if (!opened)
      return opened.error();
    params = std::move(*opened);
    if (auto status = refuseSurplus(*params, program, program.parameters,
                                    mayDifferByRank, "a parameter");
        !status)
      return status.error();
  }
  if (!needsWeights(options))
    return Done{};
  if (!options.srcDataRank)
    return openWeights(program.rank);
  for (int64_t rank = 0; rank < program.worldSize(); ++rank)
    if (*options.srcDataRank == program.rank)
      if (auto status = openWeights(rank); !status)
        return status.error();
  return Done{};
}

bool ParameterStore::needsWeights(const RankOptions &options) const {
  if (options.randomParams)
    return false;
  for (const BoundaryTensor &tensor : program.parameters)
    if (!replacement(tensor))
      return true;
  return false;
}

Status ParameterStore::openWeights(int64_t rank) {
  std::string name = "weights.rank" + std::to_string(rank) + ".safetensors";
  auto file = openBeneath(folder, name);
  if (!file)
    return Error{file.error().message +
                 " (a bundle without weights runs with --random-params or "
                 "--params)"};
  auto opened = SafetensorsFile::open(std::move(*file));
  if (!opened)
    return opened.error();
  auto &weightFile = weights[static_cast<size_t>(rank)] = std::move(*opened);
  for (const BoundaryTensor &tensor : program.parameters) {
    const ArrayInfo *info = weightFile->find(tensor.name);
    Region region = program.regionOf(tensor, rank);
    if (!info)
      return Error{"'" + weightFile->path() + "': tensor '" + tensor.name +
                   "' is missing: expected " +
                   typeText(tensor.dtype, region.size)};
    if (info->dtype != tensor.dtype || info->shape != region.size)
      return Error{"'" + weightFile->path() + "': tensor '" + tensor.name +
                   "': expected " + typeText(tensor.dtype, region.size) +
                   ", got " + typeText(info->dtype, info->shape)};
  }
  return refuseSurplus(
      *weightFile, program, program.parameters,
      [](const BoundaryTensor &) { return false; }, "a parameter");
}

const ArrayInfo *
ParameterStore::replacement(const BoundaryTensor &tensor) const {
  if (!params)
    return nullptr;
  const ArrayInfo *own = params->find(rankName(tensor.name, program.rank));
  return own ? own : params->find(tensor.name);
}

Result<void *> ParameterStore::allocate(const BoundaryTensor &tensor) {
  owned.push_back(
      AlignedBuffer::allocate(static_cast<size_t>(tensor.localBytes())));
  if (!owned.back().data())
    return Error{"no memory for parameter '" + tensor.name + "' of " +
                 std::to_string(tensor.localBytes()) + " bytes"};
  return static_cast<void *>(owned.back().data());
}

Status ParameterStore::loadOne(size_t index, const RankOptions &options) {
  const BoundaryTensor &tensor = program.parameters[index];
  const ArrayInfo *replaced = replacement(tensor);
  if (!replaced && !options.randomParams) {
    const char *data = nullptr;
    if (auto status = takeMapped(tensor, program.rank, data); !status)
      return status.error();
    if (isAligned(data)) {
      table.push_back(const_cast<char *>(data));
      return Done{};
    }
    auto copy = allocate(tensor);
    if (!copy)
      return copy.error();
    size_t bytes = static_cast<size_t>(tensor.localBytes());
    if (bytes > 0)
      std::memcpy(*copy, data, bytes);
    dropMappedPages(data, bytes);
    table.push_back(*copy);
    return Done{};
  }
  auto piece = allocate(tensor);
  if (!piece)
    return piece.error();
  table.push_back(*piece);
  if (replaced)
    return readPiece(*params, *replaced, tensor, *piece);
  fillRandom(tensor, tensor.local, *options.randomParams, *piece);
  return Done{};
}

Status ParameterStore::takeMapped(const BoundaryTensor &tensor, int64_t rank,
                                  const char *&data) {
  SafetensorsFile &file = *weights[static_cast<size_t>(rank)];
  const ArrayInfo &info = *file.find(tensor.name);
  if (auto status = file.verify(info); !status)
    return status.error();
  data = file.data(info);
  dropMappedPages(data, static_cast<size_t>(info.bytes));
  return Done{};
}

Status ParameterStore::loadDistributed(size_t index, const RankOptions &options,
                                       Peers &peers) {
  const BoundaryTensor &tensor = program.parameters[index];
  std::vector<char> whole;
  if (*options.srcDataRank == program.rank)
    if (auto status = loadWhole(index, options, whole); !status)
      return status.error();
  auto piece = allocate(tensor);
  if (!piece)
    return piece.error();
  table.push_back(*piece);
  return distribute(program, tensor, *options.srcDataRank, whole, *piece,
                    peers);
}

Status ParameterStore::loadWhole(size_t index, const RankOptions &options,
                                 std::vector<char> &whole) {
  const BoundaryTensor &tensor = program.parameters[index];
  whole.resize(static_cast<size_t>(tensor.globalBytes()));
  if (const ArrayInfo *replaced = replacement(tensor))
    return readWhole(*params, *replaced, tensor, whole.data());
  if (!options.randomParams)
    return assembleFromBundle(tensor, whole.data());
  Region all{std::vector<int64_t>(tensor.shape.size(), 0), tensor.shape};
  fillRandom(tensor, all, *options.randomParams, whole.data());
  return Done{};
}

Status ParameterStore::assembleFromBundle(const BoundaryTensor &tensor,
                                          char *whole) {
  std::vector<const char *> pieces(weights.size(), nullptr);
  for (int64_t rank = 0; rank < program.worldSize(); ++rank)
    if (contributes(program, tensor, rank))
      if (auto status =
              takeMapped(tensor, rank, pieces[static_cast<size_t>(rank)]);
          !status)
        return status.error();
  assemble(
      program, tensor,
      [&](int64_t rank) { return pieces[static_cast<size_t>(rank)]; }, whole);
  return Done{};
}

void ParameterStore::weightPacked(const void *weight, size_t bytes) {
  // Memory of our own has no file to come back from.
  for (const AlignedBuffer &buffer : owned) {
    const char *start = static_cast<const char *>(weight);
    if (start >= buffer.data() && start < buffer.data() + buffer.size())
      return;
  }
  const auto &file = weights[static_cast<size_t>(program.rank)];
  if (file && file->contains(weight))
    dropMappedPages(weight, bytes);
}

} // namespace dtc::runtime
