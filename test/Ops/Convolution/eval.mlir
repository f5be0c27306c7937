// RUN: dtc-interpret %s --all --print | FileCheck %s

// CHECK-LABEL: @convolution_slides_the_kernel
// CHECK-NEXT: result0: 1x1x2x2xf32
// CHECK-NEXT: {{^  }}{{\[\[\[\[}}6, 8], [12, 14]]]]{{$}}
func.func @convolution_slides_the_kernel() -> tensor<1x1x2x2xf32> {
  %a = dtc.constant dense<[[[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]]]]> : tensor<1x1x3x3xf32> : tensor<1x1x3x3xf32>
  %b = dtc.constant dense<[[[[1.0, 0.0], [0.0, 1.0]]]]> : tensor<1x1x2x2xf32> : tensor<1x1x2x2xf32>
  %r = dtc.convolution %a, %b {strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, padsBegin = array<i64: 0, 0>, padsEnd = array<i64: 0, 0>, groups = 1 : i64}
    : (tensor<1x1x3x3xf32>, tensor<1x1x2x2xf32>) -> tensor<1x1x2x2xf32>
  return %r : tensor<1x1x2x2xf32>
}

// CHECK-LABEL: @convolution_pads_with_zeros
// CHECK-NEXT: result0: 1x1x3xf32
// CHECK-NEXT: {{^  }}{{\[\[\[}}210.5, 321.5, 32.5]]]{{$}}
func.func @convolution_pads_with_zeros() -> tensor<1x1x3xf32> {
  %a = dtc.constant dense<[[[1.0, 2.0, 3.0]]]> : tensor<1x1x3xf32> : tensor<1x1x3xf32>
  %b = dtc.constant dense<[[[1.0, 10.0, 100.0]]]> : tensor<1x1x3xf32> : tensor<1x1x3xf32>
  %c = dtc.constant dense<[0.5]> : tensor<1xf32> : tensor<1xf32>
  %r = dtc.convolution %a, %b, %c {strides = array<i64: 1>, dilations = array<i64: 1>, padsBegin = array<i64: 1>, padsEnd = array<i64: 1>, groups = 1 : i64}
    : (tensor<1x1x3xf32>, tensor<1x1x3xf32>, tensor<1xf32>) -> tensor<1x1x3xf32>
  return %r : tensor<1x1x3xf32>
}

// CHECK-LABEL: @convolution_pads_each_side_on_its_own
// CHECK-NEXT: result0: 1x1x3xf32
// CHECK-NEXT: {{^  }}{{\[\[\[}}10, 21, 2]]]{{$}}
func.func @convolution_pads_each_side_on_its_own() -> tensor<1x1x3xf32> {
  %a = dtc.constant dense<[[[1.0, 2.0]]]> : tensor<1x1x2xf32> : tensor<1x1x2xf32>
  %b = dtc.constant dense<[[[1.0, 10.0]]]> : tensor<1x1x2xf32> : tensor<1x1x2xf32>
  %r = dtc.convolution %a, %b {strides = array<i64: 1>, dilations = array<i64: 1>, padsBegin = array<i64: 1>, padsEnd = array<i64: 1>, groups = 1 : i64}
    : (tensor<1x1x2xf32>, tensor<1x1x2xf32>) -> tensor<1x1x3xf32>
  return %r : tensor<1x1x3xf32>
}

// CHECK-LABEL: @convolution_strides_and_dilates
// CHECK-NEXT: result0: 1x1x2xf32
// CHECK-NEXT: {{^  }}{{\[\[\[}}31, 53]]]{{$}}
func.func @convolution_strides_and_dilates() -> tensor<1x1x2xf32> {
  %a = dtc.constant dense<[[[1.0, 2.0, 3.0, 4.0, 5.0]]]> : tensor<1x1x5xf32> : tensor<1x1x5xf32>
  %b = dtc.constant dense<[[[1.0, 10.0]]]> : tensor<1x1x2xf32> : tensor<1x1x2xf32>
  %r = dtc.convolution %a, %b {strides = array<i64: 2>, dilations = array<i64: 2>, padsBegin = array<i64: 0>, padsEnd = array<i64: 0>, groups = 1 : i64}
    : (tensor<1x1x5xf32>, tensor<1x1x2xf32>) -> tensor<1x1x2xf32>
  return %r : tensor<1x1x2xf32>
}

