// RUN: dtc-opt %s --dtc-propagate-placements -o %t.placed.mlir
// RUN: FileCheck %s --input-file %t.placed.mlir
// RUN: dtc-interpret %t.placed.mlir --all --localize --tolerance 2e-6
// RUN: sed 's/"tp" = 4/"tp" = 3/' %s > %t.3.mlir
// RUN: dtc-opt %t.3.mlir --dtc-propagate-placements -o %t.3.placed.mlir
// RUN: dtc-interpret %t.3.placed.mlir --all --localize --tolerance 2e-6 --seed 5

// Reductions of split dimensions, and that ranks get what the global program gives.

#mesh = #dtc.mesh<"tp" = 4>
#R = #dtc.layout<#mesh, [replicate]>
#S0 = #dtc.layout<#mesh, [shard(0)]>
#S1 = #dtc.layout<#mesh, [shard(1)]>
#P = #dtc.layout<#mesh, [partial(sum)]>
module attributes {dtc.mesh = #mesh} {

// CHECK-LABEL: @pieces_of_a_sum_of_absolute_values_add_up
func.func @pieces_of_a_sum_of_absolute_values_add_up(%x: tensor<9x5xf32> {dtc.layout = #S0})
    -> (tensor<5xf32> {dtc.as_is}) {
  // CHECK-NOT: dtc.redistribute
  // CHECK: dtc.reduce_l1 {{.*}} -> tensor<5xf32, #dtc.layout<#mesh, [partial(sum)]>>
  %0 = dtc.reduce_l1 %x {dims = array<i64: 0>} : (tensor<9x5xf32>) -> tensor<5xf32>
  return %0 : tensor<5xf32>
}

// CHECK-LABEL: @absolute_values_need_completed_sums
func.func @absolute_values_need_completed_sums(%x: tensor<9x5xf32> {dtc.layout = #P})
    -> (tensor<5xf32> {dtc.as_is}) {
  // CHECK: dtc.redistribute {{.*}} -> tensor<9x5xf32, #dtc.layout<#mesh, [replicate]>>
  // CHECK: dtc.reduce_l1 {{.*}} -> tensor<5xf32, #dtc.layout<#mesh, [replicate]>>
  %0 = dtc.reduce_l1 %x {dims = array<i64: 0>} : (tensor<9x5xf32>) -> tensor<5xf32>
  return %0 : tensor<5xf32>
}

// CHECK-LABEL: @pieces_of_a_sum_of_squares_add_up
func.func @pieces_of_a_sum_of_squares_add_up(%x: tensor<9x5xi32> {dtc.layout = #S1})
    -> (tensor<9x1xi32> {dtc.as_is}) {
  // CHECK-NOT: dtc.redistribute
  // CHECK: dtc.reduce_sum_square {{.*}} -> tensor<9x1xi32, #dtc.layout<#mesh, [partial(sum)]>>
  %0 = dtc.reduce_sum_square %x {dims = array<i64: 1>, keepDims} : (tensor<9x5xi32>) -> tensor<9x1xi32>
  return %0 : tensor<9x1xi32>
}

// CHECK-LABEL: @a_norm_completes_a_sum_as_small_as_itself
func.func @a_norm_completes_a_sum_as_small_as_itself(%x: tensor<9x5xf32> {dtc.layout = #S0})
    -> (tensor<5xf32> {dtc.as_is}) {
  // CHECK: dtc.reduce_sum_square {{.*}} -> tensor<5xf32, #dtc.layout<#mesh, [partial(sum)]>>
  // CHECK-NEXT: dtc.redistribute {{.*}} -> tensor<5xf32, #dtc.layout<#mesh, [replicate]>>
  // CHECK-NEXT: dtc.sqrt
  // CHECK-NOT: dtc.redistribute
  %0 = dtc.reduce_l2 %x {dims = array<i64: 0>} : (tensor<9x5xf32>) -> tensor<5xf32>
  return %0 : tensor<5xf32>
}

// CHECK-LABEL: @a_norm_of_whole_lines_is_one_op
func.func @a_norm_of_whole_lines_is_one_op(%x: tensor<9x5xf32> {dtc.layout = #S0})
    -> (tensor<9xf32> {dtc.as_is}) {
  // CHECK: dtc.reduce_l2 {{.*}} -> tensor<9xf32, #dtc.layout<#mesh, [shard(0)]>>
  %0 = dtc.reduce_l2 %x {dims = array<i64: 1>} : (tensor<9x5xf32>) -> tensor<9xf32>
  return %0 : tensor<9xf32>
}

// CHECK-LABEL: @a_norm_of_narrow_floats_gathers
func.func @a_norm_of_narrow_floats_gathers(%x: tensor<9x5xbf16> {dtc.layout = #S0})
    -> (tensor<5xbf16> {dtc.as_is}) {
  // CHECK: dtc.redistribute {{.*}} -> tensor<9x5xbf16, #dtc.layout<#mesh, [replicate]>>
  // CHECK: dtc.reduce_l2
  %0 = dtc.reduce_l2 %x {dims = array<i64: 0>} : (tensor<9x5xbf16>) -> tensor<5xbf16>
  return %0 : tensor<5xbf16>
}

// CHECK-LABEL: @the_first_position_of_the_largest
func.func @the_first_position_of_the_largest(%x: tensor<9x5xf32> {dtc.layout = #S0})
    -> (tensor<1x5xi64> {dtc.as_is}) {
  // CHECK: dtc.reduce_max {{.*}} -> tensor<1x5xf32, #dtc.layout<#mesh, [partial(max)]>>
  // CHECK-NOT: tensor<9x5xf32, #dtc.layout<#mesh, [replicate]>>
  // CHECK: dtc.reduce_min {{.*}} -> tensor<1x5xi64, #dtc.layout<#mesh, [partial(min)]>>
  %0 = dtc.arg_max %x {axis = 0 : i64, keepDims} : (tensor<9x5xf32>) -> tensor<1x5xi64>
  return %0 : tensor<1x5xi64>
}

// CHECK-LABEL: @ties_over_ranks_have_the_first_position
func.func @ties_over_ranks_have_the_first_position() -> (tensor<2xi64> {dtc.as_is}) {
  %x = dtc.constant dense<[[3.0, 1.0], [5.0, 1.0], [5.0, 1.0], [2.0, 0.5], [5.0, 1.0], [4.0, 0.5]]>
    : tensor<6x2xf32> : tensor<6x2xf32>
  %s = dtc.constrain %x to #S0 cause "test" : tensor<6x2xf32>
  // CHECK-NOT: dtc.arg_max
  %0 = dtc.arg_max %s {axis = 0 : i64} : (tensor<6x2xf32>) -> tensor<2xi64>
  return %0 : tensor<2xi64>
}

// CHECK-LABEL: @the_last_position_of_the_smallest_integer
func.func @the_last_position_of_the_smallest_integer(%x: tensor<7x6xi32> {dtc.layout = #S1, dtc.range = [0, 3]})
    -> (tensor<7xi64> {dtc.as_is}) {
  // CHECK: dtc.reduce_min {{.*}} -> tensor<7x1xi32, #dtc.layout<#mesh, [partial(min)]>>
  // CHECK: dtc.reduce_max {{.*}} -> tensor<7xi64, #dtc.layout<#mesh, [partial(max)]>>
  %0 = dtc.arg_min %x {axis = 1 : i64, lastIndex} : (tensor<7x6xi32>) -> tensor<7xi64>
  return %0 : tensor<7xi64>
}

// CHECK-LABEL: @not_a_number_is_found_on_any_rank
func.func @not_a_number_is_found_on_any_rank() -> (tensor<i64> {dtc.as_is}) {
  %x = dtc.constant dense<[1.0, 9.0, 2.0, 0x7FC00000, 3.0, 0x7FC00000]> : tensor<6xf32> : tensor<6xf32>
  %s = dtc.constrain %x to #S0 cause "test" : tensor<6xf32>
  // CHECK: dtc.reduce_max
  // CHECK: dtc.is_nan
  %0 = dtc.arg_max %s {axis = 0 : i64} : (tensor<6xf32>) -> tensor<i64>
  return %0 : tensor<i64>
}

// CHECK-LABEL: @positions_along_a_whole_dimension_are_one_op
func.func @positions_along_a_whole_dimension_are_one_op(%x: tensor<9x5xf32> {dtc.layout = #S0})
    -> (tensor<9xi64> {dtc.as_is}) {
  // CHECK: dtc.arg_max {{.*}} -> tensor<9xi64, #dtc.layout<#mesh, [shard(0)]>>
  %0 = dtc.arg_max %x {axis = 1 : i64} : (tensor<9x5xf32>) -> tensor<9xi64>
  return %0 : tensor<9xi64>
}

}
