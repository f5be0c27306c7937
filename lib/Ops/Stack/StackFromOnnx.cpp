//===- StackFromOnnx.cpp - ONNX joins along existing dimensions only ------===//

#include "dtc/Import/OnnxNode.h"

void dtc::registerStackOnnxImporters(OnnxImporters &) {}
