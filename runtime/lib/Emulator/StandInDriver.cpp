//===- StandInDriver.cpp - A CUDA driver that emulates --------------------===//
//
// The driver's functions that ranks call, on the processor's memory: modules
// are parsed from PTX text, streams run as late as they may. For tests on
// machines without a GPU; ranks open it through $DTC_CUDA_DRIVER.
//===----------------------------------------------------------------------===//

#include "../Cuda/Driver.h"
#include "StandIn.h"
#include "Streams.h"
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>

using namespace dtc;
using runtime::cuda::Address;
using runtime::cuda::DriverResult;
using runtime::cuda::Handle;

namespace {

/// Bytes that rows may be apart for copies of rows; other GPUs' are larger.
constexpr int mostPitch = 1 << 10;

constexpr DriverResult success = 0, invalidValue = 1, notFound = 500,
                       invalidImage = 200, noBinaryForGpu = 209,
                       invalidPtx = 218, launchFailed = 719,
                       invalidHandle = 400, captureInvalid = 901;

struct State {
  ptx::DeviceMemory memory, pinned;
  std::vector<std::unique_ptr<ptx::Module>> modules;
  /// A kernel's handle: which module it is of.
  std::map<const ptx::Kernel *, const ptx::Module *> kernels;
  /// In the order that they were made.
  std::vector<Handle> streams, events;
};

State &state() {
  static State one;
  return one;
}

using emulated::Event;
using emulated::report;
using emulated::Stream;

Stream &streamOf(Handle handle) { return *static_cast<Stream *>(handle); }
Event &eventOf(Handle handle) { return *static_cast<Event *>(handle); }

void put(Handle on, std::function<DriverResult()> run) {
  streamOf(on).add({std::move(run), nullptr, nullptr});
}

size_t placeOf(const std::vector<Handle> &handles, Handle handle) {
  return size_t(std::find(handles.begin(), handles.end(), handle) -
                handles.begin());
}

std::string nameOf(Handle stream) {
  return "stream " + std::to_string(placeOf(state().streams, stream));
}

/// DTC_EMULATED_KERNEL=SECONDS: how long each kernel keeps its stream busy.
class BusyTime {
public:
  bool isOver() {
    static const char *text = std::getenv("DTC_EMULATED_KERNEL");
    if (!text)
      return true;
    auto now = Clock::now();
    if (!hasBegun)
      end = now + std::chrono::duration_cast<Clock::duration>(
                      std::chrono::duration<double>(std::atof(text)));
    hasBegun = now < end;
    return !hasBegun;
  }

private:
  using Clock = std::chrono::steady_clock;
  bool hasBegun = false;
  Clock::time_point end;
};

/// DTC_EMULATED_CAPTURE=call, end or instantiate: that a step is captured, or
/// becomes a graph, fails there.
bool captureFailsAt(std::string_view place) {
  const char *text = std::getenv("DTC_EMULATED_CAPTURE");
  return place == (text ? text : "none");
}

/// DTC_EMULATED_CAPABILITY=80: an older GPU, sm_80.
int capability() {
  const char *text = std::getenv("DTC_EMULATED_CAPABILITY");
  return text ? std::atoi(text) : 90;
}

/// The N of ".target sm_N".
int targetOf(const char *text) {
  constexpr std::string_view word = ".target sm_";
  const char *found = std::strstr(text, word.data());
  return found ? std::atoi(found + word.size()) : 0;
}

std::string numberOf(Handle event) {
  return std::to_string(placeOf(state().events, event));
}

} // namespace

void dtc::emulated::enqueue(Handle on, std::function<int()> run) {
  put(on, std::move(run));
}

std::string dtc::emulated::streamName(Handle on) { return nameOf(on); }

ptx::DeviceMemory &dtc::emulated::deviceMemory() { return state().memory; }

int dtc::emulated::report(const std::string &message, int result) {
  std::fprintf(stderr, "emulated GPU: %s\n", message.c_str());
  return result;
}

void dtc::emulated::logCall(const std::string &line) {
  static const char *path = std::getenv("DTC_EMULATED_LOG");
  if (!path || !*path)
    return;
  static std::FILE *file = std::fopen(path, "a");
  if (!file)
    return;
  std::fprintf(file, "%s\n", line.c_str());
  std::fflush(file);
}

