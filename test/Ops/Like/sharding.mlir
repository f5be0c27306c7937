// RUN: dtc-opt %s --dtc-propagate-placements -o %t.placed.mlir
// RUN: FileCheck %s --input-file %t.placed.mlir
// RUN: dtc-interpret %t.placed.mlir --all --localize

#mesh = #dtc.mesh<"tp" = 4>
module attributes {dtc.mesh = #mesh} {

// CHECK-LABEL: @an_output_argument_fixes_the_placement
func.func @an_output_argument_fixes_the_placement(
    %x: tensor<9x5xf32> {dtc.layout = #dtc.layout<#mesh, [partial(sum)]>},
    %out: tensor<9x5xf32> {dtc.layout = #dtc.layout<#mesh, [shard(1)]>}) -> (tensor<9x5xf32> {dtc.as_is}) {
  // CHECK: dtc.redistribute %arg0 {{.*}}[partial(sum)]>> -> tensor<9x5xf32, #dtc.layout<#mesh, [shard(1)]>>
  // CHECK: dtc.add {{.*}} -> tensor<9x5xf32, #dtc.layout<#mesh, [shard(1)]>>
  %placed = dtc.place_like %x, %out : (tensor<9x5xf32>, tensor<9x5xf32>) -> tensor<9x5xf32>
  %three = dtc.constant dense<3.0> : tensor<f32> : tensor<f32>
  %0 = dtc.add %placed, %three : (tensor<9x5xf32>, tensor<f32>) -> tensor<9x5xf32>
  return %0 : tensor<9x5xf32>
}

// CHECK-LABEL: @a_partial_output_is_replicated
func.func @a_partial_output_is_replicated(
    %x: tensor<8xf32> {dtc.layout = #dtc.layout<#mesh, [shard(0)]>},
    %out: tensor<8xf32> {dtc.layout = #dtc.layout<#mesh, [partial(sum)]>}) -> (tensor<8xf32> {dtc.as_is}) {
  // CHECK: dtc.place_like {{.*}} -> tensor<8xf32, #dtc.layout<#mesh, [replicate]>>
  %0 = dtc.place_like %x, %out : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
  return %0 : tensor<8xf32>
}

// CHECK-LABEL: @a_repeated_dimension_stays_whole
func.func @a_repeated_dimension_stays_whole(
    %x: tensor<5xf32>, %out: tensor<9x5xf32> {dtc.layout = #dtc.layout<#mesh, [shard(0)]>})
    -> (tensor<5xf32> {dtc.as_is}) {
  // CHECK: dtc.place_like {{.*}} -> tensor<5xf32, #dtc.layout<#mesh, [replicate]>>
  %0 = dtc.place_like %x, %out : (tensor<5xf32>, tensor<9x5xf32>) -> tensor<5xf32>
  return %0 : tensor<5xf32>
}

// CHECK-LABEL: @a_copy_into_a_partial_sum_is_a_share
func.func @a_copy_into_a_partial_sum_is_a_share(
    %x: tensor<8xf32>, %self: tensor<8xf32> {dtc.layout = #dtc.layout<#mesh, [partial(sum)]>})
    -> (tensor<8xf32> {dtc.as_is}) {
  // CHECK: dtc.redistribute %arg0 {{.*}} -> tensor<8xf32, #dtc.layout<#mesh, [partial(sum)]>>
  %0 = dtc.place_like %x, %self {inPlace} : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
  return %0 : tensor<8xf32>
}

// CHECK-LABEL: @fill_like_keeps_a_split
func.func @fill_like_keeps_a_split(%x: tensor<9x5xf32> {dtc.layout = #dtc.layout<#mesh, [shard(0)]>})
    -> (tensor<9x5xf32> {dtc.as_is}) {
  // CHECK: dtc.fill_like {{.*}} -> tensor<9x5xf32, #dtc.layout<#mesh, [shard(0)]>>
  %0 = dtc.fill_like %x {value = 2.0 : f64} : (tensor<9x5xf32>) -> tensor<9x5xf32>
  return %0 : tensor<9x5xf32>
}

// CHECK-LABEL: @zeros_are_the_pieces_of_zeros
func.func @zeros_are_the_pieces_of_zeros(
    %x: tensor<8xf32> {dtc.layout = #dtc.layout<#mesh, [partial(max)]>}) -> (tensor<8xf32> {dtc.as_is}) {
  // CHECK: dtc.fill_like {{.*}} -> tensor<8xf32, #dtc.layout<#mesh, [partial(max)]>>
  %0 = dtc.fill_like %x {value = 0.0 : f64, inPlace} : (tensor<8xf32>) -> tensor<8xf32>
  return %0 : tensor<8xf32>
}

// CHECK-LABEL: @a_number_is_stored_over_a_partial_sum
func.func @a_number_is_stored_over_a_partial_sum(
    %x: tensor<8xf32> {dtc.layout = #dtc.layout<#mesh, [partial(sum)]>}) -> (tensor<8xf32> {dtc.as_is}) {
  // CHECK: dtc.fill_like {{.*}} -> tensor<8xf32, #dtc.layout<#mesh, [partial(sum)]>>
  %0 = dtc.fill_like %x {value = 3.5 : f64, inPlace} : (tensor<8xf32>) -> tensor<8xf32>
  return %0 : tensor<8xf32>
}

// CHECK-LABEL: @a_number_is_stored_over_a_partial_product
func.func @a_number_is_stored_over_a_partial_product(
    %x: tensor<8xf32> {dtc.layout = #dtc.layout<#mesh, [partial(product)]>}) -> (tensor<8xf32> {dtc.as_is}) {
  // CHECK: dtc.fill_like {{.*}} -> tensor<8xf32, #dtc.layout<#mesh, [partial(product)]>>
  %0 = dtc.fill_like %x {value = 3.5 : f64, inPlace} : (tensor<8xf32>) -> tensor<8xf32>
  return %0 : tensor<8xf32>
}

// CHECK-LABEL: @a_number_is_stored_over_a_partial_min
func.func @a_number_is_stored_over_a_partial_min(
    %x: tensor<8xf32> {dtc.layout = #dtc.layout<#mesh, [partial(min)]>}) -> (tensor<8xf32> {dtc.as_is}) {
  // CHECK: dtc.fill_like {{.*}} -> tensor<8xf32, #dtc.layout<#mesh, [partial(min)]>>
  %0 = dtc.fill_like %x {value = 3.5 : f64, inPlace} : (tensor<8xf32>) -> tensor<8xf32>
  return %0 : tensor<8xf32>
}

// CHECK-LABEL: @a_number_is_stored_over_a_partial_avg
func.func @a_number_is_stored_over_a_partial_avg(
    %x: tensor<8xf32> {dtc.layout = #dtc.layout<#mesh, [partial(avg)]>}) -> (tensor<8xf32> {dtc.as_is}) {
  // CHECK: dtc.fill_like {{.*}} -> tensor<8xf32, #dtc.layout<#mesh, [partial(avg)]>>
  %0 = dtc.fill_like %x {value = 3.5 : f64, inPlace} : (tensor<8xf32>) -> tensor<8xf32>
  return %0 : tensor<8xf32>
}

// CHECK-LABEL: @fill_like_a_partial_value_is_replicated_for_nothing
func.func @fill_like_a_partial_value_is_replicated_for_nothing(
    %x: tensor<8xf32> {dtc.layout = #dtc.layout<#mesh, [partial(max)]>}) -> (tensor<8xf32> {dtc.as_is}) {
  // CHECK-NOT: dtc.redistribute
  // CHECK: dtc.fill_like {{.*}} -> tensor<8xf32, #dtc.layout<#mesh, [replicate]>>
  %0 = dtc.fill_like %x {value = 2.0 : f64} : (tensor<8xf32>) -> tensor<8xf32>
  return %0 : tensor<8xf32>
}

}
