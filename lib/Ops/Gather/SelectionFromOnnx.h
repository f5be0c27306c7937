//===- SelectionFromOnnx.h - Selections by value of ONNX models -*- C++ -*-===//

#ifndef DTC_OPS_GATHER_SELECTIONFROMONNX_H
#define DTC_OPS_GATHER_SELECTIONFROMONNX_H

#include "dtc/Import/OnnxNode.h"

namespace dtc {

/// data[i..., indices[t...], j...] by known indices: a slice where they count.
mlir::Value gatherKnown(OnnxNode &node, mlir::Value data, int64_t axis,
                        const HostTensor &indices);

/// ONNX operators whose result's shape depends on values, which therefore must
/// be known at compile time.
OnnxResults importCompress(OnnxNode &node);
OnnxResults importNonZero(OnnxNode &node);
OnnxResults importUnique(OnnxNode &node);

/// ONNX operator `ReverseSequence` as a lookup by computed positions.
OnnxResults importReverseSequence(OnnxNode &node);

} // namespace dtc

#endif // DTC_OPS_GATHER_SELECTIONFROMONNX_H
