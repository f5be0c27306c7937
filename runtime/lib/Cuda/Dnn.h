//===- Dnn.h - cuDNN 9, opened at run time --------------------------------===//
//
// The functions of cuDNN's graph interface that convolutions and attention use,
// in one table, as Driver.h has the driver's. Types and numbers are those of
// cudnn_graph.h, so that no header of cuDNN is needed.
//===----------------------------------------------------------------------===//

#ifndef DTC_RUNTIME_LIB_CUDA_DNN_H
#define DTC_RUNTIME_LIB_CUDA_DNN_H

#include "Driver.h"

namespace dtc::runtime::cuda {

using DnnResult = int; ///< cudnnStatus_t; 0 is success

/// Values of cudnn_graph.h's enumerations.
enum DnnType {
  kDnnF32 = 0,
  kDnnF16 = 2,
  kDnnI32 = 4,
  kDnnBf16 = 9,
  kDnnBool = 11
};

/// What an attribute's elements are.
enum DnnElements {
  kDnnHandles = 0,
  kDnnTypes = 1,
  kDnnBooleans = 2,
  kDnnI64s = 3,
  kDnnFloats = 4,
  kDnnPointers = 6,
  kDnnConvolutionModes = 7,
  kDnnHeuristicModes = 8,
  kDnnKnobs = 9,
  kDnnNanModes = 10,
  kDnnNumericalNotes = 11,
  kDnnPointwiseModes = 14,
  kDnnDescriptors = 15,
  kDnnReductions = 18
};

enum DnnDescriptorKind {
  kDnnPointwise = 0,
  kDnnConvolution = 1,
  kDnnEngine = 2,
  kDnnEngineConfig = 3,
  kDnnHeuristics = 4,
  kDnnExecutionPlan = 5,
  kDnnKnobChoice = 7,
  kDnnConvolutionForward = 10,
  kDnnConvolutionWeightGradient = 11,
  kDnnConvolutionInputGradient = 12,
  kDnnPointwiseOperation = 13,
  kDnnOperationGraph = 15,
  kDnnVariantPack = 16,
  kDnnTensor = 17,
  kDnnMatmul = 18,
  kDnnMatmulOperation = 19,
  kDnnReduction = 21,
  kDnnReductionOperation = 22,
  kDnnReshapeOperation = 31
};

enum DnnAttribute {
  kDnnPointwiseMode = 0,
  kDnnPointwisePrecision = 1,
  kDnnPointwiseNan = 2,
  kDnnPointwiseAxis = 9,
  kDnnConvolutionPrecision = 100,
  kDnnConvolutionMode = 101,
  kDnnConvolutionDilations = 102,
  kDnnConvolutionStrides = 103,
  kDnnConvolutionPadsEnd = 104,
  kDnnConvolutionPadsBegin = 105,
  kDnnConvolutionDims = 106,
  kDnnHeuristicsMode = 200,
  kDnnHeuristicsGraph = 201,
  kDnnHeuristicsResults = 202,
  kDnnHeuristicsDevice = 204,
  kDnnConfigEngine = 300,
  kDnnConfigKnobs = 302,
  kDnnPlanHandle = 400,
  kDnnPlanConfig = 401,
  kDnnPlanWorkspace = 402,
  kDnnPlanDevice = 407,
  kDnnKnobType = 600,
  kDnnKnobValue = 601,
  /// Of a convolution forward. Those of the gradients of the input and of the
  /// weight follow in the same order.
  kDnnForwardAlpha = 700,
  kDnnForwardBeta = 701,
  kDnnForwardConvolution = 702,
  kDnnForwardWeight = 703,
  kDnnForwardInput = 704,
  kDnnForwardResult = 705,
  kDnnInputGradientAlpha = 706,
  kDnnWeightGradientAlpha = 712,
  kDnnPointwiseDescriptor = 750,
  kDnnPointwiseFirst = 751,
  kDnnPointwiseSecond = 752,
  kDnnPointwiseResult = 753,
  kDnnPointwiseCondition = 758,
  kDnnGraphHandle = 800,
  kDnnGraphOperations = 801,
  kDnnTensorAlignment = 900,
  kDnnTensorType = 901,
  kDnnTensorExtents = 902,
  kDnnTensorStrides = 903,
  kDnnTensorId = 906,
  kDnnTensorIsVirtual = 907,
  kDnnTensorIsByValue = 908,
  kDnnPackIds = 1000,
  kDnnPackPointers = 1001,
  kDnnPackWorkspace = 1003,
  kDnnEngineGraph = 1300,
  kDnnEngineIndex = 1301,
  kDnnEngineNotes = 1303,
  kDnnEngineDevice = 1307,
  kDnnMatmulPrecision = 1500,
  kDnnMatmulA = 1520,
  kDnnMatmulB = 1521,
  kDnnMatmulC = 1522,
  kDnnMatmulDescriptor = 1523,
  kDnnReductionOperator = 1600,
  kDnnReductionPrecision = 1601,
  kDnnReductionInput = 1610,
  kDnnReductionResult = 1611,
  kDnnReductionDescriptor = 1612,
  kDnnReshapeInput = 2200,
  kDnnReshapeResult = 2201
};

enum DnnPointwiseMode {
  kDnnAdd = 0,
  kDnnMultiply = 1,
  kDnnDivide = 6,
  kDnnSubtract = 9,
  kDnnExp = 13,
  kDnnLog = 15,
  kDnnIdentity = 21,
  kDnnRelu = 100,
  kDnnGreaterEqual = 303,
  kDnnIndex = 501,
  kDnnSelect = 601
};
enum DnnReduction { kDnnSum = 0, kDnnMax = 3 };
/// Not mirrored: what neural networks call a convolution.
constexpr int kDnnCrossCorrelation = 1;
/// A maximum with a NaN is one.
constexpr int kDnnPropagateNan = 1;
enum DnnHeuristicsMode { kDnnFallback = 2, kDnnBest = 3 };
/// What is special about an engine's numbers.
enum DnnNote {
  kDnnTensorCores = 0,
  kDnnRoundsInputs = 1,
  kDnnRoundsSums = 2,
  kDnnByFourier = 3,
  kDnnNotRepeatable = 4,
  kDnnByWinograd = 5,
  kDnnNoteCount = 10
};

/// MEMBER, NAME in the library, PARAMETERS; all return a DnnResult.
#define DTC_CUDA_DNN_FUNCTIONS(X)                                              \
  X(create, "cudnnCreate", (Handle *))                                         \
  X(setStream, "cudnnSetStream", (Handle, Handle))                             \
  X(createDescriptor, "cudnnBackendCreateDescriptor", (int, Handle *))         \
  X(destroyDescriptor, "cudnnBackendDestroyDescriptor", (Handle))              \
  X(finalize, "cudnnBackendFinalize", (Handle))                                \
  X(setAttribute, "cudnnBackendSetAttribute",                                  \
    (Handle, int, int, int64_t, const void *))                                 \
  X(getAttribute, "cudnnBackendGetAttribute",                                  \
    (Handle, int, int, int64_t, int64_t *, void *))                            \
  X(execute, "cudnnBackendExecute", (Handle, Handle, Handle))

struct Dnn {
#define X(MEMBER, NAME, PARAMETERS) DnnResult(*MEMBER) PARAMETERS = nullptr;
  DTC_CUDA_DNN_FUNCTIONS(X)
#undef X
  const char *(*errorText)(DnnResult) = nullptr;
  void (*lastError)(char *, size_t) = nullptr;
  /// cudnnGetVersion(): 91900 is 9.19.0.
  size_t version = 0;
  Handle handle = nullptr;
  /// Instead of a handle: a description of a GPU that is not there, for which
  /// engines are chosen but not run.
  Handle absentGpu = nullptr;

  /// "cudnnBackendFinalize: CUDNN_STATUS_BAD_PARAM (2000): why".
  Error problem(const char *call, DnnResult result) const;
};

/// Opens the library of $DTC_CUDNN, or cuDNN 9, without a GPU.
Result<Dnn> openDnnLibrary();

/// The same, with a handle on the current context. The error is a sentence for
/// the user.
Result<Dnn> openDnn();

} // namespace dtc::runtime::cuda

#endif // DTC_RUNTIME_LIB_CUDA_DNN_H
