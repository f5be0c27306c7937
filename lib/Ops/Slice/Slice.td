//===- Slice.td - Parts and joins of tensors ---------------*- tablegen -*-===//

#ifndef DTC_OPS_SLICE_TD
#define DTC_OPS_SLICE_TD

include "dtc/IR/DtcOpBase.td"

def Dtc_SliceOp : Dtc_InferredOp<"slice", [Dtc_Differentiable]> {
  let summary = "a strided part of some dimensions";
  let description = [{
    For each of `axes`: `sizes` elements from `starts` in steps of `steps`
    (negative steps walk backwards). Dimensions not named stay whole, so the op
    localises unchanged when only those are split.

    Rule: named dimensions are whole.
  }];
  let arguments = (ins Dtc_Tensor:$input, DenseI64ArrayAttr:$axes,
                       DenseI64ArrayAttr:$starts, DenseI64ArrayAttr:$sizes,
                       DenseI64ArrayAttr:$steps);
  let results = (outs Dtc_Tensor:$result);
  let hasVerifier = 1;
}

def Dtc_SplitOp : Dtc_InferredOp<"split", [Dtc_Differentiable]> {
  let summary = "consecutive parts of one dimension";
  let arguments = (ins Dtc_Tensor:$input, I64Attr:$axis, DenseI64ArrayAttr:$sizes);
  let results = (outs Variadic<Dtc_Tensor>:$parts);
  let hasVerifier = 1;
}

def Dtc_ConcatOp : Dtc_InferredOp<"concat", [Dtc_Differentiable]> {
  let summary = "tensors one after the other along an axis";
  let arguments = (ins Variadic<Dtc_Tensor>:$inputs, I64Attr:$axis);
  let results = (outs Dtc_Tensor:$result);
  let hasVerifier = 1;
}

def Dtc_PadOp : Dtc_InferredOp<"pad", [Dtc_Differentiable]> {
  let summary = "constant elements around some dimensions";
  let description = [{
    For each of `axes`: `low` elements of `value` before and `high` after.
    Negative counts crop.

    Rule: named dimensions are whole; partial values pass where `value` is 0.
  }];
  let arguments = (ins Dtc_Tensor:$input, DenseI64ArrayAttr:$axes,
                       DenseI64ArrayAttr:$low, DenseI64ArrayAttr:$high,
                       F64Attr:$value);
  let results = (outs Dtc_Tensor:$result);
  let hasVerifier = 1;
}

def Dtc_TriangleOp : Dtc_InferredOp<"triangle", [Dtc_Differentiable]> {
  let summary = "the lower or upper triangle of matrices, zero elsewhere";
  let description = [{
    Keeps `column - row <= diagonal`; with `upper`, `>=`.

    Rule: `([b..., r, c]) -> ([b..., r, c])  whole = {r, c}`.
  }];
  let arguments = (ins Dtc_Tensor:$input, I64Attr:$diagonal, UnitAttr:$upper);
  let results = (outs Dtc_Tensor:$result);
  let hasVerifier = 1;
}

#endif // DTC_OPS_SLICE_TD
