// RUN: dtc-opt %s --split-input-file --verify-diagnostics

func.func @a_weight_of_another_rank(%a: tensor<1x1x3xf32>, %b: tensor<1x1xf32>) {
  // expected-error@+2 {{expected input and weight of one rank from 3 to 5, got 'tensor<1x1x3xf32>' and 'tensor<1x1xf32>'}}
  // expected-error@+1 {{failed to infer returned types}}
  %r = dtc.convolution %a, %b {strides = array<i64: 1>, dilations = array<i64: 1>, padsBegin = array<i64: 0>, padsEnd = array<i64: 0>, groups = 1 : i64} : (tensor<1x1x3xf32>, tensor<1x1xf32>) -> tensor<1x1x3xf32>
  return
}

// -----

func.func @groups_that_do_not_divide(%a: tensor<1x4x3xf32>, %b: tensor<3x2x1xf32>) {
  // expected-error@+2 {{expected channels that 2 groups divide, got 4 input and 3 output channels with 2 a group}}
  // expected-error@+1 {{failed to infer returned types}}
  %r = dtc.convolution %a, %b {strides = array<i64: 1>, dilations = array<i64: 1>, padsBegin = array<i64: 0>, padsEnd = array<i64: 0>, groups = 2 : i64} : (tensor<1x4x3xf32>, tensor<3x2x1xf32>) -> tensor<1x3x3xf32>
  return
}

// -----

func.func @a_bias_of_another_length(%a: tensor<1x1x3xf32>, %b: tensor<2x1x1xf32>, %c: tensor<3xf32>) {
  // expected-error@+2 {{expected a bias of 2 elements, got 'tensor<3xf32>'}}
  // expected-error@+1 {{failed to infer returned types}}
  %r = dtc.convolution %a, %b, %c {strides = array<i64: 1>, dilations = array<i64: 1>, padsBegin = array<i64: 0>, padsEnd = array<i64: 0>, groups = 1 : i64} : (tensor<1x1x3xf32>, tensor<2x1x1xf32>, tensor<3xf32>) -> tensor<1x2x3xf32>
  return
}

// -----

func.func @lists_of_another_length(%a: tensor<1x1x3xf32>, %b: tensor<1x1x1xf32>) {
  // expected-error@+2 {{expected strides, dilations and pads for 1 spatial dimensions}}
  // expected-error@+1 {{failed to infer returned types}}
  %r = dtc.convolution %a, %b {strides = array<i64: 1, 1>, dilations = array<i64: 1>, padsBegin = array<i64: 0>, padsEnd = array<i64: 0>, groups = 1 : i64} : (tensor<1x1x3xf32>, tensor<1x1x1xf32>) -> tensor<1x1x3xf32>
  return
}

// -----

func.func @a_stride_of_zero(%a: tensor<1x1x3xf32>, %b: tensor<1x1x1xf32>) {
  // expected-error@+2 {{expected strides, dilations and kernels of 1 or more}}
  // expected-error@+1 {{failed to infer returned types}}
  %r = dtc.convolution %a, %b {strides = array<i64: 0>, dilations = array<i64: 1>, padsBegin = array<i64: 0>, padsEnd = array<i64: 0>, groups = 1 : i64} : (tensor<1x1x3xf32>, tensor<1x1x1xf32>) -> tensor<1x1x3xf32>
  return
}

// -----

func.func @padding_beyond_all_bounds(%a: tensor<1x1x3xf32>, %b: tensor<1x1x1xf32>) {
  // expected-error@+2 {{expected extents, strides, dilations and pads below 2147483648}}
  // expected-error@+1 {{failed to infer returned types}}
  %r = dtc.convolution %a, %b {strides = array<i64: 1>, dilations = array<i64: 1>, padsBegin = array<i64: 9223372036854775807>, padsEnd = array<i64: 0>, groups = 1 : i64} : (tensor<1x1x3xf32>, tensor<1x1x1xf32>) -> tensor<1x1x3xf32>
  return
}

// -----

func.func @a_kernel_that_does_not_fit(%a: tensor<1x1x3xf32>, %b: tensor<1x1x4xf32>) {
  // expected-error@+2 {{expected a kernel that fits the padded input in spatial dimension 0}}
  // expected-error@+1 {{failed to infer returned types}}
  %r = dtc.convolution %a, %b {strides = array<i64: 1>, dilations = array<i64: 1>, padsBegin = array<i64: 0>, padsEnd = array<i64: 0>, groups = 1 : i64} : (tensor<1x1x3xf32>, tensor<1x1x4xf32>) -> tensor<1x1x0xf32>
  return
}

