// RUN: dtc-opt %s --dtc-propagate-placements -o %t.mlir
// RUN: dtc-interpret %t.mlir --all --localize --seed 1 | FileCheck %s
// RUN: dtc-fuzz-programs --replay %s --seed 1

#mesh = #dtc.mesh<"tp" = 2>
#S1 = #dtc.layout<#mesh, [shard(1)]>
module attributes {dtc.mesh = #mesh} {

// Truncated means of parts are not the truncated mean of the whole.
// CHECK-LABEL: @means_of_integers_need_the_whole_dimension
// CHECK-NEXT: result0: 16xi32 [replicate], placed differs by 0, local differs by 0
func.func @means_of_integers_need_the_whole_dimension(
    %a: tensor<16x16xi32> {dtc.layout = #S1, dtc.range = [-900, 100]})
    -> tensor<16xi32> {
  %0 = dtc.reduce_mean %a {dims = array<i64: 1>} : (tensor<16x16xi32>) -> tensor<16xi32>
  return %0 : tensor<16xi32>
}

// CHECK-LABEL: @means_of_unsigned_integers_too
// CHECK-NEXT: result0: 16x1xu16 [replicate], placed differs by 0, local differs by 0
func.func @means_of_unsigned_integers_too(
    %a: tensor<16x4xui16> {dtc.layout = #S1, dtc.range = [0, 2000]})
    -> tensor<16x1xui16> {
  %0 = dtc.reduce_mean %a {dims = array<i64: 1>, keepDims} : (tensor<16x4xui16>) -> tensor<16x1xui16>
  return %0 : tensor<16x1xui16>
}

}
