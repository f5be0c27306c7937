//===- Convolution.cpp - Convolutions with epilogue, by oneDNN ------------===//
//
// 1. A weight given at creation is laid out once as the kernel likes best; one
//    that is computed by the step is laid out at every run.
// 2. Two plans are made: input and result as they are (n, c, spatial), and
//    both in the layout that oneDNN prefers, staged through copies. Copies win
//    over im2col wherever there is a window (measured: depthwise 3x3 18 against
//    2.6 GFLOP/s, 8 to 16 channels 3x3 54 against 24) and lose where windows
//    do not overlap, where im2col is a plain matrix product (1x1 on 256
//    channels 67 against 30; 4x4 by steps of 4 from 3 to 256 channels 68 ms
//    against 134, its transpose 92 against 396).
// 3. A staged convolution runs image by image, so that the copies stay in the
//    cache.
// 4. Where every channel is convolved by itself, none of this:
//    DepthwiseConvolution.h.
//===----------------------------------------------------------------------===//

#include "Attributes.h"
#include "ConvolutionLayouts.h"
#include "DepthwiseConvolution.h"
#include "Staging.h"
#include "dtc/runtime/RankServices.h"
#include <cstring>
#include <new>
#include <optional>

namespace dtc::runtime {
namespace {

using Dims = std::vector<int64_t>;

class Convolution {
public:
  Convolution(dtc_frame *frame, const dtc_convolution &desc,
              const void *weight);
  void run(const void *inputData, const void *weightData, const void *biasData,
           void *resultData) const;

private:
  DnnlPrimitiveDesc plan(const ConvolutionLayouts &layouts) const;
  ConvolutionPlanner planner() const {
    return [this](const ConvolutionLayouts &layouts) { return plan(layouts); };
  }
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
  void keepWeight(const void *weightData);
  void pack(const ConvolutionLayouts &caller,
            const dnnl_memory_desc_t &weightDesc, const void *weightData);

  std::optional<DepthwiseConvolution> depthwise;
  StagingSpace space;
  Operand input, weight, bias, result;
  DnnlMemory scratch;
  AlignedBuffer packed, ownScratch;
  DnnlPrimitive primitive;
  std::vector<dnnl_exec_arg_t> arguments;
};

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
  checkConvolution(desc);
  if (isEmpty(desc))
    return;
  if (isDepthwise(desc)) {
    depthwise.emplace(desc);
    keepWeight(weightData);
    return;
  }
  EpilogueOptions options;
  options.activation = desc.epilogue;
  epilogue = makeEpilogue(options);
  if (type != dnnl_f32 && !isImplemented(desc, type, planner()))
    kernelType = dnnl_f32;
  ConvolutionLayouts caller = describeConvolution(this->desc, type);
  DnnlPrimitiveDesc planned = choose();
  if (isStaged(planned, caller) && desc.input_shape[0] > 1) {
    images = desc.input_shape[0];
    this->desc.input_shape[0] = this->desc.result_shape[0] = 1;
    caller = describeConvolution(this->desc, type);
    planned = choose();
  }
  build(caller, planned, weightData);
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

DnnlPrimitiveDesc Convolution::choose() const {
  bool windowsOverlap = false;
  for (int i = 0; i < desc.spatial; ++i)
    windowsOverlap |= desc.weight_shape[2 + i] > desc.strides[i];
  return chooseKernel(desc, kernelType,
                      windowsOverlap ? KernelKind::Direct : KernelKind::Im2col,
                      planner());
}

void Convolution::build(const ConvolutionLayouts &caller,
                        const DnnlPrimitiveDesc &planned,
                        const void *weightData) {
  const auto &weightDesc = queryDesc(planned.get(), dnnl_query_weights_md, 0);
  const auto &scratchDesc =
      queryDesc(planned.get(), dnnl_query_scratchpad_md, 0);
  input = Operand(caller.input, queryDesc(planned.get(), dnnl_query_src_md, 0),
                  Operand::Read, space);
  result =
      Operand(caller.result, queryDesc(planned.get(), dnnl_query_dst_md, 0),
              Operand::Written, space);
  inputBytes = static_cast<int64_t>(dnnl_memory_desc_get_size(&caller.input));
  resultBytes = static_cast<int64_t>(dnnl_memory_desc_get_size(&caller.result));
  if (weightData)
    pack(caller, weightDesc, weightData);
  else
    weight = Operand(caller.weight, weightDesc, Operand::Read, space);
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
    bias = Operand(caller.bias, describeConvolution(desc, kernelType).bias,
                   Operand::Read, space);
    arguments.push_back({DNNL_ARG_BIAS, bias.memory()});
  }
}

/// Planes take weights as they are.
void Convolution::keepWeight(const void *weightData) {
  if (!weightData)
    return;
  dnnl_memory_desc_t caller = describeConvolution(desc, type).weight;
  size_t bytes = dnnl_memory_desc_get_size(&caller);
  packed = AlignedBuffer::allocate(bytes);
  if (!packed.data())
    throw PrimitiveError{"no memory to keep a weight of " +
                         std::to_string(bytes) + " bytes"};
  std::memcpy(packed.data(), weightData, bytes);
  if (auto *services = static_cast<RankServices *>(frame->runtime))
    services->weightPacked(weightData, bytes);
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
  weight = Operand(weightDesc, weightDesc, Operand::Read, space);
  checkDnnl(weight.bind(packed.data()), "pass a packed weight");
  if (auto *services = static_cast<RankServices *>(frame->runtime))
    services->weightPacked(weightData,
                           dnnl_memory_desc_get_size(&caller.weight));
}

void Convolution::run(const void *inputData, const void *weightData,
                      const void *biasData, void *resultData) const {
  if (isEmpty(desc))
    return;
  if (depthwise) {
    depthwise->run(
        static_cast<const float *>(inputData),
        packed.data() ? reinterpret_cast<const float *>(packed.data())
                      : static_cast<const float *>(weightData),
        desc.has_bias ? static_cast<const float *>(biasData) : nullptr,
        static_cast<float *>(resultData));
    return;
  }
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
