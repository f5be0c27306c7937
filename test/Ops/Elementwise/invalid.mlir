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
