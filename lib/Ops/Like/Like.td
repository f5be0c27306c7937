//===- Like.td - Values placed or shaped like another ------*- tablegen -*-===//

#ifndef DTC_OPS_LIKE_TD
#define DTC_OPS_LIKE_TD

include "dtc/IR/DtcOpBase.td"

def Dtc_PlaceLikeOp : Dtc_InferredOp<"place_like", [Dtc_Differentiable]> {
  let summary = "a value placed as another is";
  let description = [{
    The result is `input`; of `target` only the placement is used. Dimensions
    that `input` repeats in the shape of `target` stay whole. Where the target
    is partial, the result is replicated.

    With `inPlace` the value is stored over the target, which must stay placed
    as it is: a partial sum or average of the target keeps its kind, and what
    can not be brought to the target's placement is refused.

    An op with an output argument is the op on operands placed like it:

    ```mlir
    %placed = dtc.place_like %x, %out : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8xf32>
    %sum = dtc.add %placed, %three : (tensor<8x8xf32>, tensor<f32>) -> tensor<8x8xf32>
    ```

    Constraints:
    - (place_like_c1) `input` broadcasts to the shape of `target`; with
      `inPlace` it has that shape.

    Rule: `([i...], [i...]) -> ([i...])`, follows operand 1, which is not read.
  }];
  let arguments = (ins Dtc_Tensor:$input, Dtc_Tensor:$target, UnitAttr:$inPlace);
  let results = (outs Dtc_Tensor:$result);
  let hasVerifier = 1;
}

def Dtc_FillLikeOp : Dtc_InferredOp<"fill_like", [Dtc_Differentiable,
    DeclareOpInterfaceMethods<Dtc_LocalizeInterface>]> {
  let summary = "one value in the shape and placement of another tensor";
  let description = [{
    Every element is `value`; the operand is not read. Where the operand is
    partial, the result is replicated.

    With `inPlace` the value is stored over the operand, which stays placed as
    it is, also where it is partial: along an axis whose pieces are added or
    multiplied the first rank holds the value, and the others 0 or 1.

    Constraints:
    - (fill_like_c1) `value` is one of the element type's.

    Rule: `([i...]) -> ([i...])`, the operand is not read.
  }];
  let arguments = (ins Dtc_Tensor:$input, F64Attr:$value, UnitAttr:$inPlace);
  let results = (outs Dtc_Tensor:$result);
  let hasVerifier = 1;
}

#endif // DTC_OPS_LIKE_TD
