//===- Softmax.td - Softmax and its logarithm --------------*- tablegen -*-===//

#ifndef DTC_OPS_SOFTMAX_TD
#define DTC_OPS_SOFTMAX_TD

include "dtc/IR/DtcOpBase.td"

class Dtc_SoftmaxLikeOp<string mnemonic, string what>
    : Dtc_InferredOp<mnemonic, [Dtc_Differentiable]> {
  let summary = what;
  let description = [{
    Rule: `([i..., c]) -> ([i..., c])  whole = {c}` with `c` at `axis`, which
    counts from the front.
  }];
  let arguments = (ins Dtc_FloatTensor:$input, I64Attr:$axis);
  let results = (outs Dtc_FloatTensor:$result);
  let hasVerifier = 1;
}

def Dtc_SoftmaxOp : Dtc_SoftmaxLikeOp<"softmax", "normalised exponentials along an axis">;
def Dtc_LogSoftmaxOp : Dtc_SoftmaxLikeOp<"log_softmax", "logarithm of the softmax along an axis">;

#endif // DTC_OPS_SOFTMAX_TD
