//===- program.h - What a compiled rank program tells the runtime ---------===//
//
// The C ABI between the code that the compiler emits for one rank and the
// runtime it is linked with. The compiler emits one `dtc_program` constant
// named `dtc_rank_program`; the runtime's main() finds everything in it.
//
// 1. At start the runtime maps the rank's weights, fills `dtc_frame`, and calls
//    `load` once: it creates primitives and packs weights.
// 2. Each step the runtime points `inputs` and `outputs` at buffers and calls
//    `step`: straight-line code that calls kernels, primitives and collectives.
//    A step allocates nothing and takes no lock.
//
// All shapes are in elements, all sizes in bytes unless said otherwise.
//===----------------------------------------------------------------------===//

#ifndef DTC_RUNTIME_PROGRAM_H
#define DTC_RUNTIME_PROGRAM_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define DTC_PROGRAM_ABI 2u

/// Element types, in the order of their codes in the emitted tables.
enum dtc_dtype {
  DTC_BOOL,
  DTC_I8,
  DTC_U8,
  DTC_I16,
  DTC_U16,
  DTC_I32,
  DTC_U32,
  DTC_I64,
  DTC_U64,
  DTC_F16,
  DTC_BF16,
  DTC_F32,
  DTC_F64
};

enum dtc_reduce { DTC_SUM, DTC_AVG, DTC_MAX, DTC_MIN, DTC_PRODUCT };

enum dtc_placement_kind { DTC_REPLICATE, DTC_SHARD, DTC_PARTIAL };

/// How one mesh axis holds a tensor. `dim` counts from the front.
struct dtc_placement {
  int32_t kind;   ///< dtc_placement_kind
  int32_t dim;    ///< for DTC_SHARD
  int32_t reduce; ///< dtc_reduce, for DTC_PARTIAL
};

struct dtc_mesh_axis {
  const char *name;
  int64_t size;
};

/// One array at the program's boundary: an input, an output or a parameter.
/// A rank's own piece follows from `shape`, `placements` (one a mesh axis) and
/// its coordinates by torch.chunk arithmetic, axis by axis.
struct dtc_tensor {
  const char *name;
  int32_t dtype;        ///< dtc_dtype
  int32_t rank;         ///< number of dimensions
  const int64_t *shape; ///< global
  const struct dtc_placement *placements;
};

/// The parts of a training step; all of a forward pass is in the first.
enum dtc_phase { DTC_FORWARD, DTC_BACKWARD, DTC_OPTIMIZER };

enum dtc_parameter_kind {
  DTC_CONSTANT, ///< a weight that no step changes
  DTC_UPDATED,  ///< a weight that every step changes in place
  DTC_STATE     ///< an optimizer's: changed as well, unknown to the model
};

/// What becomes of a parameter across steps.
struct dtc_parameter_use {
  int32_t kind;   ///< dtc_parameter_kind
  int32_t output; ///< the output that is this parameter after a step, or -1;
                  ///< its buffer is the parameter's
  double fill;    ///< a state's elements before the first step
};

enum dtc_collective_kind {
  DTC_ALL_REDUCE,
  DTC_ALL_GATHER,
  DTC_REDUCE_SCATTER,
  DTC_ALL_TO_ALL,
  DTC_BROADCAST,
  DTC_SCATTER,
  DTC_HALO_EXCHANGE
};

