// RUN: dtc-opt %s --dtc-propagate-placements | FileCheck %s

#mesh = #dtc.mesh<"tp" = 4>
module attributes {dtc.mesh = #mesh} {

// CHECK-LABEL: @column_then_row_needs_one_reduction_at_the_output
func.func @column_then_row_needs_one_reduction_at_the_output(%x: tensor<12x10xf32>) -> tensor<12x10xf32> {
  %w1 = dtc.parameter "w1" layout <#mesh, [shard(0)]> : tensor<16x10xf32>
  %w2 = dtc.parameter "w2" layout <#mesh, [shard(1)]> : tensor<10x16xf32>
  // CHECK-NOT: redistribute
  // CHECK: dtc.linear {{.*}} -> tensor<12x16xf32, #dtc.layout<#mesh, [shard(1)]>>
  %h = dtc.linear %x, %w1 : (tensor<12x10xf32>, tensor<16x10xf32>) -> tensor<12x16xf32>
  // CHECK: dtc.relu {{.*}} -> tensor<12x16xf32, #dtc.layout<#mesh, [shard(1)]>>
  %r = dtc.relu %h : (tensor<12x16xf32>) -> tensor<12x16xf32>
  // CHECK: dtc.linear {{.*}} -> tensor<12x10xf32, #dtc.layout<#mesh, [partial(sum)]>>
  %y = dtc.linear %r, %w2 : (tensor<12x16xf32>, tensor<10x16xf32>) -> tensor<12x10xf32>
  // CHECK-NEXT: dtc.redistribute %{{.*}} cause "output" : {{.*}}[partial(sum)]>> -> tensor<12x10xf32, #dtc.layout<#mesh, [replicate]>>
  return %y : tensor<12x10xf32>
}

// CHECK-LABEL: @a_replicated_addend_becomes_a_share
func.func @a_replicated_addend_becomes_a_share(
    %p: tensor<8xf32> {dtc.layout = #dtc.layout<#mesh, [partial(sum)]>}, %r: tensor<8xf32>)
    -> (tensor<8xf32> {dtc.as_is}) {
  // CHECK: dtc.redistribute %arg1 {{.*}}[replicate]>> -> tensor<8xf32, #dtc.layout<#mesh, [partial(sum)]>>
  // CHECK-NEXT: dtc.add {{.*}} -> tensor<8xf32, #dtc.layout<#mesh, [partial(sum)]>>
  %0 = dtc.add %p, %r : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
  return %0 : tensor<8xf32>
}

// CHECK-LABEL: @the_first_addend_is_followed_when_it_is_replicated
func.func @the_first_addend_is_followed_when_it_is_replicated(
    %r: tensor<8xf32>, %p: tensor<8xf32> {dtc.layout = #dtc.layout<#mesh, [partial(sum)]>})
    -> (tensor<8xf32> {dtc.as_is}) {
  // CHECK: dtc.redistribute %arg1 {{.*}}[partial(sum)]>> -> tensor<8xf32, #dtc.layout<#mesh, [replicate]>>
  // CHECK-NEXT: dtc.add {{.*}} -> tensor<8xf32, #dtc.layout<#mesh, [replicate]>>
  %0 = dtc.add %r, %p : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
  return %0 : tensor<8xf32>
}

// CHECK-LABEL: @split_rows_of_a_table_give_a_masked_partial
func.func @split_rows_of_a_table_give_a_masked_partial(%ids: tensor<6xi64>) -> (tensor<6x22xf32> {dtc.as_is}) {
  %w = dtc.parameter "emb" layout <#mesh, [shard(0)]> : tensor<13x22xf32>
  // CHECK-NOT: redistribute
  // CHECK: dtc.embedding {{.*}} -> tensor<6x22xf32, #dtc.layout<#mesh, [mask_partial(13)]>>
  %0 = dtc.embedding %w, %ids : (tensor<13x22xf32>, tensor<6xi64>) -> tensor<6x22xf32>
  return %0 : tensor<6x22xf32>
}

// CHECK-LABEL: @an_op_without_a_rule_is_replicated
func.func @an_op_without_a_rule_is_replicated(
    %x: tensor<7x5xf32> {dtc.layout = #dtc.layout<#mesh, [shard(1)]>}, %s: tensor<5xf32>) -> tensor<7x5xf32> {
  // CHECK: dtc.redistribute %arg0 {{.*}} -> tensor<7x5xf32, #dtc.layout<#mesh, [replicate]>>
  // CHECK: dtc.batch_norm
  %0 = dtc.batch_norm %x, %s, %s, %s, %s {epsilon = 1.0e-5 : f64}
    : (tensor<7x5xf32>, tensor<5xf32>, tensor<5xf32>, tensor<5xf32>, tensor<5xf32>) -> tensor<7x5xf32>
  return %0 : tensor<7x5xf32>
}

}