// CHECK-LABEL: @convolution_sums_over_channels
// CHECK-NEXT: result0: 1x2x1xf32
// CHECK-NEXT: {{^  }}{{\[\[\[}}11], [17]]]{{$}}
func.func @convolution_sums_over_channels() -> tensor<1x2x1xf32> {
  %a = dtc.constant dense<[[[1.0], [2.0]]]> : tensor<1x2x1xf32> : tensor<1x2x1xf32>
  %b = dtc.constant dense<[[[3.0], [4.0]], [[5.0], [6.0]]]> : tensor<2x2x1xf32> : tensor<2x2x1xf32>
  %r = dtc.convolution %a, %b {strides = array<i64: 1>, dilations = array<i64: 1>, padsBegin = array<i64: 0>, padsEnd = array<i64: 0>, groups = 1 : i64}
    : (tensor<1x2x1xf32>, tensor<2x2x1xf32>) -> tensor<1x2x1xf32>
  return %r : tensor<1x2x1xf32>
}

// CHECK-LABEL: @groups_see_their_own_channels
// CHECK-NEXT: result0: 1x2x1xf32
// CHECK-NEXT: {{^  }}{{\[\[\[}}3], [8]]]{{$}}
func.func @groups_see_their_own_channels() -> tensor<1x2x1xf32> {
  %a = dtc.constant dense<[[[1.0], [2.0]]]> : tensor<1x2x1xf32> : tensor<1x2x1xf32>
  %b = dtc.constant dense<[[[3.0]], [[4.0]]]> : tensor<2x1x1xf32> : tensor<2x1x1xf32>
  %r = dtc.convolution %a, %b {strides = array<i64: 1>, dilations = array<i64: 1>, padsBegin = array<i64: 0>, padsEnd = array<i64: 0>, groups = 2 : i64}
    : (tensor<1x2x1xf32>, tensor<2x1x1xf32>) -> tensor<1x2x1xf32>
  return %r : tensor<1x2x1xf32>
}

// CHECK-LABEL: @convolution_in_three_dimensions
// CHECK-NEXT: result0: 1x1x1x2x2xf32
// CHECK-NEXT: {{^  }}{{\[\[\[\[\[}}11, 14], [17, 20]]]]]{{$}}
func.func @convolution_in_three_dimensions() -> tensor<1x1x1x2x2xf32> {
  %a = dtc.constant dense<[[[[[1.0, 2.0], [3.0, 4.0]], [[5.0, 6.0], [7.0, 8.0]]]]]> : tensor<1x1x2x2x2xf32> : tensor<1x1x2x2x2xf32>
  %b = dtc.constant dense<[[[[[1.0]], [[2.0]]]]]> : tensor<1x1x2x1x1xf32> : tensor<1x1x2x1x1xf32>
  %r = dtc.convolution %a, %b {strides = array<i64: 1, 1, 1>, dilations = array<i64: 1, 1, 1>, padsBegin = array<i64: 0, 0, 0>, padsEnd = array<i64: 0, 0, 0>, groups = 1 : i64}
    : (tensor<1x1x2x2x2xf32>, tensor<1x1x2x1x1xf32>) -> tensor<1x1x1x2x2xf32>
  return %r : tensor<1x1x1x2x2xf32>
}

// Each element adds [1, 10, 100] from twice its position on.
// CHECK-LABEL: @transposed_convolution_spreads_the_input
// CHECK-NEXT: result0: 1x1x7xf32
// CHECK-NEXT: {{^  }}{{\[\[\[}}1, 10, 102, 20, 203, 30, 300]]]{{$}}
func.func @transposed_convolution_spreads_the_input() -> tensor<1x1x7xf32> {
  %a = dtc.constant dense<[[[1.0, 2.0, 3.0]]]> : tensor<1x1x3xf32> : tensor<1x1x3xf32>
  %b = dtc.constant dense<[[[1.0, 10.0, 100.0]]]> : tensor<1x1x3xf32> : tensor<1x1x3xf32>
  %r = dtc.transposed_convolution %a, %b {strides = array<i64: 2>, dilations = array<i64: 1>, padsBegin = array<i64: 0>, padsEnd = array<i64: 0>, groups = 1 : i64}
    : (tensor<1x1x3xf32>, tensor<1x1x3xf32>) -> tensor<1x1x7xf32>
  return %r : tensor<1x1x7xf32>
}

// CHECK-LABEL: @padding_is_cut_off_or_added
// CHECK-NEXT: result0: 1x1x7xf32
// CHECK-NEXT: {{^  }}{{\[\[\[}}10.5, 102.5, 20.5, 203.5, 30.5, 300.5, 0.5]]]{{$}}
func.func @padding_is_cut_off_or_added() -> tensor<1x1x7xf32> {
  %a = dtc.constant dense<[[[1.0, 2.0, 3.0]]]> : tensor<1x1x3xf32> : tensor<1x1x3xf32>
  %b = dtc.constant dense<[[[1.0, 10.0, 100.0]]]> : tensor<1x1x3xf32> : tensor<1x1x3xf32>
  %c = dtc.constant dense<[0.5]> : tensor<1xf32> : tensor<1xf32>
  %r = dtc.transposed_convolution %a, %b, %c {strides = array<i64: 2>, dilations = array<i64: 1>, padsBegin = array<i64: 1>, padsEnd = array<i64: -1>, groups = 1 : i64}
    : (tensor<1x1x3xf32>, tensor<1x1x3xf32>, tensor<1xf32>) -> tensor<1x1x7xf32>
  return %r : tensor<1x1x7xf32>
}

