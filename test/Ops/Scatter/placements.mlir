// RUN: dtc-opt %s --dtc-propagate-placements | FileCheck %s

// What the eager policy chooses.

#mesh = #dtc.mesh<"tp" = 2>
module attributes {dtc.mesh = #mesh} {

// CHECK-LABEL: @sums_keep_a_split_beside_the_axis
// CHECK-NOT: cause "{{.*}}[shard(0)]>> -> {{.*}}[replicate]>>
// CHECK: dtc.scatter_elements {{.*}} -> tensor<8x5xf32, #dtc.layout<#mesh, [shard(0)]>>
func.func @sums_keep_a_split_beside_the_axis(
    %d: tensor<8x5xf32> {dtc.layout = #dtc.layout<#mesh, [shard(0)]>}, %i: tensor<8x3xi64>, %u: tensor<8x3xf32>)
    -> (tensor<8x5xf32> {dtc.as_is}) {
  %0 = dtc.scatter_elements %d, %i, %u {axis = 1 : i64, combine = 0 : i64}
    : (tensor<8x5xf32>, tensor<8x3xi64>, tensor<8x3xf32>) -> tensor<8x5xf32>
  return %0 : tensor<8x5xf32>
}

// CHECK-LABEL: @overwriting_gathers_everything
// CHECK: dtc.redistribute %arg0 {{.*}}[shard(0)]>> -> {{.*}}[replicate]>>
// CHECK: dtc.scatter_elements {{.*}} -> tensor<8x5xf32, #dtc.layout<#mesh, [replicate]>>
func.func @overwriting_gathers_everything(
    %d: tensor<8x5xf32> {dtc.layout = #dtc.layout<#mesh, [shard(0)]>}, %i: tensor<8x3xi64>, %u: tensor<8x3xf32>)
    -> (tensor<8x5xf32> {dtc.as_is}) {
  %0 = dtc.scatter_elements %d, %i, %u {axis = 1 : i64}
    : (tensor<8x5xf32>, tensor<8x3xi64>, tensor<8x3xf32>) -> tensor<8x5xf32>
  return %0 : tensor<8x5xf32>
}

// CHECK-LABEL: @slices_follow_the_data
// CHECK: dtc.redistribute %arg2 {{.*}}[replicate]>> -> {{.*}}[shard(1)]>>
// CHECK: dtc.scatter_nd {{.*}} -> tensor<4x6xf32, #dtc.layout<#mesh, [shard(1)]>>
func.func @slices_follow_the_data(
    %d: tensor<4x6xf32> {dtc.layout = #dtc.layout<#mesh, [shard(1)]>}, %i: tensor<3x1xi64>, %u: tensor<3x6xf32>)
    -> (tensor<4x6xf32> {dtc.as_is}) {
  %0 = dtc.scatter_nd %d, %i, %u : (tensor<4x6xf32>, tensor<3x1xi64>, tensor<3x6xf32>) -> tensor<4x6xf32>
  return %0 : tensor<4x6xf32>
}

// CHECK-LABEL: @partial_slices_are_completed
// CHECK: dtc.redistribute %arg2 {{.*}}[partial(sum)]>> -> {{.*}}[replicate]>>
// CHECK: dtc.scatter_nd {{.*}} -> tensor<4x6xf32, #dtc.layout<#mesh, [replicate]>>
func.func @partial_slices_are_completed(
    %d: tensor<4x6xf32>, %i: tensor<3x1xi64>, %u: tensor<3x6xf32> {dtc.layout = #dtc.layout<#mesh, [partial(sum)]>})
    -> (tensor<4x6xf32> {dtc.as_is}) {
  %0 = dtc.scatter_nd %d, %i, %u : (tensor<4x6xf32>, tensor<3x1xi64>, tensor<3x6xf32>) -> tensor<4x6xf32>
  return %0 : tensor<4x6xf32>
}

}
