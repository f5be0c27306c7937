// RUN: dtc-interpret %s --all --print | FileCheck %s

// CHECK-LABEL: @values_weighted_by_their_keys
// CHECK-NEXT: result0: 1x1x1x2xf32
// CHECK-NEXT: {{^  }}{{\[\[\[\[}}7, 14]]]]{{$}}
func.func @values_weighted_by_their_keys() -> tensor<1x1x1x2xf32> {
  %q = dtc.constant dense<1.0> : tensor<1x1x1x1xf32> : tensor<1x1x1x1xf32>
  %k = dtc.constant dense<[[[[0.0], [1.0986123]]]]> : tensor<1x1x2x1xf32> : tensor<1x1x2x1xf32>
  %v = dtc.constant dense<[[[[4.0, 8.0], [8.0, 16.0]]]]> : tensor<1x1x2x2xf32> : tensor<1x1x2x2xf32>
  %r = dtc.attention %q, %k, %v {scale = 1.0 : f64}
    : (tensor<1x1x1x1xf32>, tensor<1x1x2x1xf32>, tensor<1x1x2x2xf32>) -> tensor<1x1x1x2xf32>
  return %r : tensor<1x1x1x2xf32>
}

// CHECK-LABEL: @scores_are_scaled
// CHECK-NEXT: result0: 1x1x1xf64
// CHECK-NEXT: {{^  }}{{\[\[\[}}7]]]{{$}}
func.func @scores_are_scaled() -> tensor<1x1x1xf64> {
  %q = dtc.constant dense<2.0> : tensor<1x1x1xf64> : tensor<1x1x1xf64>
  %k = dtc.constant dense<[[[0.0], [2.1972245773362196]]]> : tensor<1x2x1xf64> : tensor<1x2x1xf64>
  %v = dtc.constant dense<[[[4.0], [8.0]]]> : tensor<1x2x1xf64> : tensor<1x2x1xf64>
  %r = dtc.attention %q, %k, %v {scale = 0.25 : f64}
    : (tensor<1x1x1xf64>, tensor<1x2x1xf64>, tensor<1x2x1xf64>) -> tensor<1x1x1xf64>
  return %r : tensor<1x1x1xf64>
}

// CHECK-LABEL: @a_causal_query_sees_no_later_key
// CHECK-NEXT: result0: 1x3x1xf32
// CHECK-NEXT: {{^  }}{{\[\[\[}}2], [3], [6]]]{{$}}
func.func @a_causal_query_sees_no_later_key() -> tensor<1x3x1xf32> {
  %q = dtc.constant dense<0.0> : tensor<1x3x2xf32> : tensor<1x3x2xf32>
  %v = dtc.constant dense<[[[2.0], [4.0], [12.0]]]> : tensor<1x3x1xf32> : tensor<1x3x1xf32>
  %r = dtc.attention %q, %q, %v {scale = 1.0 : f64, after = 0 : i64}
    : (tensor<1x3x2xf32>, tensor<1x3x2xf32>, tensor<1x3x1xf32>) -> tensor<1x3x1xf32>
  return %r : tensor<1x3x1xf32>
}

// One key comes before the first query's own.
// CHECK-LABEL: @keys_of_earlier_steps
// CHECK-NEXT: result0: 1x2x1xf32
// CHECK-NEXT: {{^  }}{{\[\[\[}}4.5], [6]]]{{$}}
func.func @keys_of_earlier_steps() -> tensor<1x2x1xf32> {
  %q = dtc.constant dense<0.0> : tensor<1x2x2xf32> : tensor<1x2x2xf32>
  %k = dtc.constant dense<0.0> : tensor<1x3x2xf32> : tensor<1x3x2xf32>
  %v = dtc.constant dense<[[[3.0], [6.0], [9.0]]]> : tensor<1x3x1xf32> : tensor<1x3x1xf32>
  %r = dtc.attention %q, %k, %v {scale = 1.0 : f64, after = 1 : i64}
    : (tensor<1x2x2xf32>, tensor<1x3x2xf32>, tensor<1x3x1xf32>) -> tensor<1x2x1xf32>
  return %r : tensor<1x2x1xf32>
}

