//===- Matmul.cpp - Matrix products with epilogue, by oneDNN --------------===//
//
// 1. The description is simplified (MatmulShape.h) to as few batch loops as
//    possible and handed to oneDNN as one N-D matmul with strides: its brgemm
//    kernel walks strided batches faster than a loop of 2-D calls at every size
//    measured (b32 h6 16x32x16: 68 GFLOP/s against 24).
// 2. Where oneDNN has only its reference kernel for the strides, operands are
//    staged through dense copies (a transposed lhs of a weight gradient). On
//    processors without bf16 kernels the copies are f32.
// 3. A packed rhs is laid out once as the kernel likes best.
// 4. A residual is a binary post-op; when the caller adds in place, a second
//    primitive with a sum post-op runs instead.
// 5. `run` sets the pointers in argument lists that were built at creation.
//===----------------------------------------------------------------------===//

#include "Attributes.h"
#include "MatmulShape.h"
#include "Staging.h"
#include "dtc/runtime/ElementType.h"
#include "dtc/runtime/RankServices.h"
#include <cstring>
#include <new>

namespace dtc::runtime {
namespace {

using Dims = std::vector<int64_t>;

/// A kernel with its argument list.
struct Kernel {
  DnnlPrimitive primitive;
  std::vector<dnnl_exec_arg_t> arguments;
};

/// The caller's layouts.
struct Layouts {
  dnnl_memory_desc_t lhs, rhs, bias, result;
};

class Matmul {
public:
  Matmul(dtc_frame *frame, const dtc_matmul &desc, const void *rhs);
  void run(const void *lhs, const void *rhs, const void *bias,
           const void *residual, void *result) const;

private:
  Layouts describe() const;
  dnnl_memory_desc_t batched(Dims shape, Dims strides,
                             int64_t BatchLoop::*stride) const;
  void useZeroOperands();
  DnnlPrimitiveDesc plan(const Layouts &kernel, Epilogue &epilogue,
                         int residualPlace) const;
  Layouts denseLayouts(const Layouts &caller) const;
  bool isImplemented(const Layouts &kernel) const;
  void choose(const Layouts &caller, Layouts &kernel);
  Kernel build(const Layouts &kernel, int residualPlace);
  void pack(const Layouts &caller, const Layouts &kernel, const void *rhs);

