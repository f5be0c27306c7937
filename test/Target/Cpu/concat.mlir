// Parts of a concatenation are computed where it has them, also where it is a
// part itself; what lies elsewhere is copied.
// RUN: dtc-compile %s --mesh tp=1 --emit lowered -o - | FileCheck %s

// CHECK:      // step:
// CHECK-NEXT: kernel0(arg0+16, arena)
// CHECK-NEXT: kernel1(arg0, arena+16)
// CHECK-NEXT: kernel2(arg0, arena+192)
// CHECK-NEXT: kernel3(arena, arg1, result0)
// CHECK-NEXT: module
func.func @main(%x: tensor<6x8xf32>, %w: tensor<8x40xf32>) -> tensor<12x40xf32> {
  %a = dtc.slice %x {axes = array<i64: 1>, starts = array<i64: 0>, sizes = array<i64: 4>, steps = array<i64: 1>} : (tensor<6x8xf32>) -> tensor<6x4xf32>
  %b = dtc.slice %x {axes = array<i64: 1>, starts = array<i64: 4>, sizes = array<i64: 4>, steps = array<i64: 1>} : (tensor<6x8xf32>) -> tensor<6x4xf32>
  %c = dtc.neg %b : (tensor<6x4xf32>) -> tensor<6x4xf32>
  %d = dtc.concat %c, %a {axis = 1 : i64} : (tensor<6x4xf32>, tensor<6x4xf32>) -> tensor<6x8xf32>
  %e = dtc.relu %x : (tensor<6x8xf32>) -> tensor<6x8xf32>
  %f = dtc.concat %d, %e {axis = 0 : i64} : (tensor<6x8xf32>, tensor<6x8xf32>) -> tensor<12x8xf32>
  %g = dtc.matmul %f, %w : (tensor<12x8xf32>, tensor<8x40xf32>) -> tensor<12x40xf32>
  return %g : tensor<12x40xf32>
}
