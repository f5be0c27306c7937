//===- TrainingFromOnnx.cpp - ONNX models have no optimizers --------------===//

#include "dtc/Import/OnnxNode.h"

void dtc::registerTrainingOnnxImporters(OnnxImporters &) {}
