//===- ConvolutionGradient.cpp - Gradients of weights, by oneDNN ----------===//
//
// 1. As for a convolution there are two plans: input and gradient as they are,
//    and both in the layout that oneDNN prefers, staged through copies.
// 2. A staged one whose weight is small beside an image runs image by image and
//    adds the results, so that copies are those of one image.
// 3. Where every channel is convolved by itself, none of this:
//    DepthwiseConvolution.h.
//===----------------------------------------------------------------------===//

#include "ConvolutionLayouts.h"
#include "DepthwiseConvolution.h"
#include "Staging.h"
#include "dtc/runtime/ElementType.h"
#include <cstring>
#include <new>
#include <optional>

namespace dtc::runtime {
namespace {

using Dims = std::vector<int64_t>;

/// An image's input and gradient are at least so many times the weight where
/// images are worked on one by one.
constexpr size_t kImageToWeight = 4;

class WeightGradient {
public:
  WeightGradient(dtc_frame *frame, const dtc_convolution &desc);
  void run(const void *inputData, const void *gradientData,
           void *resultData) const;

private:
  DnnlPrimitiveDesc plan(const ConvolutionLayouts &layouts) const;
  DnnlPrimitiveDesc choose() const;
  ConvolutionPlanner planner() const {
    return [this](const ConvolutionLayouts &layouts) { return plan(layouts); };
  }
  void splitImages(const DnnlPrimitiveDesc &planned);
  void build(const DnnlPrimitiveDesc &planned);

