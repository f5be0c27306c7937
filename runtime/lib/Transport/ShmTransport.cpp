//===- ShmTransport.cpp - Ranks of one host over shared memory ------------===//

#include "ShmTransport.h"
#include "Rendezvous.h"
#include "StridedCopy.h"
#include "dtc/runtime/Checksum.h"
#include <algorithm>
#include <bit>
#include <cstdio>
#include <cstring>
#include <map>
#include <sched.h>
#include <sys/mman.h>
#include <unistd.h>

namespace dtc::runtime {
namespace {

std::string secondsText(double seconds) {
  char text[32];
  std::snprintf(text, sizeof text, "%g s", seconds);
  return text;
}

} // namespace

ShmTransport::ShmTransport(const TransportOptions &options,
                           const Environment &environment, SharedWorld mapped)
    : world(std::move(mapped)), meshSizes(options.meshSizes),
      farewell(environment.launcher == Environment::DtcRun ? Farewell::Silent
                                                           : Farewell::Report),
      waiting(options.timeoutSeconds, world.entry(world.rank()).blocked),
      heap(world.heap(), world.heapSize()) {}

Result<std::unique_ptr<Transport>>
ShmTransport::connect(const TransportOptions &options,
                      const Environment &environment) {
  auto descriptor = meetForMemory(environment, options.timeoutSeconds);
  if (!descriptor)
    return descriptor.error();
  auto mapped =
      SharedWorld::map(*descriptor, options.meshSizes, environment.rank);
  if (*descriptor >= 0)
    close(*descriptor);
  if (!mapped)
    return mapped.error();
  std::unique_ptr<ShmTransport> result(
      new ShmTransport(options, environment, std::move(*mapped)));
  result->introduce();
  if (auto status = result->awaitArrivals(); !status)
    return status.error();
  result->chooseWaiting();
  result->watch = std::make_unique<PeerWatch>(result->world, result->farewell);
  ChannelOwner &owner = *result;
  for (size_t axis = 0; axis < options.meshSizes.size(); ++axis)
    result->channels.push_back(
        std::make_unique<Channel>(owner, result->world, result->waiting,
                                  result->heap, options.meshSizes, axis));
  return std::unique_ptr<Transport>(std::move(result));
}

ShmTransport::~ShmTransport() {
  world.entry(rank()).finished.store(1);
  watch.reset();
}

void ShmTransport::introduce() {
  RankEntry &own = world.entry(rank());
  own.process = static_cast<int32_t>(getpid());
  own.layout = world.layout();
  cpu_set_t set;
  CPU_ZERO(&set);
  sched_getaffinity(0, sizeof set, &set);
  for (int cpu = 0; cpu < std::min<int>(CPU_SETSIZE, kMaxProcessors); ++cpu)
    if (CPU_ISSET(cpu, &set))
      own.processors[cpu / 64] |= uint64_t(1) << (cpu % 64);
  waiting.raise(own.arrived, 1);
}

Status ShmTransport::awaitArrivals() {
  std::vector<int64_t> missing, different;
  for (int64_t peer = 0; peer < worldSize(); ++peer) {
    // Who is late is late for all: after one timeout the rest is only asked.
    RankEntry &entry = world.entry(peer);
    bool there = missing.empty() ? waiting.await(entry.arrived, 1)
                                 : reached(entry.arrived.value, 1);
    if (!there)
      missing.push_back(peer);
    else if (entry.layout != world.layout())
      different.push_back(peer);
  }
  if (!missing.empty())
    return Error{rankList(missing) + " did not start within " +
                 secondsText(waiting.timeoutSeconds())};
  if (!different.empty())
    return Error{rankList(different) +
                 " and this rank disagree on the mesh or the limits of the "
                 "process: expected ranks of one bundle, started alike"};
  return Done{};
}

void ShmTransport::chooseWaiting() {
  int processors = 0;
  for (size_t word = 0; word < kMaxProcessors / 64; ++word) {
    uint64_t set = 0;
    for (int64_t peer = 0; peer < worldSize(); ++peer)
      set |= world.entry(peer).processors[word];
    processors += std::popcount(set);
  }
  waiting.setStyle(processors >= worldSize() ? Waiting::Spin : Waiting::Sleep);
}

Status ShmTransport::handshake(uint64_t hash) {
  world.entry(rank()).hash = hash;
  barrier();
  // The hash that most ranks have, the lowest rank's among equals, is right.
  std::map<uint64_t, int64_t> counts;
  for (int64_t peer = 0; peer < worldSize(); ++peer)
    ++counts[world.entry(peer).hash];
  uint64_t expected = world.entry(0).hash;
  for (auto [candidate, count] : counts)
    if (count > counts[expected])
      expected = candidate;
  std::vector<int64_t> different;
  for (int64_t peer = 0; peer < worldSize(); ++peer)
    if (world.entry(peer).hash != expected)
      different.push_back(peer);
  if (different.empty())
    return Done{};
  return Error{rankList(different) + (different.size() == 1 ? " is" : " are") +
               " of another program: expected collectives " +
               checksumText(expected) + ", got " +
               checksumText(world.entry(different[0]).hash) +
               "; use the executables of one bundle"};
}

std::unique_ptr<Collective>
ShmTransport::createCollective(const dtc_collective &desc) {
  size_t axis = static_cast<size_t>(desc.axis);
  const char *problem = axis >= channels.size()
                            ? "its mesh axis does not exist"
                            : problemOf(desc, meshSizes[axis]);
  if (problem)
    fail(std::string("a collective of '") +
         (desc.module ? desc.module : "the program") +
         "' is invalid: " + problem);
  return channels[axis]->create(desc);
}

void *ShmTransport::allocate(size_t bytes) {
  if (worldSize() == 1)
    return nullptr;
  void *buffer = heap.allocate(bytes);
#ifdef MADV_POPULATE_WRITE
  if (buffer)
    madvise(buffer, bytes, MADV_POPULATE_WRITE);
#endif
  return buffer;
}

void ShmTransport::barrier() {
  ++barriers;
  waiting.raise(world.entry(rank()).barrier, barriers);
  for (int64_t peer = 0; peer < worldSize(); ++peer) {
    if (waiting.await(world.entry(peer).barrier, barriers))
      continue;
    std::vector<int64_t> missing;
    for (int64_t other = 0; other < worldSize(); ++other)
      if (!reached(world.entry(other).barrier.value, barriers))
        missing.push_back(other);
    timedOut("a barrier", missing);
  }
}

std::vector<std::vector<char>> ShmTransport::gather(const void *data,
                                                    size_t bytes) {
  ++gathers;
  if (rank() == 0)
    return takeBlobs(data, bytes);
  offerBlob(data, bytes);
  return {};
}

void ShmTransport::offerBlob(const void *data, size_t bytes) {
  RankEntry &own = world.entry(rank());
  void *copy = nullptr;
  if (bytes > 0 && !world.contains(data)) {
    copy = heap.allocate(bytes);
    if (!copy)
      fail("shared memory is used up: no room for " + std::to_string(bytes) +
           " bytes");
    std::memcpy(copy, data, bytes);
    data = copy;
  }
  own.blobOffset = bytes > 0 ? world.offsetOf(data) : 0;
  own.blobBytes = bytes;
  waiting.raise(own.offered, gathers);
  if (!waiting.await(world.entry(0).taken, gathers))
    timedOut("gathering results", {0});
  if (copy)
    heap.release(copy, bytes);
}

std::vector<std::vector<char>> ShmTransport::takeBlobs(const void *data,
                                                       size_t bytes) {
  std::vector<std::vector<char>> blobs(static_cast<size_t>(worldSize()));
  const char *own = static_cast<const char *>(data);
  blobs[0].assign(own, own + bytes);
  for (int64_t peer = 1; peer < worldSize(); ++peer) {
    RankEntry &entry = world.entry(peer);
    if (!waiting.await(entry.offered, gathers))
      timedOut("gathering results", {peer});
    const char *blob = world.at(entry.blobOffset);
    blobs[static_cast<size_t>(peer)].assign(blob, blob + entry.blobBytes);
  }
  waiting.raise(world.entry(0).taken, gathers);
  return blobs;
}

void ShmTransport::fail(const std::string &message) {
  endRank(world, message, farewell);
}

void ShmTransport::beginWaiting() { world.entry(rank()).blocked.store(1); }

void ShmTransport::endWaiting() { world.entry(rank()).blocked.store(0); }

/// Ranks that wait themselves are not to blame.
std::vector<int64_t> ShmTransport::findIdle() const {
  std::vector<int64_t> idle;
  for (int64_t peer = 0; peer < worldSize(); ++peer)
    if (peer != rank() && !world.entry(peer).blocked.load() &&
        !world.entry(peer).finished.load())
      idle.push_back(peer);
  return idle;
}

std::string ShmTransport::idleRanks(const std::vector<int64_t> &among) {
  std::vector<int64_t> idle = findIdle();
  std::erase_if(idle, [&](int64_t peer) {
    return std::find(among.begin(), among.end(), peer) == among.end();
  });
  return idle.empty() ? std::string() : rankList(idle);
}

void ShmTransport::timedOut(const std::string &what,
                            std::vector<int64_t> missing) {
  std::vector<int64_t> idle = findIdle();
  fail(rankList(idle.empty() ? missing : idle) + " did not arrive at " + what +
       " within " + secondsText(waiting.timeoutSeconds()) +
       "; see --timeout if the computation before it takes that long");
}

} // namespace dtc::runtime
