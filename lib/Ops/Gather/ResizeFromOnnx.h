//===- ResizeFromOnnx.h - Resampling of ONNX models -------------*- C++ -*-===//

#ifndef DTC_LIB_OPS_GATHER_RESIZEFROMONNX_H
#define DTC_LIB_OPS_GATHER_RESIZEFROMONNX_H

#include "dtc/Import/OnnxNode.h"

namespace dtc {

/// Adds the importers of Resize and Upsample.
void registerResizeOnnxImporters(OnnxImporters &importers);

/// Adds the importer of GridSample.
void registerGridSampleOnnxImporters(OnnxImporters &importers);

} // namespace dtc

#endif // DTC_LIB_OPS_GATHER_RESIZEFROMONNX_H
