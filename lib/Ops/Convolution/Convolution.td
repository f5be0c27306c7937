//===- Convolution.td - Convolutions -----------------------*- tablegen -*-===//

#ifndef DTC_OPS_CONVOLUTION_TD
#define DTC_OPS_CONVOLUTION_TD

include "dtc/IR/DtcOpBase.td"

class Dtc_ConvolutionOpBase<string mnemonic> : Dtc_InferredOp<mnemonic, [
    Dtc_Differentiable, DeclareOpInterfaceMethods<Dtc_LocalizeInterface>]> {
  let arguments = (ins Dtc_FloatTensor:$input, Dtc_FloatTensor:$weight,
                       Optional<Dtc_FloatTensor>:$bias,
                       DenseI64ArrayAttr:$strides, DenseI64ArrayAttr:$dilations,
                       DenseI64ArrayAttr:$padsBegin, DenseI64ArrayAttr:$padsEnd,
                       I64Attr:$groups);
  let results = (outs Dtc_FloatTensor:$result);
  let hasVerifier = 1;
}

def Dtc_ConvolutionOp : Dtc_ConvolutionOpBase<"convolution"> {
  let summary = "1-D to 3-D convolution";
  let description = [{
    Input `[n, c, spatial...]`, weight `[o, c / groups, kernel...]`, bias `[o]`.
    `padsBegin` and `padsEnd` add zeros around each spatial dimension.

    Rule: `([n, c, s...], [o, c, k...], [o]) -> ([n, o, s...])
    contract = {c: sum} whole = {k} window = {s}`.

    Where groups are split, a rank's local form has its own groups only; where a
    spatial dimension is, the padding that its own windows reach.
  }];
}

def Dtc_TransposedConvolutionOp : Dtc_ConvolutionOpBase<"transposed_convolution"> {
  let summary = "1-D to 3-D transposed convolution";
  let description = [{
    Input `[n, c, spatial...]`, weight `[c, o / groups, kernel...]`, bias `[o]`.
    Input position `i` adds its multiples of the kernel to the result from
    position `i * stride - padsBegin` on, in steps of `dilations`. `padsEnd`
    is what is cut off at the end; where one of the two is negative, the result
    has that much more, which no input reaches.

    Rule: `([n, c, s...], [c, o, k...], [o]) -> ([n, o, s...])
    contract = {c: sum} whole = {k} window = {s}`.
  }];
}

def Dtc_ConvolutionWeightGradientOp : Dtc_InferredOp<"convolution_weight_gradient", [
    DeclareOpInterfaceMethods<Dtc_LocalizeInterface>]> {
  let summary = "the gradient of a convolution's weight";
  let description = [{
    Of the convolution of `input` `[n, c, spatial...]` whose result has the
    gradient `gradient` `[n, o, positions...]`: the weight element
    `[o, c / groups, k...]` has the sum, over batch and positions, of the
    gradient times the input element that the convolution joins to it. With input
    and gradient in each other's place it is that of a transposed convolution.

    Constraints:
    - (convolution_weight_gradient_c1) both operands have one rank from 3 to 5,
      one batch size and one element type.
    - (convolution_weight_gradient_c2) `groups` divides the channels of both.
    - (convolution_weight_gradient_c3) a kernel of extents `kernel` has the
      gradient's positions in the padded input.

    Rule: `([n, c, s...], [n, o, s...]) -> ([o, c, k...])
    contract = {n: sum, s: sum}`, the input read by windows of `s`.
  }];
  let arguments = (ins Dtc_FloatTensor:$input, Dtc_FloatTensor:$gradient,
                       DenseI64ArrayAttr:$strides, DenseI64ArrayAttr:$dilations,
                       DenseI64ArrayAttr:$padsBegin, DenseI64ArrayAttr:$padsEnd,
                       DenseI64ArrayAttr:$kernel, I64Attr:$groups);
  let results = (outs Dtc_FloatTensor:$result);
}

#endif // DTC_OPS_CONVOLUTION_TD
