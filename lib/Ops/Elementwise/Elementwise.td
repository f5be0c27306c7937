//===- Elementwise.td - Elementwise ops --------------------*- tablegen -*-===//
//
// One table for the family: operands broadcast as in NumPy, and every factor is
// parallel: ([i...], [i...]) -> ([i...]).
//
//===----------------------------------------------------------------------===//

#ifndef DTC_OPS_ELEMENTWISE_TD
#define DTC_OPS_ELEMENTWISE_TD

include "dtc/IR/DtcOpBase.td"

class Dtc_UnaryOp<string mnemonic, string what, list<Trait> traits = []>
    : Dtc_InferredOp<mnemonic, traits> {
  let summary = what # " of each element";
  let arguments = (ins Dtc_Tensor:$input);
  let results = (outs Dtc_Tensor:$result);
}

class Dtc_BinaryOp<string mnemonic, string what, list<Trait> traits = []>
    : Dtc_InferredOp<mnemonic, traits> {
  let summary = what # " of two broadcast tensors";
  let arguments = (ins Dtc_Tensor:$lhs, Dtc_Tensor:$rhs);
  let results = (outs Dtc_Tensor:$result);
}

class Dtc_CompareOp<string mnemonic, string what>
    : Dtc_BinaryOp<mnemonic, what>;

def Dtc_AbsOp : Dtc_UnaryOp<"abs", "absolute value", [Dtc_Differentiable]>;
def Dtc_NegOp : Dtc_UnaryOp<"neg", "negation", [Dtc_Differentiable]>;
def Dtc_ExpOp : Dtc_UnaryOp<"exp", "exponential", [Dtc_Differentiable]>;
def Dtc_LogOp : Dtc_UnaryOp<"log", "natural logarithm", [Dtc_Differentiable]>;
def Dtc_SqrtOp : Dtc_UnaryOp<"sqrt", "square root", [Dtc_Differentiable]>;
def Dtc_RsqrtOp : Dtc_UnaryOp<"rsqrt", "reciprocal square root", [Dtc_Differentiable]>;
def Dtc_ReciprocalOp : Dtc_UnaryOp<"reciprocal", "reciprocal", [Dtc_Differentiable]>;
def Dtc_ErfOp : Dtc_UnaryOp<"erf", "error function", [Dtc_Differentiable]>;
def Dtc_SinOp : Dtc_UnaryOp<"sin", "sine", [Dtc_Differentiable]>;
def Dtc_CosOp : Dtc_UnaryOp<"cos", "cosine", [Dtc_Differentiable]>;
def Dtc_AtanOp : Dtc_UnaryOp<"atan", "arc tangent", [Dtc_Differentiable]>;
def Dtc_TanhOp : Dtc_UnaryOp<"tanh", "hyperbolic tangent", [Dtc_Differentiable]>;
def Dtc_SigmoidOp : Dtc_UnaryOp<"sigmoid", "logistic function", [Dtc_Differentiable]>;
def Dtc_SiluOp : Dtc_UnaryOp<"silu", "x * sigmoid(x)", [Dtc_Differentiable]>;
def Dtc_ReluOp : Dtc_UnaryOp<"relu", "max(x, 0)", [Dtc_Differentiable]>;
def Dtc_FloorOp : Dtc_UnaryOp<"floor", "largest integer not above", [Dtc_Differentiable]>;
def Dtc_CeilOp : Dtc_UnaryOp<"ceil", "smallest integer not below", [Dtc_Differentiable]>;
def Dtc_RoundOp : Dtc_UnaryOp<"round", "nearest integer, ties to even,", [Dtc_Differentiable]>;
def Dtc_SignOp : Dtc_UnaryOp<"sign", "-1, 0 or 1 by sign", [Dtc_Differentiable]>;
def Dtc_NotOp : Dtc_UnaryOp<"not", "logical negation">;
def Dtc_IsNanOp : Dtc_UnaryOp<"is_nan", "test for not-a-number">;

def Dtc_GeluOp : Dtc_UnaryOp<"gelu", "Gaussian error linear unit", [Dtc_Differentiable]> {
  let description = [{
    `x * Phi(x)`, exact by default; with `tanh` the tanh approximation.
  }];
  let arguments = (ins Dtc_FloatTensor:$input, UnitAttr:$tanh);
}

def Dtc_Log1pOp : Dtc_UnaryOp<"log1p", "log(1 + x)", [Dtc_Differentiable]> {
  let description = [{ Exact near 0. }];
  let arguments = (ins Dtc_FloatTensor:$input);
}
def Dtc_Expm1Op : Dtc_UnaryOp<"expm1", "exp(x) - 1", [Dtc_Differentiable]> {
  let description = [{ Exact near 0. }];
  let arguments = (ins Dtc_FloatTensor:$input);
}
def Dtc_SoftplusOp : Dtc_UnaryOp<"softplus", "log(1 + exp(x))", [Dtc_Differentiable]> {
  let arguments = (ins Dtc_FloatTensor:$input);
}

