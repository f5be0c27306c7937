//===- TrainingToCpu.cpp - State of optimizers and updates ----------------===//
//
// Both are memory that the program builder knows: nothing is to be computed.
//
//===----------------------------------------------------------------------===//

#include "CpuLowerings.h"

void dtc::cpu::registerTrainingCpuLowerings(CpuLowerings &) {}
