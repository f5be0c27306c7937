//===- DroppedAttention.h - Attention with dropout --------------*- C++ -*-===//

#ifndef DTC_LIB_OPS_ATTENTION_DROPPEDATTENTION_H
#define DTC_LIB_OPS_ATTENTION_DROPPEDATTENTION_H

#include "dtc/Import/TorchNode.h"

namespace dtc {

/// What attention reads. Keys and values have the query's heads.
struct DroppedAttention {
  mlir::Value query, key, value;
  mlir::Value mask; ///< a bias, or true where keys are seen; may be null
  bool isCausal;
  double scale;
  double ratio; ///< of the weights that are dropped, 0 to 1
};

/// The weights are dropped between the softmax and the product with the values,
/// so the parts are ops of their own. Null after an error.
mlir::Value attendWithDropout(TorchNode &node, const DroppedAttention &o);

} // namespace dtc

#endif // DTC_LIB_OPS_ATTENTION_DROPPEDATTENTION_H
