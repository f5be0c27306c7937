//===- DnnConvolution.cpp - A convolution by cuDNN ------------------------===//
//
// 1. cuDNN's images have two dimensions or three: lines are images of one row.
// 2. Many engines want the same padding on both sides. Where as much padding at
//    the end as at the beginning gives as many positions, it is described so.
// 3. cuDNN knows three sides: the input of the convolution, its weight, and its
//    result. A transposed convolution computes the first from the others.
//===----------------------------------------------------------------------===//

#include "DnnConvolution.h"
#include <algorithm>

namespace dtc::runtime::cuda {
namespace {

/// A convolution's three sides, and how they are joined.
struct Sides {
  Extents input, weight, result;
  DnnWindows windows;
};

/// Positions of windows with the same padding at both ends.
int64_t evenPositions(const Sides &sides, size_t dim) {
  const DnnWindows &w = sides.windows;
  int64_t span = w.dilations[dim] * (sides.weight[2 + dim] - 1) + 1;
  int64_t room = sides.input[2 + dim] + 2 * w.padsBegin[dim] - span;
  return room < 0 ? 0 : room / w.strides[dim] + 1;
}

Sides sidesOf(const dtc_convolution &desc) {
  const size_t rank = static_cast<size_t>(desc.spatial) + 2;
  auto extents = [&](const int64_t *values) {
    return Extents(values, values + rank);
  };
  auto spatial = [&](const int64_t *values) {
    return Extents(values, values + desc.spatial);
  };
  Sides sides{extents(desc.input_shape),
              extents(desc.weight_shape),
              extents(desc.result_shape),
              {spatial(desc.strides), spatial(desc.dilations),
               spatial(desc.pads_begin), spatial(desc.pads_end)}};
  if (desc.is_transposed)
    std::swap(sides.input, sides.result);
  if (desc.spatial == 1) {
    for (Extents *side : {&sides.input, &sides.weight, &sides.result})
      side->insert(side->begin() + 2, 1);
    DnnWindows &w = sides.windows;
    for (Extents *ones : {&w.strides, &w.dilations})
      ones->insert(ones->begin(), 1);
    for (Extents *zeros : {&w.padsBegin, &w.padsEnd})
      zeros->insert(zeros->begin(), 0);
  }
  for (size_t dim = 0; dim < sides.windows.strides.size(); ++dim)
    if (evenPositions(sides, dim) == sides.result[2 + dim])
      sides.windows.padsEnd[dim] = sides.windows.padsBegin[dim];
  return sides;
}

DnnType typeOf(const dtc_convolution &desc) {
  return desc.dtype == DTC_F16    ? kDnnF16
         : desc.dtype == DTC_BF16 ? kDnnBf16
                                  : kDnnF32;
}

DnnDescriptorKind operationOf(const dtc_convolution &desc,
                              ConvolutionKind kind) {
  if (kind == ConvolutionKind::WeightGradient)
    return kDnnConvolutionWeightGradient;
  return desc.is_transposed ? kDnnConvolutionInputGradient
                            : kDnnConvolutionForward;
}

/// What the choice of an engine depends on.
std::string keyOf(const dtc_convolution &desc, DnnDescriptorKind operation) {
  std::string text = "convolution";
  auto add = [&](const int64_t *values, int32_t count) {
    for (int32_t i = 0; i < count; ++i)
      text += " " + std::to_string(values[i]);
  };
  const int64_t head[] = {operation,     desc.dtype,    desc.spatial,
                          desc.has_bias, desc.epilogue, desc.groups,
                          desc.alignment};
  add(head, std::size(head));
  for (const int64_t *shape :
       {desc.input_shape, desc.weight_shape, desc.result_shape})
    add(shape, desc.spatial + 2);
  for (const int64_t *window :
       {desc.strides, desc.dilations, desc.pads_begin, desc.pads_end})
    add(window, desc.spatial);
  return text;
}

/// Why the description is none of those that cuDNN is called for; empty when it
/// is.
std::string check(const dtc_convolution &desc, ConvolutionKind kind) {
  bool isFloat =
      desc.dtype == DTC_F32 || desc.dtype == DTC_F16 || desc.dtype == DTC_BF16;
  if (!isFloat)
    return "expected f32, f16 or bf16, got type " + std::to_string(desc.dtype);
  if (desc.spatial < 1 || desc.spatial > 3)
    return "expected 1 to 3 dimensions, got " + std::to_string(desc.spatial);
  bool isPlain =
      kind == ConvolutionKind::WeightGradient || desc.is_transposed != 0;
  bool isRelu = desc.epilogue == DTC_EPILOGUE_RELU;
  if ((isPlain && desc.has_bias) || (isRelu && !desc.has_bias) ||
      (!isRelu && desc.epilogue != DTC_EPILOGUE_NONE))
    return "expected no epilogue, a bias, or a bias and relu, got epilogue " +
           std::to_string(desc.epilogue);
  return {};
}

/// A plan's pointers, by the number of their tensor.
enum Id : int64_t { FirstId = 1, SecondId, ResultId, BiasId };

} // namespace

Result<std::unique_ptr<DnnPlan>> planConvolution(const Dnn &dnn,
                                                 const dtc_convolution &desc,
                                                 ConvolutionKind kind,
                                                 AlgorithmCache &cache) {
  if (std::string problem = check(desc, kind); !problem.empty())
    return Error{"convolution: " + problem};
  DnnDescriptorKind operation = operationOf(desc, kind);
  DnnType type = typeOf(desc);
  Sides sides = sidesOf(desc);
  auto graph = std::make_unique<DnnGraph>(dnn);
  int64_t element = type == kDnnF32 ? 4 : 2;
  int64_t alignment = std::max<int64_t>(desc.alignment, element);
  auto tensor = [&](int64_t id, const Extents &extents) {
    return graph->tensor(id, type, extents, denseStrides(extents), alignment);
  };
  // A transposed convolution reads its result's side and writes its input's,
  // and a weight's gradient is read from the two others.
  int64_t input = FirstId, weight = SecondId, result = ResultId;
  if (operation == kDnnConvolutionInputGradient)
    std::swap(input, result);
  if (operation == kDnnConvolutionWeightGradient)
    std::swap(weight, result);
  Handle x = tensor(input, sides.input), w = tensor(weight, sides.weight);
  bool isLast = !desc.has_bias && desc.epilogue == DTC_EPILOGUE_NONE;
  Handle y = tensor(result, sides.result);
  Handle value = isLast ? y : graph->between(kDnnF32, sides.result);
  graph->convolve(operation, sides.windows, x, w, value);
  if (desc.has_bias) {
    Extents row(sides.result.size(), 1);
    row[1] = sides.result[1];
    bool isSum = desc.epilogue == DTC_EPILOGUE_NONE;
    Handle sum = isSum ? y : graph->between(kDnnF32, sides.result);
    graph->pointwise(kDnnAdd, sum, value, tensor(BiasId, row));
    value = sum;
  }
  if (desc.epilogue == DTC_EPILOGUE_RELU)
    graph->pointwise(kDnnRelu, y, value);
  return DnnPlan::create(std::move(graph),
                         type == kDnnF32 ? TensorCores::Forbidden
                                         : TensorCores::Allowed,
                         keyOf(desc, operation), cache);
}

} // namespace dtc::runtime::cuda
