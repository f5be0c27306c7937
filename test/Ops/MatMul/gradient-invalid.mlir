// RUN: dtc-opt %s --split-input-file --verify-diagnostics

// linear_weight_gradient_c1
func.func @other_leading_dimensions(%g: tensor<3x2xf32>, %x: tensor<2x4xf32>) {
  // expected-error@+2 {{expected a gradient and an input that differ in their last dimension only, got 'tensor<3x2xf32>' and 'tensor<2x4xf32>'}}
  // expected-error@+1 {{failed to infer returned types}}
  %r = dtc.linear_weight_gradient %g, %x : (tensor<3x2xf32>, tensor<2x4xf32>) -> tensor<2x4xf32>
  return
}
