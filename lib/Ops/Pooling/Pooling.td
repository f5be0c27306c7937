//===- Pooling.td - Maxima, sums and means of windows ------*- tablegen -*-===//

#ifndef DTC_OPS_POOLING_TD
#define DTC_OPS_POOLING_TD

include "dtc/IR/DtcOpBase.td"

class Dtc_PoolOp<string mnemonic, string what, Type element,
                 list<Trait> traits = [Dtc_Differentiable]>
    : Dtc_InferredOp<mnemonic, !listconcat([
        DeclareOpInterfaceMethods<Dtc_LocalizeInterface>], traits)> {
  let summary = what # " of the elements in a sliding window";
  code rule = [{
    Input `[n, c, spatial...]` with one to three spatial dimensions. Padding
    holds no elements; every window must hold some of the padded extent.

    Rule: `([n, c, s...]) -> ([n, c, s...])  window = {s}`.
  }];
  let description = rule;
  dag windowArguments = (ins element:$input, DenseI64ArrayAttr:$kernel,
                         DenseI64ArrayAttr:$strides,
                         DenseI64ArrayAttr:$dilations,
                         DenseI64ArrayAttr:$padsBegin,
                         DenseI64ArrayAttr:$padsEnd);
  let arguments = windowArguments;
  let results = (outs element:$result);
}

def Dtc_MaxPoolOp : Dtc_PoolOp<"max_pool", "maximum", Dtc_Tensor> {
  let description = [{ A NaN wins. A window of padding alone gives the lowest value of its type. }] # rule;
}

def Dtc_SumPoolOp : Dtc_PoolOp<"sum_pool", "sum", Dtc_FloatTensor>;

def Dtc_AveragePoolOp : Dtc_PoolOp<"average_pool", "mean", Dtc_FloatTensor> {
  let description = [{
    The sum divided by the number of elements. Of the padding, `countedBegin`
    positions before the input and `countedEnd` after it count as zeros.
  }] # rule;
  let arguments = !con(windowArguments,
                       (ins DenseI64ArrayAttr:$countedBegin,
                            DenseI64ArrayAttr:$countedEnd));
  let hasVerifier = 1;
}

def Dtc_ArgMaxPoolOp : Dtc_PoolOp<"arg_max_pool", "place of the maximum", Dtc_Tensor, []> {
  let description = [{
    The row-major number, in the kernel, of the first element that `max_pool`
    would give, or of the first NaN; 0 where a window holds padding alone.
  }] # rule;
  let results = (outs Dtc_IntTensor:$result);
}

def Dtc_MaxPoolGradientOp : Dtc_InferredOp<"max_pool_gradient", [
    DeclareOpInterfaceMethods<Dtc_LocalizeInterface>]> {
  let summary = "gradients of maxima, summed where the maxima lie";
  let description = [{
    `places` is what `dtc.arg_max_pool` gives for the pool's input, `gradient`
    the gradient of the pool's result, `[n, c, spatial...]`. Each is added to
    the element at its window's place; elements that are no maximum get 0,
    whatever the gradients of their windows are. Windows are as of
    `dtc.transposed_convolution`: the result has
    `strides * (extent - 1) + dilations * (kernel - 1) + 1` positions in a
    dimension, less `padsBegin` and `padsEnd`, which may be negative.

    Constraints:
    - (max_pool_gradient_c1) `places` is an i64 tensor of the gradient's shape;
      numbers that no element of the kernel has are no place.

    Rule: `([n, c, s...], [n, c, s...]) -> ([n, c, s...])  window = {s}`, linear
    in the gradient.
  }];
  let arguments = (ins Dtc_FloatTensor:$gradient, Dtc_IntTensor:$places,
                       DenseI64ArrayAttr:$kernel, DenseI64ArrayAttr:$strides,
                       DenseI64ArrayAttr:$dilations,
                       DenseI64ArrayAttr:$padsBegin,
                       DenseI64ArrayAttr:$padsEnd);
  let results = (outs Dtc_FloatTensor:$result);
}

#endif // DTC_OPS_POOLING_TD