// CHECK-LABEL: @a_window_to_one_side
// CHECK-NEXT: result0: 1x3x1xf32
// CHECK-NEXT: {{^  }}{{\[\[\[}}2], [3], [6]]]{{$}}
func.func @a_window_to_one_side() -> tensor<1x3x1xf32> {
  %q = dtc.constant dense<0.0> : tensor<1x3x2xf32> : tensor<1x3x2xf32>
  %v = dtc.constant dense<[[[2.0], [4.0], [8.0]]]> : tensor<1x3x1xf32> : tensor<1x3x1xf32>
  %r = dtc.attention %q, %q, %v {scale = 1.0 : f64, before = 1 : i64, after = 0 : i64}
    : (tensor<1x3x2xf32>, tensor<1x3x2xf32>, tensor<1x3x1xf32>) -> tensor<1x3x1xf32>
  return %r : tensor<1x3x1xf32>
}

// The last query would see what comes after the last key.
// CHECK-LABEL: @a_query_whose_window_has_no_key_gets_zeros
// CHECK-NEXT: result0: 1x2x1xf32
// CHECK-NEXT: {{^  }}{{\[\[\[}}4], [0]]]{{$}}
func.func @a_query_whose_window_has_no_key_gets_zeros() -> tensor<1x2x1xf32> {
  %q = dtc.constant dense<0.0> : tensor<1x2x2xf32> : tensor<1x2x2xf32>
  %v = dtc.constant dense<[[[2.0], [4.0]]]> : tensor<1x2x1xf32> : tensor<1x2x1xf32>
  %r = dtc.attention %q, %q, %v {scale = 1.0 : f64, before = -1 : i64}
    : (tensor<1x2x2xf32>, tensor<1x2x2xf32>, tensor<1x2x1xf32>) -> tensor<1x2x1xf32>
  return %r : tensor<1x2x1xf32>
}

// CHECK-LABEL: @a_group_of_heads_shares_a_key_head
// CHECK-NEXT: result0: 1x4x1x1xf32
// CHECK-NEXT: {{^  }}{{\[\[\[\[}}7]], {{\[\[}}5]], {{\[\[}}20]], {{\[\[}}20]]]]{{$}}
func.func @a_group_of_heads_shares_a_key_head() -> tensor<1x4x1x1xf32> {
  %q = dtc.constant dense<[[[[1.0]], [[-1.0]], [[0.0]], [[0.0]]]]> : tensor<1x4x1x1xf32> : tensor<1x4x1x1xf32>
  %k = dtc.constant dense<[[[[0.0], [1.0986123]], [[1.0], [1.0]]]]> : tensor<1x2x2x1xf32> : tensor<1x2x2x1xf32>
  %v = dtc.constant dense<[[[[4.0], [8.0]], [[10.0], [30.0]]]]> : tensor<1x2x2x1xf32> : tensor<1x2x2x1xf32>
  %r = dtc.attention %q, %k, %v {scale = 1.0 : f64}
    : (tensor<1x4x1x1xf32>, tensor<1x2x2x1xf32>, tensor<1x2x2x1xf32>) -> tensor<1x4x1x1xf32>
  return %r : tensor<1x4x1x1xf32>
}

// The mask has a row for each query head.
// CHECK-LABEL: @groups_with_a_mask_of_heads
// CHECK-NEXT: result0: 1x4x1x1xf32
// CHECK-NEXT: {{^  }}{{\[\[\[\[}}4]], {{\[\[}}8]], {{\[\[}}20]], {{\[\[}}0]]]]{{$}}
func.func @groups_with_a_mask_of_heads() -> tensor<1x4x1x1xf32> {
  %q = dtc.constant dense<0.0> : tensor<1x4x1x1xf32> : tensor<1x4x1x1xf32>
  %k = dtc.constant dense<1.0> : tensor<1x2x2x1xf32> : tensor<1x2x2x1xf32>
  %v = dtc.constant dense<[[[[4.0], [8.0]], [[10.0], [30.0]]]]> : tensor<1x2x2x1xf32> : tensor<1x2x2x1xf32>
  %m = dtc.constant dense<[[[true, false]], [[false, true]], [[true, true]], [[false, false]]]> : tensor<4x1x2xi1> : tensor<4x1x2xi1>
  %r = dtc.attention %q, %k, %v, %m {scale = 1.0 : f64}
    : (tensor<1x4x1x1xf32>, tensor<1x2x2x1xf32>, tensor<1x2x2x1xf32>, tensor<4x1x2xi1>) -> tensor<1x4x1x1xf32>
  return %r : tensor<1x4x1x1xf32>
}

