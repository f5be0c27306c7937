//===- ConstantToCpu.cpp - Constants and parameters -----------------------===//
//
// Both are memory that the program builder knows: nothing is to be computed.
//
//===----------------------------------------------------------------------===//

#include "CpuLowerings.h"

void dtc::cpu::registerConstantCpuLowerings(CpuLowerings &) {}
