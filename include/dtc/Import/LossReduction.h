//===- LossReduction.h - What becomes of each element's loss ----*- C++ -*-===//

#ifndef DTC_IMPORT_LOSSREDUCTION_H
#define DTC_IMPORT_LOSSREDUCTION_H

#include "dtc/Import/TorchNode.h"

namespace dtc {

enum class LossReduction { None, Mean, Sum };

/// The argument `reduction` of an ATen loss, a number of torch.nn._reduction;
/// others are errors.
LossReduction lossReduction(TorchNode &node);

/// The losses themselves, or one value of rank 0.
mlir::Value reduceLosses(ImportNode &node, mlir::Value losses,
                         LossReduction reduction);

} // namespace dtc

#endif // DTC_IMPORT_LOSSREDUCTION_H
