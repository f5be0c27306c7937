//===- NcclCollectives.cpp - Collectives by NCCL --------------------------===//

#include "NcclCollectives.h"
#include "dtc/runtime/Chunk.h"
#include "dtc/runtime/ElementType.h"
#include <algorithm>
#include <optional>

namespace dtc::runtime {
namespace {

using cuda::StreamKind;

/// How NCCL names a reduction.
struct ReductionName {
  int type, operation;
};

std::optional<int> ncclType(int32_t dtype) {
  switch (dtype) {
  case DTC_I8:
    return cuda::kNcclI8;
  case DTC_BOOL:
  case DTC_U8:
    return cuda::kNcclU8;
  case DTC_I32:
    return cuda::kNcclI32;
  case DTC_U32:
    return cuda::kNcclU32;
  case DTC_I64:
    return cuda::kNcclI64;
  case DTC_U64:
    return cuda::kNcclU64;
  case DTC_F16:
    return cuda::kNcclF16;
  case DTC_BF16:
    return cuda::kNcclBf16;
  case DTC_F32:
    return cuda::kNcclF32;
  case DTC_F64:
    return cuda::kNcclF64;
  }
  return std::nullopt;
}

std::optional<ReductionName> nameOf(const dtc_collective &desc) {
  std::optional<int> type = ncclType(desc.dtype);
  if (!type)
    return std::nullopt;
  bool isFloat = desc.dtype == DTC_F16 || desc.dtype == DTC_BF16 ||
                 desc.dtype == DTC_F32 || desc.dtype == DTC_F64;
  bool isBool = desc.dtype == DTC_BOOL;
  switch (desc.reduce) {
  case DTC_SUM:
    return ReductionName{*type, isBool ? cuda::kNcclMax : cuda::kNcclSum};
  case DTC_PRODUCT:
    return ReductionName{*type, isBool ? cuda::kNcclMin : cuda::kNcclProduct};
  case DTC_AVG:
    if (isFloat)
      return ReductionName{*type, cuda::kNcclAverage};
    return std::nullopt;
  case DTC_MAX:
    if (!isFloat)
      return ReductionName{*type, cuda::kNcclMax};
    return std::nullopt;
  case DTC_MIN:
    if (!isFloat)
      return ReductionName{*type, cuda::kNcclMin};
    return std::nullopt;
  }
  return std::nullopt;
}

bool reduces(const dtc_collective &desc) {
  return desc.kind == DTC_ALL_REDUCE || desc.kind == DTC_REDUCE_SCATTER;
}

int64_t bytesOf(const StridedCopy &copy) {
  return copy.isEmpty()
             ? 0
             : copy.counts[0] * copy.counts[1] * copy.counts[2] * copy.run;
}

/// True when these strides leave no gap between runs.
bool isDense(const StridedCopy &copy, const int64_t (&strides)[3]) {
  int64_t step = copy.run;
  for (int level = 2; level >= 0; --level) {
    if (copy.counts[level] != 1 && strides[level] != step)
      return false;
    step *= copy.counts[level];
  }
  return true;
}

/// The copy with one side packed at `offset`.
void packSide(const StridedCopy &copy, int64_t offset, int64_t &sideOffset,
              int64_t (&strides)[3]) {
  sideOffset = offset;
  strides[2] = copy.run;
  strides[1] = copy.counts[2] * copy.run;
  strides[0] = copy.counts[1] * strides[1];
}

} // namespace

bool NcclCollective::canDo(const dtc_collective &desc) {
  return !reduces(desc) || nameOf(desc).has_value();
}

Result<std::unique_ptr<Collective>>
NcclCollective::create(NcclWorld &world, GpuFrame &gpu, GroupPlace place,
                       const dtc_collective &desc, int32_t index) {
  std::unique_ptr<NcclCollective> collective(
      new NcclCollective(world, gpu, place, desc, index));
  if (auto status = collective->prepare(); !status)
    return status.error();
  return std::unique_ptr<Collective>(std::move(collective));
}

Status NcclCollective::prepare() {
  if (reduces(desc))
    planReduction();
  else if (desc.kind != DTC_BROADCAST && !isPlainGather())
    planExchange();
  // All collectives pack into the same memory: they run one after the other,
  // those that were started and not waited for, too.
  gpu.gpu().reserveWorkspace(static_cast<size_t>(packedBytes),
                             StreamKind::Communication);
  return createEvents();
}

/// Packed, the rows of each member are together.
void NcclCollective::planReduction() {
  if (desc.kind == DTC_ALL_REDUCE)
    return;
  int64_t row = desc.inner * elementSize(desc.dtype), at = 0;
  for (int64_t member = 0; member < place.members; ++member) {
    Interval rows = chunk(desc.extent, place.members, member);
    Piece piece;
    piece.copy.sourceOffset = rows.offset * row;
    piece.copy.counts[2] = desc.outer;
    piece.copy.sourceStrides[2] = desc.extent * row;
    piece.copy.run = rows.size * row;
    packSide(piece.copy, at, piece.copy.targetOffset, piece.copy.targetStrides);
    piece.bytes = bytesOf(piece.copy);
    piece.offset = at;
    piece.isPacked = desc.outer > 1;
    at += piece.bytes;
    sent.push_back(piece);
  }
  packedBytes = desc.outer > 1 ? at : 0;
}

void NcclCollective::planExchange() {
  own = pieceToTake(desc, place.members, place.member, place.member);
  for (int64_t member = 0; member < place.members; ++member) {
    Piece give, take;
    if (member != place.member) {
      give.copy = pieceToTake(desc, place.members, member, place.member);
      take.copy = pieceToTake(desc, place.members, place.member, member);
    }
    give.bytes = bytesOf(give.copy);
    give.offset = give.copy.sourceOffset;
    give.isPacked = !isDense(give.copy, give.copy.sourceStrides);
    if (give.isPacked) {
      give.offset = packedBytes;
      packSide(give.copy, packedBytes, give.copy.targetOffset,
               give.copy.targetStrides);
      packedBytes += give.bytes;
    }
    take.bytes = bytesOf(take.copy);
    take.offset = take.copy.targetOffset;
    take.isPacked = !isDense(take.copy, take.copy.targetStrides);
    if (take.isPacked) {
      take.offset = packedBytes;
      packSide(take.copy, packedBytes, take.copy.sourceOffset,
               take.copy.sourceStrides);
      packedBytes += take.bytes;
    }
    sent.push_back(give);
    received.push_back(take);
  }
}

//===----------------------------------------------------------------------===//
// Calls
//===----------------------------------------------------------------------===//

Status NcclCollective::report(const char *call, cuda::NcclResult result) const {
  return result == 0 ? Status(Done{}) : Status(nccl.problem(call, result));
}

/// The driver copies the longest of the three loops at once.
Status NcclCollective::copyAll(const StridedCopy &copy, char *to,
                               const char *from) {
  if (copy.isEmpty())
    return Done{};
  to += copy.targetOffset;
  from += copy.sourceOffset;
  const auto *longest =
      std::max_element(std::begin(copy.counts), std::end(copy.counts));
  const size_t rows = size_t(longest - copy.counts);
  const size_t outer = rows == 0 ? 1 : 0, inner = rows == 2 ? 1 : 2;
  for (int64_t i = 0; i < copy.counts[outer]; ++i)
    for (int64_t j = 0; j < copy.counts[inner]; ++j) {
      cuda::Rows all{
          to + i * copy.targetStrides[outer] + j * copy.targetStrides[inner],
          from + i * copy.sourceStrides[outer] + j * copy.sourceStrides[inner],
          copy.targetStrides[rows],
          copy.sourceStrides[rows],
          copy.run,
          copy.counts[rows]};
      if (auto status = gpu.gpu().startCopy(StreamKind::Communication, all);
          !status)
        return status.error();
    }
  return Done{};
}

Status NcclCollective::put(const void *source, void *result) {
  world.memory().note(desc.axis, source, result);
  if (packedBytes > 0)
    packed = static_cast<char *>(
        gpu.gpu().workspaceMemory(StreamKind::Communication));
  if (reduces(desc))
    return reduce(source, result);
  if (desc.kind == DTC_BROADCAST)
    return broadcast(source, result);
  if (isPlainGather())
    return gather(source, result);
  return exchange(static_cast<const char *>(source),
                  static_cast<char *>(result));
}

Status NcclCollective::reduce(const void *source, void *result) {
  ReductionName name = *nameOf(desc);
  cuda::Handle stream = gpu.gpu().communicationStream();
  int64_t count = desc.outer * desc.extent * desc.inner;
  if (count == 0)
    return Done{};
  if (desc.kind == DTC_ALL_REDUCE)
    return report("ncclAllReduce",
                  nccl.allReduce(source, result, size_t(count), name.type,
                                 name.operation, communicator, stream));
  const char *from = static_cast<const char *>(source);
  for (const Piece &piece : sent)
    if (piece.isPacked)
      if (auto status = copyAll(piece.copy, packed, from); !status)
        return status.error();
  if (packed)
    from = packed;
  if (desc.extent % place.members != 0)
    return reduceOneByOne(from, result);
  return report("ncclReduceScatter",
                nccl.reduceScatter(from, result, size_t(count / place.members),
                                   name.type, name.operation, communicator,
                                   stream));
}

Status NcclCollective::reduceOneByOne(const char *from, void *result) {
  ReductionName name = *nameOf(desc);
  cuda::Handle stream = gpu.gpu().communicationStream();
  cuda::NcclResult problem = nccl.beginGroup();
  for (int64_t member = 0; member < place.members && problem == 0; ++member) {
    const Piece &piece = sent[size_t(member)];
    if (piece.bytes > 0)
      problem = nccl.reduce(
          from + piece.offset, member == place.member ? result : nullptr,
          size_t(piece.bytes / elementSize(desc.dtype)), name.type,
          name.operation, static_cast<int>(member), communicator, stream);
  }
  cuda::NcclResult ended = nccl.endGroup();
  return report("ncclReduce", problem != 0 ? problem : ended);
}

Status NcclCollective::broadcast(const void *source, void *result) {
  int64_t bytes = resultBytesOf(desc, place.members, place.member);
  if (bytes == 0)
    return Done{};
  return report("ncclBroadcast",
                nccl.broadcast(source, result, size_t(bytes), cuda::kNcclU8,
                               desc.root, communicator,
                               gpu.gpu().communicationStream()));
}

/// True when members' shares, all of one size, lie one after the other.
bool NcclCollective::isPlainGather() const {
  return desc.kind == DTC_ALL_GATHER && desc.outer == 1 &&
         desc.extent % place.members == 0 && desc.extent * desc.inner != 0;
}

Status NcclCollective::gather(const void *source, void *result) {
  int64_t bytes = sourceBytes(desc, place.members, place.member);
  return report("ncclAllGather",
                nccl.allGather(source, result, size_t(bytes), cuda::kNcclU8,
                               communicator, gpu.gpu().communicationStream()));
}

Status NcclCollective::exchange(const char *source, char *result) {
  for (const Piece &piece : sent)
    if (piece.isPacked)
      if (auto status = copyAll(piece.copy, packed, source); !status)
        return status.error();
  if (auto status = copyAll(own, result, source); !status)
    return status.error();
  if (auto status = sendAll(source, result); !status)
    return status.error();
  for (const Piece &piece : received)
    if (piece.isPacked)
      if (auto status = copyAll(piece.copy, result, packed); !status)
        return status.error();
  return Done{};
}

Status NcclCollective::sendAll(const char *source, char *result) {
  cuda::Handle stream = gpu.gpu().communicationStream();
  cuda::NcclResult problem = nccl.beginGroup();
  for (int64_t member = 0; member < place.members; ++member) {
    const Piece &give = sent[size_t(member)], &take = received[size_t(member)];
    int peer = static_cast<int>(member);
    if (give.bytes > 0 && problem == 0)
      problem = nccl.send((give.isPacked ? packed : source) + give.offset,
                          size_t(give.bytes), cuda::kNcclU8, peer, communicator,
                          stream);
    if (take.bytes > 0 && problem == 0)
      problem = nccl.receive((take.isPacked ? packed : result) + take.offset,
                             size_t(take.bytes), cuda::kNcclU8, peer,
                             communicator, stream);
  }
  cuda::NcclResult ended = nccl.endGroup();
  return report("ncclSend and ncclRecv", problem != 0 ? problem : ended);
}

} // namespace dtc::runtime
