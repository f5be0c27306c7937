//===- ConvolutionLayouts.cpp - Convolutions as oneDNN describes them -----===//

#include "ConvolutionLayouts.h"

namespace dtc::runtime {
namespace {

using Dims = std::vector<int64_t>;

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

/// The same shape in whatever layout a kernel likes best.
dnnl_memory_desc_t anyLayout(const dnnl_memory_desc_t &desc,
                             dnnl_data_type_t type) {
  return tagged(Dims(desc.dims, desc.dims + desc.ndims), type,
                dnnl_format_tag_any);
}

KernelKind kernelKind(const DnnlPrimitiveDesc &planned) {
  std::string name = implementationName(planned.get());
  if (name.find("ref") != std::string::npos)
    return KernelKind::Reference;
  return name.find("gemm:") != std::string::npos &&
                 name.find("brgemm:") == std::string::npos
             ? KernelKind::Im2col
             : KernelKind::Direct;
}

} // namespace

bool isEmpty(const dtc_convolution &desc) {
  for (int dim = 0; dim < desc.spatial + 2; ++dim)
    if (desc.result_shape[dim] == 0)
      return true;
  return false;
}

void checkConvolution(const dtc_convolution &desc) {
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
  if (desc.input_shape[1] == 0 && !isEmpty(desc))
    throw PrimitiveError{"a convolution over no channels has no CPU kernel"};
}

ConvolutionLayouts describeConvolution(const dtc_convolution &desc,
                                       dnnl_data_type_t type) {
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

bool isImplemented(const dtc_convolution &desc, dnnl_data_type_t type,
                   const ConvolutionPlanner &plan) {
  try {
    ConvolutionLayouts free = describeConvolution(desc, type);
    free.input = anyLayout(free.input, type);
    free.weight = anyLayout(free.weight, type);
    free.result = anyLayout(free.result, type);
    plan(free);
    return true;
  } catch (const PrimitiveError &) {
    return false;
  }
}

DnnlPrimitiveDesc chooseKernel(const dtc_convolution &desc,
                               dnnl_data_type_t type, KernelKind slowest,
                               const ConvolutionPlanner &plan) {
  ConvolutionLayouts plain = describeConvolution(desc, type);
  plain.weight = anyLayout(plain.weight, type);
  DnnlPrimitiveDesc direct = plan(plain);
  if (kernelKind(direct) <= slowest)
    return direct;
  ConvolutionLayouts free = plain;
  free.input = anyLayout(plain.input, type);
  free.result = anyLayout(plain.result, type);
  DnnlPrimitiveDesc staged = plan(free);
  return kernelKind(staged) == KernelKind::Direct ? std::move(staged)
                                                  : std::move(direct);
}

} // namespace dtc::runtime
