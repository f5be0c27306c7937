//===- gpu.h - What a compiled rank program has for a GPU -----------------===//
//
// Beside `dtc_rank_program`, a rank program for GPUs has `dtc_gpu_program`. Its
// `load` and `step` are host code as on processors, but the frame's memory is
// the GPU's, and kernels are launched by dtc_gpu_launch().
//===----------------------------------------------------------------------===//

#ifndef DTC_RUNTIME_GPU_H
#define DTC_RUNTIME_GPU_H

#include "dtc/runtime/program.h"
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define DTC_GPU_ABI 3u

/// Libraries that a program calls, as bits.
enum dtc_gpu_library { DTC_GPU_CUBLASLT = 1, DTC_GPU_CUDNN = 2 };

/// An array that the program brings along, copied to `offset` of the packed
/// memory before `load`.
struct dtc_gpu_constant {
  uint64_t offset;
  uint64_t bytes;
  const void *data;
};

/// What a kernel left in the module's variable `dtc_failure`.
enum dtc_gpu_failure_kind {
  DTC_GPU_NO_FAILURE,
  DTC_GPU_INDEX_OUT_OF_RANGE,
  DTC_GPU_DIVISION_BY_ZERO
};

struct dtc_gpu_failure {
  int32_t kind; ///< dtc_gpu_failure_kind
  int32_t reserved;
  int64_t row, rows; ///< of an index out of range
};

struct dtc_gpu_program {
  uint32_t abi;
  uint32_t num_kernels; ///< named "kernel0", "kernel1", ...
  uint64_t libraries;   ///< of dtc_gpu_library
  uint64_t num_constants;
  uint64_t cubin_bytes;     ///< 0: there is none
  const char *architecture; ///< "sm_90"
  const char *ptx;          ///< null-terminated
  const void *cubin;
  const struct dtc_gpu_constant *constants;
};

/// Weak: programs for processors have none.
extern const struct dtc_gpu_program dtc_gpu_rank_program __attribute__((weak));

/// Starts a kernel; `arguments` point at its parameters, which are addresses of
/// GPU memory. Errors end the rank.
void dtc_gpu_launch(uint32_t kernel, uint32_t blocks, uint32_t threads,
                    void **arguments);

/// As dtc_matmul_create() and dtc_matmul_run() on processors, by cuBLASLt. The
/// operands are addresses of GPU memory; weights are not packed. `aux` is null
/// where the description has none.
void *dtc_gpu_matmul_create(struct dtc_frame *frame,
                            const struct dtc_matmul *desc, const void *rhs);
void dtc_gpu_matmul_run(void *primitive, const void *lhs, const void *rhs,
                        const void *bias, const void *residual, void *result,
                        void *aux);
/// dtc_left: what the library has no algorithm for and the program's kernels
/// have to do after each call. It does not change once the product was made.
int32_t dtc_gpu_matmul_left(const void *primitive);

/// As dtc_convolution_create() and the others on processors, by cuDNN.
void *dtc_gpu_convolution_create(struct dtc_frame *frame,
                                 const struct dtc_convolution *desc,
                                 const void *weight);
void dtc_gpu_convolution_run(void *primitive, const void *input,
                             const void *weight, const void *bias,
                             void *result);
void *
dtc_gpu_convolution_weight_gradient_create(struct dtc_frame *frame,
                                           const struct dtc_convolution *desc);
void dtc_gpu_convolution_weight_gradient_run(void *primitive, const void *input,
                                             const void *gradient,
                                             void *result);
/// Attention, by cuDNN; `mask` and `sums` are null where there are none. A
/// query that sees no key may get anything.
void *dtc_gpu_attention_create(struct dtc_frame *frame,
                               const struct dtc_attention *desc);
void dtc_gpu_attention_run(void *primitive, const void *query, const void *key,
                           const void *value, const void *mask, void *result,
                           void *sums);

/// Its gradients. Where a query sees no key, all may be anything.
void *
dtc_gpu_attention_gradient_create(struct dtc_frame *frame,
                                  const struct dtc_attention_gradient *desc);
void dtc_gpu_attention_gradient_run(void *primitive, const void *query,
                                    const void *key, const void *value,
                                    const void *mask, const void *result,
                                    const void *sums, const void *gradient,
                                    void *query_gradient, void *key_gradient,
                                    void *value_gradient);

#ifdef __cplusplus
}
#endif

#endif // DTC_RUNTIME_GPU_H
