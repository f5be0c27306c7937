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

#endif // DTC_OPS_POOLING_TD
