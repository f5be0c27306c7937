//===- NaiveTransport.cpp - Ranks as forked children of a test ------------===//
//
// Barriers are process-shared and one a group; a rank that fails takes the
// others along by killing their process group's members through the parent.
//===----------------------------------------------------------------------===//

#include "NaiveTransport.h"
#include "../lib/Rank/Assemble.h"
#include "dtc/runtime/Chunk.h"
#include "dtc/runtime/ElementType.h"
#include <csignal>
#include <cstring>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

namespace dtc::runtime::test {
namespace {

constexpr int kMaxRanks = 8;
constexpr int kMaxAxes = 3;
constexpr size_t kSlotBytes = size_t(1) << 20;

/// Memory of all ranks. A group's barrier is that of its first member.
struct Shared {
  pthread_barrier_t world;
  pthread_barrier_t groups[kMaxRanks][kMaxAxes];
  char messages[kMaxRanks][1024];
  size_t sizes[kMaxRanks];
  char slots[kMaxRanks][kSlotBytes];
};

struct Group {
  std::vector<int64_t> members;
  int64_t self;
  pthread_barrier_t *barrier;
};

class NaiveCollective : public Collective {
public:
  NaiveCollective(Shared *shared, Group group, const dtc_collective &desc)
      : shared(shared), group(std::move(group)), desc(desc),
        element(elementSize(desc.dtype)) {}

  void start(const void *source, void *target) override {
    result = target;
    bool sends = (desc.kind != DTC_BROADCAST && desc.kind != DTC_SCATTER) ||
                 group.self == desc.root;
    if (sends)
      std::memcpy(shared->slots[group.members[size_t(group.self)]], source,
                  size_t(sourceCount() * element));
  }

  void wait() override {
    pthread_barrier_wait(group.barrier);
    compute();
    pthread_barrier_wait(group.barrier);
  }

private:
  std::vector<int64_t> shape() const {
    return {desc.outer, desc.extent, desc.inner};
  }
  Region piece(int64_t member) const {
    const dtc_placement shard{DTC_SHARD, 1, 0};
    return localRegion(shape(), {int64_t(group.members.size())}, &shard,
                       {member});
  }
  int64_t sourceCount() const {
    return desc.kind == DTC_ALL_GATHER ? piece(group.self).count()
                                       : desc.outer * desc.extent * desc.inner;
  }
  const char *slot(size_t member) const {
    return shared->slots[group.members[member]];
  }

  void compute() {
    int64_t count = desc.outer * desc.extent * desc.inner;
    std::vector<char> whole(static_cast<size_t>(count * element));
    if (desc.kind == DTC_ALL_GATHER) {
      for (size_t member = 0; member < group.members.size(); ++member)
        placeRegion(slot(member), shape(), piece(int64_t(member)), element,
                    result);
      return;
    }
    bool rooted = desc.kind == DTC_BROADCAST || desc.kind == DTC_SCATTER;
    std::memcpy(whole.data(), slot(rooted ? size_t(desc.root) : 0),
                whole.size());
    if (!rooted)
      for (size_t member = 1; member < group.members.size(); ++member)
        reduceInto(desc.dtype, desc.reduce, whole.data(), slot(member), count);
    if (!rooted && desc.reduce == DTC_AVG)
      divideBy(desc.dtype, whole.data(), count, int64_t(group.members.size()));
    if (desc.kind == DTC_SCATTER || desc.kind == DTC_REDUCE_SCATTER)
      cutRegion(whole.data(), shape(), piece(group.self), element, result);
    else
      std::memcpy(result, whole.data(), whole.size());
  }

  Shared *shared;
  Group group;
  dtc_collective desc;
  int64_t element;
  void *result = nullptr;
};

class NaiveTransport : public Transport {
public:
  NaiveTransport(Shared *shared, std::vector<int64_t> sizes, int64_t rank)
      : shared(shared), sizes(std::move(sizes)), self(rank) {}

  int64_t rank() const override { return self; }
  int64_t worldSize() const override {
    int64_t product = 1;
    for (int64_t size : sizes)
      product *= size;
    return product;
  }

