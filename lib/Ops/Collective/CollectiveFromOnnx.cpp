//===- CollectiveFromOnnx.cpp - No ONNX op communicates -------------------===//

#include "dtc/Import/OnnxNode.h"

void dtc::registerCollectiveOnnxImporters(OnnxImporters &) {}
