//===- Device.h - The GPU of a rank ---------------------------------------===//
//
// One GPU, one module with the program's kernels, and two streams: one
// computes, one communicates. Events let one wait for the other. A step may be
// captured on both and launched as a graph.
//===----------------------------------------------------------------------===//

#ifndef DTC_RUNTIME_LIB_CUDA_DEVICE_H
#define DTC_RUNTIME_LIB_CUDA_DEVICE_H

#include "Driver.h"
#include "dtc/runtime/gpu.h"
#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace dtc::runtime::cuda {

enum class StreamKind { Compute, Communication };

/// Equal runs of bytes at equal distances, in memory of the GPU.
struct Rows {
  void *to;
  const void *from;
  int64_t toStride, fromStride;
  int64_t run, count;
};

/// `look` is called now and then while the rank waits for the GPU: an error
/// ends waiting. `end` is called when a wait is over that was looked at.
struct Watch {
  std::function<Status(double secondsWaited)> look;
  std::function<void()> end;
};

class Device {
public:
  /// Takes GPU `ordinal` modulo their number and loads the kernels. The error
  /// says why there is none that can run them.
  static Result<std::unique_ptr<Device>> open(const dtc_gpu_program &program,
                                              int64_t ordinal);

  /// Zeroed memory, 256-byte aligned; lives as long as the process.
  Result<void *> allocate(size_t bytes);
  /// Zeroes, in the order of the compute stream.
  Status clear(void *memory, size_t bytes);
  /// Memory of the host that copies need not stage; lives as long as the
  /// process.
  Result<void *> allocateHost(size_t bytes);
  /// In the order of the compute stream. `from` has been read when it returns;
  /// what is large goes through pinned memory, piece by piece.
  Status upload(void *to, const void *from, size_t bytes);
  /// Has happened when it returns.
  Status download(void *to, const void *from, size_t bytes);

  //===--------------------------------------------------------------------===//
  // What is started on a stream
  //===--------------------------------------------------------------------===//

  /// The host's side is memory of allocateHost().
  Status startUpload(StreamKind on, void *to, const void *from, size_t bytes);
  Status startDownload(StreamKind on, void *to, const void *from, size_t bytes);
  Status startCopy(StreamKind on, const Rows &rows);
  Status startCopy(StreamKind on, void *to, const void *from, size_t bytes);
  /// Has a thread of the driver call the function, which calls no CUDA.
  Status startCall(StreamKind on, void (*function)(void *), void *data);
  /// For streams that wait for each other.
  Result<Handle> createEvent();
  Status record(Handle event, StreamKind on);
  Status waitFor(Handle event, StreamKind by);
  /// For times, which graphs take each time they run.
  Result<Handle> createTimer();
  Status recordTime(Handle timer, StreamKind on);
  /// Whether both have happened, and the timer not before the other.
  Result<bool> isBehind(Handle timer, Handle begin) const;
  /// Seconds from one to the other; both have happened.
  Result<double> secondsBetween(Handle begin, Handle end) const;

  /// What is started from here on is kept for graphs, and not run.
  Status beginCapture();
  /// All streams must have been joined by the compute stream.
  Result<Handle> endCapture();
  Status launchGraph(Handle graph);
  /// Which must not be running.
  void destroyGraph(Handle graph) { driver.destroyExecutable(graph); }

  Status launch(uint32_t kernel, uint32_t blocks, uint32_t threads,
                void **arguments);

  /// Waits for everything that was started; an error of a kernel or of data
  /// that it met.
  Status synchronize();

  /// Waits for everything that was started.
  Status wait();
  /// This thread's sleeps get as short as they are asked to be.
  void watch(Watch watchOf);

  /// What other threads that call CUDA, or a library that does, begin with; may
  /// outlive this.
  std::function<void()> entryOfThreads() const {
    return [set = driver.setContext, context = context] { set(context); };
  }

  const std::string &gpuName() const { return name; }
  /// No other GPU of any host has it.
  const GpuId &gpuId() const { return id; }
  /// GPUs of this host.
  int64_t gpuCount() const { return count; }
  Handle computeStream() const { return stream; }
  Handle communicationStream() const { return communication; }
  /// Memory that every call on the stream may use: the most that was asked for
  /// before it was allocated.
  void reserveWorkspace(size_t bytes, StreamKind on = StreamKind::Compute) {
    size_t &most = workspaceOf(on).bytes;
    most = std::max(most, bytes);
  }
  /// The same of the host, for copies and calls on the communication stream.
  void reserveHostWorkspace(size_t bytes) {
    hostWorkspace.bytes = std::max(hostWorkspace.bytes, bytes);
  }
  Status allocateWorkspace();
  void *workspaceMemory(StreamKind on = StreamKind::Compute) {
    return workspaceOf(on).memory;
  }
  void *hostWorkspaceMemory() const { return hostWorkspace.memory; }

private:
  Device(Driver driverOf, const dtc_gpu_program &programOf)
      : driver(driverOf), program(programOf) {}
  Status chooseGpu(int64_t ordinal);
  Status createStreams();
  Status loadKernels();
  Status checkFailure() const;
  Result<Handle> makeEvent(unsigned flags);
  Status waitWatching();
  Status uploadPieces(char *to, const char *from, size_t bytes);
  Handle handleOf(StreamKind kind) const {
    return kind == StreamKind::Compute ? stream : communication;
  }

  /// One of the two that large uploads alternate between.
  struct StagingBuffer {
    void *memory = nullptr;
    Handle isFree = nullptr;
  };

  struct Workspace {
    size_t bytes = 0;
    void *memory = nullptr;
  };
  Workspace &workspaceOf(StreamKind kind) {
    return workspaces[kind == StreamKind::Compute ? 0 : 1];
  }

  Driver driver;
  const dtc_gpu_program &program;
  std::string name, capability;
  GpuId id = {};
  int count = 0, mostPitch = 0;
  Handle context = nullptr, module = nullptr, stream = nullptr,
         communication = nullptr;
  bool isCapturing = false;
  Watch watcher;
  StagingBuffer staging[2];
  Address failure = 0;
  dtc_gpu_failure *seenFailure = nullptr; ///< pinned
  Workspace workspaces[2], hostWorkspace;
  std::vector<Handle> kernels;
};

} // namespace dtc::runtime::cuda

#endif // DTC_RUNTIME_LIB_CUDA_DEVICE_H
