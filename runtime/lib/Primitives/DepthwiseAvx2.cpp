//===- DepthwiseAvx2.cpp - The loops for AVX2 and FMA ---------------------===//

#include "DepthwiseLoops.h"

namespace dtc::runtime {

const DepthwiseKernels &depthwiseAvx2() { return kKernels; }

} // namespace dtc::runtime
