// RUN: dtc-opt %s --split-input-file --verify-diagnostics

func.func @random_bits_c1() -> tensor<2xi32> {
  // expected-error @+1 {{expected elements of type 'ui32', got 'i32'}}
  %r = dtc.random_bits {seed = 0 : i64, extents = array<i64: 2>} : () -> tensor<2xi32>
  return %r : tensor<2xi32>
}

// -----

func.func @random_bits_c2() -> tensor<2xui32> {
  // expected-error @+1 {{expected a piece of the tensor of shape [3], got 'tensor<2xui32>'}}
  %r = dtc.random_bits {seed = 0 : i64, extents = array<i64: 3>} : () -> tensor<2xui32>
  return %r : tensor<2xui32>
}

// -----

func.func @random_bits_beyond_the_end() -> tensor<2xui32> {
  // expected-error @+1 {{expected a piece of the tensor of shape [3], got 'tensor<2xui32>'}}
  %r = dtc.random_bits {seed = 0 : i64, extents = array<i64: 3>, begins = array<i64: 2>} : () -> tensor<2xui32>
  return %r : tensor<2xui32>
}

// -----

func.func @random_bits_c3(%step: tensor<1xi64>) -> tensor<2xui32> {
  // expected-error @+1 {{expected a step 'tensor<i64>', got 'tensor<1xi64>'}}
  %r = dtc.random_bits %step {seed = 0 : i64, extents = array<i64: 2>} : (tensor<1xi64>) -> tensor<2xui32>
  return %r : tensor<2xui32>
}

// -----

func.func @dropout_c3(%x: tensor<2xf32>, %step: tensor<i32>) -> tensor<2xf32> {
  // expected-error @+1 {{expected a step 'tensor<i64>', got 'tensor<i32>'}}
  %r, %m = dtc.dropout %x, %step {ratio = 0.5 : f64, seed = 0 : i64} : (tensor<2xf32>, tensor<i32>) -> (tensor<2xf32>, tensor<2xi1>)
  return %r : tensor<2xf32>
}

// -----

func.func @dropout_c1(%x: tensor<2xf32>) -> tensor<2xf32> {
  // expected-error @+1 {{expected a ratio from 0 to 1, got 1.5}}
  %r, %m = dtc.dropout %x {ratio = 1.5 : f64, seed = 0 : i64} : (tensor<2xf32>) -> (tensor<2xf32>, tensor<2xi1>)
  return %r : tensor<2xf32>
}

// -----

func.func @dropout_c2_together(%x: tensor<2xf32>) -> tensor<2xf32> {
  // expected-error @+1 {{expected 'extents' and 'begins' together}}
  %r, %m = dtc.dropout %x {ratio = 0.5 : f64, seed = 0 : i64, extents = array<i64: 4>}
    : (tensor<2xf32>) -> (tensor<2xf32>, tensor<2xi1>)
  return %r : tensor<2xf32>
}

// -----

func.func @dropout_c2_piece(%x: tensor<2xf32>) -> tensor<2xf32> {
  // expected-error @+1 {{expected a piece of the tensor of shape [4], got 'tensor<2xf32>'}}
  %r, %m = dtc.dropout %x {ratio = 0.5 : f64, seed = 0 : i64, extents = array<i64: 4>, begins = array<i64: 3>}
    : (tensor<2xf32>) -> (tensor<2xf32>, tensor<2xi1>)
  return %r : tensor<2xf32>
}

// -----

func.func @a_mask_of_another_shape(%x: tensor<2xf32>, %m: tensor<3xi1>) -> tensor<2xf32> {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @+1 {{expected a mask of the gradient's shape, got 'tensor<3xi1>' for 'tensor<2xf32>'}}
  %r = dtc.dropout_backward %x, %m {scale = 2.0 : f64} : (tensor<2xf32>, tensor<3xi1>) -> tensor<2xf32>
  return %r : tensor<2xf32>
}

// -----

#mesh = #dtc.mesh<"tp" = 2>
#P = #dtc.layout<#mesh, [partial(sum)]>
// expected-note @+1 {{operand 0 is}}
func.func @dropout_of_a_partial_tensor(%x: tensor<2xf32, #P>) -> tensor<2xf32, #P> {
  // expected-note @+2 {{insert a 'dtc.redistribute'}}
  // expected-error @+1 {{partial}}
  %r, %m = dtc.dropout %x {ratio = 0.5 : f64, seed = 0 : i64} : (tensor<2xf32, #P>) -> (tensor<2xf32, #P>, tensor<2xi1, #P>)
  return %r : tensor<2xf32, #P>
}
