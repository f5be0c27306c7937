//===- Device.cpp - The GPU of a rank -------------------------------------===//
//
// The kernels' machine code runs on GPUs of its own generation; a later one
// compiles the PTX beside it.
//===----------------------------------------------------------------------===//

#include "Device.h"

namespace dtc::runtime::cuda {

Result<std::unique_ptr<Device>> Device::open(const dtc_gpu_program &program,
                                             int64_t ordinal) {
  if (program.abi != DTC_GPU_ABI)
    return Error{"the program was compiled for GPU interface " +
                 std::to_string(program.abi) + ", expected " +
                 std::to_string(DTC_GPU_ABI) + ": compile it again"};
  auto driver = openDriver();
  if (!driver)
    return driver.error();
  std::unique_ptr<Device> device(new Device(*driver, program));
  if (auto status = device->chooseGpu(ordinal); !status)
    return status.error();
  if (auto status = device->loadKernels(); !status)
    return status.error();
  return device;
}

Status Device::chooseGpu(int64_t ordinal) {
  int gpu = 0, major = 0, minor = 0;
  if (DriverResult result = driver.deviceCount(&count); result != 0)
    return driver.problem("cuDeviceGetCount", result);
  if (count == 0)
    return Error{"no GPU that the CUDA driver knows"};
  char text[128] = {};
  if (DriverResult result =
          driver.device(&gpu, static_cast<int>(ordinal % count));
      result != 0)
    return driver.problem("cuDeviceGet", result);
  if (driver.deviceName(text, sizeof text - 1, gpu) == 0)
    name = text;
  driver.deviceAttribute(&major, kCapabilityMajor, gpu);
  driver.deviceAttribute(&minor, kCapabilityMinor, gpu);
  capability = "sm_" + std::to_string(major * 10 + minor);
  driver.deviceAttribute(&mostPitch, kMaxPitch, gpu);
  if (DriverResult result = driver.deviceId(&id, gpu); result != 0)
    return driver.problem("cuDeviceGetUuid", result);
  if (DriverResult result = driver.retainContext(&context, gpu); result != 0)
    return driver.problem("cuDevicePrimaryCtxRetain", result);
  if (DriverResult result = driver.setContext(context); result != 0)
    return driver.problem("cuCtxSetCurrent", result);
  return createStreams();
}

/// Of what is ready on both streams, the GPU takes up a collective first: other
/// ranks wait for it.
Status Device::createStreams() {
  constexpr unsigned nonBlocking = 1;
  int least = 0, greatest = 0;
  if (DriverResult result = driver.priorities(&least, &greatest); result != 0)
    return driver.problem("cuCtxGetStreamPriorityRange", result);
  for (auto [handle, priority] :
       {std::pair(&stream, least), std::pair(&communication, greatest)})
    if (DriverResult result =
            driver.createStream(handle, nonBlocking, priority);
        result != 0)
      return driver.problem("cuStreamCreateWithPriority", result);
  return Done{};
}

Status Device::loadKernels() {
  DriverResult result = -1;
  if (program.cubin_bytes > 0)
    result = driver.loadModule(&module, program.cubin);
  if (result != 0)
    result = driver.loadModule(&module, program.ptx);
  if (result != 0)
    return Error{"GPU '" + name + "' (" + capability +
                 ") cannot run kernels for " + program.architecture +
                 ", compile with --cuda-arch " + capability + ": " +
                 driver.problem("cuModuleLoadData", result).message};
  for (uint32_t i = 0; i < program.num_kernels; ++i) {
    Handle kernel = nullptr;
    std::string kernelName = "kernel" + std::to_string(i);
    if (DriverResult found =
            driver.moduleFunction(&kernel, module, kernelName.c_str());
        found != 0)
      return driver.problem(("cuModuleGetFunction: " + kernelName).c_str(),
                            found);
    kernels.push_back(kernel);
  }
  size_t bytes = 0;
  if (DriverResult found =
          driver.moduleGlobal(&failure, &bytes, module, "dtc_failure");
      found != 0 || bytes != sizeof(dtc_gpu_failure))
    return Error{"the kernels have no variable 'dtc_failure' of " +
                 std::to_string(sizeof(dtc_gpu_failure)) + " bytes"};
  auto pinned = allocateHost(sizeof(dtc_gpu_failure));
  if (!pinned)
    return pinned.error();
  seenFailure = static_cast<dtc_gpu_failure *>(*pinned);
  return Done{};
}

Result<void *> Device::allocate(size_t bytes) {
  Address address = 0;
  // The driver has no memory of no bytes.
  size_t wanted = bytes == 0 ? 1 : bytes;
  DriverResult result = driver.allocate(&address, wanted);
  if (result == kOutOfMemory) {
    size_t available = 0, total = 0;
    driver.memoryInfo(&available, &total);
    return Error{"too little memory on GPU '" + name +
                 "': " + std::to_string(bytes) + " bytes more are needed, " +
                 std::to_string(available) + " of " + std::to_string(total) +
                 " are free"};
  }
  if (result != 0)
    return driver.problem("cuMemAlloc", result);
  auto *memory = reinterpret_cast<void *>(address);
  if (auto status = clear(memory, wanted); !status)
    return status.error();
  return memory;
}

Status Device::clear(void *memory, size_t bytes) {
  if (DriverResult result =
          driver.fill(reinterpret_cast<Address>(memory), 0, bytes, stream);
      result != 0)
    return driver.problem("cuMemsetD8Async", result);
  return Done{};
}

Status Device::allocateWorkspace() {
  for (Workspace &workspace : workspaces) {
    if (workspace.bytes == 0)
      continue;
    auto memory = allocate(workspace.bytes);
    if (!memory)
      return Error{"workspace: " + memory.error().message};
    workspace.memory = *memory;
  }
  if (hostWorkspace.bytes == 0)
    return Done{};
  auto pinned = allocateHost(hostWorkspace.bytes);
  if (!pinned)
    return pinned.error();
  hostWorkspace.memory = *pinned;
  return Done{};
}

Status Device::launch(uint32_t kernel, uint32_t blocks, uint32_t threads,
                      void **arguments) {
  if (DriverResult result =
          driver.launch(kernels[kernel], blocks, 1, 1, threads, 1, 1, 0, stream,
                        arguments, nullptr);
      result != 0)
    return driver.problem(
        ("cuLaunchKernel: kernel" + std::to_string(kernel)).c_str(), result);
  return Done{};
}

Status Device::wait() {
  if (watcher.look)
    return waitWatching();
  if (DriverResult result = driver.synchronize(stream); result != 0)
    return driver.problem("cuStreamSynchronize", result);
  return Done{};
}

/// The record of failures is copied behind everything else, so that one wait
/// is for both.
Status Device::synchronize() {
  if (auto status =
          startDownload(StreamKind::Compute, seenFailure,
                        reinterpret_cast<void *>(failure), sizeof *seenFailure);
      !status)
    return status.error();
  if (auto status = wait(); !status)
    return status.error();
  return checkFailure();
}

Status Device::checkFailure() const {
  const dtc_gpu_failure &found = *seenFailure;
  switch (found.kind) {
  case DTC_GPU_NO_FAILURE:
    return Done{};
  case DTC_GPU_INDEX_OUT_OF_RANGE:
    return Error{"a lookup wants row " + std::to_string(found.row) +
                 ", expected one from " + std::to_string(-found.rows) + " to " +
                 std::to_string(found.rows - 1)};
  case DTC_GPU_DIVISION_BY_ZERO:
    return Error{"expected divisors other than 0 of integers, got 0"};
  }
  return Error{"a kernel failed in an unknown way (" +
               std::to_string(found.kind) + ")"};
}

} // namespace dtc::runtime::cuda
