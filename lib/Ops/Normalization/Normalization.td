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

class Dtc_NormGradientOp<string mnemonic, string norm>
    : Dtc_InferredOp<mnemonic # "_gradient"> {
  let summary = "the gradient of what " # norm # " normalises";
  let arguments = (ins Dtc_FloatTensor:$gradient, Dtc_FloatTensor:$input,
                       Dtc_FloatTensor:$scale, I64Attr:$axis, F64Attr:$epsilon);
  let results = (outs Dtc_FloatTensor:$result);
  let hasVerifier = 1;
}

def Dtc_LayerNormGradientOp : Dtc_NormGradientOp<"layer_norm", "a layer norm"> {
  let description = [{
    `(d - mean(d) - u * mean(d * u)) / deviation` with `d = gradient * scale`
    and `u` the normalised input without scale and bias; all means are over
    dimensions `axis` and above, in f32 or wider.

    Constraints:
    - (layer_norm_gradient_c1) gradient and input have one shape and element
      type.
    - (layer_norm_gradient_c2) the scale has the shape of the input's dimensions
      from `axis` on.

    Rule: `([i..., c...], [i..., c...], [c...]) -> ([i..., c...])  whole = {c}`.
  }];
}

def Dtc_RmsNormGradientOp : Dtc_NormGradientOp<"rms_norm", "an RMS norm"> {
  let description = [{
    `(d - u * mean(d * u)) / root` with `d = gradient * scale` and `u` the input
    divided by its root mean square; all means are over dimensions `axis` and
    above, in f32 or wider.

    Constraints:
    - (rms_norm_gradient_c1) gradient and input have one shape and element type.
    - (rms_norm_gradient_c2) the scale has the shape of the input's dimensions
      from `axis` on.

    Rule: `([i..., c...], [i..., c...], [c...]) -> ([i..., c...])  whole = {c}`.
  }];
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
