//===- LikeFromTorch.cpp - ATen's counterparts are in other families ---===//

#include "dtc/Import/TorchNode.h"

void dtc::registerLikeTorchImporters(TorchImporters &) {}
