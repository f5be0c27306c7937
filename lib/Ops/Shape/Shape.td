//===- Shape.td - Ops that only rename indices -------------*- tablegen -*-===//

#ifndef DTC_OPS_SHAPE_TD
#define DTC_OPS_SHAPE_TD

include "dtc/IR/DtcOpBase.td"

def Dtc_ReshapeOp : Dtc_TensorOp<"reshape", [Dtc_Differentiable]> {
  let summary = "the same elements in row-major order with another shape";
  let description = [{
    Splits and merges of dimensions map factors through; a placement that would
    need communication makes propagation redistribute the operand first.
  }];
  let arguments = (ins Dtc_Tensor:$input);
  let results = (outs Dtc_Tensor:$result);
  let hasVerifier = 1;
  let hasFolder = 1;
  let hasCanonicalizer = 1;
}

def Dtc_ViewOp : Dtc_TensorOp<"view", [Dtc_Differentiable]> {
  let summary = "a reshape that refuses to communicate";
  let description = [{
    The same elements as `dtc.reshape` has, but a placement that the new shape
    can not express is an error of propagation, as it is for a view in eager
    programs: redistribute the operand first.

    ```mlir
    %rows = dtc.view %x : (tensor<8x8xf32>) -> tensor<4x2x8xf32>
    ```

    Constraints:
    - (view_c1) operand and result have one size and one element type.

    Rule: that of `dtc.reshape`, strict.
  }];
  let arguments = (ins Dtc_Tensor:$input);
  let results = (outs Dtc_Tensor:$result);
  let hasVerifier = 1;
}

def Dtc_TransposeOp : Dtc_InferredOp<"transpose", [Dtc_Differentiable]> {
  let summary = "a permutation of the dimensions";
  let description = [{ Result dimension `i` is operand dimension `permutation[i]`. }];
  let arguments = (ins Dtc_Tensor:$input, DenseI64ArrayAttr:$permutation);
  let results = (outs Dtc_Tensor:$result);
  let hasVerifier = 1;
  let hasFolder = 1;
}

def Dtc_BroadcastOp : Dtc_TensorOp<"broadcast", [Dtc_Differentiable]> {
  let summary = "repetition of size-1 or missing leading dimensions";
  let arguments = (ins Dtc_Tensor:$input);
  let results = (outs Dtc_Tensor:$result);
  let hasVerifier = 1;
  let hasFolder = 1;
}

#endif // DTC_OPS_SHAPE_TD