  dtc_frame *frame;
  dtc_convolution desc;
  dnnl_data_type_t type;       ///< of the caller's buffers
  dnnl_data_type_t kernelType; ///< f32 where the processor lacks bf16
  int64_t images = 1;          ///< executions a run, one an image
  size_t inputBytes = 0, gradientBytes = 0; ///< of one execution
  size_t weightBytes = 0;
  std::optional<DepthwiseConvolution> depthwise;
  StagingSpace space;
  Operand input, gradient, result;
  AlignedBuffer partialBuffer, ownScratch;
  DnnlMemory partial, scratch;
  DnnlPrimitive primitive;
  /// The first image's result is written, others' are added.
  std::vector<dnnl_exec_arg_t> first, further;
};

DnnlAttributes scratchpadAttributes() {
  dnnl_primitive_attr_t created = nullptr;
  checkDnnl(dnnl_primitive_attr_create(&created), "create attributes");
  DnnlAttributes attributes(created);
  checkDnnl(dnnl_primitive_attr_set_scratchpad_mode(created,
                                                    dnnl_scratchpad_mode_user),
            "choose the scratchpad");
  return attributes;
}

DnnlPrimitiveDesc create(const void *operation, dnnl_primitive_desc_t hint) {
  DnnlAttributes attributes = scratchpadAttributes();
  dnnl_primitive_desc_t planned = nullptr;
  checkDnnl(dnnl_primitive_desc_create(&planned, operation, attributes.get(),
                                       cpuEngine(), hint),
            "plan a gradient of a convolution");
  return DnnlPrimitiveDesc(planned);
}

WeightGradient::WeightGradient(dtc_frame *frame, const dtc_convolution &desc)
    : frame(frame), desc(desc),
      type(dnnlType(desc.dtype, "gradient of a convolution")),
      kernelType(type) {
  checkConvolution(desc);
  if (isEmpty(desc) || desc.input_shape[1] == 0)
    return;
  if (isDepthwise(desc)) {
    depthwise.emplace(desc);
    return;
  }
  if (type != dnnl_f32 && !isImplemented(desc, type, planner()))
    kernelType = dnnl_f32;
  DnnlPrimitiveDesc planned = choose();
  splitImages(planned);
  build(images > 1 ? choose() : std::move(planned));
}

DnnlPrimitiveDesc
WeightGradient::plan(const ConvolutionLayouts &layouts) const {
  Dims dilations(desc.dilations, desc.dilations + desc.spatial);
  for (int64_t &dilation : dilations)
    --dilation; // oneDNN counts the skipped elements
  // oneDNN derives a gradient's plan from the one of the forward pass.
  dnnl_convolution_desc_t forward, operation;
  checkDnnl(dnnl_dilated_convolution_forward_desc_init(
                &forward, dnnl_forward_training, dnnl_convolution_auto,
                &layouts.input, &layouts.weight, nullptr, &layouts.result,
                desc.strides, dilations.data(), desc.pads_begin, desc.pads_end),
            "describe a convolution");
  DnnlPrimitiveDesc hint = create(&forward, nullptr);
  checkDnnl(dnnl_dilated_convolution_backward_weights_desc_init(
                &operation, dnnl_convolution_auto, &layouts.input,
                &layouts.weight, nullptr, &layouts.result, desc.strides,
                dilations.data(), desc.pads_begin, desc.pads_end),
            "describe a gradient of a convolution");
  return create(&operation, hint.get());
}

DnnlPrimitiveDesc WeightGradient::choose() const {
  return chooseKernel(desc, kernelType, KernelKind::Direct, planner());
}

/// Results are added in f32.
void WeightGradient::splitImages(const DnnlPrimitiveDesc &planned) {
  ConvolutionLayouts caller = describeConvolution(desc, type);
  const auto &inputDesc = queryDesc(planned.get(), dnnl_query_src_md, 0);
  const auto &gradientDesc =
      queryDesc(planned.get(), dnnl_query_diff_dst_md, 0);
  bool isStaged = !dnnl_memory_desc_equal(&inputDesc, &caller.input) ||
                  !dnnl_memory_desc_equal(&gradientDesc, &caller.result);
  int64_t count = desc.input_shape[0];
  size_t image = (dnnl_memory_desc_get_size(&caller.input) +
                  dnnl_memory_desc_get_size(&caller.result)) /
                 static_cast<size_t>(count);
  if (!isStaged || count < 2 || kernelType != dnnl_f32 ||
      image < kImageToWeight * dnnl_memory_desc_get_size(&caller.weight))
    return;
  images = count;
  desc.input_shape[0] = desc.result_shape[0] = 1;
}

void WeightGradient::build(const DnnlPrimitiveDesc &planned) {
  ConvolutionLayouts caller = describeConvolution(desc, type);
  const auto &weightDesc =
      queryDesc(planned.get(), dnnl_query_diff_weights_md, 0);
  const auto &scratchDesc =
      queryDesc(planned.get(), dnnl_query_scratchpad_md, 0);
  input = Operand(caller.input, queryDesc(planned.get(), dnnl_query_src_md, 0),
                  Operand::Read, space);
  gradient = Operand(caller.result,
                     queryDesc(planned.get(), dnnl_query_diff_dst_md, 0),
                     Operand::Read, space);
  result = Operand(caller.weight, weightDesc, Operand::Written, space);
  inputBytes = dnnl_memory_desc_get_size(&caller.input);
  gradientBytes = dnnl_memory_desc_get_size(&caller.result);
  weightBytes = dnnl_memory_desc_get_size(&weightDesc);
  size_t scratchBytes = dnnl_memory_desc_get_size(&scratchDesc);
  scratch = makeMemory(scratchDesc, scratchBytes
                                        ? scratchpad(scratchBytes, ownScratch)
                                        : DNNL_MEMORY_NONE);
  dnnl_primitive_t created = nullptr;
  checkDnnl(dnnl_primitive_create(&created, planned.get()),
            "create a gradient of a convolution");
  primitive = DnnlPrimitive(created);
  first = {{DNNL_ARG_SRC, input.memory()},
           {DNNL_ARG_DIFF_DST, gradient.memory()},
           {DNNL_ARG_DIFF_WEIGHTS, result.memory()},
           {DNNL_ARG_SCRATCHPAD, scratch.get()}};
  if (images == 1)
    return;
  partialBuffer = AlignedBuffer::allocate(weightBytes);
  if (!partialBuffer.data())
    throw PrimitiveError{"no memory for a gradient of " +
                         std::to_string(weightBytes) + " bytes"};
  partial = makeMemory(weightDesc, partialBuffer.data());
  further = first;
  further[2].memory = partial.get();
}

void WeightGradient::run(const void *inputData, const void *gradientData,
                         void *resultData) const {
  if (depthwise) {
    depthwise->runWeightGradient(static_cast<const float *>(inputData),
                                 static_cast<const float *>(gradientData),
                                 static_cast<float *>(resultData));
    return;
  }
  if (!primitive.get()) {
    int64_t count = elementSize(desc.dtype);
    for (int dim = 0; dim < desc.spatial + 2; ++dim)
      count *= desc.weight_shape[dim];
    std::memset(resultData, 0, static_cast<size_t>(count));
    return;
  }
  auto at = [](const void *data, size_t offset) {
    return const_cast<char *>(static_cast<const char *>(data)) + offset;
  };
  int status = result.bind(resultData);
  for (int64_t image = 0; image < images; ++image) {
    size_t number = static_cast<size_t>(image);
    status |= input.bind(at(inputData, number * inputBytes));
    status |= gradient.bind(at(gradientData, number * gradientBytes));
    const auto &arguments = image == 0 ? first : further;
    status |= dnnl_primitive_execute(primitive.get(), cpuStream(),
                                     static_cast<int>(arguments.size()),
                                     arguments.data());
    if (image == 0)
      continue;
    void *sum = nullptr;
    status |= dnnl_memory_get_data_handle(result.memory(), &sum);
    const auto *more = reinterpret_cast<const float *>(partialBuffer.data());
    for (size_t i = 0; sum && i < weightBytes / sizeof(float); ++i)
      static_cast<float *>(sum)[i] += more[i];
  }
  status |= result.finish();
  if (status != dnnl_success)
    dtc_fail(frame, "a gradient of a convolution failed inside oneDNN");
}

} // namespace
} // namespace dtc::runtime

void *dtc_convolution_weight_gradient_create(dtc_frame *frame,
                                             const dtc_convolution *desc) {
  try {
    return new dtc::runtime::WeightGradient(frame, *desc);
  } catch (const dtc::runtime::PrimitiveError &error) {
    dtc_fail(frame, error.message.c_str());
  } catch (const std::bad_alloc &) {
    dtc_fail(frame, "no memory to create a gradient of a convolution");
  }
  return nullptr;
}

void dtc_convolution_weight_gradient_run(void *primitive, const void *input,
                                         const void *gradient, void *result) {
  static_cast<const dtc::runtime::WeightGradient *>(primitive)->run(
      input, gradient, result);
}