  Status handshake(uint64_t hash) override {
    std::memcpy(shared->slots[self], &hash, sizeof hash);
    pthread_barrier_wait(&shared->world);
    uint64_t other;
    std::memcpy(&other, shared->slots[0], sizeof other);
    pthread_barrier_wait(&shared->world);
    if (other != hash)
      return Error{"ranks of different programs"};
    return Done{};
  }

  std::unique_ptr<Collective>
  createCollective(const dtc_collective &desc) override {
    Group group;
    std::vector<int64_t> coordinates = meshCoordinates(sizes, self);
    size_t axis = static_cast<size_t>(desc.axis);
    group.self = coordinates[axis];
    for (int64_t member = 0; member < sizes[axis]; ++member) {
      coordinates[axis] = member;
      group.members.push_back(meshRank(sizes, coordinates));
    }
    group.barrier = &shared->groups[group.members[0]][axis];
    return std::make_unique<NaiveCollective>(shared, group, desc);
  }

  std::vector<std::vector<char>> gather(const void *data,
                                        size_t bytes) override {
    if (bytes > kSlotBytes)
      fail("too much for a slot");
    shared->sizes[self] = bytes;
    if (bytes > 0)
      std::memcpy(shared->slots[self], data, bytes);
    pthread_barrier_wait(&shared->world);
    std::vector<std::vector<char>> all;
    if (self == 0)
      for (int64_t rank = 0; rank < worldSize(); ++rank)
        all.emplace_back(shared->slots[rank],
                         shared->slots[rank] + shared->sizes[rank]);
    pthread_barrier_wait(&shared->world);
    return all;
  }

  void barrier() override { pthread_barrier_wait(&shared->world); }

  [[noreturn]] void fail(const std::string &message) override {
    std::strncpy(shared->messages[self], message.c_str(),
                 sizeof shared->messages[self] - 1);
    _exit(1);
  }

private:
  Shared *shared;
  std::vector<int64_t> sizes;
  int64_t self;
};

void initBarrier(pthread_barrier_t *barrier, int64_t count) {
  pthread_barrierattr_t shared;
  pthread_barrierattr_init(&shared);
  pthread_barrierattr_setpshared(&shared, PTHREAD_PROCESS_SHARED);
  pthread_barrier_init(barrier, &shared, static_cast<unsigned>(count));
}

} // namespace

std::vector<RankOutcome>
runRanks(const std::vector<int64_t> &sizes,
         const std::function<void(std::unique_ptr<Transport>)> &body) {
  auto *shared = static_cast<Shared *>(mmap(nullptr, sizeof(Shared),
                                            PROT_READ | PROT_WRITE,
                                            MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  int64_t world = 1;
  for (int64_t size : sizes)
    world *= size;
  initBarrier(&shared->world, world);
  for (int64_t rank = 0; rank < world; ++rank)
    for (size_t axis = 0; axis < sizes.size(); ++axis)
      initBarrier(&shared->groups[rank][axis], sizes[axis]);
  std::vector<pid_t> children;
  for (int64_t rank = 0; rank < world; ++rank) {
    pid_t child = fork();
    if (child == 0) {
      alarm(60);
      body(std::make_unique<NaiveTransport>(shared, sizes, rank));
      _exit(0);
    }
    children.push_back(child);
  }
  std::vector<RankOutcome> outcomes(children.size());
  for (size_t ended = 0; ended < children.size(); ++ended) {
    int status = 0;
    pid_t child = wait(&status);
    size_t rank = 0;
    while (rank < children.size() && children[rank] != child)
      ++rank;
    outcomes[rank] = {WIFEXITED(status) ? WEXITSTATUS(status) : -1,
                      shared->messages[rank]};
    // A failed rank leaves the others at a barrier.
    if (outcomes[rank].exitStatus != 0)
      for (pid_t other : children)
        kill(other, SIGKILL);
  }
  munmap(shared, sizeof(Shared));
  return outcomes;
}

} // namespace dtc::runtime::test
