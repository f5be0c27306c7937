//===- Peaks.cpp - What a GPU can do at best ------------------------------===//

#include "Peaks.h"
#include "Device.h"
#include "Product.h"
#include "ReluCheck.h"
#include "dtc/runtime/Elements.h"

namespace dtc::gpucheck {
namespace {

using namespace runtime;
using cuda::Device;
using cuda::StreamKind;

/// What a program's kernels always have, and no kernel.
constexpr char kNoKernels[] = ".version 7.0\n"
                              ".target sm_80\n"
                              ".address_size 64\n"
                              ".visible .global .align 8 .b8 "
                              "dtc_failure[24];\n";
static_assert(sizeof(dtc_gpu_failure) == 24);

dtc_gpu_program emptyProgram() {
  dtc_gpu_program program = {};
  program.abi = DTC_GPU_ABI;
  program.architecture = "sm_80";
  program.ptx = kNoKernels;
  return program;
}

/// Starts something once.
using Start = std::function<Status()>;

/// Seconds of one of `repetitions` on the compute stream.
Result<double> timeOf(Device &device, int repetitions, const Start &start) {
  auto begin = device.createTimer(), end = device.createTimer();
  if (!begin || !end)
    return (begin ? end : begin).error();
  for (int i = -2; i < repetitions; ++i) {
    if (i == 0)
      if (auto status = device.recordTime(*begin, StreamKind::Compute); !status)
        return status.error();
    if (auto status = start(); !status)
      return status.error();
  }
  if (auto status = device.recordTime(*end, StreamKind::Compute); !status)
    return status.error();
  if (auto status = device.wait(); !status)
    return status.error();
  auto seconds = device.secondsBetween(*begin, *end);
  if (!seconds)
    return seconds.error();
  return *seconds / repetitions;
}

Result<double> copyRate(Device &device, const PeakSizes &sizes) {
  auto from = device.allocate(static_cast<size_t>(sizes.copiedBytes)),
       to = device.allocate(static_cast<size_t>(sizes.copiedBytes));
  if (!from || !to)
    return (from ? to : from).error();
  cuda::Rows all{*to, *from, 0, 0, sizes.copiedBytes, 1};
  auto seconds = timeOf(device, sizes.repetitions, [&] {
    return device.startCopy(StreamKind::Compute, all);
  });
  if (!seconds)
    return seconds.error();
  return 2.0 * static_cast<double>(sizes.copiedBytes) / *seconds;
}

/// A square matrix of values from -1 to 1: products of zeros are faster than
/// those of numbers.
Result<void *> makeMatrix(Device &device, int32_t dtype, int64_t extent) {
  size_t count = static_cast<size_t>(extent * extent);
  std::vector<char> values(count * static_cast<size_t>(elementSize(dtype)));
  uint32_t state = 1;
  dispatchElement(dtype, [&](auto element) {
    using E = decltype(element);
    for (size_t i = 0; i < count; ++i) {
      state = state * 1664525u + 1013904223u;
      float value = static_cast<float>(state >> 8) * 0x1p-23f - 1.0f;
      auto stored = E::store(static_cast<typename E::Value>(value));
      std::memcpy(values.data() + i * sizeof stored, &stored, sizeof stored);
    }
  });
  auto memory = device.allocate(values.size());
  if (!memory)
    return memory.error();
  if (auto status = device.upload(*memory, values.data(), values.size());
      !status)
    return status.error();
  return memory;
}

dtc_matmul squareProduct(int32_t dtype, int64_t extent) {
  dtc_matmul desc = {};
  desc.dtype = dtype;
  desc.ndim = 2;
  desc.scale = 1.0f;
  desc.alignment = 256;
  for (int64_t *shape : {desc.lhs_shape, desc.rhs_shape})
    shape[0] = shape[1] = extent;
  for (int64_t *strides :
       {desc.lhs_strides, desc.rhs_strides, desc.result_strides}) {
    strides[0] = extent;
    strides[1] = 1;
  }
  return desc;
}

Result<double> productRate(Device &device, const cuda::Blas &blas,
                           int32_t dtype, const PeakSizes &sizes) {
  int64_t extent = sizes.extent;
  cuda::AlgorithmCache algorithms;
  cuda::ReluMasks masks([](int32_t) { return false; });
  auto product = cuda::Product::create(
      blas, squareProduct(dtype, extent), algorithms, masks,
      [](int32_t, int64_t) -> Result<const void *> {
        return Error{"expected a product without sums"};
      });
  if (!product)
    return product.error();
  device.reserveWorkspace((*product)->workspaceBytes());
  if (auto status = device.allocateWorkspace(); !status)
    return status.error();
  auto lhs = makeMatrix(device, dtype, extent),
       rhs = makeMatrix(device, dtype, extent),
       result = makeMatrix(device, dtype, extent);
  for (auto *matrix : {&lhs, &rhs, &result})
    if (!*matrix)
      return matrix->error();
  cuda::ProductArguments arguments{*lhs, *rhs, nullptr, nullptr, *result};
  auto seconds = timeOf(device, sizes.repetitions, [&] {
    return (*product)->run(arguments, device.workspaceMemory(),
                           device.computeStream());
  });
  if (!seconds)
    return seconds.error();
  double each = static_cast<double>(extent);
  return 2.0 * each * each * each / *seconds;
}

} // namespace

Result<Peaks> measurePeaks(const PeakSizes &sizes) {
  static const dtc_gpu_program program = emptyProgram();
  auto device = Device::open(program, 0);
  if (!device)
    return device.error();
  auto blas = cuda::openBlas();
  if (!blas)
    return blas.error();
  Peaks peaks;
  peaks.gpu = (*device)->gpuName();
  peaks.count = (*device)->gpuCount();
  auto copied = copyRate(**device, sizes);
  if (!copied)
    return copied.error();
  peaks.bytesPerSecond = *copied;
  struct {
    dtc_dtype dtype;
    const char *name;
    double &rate;
  } types[] = {{DTC_F32, "f32", peaks.f32PerSecond},
               {DTC_F16, "f16", peaks.f16PerSecond},
               {DTC_BF16, "bf16", peaks.bf16PerSecond}};
  for (auto &[dtype, name, rate] : types) {
    auto measured = productRate(**device, *blas, dtype, sizes);
    if (!measured)
      return measured.error();
    rate = *measured;
    if (cuda::passesReluGradients(*blas, **device, dtype))
      peaks.maskedTypes +=
          (peaks.maskedTypes.empty() ? "" : " ") + std::string(name);
  }
  return peaks;
}

} // namespace dtc::gpucheck
