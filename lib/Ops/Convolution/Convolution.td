//===- Convolution.td - Convolutions -----------------------*- tablegen -*-===//

#ifndef DTC_OPS_CONVOLUTION_TD
#define DTC_OPS_CONVOLUTION_TD

include "dtc/IR/DtcOpBase.td"

def Dtc_ConvolutionOp : Dtc_InferredOp<"convolution", [
    DeclareOpInterfaceMethods<Dtc_LocalizeInterface>]> {
  let summary = "1-D to 3-D convolution";
  let description = [{
    Input `[n, c, spatial...]`, weight `[o, c / groups, kernel...]`, bias `[o]`.
    `padsBegin` and `padsEnd` add zeros around each spatial dimension.

    Rule: `([n, c, s...], [o, c, k...], [o]) -> ([n, o, s...])
    contract = {c: sum} window = {s}`.

    Where groups are split, a rank's local form has its own groups only.
  }];
  let arguments = (ins Dtc_FloatTensor:$input, Dtc_FloatTensor:$weight,
                       Optional<Dtc_FloatTensor>:$bias,
                       DenseI64ArrayAttr:$strides, DenseI64ArrayAttr:$dilations,
                       DenseI64ArrayAttr:$padsBegin, DenseI64ArrayAttr:$padsEnd,
                       I64Attr:$groups);
  let results = (outs Dtc_FloatTensor:$result);
  let hasVerifier = 1;
}

#endif // DTC_OPS_CONVOLUTION_TD
