// RUN: dtc-opt %s --split-input-file --verify-diagnostics --dtc-propagate-placements

func.func @stack_c1(%x: tensor<3xf32>, %y: tensor<2xf32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @+1 {{expected operands of one shape and element type, got 'tensor<3xf32>' and 'tensor<2xf32>'}}
  %0 = dtc.stack %x, %y {axis = 0 : i64} : (tensor<3xf32>, tensor<2xf32>) -> tensor<2x3xf32>
  return
}

// -----

func.func @stack_c1_needs_an_operand() {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @+1 {{expected at least one operand}}
  %0 = "dtc.stack"() {axis = 0 : i64} : () -> tensor<0x3xf32>
  return
}

// -----

func.func @stack_c2(%x: tensor<3xf32>) {
  // expected-error @+1 {{expected an axis from 0 to 1, got 2}}
  %0 = dtc.stack %x {axis = 2 : i64} : (tensor<3xf32>) -> tensor<3x1xf32>
  return
}

// -----

func.func @unbind_c1(%x: tensor<3xf32>) {
  // expected-error @+1 {{expected an axis from 0 to 0, got 1}}
  %0 = dtc.unbind %x {axis = 1 : i64} : (tensor<3xf32>) -> tensor<f32>
  return
}

// -----

#mesh = #dtc.mesh<"tp" = 2>
module attributes {dtc.mesh = #mesh} {
func.func @a_split_dimension_is_not_taken_apart(%x: tensor<2x8xf32> {dtc.layout = #dtc.layout<#mesh, [shard(0)]>}) {
  // expected-error @+1 {{attempted to take apart the sharded dimension 0; it cannot be performed without redistribution, which this op does not do: redistribute its operand first}}
  %0:2 = dtc.unbind %x {axis = 0 : i64} : (tensor<2x8xf32>) -> (tensor<8xf32>, tensor<8xf32>)
  return
}
}
