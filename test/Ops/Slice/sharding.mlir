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
#P = #dtc.layout<#mesh, [partial(sum)]>
#S0 = #dtc.layout<#mesh, [shard(0)]>
#S1 = #dtc.layout<#mesh, [shard(1)]>
module attributes {dtc.mesh = #mesh} {

// CHECK-LABEL: @other_dimensions_of_a_slice_are_split
// CHECK-NEXT: result0: {{.*}}, placed differs by 0, local differs by 0
func.func @other_dimensions_of_a_slice_are_split(
    %a0: tensor<5x8xf32, #S0>)
    -> tensor<5x4xf32, #S0> {
  %r = dtc.slice %a0 {axes = array<i64: 1>, starts = array<i64: 7>, sizes = array<i64: 4>, steps = array<i64: -2>}
    : (tensor<5x8xf32, #S0>) -> tensor<5x4xf32, #S0>
  return %r : tensor<5x4xf32, #S0>
}

// CHECK-LABEL: @partial_values_are_sliced
// CHECK-NEXT: result0: {{.*}}, placed differs by 0, local differs by 0
func.func @partial_values_are_sliced(
    %a0: tensor<5x8xf32, #P>)
    -> tensor<2x8xf32, #P> {
  %r = dtc.slice %a0 {axes = array<i64: 0>, starts = array<i64: 1>, sizes = array<i64: 2>, steps = array<i64: 2>}
    : (tensor<5x8xf32, #P>) -> tensor<2x8xf32, #P>
  return %r : tensor<2x8xf32, #P>
}

// CHECK-LABEL: @other_dimensions_of_a_split_are_split
// CHECK-NEXT: result0: {{.*}}, placed differs by 0, local differs by 0
// CHECK-NEXT: result1: {{.*}}, placed differs by 0, local differs by 0
// CHECK-NEXT: result2: {{.*}}, placed differs by 0, local differs by 0
func.func @other_dimensions_of_a_split_are_split(
    %a0: tensor<4x7xf32, #S1>)
    -> (tensor<1x7xf32, #S1>, tensor<3x7xf32, #S1>, tensor<0x7xf32, #S1>) {
  %r:3 = dtc.split %a0 {axis = 0 : i64, sizes = array<i64: 1, 3, 0>}
    : (tensor<4x7xf32, #S1>) -> (tensor<1x7xf32, #S1>, tensor<3x7xf32, #S1>, tensor<0x7xf32, #S1>)
  return %r#0, %r#1, %r#2 : tensor<1x7xf32, #S1>, tensor<3x7xf32, #S1>, tensor<0x7xf32, #S1>
}

// CHECK-LABEL: @other_dimensions_of_a_concat_are_split
// CHECK-NEXT: result0: {{.*}}, placed differs by 0, local differs by 0
func.func @other_dimensions_of_a_concat_are_split(
    %a0: tensor<2x7xf32, #S1>, %a1: tensor<1x7xf32, #S1>, %a2: tensor<3x7xf32, #S1>)
    -> tensor<6x7xf32, #S1> {
  %r = dtc.concat %a0, %a1, %a2 {axis = 0 : i64}
    : (tensor<2x7xf32, #S1>, tensor<1x7xf32, #S1>, tensor<3x7xf32, #S1>) -> tensor<6x7xf32, #S1>
  return %r : tensor<6x7xf32, #S1>
}

// CHECK-LABEL: @partial_values_are_joined
// CHECK-NEXT: result0: {{.*}}, placed differs by 0, local differs by 0
func.func @partial_values_are_joined(
    %a0: tensor<2x7xf32, #P>, %a1: tensor<2x1xf32, #P>)
    -> tensor<2x8xf32, #P> {
  %r = dtc.concat %a0, %a1 {axis = 1 : i64}
    : (tensor<2x7xf32, #P>, tensor<2x1xf32, #P>) -> tensor<2x8xf32, #P>
  return %r : tensor<2x8xf32, #P>
}

// CHECK-LABEL: @dimensions_without_pads_are_split
// CHECK-NEXT: result0: {{.*}}, placed differs by 0, local differs by 0
func.func @dimensions_without_pads_are_split(
    %a0: tensor<7x4xf32, #S0>)
    -> tensor<7x5xf32, #S0> {
  %r = dtc.pad %a0 {axes = array<i64: 1>, low = array<i64: 2>, high = array<i64: -1>, value = 1.5 : f64}
    : (tensor<7x4xf32, #S0>) -> tensor<7x5xf32, #S0>
  return %r : tensor<7x5xf32, #S0>
}

// CHECK-LABEL: @zeros_around_partial_values
// CHECK-NEXT: result0: {{.*}}, placed differs by 0, local differs by 0
func.func @zeros_around_partial_values(
    %a0: tensor<3x4xf32, #P>)
    -> tensor<5x4xf32, #P> {
  %r = dtc.pad %a0 {axes = array<i64: 0>, low = array<i64: 1>, high = array<i64: 1>, value = 0.0 : f64}
    : (tensor<3x4xf32, #P>) -> tensor<5x4xf32, #P>
  return %r : tensor<5x4xf32, #P>
}

// CHECK-LABEL: @batches_of_triangles_are_split
// CHECK-NEXT: result0: {{.*}}, placed differs by 0, local differs by 0
func.func @batches_of_triangles_are_split(
    %a0: tensor<5x4x3xf32, #S0>)
    -> tensor<5x4x3xf32, #S0> {
  %r = dtc.triangle %a0 {diagonal = -1 : i64}
    : (tensor<5x4x3xf32, #S0>) -> tensor<5x4x3xf32, #S0>
  return %r : tensor<5x4x3xf32, #S0>
}

// CHECK-LABEL: @partial_values_have_triangles
// CHECK-NEXT: result0: {{.*}}, placed differs by 0, local differs by 0
func.func @partial_values_have_triangles(
    %a0: tensor<4x6xf32, #P>)
    -> tensor<4x6xf32, #P> {
  %r = dtc.triangle %a0 {diagonal = 1 : i64, upper}
    : (tensor<4x6xf32, #P>) -> tensor<4x6xf32, #P>
  return %r : tensor<4x6xf32, #P>
}

}
