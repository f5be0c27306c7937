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
#R = #dtc.layout<#mesh, [replicate]>
#S0 = #dtc.layout<#mesh, [shard(0)]>
#S1 = #dtc.layout<#mesh, [shard(1)]>
#S2 = #dtc.layout<#mesh, [shard(2)]>
module attributes {dtc.mesh = #mesh} {

// CHECK-LABEL: @elements_split_where_data_and_indices_agree
// CHECK-NEXT: result0: {{.*}}, placed differs by 0, local differs by 0
func.func @elements_split_where_data_and_indices_agree(
    %a0: tensor<7x5xf32, #S0>, %a1: tensor<7x3xi64, #S0> {dtc.range = [-5, 4]}, %a2: tensor<7x3xf32, #S0>)
    -> tensor<7x5xf32, #S0> {
  %r = dtc.scatter_elements %a0, %a1, %a2 {axis = 1 : i64}
    : (tensor<7x5xf32, #S0>, tensor<7x3xi64, #S0>, tensor<7x3xf32, #S0>) -> tensor<7x5xf32, #S0>
  return %r : tensor<7x5xf32, #S0>
}

// CHECK-LABEL: @sums_split_where_data_and_indices_agree
// CHECK-NEXT: result0: {{.*}}, placed differs by 0, local differs by 0
func.func @sums_split_where_data_and_indices_agree(
    %a0: tensor<7x5xf32, #S0>, %a1: tensor<7x3xi64, #S0> {dtc.range = [-5, 4]}, %a2: tensor<7x3xf32, #S0>)
    -> tensor<7x5xf32, #S0> {
  %r = dtc.scatter_elements %a0, %a1, %a2 {axis = 1 : i64, combine = 0 : i64}
    : (tensor<7x5xf32, #S0>, tensor<7x3xi64, #S0>, tensor<7x3xf32, #S0>) -> tensor<7x5xf32, #S0>
  return %r : tensor<7x5xf32, #S0>
}

// CHECK-LABEL: @maxima_split_behind_the_axis
// CHECK-NEXT: result0: {{.*}}, placed differs by 0, local differs by 0
func.func @maxima_split_behind_the_axis(
    %a0: tensor<4x9xf32, #S1>, %a1: tensor<6x9xi64, #S1> {dtc.range = [0, 3]}, %a2: tensor<6x9xf32, #S1>)
    -> tensor<4x9xf32, #S1> {
  %r = dtc.scatter_elements %a0, %a1, %a2 {axis = 0 : i64, combine = 2 : i64}
    : (tensor<4x9xf32, #S1>, tensor<6x9xi64, #S1>, tensor<6x9xf32, #S1>) -> tensor<4x9xf32, #S1>
  return %r : tensor<4x9xf32, #S1>
}

// CHECK-LABEL: @written_elements_may_be_partial
// CHECK-NEXT: result0: {{.*}}, placed differs by 0, local differs by 0
func.func @written_elements_may_be_partial(
    %a0: tensor<6x4xf32, #P>, %a1: tensor<3x4xi64, #R> {dtc.range = [0, 5]}, %a2: tensor<3x4xf32, #P>)
    -> tensor<6x4xf32, #P> {
  %r = dtc.scatter_elements %a0, %a1, %a2 {axis = 0 : i64}
    : (tensor<6x4xf32, #P>, tensor<3x4xi64, #R>, tensor<3x4xf32, #P>) -> tensor<6x4xf32, #P>
  return %r : tensor<6x4xf32, #P>
}

// CHECK-LABEL: @added_elements_may_be_partial
// CHECK-NEXT: result0: {{.*}}, placed differs by 0, local differs by 0
func.func @added_elements_may_be_partial(
    %a0: tensor<6x4xf32, #P>, %a1: tensor<3x4xi32, #R> {dtc.range = [0, 5]}, %a2: tensor<3x4xf32, #P>)
    -> tensor<6x4xf32, #P> {
  %r = dtc.scatter_elements %a0, %a1, %a2 {axis = 0 : i64, combine = 0 : i64}
    : (tensor<6x4xf32, #P>, tensor<3x4xi32, #R>, tensor<3x4xf32, #P>) -> tensor<6x4xf32, #P>
  return %r : tensor<6x4xf32, #P>
}

// CHECK-LABEL: @fewer_indices_stay_whole
// CHECK-NEXT: result0: {{.*}}, placed differs by 0, local differs by 0
func.func @fewer_indices_stay_whole(
    %a0: tensor<7x5xf32, #R>, %a1: tensor<4x3xi64, #R> {dtc.range = [-5, 4]}, %a2: tensor<4x3xf32, #R>)
    -> tensor<7x5xf32, #R> {
  %r = dtc.scatter_elements %a0, %a1, %a2 {axis = 1 : i64}
    : (tensor<7x5xf32, #R>, tensor<4x3xi64, #R>, tensor<4x3xf32, #R>) -> tensor<7x5xf32, #R>
  return %r : tensor<7x5xf32, #R>
}

// CHECK-LABEL: @slices_split_behind_the_tuples
// CHECK-NEXT: result0: {{.*}}, placed differs by 0, local differs by 0
func.func @slices_split_behind_the_tuples(
    %a0: tensor<4x3x7xf32, #S2>, %a1: tensor<5x2xi64, #R> {dtc.range = [0, 2]}, %a2: tensor<5x7xf32, #S1>)
    -> tensor<4x3x7xf32, #S2> {
  %r = dtc.scatter_nd %a0, %a1, %a2 
    : (tensor<4x3x7xf32, #S2>, tensor<5x2xi64, #R>, tensor<5x7xf32, #S1>) -> tensor<4x3x7xf32, #S2>
  return %r : tensor<4x3x7xf32, #S2>
}

// CHECK-LABEL: @sums_of_slices_split_behind_the_tuples
// CHECK-NEXT: result0: {{.*}}, placed differs by 0, local differs by 0
func.func @sums_of_slices_split_behind_the_tuples(
    %a0: tensor<4x3x7xf32, #S2>, %a1: tensor<5x1xi64, #R> {dtc.range = [-4, 3]}, %a2: tensor<5x3x7xf32, #S2>)
    -> tensor<4x3x7xf32, #S2> {
  %r = dtc.scatter_nd %a0, %a1, %a2 {combine = 0 : i64}
    : (tensor<4x3x7xf32, #S2>, tensor<5x1xi64, #R>, tensor<5x3x7xf32, #S2>) -> tensor<4x3x7xf32, #S2>
  return %r : tensor<4x3x7xf32, #S2>
}

// CHECK-LABEL: @written_slices_may_be_partial
// CHECK-NEXT: result0: {{.*}}, placed differs by 0, local differs by 0
func.func @written_slices_may_be_partial(
    %a0: tensor<4x3xf32, #P>, %a1: tensor<5x1xi64, #R> {dtc.range = [0, 3]}, %a2: tensor<5x3xf32, #P>)
    -> tensor<4x3xf32, #P> {
  %r = dtc.scatter_nd %a0, %a1, %a2 
    : (tensor<4x3xf32, #P>, tensor<5x1xi64, #R>, tensor<5x3xf32, #P>) -> tensor<4x3xf32, #P>
  return %r : tensor<4x3xf32, #P>
}

// CHECK-LABEL: @added_slices_may_be_partial
// CHECK-NEXT: result0: {{.*}}, placed differs by 0, local differs by 0
func.func @added_slices_may_be_partial(
    %a0: tensor<4x3xf32, #P>, %a1: tensor<5x1xi64, #R> {dtc.range = [0, 3]}, %a2: tensor<5x3xf32, #P>)
    -> tensor<4x3xf32, #P> {
  %r = dtc.scatter_nd %a0, %a1, %a2 {combine = 0 : i64}
    : (tensor<4x3xf32, #P>, tensor<5x1xi64, #R>, tensor<5x3xf32, #P>) -> tensor<4x3xf32, #P>
  return %r : tensor<4x3xf32, #P>
}

}
