// RUN: dtc-opt %s --dtc-differentiate=spec=%S/../Ops/cotangent.yaml --split-input-file --verify-diagnostics

// What a rule does not know it refuses.

func.func @more_correction_than_elements(%x: tensor<2x3xf32>) -> tensor<2xf32> {
  // expected-error @+1 {{'dtc.reduce_var' op has a gradient where more elements than 'correction' are reduced only, got 3 for 3}}
  %r = dtc.reduce_var %x {dims = array<i64: 1>, correction = 3 : i64} : (tensor<2x3xf32>) -> tensor<2xf32>
  return %r : tensor<2xf32>
}

// -----

func.func @the_bits_of_numbers(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @+2 {{'dtc.bitcast' op has no gradient, expected one on the way from 'arg0' to the loss}}
  // expected-note @+1 {{leave 'arg0' out of 'trainable', or use another op}}
  %r = dtc.bitcast %x : (tensor<4xf32>) -> tensor<4xf32>
  return %r : tensor<4xf32>
}
