// RUN: dtc-opt %s --dtc-differentiate=spec=%S/../Ops/cotangent.yaml --split-input-file --verify-diagnostics

// What a rule does not know it refuses.

func.func @index_tuples_in_batches(%x: tensor<2x3xf32>, %i: tensor<2x1xi64>) -> tensor<2xf32> {
  // expected-error @+1 {{'dtc.gather_nd' op has a gradient without batch dimensions only, got 1}}
  %r = dtc.gather_nd %x, %i {batchDims = 1 : i64} : (tensor<2x3xf32>, tensor<2x1xi64>) -> tensor<2xf32>
  return %r : tensor<2xf32>
}

// -----

func.func @updates_that_multiply(%x: tensor<4xf32>, %i: tensor<2xi64>, %u: tensor<2xf32>) -> tensor<4xf32> {
  // expected-error @+1 {{'dtc.scatter_elements' op has a gradient for updates that are written or added only, got 'product'}}
  %r = dtc.scatter_elements %x, %i, %u {axis = 0 : i64, combine = 4 : i64} : (tensor<4xf32>, tensor<2xi64>, tensor<2xf32>) -> tensor<4xf32>
  return %r : tensor<4xf32>
}

// -----

func.func @more_correction_than_elements(%x: tensor<2x3xf32>) -> tensor<2xf32> {
  // expected-error @+1 {{'dtc.reduce_var' op has a gradient where more elements than 'correction' are reduced only, got 3 for 3}}
  %r = dtc.reduce_var %x {dims = array<i64: 1>, correction = 3 : i64} : (tensor<2x3xf32>) -> tensor<2xf32>
  return %r : tensor<2xf32>
}

// -----

func.func @a_maximum_of_a_large_window(%x: tensor<1x3x8192xf32>) -> tensor<1x3x1xf32> {
  // expected-error @+1 {{'dtc.max_pool' op has a gradient for kernels of few elements only, got 8192 with 3 channels}}
  %r = dtc.max_pool %x {kernel = array<i64: 8192>, strides = array<i64: 1>, dilations = array<i64: 1>, padsBegin = array<i64: 0>, padsEnd = array<i64: 0>} : (tensor<1x3x8192xf32>) -> tensor<1x3x1xf32>
  return %r : tensor<1x3x1xf32>
}

// -----

func.func @a_running_product(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @+2 {{'dtc.cum_prod' op has no gradient, expected one on the way from 'arg0' to the loss}}
  // expected-note @+1 {{leave 'arg0' out of 'trainable', or use another op}}
  %r = dtc.cum_prod %x {axis = 0 : i64} : (tensor<4xf32>) -> tensor<4xf32>
  return %r : tensor<4xf32>
}