def Dtc_ClampOp : Dtc_UnaryOp<"clamp", "min(max(x, least), most)", [Dtc_Differentiable]> {
  let description = [{
    A bound that is not there does not limit. Not-a-number stays. The derivative
    is 0 at the bounds and beyond.

    Constraints:
    - (clamp_c1) bounds are numbers.
  }];
  let arguments = (ins Dtc_FloatTensor:$input, OptionalAttr<F64Attr>:$least,
                       OptionalAttr<F64Attr>:$most);
  let hasVerifier = 1;
}

def Dtc_EluOp : Dtc_UnaryOp<"elu", "exponential linear unit", [Dtc_Differentiable]> {
  let description = [{
    `above * x` where x is above 0, `below * (exp(rate * x) - 1)` elsewhere.
  }];
  let arguments = (ins Dtc_FloatTensor:$input, F64Attr:$above, F64Attr:$below,
                       F64Attr:$rate);
}

def Dtc_AddOp : Dtc_BinaryOp<"add", "sum", [Dtc_Differentiable]>;
def Dtc_SubOp : Dtc_BinaryOp<"sub", "difference", [Dtc_Differentiable]>;
def Dtc_MulOp : Dtc_BinaryOp<"mul", "product", [Dtc_Differentiable]>;
def Dtc_DivOp : Dtc_BinaryOp<"div", "quotient", [Dtc_Differentiable]> {
  let description = [{ Integers divide towards zero. }];
}
def Dtc_ModOp : Dtc_BinaryOp<"mod", "remainder", [Dtc_Differentiable]> {
  let description = [{
    The sign of the divisor (Python's `%`); with `truncate` that of the
    dividend (C's `fmod`).
  }];
  let arguments = (ins Dtc_Tensor:$lhs, Dtc_Tensor:$rhs, UnitAttr:$truncate);
}
def Dtc_PowOp : Dtc_BinaryOp<"pow", "power", [Dtc_Differentiable]>;
def Dtc_MaximumOp : Dtc_BinaryOp<"maximum", "maximum", [Dtc_Differentiable]>;
def Dtc_MinimumOp : Dtc_BinaryOp<"minimum", "minimum", [Dtc_Differentiable]>;
def Dtc_AndOp : Dtc_BinaryOp<"and", "logical or bitwise conjunction">;
def Dtc_OrOp : Dtc_BinaryOp<"or", "logical or bitwise disjunction">;
def Dtc_XorOp : Dtc_BinaryOp<"xor", "logical or bitwise exclusive disjunction">;
def Dtc_ShiftLeftOp : Dtc_BinaryOp<"shift_left", ""> {
  let summary = "bits moved to higher places";
  let description = [{ Places that come free are 0; so is the result of a move by the width or more. }];
}
def Dtc_ShiftRightOp : Dtc_BinaryOp<"shift_right", ""> {
  let summary = "bits moved to lower places";
  let description = [{
    Places that come free are 0, those of a negative number 1; a move by the
    width or more leaves only these.
  }];
}

def Dtc_EqualOp : Dtc_CompareOp<"equal", "equality">;
def Dtc_NotEqualOp : Dtc_CompareOp<"not_equal", "inequality">;
def Dtc_LessOp : Dtc_CompareOp<"less", "test lhs < rhs">;
def Dtc_LessEqualOp : Dtc_CompareOp<"less_equal", "test lhs <= rhs">;
def Dtc_GreaterOp : Dtc_CompareOp<"greater", "test lhs > rhs">;
def Dtc_GreaterEqualOp : Dtc_CompareOp<"greater_equal", "test lhs >= rhs">;

def Dtc_SelectOp : Dtc_InferredOp<"select", [Dtc_Differentiable]> {
  let summary = "elementwise choice by a broadcast condition";
  let arguments = (ins Dtc_BoolTensor:$condition, Dtc_Tensor:$onTrue,
                       Dtc_Tensor:$onFalse);
  let results = (outs Dtc_Tensor:$result);
}

def Dtc_MaskedFillOp : Dtc_InferredOp<"masked_fill", [Dtc_Differentiable]> {
  let summary = "one value where a broadcast mask is true";
  let description = [{
    `value` where `mask` is true, the input's element elsewhere. Unlike
    `dtc.select` it follows the input where both are split alike.
  }];
  let arguments = (ins Dtc_Tensor:$input, Dtc_BoolTensor:$mask, F64Attr:$value);
  let results = (outs Dtc_Tensor:$result);
}

def Dtc_CastOp : Dtc_TensorOp<"cast", [Dtc_Differentiable]> {
  let summary = "conversion to another element type";
  let description = [{
    Floats become integers towards zero; anything becomes bool by comparison
    with zero. Partial values pass where the conversion only rounds: from any
    number to a float, and from an integer to one of no fewer bits.
  }];
  let arguments = (ins Dtc_Tensor:$input);
  let results = (outs Dtc_Tensor:$result);
  let hasVerifier = 1;
}

def Dtc_BitCastOp : Dtc_TensorOp<"bitcast"> {
  let summary = "the same bits as another element type";
  let description = [{
    Both types have the same width; a bool is a byte, 0 or 1, and true is every
    other byte.
  }];
  let arguments = (ins Dtc_Tensor:$input);
  let results = (outs Dtc_Tensor:$result);
  let hasVerifier = 1;
}

#endif // DTC_OPS_ELEMENTWISE_TD
