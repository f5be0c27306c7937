//===- AttentionToCpu.cpp - Attention is expanded before code generation --===//

#include "CpuLowerings.h"

void dtc::cpu::registerAttentionCpuLowerings(CpuLowerings &) {}
