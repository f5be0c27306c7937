//===- MpiCollective.cpp - One collective over MPI ------------------------===//

#include "MpiCollective.h"
#include "../Transport/Reduction.h"
#include "dtc/runtime/Chunk.h"
#include "dtc/runtime/ElementType.h"
#include <climits>
#include <cstring>
#include <map>

namespace dtc::runtime {

Reduction reductionBaseline(int32_t dtype, int32_t reduce);

namespace {

/// MPI hands its operations no context: one function a type and reduction.
template <int Dtype, int Reduce>
void combineValues(void *in, void *inout, int *count, MPI_Datatype *) {
  const void *sources[] = {inout, in};
  reductionBaseline(Dtype, Reduce)(inout, sources, 2, *count);
}

template <int Dtype> MPI_User_function *functionOf(int32_t reduce) {
  switch (reduce) {
  case DTC_MAX:
    return combineValues<Dtype, DTC_MAX>;
  case DTC_MIN:
    return combineValues<Dtype, DTC_MIN>;
  case DTC_PRODUCT:
    return combineValues<Dtype, DTC_PRODUCT>;
  default: // an average is divided in the end
    return combineValues<Dtype, DTC_SUM>;
  }
}

template <int... Dtypes>
MPI_User_function *functionOf(int32_t dtype, int32_t reduce,
                              std::integer_sequence<int, Dtypes...>) {
  MPI_User_function *result = nullptr;
  ((Dtypes == dtype ? void(result = functionOf<Dtypes>(reduce)) : void()), ...);
  return result;
}

/// Types and operations live as long as the process; there are few.
MPI_Op operationOf(int32_t dtype, int32_t reduce) {
  static std::map<std::pair<int32_t, int32_t>, MPI_Op> known;
  auto [entry, isNew] = known.try_emplace({dtype, reduce}, MPI_OP_NULL);
  if (isNew)
    MPI_Op_create(functionOf(dtype, reduce,
                             std::make_integer_sequence<int, DTC_F64 + 1>()),
                  1, &entry->second);
  return entry->second;
}

MPI_Datatype typeOf(int32_t dtype) {
  static std::map<int32_t, MPI_Datatype> known;
  auto [entry, isNew] = known.try_emplace(dtype, MPI_DATATYPE_NULL);
  if (isNew) {
    MPI_Type_contiguous(static_cast<int>(elementSize(dtype)), MPI_BYTE,
                        &entry->second);
    MPI_Type_commit(&entry->second);
  }
  return entry->second;
}

/// Turns a copy from a source into one to the place at `offset`, dense; and the
/// matching one from there to the result.
StridedCopy densely(const StridedCopy &copy, int64_t offset, bool toDense) {
  StridedCopy dense = copy;
  int64_t strides[3] = {copy.counts[1] * copy.counts[2] * copy.run,
                        copy.counts[2] * copy.run, copy.run};
  (toDense ? dense.targetOffset : dense.sourceOffset) = offset;
  for (int level = 0; level < 3; ++level)
    (toDense ? dense.targetStrides : dense.sourceStrides)[level] =
        strides[level];
  return dense;
}

int64_t bytesOf(const StridedCopy &copy) {
  return copy.isEmpty()
             ? 0
             : copy.counts[0] * copy.counts[1] * copy.counts[2] * copy.run;
}

} // namespace

MpiCollective::MpiCollective(MpiTransport &transport,
                             const dtc_collective &desc, MPI_Comm group)
    : transport(transport), desc(desc), group(group),
      element(elementSize(desc.dtype)) {
  MPI_Comm_size(group, &members);
  MPI_Comm_rank(group, &self);
  int64_t largest = 0;
  for (int64_t member = 0; member < members; ++member)
    largest = std::max({largest, sourceBytes(desc, members, member),
                        resultBytesOf(desc, members, member)});
  if (largest > INT_MAX)
    transport.fail("transport 'mpi' moves at most 2147483647 bytes at once, " +
                   name() + " has " + std::to_string(largest) +
                   "; use --transport shm, or shard more");
  resultElements = resultBytesOf(desc, members, self) / element;
  if (reduces())
    planReduction();
  else
    planExchange();
}

std::string MpiCollective::name() const {
  const char *kinds[] = {"all_reduce",   "all_gather", "reduce_scatter",
                         "all_to_all",   "broadcast",  "scatter",
                         "halo_exchange"};
  std::string text = std::string("the ") + kinds[desc.kind];
  if (desc.module && *desc.module)
    text += std::string(" of '") + desc.module + "'";
  return text;
}

void MpiCollective::planReduction() {
  type = typeOf(desc.dtype);
  operation = operationOf(desc.dtype, desc.reduce);
  if (desc.kind == DTC_ALL_REDUCE)
    return;
  // Packed, the rows of each member are together.
  int64_t at = 0, row = desc.inner * element;
  for (int64_t member = 0; member < members; ++member) {
    Interval rows = chunk(desc.extent, members, member);
    StridedCopy copy;
    copy.sourceOffset = rows.offset * row;
    copy.counts[2] = desc.outer;
    copy.sourceStrides[2] = desc.extent * row;
    copy.run = rows.size * row;
    packing.push_back(densely(copy, at, true));
    receiveCounts.push_back(static_cast<int>(bytesOf(copy) / element));
    at += bytesOf(copy);
  }
  packed.resize(static_cast<size_t>(at));
}

void MpiCollective::planExchange() {
  int64_t sent = 0, taken = 0;
  for (int64_t member = 0; member < members; ++member) {
    StridedCopy give = pieceToTake(desc, members, member, self);
    StridedCopy take = pieceToTake(desc, members, self, member);
    packing.push_back(densely(give, sent, true));
    unpacking.push_back(densely(take, taken, false));
    sendCounts.push_back(static_cast<int>(bytesOf(give)));
    sendOffsets.push_back(static_cast<int>(sent));
    receiveCounts.push_back(static_cast<int>(bytesOf(take)));
    receiveOffsets.push_back(static_cast<int>(taken));
    sent += bytesOf(give);
    taken += bytesOf(take);
    // Offsets are ints too: what a halo repeats may be too much.
    if (sent > INT_MAX || taken > INT_MAX)
      transport.fail(
          "transport 'mpi' moves at most 2147483647 bytes at once, " + name() +
          " has more; use --transport shm");
  }
  // These send the source as it is, once.
  bool whole = desc.kind == DTC_BROADCAST || desc.kind == DTC_ALL_GATHER;
  packed.resize(whole ? 0 : static_cast<size_t>(sent));
  received.resize(static_cast<size_t>(taken));
}

void MpiCollective::pack(const char *source) {
  if (packed.empty())
    return;
  for (const StridedCopy &copy : packing)
    copy.apply(packed.data(), source);
}

void MpiCollective::start(const void *from, void *to) {
  const char *source = static_cast<const char *>(from);
  result = static_cast<char *>(to);
  pack(source);
  switch (desc.kind) {
  case DTC_ALL_REDUCE:
    MPI_Iallreduce(source == result ? MPI_IN_PLACE : source, result,
                   static_cast<int>(resultElements), type, operation, group,
                   &request);
    return;
  case DTC_REDUCE_SCATTER:
    MPI_Ireduce_scatter(packed.data(), result, receiveCounts.data(), type,
                        operation, group, &request);
    // The order of [outer, rows] is that of the result already.
    return;
  case DTC_BROADCAST:
    if (self == desc.root && source != result)
      std::memcpy(result, source,
                  static_cast<size_t>(resultElements * element));
    MPI_Ibcast(result, static_cast<int>(resultElements * element), MPI_BYTE,
               desc.root, group, &request);
    return;
  case DTC_ALL_GATHER:
    MPI_Iallgatherv(source, static_cast<int>(sourceBytes(desc, members, self)),
                    MPI_BYTE, received.data(), receiveCounts.data(),
                    receiveOffsets.data(), MPI_BYTE, group, &request);
    return;
  case DTC_SCATTER:
    MPI_Iscatterv(packed.data(), sendCounts.data(), sendOffsets.data(),
                  MPI_BYTE, received.data(),
                  receiveCounts[static_cast<size_t>(desc.root)], MPI_BYTE,
                  desc.root, group, &request);
    return;
  default:
    MPI_Ialltoallv(packed.data(), sendCounts.data(), sendOffsets.data(),
                   MPI_BYTE, received.data(), receiveCounts.data(),
                   receiveOffsets.data(), MPI_BYTE, group, &request);
  }
}

void MpiCollective::wait() {
  transport.complete(request, name());
  if (desc.kind != DTC_BROADCAST)
    for (const StridedCopy &copy : unpacking)
      copy.apply(result, received.data());
  if (reduces() && desc.reduce == DTC_AVG && members > 1)
    divide();
}

void MpiCollective::divide() {
  // The average of a value and zeros is the value divided by their number.
  constexpr int64_t kBlock = 1024;
  static const std::vector<char> zeros(kBlock * sizeof(double));
  std::vector<const void *> sources(static_cast<size_t>(members), zeros.data());
  for (int64_t at = 0; at < resultElements; at += kBlock) {
    sources[0] = result + at * element;
    reductionBaseline(desc.dtype,
                      DTC_AVG)(result + at * element, sources.data(), members,
                               std::min(kBlock, resultElements - at));
  }
}

} // namespace dtc::runtime
