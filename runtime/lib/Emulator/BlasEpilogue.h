//===- BlasEpilogue.h - What the stand-in's products end with -------------===//

#ifndef DTC_RUNTIME_LIB_EMULATOR_BLASEPILOGUE_H
#define DTC_RUNTIME_LIB_EMULATOR_BLASEPILOGUE_H

#include "../Cuda/Blas.h"

namespace dtc::emulated::blas {

/// A matrix, or a batch of them.
struct Layout {
  int type = 0;
  uint64_t rows = 0, columns = 0;
  int64_t leading = 0, stride = 0;
  int32_t batch = 1;
};

/// An operation.
struct Desc {
  int32_t transposeA = 0, transposeB = 0,
          epilogue = runtime::cuda::kBlasNoEpilogue;
  const void *bias = nullptr;
  /// What activations keep.
  void *aux = nullptr;
  int64_t auxLeading = 0, auxStride = 0;
};

struct Call {
  const Desc &desc;
  const Layout &a, &b, &d;
};

size_t elementBytes(int type);
/// Element `at` of memory, as f32.
float load(int type, const char *data, int64_t at);
void store(int type, char *data, int64_t at, float value);

/// True of operations whose memory for gradients has a bit an element.
bool hasMask(const Desc &desc);

/// Bytes of the memory for gradients.
uint64_t auxReach(const Call &call);

/// Whether there is an algorithm with the epilogue: what the library's
/// documentation wants of the memory for gradients, and what it need not have.
bool hasEpilogue(const Call &call);

/// The activation, or the gradient of one, of element `x` of a matrix whose
/// memory for gradients is `aux`; keeps what it has to.
double activate(const Call &call, char *aux, int64_t row, int64_t column,
                double x);

} // namespace dtc::emulated::blas

#endif // DTC_RUNTIME_LIB_EMULATOR_BLASEPILOGUE_H
