// RUN: dtc-opt %s --split-input-file --verify-diagnostics

// resample_c1
func.func @an_axis_beyond_the_rank(%x: tensor<2x3xf32>) {
  // expected-error@+2 {{axis}}
  // expected-error@+1 {{failed to infer returned types}}
  %r = dtc.resample %x {axis = 2 : i64, taps = 1 : i64, positions = array<i64: 0>} : (tensor<2x3xf32>) -> tensor<2x1xf32>
  return
}

// -----

// resample_c2
func.func @half_a_tap(%x: tensor<2x3xf32>) {
  // expected-error@+2 {{expected positions for 2 taps, from 1 to 2^31, got 3}}
  // expected-error@+1 {{failed to infer returned types}}
  %r = dtc.resample %x {axis = 1 : i64, taps = 2 : i64, positions = array<i64: 0, 0, 0>, weights = array<f64: 1.0, 1.0, 1.0>} : (tensor<2x3xf32>) -> tensor<2x1xf32>
  return
}

// -----

// resample_c2
func.func @no_taps(%x: tensor<2x3xf32>) {
  // expected-error@+2 {{expected positions for 0 taps, from 1 to 2^31, got 1}}
  // expected-error@+1 {{failed to infer returned types}}
  %r = dtc.resample %x {axis = 1 : i64, taps = 0 : i64, positions = array<i64: 0>} : (tensor<2x3xf32>) -> tensor<2x1xf32>
  return
}

// -----

// resample_c2
func.func @a_position_outside(%x: tensor<2x3xf32>) {
  // expected-error@+2 {{expected positions from 0 to 2, got 3}}
  // expected-error@+1 {{failed to infer returned types}}
  %r = dtc.resample %x {axis = 1 : i64, taps = 1 : i64, positions = array<i64: 3>} : (tensor<2x3xf32>) -> tensor<2x1xf32>
  return
}

// -----

// resample_c3
func.func @two_taps_without_weights(%x: tensor<2x3xf32>) {
  // expected-error@+1 {{expected one tap without 'weights', got 2}}
  %r = dtc.resample %x {axis = 1 : i64, taps = 2 : i64, positions = array<i64: 0, 1>} : (tensor<2x3xf32>) -> tensor<2x1xf32>
  return
}

// -----

// resample_c3
func.func @fewer_weights(%x: tensor<2x3xf32>) {
  // expected-error@+1 {{expected a weight for each of 2 positions, got 1}}
  %r = dtc.resample %x {axis = 1 : i64, taps = 2 : i64, positions = array<i64: 0, 1>, weights = array<f64: 1.0>} : (tensor<2x3xf32>) -> tensor<2x1xf32>
  return
}

// -----

// resample_c3
func.func @weighted_integers(%x: tensor<2x3xi32>) {
  // expected-error@+1 {{expected floats to weight, got 'i32'}}
  %r = dtc.resample %x {axis = 1 : i64, taps = 1 : i64, positions = array<i64: 0>, weights = array<f64: 1.0>} : (tensor<2x3xi32>) -> tensor<2x1xi32>
  return
}

// -----

// The rule of a placed op needs shapes that are right.
#mesh = #dtc.mesh<"tp" = 2>
#R = #dtc.layout<#mesh, [replicate]>
module attributes {dtc.mesh = #mesh} {
func.func @a_placed_op_of_a_wrong_axis(%x: tensor<2x3xf32, #R>) {
  // expected-error@+2 {{axis}}
  // expected-error@+1 {{failed to infer returned types}}
  %r = dtc.resample %x {axis = 7 : i64, taps = 1 : i64, positions = array<i64: 0>} : (tensor<2x3xf32, #R>) -> tensor<2x1xf32, #R>
  return
}
}

// -----

// resample_c2
func.func @taps_beyond_counting(%x: tensor<2x3xf32>) {
  // expected-error@+2 {{expected positions for 4611686018427387904 taps, from 1 to 2^31, got 0}}
  // expected-error@+1 {{failed to infer returned types}}
  %r = dtc.resample %x {axis = 1 : i64, taps = 4611686018427387904 : i64, positions = array<i64>, weights = array<f64>} : (tensor<2x3xf32>) -> tensor<2x0xf32>
  return
}
