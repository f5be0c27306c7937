//===- GridSampleFromOnnx.h - Sampling at computed places -------*- C++ -*-===//

#ifndef DTC_OPS_GATHER_GRIDSAMPLEFROMONNX_H
#define DTC_OPS_GATHER_GRIDSAMPLEFROMONNX_H

#include "dtc/Import/OnnxNode.h"

namespace dtc {

/// Adds the importer of GridSample.
void registerGridSampleOnnxImporters(OnnxImporters &importers);

} // namespace dtc

#endif // DTC_OPS_GATHER_GRIDSAMPLEFROMONNX_H
