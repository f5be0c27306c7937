//===- StackFromTorch.cpp - ATen's stacks are joins, in Slice ---------------===//

#include "dtc/Import/TorchNode.h"

void dtc::registerStackTorchImporters(TorchImporters &) {}
