// A wish about one axis that would complete its maximum before the sum inside of
// it is refused where it is made.
// RUN: not dtc-opt %s --dtc-propagate-placements 2>&1 | FileCheck %s
// CHECK: error: 'dtc.constrain' op going from 'partial(max)' to 'replicate' over axis 'sp' before 'partial(sum)' over axis 'tp' is complete changes the value; redistribute to 'replicate' over both

#mesh = #dtc.mesh<"sp" = 2, "tp" = 2>
#sums = #dtc.layout<#mesh, [replicate, partial(sum)]>
#maxima = #dtc.layout<#mesh, [partial(max), replicate]>
#whole = #dtc.layout<#mesh, [replicate, replicate]>
module attributes {dtc.mesh = #mesh} {
func.func @main(%x: tensor<4x4xf32> {dtc.layout = #sums}, %y: tensor<4x4xf32> {dtc.layout = #maxima}) -> (tensor<2x4x4xf32> {dtc.as_is}) {
  %0 = dtc.stack %x, %y {axis = 0 : i64} : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<2x4x4xf32>
  %1 = dtc.constrain %0 to #whole cause "wish" {axes = array<i64: 0>} : tensor<2x4x4xf32>
  return %1 : tensor<2x4x4xf32>
}
}
