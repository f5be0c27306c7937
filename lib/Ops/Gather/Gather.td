//===- Gather.td - Lookups by index ------------------------*- tablegen -*-===//

#ifndef DTC_OPS_GATHER_TD
#define DTC_OPS_GATHER_TD

include "dtc/IR/DtcOpBase.td"

def Dtc_EmbeddingOp : Dtc_InferredOp<"embedding", [Dtc_Differentiable,
    
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

def Dtc_EmbeddingRenormOp : Dtc_Op<"embedding_renorm", [Pure,
    DeclareOpInterfaceMethods<Dtc_EvaluateInterface>,
    DeclareOpInterfaceMethods<Dtc_UnplacedInterface>]> {
  let summary = "a table with the rows that are looked up scaled to a norm";
  let description = [{
    A lookup with `max_norm` first scales each row that `indices` names and
    whose 2-norm is above `maxNorm` to that norm. It changes the table that a
    rank may hold a part of only, and has no sharding strategy: propagation
    refuses it.

    Constraints:
    - (embedding_renorm_c1) the table has rank 2; the result is of its type.
    - (embedding_renorm_c2) `maxNorm` is above 0.
  }];
  let arguments = (ins Dtc_FloatTensor:$weight, Dtc_IntTensor:$indices,
                       F64Attr:$maxNorm);
  let results = (outs Dtc_FloatTensor:$result);
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
}

def Dtc_EmbeddingGradientOp : Dtc_InferredOp<"embedding_gradient", [
    DeclareOpInterfaceMethods<Dtc_LocalizeInterface>]> {
  let summary = "the gradient of a table that rows are looked up in";
  let description = [{
    Row `r` of the `rows` of the result is the sum of the slices of `gradient`
    at the places where `indices` is `r`; negative indices count from the end.

    Where the result's rows are split each rank sums its own: what the gradient
    says of others is left out.

    Constraints:
    - (embedding_gradient_c1) the gradient's shape begins with that of the
      indices.
    - (embedding_gradient_c2) `rows` is 0 or more.

    Rule: `([t..., d...], [t...]) -> ([v, d...])  contract = {t: sum}`, linear in
    the gradient.
  }];
  let arguments = (ins Dtc_FloatTensor:$gradient, Dtc_IntTensor:$indices,
                       I64Attr:$rows);
  let results = (outs Dtc_FloatTensor:$result);
}

def Dtc_GatherOp : Dtc_InferredOp<"gather", [Dtc_Differentiable]> {
  let summary = "slices of one dimension by an index tensor";
  let description = [{
    `result[i..., t..., j...] = data[i..., indices[t...], j...]`; negative
    indices count from the end.
  }];
  let arguments = (ins Dtc_Tensor:$data, Dtc_IntTensor:$indices, I64Attr:$axis);
  let results = (outs Dtc_Tensor:$result);
  let hasVerifier = 1;
}

def Dtc_GatherElementsOp : Dtc_InferredOp<"gather_elements", [Dtc_Differentiable,
    
    DeclareOpInterfaceMethods<Dtc_LocalizeInterface>]> {
  let summary = "elements along an axis by an index of the result's shape";
  let description = [{
    The element at `p` is that of `data` at `p` with `p[axis]` replaced by
    `indices[p]`; negative indices count from the end.

    Where each line takes one element only, the axis of `data` may be split:
    each rank contributes zero for the elements of others, a masked partial
    result. When localised the op then carries `offset`: element `e` of the
    local axis is element `offset + e` of `total`, and indices outside give
    zero.

    Rule: `([i..., v], [i..., t]) -> ([i..., t])  whole = {v}`, or
    `lookup = {v}` where `t` has size 1.
  }];
  let arguments = (ins Dtc_Tensor:$data, Dtc_IntTensor:$indices, I64Attr:$axis,
                       OptionalAttr<I64Attr>:$offset,
                       OptionalAttr<I64Attr>:$total);
  let results = (outs Dtc_Tensor:$result);
  let hasVerifier = 1;
}

def Dtc_GatherNdOp : Dtc_InferredOp<"gather_nd", [Dtc_Differentiable]> {
  let summary = "slices by index tuples";
  let description = [{ The last dimension of `indices` addresses the dimensions of `data` after `batchDims`. }];
  let arguments = (ins Dtc_Tensor:$data, Dtc_IntTensor:$indices, I64Attr:$batchDims);
  let results = (outs Dtc_Tensor:$result);
}

#endif // DTC_OPS_GATHER_TD
