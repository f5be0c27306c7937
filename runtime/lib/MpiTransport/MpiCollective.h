//===- MpiCollective.h - One collective over MPI --------------------------===//
//
// 1. Pieces are packed by member where they are not contiguous, sent by the
//    nonblocking collective that fits, and unpacked in wait.
// 2. Values are reduced by dtc's own loops as MPI operations on opaque elements
//    (MPI knows no 16-bit floats, and a NaN must win). An average is a sum,
//    divided in wait.
//===----------------------------------------------------------------------===//

#ifndef DTC_RUNTIME_LIB_MPITRANSPORT_MPICOLLECTIVE_H
#define DTC_RUNTIME_LIB_MPITRANSPORT_MPICOLLECTIVE_H

#include "../Transport/StridedCopy.h"
#include "MpiTransport.h"

namespace dtc::runtime {

class MpiCollective final : public Collective {
public:
  MpiCollective(MpiTransport &transport, const dtc_collective &desc,
                MPI_Comm group);

  void start(const void *source, void *result) override;
  void wait() override;

private:
  bool reduces() const {
    return desc.kind == DTC_ALL_REDUCE || desc.kind == DTC_REDUCE_SCATTER;
  }
  void planReduction();
  void planExchange();
  void pack(const char *source);
  void divide();
  std::string name() const;

  MpiTransport &transport;
  const dtc_collective desc;
  MPI_Comm group;
  int members = 1, self = 0;
  int64_t element;
  MPI_Request request = MPI_REQUEST_NULL;
  MPI_Datatype type = MPI_BYTE;
  MPI_Op operation = MPI_OP_NULL;

  /// What goes to and comes from each member, in bytes, or elements of a
  /// reduction; and the copies between those places and the buffers.
  std::vector<int> sendCounts, sendOffsets, receiveCounts, receiveOffsets;
  std::vector<StridedCopy> packing, unpacking;
  std::vector<char> packed, received;
  char *result = nullptr;
  int64_t resultElements = 0;
};

} // namespace dtc::runtime

#endif // DTC_RUNTIME_LIB_MPITRANSPORT_MPICOLLECTIVE_H
