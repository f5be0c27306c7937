//===- NcclCollectives.h - Collectives by NCCL ----------------------------===//
//
// 1. Sums, products and averages: NCCL's reductions. Where rows of members lie
//    apart, they are packed first; uneven shards are reduced one by one.
// 2. Equal shares that lie one after the other are gathered at once.
// 3. What else moves values only is sent piece by piece, from where it lies to
//    where it belongs, in one group; pieces with gaps go through packed memory.
//
// All copies are on the communication stream.
//===----------------------------------------------------------------------===//

#ifndef DTC_RUNTIME_LIB_RANK_NCCLCOLLECTIVES_H
#define DTC_RUNTIME_LIB_RANK_NCCLCOLLECTIVES_H

#include "../Transport/StridedCopy.h"
#include "GpuCollective.h"
#include "NcclWorld.h"

namespace dtc::runtime {

class NcclCollective final : public GpuCollective {
public:
  /// False for reductions that NCCL has not, or has with other NaNs: maxima and
  /// minima of floats, integers of 16 bits, averages of integers.
  static bool canDo(const dtc_collective &desc);

  /// Collective `index` of the program.
  static Result<std::unique_ptr<Collective>>
  create(NcclWorld &world, GpuFrame &gpu, GroupPlace place,
         const dtc_collective &desc, int32_t index);

private:
  /// What goes to, or comes from, a member.
  struct Piece {
    StridedCopy copy; ///< between the array and packed memory
    int64_t bytes = 0;
    int64_t offset = 0; ///< where it lies without gaps: in the array
    bool isPacked = false;
  };

  NcclCollective(NcclWorld &worldOf, GpuFrame &gpuOf, GroupPlace placeOf,
                 const dtc_collective &descOf, int32_t indexOf)
      : GpuCollective(gpuOf, indexOf), world(worldOf), nccl(world.functions()),
        communicator(world.along(descOf.axis)), place(placeOf), desc(descOf) {}
  Status prepare();
  void planReduction();
  void planExchange();
  Status put(const void *source, void *result) override;
  Status reduce(const void *source, void *result);
  Status reduceOneByOne(const char *packed, void *result);
  Status broadcast(const void *source, void *result);
  bool isPlainGather() const;
  Status gather(const void *source, void *result);
  Status exchange(const char *source, char *result);
  Status sendAll(const char *source, char *result);
  Status copyAll(const StridedCopy &copy, char *to, const char *from);
  Status report(const char *call, cuda::NcclResult result) const;

  NcclWorld &world;
  const cuda::Nccl &nccl;
  cuda::Handle communicator;
  GroupPlace place;
  const dtc_collective &desc;
  std::vector<Piece> sent, received;
  StridedCopy own;
  int64_t packedBytes = 0;
  char *packed = nullptr;
};

} // namespace dtc::runtime

#endif // DTC_RUNTIME_LIB_RANK_NCCLCOLLECTIVES_H
