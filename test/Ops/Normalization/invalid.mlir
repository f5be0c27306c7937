// RUN: dtc-opt %s --split-input-file --verify-diagnostics

// layer_norm_gradient_c1
func.func @layer_norm_gradient_of_another_shape(%g: tensor<3x4xf32>, %x: tensor<2x4xf32>, %s: tensor<4xf32>) {
  // expected-error@+2 {{expected a gradient and an input of one shape and element type, got 'tensor<3x4xf32>' and 'tensor<2x4xf32>'}}
  // expected-error@+1 {{failed to infer returned types}}
  %r = dtc.layer_norm_gradient %g, %x, %s {axis = 1 : i64, epsilon = 1.0e-5 : f64} : (tensor<3x4xf32>, tensor<2x4xf32>, tensor<4xf32>) -> tensor<2x4xf32>
  return
}

// -----

// layer_norm_gradient_c1
func.func @layer_norm_gradient_of_another_type(%g: tensor<2x4xf16>, %x: tensor<2x4xf32>, %s: tensor<4xf32>) {
  // expected-error@+2 {{expected a gradient and an input of one shape and element type, got 'tensor<2x4xf16>' and 'tensor<2x4xf32>'}}
  // expected-error@+1 {{failed to infer returned types}}
  %r = dtc.layer_norm_gradient %g, %x, %s {axis = 1 : i64, epsilon = 1.0e-5 : f64} : (tensor<2x4xf16>, tensor<2x4xf32>, tensor<4xf32>) -> tensor<2x4xf32>
  return
}

// -----

// layer_norm_gradient_c2
func.func @layer_norm_gradient_with_a_scale_of_rows(%g: tensor<2x4xf32>, %x: tensor<2x4xf32>, %s: tensor<2xf32>) {
  // expected-error@+1 {{'dtc.layer_norm_gradient' op expected 'scale' of the shape of the normalised dimensions of 'tensor<2x4xf32>', got 'tensor<2xf32>'}}
  %r = dtc.layer_norm_gradient %g, %x, %s {axis = 1 : i64, epsilon = 1.0e-5 : f64} : (tensor<2x4xf32>, tensor<2x4xf32>, tensor<2xf32>) -> tensor<2x4xf32>
  return
}

// -----

func.func @layer_norm_gradient_along_no_axis(%g: tensor<2x4xf32>, %x: tensor<2x4xf32>, %s: tensor<4xf32>) {
  // expected-error@+1 {{expected an axis from 0 to 1, got 2}}
  %r = dtc.layer_norm_gradient %g, %x, %s {axis = 2 : i64, epsilon = 1.0e-5 : f64} : (tensor<2x4xf32>, tensor<2x4xf32>, tensor<4xf32>) -> tensor<2x4xf32>
  return
}

// -----

// rms_norm_gradient_c1
func.func @rms_norm_gradient_of_another_shape(%g: tensor<3x4xf32>, %x: tensor<2x4xf32>, %s: tensor<4xf32>) {
  // expected-error@+2 {{expected a gradient and an input of one shape and element type, got 'tensor<3x4xf32>' and 'tensor<2x4xf32>'}}
  // expected-error@+1 {{failed to infer returned types}}
  %r = dtc.rms_norm_gradient %g, %x, %s {axis = 1 : i64, epsilon = 1.0e-5 : f64} : (tensor<3x4xf32>, tensor<2x4xf32>, tensor<4xf32>) -> tensor<2x4xf32>
  return
}

// -----

// rms_norm_gradient_c1
func.func @rms_norm_gradient_of_another_type(%g: tensor<2x4xf16>, %x: tensor<2x4xf32>, %s: tensor<4xf32>) {
  // expected-error@+2 {{expected a gradient and an input of one shape and element type, got 'tensor<2x4xf16>' and 'tensor<2x4xf32>'}}
  // expected-error@+1 {{failed to infer returned types}}
  %r = dtc.rms_norm_gradient %g, %x, %s {axis = 1 : i64, epsilon = 1.0e-5 : f64} : (tensor<2x4xf16>, tensor<2x4xf32>, tensor<4xf32>) -> tensor<2x4xf32>
  return
}

// -----

// rms_norm_gradient_c2
func.func @rms_norm_gradient_with_a_scale_of_rows(%g: tensor<2x4xf32>, %x: tensor<2x4xf32>, %s: tensor<2xf32>) {
  // expected-error@+1 {{'dtc.rms_norm_gradient' op expected 'scale' of the shape of the normalised dimensions of 'tensor<2x4xf32>', got 'tensor<2xf32>'}}
  %r = dtc.rms_norm_gradient %g, %x, %s {axis = 1 : i64, epsilon = 1.0e-5 : f64} : (tensor<2x4xf32>, tensor<2x4xf32>, tensor<2xf32>) -> tensor<2x4xf32>
  return
}

// -----

func.func @rms_norm_gradient_along_no_axis(%g: tensor<2x4xf32>, %x: tensor<2x4xf32>, %s: tensor<4xf32>) {
  // expected-error@+1 {{expected an axis from 0 to 1, got 2}}
  %r = dtc.rms_norm_gradient %g, %x, %s {axis = 2 : i64, epsilon = 1.0e-5 : f64} : (tensor<2x4xf32>, tensor<2x4xf32>, tensor<4xf32>) -> tensor<2x4xf32>
  return
}