  dtc_frame *frame;
  dtc_matmul desc;
  MatmulShape shape;
  dnnl_data_type_t type;       ///< of the caller's buffers
  dnnl_data_type_t kernelType; ///< f32 where the processor lacks bf16
  bool noInner = false;        ///< k is 0: the product is zero
  StagingSpace space;
  Operand lhs, rhs, bias, residual, result;
  Kernel apart, inResult;
  AlignedBuffer packed, zeros, ownScratch;
  std::vector<DnnlMemory> scratch;
};

bool isReference(const DnnlPrimitiveDesc &desc) {
  return implementationName(desc.get()).rfind("ref", 0) == 0;
}

/// Row-major strides of `shape`.
Dims denseStrides(const Dims &shape) {
  Dims strides(shape.size(), 1);
  for (size_t dim = shape.size(); dim-- > 1;)
    strides[dim - 1] = strides[dim] * shape[dim];
  return strides;
}

dnnl_memory_desc_t denseDesc(const dnnl_memory_desc_t &desc,
                             dnnl_data_type_t type) {
  Dims shape(desc.dims, desc.dims + desc.ndims);
  return stridedDesc(shape, denseStrides(shape), type);
}

dnnl_memory_desc_t anyDesc(const dnnl_memory_desc_t &desc,
                           dnnl_data_type_t type) {
  dnnl_memory_desc_t any;
  checkDnnl(dnnl_memory_desc_init_by_tag(&any, desc.ndims, desc.dims, type,
                                         dnnl_format_tag_any),
            "describe a packed operand");
  return any;
}

Matmul::Matmul(dtc_frame *frame, const dtc_matmul &desc, const void *rhsData)
    : frame(frame), desc(desc), type(dnnlType(desc.dtype, "matmul")),
      kernelType(type) {
  std::string problem;
  shape = simplifyMatmul(desc, problem);
  if (!problem.empty())
    throw PrimitiveError{"a matmul cannot be set up: " + problem};
  if (shape.isEmpty())
    return;
  if (shape.k == 0)
    useZeroOperands();
  Layouts caller = describe(), kernel = caller;
  choose(caller, kernel);
  lhs = Operand(caller.lhs, kernel.lhs, Operand::Read, space);
  result = Operand(caller.result, kernel.result, Operand::Written, space);
  if (desc.rhs_packed && !noInner)
    pack(caller, kernel, rhsData);
  else
    rhs = Operand(caller.rhs, kernel.rhs, Operand::Read, space);
  if (desc.has_bias)
    bias = Operand(caller.bias, kernel.bias, Operand::Read, space);
  if (desc.residual)
    residual = Operand(caller.result, kernel.result, Operand::Read, space);
  apart = build(kernel, EpilogueOptions::Apart);
  if (desc.residual && !result.isStaged())
    inResult = build(kernel, EpilogueOptions::InResult);
}

/// Without inner elements oneDNN would leave the result as it is; a product of
/// a column and a row of zeros has the value that is meant.
void Matmul::useZeroOperands() {
  noInner = true;
  int64_t rows = shape.m;
  for (BatchLoop &loop : shape.batch) {
    rows *= loop.size;
    loop.rhs = 0;
  }
  shape.k = 1;
  int64_t count = std::max(rows, shape.n);
  zeros = AlignedBuffer::allocate(
      static_cast<size_t>(count * elementSize(desc.dtype)));
  if (!zeros.data())
    throw PrimitiveError{"no memory for an empty product"};
  shape.lhsRow = shape.lhsColumn = 1;
  shape.rhsRow = shape.n;
  shape.rhsColumn = 1;
  int64_t stride = shape.m;
  for (size_t i = shape.batch.size(); i-- > 0;) {
    shape.batch[i].lhs = stride;
    stride *= shape.batch[i].size;
  }
}

/// An operand with the batch loops in front. A loop that repeats the operand
/// is a dimension of size 1.
dnnl_memory_desc_t Matmul::batched(Dims dims, Dims strides,
                                   int64_t BatchLoop::*stride) const {
  Dims shapeOf, stridesOf;
  for (const BatchLoop &loop : shape.batch) {
    bool repeated = loop.*stride == 0;
    shapeOf.push_back(repeated ? 1 : loop.size);
    stridesOf.push_back(repeated ? dims[0] * dims[1] : loop.*stride);
  }
  shapeOf.insert(shapeOf.end(), dims.begin(), dims.end());
  stridesOf.insert(stridesOf.end(), strides.begin(), strides.end());
  return stridedDesc(shapeOf, stridesOf, type);
}

Layouts Matmul::describe() const {
  Layouts layouts;
  // A dimension of size 1 may come with any stride; oneDNN recognises dense
  // matrices best by regular ones.
  auto matrix = [](int64_t rows, int64_t columns, int64_t row,
                   int64_t column) -> Dims {
    if (columns == 1 && row != 1)
      column = 1;
    if (rows == 1)
      row = column == 1 ? columns : 1;
    return {row, column};
  };
  layouts.lhs = batched({shape.m, shape.k},
                        matrix(shape.m, shape.k, shape.lhsRow, shape.lhsColumn),
                        &BatchLoop::lhs);
  layouts.rhs = batched({shape.k, shape.n},
                        matrix(shape.k, shape.n, shape.rhsRow, shape.rhsColumn),
                        &BatchLoop::rhs);
  layouts.result =
      batched({shape.m, shape.n},
              matrix(shape.m, shape.n, shape.resultRow, shape.resultColumn),
              &BatchLoop::result);
  Dims biasShape(shape.batch.size() + 2, 1);
  biasShape.back() = shape.n;
  layouts.bias = stridedDesc(biasShape, denseStrides(biasShape), type);
  return layouts;
}

DnnlPrimitiveDesc Matmul::plan(const Layouts &kernel, Epilogue &epilogue,
                               int residualPlace) const {
  EpilogueOptions options;
  options.scale = desc.scale;
  bool biasInChain = desc.has_bias && desc.scale != 1.0f;
  if (biasInChain)
    options.bias = kernel.bias;
  if (desc.residual)
    options.residual = kernel.result;
  options.residualPlace =
      static_cast<decltype(options.residualPlace)>(residualPlace);
  options.activation = desc.epilogue;
  epilogue = makeEpilogue(options);
  dnnl_matmul_desc_t operation;
  bool ownBias = desc.has_bias && !biasInChain;
  checkDnnl(dnnl_matmul_desc_init(&operation, &kernel.lhs, &kernel.rhs,
                                  ownBias ? &kernel.bias : nullptr,
                                  &kernel.result),
            "describe a matmul");
  dnnl_primitive_desc_t planned = nullptr;
  checkDnnl(dnnl_primitive_desc_create(&planned, &operation,
                                       epilogue.attributes.get(), cpuEngine(),
                                       nullptr),
            "plan a matmul");
  return DnnlPrimitiveDesc(planned);
}

/// Dense operands of `kernelType`, a packed rhs in any layout.
Layouts Matmul::denseLayouts(const Layouts &caller) const {
  Layouts dense;
  dense.lhs = denseDesc(caller.lhs, kernelType);
  dense.rhs = denseDesc(caller.rhs, kernelType);
  dense.bias = denseDesc(caller.bias, kernelType);
  dense.result = denseDesc(caller.result, kernelType);
  return dense;
}

bool Matmul::isImplemented(const Layouts &kernel) const {
  try {
    Epilogue epilogue;
    plan(kernel, epilogue, EpilogueOptions::Apart);
    return true;
  } catch (const PrimitiveError &) {
    return false;
  }
}

/// Decides the kernel's layouts: the caller's, unless that leaves only the
/// reference kernel and dense copies do better, or none and f32 copies do.
void Matmul::choose(const Layouts &caller, Layouts &kernel) {
  bool packs = desc.rhs_packed && !noInner;
  if (packs)
    kernel.rhs = anyDesc(caller.rhs, type);
  if (type != dnnl_f32 && !isImplemented(kernel)) {
    kernelType = dnnl_f32;
    kernel = denseLayouts(caller);
    if (packs)
      kernel.rhs = anyDesc(caller.rhs, kernelType);
  }
  Epilogue epilogue;
  DnnlPrimitiveDesc planned = plan(kernel, epilogue, EpilogueOptions::Apart);
  if (isReference(planned)) {
    Layouts dense = denseLayouts(caller);
    if (packs)
      dense.rhs = kernel.rhs;
    DnnlPrimitiveDesc other = plan(dense, epilogue, EpilogueOptions::Apart);
    if (!isReference(other)) {
      kernel = dense;
      planned = std::move(other);
    }
  }
  kernel.rhs = queryDesc(planned.get(), dnnl_query_weights_md, 0);
}

Kernel Matmul::build(const Layouts &kernel, int residualPlace) {
  Epilogue epilogue;
  DnnlPrimitiveDesc planned = plan(kernel, epilogue, residualPlace);
  Kernel built;
  dnnl_primitive_t primitive = nullptr;
  checkDnnl(dnnl_primitive_create(&primitive, planned.get()),
            "create a matmul");
  built.primitive = DnnlPrimitive(primitive);
  const auto &scratchDesc =
      queryDesc(planned.get(), dnnl_query_scratchpad_md, 0);
  size_t bytes = dnnl_memory_desc_get_size(&scratchDesc);
  AlignedBuffer own;
  void *memory = bytes ? scratchpad(bytes, own) : DNNL_MEMORY_NONE;
  if (own.data())
    ownScratch = std::move(own);
  scratch.push_back(makeMemory(scratchDesc, memory));
  built.arguments = {{DNNL_ARG_SRC, lhs.memory()},
                     {DNNL_ARG_WEIGHTS, rhs.memory()},
                     {DNNL_ARG_DST, result.memory()},
                     {DNNL_ARG_SCRATCHPAD, scratch.back().get()}};
  if (desc.has_bias)
    built.arguments.push_back(
        {epilogue.biasArgument ? epilogue.biasArgument : DNNL_ARG_BIAS,
         bias.memory()});
  if (epilogue.residualArgument)
    built.arguments.push_back({epilogue.residualArgument, residual.memory()});
  return built;
}

void Matmul::pack(const Layouts &caller, const Layouts &kernel,
                  const void *rhsData) {
  if (!rhsData)
    throw PrimitiveError{"a packed matmul was created without its weight"};
  size_t bytes = dnnl_memory_desc_get_size(&kernel.rhs);
  packed = AlignedBuffer::allocate(bytes);
  if (!packed.data())
    throw PrimitiveError{"no memory to pack a weight of " +
                         std::to_string(bytes) + " bytes"};
  reorder(caller.rhs, rhsData, kernel.rhs, packed.data());
  rhs = Operand(kernel.rhs, kernel.rhs, Operand::Read, space);
  checkDnnl(rhs.bind(packed.data()), "pass a packed weight");
  if (auto *services = static_cast<RankServices *>(frame->runtime))
    services->weightPacked(rhsData, dnnl_memory_desc_get_size(&caller.rhs));
}

void Matmul::run(const void *lhsData, const void *rhsData, const void *biasData,
                 const void *residualData, void *resultData) const {
  if (shape.isEmpty())
    return;
  int status = dnnl_success;
  status |= lhs.bind(noInner ? zeros.data() : const_cast<void *>(lhsData));
  if (noInner)
    status |= rhs.bind(zeros.data());
  else if (!desc.rhs_packed)
    status |= rhs.bind(const_cast<void *>(rhsData));
  if (desc.has_bias)
    status |= bias.bind(const_cast<void *>(biasData));
  bool addsInPlace = residualData == resultData && inResult.primitive.get();
  if (desc.residual && !addsInPlace)
    status |= residual.bind(const_cast<void *>(residualData));
  status |= result.bind(resultData);
  const Kernel &kernel = addsInPlace ? inResult : apart;
  status |= dnnl_primitive_execute(kernel.primitive.get(), cpuStream(),
                                   static_cast<int>(kernel.arguments.size()),
                                   kernel.arguments.data());
  status |= result.finish();
  if (status != dnnl_success)
    dtc_fail(frame, "a matmul failed inside oneDNN");
}

} // namespace
} // namespace dtc::runtime

void *dtc_matmul_create(dtc_frame *frame, const dtc_matmul *desc,
                        const void *rhs) {
  try {
    return new dtc::runtime::Matmul(frame, *desc, rhs);
  } catch (const dtc::runtime::PrimitiveError &error) {
    dtc_fail(frame, error.message.c_str());
  } catch (const std::bad_alloc &) {
    dtc_fail(frame, "no memory to create a matmul");
  }
  return nullptr;
}

void dtc_matmul_run(void *primitive, const void *lhs, const void *rhs,
                    const void *bias, const void *residual, void *result) {
  static_cast<const dtc::runtime::Matmul *>(primitive)->run(lhs, rhs, bias,
                                                            residual, result);
}
