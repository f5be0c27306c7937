// RUN: dtc-interpret %s --all --print | FileCheck %s

// The numbers are those of the authors' reference implementation, key and counter all zero.
// CHECK-LABEL: @the_first_word_of_the_known_answer
// CHECK-NEXT: result0: 1xu32
// CHECK-NEXT: {{^  }}[1713891541]{{$}}
func.func @the_first_word_of_the_known_answer() -> tensor<1xui32> {
  %r = dtc.random_bits {seed = 0 : i64, extents = array<i64: 1>} : () -> tensor<1xui32>
  return %r : tensor<1xui32>
}

// CHECK-LABEL: @elements_are_counted_row_major
// CHECK-NEXT: result0: 2x3xu32
// CHECK-NEXT: {{^  }}{{\[\[}}2126179728, 3811124719, 1243979962], [1087677943, 611327325, 2350947304]]{{$}}
func.func @elements_are_counted_row_major() -> tensor<2x3xui32> {
  %r = dtc.random_bits {seed = 7 : i64, stream = 1 : i64, extents = array<i64: 2, 3>} : () -> tensor<2x3xui32>
  return %r : tensor<2x3xui32>
}

// CHECK-LABEL: @a_piece_has_the_numbers_of_its_place
// CHECK-NEXT: result0: 2x1xu32
// CHECK-NEXT: {{^  }}{{\[\[}}1243979962], [2350947304]]{{$}}
func.func @a_piece_has_the_numbers_of_its_place() -> tensor<2x1xui32> {
  %r = dtc.random_bits {seed = 7 : i64, stream = 1 : i64, extents = array<i64: 2, 3>, begins = array<i64: 0, 2>}
    : () -> tensor<2x1xui32>
  return %r : tensor<2x1xui32>
}

// Step 0 has the numbers of no step.
// CHECK-LABEL: @every_step_has_numbers_of_its_own
// CHECK-NEXT: result0: 2x3xu32
// CHECK-NEXT: {{^  }}{{\[\[}}2126179728, 3811124719, 1243979962], [1087677943, 611327325, 2350947304]]{{$}}
// CHECK-NEXT: result1: 2x3xu32
// CHECK-NEXT: {{^  }}{{\[\[}}341884893, 3637242717, 4240744703], [4067286728, 4011507548, 4123088219]]{{$}}
func.func @every_step_has_numbers_of_its_own() -> (tensor<2x3xui32>, tensor<2x3xui32>) {
  %zero = dtc.constant dense<0> : tensor<i64> : tensor<i64>
  %two = dtc.constant dense<2> : tensor<i64> : tensor<i64>
  %r = dtc.random_bits %zero {seed = 7 : i64, stream = 1 : i64, extents = array<i64: 2, 3>} : (tensor<i64>) -> tensor<2x3xui32>
  %s = dtc.random_bits %two {seed = 7 : i64, stream = 1 : i64, extents = array<i64: 2, 3>} : (tensor<i64>) -> tensor<2x3xui32>
  return %r, %s : tensor<2x3xui32>, tensor<2x3xui32>
}

// CHECK-LABEL: @another_step_drops_other_elements
// CHECK-NEXT: result0: 2x4xbool
// CHECK-NEXT: {{^  }}{{\[\[}}true, true, true, true], [true, false, false, false]]{{$}}
func.func @another_step_drops_other_elements() -> tensor<2x4xi1> {
  %a = dtc.constant dense<1.0> : tensor<2x4xf32> : tensor<2x4xf32>
  %five = dtc.constant dense<5> : tensor<i64> : tensor<i64>
  %r, %m = dtc.dropout %a, %five {ratio = 5.0e-1 : f64, seed = 3 : i64} : (tensor<2x4xf32>, tensor<i64>) -> (tensor<2x4xf32>, tensor<2x4xi1>)
  return %m : tensor<2x4xi1>
}

// CHECK-LABEL: @dropout_keeps_and_scales
// CHECK-NEXT: result0: 2x4xf32
// CHECK-NEXT: {{^  }}{{\[\[}}2, 0, 6, 0], [10, 12, 14, 16]]{{$}}
// CHECK-NEXT: result1: 2x4xbool
// CHECK-NEXT: {{^  }}{{\[\[}}true, false, true, false], [true, true, true, true]]{{$}}
func.func @dropout_keeps_and_scales() -> (tensor<2x4xf32>, tensor<2x4xi1>) {
  %a = dtc.constant dense<[[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0]]> : tensor<2x4xf32> : tensor<2x4xf32>
  %r, %m = dtc.dropout %a {ratio = 5.0e-1 : f64, seed = 3 : i64} : (tensor<2x4xf32>) -> (tensor<2x4xf32>, tensor<2x4xi1>)
  return %r, %m : tensor<2x4xf32>, tensor<2x4xi1>
}

// CHECK-LABEL: @dropout_of_a_quarter_drops_what_lies_below_it
// CHECK-NEXT: result0: 4xf32
// CHECK-NEXT: {{^  }}[4, 4, 4, 0]{{$}}
func.func @dropout_of_a_quarter_drops_what_lies_below_it() -> tensor<4xf32> {
  %a = dtc.constant dense<3.0> : tensor<4xf32> : tensor<4xf32>
  %r, %m = dtc.dropout %a {ratio = 2.5e-1 : f64, seed = 3 : i64} : (tensor<4xf32>) -> (tensor<4xf32>, tensor<4xi1>)
  return %r : tensor<4xf32>
}

// CHECK-LABEL: @dropout_of_everything_leaves_zeros
// CHECK-NEXT: result0: 3xf32
// CHECK-NEXT: {{^  }}[0, 0, 0]{{$}}
func.func @dropout_of_everything_leaves_zeros() -> tensor<3xf32> {
  %a = dtc.constant dense<3.0> : tensor<3xf32> : tensor<3xf32>
  %r, %m = dtc.dropout %a {ratio = 1.0 : f64, seed = 3 : i64} : (tensor<3xf32>) -> (tensor<3xf32>, tensor<3xi1>)
  return %r : tensor<3xf32>
}

// CHECK-LABEL: @a_piece_of_a_dropout_has_the_mask_of_its_place
// CHECK-NEXT: result0: 1x2xbool
// CHECK-NEXT: {{^  }}{{\[\[}}true, false]]{{$}}
func.func @a_piece_of_a_dropout_has_the_mask_of_its_place() -> tensor<1x2xi1> {
  %a = dtc.constant dense<1.0> : tensor<1x2xf32> : tensor<1x2xf32>
  %r, %m = dtc.dropout %a {ratio = 5.0e-1 : f64, seed = 3 : i64, extents = array<i64: 2, 4>, begins = array<i64: 0, 2>}
    : (tensor<1x2xf32>) -> (tensor<1x2xf32>, tensor<1x2xi1>)
  return %m : tensor<1x2xi1>
}

// CHECK-LABEL: @the_gradient_passes_where_the_mask_is_true
// CHECK-NEXT: result0: 3xf32
// CHECK-NEXT: {{^  }}[2, 0, 6]{{$}}
func.func @the_gradient_passes_where_the_mask_is_true() -> tensor<3xf32> {
  %g = dtc.constant dense<[1.0, 2.0, 3.0]> : tensor<3xf32> : tensor<3xf32>
  %m = dtc.constant dense<[true, false, true]> : tensor<3xi1> : tensor<3xi1>
  %r = dtc.dropout_backward %g, %m {scale = 2.0 : f64} : (tensor<3xf32>, tensor<3xi1>) -> tensor<3xf32>
  return %r : tensor<3xf32>
}
