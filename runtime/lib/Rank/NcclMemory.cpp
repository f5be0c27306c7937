//===- NcclMemory.cpp - Memory that NCCL reaches without a copy -----------===//

#include "NcclMemory.h"
#include "Agreement.h"
#include <cstdlib>
#include <string_view>

namespace dtc::runtime {
namespace {

/// FNV-1a, eight bytes at once.
void addTo(uint64_t &hash, uint64_t value) {
  hash = (hash ^ value) * 0x100000001b3u;
  hash ^= hash >> 29;
}

} // namespace

bool NcclMemory::isWanted() {
  const char *text = std::getenv("DTC_NCCL_REGISTER");
  return !text || std::string_view(text) != "0";
}

Result<void *> NcclMemory::allocate(size_t bytes) {
  void *allocated = nullptr;
  if (!nccl.canRegister() || isSettled || bytes == 0 ||
      nccl.allocate(&allocated, bytes) != 0 || !allocated)
    return gpu.gpu().allocate(bytes);
  if (auto status = gpu.gpu().clear(allocated, bytes); !status)
    return status.error();
  memory = static_cast<char *>(allocated);
  size = bytes;
  return allocated;
}

/// Negative for what lies elsewhere.
int64_t NcclMemory::offsetOf(const void *data) const {
  const char *at = static_cast<const char *>(data);
  bool isInside = at >= memory && at < memory + size;
  return isInside ? at - memory : -1;
}

void NcclMemory::note(int32_t axis, const void *source, const void *result) {
  if (isSettled)
    return;
  for (const void *data : {source, result})
    addTo(layouts[size_t(axis)], static_cast<uint64_t>(offsetOf(data)));
}

void NcclMemory::registerOnce(Transport &transport,
                              const std::vector<cuda::Handle> &communicators) {
  if (isSettled)
    return;
  isSettled = true;
  for (size_t axis = 0; axis < communicators.size(); ++axis) {
    if (!communicators[axis])
      continue;
    int64_t isAble = memory ? 1 : 0;
    uint64_t layout = layouts[axis];
    addTo(layout, size);
    if (leastAlong(transport, axis, isAble) == 0 ||
        !isSameAlong(transport, axis, static_cast<int64_t>(layout)))
      continue;
    bool isRegistered = registerWith(communicators[axis]);
    if (leastAlong(transport, axis, isRegistered ? 1 : 0) == 0 && isRegistered)
      deregisterLast();
  }
}

bool NcclMemory::registerWith(cuda::Handle communicator) {
  cuda::Handle handle = nullptr;
  if (nccl.registerMemory(communicator, memory, size, &handle) != 0 || !handle)
    return false;
  registrations.push_back({communicator, handle});
  return true;
}

void NcclMemory::deregisterLast() {
  nccl.deregister(registrations.back().communicator,
                  registrations.back().handle);
  registrations.pop_back();
}

void NcclMemory::deregisterAll() {
  while (!registrations.empty())
    deregisterLast();
}

} // namespace dtc::runtime
