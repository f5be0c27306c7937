// RUN: dtc-interpret %s --all --print | FileCheck %s

// CHECK-LABEL: @max_pool_keeps_the_largest
// CHECK-NEXT: result0: 1x1x2x2xf32
// CHECK-NEXT: {{^  }}{{\[\[\[\[}}5, 6], [8, 9]]]]{{$}}
func.func @max_pool_keeps_the_largest() -> tensor<1x1x2x2xf32> {
  %a = dtc.constant dense<[[[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]]]]> : tensor<1x1x3x3xf32> : tensor<1x1x3x3xf32>
  %r = dtc.max_pool %a {kernel = array<i64: 2, 2>, strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, padsBegin = array<i64: 0, 0>, padsEnd = array<i64: 0, 0>}
    : (tensor<1x1x3x3xf32>) -> tensor<1x1x2x2xf32>
  return %r : tensor<1x1x2x2xf32>
}

// CHECK-LABEL: @padding_holds_no_maximum
// CHECK-NEXT: result0: 1x1x3xf32
// CHECK-NEXT: {{^  }}{{\[\[\[}}-1, -1, -2]]]{{$}}
func.func @padding_holds_no_maximum() -> tensor<1x1x3xf32> {
  %a = dtc.constant dense<[[[-1.0, -2.0]]]> : tensor<1x1x2xf32> : tensor<1x1x2xf32>
  %r = dtc.max_pool %a {kernel = array<i64: 2>, strides = array<i64: 1>, dilations = array<i64: 1>, padsBegin = array<i64: 1>, padsEnd = array<i64: 1>}
    : (tensor<1x1x2xf32>) -> tensor<1x1x3xf32>
  return %r : tensor<1x1x3xf32>
}

// CHECK-LABEL: @a_nan_is_a_maximum
// CHECK-NEXT: result0: 1x1x3xf32
// CHECK-NEXT: {{^  }}{{\[\[\[}}nan, nan, 2]]]{{$}}
// CHECK-NEXT: result1: 1x1x3xi64
// CHECK-NEXT: {{^  }}{{\[\[\[}}1, 0, 1]]]{{$}}
func.func @a_nan_is_a_maximum() -> (tensor<1x1x3xf32>, tensor<1x1x3xi64>) {
  %a = dtc.constant dense<[[[5.0, 0x7fc00000, 1.0, 2.0]]]> : tensor<1x1x4xf32> : tensor<1x1x4xf32>
  %r = dtc.max_pool %a {kernel = array<i64: 2>, strides = array<i64: 1>, dilations = array<i64: 1>, padsBegin = array<i64: 0>, padsEnd = array<i64: 0>}
    : (tensor<1x1x4xf32>) -> tensor<1x1x3xf32>
  %i = dtc.arg_max_pool %a {kernel = array<i64: 2>, strides = array<i64: 1>, dilations = array<i64: 1>, padsBegin = array<i64: 0>, padsEnd = array<i64: 0>}
    : (tensor<1x1x4xf32>) -> tensor<1x1x3xi64>
  return %r, %i : tensor<1x1x3xf32>, tensor<1x1x3xi64>
}

// CHECK-LABEL: @integers_have_maxima
// CHECK-NEXT: result0: 1x1x2xi8
// CHECK-NEXT: {{^  }}{{\[\[\[}}-128, -3]]]{{$}}
// CHECK-NEXT: result1: 1x1x2xi64
// CHECK-NEXT: {{^  }}{{\[\[\[}}1, 1]]]{{$}}
// CHECK-NEXT: result2: 1x1x2xu8
// CHECK-NEXT: {{^  }}{{\[\[\[}}200, 200]]]{{$}}
func.func @integers_have_maxima() -> (tensor<1x1x2xi8>, tensor<1x1x2xi64>, tensor<1x1x2xui8>) {
  %a = dtc.constant dense<[[[-128, -128, -3]]]> : tensor<1x1x3xi8> : tensor<1x1x3xi8>
  %b = dtc.constant dense<[[[7, 200, 3]]]> : tensor<1x1x3xui8> : tensor<1x1x3xui8>
  %r = dtc.max_pool %a {kernel = array<i64: 2>, strides = array<i64: 2>, dilations = array<i64: 1>, padsBegin = array<i64: 1>, padsEnd = array<i64: 0>}
    : (tensor<1x1x3xi8>) -> tensor<1x1x2xi8>
  %i = dtc.arg_max_pool %a {kernel = array<i64: 2>, strides = array<i64: 2>, dilations = array<i64: 1>, padsBegin = array<i64: 1>, padsEnd = array<i64: 0>}
    : (tensor<1x1x3xi8>) -> tensor<1x1x2xi64>
  %u = dtc.max_pool %b {kernel = array<i64: 2>, strides = array<i64: 1>, dilations = array<i64: 1>, padsBegin = array<i64: 0>, padsEnd = array<i64: 0>}
    : (tensor<1x1x3xui8>) -> tensor<1x1x2xui8>
  return %r, %i, %u : tensor<1x1x2xi8>, tensor<1x1x2xi64>, tensor<1x1x2xui8>
}

