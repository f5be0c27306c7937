//===- DropoutImport.h - Dropout of exported programs -----------*- C++ -*-===//

#ifndef DTC_LIB_OPS_RANDOM_DROPOUTIMPORT_H
#define DTC_LIB_OPS_RANDOM_DROPOUTIMPORT_H

#include "dtc/Import/TorchNode.h"

namespace dtc {

/// `input / (1 - ratio)` or 0, and which of them. The seed is the name of the
/// node's result, so that every node draws its own numbers.
/// Two nulls after an error.
NodeResults dropElements(TorchNode &node, mlir::Value input, double ratio);

} // namespace dtc

#endif // DTC_LIB_OPS_RANDOM_DROPOUTIMPORT_H
