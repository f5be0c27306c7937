// RUN: dtc-opt %s --split-input-file --verify-diagnostics

// attention_c1
func.func @operands_of_two_dimensions(%q: tensor<3x4xf32>) {
  // expected-error@+2 {{expected operands of one rank of 3 or more, one element type and the same batch dimensions, got 'tensor<3x4xf32>' and 'tensor<3x4xf32>'}}
  // expected-error@+1 {{failed to infer returned types}}
  %r = dtc.attention %q, %q, %q {scale = 1.0 : f64} : (tensor<3x4xf32>, tensor<3x4xf32>, tensor<3x4xf32>) -> tensor<3x4xf32>
  return
}

// -----

// attention_c1
func.func @keys_of_other_batches(%q: tensor<2x1x3x4xf32>, %k: tensor<1x1x3x4xf32>) {
  // expected-error@+2 {{expected operands of one rank of 3 or more, one element type and the same batch dimensions, got 'tensor<2x1x3x4xf32>' and 'tensor<1x1x3x4xf32>'}}
  // expected-error@+1 {{failed to infer returned types}}
  %r = dtc.attention %q, %k, %k {scale = 1.0 : f64} : (tensor<2x1x3x4xf32>, tensor<1x1x3x4xf32>, tensor<1x1x3x4xf32>) -> tensor<2x1x3x4xf32>
  return
}

// -----

// attention_c2
func.func @more_keys_than_values(%q: tensor<1x3x4xf32>, %v: tensor<1x2x4xf32>) {
  // expected-error@+2 {{expected keys of the query's depth and values of the keys' heads and length, got 'tensor<1x3x4xf32>', 'tensor<1x3x4xf32>' and 'tensor<1x2x4xf32>'}}
  // expected-error@+1 {{failed to infer returned types}}
  %r = dtc.attention %q, %q, %v {scale = 1.0 : f64} : (tensor<1x3x4xf32>, tensor<1x3x4xf32>, tensor<1x2x4xf32>) -> tensor<1x3x4xf32>
  return
}

// -----

// attention_c3
func.func @heads_that_make_no_groups(%q: tensor<3x2x4xf32>, %k: tensor<2x2x4xf32>) {
  // expected-error@+2 {{expected query heads in a multiple of 2 key and value heads, got 3}}
  // expected-error@+1 {{failed to infer returned types}}
  %r = dtc.attention %q, %k, %k {scale = 1.0 : f64} : (tensor<3x2x4xf32>, tensor<2x2x4xf32>, tensor<2x2x4xf32>) -> tensor<3x2x4xf32>
  return
}

// -----

// attention_c4
func.func @a_mask_of_integers(%q: tensor<1x3x4xf32>, %m: tensor<3x3xi32>) {
  // expected-error@+2 {{expected a mask of bools or of the query's type 'f32', got 'i32'}}
  // expected-error@+1 {{failed to infer returned types}}
  %r = dtc.attention %q, %q, %q, %m {scale = 1.0 : f64} : (tensor<1x3x4xf32>, tensor<1x3x4xf32>, tensor<1x3x4xf32>, tensor<3x3xi32>) -> tensor<1x3x4xf32>
  return
}

// -----

// attention_c4
func.func @a_mask_of_more_batches(%q: tensor<1x3x4xf32>, %m: tensor<2x3x3xi1>) {
  // expected-error@+2 {{expected a mask that broadcasts to the scores [1, 3, 3], got [2, 3, 3]}}
  // expected-error@+1 {{failed to infer returned types}}
  %r = dtc.attention %q, %q, %q, %m {scale = 1.0 : f64} : (tensor<1x3x4xf32>, tensor<1x3x4xf32>, tensor<1x3x4xf32>, tensor<2x3x3xi1>) -> tensor<1x3x4xf32>
  return
}

// -----

func.func @scores_that_no_tensor_holds(%q: tensor<1x8388608x1xf32>) {
  // expected-error@+2 {{expected scores of less than 2^44 elements, got [1, 8388608, 8388608]}}
  // expected-error@+1 {{failed to infer returned types}}
  %r = dtc.attention %q, %q, %q {scale = 1.0 : f64} : (tensor<1x8388608x1xf32>, tensor<1x8388608x1xf32>, tensor<1x8388608x1xf32>) -> tensor<1x8388608x1xf32>
  return
}

// -----

// attention_c5
func.func @a_cap_at_zero(%q: tensor<1x3x4xf32>) {
  // expected-error@+1 {{expected a 'softcap' above 0 that 'f32' can hold, got 0}}
  %r = dtc.attention %q, %q, %q {scale = 1.0 : f64, softcap = 0.0 : f64} : (tensor<1x3x4xf32>, tensor<1x3x4xf32>, tensor<1x3x4xf32>) -> tensor<1x3x4xf32>
  return
}

// -----

// attention_c6
func.func @a_limit_beyond_all_tensors(%q: tensor<1x3x4xf32>) {
  // expected-error@+1 {{expected 'before' and 'after' within 2^40, got 9223372036854775807}}
  %r = dtc.attention %q, %q, %q {scale = 1.0 : f64, after = 9223372036854775807 : i64} : (tensor<1x3x4xf32>, tensor<1x3x4xf32>, tensor<1x3x4xf32>) -> tensor<1x3x4xf32>
  return
}

// -----

