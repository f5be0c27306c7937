// RUN: dtc-interpret %s --all --localize --seed 1 | FileCheck %s
// RUN: sed 's/"tp" = 2/"tp" = 3/' %s > %t.1.mlir
// RUN: dtc-interpret %t.1.mlir --all --localize --seed 2 | FileCheck %s
// RUN: sed -e 's/"tp" = 2/"dp" = 2, "tp" = 2/' -e 's/, \[\([a-z0-9_()]*\)\]>/, [\1, \1]>/' %s > %t.2.mlir
// RUN: dtc-interpret %t.2.mlir --all --localize --seed 3 | FileCheck %s
// RUN: sed -e 's/"tp" = 2/"dp" = 2, "tp" = 2/' -e 's/, \[\([a-z0-9_()]*\)\]>/, [replicate, \1]>/' %s > %t.3.mlir
// RUN: dtc-interpret %t.3.mlir --all --localize --seed 4 | FileCheck %s

// Legal placements, on meshes of 2, 3 and 2 x 2 ranks, give what the global program gives. Inputs are multiples of
// 1/64: all sums are exact, in any order.

#mesh = #dtc.mesh<"tp" = 2>
#S0 = #dtc.layout<#mesh, [shard(0)]>
#S1 = #dtc.layout<#mesh, [shard(1)]>
module attributes {dtc.mesh = #mesh} {

// CHECK-LABEL: @lines_of_a_running_sum_are_split
// CHECK-NEXT: result0: {{.*}}, placed differs by 0, local differs by 0
func.func @lines_of_a_running_sum_are_split(
    %a0: tensor<7x5xf32, #S0>)
    -> tensor<7x5xf32, #S0> {
  %r = dtc.cum_sum %a0 {axis = 1 : i64, exclusive}
    : (tensor<7x5xf32, #S0>) -> tensor<7x5xf32, #S0>
  return %r : tensor<7x5xf32, #S0>
}

// CHECK-LABEL: @columns_of_a_running_product_are_split
// CHECK-NEXT: result0: {{.*}}, placed differs by 0, local differs by 0
func.func @columns_of_a_running_product_are_split(
    %a0: tensor<4x9xi64, #S1>)
    -> tensor<4x9xi64, #S1> {
  %r = dtc.cum_prod %a0 {axis = 0 : i64, reverse}
    : (tensor<4x9xi64, #S1>) -> tensor<4x9xi64, #S1>
  return %r : tensor<4x9xi64, #S1>
}

// CHECK-LABEL: @lines_of_positions_are_split
// CHECK-NEXT: result0: {{.*}}, placed differs by 0, local differs by 0
func.func @lines_of_positions_are_split(
    %a0: tensor<7x5xf32, #S0>)
    -> tensor<7xi64, #S0> {
  %r = dtc.arg_max %a0 {axis = 1 : i64, lastIndex}
    : (tensor<7x5xf32, #S0>) -> tensor<7xi64, #S0>
  return %r : tensor<7xi64, #S0>
}

// CHECK-LABEL: @columns_of_positions_are_split
// CHECK-NEXT: result0: {{.*}}, placed differs by 0, local differs by 0
func.func @columns_of_positions_are_split(
    %a0: tensor<4x9xf32, #S1>)
    -> tensor<1x9xi64, #S1> {
  %r = dtc.arg_min %a0 {axis = 0 : i64, keepDims}
    : (tensor<4x9xf32, #S1>) -> tensor<1x9xi64, #S1>
  return %r : tensor<1x9xi64, #S1>
}

}
