//===- StandInNccl.cpp - An NCCL among the processes of a host ------------===//
//
// 1. The id names a file in shared memory with a channel for each pair of
//    ranks, which holds one message.
// 2. Sends fill channels and receives empty them when their stream gets there.
//    Collectives send everything to everyone, and reduce in the order of ranks.
// 3. What is asked for within a group is put on its stream when the group ends.
//    It runs in a thread of its own, because it may wait for other processes.
//
// DTC_EMULATED_NCCL=hang: nothing ever finishes; =error: neither, and
// communicators say that they failed; =init: ranks never meet.
//===----------------------------------------------------------------------===//

#include "../Cuda/Nccl.h"
#include "Job.h"
#include "NcclReduction.h"
#include "StandIn.h"
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <thread>
#include <unistd.h>

using namespace dtc;
using namespace dtc::runtime::cuda;

namespace {

constexpr NcclResult success = 0, systemError = 2, invalidArgument = 4,
                     remoteError = 6;
constexpr int kMostRanks = 8;
constexpr size_t kMostBytes = size_t(16) << 20;
constexpr auto kPatience = std::chrono::seconds(120);

struct Channel {
  std::atomic<uint32_t> isFull;
  uint64_t bytes;
  char data[kMostBytes];
};

struct World {
  Channel *channels = nullptr;
  int size = 0, rank = 0;

