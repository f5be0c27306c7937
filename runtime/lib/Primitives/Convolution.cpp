//===- Convolution.cpp - Convolutions with epilogue, by oneDNN ------------===//
//
// 1. A weight given at creation is laid out once as the kernel likes best; one
//    that is computed by the step is laid out at every run.
// 2. Two plans are made: input and result as they are (n, c, spatial), and
//    both in the layout that oneDNN prefers, staged through copies. Copies win
//    over im2col wherever there is a window (measured: depthwise 3x3 18 against
//    2.6 GFLOP/s, 8 to 16 channels 3x3 54 against 24) and lose without one,
//    where im2col is a plain matrix product (1x1 on 256 channels 67 against
//    30).
// 3. A staged convolution runs image by image, so that the copies stay in the
//    cache.
//===----------------------------------------------------------------------===//

#include "Attributes.h"
#include "Staging.h"
#include "dtc/runtime/RankServices.h"
#include <new>

namespace dtc::runtime {
namespace {

using Dims = std::vector<int64_t>;

struct ConvolutionLayouts {
  dnnl_memory_desc_t input, weight, bias, result;
};

class Convolution {
public:
  Convolution(dtc_frame *frame, const dtc_convolution &desc,
              const void *weight);
  void run(const void *inputData, const void *weightData, const void *biasData,
           void *resultData) const;

private:
  bool isEmpty() const;
  void check() const;
  ConvolutionLayouts describe(dnnl_data_type_t type) const;
  DnnlPrimitiveDesc plan(const ConvolutionLayouts &layouts) const;
  bool isImplemented() const;
  DnnlPrimitiveDesc choose() const;
  void build(const ConvolutionLayouts &caller, const DnnlPrimitiveDesc &planned,
             const void *weightData);

  dtc_frame *frame;
  dtc_convolution desc;
  dnnl_data_type_t type;       ///< of the caller's buffers
  dnnl_data_type_t kernelType; ///< f32 where the processor lacks bf16
  int64_t images = 1;          ///< executions a run, one an image
  int64_t inputBytes = 0, resultBytes = 0; ///< of one execution
  Epilogue epilogue;
  void pack(const ConvolutionLayouts &caller,
            const dnnl_memory_desc_t &weightDesc, const void *weightData);

