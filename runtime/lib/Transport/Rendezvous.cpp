//===- Rendezvous.cpp - Getting hold of the ranks' common memory ----------===//

#include "Rendezvous.h"
#include "SharedWorld.h"
#include "dtc/runtime/Checksum.h"
#include "dtc/runtime/Files.h"
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace dtc::runtime {
namespace {

constexpr uint64_t kGreeting = 0x6474632d72616e6b; // "dtc-rank"

struct Greeting {
  uint64_t magic;
  int64_t rank;
  int64_t worldSize;
};

double now() {
  timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<double>(time.tv_sec) +
         static_cast<double>(time.tv_nsec) * 1e-9;
}

struct Address {
  sockaddr_un name;
  socklen_t length;
};

Address addressOf(const Environment &environment) {
  Address address = {};
  address.name.sun_family = AF_UNIX;
  std::string name = "dtc-" + std::to_string(getuid()) + "-" +
                     checksumText(checksum(environment.jobName.data(),
                                           environment.jobName.size()));
  // A leading zero byte: the abstract name space.
  std::memcpy(address.name.sun_path + 1, name.data(), name.size());
  address.length =
      static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  return address;
}

/// Whether the process at the other end belongs to the same user.
bool sameUser(int socket) {
  ucred peer = {};
  socklen_t length = sizeof peer;
  return getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0 &&
         peer.uid == getuid();
}

void limitWaits(int socket, double seconds) {
  timeval limit = {};
  limit.tv_sec = static_cast<time_t>(std::max(seconds, 1.0));
  setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
}

bool sendDescriptor(int socket, int descriptor) {
  char byte = 0;
  iovec part{&byte, 1};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr message = {};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  cmsghdr *header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int));
  std::memcpy(CMSG_DATA(header), &descriptor, sizeof descriptor);
  return sendmsg(socket, &message, MSG_NOSIGNAL) == 1;
}

int receiveDescriptor(int socket) {
  char byte = 0;
  iovec part{&byte, 1};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr message = {};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  if (recvmsg(socket, &message, MSG_CMSG_CLOEXEC) != 1)
    return -1;
  cmsghdr *header = CMSG_FIRSTHDR(&message);
  if (!header || header->cmsg_type != SCM_RIGHTS)
    return -1;
  int descriptor;
  std::memcpy(&descriptor, CMSG_DATA(header), sizeof descriptor);
  return descriptor;
}

/// Serves one connection; the rank that got the memory, or -1.
int64_t serve(int listener, const Environment &environment, int memory) {
  Descriptor peer(accept4(listener, nullptr, nullptr, SOCK_CLOEXEC));
  if (peer.get() < 0 || !sameUser(peer.get()))
    return -1;
  limitWaits(peer.get(), 5);
  Greeting greeting = {};
  if (recv(peer.get(), &greeting, sizeof greeting, MSG_WAITALL) !=
      sizeof greeting)
    return -1;
  bool known = greeting.magic == kGreeting && greeting.rank > 0 &&
               greeting.rank < environment.worldSize &&
               greeting.worldSize == environment.worldSize;
  return known && sendDescriptor(peer.get(), memory) ? greeting.rank : -1;
}

Result<int> hostMemory(const Environment &environment, double timeoutSeconds) {
  auto memory = createMemory();
  if (!memory)
    return memory;
  Descriptor owned(*memory);
  Descriptor listener(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  Address address = addressOf(environment);
  bool listens =
      listener.get() >= 0 &&
      bind(listener.get(), reinterpret_cast<sockaddr *>(&address.name),
           address.length) == 0 &&
      listen(listener.get(), 1024) == 0;
  if (!listens)
    return Error{
        std::string("cannot wait for the other ranks: ") +
        std::strerror(errno) +
        (errno == EADDRINUSE ? "; another job uses this MASTER_PORT" : "")};
  double end = now() + timeoutSeconds;
  std::vector<int64_t> missing;
  for (int64_t rank = 1; rank < environment.worldSize; ++rank)
    missing.push_back(rank);
  while (!missing.empty()) {
    pollfd wait{listener.get(), POLLIN, 0};
    double left = end - now();
    if (left <= 0)
      return Error{rankList(missing) + " did not start within " +
                   std::to_string(static_cast<int64_t>(timeoutSeconds)) + " s"};
    if (poll(&wait, 1, static_cast<int>(std::min(left * 1000, 1e9)) + 1) > 0)
      std::erase(missing, serve(listener.get(), environment, *memory));
  }
  return owned.release();
}

Result<int> fetchMemory(const Environment &environment, double timeoutSeconds) {
  Address address = addressOf(environment);
  Greeting greeting{kGreeting, environment.rank, environment.worldSize};
  double end = now() + timeoutSeconds;
  for (useconds_t pause = 500; now() < end;
       pause = std::min<useconds_t>(pause * 2, 20000)) {
    Descriptor peer(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    limitWaits(peer.get(), end - now());
    bool connected =
        connect(peer.get(), reinterpret_cast<sockaddr *>(&address.name),
                address.length) == 0 &&
        sameUser(peer.get());
    if (connected) {
      bool sent = send(peer.get(), &greeting, sizeof greeting, MSG_NOSIGNAL) ==
                  sizeof greeting;
      int descriptor = sent ? receiveDescriptor(peer.get()) : -1;
      if (descriptor >= 0)
        return descriptor;
    }
    usleep(pause);
  }
  return Error{"rank 0 did not start within " +
               std::to_string(static_cast<int64_t>(timeoutSeconds)) +
               " s, or is not on this host"};
}

} // namespace

std::string rankList(const std::vector<int64_t> &ranks) {
  std::string text = ranks.size() == 1 ? "rank " : "ranks ";
  for (size_t i = 0; i < ranks.size(); ++i) {
    if (i > 0)
      text += i + 1 == ranks.size() ? " and " : ", ";
    text += std::to_string(ranks[i]);
  }
  return text;
}

Result<int> meetForMemory(const Environment &environment,
                          double timeoutSeconds) {
  if (environment.worldSize == 1)
    return -1;
  if (environment.memoryDescriptor >= 0)
    return environment.memoryDescriptor;
  return environment.rank == 0 ? hostMemory(environment, timeoutSeconds)
                               : fetchMemory(environment, timeoutSeconds);
}

} // namespace dtc::runtime
