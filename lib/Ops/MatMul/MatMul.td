//===- MatMul.td - Contractions ----------------------------*- tablegen -*-===//

#ifndef DTC_OPS_MATMUL_TD
#define DTC_OPS_MATMUL_TD

include "dtc/IR/DtcOpBase.td"

def Dtc_MatMulOp : Dtc_InferredOp<"matmul", [Dtc_Differentiable]> {
  let summary = "batched matrix product";
  let description = [{
    Leading dimensions broadcast as in NumPy. The flags transpose the last two
    dimensions of an operand.

    Constraints:
    - (matmul_c1) both operands have rank 2 or more.
    - (matmul_c2) the contracted dimensions are equal.
    - (matmul_c3) the batch dimensions broadcast.

    Rule: `([b..., m, k], [b..., k, n]) -> ([b..., m, n])  contract = {k: sum}`,
    linear in each operand.
  }];
  let arguments = (ins Dtc_Tensor:$lhs, Dtc_Tensor:$rhs,
                       UnitAttr:$transposeLhs, UnitAttr:$transposeRhs);
  let results = (outs Dtc_Tensor:$result);
}

def Dtc_LinearOp : Dtc_InferredOp<"linear", [Dtc_Differentiable]> {
  let summary = "affine map of the last dimension";
  let description = [{
    `input * weight^T + bias`, the weight stored `[out, in]`; with
    `weightInOut` it is stored `[in, out]`.

    Constraints:
    - (linear_c1) the weight has rank 2, the input rank 1 or more.
    - (linear_c2) the input's last dimension is the weight's `in`.
    - (linear_c3) the bias, if any, has one element for each `out`.

    Rule: `([i..., k], [n, k], [n]) -> ([i..., n])  contract = {k: sum}`, the
    bias follows the result.
  }];
  let arguments = (ins Dtc_Tensor:$input, Dtc_Tensor:$weight,
                       Optional<Dtc_Tensor>:$bias, UnitAttr:$weightInOut);
  let results = (outs Dtc_Tensor:$result);
}

def Dtc_LinearWeightGradientOp : Dtc_InferredOp<"linear_weight_gradient"> {
  let summary = "the gradient of an affine map's weight";
  let description = [{
    `gradient^T * input`, summed over all leading dimensions: `[out, in]`, with
    `weightInOut` `[in, out]`.

    Constraints:
    - (linear_weight_gradient_c1) both operands have rank 1 or more, the same
      leading dimensions and one element type.

    Rule: `([i..., n], [i..., k]) -> ([n, k])  contract = {i: sum}`, linear in
    each operand.
  }];
  let arguments = (ins Dtc_Tensor:$gradient, Dtc_Tensor:$input,
                       UnitAttr:$weightInOut);
  let results = (outs Dtc_Tensor:$result);
}

#endif // DTC_OPS_MATMUL_TD
