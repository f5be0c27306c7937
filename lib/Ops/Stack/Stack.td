//===- Stack.td - Joins and parts along a new dimension ----*- tablegen -*-===//

#ifndef DTC_OPS_STACK_TD
#define DTC_OPS_STACK_TD

include "dtc/IR/DtcOpBase.td"

def Dtc_StackOp : Dtc_InferredOp<"stack", [Dtc_Differentiable]> {
  let summary = "tensors of one shape along a new dimension";
  let description = [{
    Result dimension `axis` counts the operands.

    Constraints:
    - (stack_c1) there is an operand, and all have one shape and element type.
    - (stack_c2) `axis` is 0 or more, and at most the rank of the operands.

    Rule: `([i...], ...) -> ([i..., n, j...])`. Operands merge: a split beats a
    partial value, both beat replicated, and a conflict replicates.
  }];
  let arguments = (ins Variadic<Dtc_Tensor>:$inputs, I64Attr:$axis);
  let results = (outs Dtc_Tensor:$result);
  let hasVerifier = 1;
}

def Dtc_UnbindOp : Dtc_InferredOp<"unbind", [Dtc_Differentiable]> {
  let summary = "the slices of one dimension";
  let description = [{
    One result for each index of `axis`, without that dimension. A view: a split
    of `axis` is refused rather than gathered.

    Constraints:
    - (unbind_c1) `axis` is 0 or more, and below the rank of the operand.

    Rule: `([i..., c, j...]) -> ([i..., j...], ...)  whole = {c}`.
  }];
  let arguments = (ins Dtc_Tensor:$input, I64Attr:$axis);
  let results = (outs Variadic<Dtc_Tensor>:$slices);
  let hasVerifier = 1;
}

#endif // DTC_OPS_STACK_TD
