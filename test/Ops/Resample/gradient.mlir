// RUN: dtc-interpret %s --all --check-gradients %S/../cotangent.yaml | FileCheck %s
// RUN: dtc-opt %s --dtc-differentiate=spec=%S/../cotangent.yaml --dtc-propagate-placements -o %t.2.mlir
// RUN: dtc-interpret %t.2.mlir --all --localize --tolerance 1e-11
// RUN: sed 's/"tp" = 2/"tp" = 3/' %s > %t.mlir
// RUN: dtc-opt %t.mlir --dtc-differentiate=spec=%S/../cotangent.yaml --dtc-propagate-placements -o %t.3.mlir
// RUN: dtc-interpret %t.3.mlir --all --localize --tolerance 1e-11

// Gradients are those of finite differences, and on 2 and 3 ranks those of one.

#mesh = #dtc.mesh<"tp" = 2>
#S0 = #dtc.layout<#mesh, [shard(0)]>
#S1 = #dtc.layout<#mesh, [shard(1)]>
module attributes {dtc.mesh = #mesh} {

// CHECK-LABEL: @copies_of_positions
// CHECK-NEXT: grad.arg0 agrees at 12 places{{$}}
func.func @copies_of_positions(%x: tensor<3x4xf64> {dtc.layout = #S1}) -> tensor<3x6xf64> {
  %r = dtc.resample %x {axis = 1 : i64, taps = 1 : i64, positions = array<i64: 0, 0, 1, 1, 1, 3>} : (tensor<3x4xf64>) -> tensor<3x6xf64>
  return %r : tensor<3x6xf64>
}

// CHECK-LABEL: @weighted_taps
// CHECK-NEXT: grad.arg0 agrees at 12 places{{$}}
func.func @weighted_taps(%x: tensor<3x4xf64> {dtc.layout = #S0}) -> tensor<3x4xf64> {
  %r = dtc.resample %x {axis = 0 : i64, taps = 2 : i64, positions = array<i64: 0, 1, 0, 1, 1, 2>, weights = array<f64: 0.5, 0.25, 2.0, 1.0, 0.5, 0.125>} : (tensor<3x4xf64>) -> tensor<3x4xf64>
  return %r : tensor<3x4xf64>
}

// CHECK-LABEL: @many_taps
// CHECK-NEXT: grad.arg0 agrees at 12 places{{$}}
func.func @many_taps(%x: tensor<3x4xf64> {dtc.layout = #S1}) -> tensor<3x1xf64> {
  %r = dtc.resample %x {axis = 1 : i64, taps = 9 : i64, positions = array<i64: 0, 1, 2, 3, 0, 1, 2, 3, 0>, weights = array<f64: 1.0, 0.5, 1.0, 0.5, 1.0, 0.5, 1.0, 0.5, 2.0>} : (tensor<3x4xf64>) -> tensor<3x1xf64>
  return %r : tensor<3x1xf64>
}
}