// CHECK-LABEL: @places_are_row_major_in_the_kernel
// CHECK-NEXT: result0: 1x1x2x1xi64
// CHECK-NEXT: {{^  }}{{\[\[\[\[}}3], [1]]]]{{$}}
func.func @places_are_row_major_in_the_kernel() -> tensor<1x1x2x1xi64> {
  %a = dtc.constant dense<[[[[1.0, 2.0], [3.0, 9.0], [9.0, 4.0]]]]> : tensor<1x1x3x2xf32> : tensor<1x1x3x2xf32>
  %r = dtc.arg_max_pool %a {kernel = array<i64: 2, 2>, strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, padsBegin = array<i64: 0, 0>, padsEnd = array<i64: 0, 0>}
    : (tensor<1x1x3x2xf32>) -> tensor<1x1x2x1xi64>
  return %r : tensor<1x1x2x1xi64>
}

// CHECK-LABEL: @sums_skip_by_strides_and_dilations
// CHECK-NEXT: result0: 1x1x2xf32
// CHECK-NEXT: {{^  }}{{\[\[\[}}4, 8]]]{{$}}
func.func @sums_skip_by_strides_and_dilations() -> tensor<1x1x2xf32> {
  %a = dtc.constant dense<[[[1.0, 2.0, 3.0, 4.0, 5.0]]]> : tensor<1x1x5xf32> : tensor<1x1x5xf32>
  %r = dtc.sum_pool %a {kernel = array<i64: 2>, strides = array<i64: 2>, dilations = array<i64: 2>, padsBegin = array<i64: 0>, padsEnd = array<i64: 0>}
    : (tensor<1x1x5xf32>) -> tensor<1x1x2xf32>
  return %r : tensor<1x1x2xf32>
}

// CHECK-LABEL: @means_are_over_what_is_there
// CHECK-NEXT: result0: 1x1x3xf32
// CHECK-NEXT: {{^  }}{{\[\[\[}}3, 6, 9]]]{{$}}
func.func @means_are_over_what_is_there() -> tensor<1x1x3xf32> {
  %a = dtc.constant dense<[[[3.0, 9.0]]]> : tensor<1x1x2xf32> : tensor<1x1x2xf32>
  %r = dtc.average_pool %a {kernel = array<i64: 2>, strides = array<i64: 1>, dilations = array<i64: 1>, padsBegin = array<i64: 1>, padsEnd = array<i64: 1>, countedBegin = array<i64: 0>, countedEnd = array<i64: 0>}
    : (tensor<1x1x2xf32>) -> tensor<1x1x3xf32>
  return %r : tensor<1x1x3xf32>
}

// CHECK-LABEL: @counted_padding_is_zeros
// CHECK-NEXT: result0: 1x1x3xf32
// CHECK-NEXT: {{^  }}{{\[\[\[}}1.5, 6, 9]]]{{$}}
func.func @counted_padding_is_zeros() -> tensor<1x1x3xf32> {
  %a = dtc.constant dense<[[[3.0, 9.0]]]> : tensor<1x1x2xf32> : tensor<1x1x2xf32>
  %r = dtc.average_pool %a {kernel = array<i64: 2>, strides = array<i64: 1>, dilations = array<i64: 1>, padsBegin = array<i64: 1>, padsEnd = array<i64: 1>, countedBegin = array<i64: 1>, countedEnd = array<i64: 0>}
    : (tensor<1x1x2xf32>) -> tensor<1x1x3xf32>
  return %r : tensor<1x1x3xf32>
}

