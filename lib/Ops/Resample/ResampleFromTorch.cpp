//===- ResampleFromTorch.cpp - No ATen op is imported as one --------------===//

#include "dtc/Import/TorchNode.h"

void dtc::registerResampleTorchImporters(TorchImporters &) {}
