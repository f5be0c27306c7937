//===- PadFromOnnx.h - Pads of ONNX models ----------------------*- C++ -*-===//

#ifndef DTC_OPS_SLICE_PADFROMONNX_H
#define DTC_OPS_SLICE_PADFROMONNX_H

#include "dtc/Import/OnnxNode.h"

namespace dtc {

/// ONNX operator `Pad`: constants by `dtc.pad`, the other modes as slices of
/// the operand one after the other.
OnnxResults importPad(OnnxNode &node);

/// ONNX operator `CenterCropPad`: pads with zeros, or crops where the wanted
/// size is smaller.
OnnxResults importCenterCropPad(OnnxNode &node);

} // namespace dtc

#endif // DTC_OPS_SLICE_PADFROMONNX_H
