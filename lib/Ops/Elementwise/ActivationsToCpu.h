//===- ActivationsToCpu.h - Code of bent and bounded functions --*- C++ -*-===//

#ifndef DTC_OPS_ELEMENTWISE_ACTIVATIONSTOCPU_H
#define DTC_OPS_ELEMENTWISE_ACTIVATIONSTOCPU_H

#include "CpuLowerings.h"

namespace dtc::cpu {

/// clamp, elu, expm1, log1p, softplus.
void registerActivationCpuLowerings(CpuLowerings &lowerings);

} // namespace dtc::cpu

#endif // DTC_OPS_ELEMENTWISE_ACTIVATIONSTOCPU_H