// CHECK-LABEL: @all_heads_share_one_key_head
// CHECK-NEXT: result0: 2x2x1x1xf32
// CHECK-NEXT: {{^  }}{{\[\[\[\[}}7]], {{\[\[}}5]]], {{\[\[\[}}20]], {{\[\[}}20]]]]{{$}}
func.func @all_heads_share_one_key_head() -> tensor<2x2x1x1xf32> {
  %q = dtc.constant dense<[[[[1.0]], [[-1.0]]], [[[0.0]], [[0.0]]]]> : tensor<2x2x1x1xf32> : tensor<2x2x1x1xf32>
  %k = dtc.constant dense<[[[[0.0], [1.0986123]]], [[[1.0], [1.0]]]]> : tensor<2x1x2x1xf32> : tensor<2x1x2x1xf32>
  %v = dtc.constant dense<[[[[4.0], [8.0]]], [[[10.0], [30.0]]]]> : tensor<2x1x2x1xf32> : tensor<2x1x2x1xf32>
  %r = dtc.attention %q, %k, %v {scale = 1.0 : f64}
    : (tensor<2x2x1x1xf32>, tensor<2x1x2x1xf32>, tensor<2x1x2x1xf32>) -> tensor<2x2x1x1xf32>
  return %r : tensor<2x2x1x1xf32>
}

// CHECK-LABEL: @a_query_that_sees_no_key_gets_zeros
// CHECK-NEXT: result0: 1x2x1xf32
// CHECK-NEXT: {{^  }}{{\[\[\[}}2], [0]]]{{$}}
func.func @a_query_that_sees_no_key_gets_zeros() -> tensor<1x2x1xf32> {
  %q = dtc.constant dense<0.0> : tensor<1x2x2xf32> : tensor<1x2x2xf32>
  %v = dtc.constant dense<[[[2.0], [4.0]]]> : tensor<1x2x1xf32> : tensor<1x2x1xf32>
  %m = dtc.constant dense<[[true, false], [false, false]]> : tensor<2x2xi1> : tensor<2x2xi1>
  %r = dtc.attention %q, %q, %v, %m {scale = 1.0 : f64}
    : (tensor<1x2x2xf32>, tensor<1x2x2xf32>, tensor<1x2x1xf32>, tensor<2x2xi1>) -> tensor<1x2x1xf32>
  return %r : tensor<1x2x1xf32>
}

// The second query may see the second key by its place, but not by the mask.
// CHECK-LABEL: @mask_and_places_hide_together
// CHECK-NEXT: result0: 1x2x1xf32
// CHECK-NEXT: {{^  }}{{\[\[\[}}0], [4]]]{{$}}
func.func @mask_and_places_hide_together() -> tensor<1x2x1xf32> {
  %q = dtc.constant dense<0.0> : tensor<1x2x2xf32> : tensor<1x2x2xf32>
  %v = dtc.constant dense<[[[2.0], [4.0]]]> : tensor<1x2x1xf32> : tensor<1x2x1xf32>
  %m = dtc.constant dense<[false, true]> : tensor<2xi1> : tensor<2xi1>
  %r = dtc.attention %q, %q, %v, %m {scale = 1.0 : f64, after = 0 : i64}
    : (tensor<1x2x2xf32>, tensor<1x2x2xf32>, tensor<1x2x1xf32>, tensor<2xi1>) -> tensor<1x2x1xf32>
  return %r : tensor<1x2x1xf32>
}