  Channel &between(int from, int to) { return channels[from * size + to]; }
};

/// Ranks of the world, and this one's place among them.
struct Communicator {
  World *world = nullptr;
  std::vector<int> ranks;
  int place = 0;
  int self() const { return ranks[size_t(place)]; }
};

/// Memory that was registered with a communicator.
struct Registration {
  const Communicator *communicator;
  uint64_t begin;
  size_t bytes;
};

std::vector<Registration *> &registrations() {
  static std::vector<Registration *> all;
  return all;
}

/// What a group collects: sends first, then receives.
struct Group {
  int depth = 0;
  Handle stream = nullptr;
  std::vector<std::function<int()>> sends, others;
};

Group &group() {
  static Group one;
  return one;
}

bool wait(const std::atomic<uint32_t> &state, uint32_t wanted) {
  auto end = std::chrono::steady_clock::now() + kPatience;
  while (state.load(std::memory_order_acquire) != wanted) {
    if (std::chrono::steady_clock::now() > end)
      return false;
    std::this_thread::sleep_for(std::chrono::microseconds(20));
  }
  return true;
}

int sendTo(World &world, int to, const void *data, size_t bytes) {
  Channel &channel = world.between(world.rank, to);
  if (bytes > kMostBytes)
    return emulated::report("ncclSend: a message of " + std::to_string(bytes) +
                                " bytes is too large for the stand-in",
                            systemError);
  if (!wait(channel.isFull, 0))
    return emulated::report("ncclSend: nobody receives", systemError);
  channel.bytes = bytes;
  std::memcpy(channel.data, data, bytes);
  channel.isFull.store(1, std::memory_order_release);
  return success;
}

int receiveFrom(World &world, int from, void *data, size_t bytes) {
  Channel &channel = world.between(from, world.rank);
  if (!wait(channel.isFull, 1))
    return emulated::report("ncclRecv: nobody sends", systemError);
  if (channel.bytes != bytes)
    return emulated::report("ncclRecv: expected " + std::to_string(bytes) +
                                " bytes, got " + std::to_string(channel.bytes),
                            invalidArgument);
  std::memcpy(data, channel.data, bytes);
  channel.isFull.store(0, std::memory_order_release);
  return success;
}

/// Every member's bytes, one after the other; empty after an error.
std::vector<char> share(const Communicator &communicator, const void *data,
                        size_t bytes) {
  std::vector<char> all(bytes * communicator.ranks.size());
  World &world = *communicator.world;
  for (int rank : communicator.ranks)
    if (rank != communicator.self() && sendTo(world, rank, data, bytes) != 0)
      return {};
  for (size_t i = 0; i < communicator.ranks.size(); ++i) {
    char *to = all.data() + i * bytes;
    if (int rank = communicator.ranks[i]; rank == communicator.self())
      std::memcpy(to, data, bytes);
    else if (receiveFrom(world, rank, to, bytes) != 0)
      return {};
  }
  return all;
}

/// From the head of what is registered, or -1.
int64_t registeredOffset(const Communicator &members, const void *data) {
  auto at = reinterpret_cast<uint64_t>(data);
  for (const Registration *known : registrations())
    if (known->communicator == &members && at >= known->begin &&
        at < known->begin + known->bytes)
      return static_cast<int64_t>(at - known->begin);
  return -1;
}

/// NCCL wants buffers registered by all ranks, at the same offset, or by none.
bool areRegisteredAlike(const Communicator &members, const void *source,
                        const void *result) {
  int64_t own[] = {registeredOffset(members, source),
                   registeredOffset(members, result)};
  std::vector<char> all = share(members, own, sizeof own);
  for (size_t at = 0; at < all.size(); at += sizeof own)
    if (std::memcmp(all.data() + at, own, sizeof own) != 0) {
      emulated::report("ranks have not registered the same buffers", 0);
      return false;
    }
  return !all.empty();
}

size_t bytesOf(int type, size_t count) {
  return size_t(runtime::elementSize(emulated::elementOf(type))) * count;
}

bool isMemory(const void *data, size_t bytes) {
  return emulated::deviceMemory().contains(reinterpret_cast<uint64_t>(data),
                                           bytes);
}

//===----------------------------------------------------------------------===//
// Groups
//===----------------------------------------------------------------------===//

const char *mood() {
  const char *text = std::getenv("DTC_EMULATED_NCCL");
  return text ? text : "";
}

/// Jobs live as long as the process: a thread may be in one when it ends.
void flush(Group &open) {
  for (auto *list : {&open.sends, &open.others}) {
    for (auto &work : *list) {
      auto *job = new emulated::Job(std::move(work));
      emulated::enqueue(open.stream, [job] {
        return *mood() ? emulated::kNotReady : job->poll();
      });
    }
    list->clear();
  }
}

enum class Part { Send, Other };

NcclResult put(Part part, const char *name, Handle stream,
               std::function<int()> work) {
  Group &open = group();
  emulated::logCall(emulated::streamName(stream) + ": " + name);
  open.stream = stream;
  (part == Part::Send ? open.sends : open.others).push_back(std::move(work));
  if (open.depth == 0)
    flush(open);
  return success;
}

const Communicator &as(Handle handle) {
  return *static_cast<Communicator *>(handle);
}

std::string pathOf(const NcclId &id) {
  return std::string("/dev/shm/") + id.bytes;
}

} // namespace

