//===- Scatter.td - Updates by index -----------------------*- tablegen -*-===//

#ifndef DTC_OPS_SCATTER_TD
#define DTC_OPS_SCATTER_TD

include "dtc/IR/DtcOpBase.td"

class Dtc_UpdateOp<string mnemonic, dag placeArguments>
    : Dtc_InferredOp<mnemonic, [Dtc_Differentiable]> {
  let arguments = !con((ins Dtc_Tensor:$data, Dtc_IntTensor:$indices,
                            Dtc_Tensor:$updates),
                       placeArguments,
                       (ins OptionalAttr<Dtc_ReduceKind>:$combine));
  let results = (outs Dtc_Tensor:$result);
  let hasVerifier = 1;
}

def Dtc_ScatterElementsOp
    : Dtc_UpdateOp<"scatter_elements", (ins I64Attr:$axis)> {
  let summary = "elements written at places along an axis";
  let description = [{
    The result is `data`, but for every position `p` of `indices`: the element
    at `p` with `p[axis]` replaced by `indices[p]` becomes `updates[p]`, or that
    joined with what is there by `combine` (sum, product, max, min). Negative
    indices count from the end; an index out of range is an error. Updates of
    one place are applied in row-major order; a NaN wins in maxima and minima;
    bools are joined by "or" (sum, max) and "and" (product, min).

    Rule: `([i..., x], [i..., t], [i..., t]) -> ([i..., x])  whole = {x, t}`;
    dimensions in which `indices` is smaller than `data` are whole too. Partial
    sums pass without `combine`, when both are partial, and through sums.
  }];
}

def Dtc_ScatterNdOp : Dtc_UpdateOp<"scatter_nd", (ins)> {
  let summary = "slices written at index tuples";
  let description = [{
    The last dimension of `indices` addresses the leading dimensions of `data`;
    `updates` has a slice for each tuple. As `dtc.scatter_elements` otherwise.

    Rule: `([x..., s...], [t..., n], [t..., s...]) -> ([x..., s...])
    whole = {x, t, n}`.
  }];
}

#endif // DTC_OPS_SCATTER_TD
