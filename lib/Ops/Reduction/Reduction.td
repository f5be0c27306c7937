//===- Reduction.td - Reductions over dimensions -----------*- tablegen -*-===//

#ifndef DTC_OPS_REDUCTION_TD
#define DTC_OPS_REDUCTION_TD

include "dtc/IR/DtcOpBase.td"

class Dtc_ReductionOp<string mnemonic, string what, list<Trait> traits = []>
    : Dtc_InferredOp<mnemonic, !listconcat([Dtc_Differentiable], traits)> {
  let summary = what # " over dimensions";
  let description = [{
    `dims` are sorted and count from the front; with `keepDims` they stay with
    size 1.

    Rule: `([i..., c...]) -> ([i...])  contract = {c}` where pieces combine,
    else `whole = {c}`. The root of a sum of squares over a split dimension
    becomes the root of a completed sum.
  }];
  let arguments = (ins Dtc_Tensor:$input, DenseI64ArrayAttr:$dims,
                       UnitAttr:$keepDims);
  let results = (outs Dtc_Tensor:$result);
  let hasVerifier = 1;
}

def Dtc_ReduceSumOp : Dtc_ReductionOp<"reduce_sum", "sum">;
def Dtc_ReduceMeanOp : Dtc_ReductionOp<"reduce_mean", "mean">;
def Dtc_ReduceMaxOp : Dtc_ReductionOp<"reduce_max", "maximum">;
def Dtc_ReduceMinOp : Dtc_ReductionOp<"reduce_min", "minimum">;
def Dtc_ReduceProdOp : Dtc_ReductionOp<"reduce_prod", "product">;
def Dtc_ReduceL1Op : Dtc_ReductionOp<"reduce_l1", "sum of absolute values">;
def Dtc_ReduceL2Op : Dtc_ReductionOp<"reduce_l2", "root of the sum of squares",
    [DeclareOpInterfaceMethods<Dtc_SplitFormInterface>]>;
def Dtc_ReduceSumSquareOp : Dtc_ReductionOp<"reduce_sum_square", "sum of squares">;
def Dtc_ReduceLogSumExpOp : Dtc_ReductionOp<"reduce_log_sum_exp", "logarithm of the sum of exponentials">;

class Dtc_VarianceOp<string mnemonic, string what>
    : Dtc_InferredOp<mnemonic, [Dtc_Differentiable]> {
  let summary = what # " over dimensions";
  let description = [{
    The sum of squared distances from the mean, over the number of elements less
    `correction` (over 0 where that is negative). `dims` and `keepDims` as in
    `dtc.reduce_sum`.

    Rule: `([i..., c...]) -> ([i...])  whole = {c}`.
  }];
  let arguments = (ins Dtc_FloatTensor:$input, DenseI64ArrayAttr:$dims,
                       I64Attr:$correction, UnitAttr:$keepDims);
  let results = (outs Dtc_FloatTensor:$result);
  let hasVerifier = 1;
}

def Dtc_ReduceVarOp : Dtc_VarianceOp<"reduce_var", "variance">;
def Dtc_ReduceStdOp : Dtc_VarianceOp<"reduce_std", "standard deviation">;

class Dtc_ArgReductionOp<string mnemonic, string what>
    : Dtc_InferredOp<mnemonic, [DeclareOpInterfaceMethods<Dtc_SplitFormInterface>]> {
  let summary = what # " along an axis";
  let description = [{
    Results are i64; of equal elements the first counts, with `lastIndex` the
    last. Not-a-number counts as more than all numbers, and as less.

    Rule: `([i..., c]) -> ([i...])  whole = {c}`. Where `c` is split, the op
    becomes the extreme of all pieces, and the first of the positions that have
    it: a value that is partial of kind `min` (of kind `max` with `lastIndex`).
  }];
  let arguments = (ins Dtc_Tensor:$input, I64Attr:$axis, UnitAttr:$keepDims,
                       UnitAttr:$lastIndex);
  let results = (outs Dtc_IntTensor:$result);
  let hasVerifier = 1;
}

def Dtc_ArgMaxOp : Dtc_ArgReductionOp<"arg_max", "index of the largest element">;
def Dtc_ArgMinOp : Dtc_ArgReductionOp<"arg_min", "index of the smallest element">;

class Dtc_RunningOp<string mnemonic, string what, list<Trait> traits = []>
    : Dtc_InferredOp<mnemonic, traits> {
  let summary = what # " along an axis";
  let description = [{
    Each element joined with all before it, with `exclusive` those before it
    alone; `reverse` walks from the end.

    Rule: `([i..., c]) -> ([i..., c])  whole = {c}`.
  }];
  let arguments = (ins Dtc_Tensor:$input, I64Attr:$axis, UnitAttr:$exclusive,
                       UnitAttr:$reverse);
  let results = (outs Dtc_Tensor:$result);
  let hasVerifier = 1;
}

def Dtc_CumSumOp : Dtc_RunningOp<"cum_sum", "running sum", [Dtc_Differentiable]>;
def Dtc_CumProdOp : Dtc_RunningOp<"cum_prod", "running product", [Dtc_Differentiable]>;

#endif // DTC_OPS_REDUCTION_TD
