//===- CollectiveFromTorch.cpp - Exported programs have no collectives
//-----===//

#include "dtc/Import/TorchNode.h"

void dtc::registerCollectiveTorchImporters(TorchImporters &) {}
