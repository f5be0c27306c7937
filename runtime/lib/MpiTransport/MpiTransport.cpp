//===- MpiTransport.cpp - Ranks over MPI ----------------------------------===//

#include "MpiTransport.h"
#include "../Transport/Environment.h"
#include "../Transport/Plugin.h"
#include "../Transport/StridedCopy.h"
#include "MpiCollective.h"
#include "dtc/runtime/Checksum.h"
#include "dtc/runtime/Chunk.h"
#include <algorithm>
#include <cstdio>
#include <ctime>
#include <sched.h>
#include <unistd.h>

namespace dtc::runtime {
namespace {

constexpr int kBlobTag = 17;
constexpr size_t kBlobPart = size_t(64) << 20;

double now() {
  timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<double>(time.tv_sec) +
         static_cast<double>(time.tv_nsec) * 1e-9;
}

} // namespace

MpiTransport::MpiTransport(const TransportOptions &optionsOf)
    : options(optionsOf) {
  MPI_Comm_dup(MPI_COMM_WORLD, &everyone);
  int number;
  MPI_Comm_rank(everyone, &number);
  self = number;
  MPI_Comm_size(everyone, &number);
  world = number;
  std::vector<int64_t> coordinates = meshCoordinates(options.meshSizes, self);
  for (size_t axis = 0; axis < options.meshSizes.size(); ++axis) {
    // The group is named after its first member.
    std::vector<int64_t> first = coordinates;
    first[axis] = 0;
    MPI_Comm group;
    MPI_Comm_split(everyone,
                   static_cast<int>(meshRank(options.meshSizes, first)),
                   static_cast<int>(coordinates[axis]), &group);
    axes.push_back(group);
  }
}

MpiTransport::~MpiTransport() {
  for (MPI_Comm &group : axes)
    MPI_Comm_free(&group);
  MPI_Comm_free(&everyone);
  MPI_Finalize();
}

void MpiTransport::complete(MPI_Request &request, const std::string &what) {
  int done = 0;
  MPI_Test(&request, &done, MPI_STATUS_IGNORE);
  if (done)
    return;
  double end = now() + options.timeoutSeconds;
  while (now() < end) {
    // MPI makes progress only inside its calls.
    for (int i = 0; i < 100 && !done; ++i)
      MPI_Test(&request, &done, MPI_STATUS_IGNORE);
    if (done)
      return;
    sched_yield();
  }
  timedOut(what);
}

/// Who does not answer is who did not arrive: ranks that wait are inside MPI,
/// take part in everything that is small, and time out alike.
void MpiTransport::timedOut(const std::string &what) {
  std::vector<MPI_Request> sends(static_cast<size_t>(world), MPI_REQUEST_NULL);
  std::vector<MPI_Request> answers(sends);
  std::vector<char> heard(static_cast<size_t>(world));
  char mine = 1;
  for (int64_t peer = 0; peer < world; ++peer) {
    if (peer == self)
      continue;
    size_t at = static_cast<size_t>(peer);
    MPI_Isend(&mine, 1, MPI_CHAR, static_cast<int>(peer), kBlobTag + 1,
              everyone, &sends[at]);
    MPI_Irecv(&heard[at], 1, MPI_CHAR, static_cast<int>(peer), kBlobTag + 1,
              everyone, &answers[at]);
  }
  // Timeouts of ranks that arrived together are close to each other.
  double end = now() + std::min(0.5, 0.2 + options.timeoutSeconds / 10);
  while (now() < end) {
    int all = 0;
    MPI_Testall(static_cast<int>(world), answers.data(), &all,
                MPI_STATUSES_IGNORE);
    usleep(1000);
  }
  std::string silent;
  for (int64_t peer = 0; peer < world; ++peer)
    if (peer != self && !heard[static_cast<size_t>(peer)])
      silent += (silent.empty() ? "" : ", ") + std::to_string(peer);
  char seconds[32];
  std::snprintf(seconds, sizeof seconds, "%g s", options.timeoutSeconds);
  fail((silent.empty() ? "some rank" : "rank " + silent) +
       " did not arrive at " + what + " within " + seconds);
}

Status MpiTransport::handshake(uint64_t hash) {
  std::vector<uint64_t> hashes(static_cast<size_t>(world));
  MPI_Request request;
  MPI_Iallgather(&hash, 1, MPI_UINT64_T, hashes.data(), 1, MPI_UINT64_T,
                 everyone, &request);
  complete(request, "the start of the program");
  uint64_t expected = hashes[0];
  for (uint64_t candidate : hashes)
    if (std::count(hashes.begin(), hashes.end(), candidate) >
        std::count(hashes.begin(), hashes.end(), expected))
      expected = candidate;
  std::string different;
  for (size_t peer = 0; peer < hashes.size(); ++peer)
    if (hashes[peer] != expected)
      different += (different.empty() ? "" : ", ") + std::to_string(peer);
  if (different.empty())
    return Done{};
  return Error{"rank " + different +
               " is of another program: expected collectives " +
               checksumText(expected) + "; use the executables of one bundle"};
}

std::unique_ptr<Collective>
MpiTransport::createCollective(const dtc_collective &desc) {
  size_t axis = static_cast<size_t>(desc.axis);
  const char *problem = axis >= axes.size()
                            ? "its mesh axis does not exist"
                            : problemOf(desc, options.meshSizes[axis]);
  if (problem)
    fail(std::string("a collective of '") +
         (desc.module ? desc.module : "the program") +
         "' is invalid: " + problem);
  return std::make_unique<MpiCollective>(*this, desc, axes[axis]);
}

void MpiTransport::sendBlob(const char *data, size_t bytes) {
  uint64_t size = bytes;
  MPI_Request request;
  MPI_Isend(&size, 1, MPI_UINT64_T, 0, kBlobTag, everyone, &request);
  complete(request, "gathering results");
  for (size_t at = 0; at < bytes; at += kBlobPart) {
    int part = static_cast<int>(std::min(kBlobPart, bytes - at));
    MPI_Isend(data + at, part, MPI_BYTE, 0, kBlobTag, everyone, &request);
    complete(request, "gathering results");
  }
}

void MpiTransport::receiveBlob(int64_t peer, std::vector<char> &blob) {
  uint64_t size = 0;
  MPI_Request request;
  int from = static_cast<int>(peer);
  MPI_Irecv(&size, 1, MPI_UINT64_T, from, kBlobTag, everyone, &request);
  complete(request, "gathering results");
  blob.resize(size);
  for (size_t at = 0; at < blob.size(); at += kBlobPart) {
    int part = static_cast<int>(std::min(kBlobPart, blob.size() - at));
    MPI_Irecv(blob.data() + at, part, MPI_BYTE, from, kBlobTag, everyone,
              &request);
    complete(request, "gathering results");
  }
}

std::vector<std::vector<char>> MpiTransport::gather(const void *data,
                                                    size_t bytes) {
  const char *own = static_cast<const char *>(data);
  if (self != 0) {
    sendBlob(own, bytes);
    return {};
  }
  std::vector<std::vector<char>> blobs(static_cast<size_t>(world));
  blobs[0].assign(own, own + bytes);
  for (int64_t peer = 1; peer < world; ++peer)
    receiveBlob(peer, blobs[static_cast<size_t>(peer)]);
  return blobs;
}

void MpiTransport::barrier() {
  MPI_Request request;
  MPI_Ibarrier(everyone, &request);
  complete(request, "a barrier");
}

void MpiTransport::fail(const std::string &message) {
  std::fprintf(stderr, "error: rank %lld: %s\n", static_cast<long long>(self),
               message.c_str());
  std::fflush(nullptr);
  MPI_Abort(MPI_COMM_WORLD, 1);
  _exit(1);
}

} // namespace dtc::runtime

