//===- MpiTrials.cpp - Every collective over MPI --------------------------===//
//
// One rank, started by mpirun: `mpirun -n N dtc-mpi-trials N`. Sizes that MPI
// takes long for are those of the shared-memory tests.
//===----------------------------------------------------------------------===//

#include "CollectiveTrials.h"
#include <cstdio>
#include <cstdlib>

int main(int argc, char **argv) {
  dtc::runtime::TransportOptions options;
  options.name = "mpi";
  options.timeoutSeconds = 30;
  options.meshNames = {"axis"};
  options.meshSizes = {argc > 1 ? std::atoi(argv[1]) : 1};
  bool twoAxes = options.meshSizes[0] == 4;
  if (twoAxes) {
    options.meshNames = {"rows", "columns"};
    options.meshSizes = {2, 2};
  }
  auto transport = dtc::runtime::connectTransport(options);
  if (!transport) {
    std::fprintf(stderr, "error: %s\n", transport.error().message.c_str());
    return 1;
  }
  if (auto status = (*transport)->handshake(7); !status)
    (*transport)->fail(status.error().message);
  if (twoAxes) {
    dtc::runtime::test::tryInFlight(**transport, 2, 2);
  } else {
    dtc::runtime::test::tryReductions(**transport);
    dtc::runtime::test::tryPieces(**transport);
    dtc::runtime::test::tryHalos(**transport);
    dtc::runtime::test::tryAllToAll(**transport);
  }
  auto blobs = (*transport)->gather("abc", 3);
  if ((*transport)->rank() == 0 && blobs.back().size() != 3)
    (*transport)->fail("a blob is not as it was sent");
  (*transport)->barrier();
  return 0;
}
