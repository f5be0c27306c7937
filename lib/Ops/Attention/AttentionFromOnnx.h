//===- AttentionFromOnnx.h - Attention ops of ONNX models -------*- C++ -*-===//

#ifndef DTC_OPS_ATTENTION_ATTENTIONFROMONNX_H
#define DTC_OPS_ATTENTION_ATTENTIONFROMONNX_H

#include "dtc/Import/OnnxNode.h"

namespace dtc {

/// ONNX operator `LinearAttention` (opset 27), unrolled over the tokens.
OnnxResults importLinearAttention(OnnxNode &node);

/// ONNX operator `RotaryEmbedding` (opset 23) as products and sums.
OnnxResults importRotaryEmbedding(OnnxNode &node);

} // namespace dtc

#endif // DTC_OPS_ATTENTION_ATTENTIONFROMONNX_H