extern "C" {

__attribute__((visibility("default"))) extern const uint32_t dtcPluginAbi;
const uint32_t dtcPluginAbi = dtc::runtime::kPluginAbi;

__attribute__((visibility("default"))) dtc::runtime::Transport *
dtcConnectTransport(const dtc::runtime::TransportOptions &options,
                    std::string &problem) {
  int64_t worldSize = 1;
  for (int64_t size : options.meshSizes)
    worldSize *= size;
  auto environment = dtc::runtime::readEnvironment(worldSize);
  if (!environment) {
    problem = environment.error().message;
    return nullptr;
  }
  bool underMpi = environment->launcher == dtc::runtime::Environment::MpiRun;
  if (worldSize > 1 && !underMpi) {
    problem = "transport 'mpi' needs ranks that mpirun started: use dtc-run "
              "--transport mpi, or mpirun -n " +
              std::to_string(worldSize);
    return nullptr;
  }
  int provided;
  if (MPI_Init_thread(nullptr, nullptr, MPI_THREAD_SERIALIZED, &provided) !=
      MPI_SUCCESS) {
    problem = "transport 'mpi': MPI_Init failed";
    return nullptr;
  }
  int size;
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  if (size != worldSize) {
    problem = "the program is for " + std::to_string(worldSize) +
              " ranks: expected as many MPI processes, got " +
              std::to_string(size);
    return nullptr;
  }
  return new dtc::runtime::MpiTransport(options);
}
}
