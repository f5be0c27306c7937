// RUN: dtc-opt %s --split-input-file --verify-diagnostics

func.func @embedding_renorm_c1(%w: tensor<3xf32>, %i: tensor<2xi64>) {
  // expected-error @+1 {{expected a table of rank 2, got 'tensor<3xf32>'}}
  %0 = dtc.embedding_renorm %w, %i {maxNorm = 1.0 : f64} : (tensor<3xf32>, tensor<2xi64>) -> tensor<3xf32>
  return
}

// -----

func.func @embedding_renorm_c1_result(%w: tensor<3x2xf32>, %i: tensor<2xi64>) {
  // expected-error @+1 {{expected a result of the table's type 'tensor<3x2xf32>', got 'tensor<2x2xf32>'}}
  %0 = dtc.embedding_renorm %w, %i {maxNorm = 1.0 : f64} : (tensor<3x2xf32>, tensor<2xi64>) -> tensor<2x2xf32>
  return
}

// -----

func.func @embedding_renorm_c2(%w: tensor<3x2xf32>, %i: tensor<2xi64>) {
  // expected-error @+1 {{expected a norm above 0, got 0.000000e+00}}
  %0 = dtc.embedding_renorm %w, %i {maxNorm = 0.0 : f64} : (tensor<3x2xf32>, tensor<2xi64>) -> tensor<3x2xf32>
  return
}