/// One collective along one mesh axis, among the ranks that differ only in
/// their coordinate on it. Buffers are dense and row-major.
///
/// The tensor with dimension `gather_dim` whole is seen as
/// [outer, extent, inner], and member r of the group holds, or receives,
/// [outer, c_r, inner] with c_r from torch.chunk(extent, group size); a member
/// may hold nothing. Per kind:
///  - all_reduce: extent * outer * inner elements in and out.
///  - all_gather: in [outer, c_r, inner], out [outer, extent, inner].
///  - reduce_scatter: in [outer, extent, inner], out [outer, c_r, inner].
///  - broadcast: member `root`'s [outer, extent, inner] to all.
///  - scatter: member `root`'s [outer, extent, inner], out [outer, c_r, inner].
///  - halo_exchange: in [outer, c_r, inner], out [outer, e_r - b_r, inner],
///    the whole's rows b_r = `shape[2 r]` up to e_r = `shape[2 r + 1]`; `ndim`
///    is twice the group's size.
///  - all_to_all: the value, whole, is `shape` (rank `ndim`); in: dimension
///    `from_dim` chunked; out: dimension `to_dim` chunked.
struct dtc_collective {
  int32_t kind;   ///< dtc_collective_kind
  int32_t reduce; ///< dtc_reduce
  int32_t dtype;  ///< dtc_dtype
  int32_t axis;   ///< mesh axis index
  int32_t root;   ///< for broadcast and scatter
  int32_t ndim;   ///< elements of `shape`
  int32_t from_dim;
  int32_t to_dim;
  int64_t outer;
  int64_t extent;
  int64_t inner;
  const int64_t *shape; ///< for all_to_all and halo_exchange, else null
  const char *module;   ///< where it comes from, for traces and errors
  const char *cause;    ///< "net2: partial(sum) -> replicate"
  int32_t phase;        ///< dtc_phase
};

/// What generated code works on. All pointers are 64-byte aligned.
struct dtc_frame {
  char *arena;    ///< `arena_bytes`, activations
  char *packed;   ///< `packed_bytes`, values that `load` computed from weights
  void **inputs;  ///< the rank's own pieces
  void **outputs; ///< written by `step`
  void **parameters;  ///< the rank's own pieces; constant ones mapped read-only
  void **primitives;  ///< `num_primitives` slots, filled by `load`
  void **collectives; ///< `num_collectives` handles, filled by the runtime
  void *runtime;      ///< opaque, for errors raised by primitives
};

struct dtc_program {
  uint32_t abi;
  int32_t world_size;
  int32_t mesh_rank;
  int32_t num_inputs;
  int32_t num_outputs;
  int32_t num_parameters;
  int32_t num_collectives;
  int32_t num_primitives;
  const struct dtc_mesh_axis *mesh;
  const struct dtc_tensor *inputs;
  const struct dtc_tensor *outputs;
  const struct dtc_tensor *parameters;
  const struct dtc_collective *collectives; ///< in the order of a step
  uint64_t arena_bytes;
  uint64_t packed_bytes;
  /// Hash of the sequence of collectives that all ranks must share; compared
  /// when ranks meet.
  uint64_t collective_hash;
  const char *model; ///< shown in errors and traces
  void (*load)(struct dtc_frame *);
  void (*step)(struct dtc_frame *);
  /// One a parameter; null in a program that updates none.
  const struct dtc_parameter_use *parameter_uses;
};

extern const struct dtc_program dtc_rank_program;

/// Starts a collective on the handle from `dtc_frame::collectives`: reads
/// `source` (until the matching wait), may write `result`.
void dtc_collective_start(void *collective, const void *source, void *result);

/// Waits until `result` of the matching start holds the value.
void dtc_collective_wait(void *collective);

/// Time from here on belongs to another dtc_phase. A training step begins in
/// DTC_FORWARD.
void dtc_enter_phase(struct dtc_frame *frame, int32_t phase);

//===----------------------------------------------------------------------===//
// Contractions (oneDNN). Shapes are baked in at creation.
//===----------------------------------------------------------------------===//

enum dtc_epilogue {
  DTC_EPILOGUE_NONE,
  DTC_EPILOGUE_RELU,
  DTC_EPILOGUE_GELU_ERF,
  DTC_EPILOGUE_GELU_TANH,
  DTC_EPILOGUE_SIGMOID,
  DTC_EPILOGUE_TANH,
  DTC_EPILOGUE_SILU,
  /// On GPUs: the product is the gradient of an activation's result and is
  /// multiplied by the activation's derivative, by what `aux` says was kept.
  DTC_EPILOGUE_RELU_GRADIENT,
  DTC_EPILOGUE_GELU_TANH_GRADIENT
};

