// RUN: dtc-opt %s --dtc-insert-collectives --split-input-file --verify-diagnostics | FileCheck %s

#mesh = #dtc.mesh<"tp" = 4>
module attributes {dtc.mesh = #mesh} {

// CHECK-LABEL: @a_partial_value_is_reduced_and_says_why
func.func @a_partial_value_is_reduced_and_says_why(%x: tensor<8xf32, #dtc.layout<#mesh, [partial(sum)]>>)
    -> tensor<8xf32, #dtc.layout<#mesh, [replicate]>> {
  // CHECK: dtc.all_reduce %arg0 {axis = 0 : i64, cause = "net2: partial(sum) -> replicate"
  // CHECK-NEXT: dtc.wait
  %0 = dtc.redistribute %x cause "net2" : tensor<8xf32, #dtc.layout<#mesh, [partial(sum)]>> -> tensor<8xf32, #dtc.layout<#mesh, [replicate]>>
  return %0 : tensor<8xf32, #dtc.layout<#mesh, [replicate]>>
}

// CHECK-LABEL: @a_partial_value_is_scattered
func.func @a_partial_value_is_scattered(%x: tensor<9xf32, #dtc.layout<#mesh, [partial(max)]>>)
    -> tensor<9xf32, #dtc.layout<#mesh, [shard(0)]>> {
  // CHECK: dtc.reduce_scatter %arg0 {axis = 0 : i64, {{.*}}dim = 0 : i64
  %0 = dtc.redistribute %x cause "" : tensor<9xf32, #dtc.layout<#mesh, [partial(max)]>> -> tensor<9xf32, #dtc.layout<#mesh, [shard(0)]>>
  return %0 : tensor<9xf32, #dtc.layout<#mesh, [shard(0)]>>
}

// CHECK-LABEL: @another_dimension_is_one_all_to_all
func.func @another_dimension_is_one_all_to_all(%x: tensor<9x5xf32, #dtc.layout<#mesh, [shard(0)]>>)
    -> tensor<9x5xf32, #dtc.layout<#mesh, [shard(1)]>> {
  // CHECK: dtc.all_to_all %arg0 {axis = 0 : i64, {{.*}}fromDim = 0 : i64, {{.*}}toDim = 1 : i64
  // CHECK-NOT: dtc.all_gather
  %0 = dtc.redistribute %x cause "" : tensor<9x5xf32, #dtc.layout<#mesh, [shard(0)]>> -> tensor<9x5xf32, #dtc.layout<#mesh, [shard(1)]>>
  return %0 : tensor<9x5xf32, #dtc.layout<#mesh, [shard(1)]>>
}

// CHECK-LABEL: @a_whole_value_is_cut_without_communication
func.func @a_whole_value_is_cut_without_communication(%x: tensor<8xf32, #dtc.layout<#mesh, [replicate]>>)
    -> tensor<8xf32, #dtc.layout<#mesh, [shard(0)]>> {
  // CHECK: dtc.local_slice
  // CHECK-NOT: dtc.wait
  %0 = dtc.redistribute %x cause "" : tensor<8xf32, #dtc.layout<#mesh, [replicate]>> -> tensor<8xf32, #dtc.layout<#mesh, [shard(0)]>>
  return %0 : tensor<8xf32, #dtc.layout<#mesh, [shard(0)]>>
}

}

// -----

#grid = #dtc.mesh<"dp" = 2, "tp" = 2>
module attributes {dtc.mesh = #grid} {

// CHECK-LABEL: @nested_shards_are_gathered_from_the_inside
func.func @nested_shards_are_gathered_from_the_inside(%x: tensor<8xf32, #dtc.layout<#grid, [shard(0), shard(0)]>>)
    -> tensor<8xf32, #dtc.layout<#grid, [replicate, replicate]>> {
  // CHECK: dtc.all_gather %arg0 {axis = 1
  // CHECK: dtc.all_gather %{{.*}} {axis = 0
  %0 = dtc.redistribute %x cause "" : tensor<8xf32, #dtc.layout<#grid, [shard(0), shard(0)]>> -> tensor<8xf32, #dtc.layout<#grid, [replicate, replicate]>>
  return %0 : tensor<8xf32, #dtc.layout<#grid, [replicate, replicate]>>
}

}

// -----

#mesh = #dtc.mesh<"tp" = 4>
module attributes {dtc.mesh = #mesh} {
func.func @a_shard_cannot_become_a_share(%x: tensor<8xf32, #dtc.layout<#mesh, [shard(0)]>>) -> tensor<8xf32, #dtc.layout<#mesh, [partial(sum)]>> {
  // expected-error @+1 {{redistribut}}
  %0 = dtc.redistribute %x cause "" : tensor<8xf32, #dtc.layout<#mesh, [shard(0)]>> -> tensor<8xf32, #dtc.layout<#mesh, [partial(sum)]>>
  return %0 : tensor<8xf32, #dtc.layout<#mesh, [partial(sum)]>>
}
}
