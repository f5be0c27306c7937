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
#include <algorithm>

namespace dtc::runtime {
namespace {

bool mayDifferByRank(const BoundaryTensor &) { return true; }

/// How the optimizer's states are called, and the one that counts the steps.
const std::string kStates = "optimizer.", kStep = kStates + "step";

bool isState(const RankProgram &program, size_t index) {
  return program.uses[index].kind == DTC_STATE;
}

template <typename Stored>
void fillAll(void *piece, int64_t count, Stored value) {
  std::fill_n(static_cast<Stored *>(piece), count, value);
}

/// Every element of a state before the first step.
void fillElements(int32_t dtype, double value, void *piece, int64_t count) {
  auto whole = static_cast<int64_t>(value);
  switch (dtype) {
  case DTC_BOOL:
    return fillAll<uint8_t>(piece, count, value != 0);
  case DTC_I8:
  case DTC_U8:
    return fillAll(piece, count, static_cast<int8_t>(whole));
  case DTC_I16:
  case DTC_U16:
    return fillAll(piece, count, static_cast<int16_t>(whole));
  case DTC_I32:
  case DTC_U32:
    return fillAll(piece, count, static_cast<int32_t>(whole));
  case DTC_I64:
  case DTC_U64:
    return fillAll(piece, count, whole);
  case DTC_F16:
    return fillAll(piece, count, f16FromFloat(static_cast<float>(value)));
  case DTC_BF16:
    return fillAll(piece, count, bf16FromFloat(static_cast<float>(value)));
  case DTC_F32:
    return fillAll(piece, count, static_cast<float>(value));
  default:
    return fillAll(piece, count, value);
  }
}

/// Copies out of a mapping and lets its pages go on the way, so that the weight
/// is in memory once.
void copyMapped(const char *from, size_t bytes, void *to) {
  constexpr size_t kAtOnce = size_t(1) << 20;
  for (size_t at = 0; at < bytes; at += kAtOnce) {
    size_t part = std::min(kAtOnce, bytes - at);
    std::memcpy(static_cast<char *>(to) + at, from + at, part);
    dropMappedPages(from, at + part);
  }
}

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
    auto status = comesFromSource(i, options)
                      ? loadDistributed(i, options, peers)
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
    // A program without states takes the parameters of a checkpoint.
    if (auto status =
            refuseSurplus(*params, program, program.parameters, mayDifferByRank,
                          "a parameter", hasStates() ? "" : kStates);
        !status)
      return status.error();
    if (auto status = checkStep(); !status)
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

bool ParameterStore::hasStates() const {
  for (size_t i = 0; i < program.parameters.size(); ++i)
    if (isState(program, i))
      return true;
  return false;
}

/// Other states without the number of steps are no checkpoint: corrections of
/// moments and random numbers would begin anew.
Status ParameterStore::checkStep() const {
  bool isMissing = false;
  const BoundaryTensor *other = nullptr;
  for (size_t i = 0; i < program.parameters.size(); ++i) {
    if (!isState(program, i))
      continue;
    const BoundaryTensor &tensor = program.parameters[i];
    if (tensor.name == kStep)
      isMissing = !replacement(tensor);
    else if (replacement(tensor))
      other = &tensor;
  }
  if (!isMissing || !other)
    return Done{};
  return Error{"'" + params->path() + "': array '" + kStep +
               "' is missing: expected it beside '" + other->name +
               "', or no states, with which the optimizer begins anew"};
}

bool ParameterStore::needsWeights(const RankOptions &options) const {
  if (options.randomParams)
    return false;
  for (size_t i = 0; i < program.parameters.size(); ++i)
    if (!isState(program, i) && !replacement(program.parameters[i]))
      return true;
  return false;
}

/// Whether rank `--src-data-rank` distributes it; all ranks say the same.
bool ParameterStore::comesFromSource(size_t index,
                                     const RankOptions &options) const {
  if (!options.srcDataRank)
    return false;
  const std::string &name = program.parameters[index].name;
  return !isState(program, index) ||
         (params && (params->find(rankName(name, *options.srcDataRank)) ||
                     params->find(name)));
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
  for (size_t i = 0; i < program.parameters.size(); ++i) {
    const BoundaryTensor &tensor = program.parameters[i];
    if (isState(program, i))
      continue;
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

Status ParameterStore::fillState(size_t index) {
  const BoundaryTensor &tensor = program.parameters[index];
  auto piece = allocate(tensor);
  if (!piece)
    return piece.error();
  table.push_back(*piece);
  fillElements(tensor.dtype, program.uses[index].fill, *piece,
               tensor.local.count());
  return Done{};
}

Status ParameterStore::loadOne(size_t index, const RankOptions &options) {
  const BoundaryTensor &tensor = program.parameters[index];
  const ArrayInfo *replaced = replacement(tensor);
  if (!replaced && isState(program, index))
    return fillState(index);
  if (!replaced && !options.randomParams) {
    const char *data = nullptr;
    if (auto status = takeMapped(tensor, program.rank, data); !status)
      return status.error();
    if (isAligned(data) && program.uses[index].kind == DTC_CONSTANT) {
      table.push_back(const_cast<char *>(data));
      return Done{};
    }
    auto copy = allocate(tensor);
    if (!copy)
      return copy.error();
    copyMapped(data, static_cast<size_t>(tensor.localBytes()), *copy);
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
