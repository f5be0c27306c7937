//===- Shape.td - Ops that only rename indices -------------*- tablegen -*-===//

#ifndef DTC_OPS_SHAPE_TD
#define DTC_OPS_SHAPE_TD

include "dtc/IR/DtcOpBase.td"

def Dtc_ReshapeOp : Dtc_TensorOp<"reshape"> {
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

def Dtc_TransposeOp : Dtc_InferredOp<"transpose"> {
  let summary = "a permutation of the dimensions";
  let description = [{ Result dimension `i` is operand dimension `permutation[i]`. }];
  let arguments = (ins Dtc_Tensor:$input, DenseI64ArrayAttr:$permutation);
  let results = (outs Dtc_Tensor:$result);
  let hasVerifier = 1;
  let hasFolder = 1;
}

def Dtc_BroadcastOp : Dtc_TensorOp<"broadcast"> {
  let summary = "repetition of size-1 or missing leading dimensions";
  let arguments = (ins Dtc_Tensor:$input);
  let results = (outs Dtc_Tensor:$result);
  let hasVerifier = 1;
  let hasFolder = 1;
}

#endif // DTC_OPS_SHAPE_TD
