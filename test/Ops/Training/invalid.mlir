// RUN: dtc-opt %s --split-input-file --verify-diagnostics

// update_c1
func.func @nothing_to_update(%x: tensor<2xf32>) {
  // expected-error @+1 {{'dtc.update' op expected a parameter or state 'w' before it, got none}}
  dtc.update "w", %x : tensor<2xf32>
  return
}

// -----

// update_c1
func.func @another_type(%x: tensor<3xf32>) {
  %w = dtc.parameter "w" : tensor<2xf32>
  // expected-error @+1 {{expected a value of 'w', 'tensor<2xf32>', got 'tensor<3xf32>'}}
  dtc.update "w", %x : tensor<3xf32>
  return
}

// -----

#mesh = #dtc.mesh<"tp" = 2>
// update_c1
func.func @another_placement(%x: tensor<2xf32, #dtc.layout<#mesh, [partial(sum)]>>) {
  %w = dtc.parameter "w" : tensor<2xf32, #dtc.layout<#mesh, [replicate]>>
  // expected-error @+1 {{expected a value of 'w', 'tensor<2xf32, #dtc.layout<#dtc.mesh<"tp" = 2>, [replicate]>>', got 'tensor<2xf32, #dtc.layout<#dtc.mesh<"tp" = 2>, [partial(sum)]>>'}}
  dtc.update "w", %x : tensor<2xf32, #dtc.layout<#mesh, [partial(sum)]>>
  return
}

// -----

// update_c2
func.func @updated_twice(%x: tensor<2xf32>) {
  %w = dtc.state "w" {fill = 0.0} : tensor<2xf32>
  dtc.update "w", %x : tensor<2xf32>
  // expected-error @+1 {{expected one update of 'w', got two}}
  dtc.update "w", %x : tensor<2xf32>
  return
}

// -----

func.func @half_an_integer() {
  // expected-error @+1 {{expected an integer to fill 'tensor<2xi64>' with, got 5.000000e-01}}
  %w = dtc.state "w" {fill = 0.5} : tensor<2xi64>
  return
}

// -----

func.func @another_phase(%x: tensor<2xf32>) {
  // expected-error @+1 {{expected 'dtc.phase' to be "forward", "backward" or "optimizer", got "sideways"}}
  %y = dtc.relu %x {dtc.phase = "sideways"} : (tensor<2xf32>) -> tensor<2xf32>
  return
}
