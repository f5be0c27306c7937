// RUN: dtc-opt %s --split-input-file --verify-diagnostics

// embedding_gradient_c1
func.func @a_gradient_for_other_indices(%g: tensor<3x2xf32>, %i: tensor<2xi64>) {
  // expected-error@+2 {{expected a gradient whose shape begins with that of the indices, got 'tensor<3x2xf32>' for 'tensor<2xi64>'}}
  // expected-error@+1 {{failed to infer returned types}}
  %r = dtc.embedding_gradient %g, %i {rows = 4 : i64} : (tensor<3x2xf32>, tensor<2xi64>) -> tensor<4x2xf32>
  return
}

// -----

// embedding_gradient_c2
func.func @fewer_than_no_rows(%g: tensor<2x2xf32>, %i: tensor<2xi64>) {
  // expected-error@+2 {{expected 0 rows or more, got -1}}
  // expected-error@+1 {{failed to infer returned types}}
  %r = dtc.embedding_gradient %g, %i {rows = -1 : i64} : (tensor<2x2xf32>, tensor<2xi64>) -> tensor<0x2xf32>
  return
}
