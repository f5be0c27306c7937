//===- Attention.td - Scaled dot-product attention ---------*- tablegen -*-===//

#ifndef DTC_OPS_ATTENTION_TD
#define DTC_OPS_ATTENTION_TD

include "dtc/IR/DtcOpBase.td"

def Dtc_AttentionOp : Dtc_InferredOp<"attention", [Dtc_Differentiable,
    DeclareOpInterfaceMethods<Dtc_LocalizeInterface>,
    DeclareOpInterfaceMethods<Dtc_SplitFormInterface>,
    DeclareOpInterfaceMethods<Dtc_ExpandInterface>]> {
  let summary = "values weighted by how queries match keys";
  let description = [{
    `softmax(cap(scale query key^T) + mask) value` for each head: `query` is
    `[b..., h, s, d]`, `key` `[b..., k, t, d]` and `value` `[b..., k, t, e]`,
    the result `[b..., h, s, e]`. Each key head serves a group of `h / k`
    consecutive query heads. `cap(x)` is `softcap tanh(x / softcap)`, or x
    without `softcap`. Scores and weights are rounded to the element type.

    `mask` broadcasts to `[b..., h, s, t]`: numbers are added, and where a bool
    is false nothing is seen. The place of query i is key i: with `before` it
    sees no key below `i - before`, with `after` none above `i + after`;
    `after = 0` is causal. A query that may see no key, or none but with minus
    infinity, gets zeros.

    With `keepsSums` the second result is the logarithm of the sum of the
    exponentials of each query's scores, `[b..., h, s, 1]` in f32: of those that
    it sees, or of all where it sees nothing. The gradient reads it.

    When localised over split queries, `before` and `after` count from the
    piece's own rows.

    ```mlir
    %r = dtc.attention %q, %k, %v {scale = 0.5 : f64, after = 0 : i64}
        : (tensor<2x4x6x8xf32>, tensor<2x2x6x8xf32>, tensor<2x2x6x8xf32>) -> tensor<2x4x6x8xf32>
    ```

    Constraints:
    - (attention_c1) the operands but the mask have one rank of 3 or more, one
      element type, and the same batch dimensions.
    - (attention_c2) key and value have the same heads and length, query and key
      the same depth.
    - (attention_c3) the query's heads are a multiple of the key's.
    - (attention_c4) the mask is of bools or of the operands' type, and
      broadcasts to the scores.
    - (attention_c5) `softcap` is above 0, and a finite number other than 0 in
      the element type.
    - (attention_c6) `before` and `after` lie between -2^40 and 2^40.
    - (attention_c7) with `before` or `after`, there are at most 2^22 queries
      and keys.
    - (attention_c8) the scores are less than 2^44 elements.
    - (attention_c9) with `keepsSums` there is a key.

    Rule: `([b..., k*g, s, d], [b..., k, t, d], [b..., k, t, e]) -> ([b...,
    k*g, s, e])  whole = {t, d}`, linear in the value; the sums are `[b..., k*g,
    s, 1]`, and with them it is not linear. Query heads that are split otherwise
    than by whole groups take repeated keys and values.
  }];
  let arguments = (ins Dtc_FloatTensor:$query, Dtc_FloatTensor:$key,
                       Dtc_FloatTensor:$value, Optional<Dtc_Tensor>:$mask,
                       F64Attr:$scale, OptionalAttr<F64Attr>:$softcap,
                       OptionalAttr<I64Attr>:$before,
                       OptionalAttr<I64Attr>:$after, UnitAttr:$keepsSums);
  let results = (outs Dtc_FloatTensor:$result,
                      Optional<Dtc_FloatTensor>:$sums);
  let hasVerifier = 1;
}

def Dtc_AttentionGradientOp : Dtc_InferredOp<"attention_gradient", [
    DeclareOpInterfaceMethods<Dtc_LocalizeInterface>,
    DeclareOpInterfaceMethods<Dtc_SplitFormInterface>,
    DeclareOpInterfaceMethods<Dtc_ExpandInterface>]> {
  let summary = "the gradients of attention's query, key and value";
  let description = [{
    Those of `dtc.attention` without `softcap`, by the gradient of its result.
    `output` and `sums` are what it gave for these operands: a target's library
    starts from them, others compute the weights again.

    Differentiation makes it where the target's library computes it; else the
    gradient is made of other ops.

    When localised over split queries, `before` and `after` count from the
    piece's own rows.

    ```mlir
    %dq, %dk, %dv = dtc.attention_gradient %q, %k, %v, %r, %s, %g {scale = 0.5 : f64, after = 0 : i64}
        : (tensor<2x4x6x8xf16>, tensor<2x2x6x8xf16>, tensor<2x2x6x8xf16>, tensor<2x4x6x8xf16>, tensor<2x4x6x1xf32>, tensor<2x4x6x8xf16>)
        -> (tensor<2x4x6x8xf16>, tensor<2x2x6x8xf16>, tensor<2x2x6x8xf16>)
    ```

    Constraints:
    - (attention_gradient_c1) query, key, value, mask, `before` and `after` are
      those of a `dtc.attention` with a key.
    - (attention_gradient_c2) `output` and `gradient` have the type of its
      result, `sums` that of its sums.

    Rule: `([b..., k*g, s, d], [b..., k, t, d], [b..., k, t, e], [b..., k*g, s,
    e], [b..., k*g, s, 1], [b..., k*g, s, e]) -> ([b..., k*g, s, d], [b..., k, t,
    d], [b..., k, t, e])  contract = {g: sum, s: sum, e: sum}  whole = {t, d}`,
    linear in the gradient. Query heads that are split otherwise than by whole
    groups take repeated keys and values.
  }];
  let arguments = (ins Dtc_FloatTensor:$query, Dtc_FloatTensor:$key,
                       Dtc_FloatTensor:$value, Dtc_FloatTensor:$output,
                       Dtc_FloatTensor:$sums, Dtc_FloatTensor:$gradient,
                       Optional<Dtc_Tensor>:$mask, F64Attr:$scale,
                       OptionalAttr<I64Attr>:$before,
                       OptionalAttr<I64Attr>:$after);
  let results = (outs Dtc_FloatTensor:$queryGradient,
                      Dtc_FloatTensor:$keyGradient,
                      Dtc_FloatTensor:$valueGradient);
  let hasVerifier = 1;
}

#endif // DTC_OPS_ATTENTION_TD