// attention_c1: the rule of a placed op needs shapes that are right.
#mesh = #dtc.mesh<"tp" = 2>
#R = #dtc.layout<#mesh, [replicate]>
module attributes {dtc.mesh = #mesh} {
func.func @placed_operands_of_two_dimensions(%q: tensor<3x4xf32, #R>) {
  // expected-error@+2 {{expected operands of one rank of 3 or more}}
  // expected-error@+1 {{failed to infer returned types}}
  %r = dtc.attention %q, %q, %q {scale = 1.0 : f64} : (tensor<3x4xf32, #R>, tensor<3x4xf32, #R>, tensor<3x4xf32, #R>) -> tensor<3x4xf32, #R>
  return
}
}

// -----

func.func @cap_of_another_type(%q: tensor<1x3x4xf16>) -> tensor<1x3x4xf16> {
  // expected-error@+1 {{expected a 'softcap' above 0 that 'f16' can hold, got 1.000000e+05}}
  %r = dtc.attention %q, %q, %q {scale = 1.0 : f64, softcap = 1.0e5 : f64} : (tensor<1x3x4xf16>, tensor<1x3x4xf16>, tensor<1x3x4xf16>) -> tensor<1x3x4xf16>
  return %r : tensor<1x3x4xf16>
}

// -----

func.func @places_beyond_counting(%q: tensor<1x8589934592x0xf32>, %k: tensor<1x2x0xf32>) -> tensor<1x8589934592x0xf32> {
  // expected-error@+2 {{expected at most 2^22 queries and keys where 'before' or 'after' limits what is seen, got 8589934592}}
  // expected-error@+1 {{failed to infer}}
  %r = dtc.attention %q, %k, %k {scale = 1.0 : f64, after = 0 : i64} : (tensor<1x8589934592x0xf32>, tensor<1x2x0xf32>, tensor<1x2x0xf32>) -> tensor<1x8589934592x0xf32>
  return %r : tensor<1x8589934592x0xf32>
}

// -----

// attention_c9
func.func @sums_without_a_key(%q: tensor<1x3x4xf32>, %k: tensor<1x0x4xf32>) {
  // expected-error@+2 {{expected a key, got 'tensor<1x0x4xf32>'}}
  // expected-error@+1 {{failed to infer returned types}}
  %r, %s = dtc.attention %q, %k, %k {scale = 1.0 : f64, keepsSums} : (tensor<1x3x4xf32>, tensor<1x0x4xf32>, tensor<1x0x4xf32>) -> (tensor<1x3x4xf32>, tensor<1x3x1xf32>)
  return
}

// -----

// attention_gradient_c1
func.func @a_gradient_by_keys_of_another_depth(%q: tensor<1x3x4xf32>, %k: tensor<1x3x5xf32>, %s: tensor<1x3x1xf32>) {
  // expected-error@+2 {{expected keys of the query's depth and values of the keys' heads and length, got 'tensor<1x3x4xf32>', 'tensor<1x3x5xf32>' and 'tensor<1x3x4xf32>'}}
  // expected-error@+1 {{failed to infer returned types}}
  %x, %y, %z = dtc.attention_gradient %q, %k, %q, %q, %s, %q {scale = 1.0 : f64} : (tensor<1x3x4xf32>, tensor<1x3x5xf32>, tensor<1x3x4xf32>, tensor<1x3x4xf32>, tensor<1x3x1xf32>, tensor<1x3x4xf32>) -> (tensor<1x3x4xf32>, tensor<1x3x5xf32>, tensor<1x3x4xf32>)
  return
}

// -----

// attention_gradient_c1
func.func @a_gradient_without_a_key(%q: tensor<1x3x4xf32>, %k: tensor<1x0x4xf32>, %s: tensor<1x3x1xf32>) {
  // expected-error@+2 {{expected a key, got 'tensor<1x0x4xf32>'}}
  // expected-error@+1 {{failed to infer returned types}}
  %x, %y, %z = dtc.attention_gradient %q, %k, %k, %q, %s, %q {scale = 1.0 : f64} : (tensor<1x3x4xf32>, tensor<1x0x4xf32>, tensor<1x0x4xf32>, tensor<1x3x4xf32>, tensor<1x3x1xf32>, tensor<1x3x4xf32>) -> (tensor<1x3x4xf32>, tensor<1x0x4xf32>, tensor<1x0x4xf32>)
  return
}

// -----

// attention_gradient_c1
func.func @a_gradient_with_a_limit_beyond_all_tensors(%q: tensor<1x3x4xf32>, %s: tensor<1x3x1xf32>) {
  // expected-error@+1 {{expected 'before' and 'after' within 2^40, got 9223372036854775807}}
  %x, %y, %z = dtc.attention_gradient %q, %q, %q, %q, %s, %q {scale = 1.0 : f64, after = 9223372036854775807 : i64} : (tensor<1x3x4xf32>, tensor<1x3x4xf32>, tensor<1x3x4xf32>, tensor<1x3x4xf32>, tensor<1x3x1xf32>, tensor<1x3x4xf32>) -> (tensor<1x3x4xf32>, tensor<1x3x4xf32>, tensor<1x3x4xf32>)
  return
}

// -----

// attention_gradient_c2
func.func @sums_of_another_type(%q: tensor<1x3x4xf16>, %s: tensor<1x3x1xf16>) {
  // expected-error@+2 {{expected an output and a gradient of 'tensor<1x3x4xf16>' and sums of 'tensor<1x3x1xf32>', got 'tensor<1x3x1xf16>'}}
  // expected-error@+1 {{failed to infer returned types}}
  %x, %y, %z = dtc.attention_gradient %q, %q, %q, %q, %s, %q {scale = 1.0 : f64} : (tensor<1x3x4xf16>, tensor<1x3x4xf16>, tensor<1x3x4xf16>, tensor<1x3x4xf16>, tensor<1x3x1xf16>, tensor<1x3x4xf16>) -> (tensor<1x3x4xf16>, tensor<1x3x4xf16>, tensor<1x3x4xf16>)
  return
}
