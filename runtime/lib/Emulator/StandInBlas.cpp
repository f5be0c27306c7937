//===- StandInBlas.cpp - A cuBLASLt that computes on the processor --------===//
//
// 1. Descriptions are kept as they are set.
// 2. An "algorithm" is a fingerprint of the descriptions and the alignment that
//    the caller promised. A call with another product's algorithm, addresses
//    that are aligned less, or too small a workspace is an error.
// 3. Products are sums in f64, rounded once after the epilogue.
//
// Epilogues are in BlasEpilogue.cpp.
//===----------------------------------------------------------------------===//

#include "BlasEpilogue.h"
#include "StandIn.h"
#include <cstdlib>
#include <cstring>

using namespace dtc;
using namespace dtc::runtime::cuda;
using namespace dtc::emulated::blas;

namespace {

constexpr BlasResult success = 0, notInitialized = 1, invalidValue = 7,
                     notSupported = 15;
constexpr uint64_t kMark = 0x64746320626c6173;
constexpr size_t kWorkspace = 256;

struct Preference {
  size_t workspace = 0;
  uint32_t alignments[4] = {256, 256, 256, 256};
};

uint64_t mix(uint64_t seed, uint64_t value) {
  return (seed ^ value) * 0x9e3779b97f4a7c15 + (seed >> 29);
}

uint64_t fingerprint(const Call &call) {
  uint64_t hash = mix(mix(kMark, uint64_t(call.desc.transposeA)),
                      uint64_t(call.desc.transposeB));
  hash = mix(hash, uint64_t(call.desc.epilogue));
  hash = mix(hash, uint64_t(call.desc.auxLeading));
  hash = mix(hash, uint64_t(call.desc.auxStride));
  for (const Layout *layout : {&call.a, &call.b, &call.d})
    for (uint64_t part : {uint64_t(layout->type), layout->rows, layout->columns,
                          uint64_t(layout->leading), uint64_t(layout->stride),
                          uint64_t(layout->batch)})
      hash = mix(hash, part);
  return hash;
}

/// `rows` vectors of `steps` elements that a sum goes over.
std::vector<float> gather(const Layout &layout, bool stepsAreRows,
                          const char *data, uint64_t rows, uint64_t steps) {
  std::vector<float> values;
  values.reserve(rows * steps);
  for (uint64_t row = 0; row < rows; ++row)
    for (uint64_t step = 0; step < steps; ++step)
      values.push_back(
          load(layout.type, data,
               stepsAreRows ? int64_t(row) * layout.leading + int64_t(step)
                            : int64_t(step) * layout.leading + int64_t(row)));
  return values;
}

/// Bytes from the first to behind the last element.
uint64_t reach(const Layout &layout) {
  if (layout.rows == 0 || layout.columns == 0)
    return 0;
  return (uint64_t(layout.leading) * (layout.columns - 1) + layout.rows +
          uint64_t(layout.stride) * uint64_t(layout.batch - 1)) *
         elementBytes(layout.type);
}

/// Up to 256; that of null is the largest.
uint64_t alignmentOf(const void *data) {
  uint64_t address = reinterpret_cast<uint64_t>(data) | 256;
  return address & -address;
}

bool mayTouch(const char *name, const Layout &layout, const void *data,
              uint64_t alignment) {
  auto address = reinterpret_cast<uint64_t>(data);
  if (address % alignment != 0)
    emulated::report(std::string("cublasLtMatmul: ") + name +
                         " is aligned less than the algorithm wants",
                     0);
  else if (!emulated::deviceMemory().contains(address, reach(layout)))
    emulated::report(std::string("cublasLtMatmul: ") + name +
                         " is not memory of the GPU",
                     0);
  else
    return true;
  return false;
}

struct Scales {
  float alpha, beta;
};

/// The sums of A's or B's vectors over k.
void sumSteps(const std::vector<float> &vectors, uint64_t count, uint64_t steps,
              int type, char *sums) {
  for (uint64_t i = 0; i < count; ++i) {
    double sum = 0;
    for (uint64_t step = 0; step < steps; ++step)
      sum += double(vectors[i * steps + step]);
    store(type, sums, int64_t(i), static_cast<float>(sum));
  }
}

void multiplyOne(const Call &call, Scales scales, const char *a, const char *b,
                 const char *c, char *d, char *aux) {
  uint64_t rows = call.d.rows, columns = call.d.columns;
  uint64_t steps = call.desc.transposeA ? call.a.rows : call.a.columns;
  std::vector<float> left =
      gather(call.a, call.desc.transposeA, a, rows, steps);
  std::vector<float> right =
      gather(call.b, !call.desc.transposeB, b, columns, steps);
  const char *bias = static_cast<const char *>(call.desc.bias);
  char *sums = static_cast<char *>(const_cast<void *>(call.desc.bias));
  if (call.desc.epilogue & kBlasSumsA)
    sumSteps(left, rows, steps, call.d.type, sums);
  if (call.desc.epilogue & kBlasSumsB)
    sumSteps(right, columns, steps, call.d.type, sums);
  std::vector<double> rowSums(rows);
  for (uint64_t column = 0; column < columns; ++column)
    for (uint64_t row = 0; row < rows; ++row) {
      const float *x = left.data() + row * steps;
      const float *y = right.data() + column * steps;
      double sum = 0;
      for (uint64_t step = 0; step < steps; ++step)
        sum += double(x[step]) * double(y[step]);
      int64_t at = int64_t(column) * call.d.leading + int64_t(row);
      sum *= double(scales.alpha);
      if (scales.beta != 0)
        sum += double(scales.beta) * double(load(call.d.type, c, at));
      if (call.desc.epilogue & kBlasBias)
        sum += double(load(call.d.type, bias, int64_t(row)));
      double value = activate(call, aux, int64_t(row), int64_t(column), sum);
      rowSums[row] += value;
      store(call.d.type, d, at, static_cast<float>(value));
    }
  if (call.desc.epilogue & kBlasSumsResult)
    for (uint64_t row = 0; row < rows; ++row)
      store(call.d.type, sums, int64_t(row), static_cast<float>(rowSums[row]));
}

/// op(A) op(B) has the shape of D.
bool fits(const Call &call) {
  uint64_t rows = call.desc.transposeA ? call.a.columns : call.a.rows;
  uint64_t steps = call.desc.transposeA ? call.a.rows : call.a.columns;
  uint64_t columns = call.desc.transposeB ? call.b.rows : call.b.columns;
  uint64_t others = call.desc.transposeB ? call.b.columns : call.b.rows;
  for (const Layout *layout : {&call.a, &call.b, &call.d})
    if (layout->leading < int64_t(layout->rows) || layout->rows == 0 ||
        layout->columns == 0 || layout->batch != call.d.batch)
      return false;
  return rows == call.d.rows && columns == call.d.columns && steps == others;
}

template <typename T> T &as(Handle handle) { return *static_cast<T *>(handle); }

template <typename T>
BlasResult assign(T &member, const void *value, size_t bytes) {
  if (bytes != sizeof(T))
    return invalidValue;
  std::memcpy(&member, value, bytes);
  return success;
}

} // namespace