  Operand input, weight, bias, result;
  DnnlMemory scratch;
  AlignedBuffer packed, ownScratch;
  DnnlPrimitive primitive;
  std::vector<dnnl_exec_arg_t> arguments;
};

dnnl_memory_desc_t tagged(const Dims &shape, dnnl_data_type_t type,
                          dnnl_format_tag_t tag) {
  dnnl_memory_desc_t desc;
  checkDnnl(dnnl_memory_desc_init_by_tag(&desc, static_cast<int>(shape.size()),
                                         shape.data(), type, tag),
            "describe an operand");
  return desc;
}

dnnl_memory_desc_t dense(const Dims &shape, dnnl_data_type_t type) {
  const dnnl_format_tag_t tags[] = {dnnl_a,    dnnl_ab,    dnnl_abc,
                                    dnnl_abcd, dnnl_abcde, dnnl_abcdef};
  return tagged(shape, type, tags[shape.size() - 1]);
}

dnnl_memory_desc_t any(const dnnl_memory_desc_t &desc, dnnl_data_type_t type) {
  return tagged(Dims(desc.dims, desc.dims + desc.ndims), type,
                dnnl_format_tag_any);
}

/// The same memory with the channels of inputs, at `dim`, and of outputs,
/// behind it, in the order in which oneDNN names them.
dnnl_memory_desc_t outputsFirst(const dnnl_memory_desc_t &desc, int dim) {
  Dims shape(desc.dims, desc.dims + desc.ndims);
  const dnnl_dim_t *strideOf = desc.format_desc.blocking.strides;
  Dims strides(strideOf, strideOf + desc.ndims);
  std::swap(shape[static_cast<size_t>(dim)],
            shape[static_cast<size_t>(dim) + 1]);
  std::swap(strides[static_cast<size_t>(dim)],
            strides[static_cast<size_t>(dim) + 1]);
  dnnl_memory_desc_t result;
  checkDnnl(dnnl_memory_desc_init_by_strides(&result, desc.ndims, shape.data(),
                                             desc.data_type, strides.data()),
            "describe a weight");
  return result;
}

/// What stands behind a plan.
enum class Kind { Direct, Im2col, Reference };

Kind kindOf(const DnnlPrimitiveDesc &planned) {
  std::string name = implementationName(planned.get());
  if (name.find("ref") != std::string::npos)
    return Kind::Reference;
  return name.find("gemm:") != std::string::npos &&
                 name.find("brgemm:") == std::string::npos
             ? Kind::Im2col
             : Kind::Direct;
}

bool isStaged(const DnnlPrimitiveDesc &planned,
              const ConvolutionLayouts &caller) {
  const auto &input = queryDesc(planned.get(), dnnl_query_src_md, 0);
  const auto &result = queryDesc(planned.get(), dnnl_query_dst_md, 0);
  return !dnnl_memory_desc_equal(&input, &caller.input) ||
         !dnnl_memory_desc_equal(&result, &caller.result);
}

Convolution::Convolution(dtc_frame *frame, const dtc_convolution &desc,
                         const void *weightData)
    : frame(frame), desc(desc), type(dnnlType(desc.dtype, "convolution")),
      kernelType(type) {
  check();
  if (isEmpty())
    return;
  EpilogueOptions options;
  options.activation = desc.epilogue;
  epilogue = makeEpilogue(options);
  if (type != dnnl_f32 && !isImplemented())
    kernelType = dnnl_f32;
  ConvolutionLayouts caller = describe(type);
  DnnlPrimitiveDesc planned = choose();
  if (isStaged(planned, caller) && desc.input_shape[0] > 1) {
    images = desc.input_shape[0];
    this->desc.input_shape[0] = this->desc.result_shape[0] = 1;
    caller = describe(type);
    planned = choose();
  }
  build(caller, planned, weightData);
}

bool Convolution::isEmpty() const {
  for (int dim = 0; dim < desc.spatial + 2; ++dim)
    if (desc.result_shape[dim] == 0)
      return true;
  return false;
}

void Convolution::check() const {
  if (desc.spatial < 1 || desc.spatial > 3)
    throw PrimitiveError{"expected a convolution over 1 to 3 dimensions, got " +
                         std::to_string(desc.spatial)};
  // The weight's first dimension has the channels of all groups.
  const int64_t *outer =
      desc.is_transposed ? desc.input_shape : desc.result_shape;
  const int64_t *inner =
      desc.is_transposed ? desc.result_shape : desc.input_shape;
  if (desc.groups < 1 || desc.weight_shape[0] % desc.groups != 0 ||
      desc.weight_shape[0] != outer[1] ||
      desc.weight_shape[1] * desc.groups != inner[1])
    throw PrimitiveError{"expected channels that " +
                         std::to_string(desc.groups) + " groups divide, got " +
                         std::to_string(desc.input_shape[1]) + " inputs and " +
                         std::to_string(desc.result_shape[1]) + " outputs"};
  if (desc.input_shape[1] == 0 && !isEmpty())
    throw PrimitiveError{"a convolution over no channels has no CPU kernel"};
}

ConvolutionLayouts Convolution::describe(dnnl_data_type_t type) const {
  int ndim = desc.spatial + 2;
  Dims weightShape(desc.weight_shape, desc.weight_shape + ndim);
  if (desc.groups > 1) {
    weightShape[0] /= desc.groups;
    weightShape.insert(weightShape.begin(), desc.groups);
  }
  ConvolutionLayouts layouts;
  layouts.input = dense(Dims(desc.input_shape, desc.input_shape + ndim), type);
  layouts.weight = dense(weightShape, type);
  if (desc.is_transposed)
    layouts.weight = outputsFirst(layouts.weight, desc.groups > 1 ? 1 : 0);
  layouts.bias = dense({desc.result_shape[1]}, type);
  layouts.result =
      dense(Dims(desc.result_shape, desc.result_shape + ndim), type);
  return layouts;
}

DnnlPrimitiveDesc Convolution::plan(const ConvolutionLayouts &layouts) const {
  // Both kinds are described by the same structure.
  dnnl_convolution_desc_t operation;
  Dims dilations(desc.dilations, desc.dilations + desc.spatial);
  for (int64_t &dilation : dilations)
    --dilation; // oneDNN counts the skipped elements
  auto *describeForward = desc.is_transposed
                              ? dnnl_dilated_deconvolution_forward_desc_init
                              : dnnl_dilated_convolution_forward_desc_init;
  checkDnnl(describeForward(&operation, dnnl_forward_inference,
                            desc.is_transposed ? dnnl_deconvolution_direct
                                               : dnnl_convolution_auto,
                            &layouts.input, &layouts.weight,
                            desc.has_bias ? &layouts.bias : nullptr,
                            &layouts.result, desc.strides, dilations.data(),
                            desc.pads_begin, desc.pads_end),
            "describe a convolution");
  dnnl_primitive_desc_t planned = nullptr;
  checkDnnl(dnnl_primitive_desc_create(&planned, &operation,
                                       epilogue.attributes.get(), cpuEngine(),
                                       nullptr),
            "plan a convolution");
  return DnnlPrimitiveDesc(planned);
}

bool Convolution::isImplemented() const {
  try {
    ConvolutionLayouts free = describe(type);
    free.input = any(free.input, type);
    free.weight = any(free.weight, type);
    free.result = any(free.result, type);
    plan(free);
    return true;
  } catch (const PrimitiveError &) {
    return false;
  }
}

DnnlPrimitiveDesc Convolution::choose() const {
  ConvolutionLayouts plain = describe(kernelType);
  plain.weight = any(plain.weight, kernelType);
  DnnlPrimitiveDesc direct = plan(plain);
  int64_t window = 1;
  for (int i = 0; i < desc.spatial; ++i)
    window *= desc.weight_shape[2 + i];
  Kind kind = kindOf(direct);
  if (kind == Kind::Direct || (kind == Kind::Im2col && window == 1))
    return direct;
  ConvolutionLayouts free = plain;
  free.input = any(plain.input, kernelType);
  free.result = any(plain.result, kernelType);
  DnnlPrimitiveDesc staged = plan(free);
  return kindOf(staged) == Kind::Direct ? std::move(staged) : std::move(direct);
}

void Convolution::build(const ConvolutionLayouts &caller,
                        const DnnlPrimitiveDesc &planned,
                        const void *weightData) {
  const auto &weightDesc = queryDesc(planned.get(), dnnl_query_weights_md, 0);
  const auto &scratchDesc =
      queryDesc(planned.get(), dnnl_query_scratchpad_md, 0);
  input = Operand(caller.input, queryDesc(planned.get(), dnnl_query_src_md, 0),
                  Operand::Read);
  result =
      Operand(caller.result, queryDesc(planned.get(), dnnl_query_dst_md, 0),
              Operand::Written);
  inputBytes = static_cast<int64_t>(dnnl_memory_desc_get_size(&caller.input));
  resultBytes = static_cast<int64_t>(dnnl_memory_desc_get_size(&caller.result));
  if (weightData)
    pack(caller, weightDesc, weightData);
  else
    weight = Operand(caller.weight, weightDesc, Operand::Read);
  size_t scratchBytes = dnnl_memory_desc_get_size(&scratchDesc);
  scratch = makeMemory(scratchDesc, scratchBytes
                                        ? scratchpad(scratchBytes, ownScratch)
                                        : DNNL_MEMORY_NONE);
  dnnl_primitive_t created = nullptr;
  checkDnnl(dnnl_primitive_create(&created, planned.get()),
            "create a convolution");
  primitive = DnnlPrimitive(created);
  arguments = {{DNNL_ARG_SRC, input.memory()},
               {DNNL_ARG_WEIGHTS, weight.memory()},
               {DNNL_ARG_DST, result.memory()},
               {DNNL_ARG_SCRATCHPAD, scratch.get()}};
  if (desc.has_bias) {
    bias = Operand(caller.bias, describe(kernelType).bias, Operand::Read);
    arguments.push_back({DNNL_ARG_BIAS, bias.memory()});
  }
}

void Convolution::pack(const ConvolutionLayouts &caller,
                       const dnnl_memory_desc_t &weightDesc,
                       const void *weightData) {
  size_t bytes = dnnl_memory_desc_get_size(&weightDesc);
  packed = AlignedBuffer::allocate(bytes);
  if (!packed.data())
    throw PrimitiveError{"no memory to pack a weight of " +
                         std::to_string(bytes) + " bytes"};
  reorder(caller.weight, weightData, weightDesc, packed.data());
  weight = Operand(weightDesc, weightDesc, Operand::Read);
  checkDnnl(weight.bind(packed.data()), "pass a packed weight");
  if (auto *services = static_cast<RankServices *>(frame->runtime))
    services->weightPacked(weightData,
                           dnnl_memory_desc_get_size(&caller.weight));
}

void Convolution::run(const void *inputData, const void *weightData,
                      const void *biasData, void *resultData) const {
  if (isEmpty())
    return;
  int status = dnnl_success;
  if (!packed.data())
    status |= weight.bind(const_cast<void *>(weightData));
  if (desc.has_bias)
    status |= bias.bind(const_cast<void *>(biasData));
  for (int64_t image = 0; image < images; ++image) {
    status |= input.bind(static_cast<char *>(const_cast<void *>(inputData)) +
                         image * inputBytes);
    status |=
        result.bind(static_cast<char *>(resultData) + image * resultBytes);
    status |= dnnl_primitive_execute(primitive.get(), cpuStream(),
                                     static_cast<int>(arguments.size()),
                                     arguments.data());
    status |= result.finish();
  }
  if (status != dnnl_success)
    dtc_fail(frame, "a convolution failed inside oneDNN");
}

} // namespace
} // namespace dtc::runtime

void *dtc_convolution_create(dtc_frame *frame, const dtc_convolution *desc,
                             const void *weight) {
  try {
    return new dtc::runtime::Convolution(frame, *desc, weight);
  } catch (const dtc::runtime::PrimitiveError &error) {
    dtc_fail(frame, error.message.c_str());
  } catch (const std::bad_alloc &) {
    dtc_fail(frame, "no memory to create a convolution");
  }
  return nullptr;
}

void dtc_convolution_run(void *primitive, const void *input, const void *weight,
                         const void *bias, void *result) {
  static_cast<const dtc::runtime::Convolution *>(primitive)->run(input, weight,
                                                                 bias, result);
}
