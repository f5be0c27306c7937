//===- LikeFromOnnx.cpp - ONNX models have no output arguments ------------===//

#include "dtc/Import/OnnxNode.h"

void dtc::registerLikeOnnxImporters(OnnxImporters &) {}
