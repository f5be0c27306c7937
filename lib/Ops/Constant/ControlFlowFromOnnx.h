//===- ControlFlowFromOnnx.h - Branches and loops of ONNX models -*- C++ -*-==//

#ifndef DTC_LIB_OPS_CONSTANT_CONTROLFLOWFROMONNX_H
#define DTC_LIB_OPS_CONSTANT_CONTROLFLOWFROMONNX_H

#include "dtc/Import/OnnxNode.h"

namespace dtc {

/// If, Loop, Scan.
void registerControlFlowImporters(OnnxImporters &importers);

} // namespace dtc

#endif // DTC_LIB_OPS_CONSTANT_CONTROLFLOWFROMONNX_H
