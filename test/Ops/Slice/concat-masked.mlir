// Rows that a lookup leaves to other ranks are only its own: what a
// concatenation joins with them is whole, and so they complete first.
// RUN: dtc-opt %s --dtc-propagate-placements --dtc-insert-collectives -o %t.mlir
// RUN: FileCheck %s < %t.mlir
// RUN: dtc-interpret %t.mlir --all --localize --tolerance 0 | FileCheck %s --check-prefix=AGREE
// RUN: dtc-fuzz-programs --replay %s --seed 1
// AGREE-COUNT-2: local differs by 0

#mesh = #dtc.mesh<"tp" = 2>
#rows = #dtc.layout<#mesh, [shard(0)]>
module attributes {dtc.mesh = #mesh} {

// CHECK-LABEL: @rows_of_a_lookup_beside_whole_ones
// CHECK: dtc.embedding
// CHECK: dtc.all_reduce
// CHECK: dtc.concat
func.func @rows_of_a_lookup_beside_whole_ones(
    %table: tensor<5x2xf32> {dtc.layout = #rows}, %index: tensor<3xi64> {dtc.range = [0, 4]}, %more: tensor<1x2xf32>)
    -> (tensor<4x2xf32> {dtc.as_is}) {
  %looked = dtc.embedding %table, %index : (tensor<5x2xf32>, tensor<3xi64>) -> tensor<3x2xf32>
  %r = dtc.concat %more, %looked {axis = 0 : i64} : (tensor<1x2xf32>, tensor<3x2xf32>) -> tensor<4x2xf32>
  return %r : tensor<4x2xf32>
}

// CHECK-LABEL: @rows_of_a_lookup_beside_themselves
// CHECK: dtc.embedding
// CHECK: dtc.concat
func.func @rows_of_a_lookup_beside_themselves(
    %table: tensor<5x2xf32> {dtc.layout = #rows}, %index: tensor<3xi64> {dtc.range = [0, 4]}, %more: tensor<1x2xf32>)
    -> (tensor<7x2xf32> {dtc.as_is}) {
  %looked = dtc.embedding %table, %index : (tensor<5x2xf32>, tensor<3xi64>) -> tensor<3x2xf32>
  %r = dtc.concat %looked, %looked, %more {axis = 0 : i64} : (tensor<3x2xf32>, tensor<3x2xf32>, tensor<1x2xf32>) -> tensor<7x2xf32>
  return %r : tensor<7x2xf32>
}

}
