//===- ResampleToCpu.cpp - Resampling is expanded before code generation --===//

#include "CpuLowerings.h"

void dtc::cpu::registerResampleCpuLowerings(CpuLowerings &) {}
