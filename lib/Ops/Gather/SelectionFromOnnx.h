//===- SelectionFromOnnx.h - Selections by value of ONNX models -*- C++ -*-===//

#ifndef DTC_OPS_GATHER_SELECTIONFROMONNX_H
#define DTC_OPS_GATHER_SELECTIONFROMONNX_H

#include "KnownGather.h"

#include "dtc/Import/OnnxNode.h"

namespace dtc {

/// ONNX operators whose result's shape depends on values, which therefore must
/// be known at compile time.
OnnxResults importCompress(OnnxNode &node);
OnnxResults importNonZero(OnnxNode &node);
OnnxResults importUnique(OnnxNode &node);

/// ONNX operator `ReverseSequence` as a lookup by computed positions.
OnnxResults importReverseSequence(OnnxNode &node);

} // namespace dtc

#endif // DTC_OPS_GATHER_SELECTIONFROMONNX_H