// CHECK-LABEL: @a_mask_of_numbers_is_added
// CHECK-NEXT: result0: 2x1x2x1xf32
// CHECK-NEXT: {{^  }}{{\[\[\[\[}}7], [7]]], {{\[\[\[}}4], [4]]]]{{$}}
func.func @a_mask_of_numbers_is_added() -> tensor<2x1x2x1xf32> {
  %q = dtc.constant dense<0.0> : tensor<2x1x2x1xf32> : tensor<2x1x2x1xf32>
  %v = dtc.constant dense<[[[[4.0], [8.0]]], [[[4.0], [8.0]]]]> : tensor<2x1x2x1xf32> : tensor<2x1x2x1xf32>
  %m = dtc.constant dense<[[[[0.0, 1.0986123]]], [[[0.0, 0xFF800000]]]]> : tensor<2x1x1x2xf32> : tensor<2x1x1x2xf32>
  %r = dtc.attention %q, %q, %v, %m {scale = 1.0 : f64}
    : (tensor<2x1x2x1xf32>, tensor<2x1x2x1xf32>, tensor<2x1x2x1xf32>, tensor<2x1x1x2xf32>) -> tensor<2x1x2x1xf32>
  return %r : tensor<2x1x2x1xf32>
}

// CHECK-LABEL: @scores_are_capped
// CHECK-NEXT: result0: 1x1x1xf32
// CHECK-NEXT: {{^  }}{{\[\[\[}}7]]]{{$}}
func.func @scores_are_capped() -> tensor<1x1x1xf32> {
  %q = dtc.constant dense<1.0> : tensor<1x1x1xf32> : tensor<1x1x1xf32>
  %k = dtc.constant dense<[[[0.0], [1000.0]]]> : tensor<1x2x1xf32> : tensor<1x2x1xf32>
  %v = dtc.constant dense<[[[4.0], [8.0]]]> : tensor<1x2x1xf32> : tensor<1x2x1xf32>
  %r = dtc.attention %q, %k, %v {scale = 1.0 : f64, softcap = 1.0986122886681098 : f64}
    : (tensor<1x1x1xf32>, tensor<1x2x1xf32>, tensor<1x2x1xf32>) -> tensor<1x1x1xf32>
  return %r : tensor<1x1x1xf32>
}

// CHECK-LABEL: @narrow_floats
// CHECK-NEXT: result0: 1x1x2xbf16
// CHECK-NEXT: {{^  }}{{\[\[\[}}3, 6]]]{{$}}
func.func @narrow_floats() -> tensor<1x1x2xbf16> {
  %q = dtc.constant dense<1.0> : tensor<1x1x1xbf16> : tensor<1x1x1xbf16>
  %k = dtc.constant dense<[[[2.0], [2.0]]]> : tensor<1x2x1xbf16> : tensor<1x2x1xbf16>
  %v = dtc.constant dense<[[[2.0, 4.0], [4.0, 8.0]]]> : tensor<1x2x2xbf16> : tensor<1x2x2xbf16>
  %r = dtc.attention %q, %k, %v {scale = 1.0 : f64}
    : (tensor<1x1x1xbf16>, tensor<1x2x1xbf16>, tensor<1x2x2xbf16>) -> tensor<1x1x2xbf16>
  return %r : tensor<1x1x2xbf16>
}

// CHECK-LABEL: @without_keys_all_is_zero
// CHECK-NEXT: result0: 1x1x2xf32
// CHECK-NEXT: {{^  }}{{\[\[\[}}0, 0]]]{{$}}
func.func @without_keys_all_is_zero() -> tensor<1x1x2xf32> {
  %q = dtc.constant dense<1.0> : tensor<1x1x3xf32> : tensor<1x1x3xf32>
  %k = dtc.constant dense<1.0> : tensor<1x0x3xf32> : tensor<1x0x3xf32>
  %v = dtc.constant dense<1.0> : tensor<1x0x2xf32> : tensor<1x0x2xf32>
  %r = dtc.attention %q, %k, %v {scale = 1.0 : f64, after = 0 : i64}
    : (tensor<1x1x3xf32>, tensor<1x0x3xf32>, tensor<1x0x2xf32>) -> tensor<1x1x2xf32>
  return %r : tensor<1x1x2xf32>
}

