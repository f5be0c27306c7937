//===- LikeFromTorch.cpp - ATen has these in other families ----------------===//

#include "dtc/Import/TorchNode.h"

void dtc::registerLikeTorchImporters(TorchImporters &) {}
