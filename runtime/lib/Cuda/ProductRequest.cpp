//===- ProductRequest.cpp - What cuBLASLt is asked for --------------------===//

#include "ProductRequest.h"
#include "Blas.h"

namespace dtc::runtime::cuda {
namespace {

bool isGradient(const dtc_matmul &desc) {
  return desc.epilogue == DTC_EPILOGUE_RELU_GRADIENT ||
         desc.epilogue == DTC_EPILOGUE_GELU_TANH_GRADIENT;
}

} // namespace

int epilogueBits(const dtc_matmul &desc) {
  int bits = desc.has_bias ? kBlasBias : 0;
  if (desc.epilogue == DTC_EPILOGUE_RELU)
    bits |= kBlasRelu;
  if (desc.epilogue == DTC_EPILOGUE_GELU_TANH)
    bits |= kBlasGeluTanh;
  if (desc.epilogue == DTC_EPILOGUE_RELU_GRADIENT)
    bits |= kBlasReluGradient;
  if (desc.epilogue == DTC_EPILOGUE_GELU_TANH_GRADIENT)
    bits |= kBlasGeluTanhGradient;
  if (desc.aux)
    bits |= kBlasAux;
  // The library's A is rhs.
  if (desc.sums == DTC_SUMS_LHS)
    bits |= kBlasSumsB;
  if (desc.sums == DTC_SUMS_RHS)
    bits |= kBlasSumsA;
  if (desc.sums == DTC_SUMS_RESULT)
    bits |= kBlasSumsResult;
  return bits == 0 ? int(kBlasNoEpilogue) : bits;
}

bool hasMask(const dtc_matmul &desc) {
  return desc.aux != 0 && (desc.epilogue == DTC_EPILOGUE_RELU ||
                           desc.epilogue == DTC_EPILOGUE_RELU_GRADIENT);
}

std::string checkParts(const dtc_matmul &desc) {
  bool isKnown = desc.epilogue == DTC_EPILOGUE_NONE ||
                 desc.epilogue == DTC_EPILOGUE_RELU ||
                 desc.epilogue == DTC_EPILOGUE_GELU_TANH || isGradient(desc);
  bool isFloat =
      desc.dtype == DTC_F32 || desc.dtype == DTC_F16 || desc.dtype == DTC_BF16;
  if (!isKnown || !isFloat || desc.rhs_packed)
    return "a product that cuBLASLt is not called for: type " +
           std::to_string(desc.dtype) + ", epilogue " +
           std::to_string(desc.epilogue);
  bool isAlone = !desc.has_bias && !desc.residual;
  bool isPlain = desc.ndim == 2 && isAlone &&
                 desc.epilogue == DTC_EPILOGUE_NONE && desc.scale == 1;
  bool sumsOperand = desc.sums == DTC_SUMS_LHS || desc.sums == DTC_SUMS_RHS;
  if (sumsOperand && !isPlain)
    return "expected a plain product of two matrices beside sums";
  if (isGradient(desc) && (!isAlone || !desc.aux))
    return "expected a product without bias and residual, and what an "
           "activation kept, for its gradient";
  if (desc.sums == DTC_SUMS_RESULT && (!isGradient(desc) || desc.ndim != 2))
    return "expected the gradient of an activation of one matrix beside its "
           "sums";
  if (desc.aux && (desc.epilogue == DTC_EPILOGUE_NONE || desc.residual))
    return "expected an activation without a residual that keeps something";
  return {};
}

std::vector<dtc_matmul> requestsFor(const dtc_matmul &desc) {
  std::vector<dtc_matmul> requests{desc};
  dtc_matmul less = desc;
  if (desc.aux && desc.epilogue == DTC_EPILOGUE_RELU) {
    less.aux = 0;
    requests.push_back(less);
  }
  if (desc.sums == DTC_SUMS_RESULT) {
    less.sums = DTC_SUMS_NONE;
    requests.push_back(less);
  }
  if (desc.epilogue != DTC_EPILOGUE_NONE) {
    less.epilogue = DTC_EPILOGUE_NONE;
    less.aux = 0;
    requests.push_back(less);
  }
  if (desc.has_bias) {
    less.has_bias = 0;
    requests.push_back(less);
  }
  return requests;
}

} // namespace dtc::runtime::cuda
