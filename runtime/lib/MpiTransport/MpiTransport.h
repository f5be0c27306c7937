//===- MpiTransport.h - Ranks over MPI ------------------------------------===//
//
// 1. mpirun started the ranks; a communicator a mesh axis is split off the
//    world's.
// 2. Collectives are MPI's nonblocking ones (MpiCollective.h); waiting tests
//    them until the timeout.
// 3. Every rank counts the waits it has entered in a window that others can
//    read without its help, so that a timeout can name who is behind.
//===----------------------------------------------------------------------===//

#ifndef DTC_RUNTIME_LIB_MPITRANSPORT_MPITRANSPORT_H
#define DTC_RUNTIME_LIB_MPITRANSPORT_MPITRANSPORT_H

#include "dtc/runtime/Transport.h"
#include <mpi.h>

namespace dtc::runtime {

class MpiTransport final : public Transport {
public:
  explicit MpiTransport(const TransportOptions &options);
  ~MpiTransport() override;

  int64_t rank() const override { return self; }
  int64_t worldSize() const override { return world; }
  Status handshake(uint64_t hash) override;
  std::unique_ptr<Collective>
  createCollective(const dtc_collective &desc) override;
  std::vector<std::vector<char>> gather(const void *data,
                                        size_t bytes) override;
  void barrier() override;
  [[noreturn]] void fail(const std::string &message) override;

  /// Returns when `request` is complete; ends the rank after the timeout.
  void complete(MPI_Request &request, const std::string &what);

private:
  [[noreturn]] void timedOut(const std::string &what);
  void receiveBlob(int64_t peer, std::vector<char> &blob);
  void sendBlob(const char *data, size_t bytes);

  TransportOptions options;
  int64_t self = 0, world = 1;
  std::vector<MPI_Comm> axes;
  MPI_Comm everyone = MPI_COMM_NULL;
};

} // namespace dtc::runtime

#endif // DTC_RUNTIME_LIB_MPITRANSPORT_MPITRANSPORT_H
