//===- StackFromTorch.cpp - ATen's stacks become joins (Slice) ---===//

#include "dtc/Import/TorchNode.h"

void dtc::registerStackTorchImporters(TorchImporters &) {}
