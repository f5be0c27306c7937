// RUN: dtc-opt %s --dtc-propagate-placements --split-input-file --verify-diagnostics

#mesh = #dtc.mesh<"tp" = 2>
#windows = #dtc.layout<#mesh, [window(0, 8, 1, 1, -1, 1)]>
module attributes {dtc.mesh = #mesh} {
// expected-error @+1 {{expected a layout of 'replicate', shards and partial values, got 'window(0)': only redistributions make windows}}
func.func @nobody_holds_windows(%x: tensor<8xf32> {dtc.layout = #windows}) -> tensor<8xf32> {
  return %x : tensor<8xf32>
}
}

// -----

#mesh = #dtc.mesh<"tp" = 2>
#windows = #dtc.layout<#mesh, [window(0, 8, 1, 1, -1, 1)]>
module attributes {dtc.mesh = #mesh} {
func.func @nobody_wants_windows(%x: tensor<8xf32>) -> tensor<8xf32> {
  // expected-error @+1 {{expected a layout of 'replicate', shards and partial values, got 'window(0)': only redistributions make windows}}
  %r = dtc.constrain %x to #windows cause "plan" : tensor<8xf32>
  return %r : tensor<8xf32>
}
}
