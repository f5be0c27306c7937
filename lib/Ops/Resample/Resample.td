//===- Resample.td - Weighted sums of known positions ------*- tablegen -*-===//

#ifndef DTC_OPS_RESAMPLE_TD
#define DTC_OPS_RESAMPLE_TD

include "dtc/IR/DtcOpBase.td"

def Dtc_ResampleOp : Dtc_InferredOp<"resample", [Dtc_Differentiable,
    DeclareOpInterfaceMethods<Dtc_LocalizeInterface>,
    DeclareOpInterfaceMethods<Dtc_ExpandInterface>]> {
  let summary = "weighted sums of known positions of a dimension";
  let description = [{
    Result position p of `axis` is the sum of its taps: for t below `taps`,
    `weights[p * taps + t]` times the input at `positions[p * taps + t]`.
    Without `weights` there is one tap, and elements are copied. One dimension
    of an interpolation.

    ```mlir
    %r = dtc.resample %x {axis = 1 : i64, taps = 1 : i64, positions = array<i64: 0, 0, 1, 1>}
        : (tensor<3x2xi32>) -> tensor<3x4xi32>
    ```

    Constraints:
    - (resample_c1) `axis` is 0 or more, and below the rank of the input.
    - (resample_c2) `taps` is 1 or more, and `positions` has that many for each
      result position, all within the dimension.
    - (resample_c3) `weights` are as many as positions, and the elements are
      floats; without weights `taps` is 1.

    Rule: `([i..., s, j...]) -> ([i..., s, j...])  window = {s}`, linear. The
    window of a result position is the narrowest that goes along evenly and
    holds its taps.
  }];
  let arguments = (ins Dtc_Tensor:$input, I64Attr:$axis, I64Attr:$taps,
                       DenseI64ArrayAttr:$positions,
                       OptionalAttr<DenseF64ArrayAttr>:$weights);
  let results = (outs Dtc_Tensor:$result);
  let hasVerifier = 1;
}

#endif // DTC_OPS_RESAMPLE_TD
