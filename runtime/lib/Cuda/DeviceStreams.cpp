//===- DeviceStreams.cpp - Copies, events and graphs of a GPU -------------===//
//
// Large uploads go through two pinned buffers: while the GPU reads one, the
// processor fills the other.
//===----------------------------------------------------------------------===//

#include "Device.h"
#include <algorithm>
#include <chrono>
#include <cstring>
#include <sys/prctl.h>
#include <thread>

namespace dtc::runtime::cuda {
namespace {

constexpr size_t kStagingBytes = size_t(8) << 20;
/// Below this a copy from any memory is as fast.
constexpr size_t kLargeUpload = size_t(1) << 20;
constexpr unsigned kWithoutTime = 2, kExternal = 1;
/// Other threads may do what they like while this one captures.
constexpr int kCaptureThread = 1;
/// CUDA_GRAPH_INSTANTIATE_FLAG_USE_NODE_PRIORITY, of CUDA 11.7: each kernel has
/// the priority of the stream that it was captured on, not all that of the
/// stream that the graph is launched on.
constexpr unsigned long long kOwnPriorities = 8;

} // namespace

//===----------------------------------------------------------------------===//
// Copies
//===----------------------------------------------------------------------===//

Result<void *> Device::allocateHost(size_t bytes) {
  void *memory = nullptr;
  size_t wanted = std::max<size_t>(bytes, 1);
  if (DriverResult result = driver.allocateHost(&memory, wanted, 0);
      result != 0)
    return Error{std::to_string(bytes) + " bytes of pinned memory: " +
                 driver.problem("cuMemHostAlloc", result).message};
  return memory;
}

Status Device::upload(void *to, const void *from, size_t bytes) {
  if (bytes == 0)
    return Done{};
  if (bytes >= kLargeUpload)
    return uploadPieces(static_cast<char *>(to),
                        static_cast<const char *>(from), bytes);
  if (auto status = startUpload(StreamKind::Compute, to, from, bytes); !status)
    return status.error();
  return wait();
}

Status Device::uploadPieces(char *to, const char *from, size_t bytes) {
  for (size_t at = 0, piece = 0; at < bytes; at += kStagingBytes, ++piece) {
    StagingBuffer &buffer = staging[piece % 2];
    if (!buffer.memory) {
      auto memory = allocateHost(kStagingBytes);
      if (!memory)
        return memory.error();
      auto event = createEvent();
      if (!event)
        return event.error();
      buffer = {*memory, *event};
    } else if (DriverResult result = driver.synchronizeEvent(buffer.isFree);
               result != 0) {
      return driver.problem("cuEventSynchronize", result);
    }
    size_t part = std::min(kStagingBytes, bytes - at);
    std::memcpy(buffer.memory, from + at, part);
    if (auto status =
            startUpload(StreamKind::Compute, to + at, buffer.memory, part);
        !status)
      return status.error();
    if (auto status = record(buffer.isFree, StreamKind::Compute); !status)
      return status.error();
  }
  return Done{};
}

Status Device::download(void *to, const void *from, size_t bytes) {
  if (auto status = startDownload(StreamKind::Compute, to, from, bytes);
      !status)
    return status.error();
  return wait();
}

Status Device::startUpload(StreamKind on, void *to, const void *from,
                           size_t bytes) {
  if (bytes == 0)
    return Done{};
  if (DriverResult result = driver.upload(reinterpret_cast<Address>(to), from,
                                          bytes, handleOf(on));
      result != 0)
    return driver.problem("cuMemcpyHtoDAsync", result);
  return Done{};
}

Status Device::startDownload(StreamKind on, void *to, const void *from,
                             size_t bytes) {
  if (bytes == 0)
    return Done{};
  if (DriverResult result = driver.download(to, reinterpret_cast<Address>(from),
                                            bytes, handleOf(on));
      result != 0)
    return driver.problem("cuMemcpyDtoHAsync", result);
  return Done{};
}

Status Device::startCall(StreamKind on, void (*function)(void *), void *data) {
  if (DriverResult result = driver.callHost(handleOf(on), function, data);
      result != 0)
    return driver.problem("cuLaunchHostFunc", result);
  return Done{};
}

Status Device::startCopy(StreamKind on, void *to, const void *from,
                         size_t bytes) {
  if (bytes == 0)
    return Done{};
  if (DriverResult result =
          driver.copy(reinterpret_cast<Address>(to),
                      reinterpret_cast<Address>(from), bytes, handleOf(on));
      result != 0)
    return driver.problem("cuMemcpyDtoDAsync", result);
  return Done{};
}

/// Rows further apart than the driver's copies of rows go are copied one by
/// one.
Status Device::startCopy(StreamKind on, const Rows &rows) {
  bool isDense = rows.count == 1 ||
                 (rows.fromStride == rows.run && rows.toStride == rows.run);
  if (isDense)
    return startCopy(on, rows.to, rows.from, size_t(rows.run * rows.count));
  if (std::max(rows.fromStride, rows.toStride) > mostPitch) {
    for (int64_t row = 0; row < rows.count; ++row)
      if (auto status = startCopy(
              on, static_cast<char *>(rows.to) + row * rows.toStride,
              static_cast<const char *>(rows.from) + row * rows.fromStride,
              size_t(rows.run));
          !status)
        return status.error();
    return Done{};
  }
  RowsCopy copy = {};
  copy.sourceType = copy.targetType = kMemoryOfGpu;
  copy.source = reinterpret_cast<Address>(rows.from);
  copy.target = reinterpret_cast<Address>(rows.to);
  copy.width = static_cast<size_t>(rows.run);
  copy.height = static_cast<size_t>(rows.count);
  copy.sourcePitch = static_cast<size_t>(rows.fromStride);
  copy.targetPitch = static_cast<size_t>(rows.toStride);
  if (DriverResult result = driver.copyRows(&copy, handleOf(on)); result != 0)
    return driver.problem("cuMemcpy2DAsync", result);
  return Done{};
}

void Device::watch(Watch watchOf) {
  watcher = std::move(watchOf);
  // Linux makes sleeps 50 us longer, if it may.
  constexpr unsigned long nanoseconds = 1;
  prctl(PR_SET_TIMERSLACK, nanoseconds);
}

/// Asks whether the GPU is done: at first all the time, later now and then.
Status Device::waitWatching() {
  using Clock = std::chrono::steady_clock;
  constexpr double busy = 500e-6, betweenLooks = 5e-3;
  constexpr std::chrono::microseconds nap(20);
  Clock::time_point begin = Clock::now();
  double lastLook = 0;
  for (;;) {
    DriverResult result = driver.query(stream);
    if (result == 0) {
      if (lastLook > 0)
        watcher.end();
      return Done{};
    }
    if (result != kNotReady)
      return driver.problem("cuStreamQuery", result);
    double waited = std::chrono::duration<double>(Clock::now() - begin).count();
    if (waited > busy)
      std::this_thread::sleep_for(nap);
    if (waited - lastLook < betweenLooks)
      continue;
    lastLook = waited;
    if (auto status = watcher.look(waited); !status)
      return status.error();
  }
}

//===----------------------------------------------------------------------===//
// Events
//===----------------------------------------------------------------------===//

Result<Handle> Device::makeEvent(unsigned flags) {
  Handle event = nullptr;
  if (DriverResult result = driver.createEvent(&event, flags); result != 0)
    return driver.problem("cuEventCreate", result);
  return event;
}

Result<Handle> Device::createEvent() { return makeEvent(kWithoutTime); }

Result<Handle> Device::createTimer() { return makeEvent(0); }

Status Device::record(Handle event, StreamKind on) {
  if (DriverResult result = driver.recordEvent(event, handleOf(on), 0);
      result != 0)
    return driver.problem("cuEventRecord", result);
  return Done{};
}

Status Device::recordTime(Handle timer, StreamKind on) {
  if (DriverResult result =
          driver.recordEvent(timer, handleOf(on), isCapturing ? kExternal : 0);
      result != 0)
    return driver.problem("cuEventRecord", result);
  return Done{};
}

Status Device::waitFor(Handle event, StreamKind by) {
  if (DriverResult result = driver.waitEvent(handleOf(by), event, 0);
      result != 0)
    return driver.problem("cuStreamWaitEvent", result);
  return Done{};
}

Result<bool> Device::isBehind(Handle timer, Handle begin) const {
  float milliseconds = 0;
  for (Handle event : {begin, timer})
    if (DriverResult result = driver.queryEvent(event); result == kNotReady)
      return false;
    else if (result != 0)
      return driver.problem("cuEventQuery", result);
  // It may be recorded again in between, and was perhaps never recorded.
  DriverResult result = driver.elapsed(&milliseconds, begin, timer);
  if (result == kNotReady || result == kInvalidHandle)
    return false;
  if (result != 0)
    return driver.problem("cuEventElapsedTime", result);
  return milliseconds >= 0;
}

Result<double> Device::secondsBetween(Handle begin, Handle end) const {
  float milliseconds = 0;
  if (DriverResult result = driver.elapsed(&milliseconds, begin, end);
      result != 0)
    return driver.problem("cuEventElapsedTime", result);
  return static_cast<double>(milliseconds) * 1e-3;
}

//===----------------------------------------------------------------------===//
// Graphs
//===----------------------------------------------------------------------===//

Status Device::beginCapture() {
  if (DriverResult result = driver.beginCapture(stream, kCaptureThread);
      result != 0)
    return driver.problem("cuStreamBeginCapture", result);
  isCapturing = true;
  return Done{};
}

Result<Handle> Device::endCapture() {
  Handle captured = nullptr, graph = nullptr;
  isCapturing = false;
  if (DriverResult result = driver.endCapture(stream, &captured); result != 0)
    return driver.problem("cuStreamEndCapture", result);
  DriverResult result = driver.makeGraph(&graph, captured, kOwnPriorities);
  // What runs is a copy.
  driver.destroyGraph(captured);
  if (result != 0)
    return driver.problem("cuGraphInstantiate", result);
  return graph;
}

Status Device::launchGraph(Handle graph) {
  if (DriverResult result = driver.launchGraph(graph, stream); result != 0)
    return driver.problem("cuGraphLaunch", result);
  return Done{};
}

} // namespace dtc::runtime::cuda
