// RUN: dtc-opt %s --dtc-propagate-placements -o %t.placed.mlir
// RUN: FileCheck %s --input-file %t.placed.mlir
// RUN: dtc-interpret %t.placed.mlir --all --localize

#mesh = #dtc.mesh<"tp" = 4>
module attributes {dtc.mesh = #mesh} {

// CHECK-LABEL: @a_split_operand_decides
func.func @a_split_operand_decides(
    %x: tensor<9x5xf32>, %y: tensor<9x5xf32> {dtc.layout = #dtc.layout<#mesh, [shard(0)]>})
    -> (tensor<2x9x5xf32> {dtc.as_is}) {
  // CHECK: dtc.stack {{.*}} -> tensor<2x9x5xf32, #dtc.layout<#mesh, [shard(1)]>>
  %0 = dtc.stack %x, %y {axis = 0 : i64} : (tensor<9x5xf32>, tensor<9x5xf32>) -> tensor<2x9x5xf32>
  return %0 : tensor<2x9x5xf32>
}

// CHECK-LABEL: @a_conflict_replicates
func.func @a_conflict_replicates(
    %x: tensor<8x8xf32> {dtc.layout = #dtc.layout<#mesh, [shard(1)]>},
    %y: tensor<8x8xf32> {dtc.layout = #dtc.layout<#mesh, [shard(0)]>}) -> (tensor<8x8x2xf32> {dtc.as_is}) {
  // CHECK-COUNT-2: dtc.redistribute
  // CHECK: dtc.stack {{.*}} -> tensor<8x8x2xf32, #dtc.layout<#mesh, [replicate]>>
  %0 = dtc.stack %x, %y {axis = 2 : i64} : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8x2xf32>
  return %0 : tensor<8x8x2xf32>
}

// CHECK-LABEL: @partial_operands_stay_partial
func.func @partial_operands_stay_partial(
    %x: tensor<8xf32> {dtc.layout = #dtc.layout<#mesh, [partial(sum)]>}, %y: tensor<8xf32>)
    -> (tensor<2x8xf32> {dtc.as_is}) {
  // CHECK: dtc.stack {{.*}} -> tensor<2x8xf32, #dtc.layout<#mesh, [partial(sum)]>>
  %0 = dtc.stack %x, %y {axis = 0 : i64} : (tensor<8xf32>, tensor<8xf32>) -> tensor<2x8xf32>
  return %0 : tensor<2x8xf32>
}

// CHECK-LABEL: @unbind_renumbers_the_split_dimension
func.func @unbind_renumbers_the_split_dimension(
    %x: tensor<2x9xf32> {dtc.layout = #dtc.layout<#mesh, [shard(1)]>}) -> (tensor<9xf32> {dtc.as_is}) {
  // CHECK: dtc.unbind {{.*}} -> (tensor<9xf32, #dtc.layout<#mesh, [shard(0)]>>, tensor<9xf32, #dtc.layout<#mesh, [shard(0)]>>)
  %0:2 = dtc.unbind %x {axis = 0 : i64} : (tensor<2x9xf32>) -> (tensor<9xf32>, tensor<9xf32>)
  return %0#1 : tensor<9xf32>
}

}
