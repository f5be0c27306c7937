//===- Sort.td - Orders along an axis ----------------------*- tablegen -*-===//

#ifndef DTC_OPS_SORT_TD
#define DTC_OPS_SORT_TD

include "dtc/IR/DtcOpBase.td"

def Dtc_SortOp : Dtc_InferredOp<"sort", [Dtc_Differentiable]> {
  let summary = "elements in order along an axis, and where they were";
  let description = [{
    Ascending, or `descending`. Equal elements stay in their order; a NaN is
    larger than every number. `indices` are i64.

    Rule: `([i..., c]) -> ([i..., c], [i..., c])  whole = {c}`.
  }];
  let arguments = (ins Dtc_Tensor:$input, I64Attr:$axis, UnitAttr:$descending);
  let results = (outs Dtc_Tensor:$values, Dtc_IntTensor:$indices);
  let hasVerifier = 1;
}

def Dtc_TopKOp : Dtc_InferredOp<"top_k", [Dtc_Differentiable]> {
  let summary = "the largest elements along an axis, and where they were";
  let description = [{
    The first `k` of the elements in descending order, or in ascending order
    with `smallest`, as `dtc.sort` orders them.

    Rule: `([i..., c]) -> ([i..., c], [i..., c])  whole = {c}`.
  }];
  let arguments = (ins Dtc_Tensor:$input, I64Attr:$axis, I64Attr:$k,
                       UnitAttr:$smallest);
  let results = (outs Dtc_Tensor:$values, Dtc_IntTensor:$indices);
  let hasVerifier = 1;
}

#endif // DTC_OPS_SORT_TD