extern "C" {

DriverResult cuInit(unsigned) { return success; }

/// As cublasLtGetVersion() is one of CUDA 13.
DriverResult cuDriverGetVersion(int *version) {
  *version = 13010;
  return success;
}

DriverResult cuDeviceGetCount(int *count) {
  *count = 1;
  return success;
}

DriverResult cuDeviceGet(int *device, int ordinal) {
  *device = ordinal;
  return ordinal == 0 ? success : invalidValue;
}

DriverResult cuDeviceGetName(char *name, int bytes, int) {
  std::snprintf(name, static_cast<size_t>(bytes), "emulated GPU");
  return success;
}

/// DTC_EMULATED_GPU=own: each rank has a GPU of its own.
DriverResult cuDeviceGetUuid_v2(runtime::cuda::GpuId *id, int) {
  const char *kind = std::getenv("DTC_EMULATED_GPU");
  const char *rank = std::getenv("RANK");
  bool isOwn = kind && std::strcmp(kind, "own") == 0;
  std::snprintf(id->bytes, sizeof id->bytes, "emulated %s",
                isOwn && rank ? rank : "");
  return success;
}

DriverResult cuDeviceGetAttribute(int *value, int attribute, int) {
  *value = attribute == runtime::cuda::kCapabilityMajor   ? capability() / 10
           : attribute == runtime::cuda::kCapabilityMinor ? capability() % 10
           : attribute == runtime::cuda::kMaxPitch        ? mostPitch
                                                          : 0;
  return success;
}

DriverResult cuDevicePrimaryCtxRetain(Handle *context, int) {
  *context = &state();
  return success;
}

DriverResult cuCtxSetCurrent(Handle) { return success; }

DriverResult cuMemGetInfo_v2(size_t *available, size_t *total) {
  *available = *total = size_t(1) << 34;
  return success;
}

DriverResult cuModuleLoadData(Handle *handle, const void *image) {
  // Machine code begins as ELF files do.
  if (std::memcmp(image, "\177ELF", 4) == 0)
    return invalidImage;
  if (targetOf(static_cast<const char *>(image)) > capability())
    return noBinaryForGpu;
  auto module = ptx::parseModule(static_cast<const char *>(image));
  if (!module)
    return report(module.error().message, invalidPtx);
  for (const ptx::Kernel &kernel : (*module)->kernels)
    state().kernels[&kernel] = module->get();
  *handle = module->get();
  state().modules.push_back(std::move(*module));
  return success;
}

DriverResult cuModuleGetFunction(Handle *handle, Handle module,
                                 const char *name) {
  *handle =
      const_cast<ptx::Kernel *>(static_cast<ptx::Module *>(module)->find(name));
  return *handle ? success : notFound;
}

DriverResult cuModuleGetGlobal_v2(Address *address, size_t *bytes,
                                  Handle module, const char *name) {
  ptx::Variable *variable =
      static_cast<ptx::Module *>(module)->findVariable(name);
  if (!variable || !variable->data)
    return notFound;
  *address = reinterpret_cast<Address>(variable->data);
  *bytes = variable->bytes;
  return success;
}

DriverResult cuMemAlloc_v2(Address *address, size_t bytes) {
  if (bytes == 0)
    return invalidValue;
  if (emulated::isAnyCapturing())
    return emulated::kCaptureUnsupported;
  *address = reinterpret_cast<Address>(state().memory.allocate(bytes));
  return success;
}

DriverResult cuMemHostAlloc(void **pointer, size_t bytes, unsigned) {
  if (bytes == 0 || emulated::isAnyCapturing())
    return invalidValue;
  emulated::logCall("pinned memory");
  *pointer = state().pinned.allocate(bytes);
  return success;
}

DriverResult cuMemsetD8Async(Address address, unsigned char value, size_t bytes,
                             Handle on) {
  if (!state().memory.contains(address, bytes))
    return invalidValue;
  put(on, [=] {
    std::memset(reinterpret_cast<void *>(address), value, bytes);
    return success;
  });
  return success;
}

/// What is not pinned is read at once.
DriverResult cuMemcpyHtoDAsync_v2(Address to, const void *from, size_t bytes,
                                  Handle on) {
  if (!state().memory.contains(to, bytes))
    return invalidValue;
  emulated::logCall(nameOf(on) + ": upload");
  if (state().pinned.contains(reinterpret_cast<uint64_t>(from), bytes)) {
    put(on, [=] {
      std::memcpy(reinterpret_cast<void *>(to), from, bytes);
      return success;
    });
    return success;
  }
  const char *data = static_cast<const char *>(from);
  auto copy = std::make_shared<std::vector<char>>(data, data + bytes);
  put(on, [=] {
    std::memcpy(reinterpret_cast<void *>(to), copy->data(), bytes);
    return success;
  });
  return success;
}

/// What is not pinned is written before the call returns.
DriverResult cuMemcpyDtoHAsync_v2(void *to, Address from, size_t bytes,
                                  Handle on) {
  bool isPinned =
      state().pinned.contains(reinterpret_cast<uint64_t>(to), bytes);
  emulated::logCall(nameOf(on) + ": download" + (isPinned ? "" : ", pageable"));
  // Module variables are read, too.
  put(on, [=] {
    std::memcpy(to, reinterpret_cast<const void *>(from), bytes);
    return success;
  });
  return isPinned ? success : streamOf(on).synchronize();
}

DriverResult cuCtxGetStreamPriorityRange(int *least, int *greatest) {
  *least = 0;
  *greatest = -5;
  return success;
}

DriverResult cuStreamCreateWithPriority(Handle *handle, unsigned,
                                        int priority) {
  *handle = new Stream();
  state().streams.push_back(*handle);
  emulated::logCall(nameOf(*handle) + ": priority " + std::to_string(priority));
  return success;
}

DriverResult cuStreamSynchronize(Handle on) {
  return streamOf(on).synchronize();
}

/// Who asks has everything run that need not wait for other processes.
DriverResult cuStreamQuery(Handle on) { return streamOf(on).query(); }

DriverResult cuMemcpyDtoDAsync_v2(Address to, Address from, size_t bytes,
                                  Handle on) {
  if (bytes == 0 || !state().memory.contains(to, bytes) ||
      !state().memory.contains(from, bytes))
    return invalidValue;
  put(on, [=] {
    std::memmove(reinterpret_cast<void *>(to),
                 reinterpret_cast<const void *>(from), bytes);
    return success;
  });
  return success;
}

DriverResult cuMemcpy2DAsync_v2(const runtime::cuda::RowsCopy *copy,
                                Handle on) {
  runtime::cuda::RowsCopy rows = *copy;
  bool isGpus = rows.sourceType == runtime::cuda::kMemoryOfGpu &&
                rows.targetType == runtime::cuda::kMemoryOfGpu;
  if (!isGpus || rows.width == 0 || rows.height == 0 ||
      rows.sourcePitch < rows.width || rows.targetPitch < rows.width ||
      std::max(rows.sourcePitch, rows.targetPitch) > size_t(mostPitch))
    return invalidValue;
  uint64_t before = rows.height - 1;
  const ptx::DeviceMemory &memory = state().memory;
  if (!memory.contains(rows.source, before * rows.sourcePitch + rows.width) ||
      !memory.contains(rows.target, before * rows.targetPitch + rows.width))
    return invalidValue;
  put(on, [=] {
    for (size_t row = 0; row < rows.height; ++row)
      std::memmove(
          reinterpret_cast<void *>(rows.target + row * rows.targetPitch),
          reinterpret_cast<const void *>(rows.source + row * rows.sourcePitch),
          rows.width);
    return success;
  });
  return success;
}

DriverResult cuStreamWaitEvent(Handle on, Handle event, unsigned) {
  emulated::logCall(nameOf(on) + ": wait for event " + numberOf(event));
  return streamOf(on).waitFor(eventOf(event));
}

DriverResult cuEventCreate(Handle *handle, unsigned) {
  *handle = new Event();
  state().events.push_back(*handle);
  return success;
}

DriverResult cuEventRecordWithFlags(Handle event, Handle on, unsigned flags) {
  constexpr unsigned external = 1;
  emulated::logCall(nameOf(on) + ": record event " + numberOf(event));
  if (flags & external)
    streamOf(on).recordExternally(eventOf(event));
  else
    streamOf(on).record(eventOf(event));
  return success;
}

DriverResult cuEventSynchronize(Handle event) {
  const auto &mark = eventOf(event).mark;
  DriverResult code = emulated::kNotReady;
  while (mark && code == emulated::kNotReady)
    code = mark->stream->runUntil(*mark);
  return mark ? code : success;
}

DriverResult cuEventQuery(Handle event) {
  const auto &mark = eventOf(event).mark;
  return !mark || mark->isSet ? success : emulated::kNotReady;
}

DriverResult cuEventElapsedTime(float *milliseconds, Handle begin, Handle end) {
  emulated::logCall("elapsed time");
  const auto &from = eventOf(begin).mark, &to = eventOf(end).mark;
  if (!from || !to)
    return invalidHandle;
  if (!from->isSet || !to->isSet)
    return emulated::kNotReady;
  *milliseconds = static_cast<float>(to->time - from->time) * 1e-6f;
  return success;
}

DriverResult cuLaunchHostFunc(Handle on, void (*function)(void *), void *data) {
  emulated::logCall(nameOf(on) + ": host function");
  put(on, [=] {
    function(data);
    return success;
  });
  return success;
}

DriverResult cuStreamBeginCapture_v2(Handle on, int) {
  emulated::logCall(nameOf(on) + ": begin capture");
  streamOf(on).beginCapture();
  return success;
}

DriverResult cuStreamEndCapture(Handle on, Handle *graph) {
  DriverResult code = success;
  *graph = streamOf(on).endCapture(code);
  emulated::logCall(nameOf(on) + ": end capture");
  if (code != success || captureFailsAt("instantiate") ||
      captureFailsAt("none"))
    return code;
  delete static_cast<emulated::Graph *>(*graph);
  *graph = nullptr;
  return captureInvalid;
}

DriverResult cuGraphInstantiateWithFlags(Handle *executable, Handle graph,
                                         unsigned long long flags) {
  emulated::logCall("instantiate graph, flags " + std::to_string(flags));
  if (captureFailsAt("instantiate"))
    return runtime::cuda::kOutOfMemory;
  if (!graph)
    return invalidValue;
  *executable = new emulated::Graph(*static_cast<emulated::Graph *>(graph));
  return success;
}

DriverResult cuGraphDestroy(Handle graph) {
  delete static_cast<emulated::Graph *>(graph);
  return success;
}

DriverResult cuGraphExecDestroy(Handle executable) {
  emulated::logCall("destroy graph");
  delete static_cast<emulated::Graph *>(executable);
  return success;
}

DriverResult cuGraphLaunch(Handle executable, Handle on) {
  emulated::logCall(nameOf(on) + ": launch graph");
  streamOf(on).launch(*static_cast<emulated::Graph *>(executable));
  return success;
}

DriverResult cuLaunchKernel(Handle function, unsigned blocksX, unsigned blocksY,
                            unsigned blocksZ, unsigned threadsX,
                            unsigned threadsY, unsigned threadsZ, unsigned,
                            Handle on, void **arguments, void **) {
  auto launch = std::make_shared<ptx::Launch>();
  launch->kernel = static_cast<const ptx::Kernel *>(function);
  launch->module = state().kernels.at(launch->kernel);
  if (blocksY != 1 || blocksZ != 1 || threadsY != 1 || threadsZ != 1 ||
      blocksX == 0 || threadsX == 0 || threadsX > 1024)
    return invalidValue;
  launch->blocks = blocksX;
  launch->threads = threadsX;
  launch->parameters.resize(launch->kernel->parameterBytes);
  for (size_t i = 0; i < launch->kernel->parameters.size(); ++i) {
    const ptx::Parameter &parameter = launch->kernel->parameters[i];
    std::memcpy(launch->parameters.data() + parameter.offset, arguments[i],
                parameter.bytes);
  }
  if (streamOf(on).isCapturing() && captureFailsAt("call"))
    return captureInvalid;
  emulated::logCall(nameOf(on) + ": " + launch->kernel->name);
  auto busy = std::make_shared<BusyTime>();
  put(on, [=] {
    if (!busy->isOver())
      return emulated::kNotReady;
    auto status = ptx::execute(*launch, state().memory);
    return status ? success : report(status.error().message, launchFailed);
  });
  return success;
}

DriverResult cuGetErrorString(DriverResult result, const char **text) {
  *text = result == launchFailed     ? "a kernel did what it may not"
          : result == invalidPtx     ? "PTX that is not known"
          : result == noBinaryForGpu ? "PTX of newer GPUs"
          : result >= emulated::kCaptureUnsupported
              ? "a call that a capture does not allow"
              : "an invalid call";
  return success;
}

} // extern "C"
