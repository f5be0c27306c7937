// RUN: dtc-interpret %s --all --localize --seed 1 | FileCheck %s
// RUN: dtc-opt %s --dtc-insert-collectives -o %t.mlir
// RUN: dtc-interpret %t.mlir --all --localize --seed 1 | FileCheck %s

// Inputs are multiples of 1/64: all sums are exact, in any order.

#mesh = #dtc.mesh<"tp" = 4>
#grid = #dtc.mesh<"dp" = 2, "tp" = 2>
#R = #dtc.layout<#mesh, [replicate]>
#S0 = #dtc.layout<#mesh, [shard(0)]>
#S1 = #dtc.layout<#mesh, [shard(1)]>
#P = #dtc.layout<#mesh, [partial(sum)]>
module attributes {dtc.mesh = #mesh} {

// CHECK-LABEL: @a_split_contraction_is_a_partial_result
// CHECK-NEXT: y: 5x3xf32 [partial(sum)], placed differs by 0, local differs by 0
func.func @a_split_contraction_is_a_partial_result(%a: tensor<5x9xf32, #S1>, %b: tensor<9x3xf32, #S0>)
    -> (tensor<5x3xf32, #P> {dtc.name = "y"}) {
  %0 = dtc.matmul %a, %b : (tensor<5x9xf32, #S1>, tensor<9x3xf32, #S0>) -> tensor<5x3xf32, #P>
  return %0 : tensor<5x3xf32, #P>
}

// CHECK-LABEL: @uneven_pieces_are_gathered_in_order
// CHECK-NEXT: result0: 5x9xf32 [replicate], placed differs by 0, local differs by 0
func.func @uneven_pieces_are_gathered_in_order(%a: tensor<5x9xf32, #S1>) -> tensor<5x9xf32, #R> {
  %0 = dtc.redistribute %a cause "test" : tensor<5x9xf32, #S1> -> tensor<5x9xf32, #R>
  return %0 : tensor<5x9xf32, #R>
}

// CHECK-LABEL: @shards_change_their_dimension
// CHECK-NEXT: result0: 5x9xf32 [shard(0)], placed differs by 0, local differs by 0
func.func @shards_change_their_dimension(%a: tensor<5x9xf32, #S1>) -> tensor<5x9xf32, #S0> {
  %0 = dtc.redistribute %a cause "test" : tensor<5x9xf32, #S1> -> tensor<5x9xf32, #S0>
  return %0 : tensor<5x9xf32, #S0>
}

// CHECK-LABEL: @contributions_are_reduced_and_scattered
// CHECK-NEXT: result0: 6x2xf32 [shard(0)], placed differs by 0, local differs by 0
func.func @contributions_are_reduced_and_scattered(%a: tensor<6x2xf32, #P>) -> tensor<6x2xf32, #S0> {
  %0 = dtc.redistribute %a cause "test" : tensor<6x2xf32, #P> -> tensor<6x2xf32, #S0>
  return %0 : tensor<6x2xf32, #S0>
}

// CHECK-LABEL: @contributions_of_maxima
// CHECK-NEXT: result0: 6xf32 [replicate], placed differs by 0, local differs by 0
func.func @contributions_of_maxima(%a: tensor<6xf32, #dtc.layout<#mesh, [partial(max)]>>) -> tensor<6xf32, #R> {
  %0 = dtc.redistribute %a cause "test" : tensor<6xf32, #dtc.layout<#mesh, [partial(max)]>> -> tensor<6xf32, #R>
  return %0 : tensor<6xf32, #R>
}

// CHECK-LABEL: @shares_of_a_whole_add_up
// CHECK-NEXT: result0: 3xf32 [partial(sum)], placed differs by 0, local differs by 0
func.func @shares_of_a_whole_add_up(%a: tensor<3xf32, #R>) -> tensor<3xf32, #P> {
  %0 = dtc.redistribute %a cause "test" : tensor<3xf32, #R> -> tensor<3xf32, #P>
  return %0 : tensor<3xf32, #P>
}

// CHECK-LABEL: @integers_have_one_share
// CHECK-NEXT: result0: 3xi64 [partial(sum)], placed differs by 0, local differs by 0
func.func @integers_have_one_share(%a: tensor<3xi64, #R>) -> tensor<3xi64, #P> {
  %0 = dtc.redistribute %a cause "test" : tensor<3xi64, #R> -> tensor<3xi64, #P>
  return %0 : tensor<3xi64, #P>
}

// CHECK-LABEL: @split_rows_of_a_table_are_looked_up_by_their_owner
// CHECK-NEXT: result0: 2x5x3xf32 [replicate], placed differs by 0, local differs by 0
func.func @split_rows_of_a_table_are_looked_up_by_their_owner(
    %ids: tensor<2x5xi64, #R> {dtc.range = [-13, 12]}) -> tensor<2x5x3xf32, #R> {
  %w = dtc.parameter "table" : tensor<13x3xf32, #S0>
  %0 = dtc.embedding %w, %ids : (tensor<13x3xf32, #S0>, tensor<2x5xi64, #R>) -> tensor<2x5x3xf32, #dtc.layout<#mesh, [mask_partial(13)]>>
  %1 = dtc.redistribute %0 cause "test" : tensor<2x5x3xf32, #dtc.layout<#mesh, [mask_partial(13)]>> -> tensor<2x5x3xf32, #R>
  return %1 : tensor<2x5x3xf32, #R>
}

// CHECK-LABEL: @constants_are_cut
// CHECK-NEXT: result0: 5xi32 [shard(0)], placed differs by 0, local differs by 0
func.func @constants_are_cut() -> tensor<5xi32, #S0> {
  %0 = dtc.constant dense<[1, 2, 3, 4, 5]> : tensor<5xi32> : tensor<5xi32, #S0>
  return %0 : tensor<5xi32, #S0>
}

// CHECK-LABEL: @a_rank_may_hold_nothing
// CHECK-NEXT: result0: 3x2xf32 [replicate], placed differs by 0, local differs by 0
func.func @a_rank_may_hold_nothing(%x: tensor<3x2xf32, #S0>) -> tensor<3x2xf32, #R> {
  %0 = dtc.gelu %x : (tensor<3x2xf32, #S0>) -> tensor<3x2xf32, #S0>
  %1 = dtc.redistribute %0 cause "test" : tensor<3x2xf32, #S0> -> tensor<3x2xf32, #R>
  return %1 : tensor<3x2xf32, #R>
}

}