// CHECK-LABEL: @dilated_means_in_two_dimensions
// CHECK-NEXT: result0: 1x1x3x2xf64
// CHECK-NEXT: {{^  }}{{\[\[\[\[}}3.5, 3.5], [3, 3], [3.5, 3.5]]]]{{$}}
func.func @dilated_means_in_two_dimensions() -> tensor<1x1x3x2xf64> {
  %b = dtc.constant dense<[[[[1.5, 1.5], [3.0, 3.0], [5.5, 5.5]]]]> : tensor<1x1x3x2xf64> : tensor<1x1x3x2xf64>
  %r = dtc.average_pool %b {kernel = array<i64: 3, 1>, strides = array<i64: 1, 1>, dilations = array<i64: 2, 1>, padsBegin = array<i64: 2, 0>, padsEnd = array<i64: 2, 0>, countedBegin = array<i64: 0, 0>, countedEnd = array<i64: 0, 0>}
    : (tensor<1x1x3x2xf64>) -> tensor<1x1x3x2xf64>
  return %r : tensor<1x1x3x2xf64>
}

// CHECK-LABEL: @pools_in_three_dimensions
// CHECK-NEXT: result0: 1x1x1x1x1xf16
// CHECK-NEXT: {{^  }}{{\[\[\[\[\[}}4.5]]]]]{{$}}
// CHECK-NEXT: result1: 1x1x1x1x1xbf16
// CHECK-NEXT: {{^  }}{{\[\[\[\[\[}}8]]]]]{{$}}
func.func @pools_in_three_dimensions() -> (tensor<1x1x1x1x1xf16>, tensor<1x1x1x1x1xbf16>) {
  %a = dtc.constant dense<[[[[[1.0, 2.0], [3.0, 4.0]], [[5.0, 6.0], [7.0, 8.0]]]]]> : tensor<1x1x2x2x2xf16> : tensor<1x1x2x2x2xf16>
  %b = dtc.constant dense<[[[[[1.0, 2.0], [3.0, 4.0]], [[5.0, 6.0], [7.0, 8.0]]]]]> : tensor<1x1x2x2x2xbf16> : tensor<1x1x2x2x2xbf16>
  %r = dtc.average_pool %a {kernel = array<i64: 2, 2, 2>, strides = array<i64: 1, 1, 1>, dilations = array<i64: 1, 1, 1>, padsBegin = array<i64: 0, 0, 0>, padsEnd = array<i64: 0, 0, 0>, countedBegin = array<i64: 0, 0, 0>, countedEnd = array<i64: 0, 0, 0>}
    : (tensor<1x1x2x2x2xf16>) -> tensor<1x1x1x1x1xf16>
  %s = dtc.max_pool %b {kernel = array<i64: 2, 2, 2>, strides = array<i64: 1, 1, 1>, dilations = array<i64: 1, 1, 1>, padsBegin = array<i64: 0, 0, 0>, padsEnd = array<i64: 0, 0, 0>}
    : (tensor<1x1x2x2x2xbf16>) -> tensor<1x1x1x1x1xbf16>
  return %r, %s : tensor<1x1x1x1x1xf16>, tensor<1x1x1x1x1xbf16>
}

// The second window's maximum is the first of two; the third sees the second one only.
// CHECK-LABEL: @gradients_of_overlapping_maxima_are_summed
// CHECK-NEXT: result0: 1x1x5xf32
// CHECK-NEXT: {{^  }}{{\[\[\[}}0, 3, 0, 4, 0]]]{{$}}
func.func @gradients_of_overlapping_maxima_are_summed() -> tensor<1x1x5xf32> {
  %a = dtc.constant dense<[[[1.0, 5.0, 2.0, 5.0, 3.0]]]> : tensor<1x1x5xf32> : tensor<1x1x5xf32>
  %g = dtc.constant dense<[[[1.0, 2.0, 4.0]]]> : tensor<1x1x3xf32> : tensor<1x1x3xf32>
  %p = dtc.arg_max_pool %a {kernel = array<i64: 3>, strides = array<i64: 1>, dilations = array<i64: 1>, padsBegin = array<i64: 0>, padsEnd = array<i64: 0>}
    : (tensor<1x1x5xf32>) -> tensor<1x1x3xi64>
  %r = dtc.max_pool_gradient %g, %p {kernel = array<i64: 3>, strides = array<i64: 1>, dilations = array<i64: 1>, padsBegin = array<i64: 0>, padsEnd = array<i64: 0>}
    : (tensor<1x1x3xf32>, tensor<1x1x3xi64>) -> tensor<1x1x5xf32>
  return %r : tensor<1x1x5xf32>
}

