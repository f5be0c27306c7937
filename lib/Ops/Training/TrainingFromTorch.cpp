//===- TrainingFromTorch.cpp - Models say nothing of training steps -------===//

#include "dtc/Import/TorchNode.h"

void dtc::registerTrainingTorchImporters(TorchImporters &) {}