/// What a product of two matrices without bias and residual sums beside it,
/// into the memory that is given as the bias.
enum dtc_sums {
  DTC_SUMS_NONE,
  DTC_SUMS_LHS,   ///< m sums over k; no scale, no epilogue
  DTC_SUMS_RHS,   ///< n sums over k; the same
  DTC_SUMS_RESULT ///< n sums over m, of an activation's gradient
};

/// Bits of a row of a relu's mask are a multiple of this. A mask has as many
/// rows as all matrices of the result; only the library knows where its bits
/// are.
#define DTC_MASK_BITS 128

/// What a library on GPUs left out of a product, for kernels of the program.
/// They find what there is in `result`, but where gelu keeps the values before
/// it, in their memory.
enum dtc_left {
  DTC_LEFT_NOTHING,
  DTC_LEFT_SUMS,     ///< those of the result
  DTC_LEFT_EPILOGUE, ///< the epilogue, too
  DTC_LEFT_BIAS      ///< the bias, too
};

/// result[b.., m, n] = epilogue(scale * sum_k lhs[b.., m, k] rhs[b.., k, n]
///                              + bias[n] + residual[b.., m, n])
/// Strides are in elements, one per dimension, so that a transposed or
/// head-split operand is read (and a result written) in place.
struct dtc_matmul {
  int32_t dtype;      ///< of operands and result; accumulates in f32
  int32_t ndim;       ///< 2 to 5, the same for the three
  int32_t rhs_packed; ///< 1: rhs is a weight, packed once into `packed`
  int32_t has_bias;   ///< bias has n elements
  int32_t residual;   ///< 0 none, 1: a tensor with the result's strides added
                      ///< before the epilogue
  int32_t epilogue;   ///< dtc_epilogue
  float scale;        ///< multiplies the product before bias
  int32_t alignment;  ///< bytes that all addresses are multiples of, on GPUs
  int32_t sums;       ///< dtc_sums, on GPUs
  int32_t aux; ///< on GPUs, what an activation keeps for its gradient, or
               ///< what the gradient reads; 0 nothing; of relu the number
               ///< of a mask, from 1; of gelu 1: the values before it,
               ///< with the result's strides
  int64_t lhs_shape[6], rhs_shape[6];
  int64_t lhs_strides[6], rhs_strides[6], result_strides[6];
};

/// Creates the primitive. With rhs_packed, copies `rhs` into the layout that
/// the primitive likes best, into memory of the primitive's own; otherwise
/// `rhs` may be null. Ends the rank with an error when oneDNN refuses.
void *dtc_matmul_create(struct dtc_frame *frame, const struct dtc_matmul *desc,
                        const void *rhs);
void dtc_matmul_run(void *primitive, const void *lhs, const void *rhs,
                    const void *bias, const void *residual, void *result);

/// 1-D to 3-D convolution, layouts [n, c, spatial..], [o, c / groups, k..]; or
/// transposed convolution, whose weight is [c, o / groups, k..] and which may
/// have negative `pads_end`: more result than the input reaches.
struct dtc_convolution {
  int32_t dtype;
  int32_t spatial; ///< 1 to 3
  int32_t has_bias;
  int32_t epilogue; ///< dtc_epilogue
  int64_t is_transposed;
  int64_t groups;
  int64_t input_shape[5], weight_shape[5], result_shape[5];
  int64_t strides[3], dilations[3], pads_begin[3], pads_end[3];
  int64_t alignment; ///< bytes that all addresses are multiples of, on GPUs
};
void *dtc_convolution_create(struct dtc_frame *frame,
                             const struct dtc_convolution *desc,
                             const void *weight);
void dtc_convolution_run(void *primitive, const void *input, const void *weight,
                         const void *bias, void *result);

/// The gradient of the weight of a convolution that is not transposed, from the
/// convolution's input and the gradient of its result, of `result_shape`. The
/// sum is rounded to the elements' type once.
void *
dtc_convolution_weight_gradient_create(struct dtc_frame *frame,
                                       const struct dtc_convolution *desc);
