//===- ShmTransport.h - Ranks of one host over shared memory --------------===//
//
// 1. Ranks get hold of a common memory (Rendezvous.h), map it (SharedWorld.h)
//    and tell each other who they are.
// 2. They spin while waiting if together they may use at least as many
//    processors as there are ranks; otherwise waiting is sleeping.
// 3. A thread ends the rank with the others (PeerWatch.h).
// 4. Collectives go over a channel a mesh axis (Channel.h).
//===----------------------------------------------------------------------===//

#ifndef DTC_RUNTIME_LIB_TRANSPORT_SHMTRANSPORT_H
#define DTC_RUNTIME_LIB_TRANSPORT_SHMTRANSPORT_H

#include "Channel.h"
#include "Environment.h"
#include "PeerWatch.h"
#include "SharedHeap.h"
#include "SharedWorld.h"
#include "dtc/runtime/Transport.h"

namespace dtc::runtime {

class ShmTransport final : public Transport, private ChannelOwner {
public:
  /// Returns once all ranks are there.
  static Result<std::unique_ptr<Transport>>
  connect(const TransportOptions &options, const Environment &environment);
  ~ShmTransport() override;

  int64_t rank() const override { return world.rank(); }
  int64_t worldSize() const override { return world.size(); }
  Status handshake(uint64_t hash) override;
  std::unique_ptr<Collective>
  createCollective(const dtc_collective &desc) override;
  void *allocate(size_t bytes) override;
  std::vector<std::vector<char>> gather(const void *data,
                                        size_t bytes) override;
  void barrier() override;
  void beginWaiting() override;
  void endWaiting() override;
  std::string idleRanks(const std::vector<int64_t> &among) override;
  [[noreturn]] void fail(const std::string &message) override;

private:
  ShmTransport(const TransportOptions &options, const Environment &environment,
               SharedWorld mapped);
  void introduce();
  Status awaitArrivals();
  void chooseWaiting();
  std::vector<int64_t> findIdle() const;
  [[noreturn]] void timedOut(const std::string &what,
                             std::vector<int64_t> missing) override;
  void offerBlob(const void *data, size_t bytes);
  std::vector<std::vector<char>> takeBlobs(const void *data, size_t bytes);

  SharedWorld world;
  std::vector<int64_t> meshSizes;
  Farewell farewell;
  Waiting waiting;
  SharedHeap heap;
  std::vector<std::unique_ptr<Channel>> channels; ///< by mesh axis
  std::unique_ptr<PeerWatch> watch;
  uint32_t barriers = 0, gathers = 0;
};

} // namespace dtc::runtime

#endif // DTC_RUNTIME_LIB_TRANSPORT_SHMTRANSPORT_H
