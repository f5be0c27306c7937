//===- ProductRequest.h - What cuBLASLt is asked for ----------------------===//

#ifndef DTC_RUNTIME_LIB_CUDA_PRODUCTREQUEST_H
#define DTC_RUNTIME_LIB_CUDA_PRODUCTREQUEST_H

#include "dtc/runtime/program.h"
#include <string>
#include <vector>

namespace dtc::runtime::cuda {

/// Why a product of the description is nothing for cuBLASLt; empty when it is.
std::string checkParts(const dtc_matmul &desc);

/// The epilogue of the description, of BlasEpilogue's bits.
int epilogueBits(const dtc_matmul &desc);

/// True when a mask of a relu is written or read.
bool hasMask(const dtc_matmul &desc);

/// What the library is asked for, in order, until it has an algorithm: the
/// description, and then less and less of what is beside the product.
std::vector<dtc_matmul> requestsFor(const dtc_matmul &desc);

} // namespace dtc::runtime::cuda

#endif // DTC_RUNTIME_LIB_CUDA_PRODUCTREQUEST_H
