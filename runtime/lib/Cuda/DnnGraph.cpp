//===- DnnGraph.cpp - Operations that are described to cuDNN --------------===//

#include "DnnGraph.h"

namespace dtc::runtime::cuda {
namespace {

/// Numbers of tensors that no call brings, of those that are one number, and of
/// those in a call's workspace.
constexpr int64_t kFirstVirtual = 1000, kFirstScalar = 500, kFirstScratch = 300;

} // namespace

Extents denseStrides(const Extents &extents) {
  Extents strides(extents.size(), 1);
  for (size_t i = extents.size(); i-- > 1;)
    strides[i - 1] = strides[i] * extents[i];
  return strides;
}

//===----------------------------------------------------------------------===//
// Descriptors
//===----------------------------------------------------------------------===//

DnnDescriptor::DnnDescriptor(const Dnn &dnnOf, DnnDescriptorKind kind)
    : dnn(dnnOf) {
  if (DnnResult result = dnn.createDescriptor(kind, &descriptor); result != 0)
    problem = dnn.problem("cudnnBackendCreateDescriptor", result);
}

DnnDescriptor::DnnDescriptor(DnnDescriptor &&other) noexcept
    : dnn(other.dnn), descriptor(std::exchange(other.descriptor, nullptr)),
      problem(std::move(other.problem)) {}

DnnDescriptor::~DnnDescriptor() {
  if (descriptor)
    dnn.destroyDescriptor(descriptor);
}

void DnnDescriptor::set(DnnAttribute attribute, DnnElements elements,
                        int64_t count, const void *values) {
  if (problem)
    return;
  if (DnnResult result =
          dnn.setAttribute(descriptor, attribute, elements, count, values);
      result != 0)
    problem = dnn.problem(
        ("cudnnBackendSetAttribute " + std::to_string(attribute)).c_str(),
        result);
}

Status DnnDescriptor::finalize() {
  if (problem)
    return *problem;
  if (DnnResult result = dnn.finalize(descriptor); result != 0)
    return dnn.problem("cudnnBackendFinalize", result);
  return Done{};
}

//===----------------------------------------------------------------------===//
// Tensors
//===----------------------------------------------------------------------===//

DnnDescriptor &DnnGraph::make(DnnDescriptorKind kind) {
  descriptors.push_back(std::make_unique<DnnDescriptor>(dnn, kind));
  return *descriptors.back();
}

Handle DnnGraph::finished(DnnDescriptor &descriptor) {
  // What follows an error would only hide it.
  if (problem)
    return nullptr;
  if (auto status = descriptor.finalize(); !status) {
    problem = status.error();
    return nullptr;
  }
  return descriptor.handle();
}

void DnnGraph::operation(DnnDescriptor &descriptor) {
  if (Handle handle = finished(descriptor))
    operations.push_back(handle);
}

Handle DnnGraph::describeTensor(DnnDescriptor &descriptor, int64_t id,
                                DnnType type, const Extents &extents,
                                const Extents &strides, int64_t alignment) {
  descriptor.setNumber(kDnnTensorType, kDnnTypes, type);
  descriptor.setI64s(kDnnTensorExtents, extents);
  descriptor.setI64s(kDnnTensorStrides, strides);
  descriptor.setI64s(kDnnTensorId, {id});
  descriptor.setI64s(kDnnTensorAlignment, {alignment});
  return finished(descriptor);
}

Handle DnnGraph::tensor(int64_t id, DnnType type, const Extents &extents,
                        const Extents &strides, int64_t alignment) {
  return describeTensor(make(kDnnTensor), id, type, extents, strides,
                        alignment);
}

Handle DnnGraph::describeVirtual(DnnType type, const Extents &extents,
                                 const Extents &strides) {
  constexpr int64_t anyAlignment = 16;
  DnnDescriptor &descriptor = make(kDnnTensor);
  bool isVirtual = true;
  descriptor.set(kDnnTensorIsVirtual, kDnnBooleans, 1, &isVirtual);
  return describeTensor(descriptor, kFirstVirtual + numVirtual++, type, extents,
                        strides, anyAlignment);
}

Handle DnnGraph::between(DnnType type, const Extents &extents) {
  return describeVirtual(type, extents, denseStrides(extents));
}

Handle DnnGraph::scratch(const Extents &extents) {
  int64_t id = kFirstScratch + static_cast<int64_t>(temporaries.size());
  size_t bytes = sizeof(float);
  for (int64_t extent : extents)
    bytes *= static_cast<size_t>(extent);
  temporaries.push_back({id, bytes});
  return tensor(id, kDnnF32, extents, denseStrides(extents), kScratchAlignment);
}

Handle DnnGraph::scalar(float value, size_t rank) {
  DnnDescriptor &descriptor = make(kDnnTensor);
  bool isByValue = true;
  descriptor.set(kDnnTensorIsByValue, kDnnBooleans, 1, &isByValue);
  int64_t id = kFirstScalar + static_cast<int64_t>(numbers.size());
  numbers.push_back({id, value});
  Extents ones(rank, 1);
  return describeTensor(descriptor, id, kDnnF32, ones, ones, sizeof(float));
}

//===----------------------------------------------------------------------===//
// Operations
//===----------------------------------------------------------------------===//

void DnnGraph::convolve(DnnDescriptorKind kind, const DnnWindows &windows,
                        Handle input, Handle weight, Handle result) {
  DnnDescriptor &shape = make(kDnnConvolution);
  shape.setNumber(kDnnConvolutionPrecision, kDnnTypes, kDnnF32);
  shape.setNumber(kDnnConvolutionMode, kDnnConvolutionModes,
                  kDnnCrossCorrelation);
  shape.setI64s(kDnnConvolutionDims,
                {static_cast<int64_t>(windows.strides.size())});
  shape.setI64s(kDnnConvolutionPadsBegin, windows.padsBegin);
  shape.setI64s(kDnnConvolutionPadsEnd, windows.padsEnd);
  shape.setI64s(kDnnConvolutionStrides, windows.strides);
  shape.setI64s(kDnnConvolutionDilations, windows.dilations);
  Handle described = finished(shape);
  // The attributes of the three kinds follow one another in the same order.
  int shift = 0;
  if (kind == kDnnConvolutionInputGradient)
    shift = kDnnInputGradientAlpha - kDnnForwardAlpha;
  if (kind == kDnnConvolutionWeightGradient)
    shift = kDnnWeightGradientAlpha - kDnnForwardAlpha;
  auto at = [&](int attribute) { return DnnAttribute(attribute + shift); };
  DnnDescriptor &descriptor = make(kind);
  descriptor.setDescriptor(at(kDnnForwardConvolution), described);
  descriptor.setDescriptor(at(kDnnForwardInput), input);
  descriptor.setDescriptor(at(kDnnForwardWeight), weight);
  descriptor.setDescriptor(at(kDnnForwardResult), result);
  descriptor.setFloat(at(kDnnForwardAlpha), 1);
  descriptor.setFloat(at(kDnnForwardBeta), 0);
  operation(descriptor);
}

Handle DnnGraph::pointwiseDescriptor(DnnPointwiseMode mode, DnnType precision,
                                     int64_t axis) {
  DnnDescriptor &descriptor = make(kDnnPointwise);
  descriptor.setNumber(kDnnPointwiseMode, kDnnPointwiseModes, mode);
  descriptor.setNumber(kDnnPointwisePrecision, kDnnTypes, precision);
  if (mode == kDnnRelu)
    descriptor.setNumber(kDnnPointwiseNan, kDnnNanModes, kDnnPropagateNan);
  if (mode == kDnnIndex)
    descriptor.setI64s(kDnnPointwiseAxis, {axis});
  return finished(descriptor);
}

void DnnGraph::addPointwise(Handle shape, Handle result, Handle first,
                            Handle second, Handle condition) {
  DnnDescriptor &descriptor = make(kDnnPointwiseOperation);
  descriptor.setDescriptor(kDnnPointwiseDescriptor, shape);
  descriptor.setDescriptor(kDnnPointwiseFirst, first);
  if (second)
    descriptor.setDescriptor(kDnnPointwiseSecond, second);
  if (condition)
    descriptor.setDescriptor(kDnnPointwiseCondition, condition);
  descriptor.setDescriptor(kDnnPointwiseResult, result);
  operation(descriptor);
}

void DnnGraph::pointwise(DnnPointwiseMode mode, Handle result, Handle first,
                         Handle second) {
  addPointwise(pointwiseDescriptor(mode, kDnnF32, 0), result, first, second,
               nullptr);
}

void DnnGraph::index(Handle result, Handle like, int64_t dimension) {
  addPointwise(pointwiseDescriptor(kDnnIndex, kDnnI32, dimension), result, like,
               nullptr, nullptr);
}

void DnnGraph::greaterEqual(Handle result, Handle first, Handle second) {
  addPointwise(pointwiseDescriptor(kDnnGreaterEqual, kDnnI32, 0), result, first,
               second, nullptr);
}

void DnnGraph::select(Handle result, Handle condition, Handle first,
                      Handle second) {
  addPointwise(pointwiseDescriptor(kDnnSelect, kDnnF32, 0), result, first,
               second, condition);
}

void DnnGraph::multiply(Handle result, Handle a, Handle b) {
  DnnDescriptor &shape = make(kDnnMatmul);
  shape.setNumber(kDnnMatmulPrecision, kDnnTypes, kDnnF32);
  Handle described = finished(shape);
  DnnDescriptor &descriptor = make(kDnnMatmulOperation);
  descriptor.setDescriptor(kDnnMatmulDescriptor, described);
  descriptor.setDescriptor(kDnnMatmulA, a);
  descriptor.setDescriptor(kDnnMatmulB, b);
  descriptor.setDescriptor(kDnnMatmulC, result);
  operation(descriptor);
}

void DnnGraph::reduce(DnnReduction reduction, Handle result, Handle input) {
  DnnDescriptor &shape = make(kDnnReduction);
  shape.setNumber(kDnnReductionPrecision, kDnnTypes, kDnnF32);
  shape.setNumber(kDnnReductionOperator, kDnnReductions, reduction);
  Handle described = finished(shape);
  DnnDescriptor &descriptor = make(kDnnReductionOperation);
  descriptor.setDescriptor(kDnnReductionDescriptor, described);
  descriptor.setDescriptor(kDnnReductionInput, input);
  descriptor.setDescriptor(kDnnReductionResult, result);
  operation(descriptor);
}

Handle DnnGraph::view(Handle input, DnnType type, const Extents &extents,
                      const Extents &strides) {
  Handle result = describeVirtual(type, extents, strides);
  DnnDescriptor &descriptor = make(kDnnReshapeOperation);
  descriptor.setDescriptor(kDnnReshapeInput, input);
  descriptor.setDescriptor(kDnnReshapeResult, result);
  operation(descriptor);
  return result;
}

Result<Handle> DnnGraph::finish() {
  DnnDescriptor &graph = make(kDnnOperationGraph);
  if (dnn.handle)
    graph.set(kDnnGraphHandle, kDnnHandles, 1, &dnn.handle);
  graph.set(kDnnGraphOperations, kDnnDescriptors,
            static_cast<int64_t>(operations.size()), operations.data());
  Handle handle = finished(graph);
  if (!handle)
    return *problem;
  return handle;
}

} // namespace dtc::runtime::cuda
