// RUN: dtc-interpret %s --all --localize --seed 1 --tolerance 1e-6 | FileCheck %s

// Placements that the policy does not choose, and that are right all the same.

#mesh = #dtc.mesh<"dp" = 2, "tp" = 3>
#R = #dtc.layout<#mesh, [replicate, replicate]>
#sums = #dtc.layout<#mesh, [replicate, partial(sum)]>
#headsums = #dtc.layout<#mesh, [shard(1), partial(sum)]>
#heads = #dtc.layout<#mesh, [shard(1), replicate]>
#rowsdepth = #dtc.layout<#mesh, [shard(2), shard(3)]>
#rows = #dtc.layout<#mesh, [shard(2), replicate]>
#depth = #dtc.layout<#mesh, [replicate, shard(3)]>
module attributes {dtc.mesh = #mesh} {

// CHECK-LABEL: @partial_values_give_a_partial_result
// CHECK-NEXT: result0: 1x2x5x6xf32 [replicate, partial(sum)]
func.func @partial_values_give_a_partial_result(%q: tensor<1x2x5x4xf32, #R>, %k: tensor<1x2x7x4xf32, #R>, %v: tensor<1x2x7x6xf32, #sums>) -> tensor<1x2x5x6xf32, #sums> {
  %r = dtc.attention %q, %k, %v {scale = 0.5 : f64, after = 1 : i64}
    : (tensor<1x2x5x4xf32, #R>, tensor<1x2x7x4xf32, #R>, tensor<1x2x7x6xf32, #sums>) -> tensor<1x2x5x6xf32, #sums>
  return %r : tensor<1x2x5x6xf32, #sums>
}

// CHECK-LABEL: @partial_values_of_split_heads
// CHECK-NEXT: result0: 1x4x5x6xf32 [shard(1), partial(sum)]
func.func @partial_values_of_split_heads(%q: tensor<1x4x5x4xf32, #heads>, %k: tensor<1x2x7x4xf32, #heads>, %v: tensor<1x2x7x6xf32, #headsums>) -> tensor<1x4x5x6xf32, #headsums> {
  %r = dtc.attention %q, %k, %v {scale = 0.5 : f64}
    : (tensor<1x4x5x4xf32, #heads>, tensor<1x2x7x4xf32, #heads>, tensor<1x2x7x6xf32, #headsums>) -> tensor<1x4x5x6xf32, #headsums>
  return %r : tensor<1x4x5x6xf32, #headsums>
}

// CHECK-LABEL: @rows_over_one_axis_and_depth_over_the_other
// CHECK-NEXT: result0: 1x2x5x7xf32 [shard(2), shard(3)]
func.func @rows_over_one_axis_and_depth_over_the_other(%q: tensor<1x2x5x4xf32, #rows>, %k: tensor<1x2x7x4xf32, #R>, %v: tensor<1x2x7x7xf32, #depth>) -> tensor<1x2x5x7xf32, #rowsdepth> {
  %r = dtc.attention %q, %k, %v {scale = 0.5 : f64, before = 2 : i64, after = 0 : i64}
    : (tensor<1x2x5x4xf32, #rows>, tensor<1x2x7x4xf32, #R>, tensor<1x2x7x7xf32, #depth>) -> tensor<1x2x5x7xf32, #rowsdepth>
  return %r : tensor<1x2x5x7xf32, #rowsdepth>
}
}
