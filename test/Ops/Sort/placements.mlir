// RUN: dtc-opt %s --dtc-propagate-placements | FileCheck %s

// What the eager policy chooses.

#mesh = #dtc.mesh<"tp" = 2>
module attributes {dtc.mesh = #mesh} {

// CHECK-LABEL: @other_dimensions_stay_split
// CHECK-NOT: dtc.redistribute
// CHECK: dtc.sort {{.*}} -> (tensor<8x5xf32, #dtc.layout<#mesh, [shard(0)]>>, tensor<8x5xi64, #dtc.layout<#mesh, [shard(0)]>>)
func.func @other_dimensions_stay_split(%x: tensor<8x5xf32> {dtc.layout = #dtc.layout<#mesh, [shard(0)]>})
    -> (tensor<8x5xf32> {dtc.as_is}) {
  %0:2 = dtc.sort %x {axis = 1 : i64} : (tensor<8x5xf32>) -> (tensor<8x5xf32>, tensor<8x5xi64>)
  return %0#0 : tensor<8x5xf32>
}

// CHECK-LABEL: @a_split_axis_becomes_whole
// CHECK: dtc.redistribute %arg0
// CHECK: dtc.top_k
func.func @a_split_axis_becomes_whole(%x: tensor<8x5xf32> {dtc.layout = #dtc.layout<#mesh, [shard(0)]>})
    -> (tensor<3x5xi64> {dtc.as_is}) {
  %0:2 = dtc.top_k %x {axis = 0 : i64, k = 3 : i64} : (tensor<8x5xf32>) -> (tensor<3x5xf32>, tensor<3x5xi64>)
  return %0#1 : tensor<3x5xi64>
}

// CHECK-LABEL: @partial_sums_are_scattered
// CHECK: dtc.redistribute %arg0 {{.*}}[partial(sum)]>> -> {{.*}}[shard(0)]>>
// CHECK: dtc.top_k {{.*}} -> (tensor<8x2xf32, #dtc.layout<#mesh, [shard(0)]>>
func.func @partial_sums_are_scattered(%x: tensor<8x5xf32> {dtc.layout = #dtc.layout<#mesh, [partial(sum)]>})
    -> (tensor<8x2xf32> {dtc.as_is}) {
  %0:2 = dtc.top_k %x {axis = 1 : i64, k = 2 : i64} : (tensor<8x5xf32>) -> (tensor<8x2xf32>, tensor<8x2xi64>)
  return %0#0 : tensor<8x2xf32>
}

}
