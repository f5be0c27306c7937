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

    Rule: `([b..., k*g, s, d], [b..., k, t, d], [b..., k, t, e]) -> ([b...,
    k*g, s, e])  whole = {t, d}`, linear in the value. Query heads that are
    split otherwise than by whole groups take repeated keys and values.
  }];
  let arguments = (ins Dtc_FloatTensor:$query, Dtc_FloatTensor:$key,
                       Dtc_FloatTensor:$value, Optional<Dtc_Tensor>:$mask,
                       F64Attr:$scale, OptionalAttr<F64Attr>:$softcap,
                       OptionalAttr<I64Attr>:$before,
                       OptionalAttr<I64Attr>:$after);
  let results = (outs Dtc_FloatTensor:$result);
  let extraClassDeclaration = inferDeclaration # [{
    /// Query heads that share a key head; 1 where there are no heads.
    int64_t getGroup();
    /// The keys that row `row` may see by its place: [first, second).
    std::pair<int64_t, int64_t> getVisibleKeys(int64_t row);
  }];
  let hasVerifier = 1;
}

#endif // DTC_OPS_ATTENTION_TD
