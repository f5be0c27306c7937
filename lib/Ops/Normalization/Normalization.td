//===- Normalization.td - Layer, RMS and batch norm --------*- tablegen -*-===//

#ifndef DTC_OPS_NORMALIZATION_TD
#define DTC_OPS_NORMALIZATION_TD

include "dtc/IR/DtcOpBase.td"

def Dtc_LayerNormOp : Dtc_InferredOp<"layer_norm", [Dtc_Differentiable]> {
  let summary = "normalisation to zero mean and unit variance from an axis on";
  let description = [{
    Statistics over dimensions `axis` and above, in f32 or wider; then scale and
    bias, which have the shape of those dimensions.

    Rule: `([i..., c...], [c...], [c...]) -> ([i..., c...])  whole = {c}`.
  }];
  let arguments = (ins Dtc_FloatTensor:$input, Dtc_FloatTensor:$scale,
                       Optional<Dtc_FloatTensor>:$bias, I64Attr:$axis,
                       F64Attr:$epsilon);
  let results = (outs Dtc_FloatTensor:$result);
  let hasVerifier = 1;
}

def Dtc_RmsNormOp : Dtc_InferredOp<"rms_norm", [Dtc_Differentiable]> {
  let summary = "division by the root mean square from an axis on";
  let arguments = (ins Dtc_FloatTensor:$input, Dtc_FloatTensor:$scale,
                       I64Attr:$axis, F64Attr:$epsilon);
  let results = (outs Dtc_FloatTensor:$result);
  let hasVerifier = 1;
}

def Dtc_BatchNormOp : Dtc_InferredOp<"batch_norm", [Dtc_Differentiable]> {
  let summary = "affine normalisation of dimension 1 by given statistics";
  let description = [{
    `(x - mean) / sqrt(variance + epsilon) * scale + bias`, one value of each a
    channel. The reference has no rule for it: all operands are replicated.
  }];
  let arguments = (ins Dtc_FloatTensor:$input, Dtc_FloatTensor:$scale,
                       Dtc_FloatTensor:$bias, Dtc_FloatTensor:$mean,
                       Dtc_FloatTensor:$variance, F64Attr:$epsilon);
  let results = (outs Dtc_FloatTensor:$result);
  let hasVerifier = 1;
}

#endif // DTC_OPS_NORMALIZATION_TD