// A NaN is its windows' maximum. What is infinite goes there and nowhere else, from the padding nothing comes.
// CHECK-LABEL: @a_gradient_that_is_not_finite_has_one_place
// CHECK-NEXT: result0: 1x1x3x4xf32
// CHECK-NEXT: {{^  }}{{\[\[\[\[}}0, 0, 0, inf], [0, 0, 3, 0], [0, 0, 0, 0]]]]{{$}}
func.func @a_gradient_that_is_not_finite_has_one_place() -> tensor<1x1x3x4xf32> {
  %a = dtc.constant dense<[[[[1.0, 2.0, 3.0, 0x7FC00000], [5.0, 6.0, 0x7FC00000, 8.0], [0.0, 0.0, 0.0, 9.0]]]]> : tensor<1x1x3x4xf32> : tensor<1x1x3x4xf32>
  %g = dtc.constant dense<[[[[3.0, 0x7F800000]]]]> : tensor<1x1x1x2xf32> : tensor<1x1x1x2xf32>
  %p = dtc.arg_max_pool %a {kernel = array<i64: 3, 3>, strides = array<i64: 3, 2>, dilations = array<i64: 1, 1>, padsBegin = array<i64: 0, 0>, padsEnd = array<i64: 0, 1>}
    : (tensor<1x1x3x4xf32>) -> tensor<1x1x1x2xi64>
  %r = dtc.max_pool_gradient %g, %p {kernel = array<i64: 3, 3>, strides = array<i64: 3, 2>, dilations = array<i64: 1, 1>, padsBegin = array<i64: 0, 0>, padsEnd = array<i64: 0, 1>}
    : (tensor<1x1x1x2xf32>, tensor<1x1x1x2xi64>) -> tensor<1x1x3x4xf32>
  return %r : tensor<1x1x3x4xf32>
}

// Positions behind the last window, and between windows that skip some, have no gradient.
// CHECK-LABEL: @gradients_of_far_windows
// CHECK-NEXT: result0: 1x1x9xbf16
// CHECK-NEXT: {{^  }}{{\[\[\[}}1, 0, 0, 0, 2, 0, 0, 0, 0]]]{{$}}
// CHECK-NEXT: result1: 1x1x6xf64
// CHECK-NEXT: {{^  }}{{\[\[\[}}0, 0, 3, 0, 0, 0]]]{{$}}
func.func @gradients_of_far_windows() -> (tensor<1x1x9xbf16>, tensor<1x1x6xf64>) {
  %g = dtc.constant dense<[[[1.0, 2.0]]]> : tensor<1x1x2xbf16> : tensor<1x1x2xbf16>
  %h = dtc.constant dense<[[[1.0, 2.0]]]> : tensor<1x1x2xf64> : tensor<1x1x2xf64>
  %p = dtc.constant dense<[[[0, 0]]]> : tensor<1x1x2xi64> : tensor<1x1x2xi64>
  %q = dtc.constant dense<[[[1, 0]]]> : tensor<1x1x2xi64> : tensor<1x1x2xi64>
  %r = dtc.max_pool_gradient %g, %p {kernel = array<i64: 2>, strides = array<i64: 4>, dilations = array<i64: 1>, padsBegin = array<i64: 0>, padsEnd = array<i64: -3>}
    : (tensor<1x1x2xbf16>, tensor<1x1x2xi64>) -> tensor<1x1x9xbf16>
  %s = dtc.max_pool_gradient %h, %q {kernel = array<i64: 2>, strides = array<i64: 2>, dilations = array<i64: 2>, padsBegin = array<i64: 0>, padsEnd = array<i64: -1>}
    : (tensor<1x1x2xf64>, tensor<1x1x2xi64>) -> tensor<1x1x6xf64>
  return %r, %s : tensor<1x1x9xbf16>, tensor<1x1x6xf64>
}

// CHECK-LABEL: @the_gradient_of_one_maximum_of_all
// CHECK-NEXT: result0: 1x2x2x3xf16
// CHECK-NEXT: {{^  }}{{\[\[\[\[}}0, 0, 0], [0, 7, 0]], {{\[\[}}0, 0, 0], [0, 0, 0]]]]{{$}}
func.func @the_gradient_of_one_maximum_of_all() -> tensor<1x2x2x3xf16> {
  %g = dtc.constant dense<[[[[7.0]], [[5.0]]]]> : tensor<1x2x1x1xf16> : tensor<1x2x1x1xf16>
  %p = dtc.constant dense<[[[[4]], [[6]]]]> : tensor<1x2x1x1xi64> : tensor<1x2x1x1xi64>
  %r = dtc.max_pool_gradient %g, %p {kernel = array<i64: 2, 3>, strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, padsBegin = array<i64: 0, 0>, padsEnd = array<i64: 0, 0>}
    : (tensor<1x2x1x1xf16>, tensor<1x2x1x1xi64>) -> tensor<1x2x2x3xf16>
  return %r : tensor<1x2x2x3xf16>
}