// CHECK-LABEL: @transposed_convolution_dilates
// CHECK-NEXT: result0: 1x1x4xf32
// CHECK-NEXT: {{^  }}{{\[\[\[}}1, 2, 10, 20]]]{{$}}
func.func @transposed_convolution_dilates() -> tensor<1x1x4xf32> {
  %a = dtc.constant dense<[[[1.0, 2.0]]]> : tensor<1x1x2xf32> : tensor<1x1x2xf32>
  %b = dtc.constant dense<[[[1.0, 10.0]]]> : tensor<1x1x2xf32> : tensor<1x1x2xf32>
  %r = dtc.transposed_convolution %a, %b {strides = array<i64: 1>, dilations = array<i64: 2>, padsBegin = array<i64: 0>, padsEnd = array<i64: 0>, groups = 1 : i64}
    : (tensor<1x1x2xf32>, tensor<1x1x2xf32>) -> tensor<1x1x4xf32>
  return %r : tensor<1x1x4xf32>
}

// Two groups of two input channels and one output channel.
// CHECK-LABEL: @transposed_groups_see_their_own_channels
// CHECK-NEXT: result0: 1x2x2xf32
// CHECK-NEXT: {{^  }}{{\[\[\[}}21, 210], [43, 430]]]{{$}}
func.func @transposed_groups_see_their_own_channels() -> tensor<1x2x2xf32> {
  %a = dtc.constant dense<[[[1.0], [2.0], [3.0], [4.0]]]> : tensor<1x4x1xf32> : tensor<1x4x1xf32>
  %b = dtc.constant dense<[[[1.0, 10.0]], [[10.0, 100.0]], [[1.0, 10.0]], [[10.0, 100.0]]]> : tensor<4x1x2xf32> : tensor<4x1x2xf32>
  %r = dtc.transposed_convolution %a, %b {strides = array<i64: 1>, dilations = array<i64: 1>, padsBegin = array<i64: 0>, padsEnd = array<i64: 0>, groups = 2 : i64}
    : (tensor<1x4x1xf32>, tensor<4x1x2xf32>) -> tensor<1x2x2xf32>
  return %r : tensor<1x2x2xf32>
}

// CHECK-LABEL: @transposed_convolution_in_two_dimensions
// CHECK-NEXT: result0: 1x1x3x2xf32
// CHECK-NEXT: {{^  }}{{\[\[\[\[}}1, 10], [102, 20], [200, 0]]]]{{$}}
func.func @transposed_convolution_in_two_dimensions() -> tensor<1x1x3x2xf32> {
  %a = dtc.constant dense<[[[[1.0], [2.0]]]]> : tensor<1x1x2x1xf32> : tensor<1x1x2x1xf32>
  %b = dtc.constant dense<[[[[1.0, 10.0], [100.0, 0.0]]]]> : tensor<1x1x2x2xf32> : tensor<1x1x2x2xf32>
  %r = dtc.transposed_convolution %a, %b {strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, padsBegin = array<i64: 0, 0>, padsEnd = array<i64: 0, 0>, groups = 1 : i64}
    : (tensor<1x1x2x1xf32>, tensor<1x1x2x2xf32>) -> tensor<1x1x3x2xf32>
  return %r : tensor<1x1x3x2xf32>
}

// CHECK-LABEL: @transposed_convolution_in_three_dimensions
// CHECK-NEXT: result0: 1x1x2x1x2xf64
// CHECK-NEXT: {{^  }}{{\[\[\[\[\[}}3, 6]], {{\[\[}}5, 10]]]]]{{$}}
func.func @transposed_convolution_in_three_dimensions() -> tensor<1x1x2x1x2xf64> {
  %a = dtc.constant dense<[[[[[3.0]], [[5.0]]]]]> : tensor<1x1x2x1x1xf64> : tensor<1x1x2x1x1xf64>
  %b = dtc.constant dense<[[[[[1.0, 2.0]]]]]> : tensor<1x1x1x1x2xf64> : tensor<1x1x1x1x2xf64>
  %r = dtc.transposed_convolution %a, %b {strides = array<i64: 1, 1, 1>, dilations = array<i64: 1, 1, 1>, padsBegin = array<i64: 0, 0, 0>, padsEnd = array<i64: 0, 0, 0>, groups = 1 : i64}
    : (tensor<1x1x2x1x1xf64>, tensor<1x1x1x1x2xf64>) -> tensor<1x1x2x1x2xf64>
  return %r : tensor<1x1x2x1x2xf64>
}

