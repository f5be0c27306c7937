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
#M8 = #dtc.layout<#mesh, [mask_partial(8)]>
#P = #dtc.layout<#mesh, [partial(sum)]>
#R = #dtc.layout<#mesh, [replicate]>
#S0 = #dtc.layout<#mesh, [shard(0)]>
#S1 = #dtc.layout<#mesh, [shard(1)]>
#S2 = #dtc.layout<#mesh, [shard(2)]>
module attributes {dtc.mesh = #mesh} {

// CHECK-LABEL: @tables_split_by_features
// CHECK-NEXT: result0: {{.*}}, placed differs by 0, local differs by 0
func.func @tables_split_by_features(
    %a0: tensor<11x6xf32, #S1>, %a1: tensor<4x5xi64, #R> {dtc.range = [-11, 10]})
    -> tensor<4x5x6xf32, #S2> {
  %r = dtc.embedding %a0, %a1 
    : (tensor<11x6xf32, #S1>, tensor<4x5xi64, #R>) -> tensor<4x5x6xf32, #S2>
  return %r : tensor<4x5x6xf32, #S2>
}

// CHECK-LABEL: @places_of_an_embedding_are_split
// CHECK-NEXT: result0: {{.*}}, placed differs by 0, local differs by 0
func.func @places_of_an_embedding_are_split(
    %a0: tensor<11x6xf32, #R>, %a1: tensor<5x4xi64, #S0> {dtc.range = [0, 10]})
    -> tensor<5x4x6xf32, #S0> {
  %r = dtc.embedding %a0, %a1 
    : (tensor<11x6xf32, #R>, tensor<5x4xi64, #S0>) -> tensor<5x4x6xf32, #S0>
  return %r : tensor<5x4x6xf32, #S0>
}

// CHECK-LABEL: @data_of_a_gather_is_split_beside_the_axis
// CHECK-NEXT: result0: {{.*}}, placed differs by 0, local differs by 0
func.func @data_of_a_gather_is_split_beside_the_axis(
    %a0: tensor<5x8xf32, #S0>, %a1: tensor<3xi64, #R> {dtc.range = [-8, 7]})
    -> tensor<5x3xf32, #S0> {
  %r = dtc.gather %a0, %a1 {axis = 1 : i64}
    : (tensor<5x8xf32, #S0>, tensor<3xi64, #R>) -> tensor<5x3xf32, #S0>
  return %r : tensor<5x3xf32, #S0>
}

// CHECK-LABEL: @data_of_a_gather_is_split_behind_the_axis
// CHECK-NEXT: result0: {{.*}}, placed differs by 0, local differs by 0
func.func @data_of_a_gather_is_split_behind_the_axis(
    %a0: tensor<5x8xf32, #S1>, %a1: tensor<2x3xi64, #R> {dtc.range = [0, 4]})
    -> tensor<2x3x8xf32, #S2> {
  %r = dtc.gather %a0, %a1 {axis = 0 : i64}
    : (tensor<5x8xf32, #S1>, tensor<2x3xi64, #R>) -> tensor<2x3x8xf32, #S2>
  return %r : tensor<2x3x8xf32, #S2>
}

// CHECK-LABEL: @places_of_a_gather_are_split
// CHECK-NEXT: result0: {{.*}}, placed differs by 0, local differs by 0
func.func @places_of_a_gather_are_split(
    %a0: tensor<4x8x3xf32, #R>, %a1: tensor<5x2xi32, #S0> {dtc.range = [0, 7]})
    -> tensor<4x5x2x3xf32, #S1> {
  %r = dtc.gather %a0, %a1 {axis = 1 : i64}
    : (tensor<4x8x3xf32, #R>, tensor<5x2xi32, #S0>) -> tensor<4x5x2x3xf32, #S1>
  return %r : tensor<4x5x2x3xf32, #S1>
}

// CHECK-LABEL: @partial_data_is_gathered
// CHECK-NEXT: result0: {{.*}}, placed differs by 0, local differs by 0
func.func @partial_data_is_gathered(
    %a0: tensor<5x8xf32, #P>, %a1: tensor<3xi64, #R> {dtc.range = [0, 4]})
    -> tensor<3x8xf32, #P> {
  %r = dtc.gather %a0, %a1 {axis = 0 : i64}
    : (tensor<5x8xf32, #P>, tensor<3xi64, #R>) -> tensor<3x8xf32, #P>
  return %r : tensor<3x8xf32, #P>
}

// CHECK-LABEL: @elements_are_split_where_data_and_indices_agree
// CHECK-NEXT: result0: {{.*}}, placed differs by 0, local differs by 0
func.func @elements_are_split_where_data_and_indices_agree(
    %a0: tensor<6x5xf32, #S1>, %a1: tensor<3x5xi64, #S1> {dtc.range = [-6, 5]})
    -> tensor<3x5xf32, #S1> {
  %r = dtc.gather_elements %a0, %a1 {axis = 0 : i64}
    : (tensor<6x5xf32, #S1>, tensor<3x5xi64, #S1>) -> tensor<3x5xf32, #S1>
  return %r : tensor<3x5xf32, #S1>
}

// CHECK-LABEL: @places_of_elements_are_split_along_the_axis
// CHECK-NEXT: result0: {{.*}}, placed differs by 0, local differs by 0
func.func @places_of_elements_are_split_along_the_axis(
    %a0: tensor<6x5xf32, #R>, %a1: tensor<7x5xi64, #S0> {dtc.range = [-6, 5]})
    -> tensor<7x5xf32, #S0> {
  %r = dtc.gather_elements %a0, %a1 {axis = 0 : i64}
    : (tensor<6x5xf32, #R>, tensor<7x5xi64, #S0>) -> tensor<7x5xf32, #S0>
  return %r : tensor<7x5xf32, #S0>
}

// CHECK-LABEL: @single_elements_of_a_split_axis_are_masked
// CHECK-NEXT: result0: {{.*}}, placed differs by 0, local differs by 0
func.func @single_elements_of_a_split_axis_are_masked(
    %a0: tensor<8x5xf32, #S0>, %a1: tensor<1x5xi64, #R> {dtc.range = [-8, 7]})
    -> tensor<1x5xf32, #M8> {
  %r = dtc.gather_elements %a0, %a1 {axis = 0 : i64}
    : (tensor<8x5xf32, #S0>, tensor<1x5xi64, #R>) -> tensor<1x5xf32, #M8>
  return %r : tensor<1x5xf32, #M8>
}

// CHECK-LABEL: @batches_of_tuples_are_split
// CHECK-NEXT: result0: {{.*}}, placed differs by 0, local differs by 0
func.func @batches_of_tuples_are_split(
    %a0: tensor<5x8x6xf32, #S0>, %a1: tensor<5x4x1xi64, #S0> {dtc.range = [-8, 7]})
    -> tensor<5x4x6xf32, #S0> {
  %r = dtc.gather_nd %a0, %a1 {batchDims = 1 : i64}
    : (tensor<5x8x6xf32, #S0>, tensor<5x4x1xi64, #S0>) -> tensor<5x4x6xf32, #S0>
  return %r : tensor<5x4x6xf32, #S0>
}

// CHECK-LABEL: @slices_of_tuples_are_split
// CHECK-NEXT: result0: {{.*}}, placed differs by 0, local differs by 0
func.func @slices_of_tuples_are_split(
    %a0: tensor<4x3x7xf32, #S2>, %a1: tensor<5x2xi64, #R> {dtc.range = [0, 2]})
    -> tensor<5x7xf32, #S1> {
  %r = dtc.gather_nd %a0, %a1 {batchDims = 0 : i64}
    : (tensor<4x3x7xf32, #S2>, tensor<5x2xi64, #R>) -> tensor<5x7xf32, #S1>
  return %r : tensor<5x7xf32, #S1>
}

// CHECK-LABEL: @tuples_are_split
// CHECK-NEXT: result0: {{.*}}, placed differs by 0, local differs by 0
func.func @tuples_are_split(
    %a0: tensor<4x3x7xf32, #R>, %a1: tensor<5x2xi64, #S0> {dtc.range = [0, 2]})
    -> tensor<5x7xf32, #S0> {
  %r = dtc.gather_nd %a0, %a1 {batchDims = 0 : i64}
    : (tensor<4x3x7xf32, #R>, tensor<5x2xi64, #S0>) -> tensor<5x7xf32, #S0>
  return %r : tensor<5x7xf32, #S0>
}

}