// Numbers that no element of the kernel has are no place; 4294967299 is 3 and 2^32.
// CHECK-LABEL: @places_that_no_kernel_has
// CHECK-NEXT: result0: 1x1x7xf32
// CHECK-NEXT: {{^  }}{{\[\[\[}}0, 0, 0, 0, 0, 0, 32]]]{{$}}
// CHECK-NEXT: result1: 1x1x3xf32
// CHECK-NEXT: {{^  }}{{\[\[\[}}0, 4, 0]]]{{$}}
func.func @places_that_no_kernel_has() -> (tensor<1x1x7xf32>, tensor<1x1x3xf32>) {
  %g = dtc.constant dense<[[[1.0, 2.0, 4.0, 8.0, 16.0, 32.0]]]> : tensor<1x1x6xf32> : tensor<1x1x6xf32>
  %p = dtc.constant dense<[[[4294967296, -1, 2, 4294967297, -4294967296, 1]]]> : tensor<1x1x6xi64> : tensor<1x1x6xi64>
  %h = dtc.constant dense<[[[3.0, 4.0]]]> : tensor<1x1x2xf32> : tensor<1x1x2xf32>
  %q = dtc.constant dense<[[[4294967299, 0]]]> : tensor<1x1x2xi64> : tensor<1x1x2xi64>
  %r = dtc.max_pool_gradient %g, %p {kernel = array<i64: 2>, strides = array<i64: 1>, dilations = array<i64: 1>, padsBegin = array<i64: 0>, padsEnd = array<i64: 0>}
    : (tensor<1x1x6xf32>, tensor<1x1x6xi64>) -> tensor<1x1x7xf32>
  %s = dtc.max_pool_gradient %h, %q {kernel = array<i64: 5>, strides = array<i64: 1>, dilations = array<i64: 1>, padsBegin = array<i64: 0>, padsEnd = array<i64: 3>}
    : (tensor<1x1x2xf32>, tensor<1x1x2xi64>) -> tensor<1x1x3xf32>
  return %r, %s : tensor<1x1x7xf32>, tensor<1x1x3xf32>
}

// What is walked are the windows and positions that exist: kernels, strides and dilations may be as large as they like.
// CHECK-LABEL: @gradients_of_huge_windows
// CHECK-NEXT: result0: 1x1x4xf32
// CHECK-NEXT: {{^  }}{{\[\[\[}}0, 0, 5, 0]]]{{$}}
// CHECK-NEXT: result1: 1x1x3xf32
// CHECK-NEXT: {{^  }}{{\[\[\[}}0, 3, 0]]]{{$}}
// CHECK-NEXT: result2: 1x1x3xf32
// CHECK-NEXT: {{^  }}{{\[\[\[}}0, 0, 6]]]{{$}}
func.func @gradients_of_huge_windows() -> (tensor<1x1x4xf32>, tensor<1x1x3xf32>, tensor<1x1x3xf32>) {
  %g = dtc.constant dense<5.0> : tensor<1x1x1xf32> : tensor<1x1x1xf32>
  %p = dtc.constant dense<1073741826> : tensor<1x1x1xi64> : tensor<1x1x1xi64>
  %h = dtc.constant dense<[[[3.0, 6.0]]]> : tensor<1x1x2xf32> : tensor<1x1x2xf32>
  %q = dtc.constant dense<[[[1, 0]]]> : tensor<1x1x2xi64> : tensor<1x1x2xi64>
  %r = dtc.max_pool_gradient %g, %p {kernel = array<i64: 2147483647>, strides = array<i64: 1>, dilations = array<i64: 1>, padsBegin = array<i64: 1073741824>, padsEnd = array<i64: 1073741819>}
    : (tensor<1x1x1xf32>, tensor<1x1x1xi64>) -> tensor<1x1x4xf32>
  %s = dtc.max_pool_gradient %h, %q {kernel = array<i64: 2>, strides = array<i64: 1>, dilations = array<i64: 1073741824>, padsBegin = array<i64: 1073741823>, padsEnd = array<i64: 0>}
    : (tensor<1x1x2xf32>, tensor<1x1x2xi64>) -> tensor<1x1x3xf32>
  %t = dtc.max_pool_gradient %h, %q {kernel = array<i64: 2>, strides = array<i64: 1073741824>, dilations = array<i64: 3>, padsBegin = array<i64: 1073741822>, padsEnd = array<i64: 3>}
    : (tensor<1x1x2xf32>, tensor<1x1x2xi64>) -> tensor<1x1x3xf32>
  return %r, %s, %t : tensor<1x1x4xf32>, tensor<1x1x3xf32>, tensor<1x1x3xf32>
}