extern "C" {

NcclResult ncclGetVersion(int *version) {
  *version = 22809;
  return success;
}

const char *ncclGetErrorString(NcclResult result) {
  return result == remoteError       ? "remote process exited"
         : result == invalidArgument ? "invalid argument"
                                     : "unhandled system error";
}

NcclResult ncclGetUniqueId(NcclId *id) {
  auto now = std::chrono::steady_clock::now().time_since_epoch().count();
  std::snprintf(id->bytes, sizeof id->bytes, "dtc-emulated-nccl-%d-%lld",
                int(getpid()), static_cast<long long>(now));
  int file = open(pathOf(*id).c_str(), O_CREAT | O_EXCL | O_RDWR, 0600);
  if (file < 0)
    return systemError;
  close(file);
  return success;
}

NcclResult ncclCommInitRank(Handle *handle, int ranks, NcclId id, int rank) {
  while (std::string(mood()) == "init")
    std::this_thread::sleep_for(std::chrono::seconds(1));
  if (ranks > kMostRanks || rank < 0 || rank >= ranks)
    return invalidArgument;
  const char *graphs = std::getenv("NCCL_GRAPH_REGISTER");
  emulated::logCall(std::string("ncclCommInitRank, NCCL_GRAPH_REGISTER ") +
                    (graphs ? graphs : "unset"));
  size_t bytes = sizeof(Channel) * size_t(ranks) * size_t(ranks);
  int file = open(pathOf(id).c_str(), O_RDWR);
  if (file < 0 || ftruncate(file, static_cast<off_t>(bytes)) != 0)
    return systemError;
  void *memory =
      mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  close(file);
  if (memory == MAP_FAILED)
    return systemError;
  auto *world = new World{static_cast<Channel *>(memory), ranks, rank};
  auto *communicator = new Communicator{world, {}, rank};
  for (int i = 0; i < ranks; ++i)
    communicator->ranks.push_back(i);
  *handle = communicator;
  // Everyone has the memory: its name can go.
  char here = 1;
  if (share(*communicator, &here, 1).empty())
    return systemError;
  if (rank == 0)
    unlink(pathOf(id).c_str());
  return success;
}

NcclResult ncclCommSplit(Handle parent, int color, int key, Handle *child,
                         void *) {
  emulated::logCall("ncclCommSplit");
  struct Choice {
    int color, key;
  } own{color, key};
  const Communicator &all = as(parent);
  std::vector<char> data = share(all, &own, sizeof own);
  if (data.empty())
    return systemError;
  std::vector<std::pair<int, int>> members;
  for (size_t i = 0; i < all.ranks.size(); ++i) {
    Choice choice;
    std::memcpy(&choice, data.data() + i * sizeof choice, sizeof choice);
    if (choice.color == color)
      members.push_back({choice.key, all.ranks[i]});
  }
  std::sort(members.begin(), members.end());
  auto *communicator = new Communicator{all.world, {}, 0};
  for (auto [place, rank] : members) {
    if (rank == all.self())
      communicator->place = static_cast<int>(communicator->ranks.size());
    communicator->ranks.push_back(rank);
  }
  *child = communicator;
  return success;
}

NcclResult ncclGroupStart() {
  ++group().depth;
  return success;
}

NcclResult ncclGroupEnd() {
  Group &open = group();
  if (open.depth == 0)
    return invalidArgument;
  if (--open.depth == 0)
    flush(open);
  return success;
}

NcclResult ncclAllReduce(const void *source, void *result, size_t count,
                         int type, int operation, Handle handle,
                         Handle stream) {
  size_t bytes = bytesOf(type, count);
  if (!isMemory(source, bytes) || !isMemory(result, bytes))
    return invalidArgument;
  return put(Part::Other, "ncclAllReduce", stream, [=] {
    if (!areRegisteredAlike(as(handle), source, result))
      return invalidArgument;
    std::vector<char> all = share(as(handle), source, bytes);
    if (all.empty())
      return systemError;
    emulated::join({type, operation}, all, bytes, 0, count, result);
    return success;
  });
}

NcclResult ncclReduceScatter(const void *source, void *result, size_t count,
                             int type, int operation, Handle handle,
                             Handle stream) {
  const Communicator &members = as(handle);
  size_t own = bytesOf(type, count), bytes = own * members.ranks.size();
  if (!isMemory(source, bytes) || !isMemory(result, own))
    return invalidArgument;
  return put(Part::Other, "ncclReduceScatter", stream, [=, &members] {
    if (!areRegisteredAlike(members, source, result))
      return invalidArgument;
    std::vector<char> all = share(members, source, bytes);
    if (all.empty())
      return systemError;
    emulated::join({type, operation}, all, bytes, size_t(members.place) * count,
                   count, result);
    return success;
  });
}

NcclResult ncclReduce(const void *source, void *result, size_t count, int type,
                      int operation, int root, Handle handle, Handle stream) {
  const Communicator &members = as(handle);
  size_t bytes = bytesOf(type, count);
  bool isRoot = members.place == root;
  if (!isMemory(source, bytes) || (isRoot && !isMemory(result, bytes)))
    return invalidArgument;
  return put(Part::Other, "ncclReduce", stream, [=, &members] {
    if (!areRegisteredAlike(members, source, source))
      return invalidArgument;
    std::vector<char> all = share(members, source, bytes);
    if (all.empty())
      return systemError;
    if (isRoot)
      emulated::join({type, operation}, all, bytes, 0, count, result);
    return success;
  });
}

NcclResult ncclAllGather(const void *source, void *result, size_t count,
                         int type, Handle handle, Handle stream) {
  const Communicator &members = as(handle);
  size_t bytes = bytesOf(type, count);
  if (!isMemory(source, bytes) ||
      !isMemory(result, bytes * members.ranks.size()))
    return invalidArgument;
  return put(Part::Other, "ncclAllGather", stream, [=, &members] {
    if (!areRegisteredAlike(members, source, result))
      return invalidArgument;
    std::vector<char> all = share(members, source, bytes);
    std::memcpy(result, all.data(), all.size());
    return all.empty() ? systemError : success;
  });
}

NcclResult ncclBroadcast(const void *source, void *result, size_t count,
                         int type, int root, Handle handle, Handle stream) {
  const Communicator &members = as(handle);
  size_t bytes = bytesOf(type, count);
  bool isRoot = members.place == root;
  if (!isMemory(result, bytes) || (isRoot && !isMemory(source, bytes)))
    return invalidArgument;
  return put(Part::Other, "ncclBroadcast", stream, [=, &members]() -> int {
    World &world = *members.world;
    if (!areRegisteredAlike(members, result, result))
      return invalidArgument;
    if (!isRoot)
      return receiveFrom(world, members.ranks[size_t(root)], result, bytes);
    std::memmove(result, source, bytes);
    for (int rank : members.ranks)
      if (rank != members.self())
        if (int problem = sendTo(world, rank, source, bytes); problem != 0)
          return problem;
    return success;
  });
}

NcclResult ncclSend(const void *source, size_t count, int type, int peer,
                    Handle handle, Handle stream) {
  const Communicator &members = as(handle);
  size_t bytes = bytesOf(type, count);
  if (!isMemory(source, bytes))
    return invalidArgument;
  return put(Part::Send, "ncclSend", stream, [=, &members] {
    return sendTo(*members.world, members.ranks[size_t(peer)], source, bytes);
  });
}

NcclResult ncclRecv(void *result, size_t count, int type, int peer,
                    Handle handle, Handle stream) {
  const Communicator &members = as(handle);
  size_t bytes = bytesOf(type, count);
  if (!isMemory(result, bytes))
    return invalidArgument;
  return put(Part::Other, "ncclRecv", stream, [=, &members] {
    return receiveFrom(*members.world, members.ranks[size_t(peer)], result,
                       bytes);
  });
}

NcclResult ncclMemAlloc(void **memory, size_t bytes) {
  emulated::logCall("ncclMemAlloc");
  *memory = emulated::deviceMemory().allocate(bytes);
  return *memory ? success : systemError;
}

NcclResult ncclCommRegister(Handle handle, void *memory, size_t bytes,
                            Handle *registration) {
  if (!isMemory(memory, bytes))
    return invalidArgument;
  emulated::logCall("ncclCommRegister");
  auto *made =
      new Registration{&as(handle), reinterpret_cast<uint64_t>(memory), bytes};
  registrations().push_back(made);
  *registration = made;
  return success;
}

NcclResult ncclCommDeregister(Handle handle, Handle registration) {
  auto *known = static_cast<Registration *>(registration);
  if (std::erase(registrations(), known) == 0 ||
      known->communicator != &as(handle))
    return invalidArgument;
  emulated::logCall("ncclCommDeregister");
  delete known;
  return success;
}

NcclResult ncclCommGetAsyncError(Handle, NcclResult *state) {
  *state = std::string(mood()) == "error" ? remoteError : success;
  return success;
}

} // extern "C"
