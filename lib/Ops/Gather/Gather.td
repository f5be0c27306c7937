//===- Gather.td - Lookups by index ------------------------*- tablegen -*-===//

#ifndef DTC_OPS_GATHER_TD
#define DTC_OPS_GATHER_TD

include "dtc/IR/DtcOpBase.td"

def Dtc_EmbeddingOp : Dtc_InferredOp<"embedding", [
    DeclareOpInterfaceMethods<Dtc_LocalizeInterface>]> {
  let summary = "rows of a table";
  let description = [{
    Negative indices count from the end. On a table whose rows are split, each
    rank looks up its own rows and contributes zero for all others: a masked
    partial result.

    When localised over split rows the op carries `rowOffset`: row `r` of the
    local table is row `rowOffset + r` of `totalRows`, and indices outside
    give zero.

    Rule: `([v, d], [t...]) -> ([t..., d])  lookup = {v}`.
  }];
  let arguments = (ins Dtc_Tensor:$weight, Dtc_IntTensor:$indices,
                       OptionalAttr<I64Attr>:$rowOffset,
                       OptionalAttr<I64Attr>:$totalRows);
  let results = (outs Dtc_Tensor:$result);
  let hasVerifier = 1;
}

def Dtc_GatherOp : Dtc_InferredOp<"gather"> {
  let summary = "slices of one dimension by an index tensor";
  let description = [{
    `result[i..., t..., j...] = data[i..., indices[t...], j...]`; negative
    indices count from the end.
  }];
  let arguments = (ins Dtc_Tensor:$data, Dtc_IntTensor:$indices, I64Attr:$axis);
  let results = (outs Dtc_Tensor:$result);
  let hasVerifier = 1;
}

def Dtc_GatherElementsOp : Dtc_InferredOp<"gather_elements"> {
  let summary = "elements along an axis by an index of the result's shape";
  let arguments = (ins Dtc_Tensor:$data, Dtc_IntTensor:$indices, I64Attr:$axis);
  let results = (outs Dtc_Tensor:$result);
  let hasVerifier = 1;
}

def Dtc_GatherNdOp : Dtc_InferredOp<"gather_nd"> {
  let summary = "slices by index tuples";
  let description = [{ The last dimension of `indices` addresses the dimensions of `data` after `batchDims`. }];
  let arguments = (ins Dtc_Tensor:$data, Dtc_IntTensor:$indices, I64Attr:$batchDims);
  let results = (outs Dtc_Tensor:$result);
}

#endif // DTC_OPS_GATHER_TD
