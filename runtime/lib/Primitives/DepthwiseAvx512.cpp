//===- DepthwiseAvx512.cpp - The loops for AVX-512 ------------------------===//

#include "DepthwiseLoops.h"

namespace dtc::runtime {

const DepthwiseKernels &depthwiseAvx512() { return kKernels; }

} // namespace dtc::runtime
