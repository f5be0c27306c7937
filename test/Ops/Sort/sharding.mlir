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
#R = #dtc.layout<#mesh, [replicate]>
#S0 = #dtc.layout<#mesh, [shard(0)]>
#S1 = #dtc.layout<#mesh, [shard(1)]>
#S2 = #dtc.layout<#mesh, [shard(2)]>
module attributes {dtc.mesh = #mesh} {

// CHECK-LABEL: @lines_of_a_sort_are_split
// CHECK-NEXT: result0: {{.*}}, placed differs by 0, local differs by 0
// CHECK-NEXT: result1: {{.*}}, placed differs by 0, local differs by 0
func.func @lines_of_a_sort_are_split(
    %a0: tensor<7x5xf32, #S0>)
    -> (tensor<7x5xf32, #S0>, tensor<7x5xi64, #S0>) {
  %r:2 = dtc.sort %a0 {axis = 1 : i64, descending}
    : (tensor<7x5xf32, #S0>) -> (tensor<7x5xf32, #S0>, tensor<7x5xi64, #S0>)
  return %r#0, %r#1 : tensor<7x5xf32, #S0>, tensor<7x5xi64, #S0>
}

// CHECK-LABEL: @columns_of_a_sort_are_split
// CHECK-NEXT: result0: {{.*}}, placed differs by 0, local differs by 0
// CHECK-NEXT: result1: {{.*}}, placed differs by 0, local differs by 0
func.func @columns_of_a_sort_are_split(
    %a0: tensor<6x9xi32, #S1>)
    -> (tensor<6x9xi32, #S1>, tensor<6x9xi64, #S1>) {
  %r:2 = dtc.sort %a0 {axis = 0 : i64}
    : (tensor<6x9xi32, #S1>) -> (tensor<6x9xi32, #S1>, tensor<6x9xi64, #S1>)
  return %r#0, %r#1 : tensor<6x9xi32, #S1>, tensor<6x9xi64, #S1>
}

// CHECK-LABEL: @a_sorted_axis_is_whole
// CHECK-NEXT: result0: {{.*}}, placed differs by 0, local differs by 0
// CHECK-NEXT: result1: {{.*}}, placed differs by 0, local differs by 0
func.func @a_sorted_axis_is_whole(
    %a0: tensor<6x9xf32, #R>)
    -> (tensor<6x9xf32, #R>, tensor<6x9xi64, #R>) {
  %r:2 = dtc.sort %a0 {axis = 0 : i64}
    : (tensor<6x9xf32, #R>) -> (tensor<6x9xf32, #R>, tensor<6x9xi64, #R>)
  return %r#0, %r#1 : tensor<6x9xf32, #R>, tensor<6x9xi64, #R>
}

// CHECK-LABEL: @lines_of_the_largest_are_split
// CHECK-NEXT: result0: {{.*}}, placed differs by 0, local differs by 0
// CHECK-NEXT: result1: {{.*}}, placed differs by 0, local differs by 0
func.func @lines_of_the_largest_are_split(
    %a0: tensor<7x5xf32, #S0>)
    -> (tensor<7x3xf32, #S0>, tensor<7x3xi64, #S0>) {
  %r:2 = dtc.top_k %a0 {axis = 1 : i64, k = 3 : i64}
    : (tensor<7x5xf32, #S0>) -> (tensor<7x3xf32, #S0>, tensor<7x3xi64, #S0>)
  return %r#0, %r#1 : tensor<7x3xf32, #S0>, tensor<7x3xi64, #S0>
}

// CHECK-LABEL: @columns_of_the_smallest_are_split
// CHECK-NEXT: result0: {{.*}}, placed differs by 0, local differs by 0
// CHECK-NEXT: result1: {{.*}}, placed differs by 0, local differs by 0
func.func @columns_of_the_smallest_are_split(
    %a0: tensor<3x5x8xf32, #S2>)
    -> (tensor<3x2x8xf32, #S2>, tensor<3x2x8xi64, #S2>) {
  %r:2 = dtc.top_k %a0 {axis = 1 : i64, k = 2 : i64, smallest}
    : (tensor<3x5x8xf32, #S2>) -> (tensor<3x2x8xf32, #S2>, tensor<3x2x8xi64, #S2>)
  return %r#0, %r#1 : tensor<3x2x8xf32, #S2>, tensor<3x2x8xi64, #S2>
}

}
