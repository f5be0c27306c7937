// Pieces of a sum of integers wrap where the sum does not, or not in the same
// way: only conversions between floats let them pass.
// RUN: dtc-opt %s --dtc-propagate-placements --dtc-insert-collectives -o %t.mlir
// RUN: FileCheck %s < %t.mlir
// RUN: dtc-interpret %t.mlir --all --localize --tolerance 0.01 | FileCheck %s --check-prefix=AGREE
// AGREE-COUNT-3: local differs by

#mesh = #dtc.mesh<"tp" = 4>
#columns = #dtc.layout<#mesh, [shard(1)]>
module attributes {dtc.mesh = #mesh} {

// CHECK-LABEL: @wrapped_pieces_complete_before_they_become_floats
// CHECK: dtc.all_reduce
// CHECK: dtc.cast
func.func @wrapped_pieces_complete_before_they_become_floats(%x: tensor<8x8xi8> {dtc.layout = #columns}) -> (tensor<8xf32> {dtc.as_is}) {
  %sum = dtc.reduce_sum %x {dims = array<i64: 1>} : (tensor<8x8xi8>) -> tensor<8xi8>
  %r = dtc.cast %sum : (tensor<8xi8>) -> tensor<8xf32>
  return %r : tensor<8xf32>
}

// CHECK-LABEL: @wrapped_pieces_complete_before_they_widen
// CHECK: dtc.all_reduce
// CHECK: dtc.cast
func.func @wrapped_pieces_complete_before_they_widen(%x: tensor<8x8xi8> {dtc.layout = #columns}) -> (tensor<8xi32> {dtc.as_is}) {
  %sum = dtc.reduce_sum %x {dims = array<i64: 1>} : (tensor<8x8xi8>) -> tensor<8xi8>
  %r = dtc.cast %sum : (tensor<8xi8>) -> tensor<8xi32>
  return %r : tensor<8xi32>
}

// CHECK-LABEL: @pieces_of_floats_stay_pieces
// CHECK: dtc.cast
// CHECK-NOT: dtc.cast
// CHECK: dtc.all_reduce
func.func @pieces_of_floats_stay_pieces(%x: tensor<8x8xf16> {dtc.layout = #columns}) -> tensor<8xf32> {
  %sum = dtc.reduce_sum %x {dims = array<i64: 1>} : (tensor<8x8xf16>) -> tensor<8xf16>
  %r = dtc.cast %sum : (tensor<8xf16>) -> tensor<8xf32>
  return %r : tensor<8xf32>
}

}