// CHECK-LABEL: @a_weight_gradient_walks_by_strides
// CHECK-NEXT: result0: 1x1x2xf32
// CHECK-NEXT: {{^  }}{{\[\[\[}}31, 42]]]{{$}}
func.func @a_weight_gradient_walks_by_strides() -> tensor<1x1x2xf32> {
  %a = dtc.constant dense<[[[1.0, 2.0, 3.0, 4.0]]]> : tensor<1x1x4xf32> : tensor<1x1x4xf32>
  %b = dtc.constant dense<[[[1.0, 10.0]]]> : tensor<1x1x2xf32> : tensor<1x1x2xf32>
  %r = dtc.convolution_weight_gradient %a, %b {strides = array<i64: 2>, dilations = array<i64: 1>, padsBegin = array<i64: 0>, padsEnd = array<i64: 0>, kernel = array<i64: 2>, groups = 1 : i64}
    : (tensor<1x1x4xf32>, tensor<1x1x2xf32>) -> tensor<1x1x2xf32>
  return %r : tensor<1x1x2xf32>
}

// CHECK-LABEL: @a_weight_gradient_pads_with_zeros
// CHECK-NEXT: result0: 1x1x3xf32
// CHECK-NEXT: {{^  }}{{\[\[\[}}210, 321, 32]]]{{$}}
func.func @a_weight_gradient_pads_with_zeros() -> tensor<1x1x3xf32> {
  %a = dtc.constant dense<[[[1.0, 2.0, 3.0]]]> : tensor<1x1x3xf32> : tensor<1x1x3xf32>
  %b = dtc.constant dense<[[[1.0, 10.0, 100.0]]]> : tensor<1x1x3xf32> : tensor<1x1x3xf32>
  %r = dtc.convolution_weight_gradient %a, %b {strides = array<i64: 1>, dilations = array<i64: 1>, padsBegin = array<i64: 1>, padsEnd = array<i64: 1>, kernel = array<i64: 3>, groups = 1 : i64}
    : (tensor<1x1x3xf32>, tensor<1x1x3xf32>) -> tensor<1x1x3xf32>
  return %r : tensor<1x1x3xf32>
}

// CHECK-LABEL: @a_weight_gradient_keeps_groups_apart
// CHECK-NEXT: result0: 2x1x1xf32
// CHECK-NEXT: {{^  }}{{\[\[\[}}3]], {{\[\[}}43]]]{{$}}
func.func @a_weight_gradient_keeps_groups_apart() -> tensor<2x1x1xf32> {
  %a = dtc.constant dense<[[[1.0, 2.0], [3.0, 4.0]]]> : tensor<1x2x2xf32> : tensor<1x2x2xf32>
  %b = dtc.constant dense<[[[1.0, 1.0], [1.0, 10.0]]]> : tensor<1x2x2xf32> : tensor<1x2x2xf32>
  %r = dtc.convolution_weight_gradient %a, %b {strides = array<i64: 1>, dilations = array<i64: 1>, padsBegin = array<i64: 0>, padsEnd = array<i64: 0>, kernel = array<i64: 1>, groups = 2 : i64}
    : (tensor<1x2x2xf32>, tensor<1x2x2xf32>) -> tensor<2x1x1xf32>
  return %r : tensor<2x1x1xf32>
}

// CHECK-LABEL: @a_weight_gradient_of_an_image_with_dilation
// CHECK-NEXT: result0: 1x1x2x1xf32
// CHECK-NEXT: {{^  }}{{\[\[\[\[}}21], [65]]]]{{$}}
func.func @a_weight_gradient_of_an_image_with_dilation() -> tensor<1x1x2x1xf32> {
  %a = dtc.constant dense<[[[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]]]> : tensor<1x1x3x2xf32> : tensor<1x1x3x2xf32>
  %b = dtc.constant dense<[[[[1.0, 10.0]]]]> : tensor<1x1x1x2xf32> : tensor<1x1x1x2xf32>
  %r = dtc.convolution_weight_gradient %a, %b {strides = array<i64: 1, 1>, dilations = array<i64: 2, 1>, padsBegin = array<i64: 0, 0>, padsEnd = array<i64: 0, 0>, kernel = array<i64: 2, 1>, groups = 1 : i64}
    : (tensor<1x1x3x2xf32>, tensor<1x1x1x2xf32>) -> tensor<1x1x2x1xf32>
  return %r : tensor<1x1x2x1xf32>
}