void dtc_convolution_weight_gradient_run(void *primitive, const void *input,
                                         const void *gradient, void *result);

/// softmax(scale query key^T + mask) value for each head, on GPUs. Shapes are
/// [b, heads, rows, elements]; each key head serves as many query heads, one
/// after the other. Elements of a row lie without gaps, rows begin at multiples
/// of 16 bytes. The mask is dense, [1 or b, 1 or heads, rows, keys], and so are
/// the logarithms of the rows' sums of exponentials, f32 of [b, heads, rows,
/// 1].
struct dtc_attention {
  int32_t dtype;     ///< DTC_F16 or DTC_BF16; sums and weights in f32
  int32_t is_causal; ///< 1: query i sees no key behind key i
  int32_t has_mask;
  int32_t has_sums; ///< 1: the logarithms are a result too
  float scale;
  int32_t reserved;
  int64_t query_shape[4], query_strides[4];
  int64_t key_shape[4], key_strides[4];
  int64_t value_shape[4], value_strides[4];
  int64_t result_shape[4], result_strides[4];
  int64_t mask_shape[4], mask_strides[4];
};

/// The gradients of attention's query, key and value by that of its result,
/// which has its shape. Tensors lie as attention's do.
struct dtc_attention_gradient {
  struct dtc_attention attention;
  int64_t gradient_strides[4]; ///< of the result's gradient
  int64_t query_gradient_strides[4];
  int64_t key_gradient_strides[4], value_gradient_strides[4];
};

//===----------------------------------------------------------------------===//
// Updates and orders: what is no loop over elements. They keep nothing between
// calls.
//===----------------------------------------------------------------------===//

#define DTC_OVERWRITE (-1)

/// Rows of `row` elements of a dense `result`, written or combined at places
/// that index tuples give, one after the other.
///
/// The tuples lie in the order of the loops, the last one fastest, and so do
/// the rows of updates. A row's place is the sum of `loop_strides` times the
/// loops' indices and of `index_strides` times the tuple's `depth` numbers;
/// negative ones count from the end of `index_extents`.
struct dtc_scatter {
  int32_t dtype;       ///< of updates and result
  int32_t index_dtype; ///< an integer type
  int32_t combine;     ///< dtc_reduce, or DTC_OVERWRITE
  int32_t loops;
  int32_t depth;
  int32_t reserved;
  int64_t row;
  const int64_t *loop_extents, *loop_strides;   ///< strides in elements
  const int64_t *index_extents, *index_strides; ///< `depth` each
};

/// Ends the rank with an error at the first index out of range. Floats of 16
/// bits are combined in f32 and rounded each time; a NaN wins in maxima and
/// minima; bools are joined by "or" (sum, max) and "and" (product, min).
void dtc_scatter_run(struct dtc_frame *frame, const struct dtc_scatter *desc,
                     const void *indices, const void *updates, void *result);

/// The first `count` of `extent` elements along the middle dimension of
/// [outer, extent, inner], in order, and where each one was. Equal elements
/// stay in their order; a NaN is larger than every number.
struct dtc_sort {
  int32_t dtype;
  int32_t descending;
  int64_t outer, extent, inner, count;
};

/// `scratch` has DTC_SORT_SCRATCH bytes for each element of `extent`; `values`
/// and `indices` (i64) are dense, [outer, count, inner].
#define DTC_SORT_SCRATCH 16
void dtc_sort_run(const struct dtc_sort *desc, const void *input, void *scratch,
                  void *values, void *indices);

/// Ends this rank with `message` (and through the transport all others).
void dtc_fail(struct dtc_frame *frame, const char *message);

/// Ends this rank because a lookup wants row `row` of `rows`.
void dtc_fail_index(struct dtc_frame *frame, int64_t row, int64_t rows);

#ifdef __cplusplus
}
#endif

#endif // DTC_RUNTIME_PROGRAM_H
