// RUN: dtc-interpret %s --all --check-gradients %S/../cotangent.yaml | FileCheck %s
// RUN: dtc-opt %s --dtc-differentiate=spec=%S/../cotangent.yaml --dtc-propagate-placements -o %t.2.mlir
// RUN: dtc-interpret %t.2.mlir --all --localize --tolerance 1e-11
// RUN: sed 's/"tp" = 2/"tp" = 3/' %s > %t.mlir
// RUN: dtc-opt %t.mlir --dtc-differentiate=spec=%S/../cotangent.yaml --dtc-propagate-placements -o %t.3.mlir
// RUN: dtc-interpret %t.3.mlir --all --localize --tolerance 1e-11

// Gradients are those of finite differences, and on 2 and 3 ranks those of one.

#mesh = #dtc.mesh<"tp" = 2>
#P = #dtc.layout<#mesh, [partial(sum)]>
#S0 = #dtc.layout<#mesh, [shard(0)]>
#S1 = #dtc.layout<#mesh, [shard(1)]>
#S2 = #dtc.layout<#mesh, [shard(2)]>
#S3 = #dtc.layout<#mesh, [shard(3)]>
module attributes {dtc.mesh = #mesh} {

// CHECK-LABEL: @a_reshape
// CHECK-NEXT: grad.arg0 agrees at 24 places{{$}}
func.func @a_reshape(%a: tensor<6x4xf64> {dtc.layout = #S0}) -> tensor<3x8xf64> {
  %r = dtc.reshape %a : (tensor<6x4xf64>) -> tensor<3x8xf64>
  return %r : tensor<3x8xf64>
}

// CHECK-LABEL: @a_view
// CHECK-NEXT: grad.arg0 agrees at 24 places{{$}}
func.func @a_view(%a: tensor<6x4xf64> {dtc.layout = #S0}) -> tensor<24xf64> {
  %r = dtc.view %a : (tensor<6x4xf64>) -> tensor<24xf64>
  return %r : tensor<24xf64>
}

// CHECK-LABEL: @a_transpose
// CHECK-NEXT: grad.arg0 agrees at 40 places{{$}}
func.func @a_transpose(%a: tensor<6x4x3xf64> {dtc.layout = #S1}) -> tensor<3x6x4xf64> {
  %r = dtc.transpose %a {permutation = array<i64: 2, 0, 1>} : (tensor<6x4x3xf64>) -> tensor<3x6x4xf64>
  return %r : tensor<3x6x4xf64>
}

// CHECK-LABEL: @a_repetition
// CHECK-NEXT: grad.arg0 agrees at 4 places{{$}}
func.func @a_repetition(%a: tensor<1x4xf64> {dtc.layout = #S1}) -> tensor<3x6x4xf64> {
  %r = dtc.broadcast %a : (tensor<1x4xf64>) -> tensor<3x6x4xf64>
  return %r : tensor<3x6x4xf64>
}
}
