// RUN: dtc-opt %s --dtc-localize=rank=0 | FileCheck %s --check-prefixes=CHECK,RANK0
// RUN: dtc-opt %s --dtc-localize=rank=3 | FileCheck %s --check-prefixes=CHECK,RANK3
// RUN: not dtc-opt %s --dtc-localize=rank=4 2>&1 | FileCheck %s --check-prefix=RANK4

// RANK4: expected a rank from 0 to 3, got 4

#mesh = #dtc.mesh<"tp" = 4>
module attributes {dtc.mesh = #mesh} {

// CHECK-LABEL: @shards_follow_torch_chunk
func.func @shards_follow_torch_chunk(
    // RANK0-SAME: %arg0: tensor<3x4xf32> {dtc.global = tensor<10x4xf32, #dtc.layout<#mesh, [shard(0)]>>
    // RANK3-SAME: %arg0: tensor<1x4xf32>
    %x: tensor<10x4xf32, #dtc.layout<#mesh, [shard(0)]>>) -> tensor<10x4xf32, #dtc.layout<#mesh, [shard(0)]>> {
  // RANK0: dtc.relu {{.*}} -> tensor<3x4xf32>
  // RANK3: dtc.relu {{.*}} -> tensor<1x4xf32>
  %0 = dtc.relu %x : (tensor<10x4xf32, #dtc.layout<#mesh, [shard(0)]>>) -> tensor<10x4xf32, #dtc.layout<#mesh, [shard(0)]>>
  return %0 : tensor<10x4xf32, #dtc.layout<#mesh, [shard(0)]>>
}

// CHECK-LABEL: @a_rank_may_hold_nothing
// RANK3-SAME: %arg0: tensor<0xf32>
func.func @a_rank_may_hold_nothing(%x: tensor<3xf32, #dtc.layout<#mesh, [shard(0)]>>) {
  return
}

// CHECK-LABEL: @split_tables_know_their_rows
func.func @split_tables_know_their_rows(%ids: tensor<6xi64, #dtc.layout<#mesh, [replicate]>>) -> tensor<6x2xf32, #dtc.layout<#mesh, [mask_partial(13)]>> {
  // RANK0: dtc.parameter "emb" global tensor<13x2xf32, #dtc.layout<#mesh, [shard(0)]>> : tensor<4x2xf32>
  // RANK3: dtc.parameter "emb" global tensor<13x2xf32, #dtc.layout<#mesh, [shard(0)]>> : tensor<1x2xf32>
  %w = dtc.parameter "emb" : tensor<13x2xf32, #dtc.layout<#mesh, [shard(0)]>>
  // RANK0: dtc.embedding {{.*}} {rowOffset = 0 : i64, totalRows = 13 : i64}
  // RANK3: dtc.embedding {{.*}} {rowOffset = 12 : i64, totalRows = 13 : i64}
  %0 = dtc.embedding %w, %ids : (tensor<13x2xf32, #dtc.layout<#mesh, [shard(0)]>>, tensor<6xi64, #dtc.layout<#mesh, [replicate]>>) -> tensor<6x2xf32, #dtc.layout<#mesh, [mask_partial(13)]>>
  return %0 : tensor<6x2xf32, #dtc.layout<#mesh, [mask_partial(13)]>>
}

// CHECK-LABEL: @constants_are_cut
func.func @constants_are_cut() -> tensor<4xf32, #dtc.layout<#mesh, [shard(0)]>> {
  // RANK0: dtc.constant dense<1.000000e+00> : tensor<1xf32>
  // RANK3: dtc.constant dense<4.000000e+00> : tensor<1xf32>
  %0 = dtc.constant dense<[1.0, 2.0, 3.0, 4.0]> : tensor<4xf32> : tensor<4xf32, #dtc.layout<#mesh, [shard(0)]>>
  return %0 : tensor<4xf32, #dtc.layout<#mesh, [shard(0)]>>
}

// CHECK-LABEL: @own_chunk_and_own_share
func.func @own_chunk_and_own_share(%x: tensor<8xf32, #dtc.layout<#mesh, [replicate]>>) {
  // RANK0: dtc.slice {{.*}}starts = array<i64: 0>
  // RANK3: dtc.slice {{.*}}starts = array<i64: 6>
  %0 = dtc.local_slice %x {axis = 0 : i64, dim = 0 : i64} : tensor<8xf32, #dtc.layout<#mesh, [replicate]>> -> tensor<8xf32, #dtc.layout<#mesh, [shard(0)]>>
  // CHECK: dtc.constant dense<4.000000e+00>
  // CHECK: dtc.div
  %1 = dtc.local_partial %x {axis = 0 : i64, reduce = 0 : i64} : tensor<8xf32, #dtc.layout<#mesh, [replicate]>> -> tensor<8xf32, #dtc.layout<#mesh, [partial(sum)]>>
  return
}

// All that an op becomes is of its part of the step.
// CHECK-LABEL: @phases_are_kept
func.func @phases_are_kept(%x: tensor<2x3x8xf32, #dtc.layout<#mesh, [replicate]>>) {
  // CHECK: dtc.sum_pool {{.*}}dtc.phase = "backward"
  %0 = dtc.sum_pool %x {kernel = array<i64: 2>, strides = array<i64: 1>, dilations = array<i64: 1>, padsBegin = array<i64: 0>, padsEnd = array<i64: 0>, dtc.phase = "backward"}
    : (tensor<2x3x8xf32, #dtc.layout<#mesh, [replicate]>>) -> tensor<2x3x7xf32, #dtc.layout<#mesh, [replicate]>>
  // CHECK: dtc.constant dense<4.000000e+00> {{.*}}dtc.phase = "optimizer"
  // CHECK: dtc.div {{.*}}dtc.phase = "optimizer"
  %1 = dtc.local_partial %x {axis = 0 : i64, reduce = 0 : i64, dtc.phase = "optimizer"} : tensor<2x3x8xf32, #dtc.layout<#mesh, [replicate]>> -> tensor<2x3x8xf32, #dtc.layout<#mesh, [partial(sum)]>>
  return
}

}
