//===- CastToCpu.h - Code of casts ------------------------------*- C++ -*-===//

#ifndef DTC_LIB_OPS_ELEMENTWISE_CASTTOCPU_H
#define DTC_LIB_OPS_ELEMENTWISE_CASTTOCPU_H

#include "CpuLowerings.h"

namespace dtc::cpu {

/// Casts, and the bits of one type seen as another.
void registerCastCpuLowerings(CpuLowerings &lowerings);

} // namespace dtc::cpu

#endif // DTC_LIB_OPS_ELEMENTWISE_CASTTOCPU_H
