//===- ReluCheck.cpp - Whether a library's gradient of relu is ours -------===//
//
// cuBLASLt does not say what its masks hold for 0 and for NaN. One shape of
// each type is looked at, for all of the library's algorithms.
//
// 1. A product whose elements are known, some of them 0 and NaN, and a relu
//    that writes a mask. A scale of -1 makes -0 of 0.
// 2. A product whose elements are 1, multiplied by relu's derivative.
//===----------------------------------------------------------------------===//

#include "ReluCheck.h"
#include "Product.h"
#include "dtc/runtime/Elements.h"
#include <cstring>
#include <limits>

namespace dtc::runtime::cuda {
namespace {

constexpr int64_t kRows = 16, kColumns = DTC_MASK_BITS, kSteps = 16;
constexpr int64_t kCount = kRows * kColumns;

float valueAt(int64_t row, int64_t column) {
  constexpr float values[] = {
      -1, 0, std::numeric_limits<float>::quiet_NaN(), 1, -0x1p-10f, 0x1p-10f,
      -3, 3};
  float value = values[column % std::size(values)];
  return row % 2 == 0 ? value : -value;
}

using Values = std::vector<float>;

class ReluCheck {
public:
  ReluCheck(const Blas &blasOf, Device &deviceOf, int32_t dtypeOf)
      : blas(blasOf), device(deviceOf), dtype(dtypeOf) {}

  Result<bool> run();

private:
  Result<bool> runScaled(float scale);
  Result<std::unique_ptr<Product>> makeProduct(dtc_epilogue epilogue,
                                               float scale);
  Result<void *> upload(const Values &values);
  Result<Values> download(const void *memory);

  const Blas &blas;
  Device &device;
  int32_t dtype;
  AlgorithmCache algorithms;
  ReluMasks masks{[](int32_t) { return true; }};
  void *signs = nullptr, *values = nullptr;  ///< operands of the relu's product
  void *ones = nullptr, *firstRow = nullptr; ///< of the other one
  void *result = nullptr, *mask = nullptr;
  void *workspace = nullptr;
  size_t workspaceBytes = 0;
};

Result<void *> ReluCheck::upload(const Values &elements) {
  std::vector<char> bytes(elements.size() * size_t(elementSize(dtype)));
  dispatchElement(dtype, [&](auto element) {
    using E = decltype(element);
    for (size_t i = 0; i < elements.size(); ++i) {
      auto stored = E::store(static_cast<typename E::Value>(elements[i]));
      std::memcpy(bytes.data() + i * sizeof stored, &stored, sizeof stored);
    }
  });
  auto memory = device.allocate(bytes.size());
  if (!memory)
    return memory;
  if (auto status = device.upload(*memory, bytes.data(), bytes.size()); !status)
    return status.error();
  return memory;
}

Result<Values> ReluCheck::download(const void *memory) {
  std::vector<char> bytes(size_t(kCount * elementSize(dtype)));
  if (auto status = device.download(bytes.data(), memory, bytes.size());
      !status)
    return status.error();
  Values elements(kCount);
  dispatchElement(dtype, [&](auto element) {
    using E = decltype(element);
    for (size_t i = 0; i < elements.size(); ++i) {
      typename E::Stored stored;
      std::memcpy(&stored, bytes.data() + i * sizeof stored, sizeof stored);
      elements[i] = static_cast<float>(E::load(stored));
    }
  });
  return elements;
}

Result<std::unique_ptr<Product>> ReluCheck::makeProduct(dtc_epilogue epilogue,
                                                        float scale) {
  dtc_matmul desc = {};
  desc.dtype = dtype;
  desc.ndim = 2;
  desc.epilogue = epilogue;
  desc.scale = scale;
  desc.alignment = 256;
  desc.aux = 1;
  desc.lhs_shape[0] = kRows;
  desc.lhs_shape[1] = desc.rhs_shape[0] = desc.lhs_strides[0] = kSteps;
  desc.rhs_shape[1] = desc.rhs_strides[0] = desc.result_strides[0] = kColumns;
  desc.lhs_strides[1] = desc.rhs_strides[1] = desc.result_strides[1] = 1;
  return Product::create(blas, desc, algorithms, masks,
                         [](int32_t, int64_t) -> Result<const void *> {
                           return Error{"expected a product without sums"};
                         });
}

/// Of each product only the first step is not zero.
Result<bool> ReluCheck::run() {
  Values forSigns(kRows * kSteps), forOnes(kRows * kSteps);
  Values forValues(kSteps * kColumns), forFirstRow(kSteps * kColumns);
  for (int64_t row = 0; row < kRows; ++row) {
    forSigns[size_t(row * kSteps)] = row % 2 == 0 ? 1.0f : -1.0f;
    forOnes[size_t(row * kSteps)] = 1;
  }
  for (int64_t column = 0; column < kColumns; ++column) {
    forValues[size_t(column)] = valueAt(0, column);
    forFirstRow[size_t(column)] = 1;
  }
  const std::pair<void **, Values> operands[] = {{&signs, forSigns},
                                                 {&values, forValues},
                                                 {&ones, forOnes},
                                                 {&firstRow, forFirstRow},
                                                 {&result, Values(kCount)}};
  for (const auto &[memory, elements] : operands) {
    auto uploaded = upload(elements);
    if (!uploaded)
      return uploaded.error();
    *memory = *uploaded;
  }
  auto forMask = device.allocate(size_t(kCount / 8));
  if (!forMask)
    return forMask.error();
  mask = *forMask;
  for (float scale : {1.0f, -1.0f})
    if (auto passes = runScaled(scale); !passes || !*passes)
      return passes;
  return true;
}

Result<bool> ReluCheck::runScaled(float scale) {
  auto forward = makeProduct(DTC_EPILOGUE_RELU, scale);
  auto backward = makeProduct(DTC_EPILOGUE_RELU_GRADIENT, 1);
  if (!forward || !backward)
    return (forward ? backward : forward).error();
  if ((*forward)->left() != DTC_LEFT_NOTHING ||
      (*backward)->left() != DTC_LEFT_NOTHING)
    return false;
  size_t bytes =
      std::max((*forward)->workspaceBytes(), (*backward)->workspaceBytes());
  if (!workspace || bytes > workspaceBytes) {
    auto memory = device.allocate(bytes);
    if (!memory)
      return memory.error();
    workspace = *memory;
    workspaceBytes = bytes;
  }
  Handle stream = device.computeStream();
  auto status = (*forward)->run({signs, values, nullptr, nullptr, result, mask},
                                workspace, stream);
  if (status)
    status = (*backward)->run({ones, firstRow, nullptr, nullptr, result, mask},
                              workspace, stream);
  if (!status)
    return status.error();
  auto passed = download(result);
  if (!passed)
    return passed.error();
  for (int64_t i = 0; i < kCount; ++i) {
    float value = scale * valueAt(i / kColumns, i % kColumns);
    if ((*passed)[size_t(i)] != (value > 0 ? 1.0f : 0.0f))
      return false;
  }
  return true;
}

} // namespace

bool passesReluGradients(const Blas &blas, Device &device, int32_t dtype) {
  auto passes = ReluCheck(blas, device, dtype).run();
  return passes && *passes;
}

} // namespace dtc::runtime::cuda
