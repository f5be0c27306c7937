//===- DepthwiseBaseline.cpp - The loops for any processor
//-----------------===//

#include "DepthwiseLoops.h"

namespace dtc::runtime {

const DepthwiseKernels &depthwiseBaseline() { return kKernels; }

} // namespace dtc::runtime
