//===- Blas.h - cuBLASLt, opened at run time ------------------------------===//
//
// The functions of cuBLASLt that products use, in one table, as Driver.h has
// the driver's. Types and numbers are those of cublasLt.h, so that no header of
// the toolkit is needed.
//===----------------------------------------------------------------------===//

#ifndef DTC_RUNTIME_LIB_CUDA_BLAS_H
#define DTC_RUNTIME_LIB_CUDA_BLAS_H

#include "Driver.h"

namespace dtc::runtime::cuda {

using BlasResult = int; ///< cublasStatus_t; 0 is success

/// cublasLtMatmulAlgo_t: plain data, valid for one version of the library.
struct BlasAlgorithm {
  uint64_t data[8];
};

/// cublasLtMatmulHeuristicResult_t
struct BlasChoice {
  BlasAlgorithm algorithm;
  size_t workspaceBytes;
  BlasResult state;
  float waves;
  int reserved[4];
};

/// Values of cublasLt.h's enumerations.
enum BlasType { kBlasF32 = 0, kBlasF16 = 2, kBlasBf16 = 14 };
constexpr int kBlasComputeF32 = 68;
enum BlasOperation { kBlasPlain = 0, kBlasTransposed = 1 };
enum BlasDescAttribute {
  kBlasTransposeA = 3,
  kBlasTransposeB = 4,
  kBlasEpilogue = 7,
  kBlasBiasPointer = 8,
  kBlasAuxPointer = 11,
  kBlasAuxLeading = 12,
  kBlasAuxStride = 13
};
enum BlasLayoutAttribute { kBlasBatchCount = 5, kBlasBatchStride = 6 };
/// Alignments of A, B, C and D are four neighbouring attributes.
enum BlasPreferenceAttribute {
  kBlasWorkspaceBytes = 1,
  kBlasReductionSchemes = 3,
  kBlasAlignmentA = 5
};
/// Of sums that several blocks share: where their parts are kept.
constexpr uint32_t kBlasReduceInF32 = 2;
/// Bits, but the first.
enum BlasEpilogue {
  kBlasNoEpilogue = 1,
  kBlasRelu = 2,
  kBlasBias = 4,
  kBlasReluGradient = 8,
  kBlasSumsResult = 16, ///< beside a gradient; stored as sums of A are
  kBlasGeluTanh = 32,
  kBlasGeluTanhGradient = 64,
  kBlasAux = 128,   ///< activations keep what gradients need, and those read it
  kBlasSumsA = 256, ///< of A over k, stored where the bias pointer says
  kBlasSumsB = 512
};

/// MEMBER, NAME in the library, PARAMETERS; all return a BlasResult.
#define DTC_CUDA_BLAS_FUNCTIONS(X)                                             \
  X(create, "cublasLtCreate", (Handle *))                                      \
  X(createDesc, "cublasLtMatmulDescCreate", (Handle *, int, int))              \
  X(setDesc, "cublasLtMatmulDescSetAttribute",                                 \
    (Handle, int, const void *, size_t))                                       \
  X(createLayout, "cublasLtMatrixLayoutCreate",                                \
    (Handle *, int, uint64_t, uint64_t, int64_t))                              \
  X(setLayout, "cublasLtMatrixLayoutSetAttribute",                             \
    (Handle, int, const void *, size_t))                                       \
  X(createPreference, "cublasLtMatmulPreferenceCreate", (Handle *))            \
  X(setPreference, "cublasLtMatmulPreferenceSetAttribute",                     \
    (Handle, int, const void *, size_t))                                       \
  X(destroyPreference, "cublasLtMatmulPreferenceDestroy", (Handle))            \
  X(heuristic, "cublasLtMatmulAlgoGetHeuristic",                               \
    (Handle, Handle, Handle, Handle, Handle, Handle, Handle, int,              \
     BlasChoice *, int *))                                                     \
  X(checkAlgorithm, "cublasLtMatmulAlgoCheck",                                 \
    (Handle, Handle, Handle, Handle, Handle, Handle, const BlasAlgorithm *,    \
     BlasChoice *))                                                            \
  X(multiply, "cublasLtMatmul",                                                \
    (Handle, Handle, const void *, const void *, Handle, const void *, Handle, \
     const void *, const void *, Handle, void *, Handle,                       \
     const BlasAlgorithm *, void *, size_t, Handle))

struct Blas {
#define X(MEMBER, NAME, PARAMETERS) BlasResult(*MEMBER) PARAMETERS = nullptr;
  DTC_CUDA_BLAS_FUNCTIONS(X)
#undef X
  /// cublasLtGetVersion(): 130100 is 13.1.0.
  size_t version = 0;
  Handle handle = nullptr;

  /// "cublasLtMatmul: cuBLASLt status 13".
  Error problem(const char *call, BlasResult result) const;
};

/// Opens cuBLASLt of CUDA 13 or 12, or the library of $DTC_CUBLASLT. Needs a
/// current context. The error is a sentence for the user.
Result<Blas> openBlas();

} // namespace dtc::runtime::cuda

#endif // DTC_RUNTIME_LIB_CUDA_BLAS_H
