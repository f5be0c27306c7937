//===- Random.td - Random numbers and dropout --------------*- tablegen -*-===//

#ifndef DTC_OPS_RANDOM_TD
#define DTC_OPS_RANDOM_TD

include "dtc/IR/DtcOpBase.td"

def Dtc_RandomBitsOp : Dtc_TensorOp<"random_bits", [
    Dtc_RandomInterface,
    DeclareOpInterfaceMethods<Dtc_LocalizeInterface>]> {
  let summary = "32 random bits for each element";
  let description = [{
    Element `i`, counted row-major in the global tensor of shape `extents`, is
    the first word of Philox4x32-10 with the counter (low and high word of `i`,
    low word of `stream`, high word of `stream` plus `step`) and the key `seed`.
    So the numbers are the same on every mesh; without a step, or with step 0,
    they are the same each time.

    When localised, `begins` is where the local piece begins.

    Constraints:
    - (random_bits_c1) the result has elements of type u32.
    - (random_bits_c2) the result is the piece of `extents` at `begins`, or all.
    - (random_bits_c3) `step` is one i64.

    Rule: `([]) -> ([i...])`: any placement but partial is legal.
  }];
  let arguments = (ins Optional<Dtc_IntTensor>:$step, I64Attr:$seed,
                       DefaultValuedAttr<I64Attr, "0">:$stream,
                       DenseI64ArrayAttr:$extents,
                       OptionalAttr<DenseI64ArrayAttr>:$begins);
  let results = (outs Dtc_IntTensor:$result);
  let hasVerifier = 1;
}

def Dtc_DropoutOp : Dtc_InferredOp<"dropout", [Dtc_Differentiable,
    Dtc_RandomInterface,
    DeclareOpInterfaceMethods<Dtc_LocalizeInterface>]> {
  let summary = "elements kept at random and scaled";
  let description = [{
    The mask is true where the number that `dtc.random_bits` has for the element
    and the step is `ratio * 2^32` or more; there the result is
    `input / (1 - ratio)`, elsewhere 0. A training step gives every random op
    the number of the step (`--dtc-differentiate`). A model that is not trained
    has no dropout: importers leave it out. Partial operands are refused, as the
    mask belongs to the sum.

    When localised, `begins` is where the local piece of the global tensor of
    shape `extents` begins.

    Constraints:
    - (dropout_c1) `ratio` is in [0, 1].
    - (dropout_c2) `begins` and `extents` come together, and the input is the
      piece of `extents` at `begins`.
    - (dropout_c3) `step` is one i64.

    Rule: `([i...], []) -> ([i...], [i...])`, refuses partial.
  }];
  let arguments = (ins Dtc_FloatTensor:$input, Optional<Dtc_IntTensor>:$step,
                       F64Attr:$ratio, I64Attr:$seed,
                       OptionalAttr<DenseI64ArrayAttr>:$extents,
                       OptionalAttr<DenseI64ArrayAttr>:$begins);
  let results = (outs Dtc_FloatTensor:$result, Dtc_BoolTensor:$mask);
  let hasVerifier = 1;
}

def Dtc_DropoutBackwardOp : Dtc_InferredOp<"dropout_backward"> {
  let summary = "gradient through a dropout";
  let description = [{
    `scale * gradient` where the mask is true, elsewhere 0.

    Rule: `([i...], [i...]) -> ([i...])`, linear in the gradient.
  }];
  let arguments = (ins Dtc_FloatTensor:$gradient, Dtc_BoolTensor:$mask,
                       F64Attr:$scale);
  let results = (outs Dtc_FloatTensor:$result);
}

#endif // DTC_OPS_RANDOM_TD