extern "C" {

size_t cublasLtGetVersion() { return 130100; }

/// DTC_EMULATED_BLAS=first: the first does not start, as cuBLASLt of CUDA 13
/// with a driver of CUDA 12.
BlasResult cublasLtCreate(Handle *handle) {
  static int one, calls = 0;
  const char *mood = std::getenv("DTC_EMULATED_BLAS");
  if (mood && std::strcmp(mood, "first") == 0 && calls++ == 0)
    return notInitialized;
  *handle = &one;
  return success;
}

BlasResult cublasLtMatmulDescCreate(Handle *desc, int compute, int scale) {
  if (compute != kBlasComputeF32 || scale != kBlasF32)
    return notSupported;
  *desc = new Desc();
  return success;
}

BlasResult cublasLtMatmulDescSetAttribute(Handle desc, int attribute,
                                          const void *value, size_t bytes) {
  switch (attribute) {
  case kBlasTransposeA:
    return assign(as<Desc>(desc).transposeA, value, bytes);
  case kBlasTransposeB:
    return assign(as<Desc>(desc).transposeB, value, bytes);
  case kBlasEpilogue:
    return assign(as<Desc>(desc).epilogue, value, bytes);
  case kBlasBiasPointer:
    return assign(as<Desc>(desc).bias, value, bytes);
  case kBlasAuxPointer:
    return assign(as<Desc>(desc).aux, value, bytes);
  case kBlasAuxLeading:
    return assign(as<Desc>(desc).auxLeading, value, bytes);
  case kBlasAuxStride:
    return assign(as<Desc>(desc).auxStride, value, bytes);
  }
  return notSupported;
}

BlasResult cublasLtMatrixLayoutCreate(Handle *layout, int type, uint64_t rows,
                                      uint64_t columns, int64_t leading) {
  *layout = new Layout{type, rows, columns, leading, 0, 1};
  return success;
}

BlasResult cublasLtMatrixLayoutSetAttribute(Handle layout, int attribute,
                                            const void *value, size_t bytes) {
  if (attribute == kBlasBatchCount)
    return assign(as<Layout>(layout).batch, value, bytes);
  if (attribute == kBlasBatchStride)
    return assign(as<Layout>(layout).stride, value, bytes);
  return notSupported;
}

BlasResult cublasLtMatmulPreferenceCreate(Handle *preference) {
  *preference = new Preference();
  return success;
}

BlasResult cublasLtMatmulPreferenceSetAttribute(Handle preference,
                                                int attribute,
                                                const void *value,
                                                size_t bytes) {
  if (attribute == kBlasWorkspaceBytes)
    return assign(as<Preference>(preference).workspace, value, bytes);
  if (attribute == kBlasReductionSchemes)
    return bytes == sizeof kBlasReduceInF32 &&
                   std::memcmp(value, &kBlasReduceInF32, bytes) == 0
               ? success
               : notSupported;
  int matrix = attribute - kBlasAlignmentA;
  if (matrix < 0 || matrix >= 4)
    return notSupported;
  return assign(as<Preference>(preference).alignments[matrix], value, bytes);
}

BlasResult cublasLtMatmulPreferenceDestroy(Handle preference) {
  delete &as<Preference>(preference);
  return success;
}

BlasResult cublasLtMatmulAlgoGetHeuristic(Handle, Handle desc, Handle a,
                                          Handle b, Handle, Handle d,
                                          Handle preference, int wanted,
                                          BlasChoice *choices, int *found) {
  Call call{as<Desc>(desc), as<Layout>(a), as<Layout>(b), as<Layout>(d)};
  *found = 0;
  // The library need not have sums for every shape.
  uint64_t steps = call.desc.transposeA ? call.a.rows : call.a.columns;
  if ((call.desc.epilogue & (kBlasSumsA | kBlasSumsB)) &&
      (steps % 2 != 0 || call.d.batch != 1))
    return notSupported;
  if (wanted < 1 || !fits(call) || !hasEpilogue(call) ||
      as<Preference>(preference).workspace < kWorkspace)
    return notSupported;
  BlasChoice &choice = choices[0];
  choice = {};
  choice.workspaceBytes = kWorkspace;
  choice.algorithm.data[0] = kMark;
  choice.algorithm.data[1] = fingerprint(call);
  choice.algorithm.data[2] = as<Preference>(preference).alignments[0];
  choice.algorithm.data[3] = alignmentOf(call.desc.bias);
  *found = 1;
  emulated::logCall("cublasLtMatmulAlgoGetHeuristic");
  return success;
}

BlasResult cublasLtMatmulAlgoCheck(Handle, Handle desc, Handle a, Handle b,
                                   Handle, Handle d,
                                   const BlasAlgorithm *algorithm,
                                   BlasChoice *choice) {
  Call call{as<Desc>(desc), as<Layout>(a), as<Layout>(b), as<Layout>(d)};
  if (!hasEpilogue(call) || algorithm->data[0] != kMark ||
      algorithm->data[1] != fingerprint(call) || algorithm->data[2] == 0 ||
      algorithm->data[2] > 256 || algorithm->data[3] == 0 ||
      algorithm->data[3] > 256)
    return notSupported;
  *choice = {};
  choice->workspaceBytes = kWorkspace;
  return success;
}

BlasResult cublasLtMatmul(Handle handle, Handle desc, const void *alpha,
                          const void *a, Handle layoutA, const void *b,
                          Handle layoutB, const void *beta, const void *c,
                          Handle layoutC, void *d, Handle layoutD,
                          const BlasAlgorithm *algorithm, void *workspace,
                          size_t workspaceBytes, Handle stream) {
  Call call{as<Desc>(desc), as<Layout>(layoutA), as<Layout>(layoutB),
            as<Layout>(layoutD)};
  if (call.desc.epilogue & kBlasAux &&
      (!hasEpilogue(call) ||
       !emulated::deviceMemory().contains(
           reinterpret_cast<uint64_t>(call.desc.aux), auxReach(call))))
    return emulated::report("cublasLtMatmul: the memory for gradients",
                            invalidValue);
  BlasChoice checked;
  if (cublasLtMatmulAlgoCheck(handle, desc, layoutA, layoutB, layoutC, layoutD,
                              algorithm, &checked) != success)
    return emulated::report("cublasLtMatmul: another product's algorithm",
                            invalidValue);
  if (workspaceBytes < kWorkspace ||
      !emulated::deviceMemory().contains(reinterpret_cast<uint64_t>(workspace),
                                         kWorkspace))
    return emulated::report("cublasLtMatmul: too small a workspace",
                            invalidValue);
  Scales scales;
  std::memcpy(&scales.alpha, alpha, sizeof(float));
  std::memcpy(&scales.beta, beta, sizeof(float));
  uint64_t alignment = algorithm->data[2];
  Layout bias = call.d;
  bias.columns = 1;
  bias.batch = 1;
  if (call.desc.epilogue & kBlasSumsB)
    bias.rows = bias.leading = int64_t(call.d.columns);
  bool hasBias = call.desc.epilogue &
                 (kBlasBias | kBlasSumsA | kBlasSumsB | kBlasSumsResult);
  if (!mayTouch("A", call.a, a, alignment) ||
      !mayTouch("B", call.b, b, alignment) ||
      !mayTouch("D", call.d, d, alignment) ||
      (scales.beta != 0 && !mayTouch("C", call.d, c, alignment)) ||
      (hasBias &&
       !mayTouch("the bias", bias, call.desc.bias, algorithm->data[3])))
    return invalidValue;
  emulated::logCall(emulated::streamName(stream) + ": cublasLtMatmul " +
                    std::to_string(call.d.columns) + "x" +
                    std::to_string(call.d.rows) + ", epilogue " +
                    std::to_string(call.desc.epilogue));
  emulated::enqueue(stream, [=, ownDesc = call.desc, ownA = call.a,
                             ownB = call.b, ownD = call.d] {
    Call own{ownDesc, ownA, ownB, ownD};
    for (int32_t i = 0; i < ownD.batch; ++i) {
      auto moved = [&](const void *base, const Layout &layout) {
        return static_cast<const char *>(base) +
               i * layout.stride * int64_t(elementBytes(layout.type));
      };
      int64_t stride = i * ownDesc.auxStride;
      int64_t kept = hasMask(ownDesc)
                         ? stride / 8
                         : stride * int64_t(elementBytes(ownD.type));
      multiplyOne(own, scales, moved(a, ownA), moved(b, ownB), moved(c, ownD),
                  const_cast<char *>(moved(d, ownD)),
                  static_cast<char *>(ownDesc.aux) + kept);
    }
    return 0;
  });
  return success;
}

} // extern "C"