// CHECK-LABEL: @sums_are_kept
// CHECK-NEXT: result0: 1x2x1xf32
// CHECK-NEXT: {{^  }}{{\[\[\[}}7], [0]]]{{$}}
// CHECK-NEXT: result1: 1x2x1xf32
// CHECK-NEXT: {{^  }}{{\[\[\[}}1.38629], [1.38629]]]{{$}}
func.func @sums_are_kept() -> (tensor<1x2x1xf32>, tensor<1x2x1xf32>) {
  %q = dtc.constant dense<1.0> : tensor<1x2x1xf32> : tensor<1x2x1xf32>
  %k = dtc.constant dense<[[[0.0], [1.0986123]]]> : tensor<1x2x1xf32> : tensor<1x2x1xf32>
  %v = dtc.constant dense<[[[4.0], [8.0]]]> : tensor<1x2x1xf32> : tensor<1x2x1xf32>
  %m = dtc.constant dense<[[true], [false]]> : tensor<2x1xi1> : tensor<2x1xi1>
  %r, %s = dtc.attention %q, %k, %v, %m {scale = 1.0 : f64, keepsSums}
    : (tensor<1x2x1xf32>, tensor<1x2x1xf32>, tensor<1x2x1xf32>, tensor<2x1xi1>) -> (tensor<1x2x1xf32>, tensor<1x2x1xf32>)
  return %r, %s : tensor<1x2x1xf32>, tensor<1x2x1xf32>
}

// The weights 1/4 and 3/4 of what the values give, -1 and 1; the second query sees nothing.
// CHECK-LABEL: @gradients_of_query_key_and_value
// CHECK-NEXT: result0: 1x2x1xf32
// CHECK-NEXT: {{^  }}{{\[\[\[}}0.375], [0]]]{{$}}
// CHECK-NEXT: result1: 1x2x1xf32
// CHECK-NEXT: {{^  }}{{\[\[\[}}-0.20599], [0.20599]]]{{$}}
// CHECK-NEXT: result2: 1x2x2xf32
// CHECK-NEXT: {{^  }}{{\[\[\[}}0.25, 0], [0.75, 0]]]{{$}}
func.func @gradients_of_query_key_and_value() -> (tensor<1x2x1xf32>, tensor<1x2x1xf32>, tensor<1x2x2xf32>) {
  %q = dtc.constant dense<1.0986123> : tensor<1x2x1xf32> : tensor<1x2x1xf32>
  %k = dtc.constant dense<[[[0.0], [2.0]]]> : tensor<1x2x1xf32> : tensor<1x2x1xf32>
  %v = dtc.constant dense<[[[-1.0, 3.0], [1.0, 5.0]]]> : tensor<1x2x2xf32> : tensor<1x2x2xf32>
  %g = dtc.constant dense<[[[1.0, 0.0], [1.0, 1.0]]]> : tensor<1x2x2xf32> : tensor<1x2x2xf32>
  %m = dtc.constant dense<[[true], [false]]> : tensor<2x1xi1> : tensor<2x1xi1>
  %r, %s = dtc.attention %q, %k, %v, %m {scale = 0.5 : f64, keepsSums}
    : (tensor<1x2x1xf32>, tensor<1x2x1xf32>, tensor<1x2x2xf32>, tensor<2x1xi1>) -> (tensor<1x2x2xf32>, tensor<1x2x1xf32>)
  %x, %y, %z = dtc.attention_gradient %q, %k, %v, %r, %s, %g, %m {scale = 0.5 : f64}
    : (tensor<1x2x1xf32>, tensor<1x2x1xf32>, tensor<1x2x2xf32>, tensor<1x2x2xf32>, tensor<1x2x1xf32>, tensor<1x2x2xf32>, tensor<2x1xi1>)
    -> (tensor<1x2x1xf32>, tensor<1x2x1xf32>, tensor<1x2x2xf32>)
  return %x, %y, %z : tensor<1x2x1xf32>, tensor<1x2x1xf32>, tensor<1x2x2xf32>
}