// -----

func.func @element_types_that_differ(%a: tensor<1x1x3xf32>, %b: tensor<1x1x1xf64>) {
  // expected-error@+1 {{expected equal element types, got 'tensor<1x1x3xf32>' and 'tensor<1x1x1xf64>'}}
  %r = dtc.convolution %a, %b {strides = array<i64: 1>, dilations = array<i64: 1>, padsBegin = array<i64: 0>, padsEnd = array<i64: 0>, groups = 1 : i64} : (tensor<1x1x3xf32>, tensor<1x1x1xf64>) -> tensor<1x1x3xf32>
  return
}

// -----

func.func @a_weight_for_other_channels(%a: tensor<1x3x3xf32>, %b: tensor<2x1x1xf32>) {
  // expected-error@+2 {{expected channels that 1 groups divide, got 3 input channels and a weight for 2}}
  // expected-error@+1 {{failed to infer returned types}}
  %r = dtc.transposed_convolution %a, %b {strides = array<i64: 1>, dilations = array<i64: 1>, padsBegin = array<i64: 0>, padsEnd = array<i64: 0>, groups = 1 : i64} : (tensor<1x3x3xf32>, tensor<2x1x1xf32>) -> tensor<1x1x3xf32>
  return
}

// -----

func.func @padding_that_leaves_nothing(%a: tensor<1x1x3xf32>, %b: tensor<1x1x1xf32>) {
  // expected-error@+2 {{expected padding that leaves a result in spatial dimension 0, got an extent of -1}}
  // expected-error@+1 {{failed to infer returned types}}
  %r = dtc.transposed_convolution %a, %b {strides = array<i64: 1>, dilations = array<i64: 1>, padsBegin = array<i64: 2>, padsEnd = array<i64: 2>, groups = 1 : i64} : (tensor<1x1x3xf32>, tensor<1x1x1xf32>) -> tensor<1x1x0xf32>
  return
}

// -----

// convolution_weight_gradient_c1
func.func @a_weight_gradient_of_two_batches(%a: tensor<1x2x5xf32>, %b: tensor<2x2x5xf32>) {
  // expected-error@+2 {{expected input and gradient of one rank from 3 to 5, one batch size and one element type, got 'tensor<1x2x5xf32>' and 'tensor<2x2x5xf32>'}}
  // expected-error@+1 {{failed to infer returned types}}
  %r = dtc.convolution_weight_gradient %a, %b {strides = array<i64: 1>, dilations = array<i64: 1>, padsBegin = array<i64: 0>, padsEnd = array<i64: 0>, kernel = array<i64: 1>, groups = 1 : i64} : (tensor<1x2x5xf32>, tensor<2x2x5xf32>) -> tensor<2x2x1xf32>
  return
}

// -----

// convolution_weight_gradient_c2
func.func @a_weight_gradient_of_three_groups(%a: tensor<1x2x5xf32>, %b: tensor<1x2x5xf32>) {
  // expected-error@+2 {{expected channels that 3 groups divide, got 2 and 2}}
  // expected-error@+1 {{failed to infer returned types}}
  %r = dtc.convolution_weight_gradient %a, %b {strides = array<i64: 1>, dilations = array<i64: 1>, padsBegin = array<i64: 0>, padsEnd = array<i64: 0>, kernel = array<i64: 1>, groups = 3 : i64} : (tensor<1x2x5xf32>, tensor<1x2x5xf32>) -> tensor<2x2x1xf32>
  return
}

// -----

// convolution_weight_gradient_c3
func.func @a_weight_gradient_of_other_positions(%a: tensor<1x2x5xf32>, %b: tensor<1x2x5xf32>) {
  // expected-error@+2 {{expected a gradient of positions [3], got [5]}}
  // expected-error@+1 {{failed to infer returned types}}
  %r = dtc.convolution_weight_gradient %a, %b {strides = array<i64: 1>, dilations = array<i64: 1>, padsBegin = array<i64: 0>, padsEnd = array<i64: 0>, kernel = array<i64: 3>, groups = 1 : i64} : (tensor<1x2x5xf32>, tensor<1x2x5xf32>) -> tensor<2x2x3xf32>
  return
}
