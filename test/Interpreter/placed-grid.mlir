// RUN: dtc-interpret %s --all --localize --seed 2 | FileCheck %s

#grid = #dtc.mesh<"dp" = 2, "tp" = 3>
#RR = #dtc.layout<#grid, [replicate, replicate]>
#S0S0 = #dtc.layout<#grid, [shard(0), shard(0)]>
#S1S1 = #dtc.layout<#grid, [shard(1), shard(1)]>
#S0P = #dtc.layout<#grid, [shard(0), partial(sum)]>
#PS1 = #dtc.layout<#grid, [partial(sum), shard(1)]>
module attributes {dtc.mesh = #grid} {

// CHECK-LABEL: @nested_shards_come_back_in_order
// CHECK-NEXT: result0: 13x2xf32 [replicate, replicate], placed differs by 0, local differs by 0
func.func @nested_shards_come_back_in_order(%x: tensor<13x2xf32, #S0S0>) -> tensor<13x2xf32, #RR> {
  %0 = dtc.redistribute %x cause "test" : tensor<13x2xf32, #S0S0> -> tensor<13x2xf32, #RR>
  return %0 : tensor<13x2xf32, #RR>
}

// CHECK-LABEL: @nested_shards_change_their_dimension
// CHECK-NEXT: result0: 13x7xf32 [shard(1), shard(1)], placed differs by 0, local differs by 0
func.func @nested_shards_change_their_dimension(%x: tensor<13x7xf32, #S0S0>) -> tensor<13x7xf32, #S1S1> {
  %0 = dtc.redistribute %x cause "test" : tensor<13x7xf32, #S0S0> -> tensor<13x7xf32, #S1S1>
  return %0 : tensor<13x7xf32, #S1S1>
}

// CHECK-LABEL: @partial_along_one_axis_and_split_along_the_other
// CHECK-NEXT: result0: 5x4xf32 [shard(0), shard(0)], placed differs by 0, local differs by 0
func.func @partial_along_one_axis_and_split_along_the_other(%x: tensor<5x4xf32, #PS1>) -> tensor<5x4xf32, #S0S0> {
  %0 = dtc.redistribute %x cause "test" : tensor<5x4xf32, #PS1> -> tensor<5x4xf32, #S0S0>
  return %0 : tensor<5x4xf32, #S0S0>
}

// CHECK-LABEL: @rows_and_contraction_are_split_over_different_axes
// CHECK-NEXT: result0: 5x4xf32 [replicate, replicate], placed differs by 0, local differs by 0
func.func @rows_and_contraction_are_split_over_different_axes(
    %a: tensor<5x8xf32, #dtc.layout<#grid, [shard(0), shard(1)]>>,
    %b: tensor<8x4xf32, #dtc.layout<#grid, [replicate, shard(0)]>>) -> tensor<5x4xf32, #RR> {
  %0 = dtc.matmul %a, %b
    : (tensor<5x8xf32, #dtc.layout<#grid, [shard(0), shard(1)]>>, tensor<8x4xf32, #dtc.layout<#grid, [replicate, shard(0)]>>)
    -> tensor<5x4xf32, #S0P>
  %1 = dtc.redistribute %0 cause "test" : tensor<5x4xf32, #S0P> -> tensor<5x4xf32, #RR>
  return %1 : tensor<5x4xf32, #RR>
}

}
