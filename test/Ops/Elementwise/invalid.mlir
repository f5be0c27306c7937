// RUN: dtc-opt %s --split-input-file --verify-diagnostics

func.func @bits_of_another_width(%x: tensor<2xf32>) -> tensor<2xi64> {
  // expected-error @+1 {{expected operand and result of one shape and width, got 'tensor<2xf32>' and 'tensor<2xi64>'}}
  %r = dtc.bitcast %x : (tensor<2xf32>) -> tensor<2xi64>
  return %r : tensor<2xi64>
}

// -----

func.func @a_cast_to_another_shape(%x: tensor<2xf32>) -> tensor<3xi64> {
  // expected-error @+1 {{expected operand and result of one shape, got 'tensor<2xf32>' and 'tensor<3xi64>'}}
  %r = dtc.cast %x : (tensor<2xf32>) -> tensor<3xi64>
  return %r : tensor<3xi64>
}

// -----

func.func @a_bound_that_is_no_number(%x: tensor<2xf32>) -> tensor<2xf32> {
  // expected-error @+1 {{expected bounds that are numbers, got NaN}}
  %r = dtc.clamp %x {most = 0x7FF8000000000000 : f64} : (tensor<2xf32>) -> tensor<2xf32>
  return %r : tensor<2xf32>
}

// -----

func.func @limits_of_integers(%x: tensor<2xi64>) -> tensor<2xi64> {
  // expected-error @+1 {{operand #0 must be}}
  %r = dtc.clamp %x {most = 1.0 : f64} : (tensor<2xi64>) -> tensor<2xi64>
  return %r : tensor<2xi64>
}
