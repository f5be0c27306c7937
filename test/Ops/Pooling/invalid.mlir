// RUN: dtc-opt %s --split-input-file --verify-diagnostics

func.func @no_spatial_dimension(%a: tensor<2x3xf32>) {
  // expected-error@+2 {{expected an input of rank 3 to 5, got 'tensor<2x3xf32>'}}
  // expected-error@+1 {{failed to infer returned types}}
  %r = dtc.max_pool %a {kernel = array<i64>, strides = array<i64>, dilations = array<i64>, padsBegin = array<i64>, padsEnd = array<i64>} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return
}

// -----

func.func @a_kernel_of_another_rank(%a: tensor<2x3x4xf32>) {
  // expected-error@+2 {{expected strides, dilations and pads for 1 spatial dimensions}}
  // expected-error@+1 {{failed to infer returned types}}
  %r = dtc.sum_pool %a {kernel = array<i64: 2, 2>, strides = array<i64: 1>, dilations = array<i64: 1>, padsBegin = array<i64: 0>, padsEnd = array<i64: 0>} : (tensor<2x3x4xf32>) -> tensor<2x3x3xf32>
  return
}

// -----

func.func @a_kernel_that_does_not_fit(%a: tensor<2x3x4xf32>) {
  // expected-error@+2 {{expected a kernel that fits the padded input in spatial dimension 0}}
  // expected-error@+1 {{failed to infer returned types}}
  %r = dtc.arg_max_pool %a {kernel = array<i64: 3>, strides = array<i64: 1>, dilations = array<i64: 2>, padsBegin = array<i64: 0>, padsEnd = array<i64: 0>} : (tensor<2x3x4xf32>) -> tensor<2x3x0xi64>
  return
}

// -----

func.func @counted_padding_below_zero(%a: tensor<2x3x4xf32>) {
  // expected-error@+1 {{expected counted padding of 0 or more for 1 spatial dimensions}}
  %r = dtc.average_pool %a {kernel = array<i64: 2>, strides = array<i64: 1>, dilations = array<i64: 1>, padsBegin = array<i64: 0>, padsEnd = array<i64: 0>, countedBegin = array<i64: -1>, countedEnd = array<i64: 0>} : (tensor<2x3x4xf32>) -> tensor<2x3x3xf32>
  return
}

// -----

func.func @max_pool_gradient_c1(%g: tensor<2x3x4xf32>, %p: tensor<2x3x5xi64>) {
  // expected-error@+2 {{expected places of type i64 in the gradient's shape, got 'tensor<2x3x5xi64>' for 'tensor<2x3x4xf32>'}}
  // expected-error@+1 {{failed to infer returned types}}
  %r = dtc.max_pool_gradient %g, %p {kernel = array<i64: 1>, strides = array<i64: 1>, dilations = array<i64: 1>, padsBegin = array<i64: 0>, padsEnd = array<i64: 0>} : (tensor<2x3x4xf32>, tensor<2x3x5xi64>) -> tensor<2x3x4xf32>
  return
}

// -----

func.func @places_of_another_type(%g: tensor<2x3x4xf32>, %p: tensor<2x3x4xi32>) {
  // expected-error@+2 {{expected places of type i64 in the gradient's shape, got 'tensor<2x3x4xi32>' for 'tensor<2x3x4xf32>'}}
  // expected-error@+1 {{failed to infer returned types}}
  %r = dtc.max_pool_gradient %g, %p {kernel = array<i64: 1>, strides = array<i64: 1>, dilations = array<i64: 1>, padsBegin = array<i64: 0>, padsEnd = array<i64: 0>} : (tensor<2x3x4xf32>, tensor<2x3x4xi32>) -> tensor<2x3x4xf32>
  return
}

// -----

func.func @a_gradient_without_positions(%g: tensor<2x3xf32>, %p: tensor<2x3xi64>) {
  // expected-error@+2 {{expected a gradient of rank 3 to 5, got 'tensor<2x3xf32>'}}
  // expected-error@+1 {{failed to infer returned types}}
  %r = dtc.max_pool_gradient %g, %p {kernel = array<i64>, strides = array<i64>, dilations = array<i64>, padsBegin = array<i64>, padsEnd = array<i64>} : (tensor<2x3xf32>, tensor<2x3xi64>) -> tensor<2x3xf32>
  return
}

// -----

func.func @a_kernel_whose_places_have_no_number(%g: tensor<1x1x1x1xf32>, %p: tensor<1x1x1x1xi64>) {
  // expected-error@+2 {{expected a kernel of less than 2^44 elements, got [2147483647, 2147483647]}}
  // expected-error@+1 {{failed to infer returned types}}
  %r = dtc.max_pool_gradient %g, %p {kernel = array<i64: 2147483647, 2147483647>, strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, padsBegin = array<i64: 1073741824, 1073741824>, padsEnd = array<i64: 1073741819, 1073741819>} : (tensor<1x1x1x1xf32>, tensor<1x1x1x1xi64>) -> tensor<1x1x4x4xf32>
  return
}
