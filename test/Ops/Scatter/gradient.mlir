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

// CHECK-LABEL: @written_elements
// CHECK-NEXT: grad.arg0 agrees at 20 places{{$}}
// CHECK-NEXT: grad.arg1 agrees at 10 places{{$}}
func.func @written_elements(%a: tensor<5x4xf64> {dtc.layout = #S0}, %b: tensor<5x2xf64>) -> tensor<5x4xf64> {
  %i = dtc.constant dense<[[0, 2], [1, 3], [3, 0], [2, 1], [0, 1]]> : tensor<5x2xi64> : tensor<5x2xi64>
  %r = dtc.scatter_elements %a, %i, %b {axis = 1 : i64} : (tensor<5x4xf64>, tensor<5x2xi64>, tensor<5x2xf64>) -> tensor<5x4xf64>
  return %r : tensor<5x4xf64>
}

// CHECK-LABEL: @added_elements
// CHECK-NEXT: grad.arg0 agrees at 20 places{{$}}
// CHECK-NEXT: grad.arg1 agrees at 10 places{{$}}
func.func @added_elements(%a: tensor<5x4xf64> {dtc.layout = #S0}, %b: tensor<5x2xf64>) -> tensor<5x4xf64> {
  %i = dtc.constant dense<[[0, 2], [1, 1], [3, 0], [2, 2], [0, 1]]> : tensor<5x2xi64> : tensor<5x2xi64>
  %r = dtc.scatter_elements %a, %i, %b {axis = 1 : i64, combine = 0 : i64} : (tensor<5x4xf64>, tensor<5x2xi64>, tensor<5x2xf64>) -> tensor<5x4xf64>
  return %r : tensor<5x4xf64>
}

// CHECK-LABEL: @written_slices
// CHECK-NEXT: grad.arg0 agrees at 20 places{{$}}
// CHECK-NEXT: grad.arg1 agrees at 8 places{{$}}
func.func @written_slices(%a: tensor<5x4xf64> {dtc.layout = #S1}, %b: tensor<2x4xf64>) -> tensor<5x4xf64> {
  %i = dtc.constant dense<[[3], [1]]> : tensor<2x1xi64> : tensor<2x1xi64>
  %r = dtc.scatter_nd %a, %i, %b : (tensor<5x4xf64>, tensor<2x1xi64>, tensor<2x4xf64>) -> tensor<5x4xf64>
  return %r : tensor<5x4xf64>
}

// CHECK-LABEL: @added_slices
// CHECK-NEXT: grad.arg0 agrees at 20 places{{$}}
// CHECK-NEXT: grad.arg1 agrees at 8 places{{$}}
func.func @added_slices(%a: tensor<5x4xf64> {dtc.layout = #S1}, %b: tensor<2x4xf64>) -> tensor<5x4xf64> {
  %i = dtc.constant dense<3> : tensor<2x1xi64> : tensor<2x1xi64>
  %r = dtc.scatter_nd %a, %i, %b {combine = 0 : i64} : (tensor<5x4xf64>, tensor<2x1xi64>, tensor<2x4xf64>) -> tensor<5x4xf64>
  return %r : tensor<5x4xf64>
}

// CHECK-LABEL: @largest_elements
// CHECK-NEXT: grad.arg0 agrees at 20 places{{$}}
// CHECK-NEXT: grad.arg1 agrees at 10 places{{$}}
func.func @largest_elements(%a: tensor<5x4xf64> {dtc.layout = #S0}, %b: tensor<5x2xf64>) -> tensor<5x4xf64> {
  %i = dtc.constant dense<[[0, 2], [1, 1], [3, 0], [2, 2], [0, 1]]> : tensor<5x2xi64> : tensor<5x2xi64>
  %r = dtc.scatter_elements %a, %i, %b {axis = 1 : i64, combine = 2 : i64} : (tensor<5x4xf64>, tensor<5x2xi64>, tensor<5x2xf64>) -> tensor<5x4xf64>
  return %r : tensor<5x4xf64>
}

// CHECK-LABEL: @largest_slices
// CHECK-NEXT: grad.arg0 agrees at 20 places{{$}}
// CHECK-NEXT: grad.arg1 agrees at 12 places{{$}}
func.func @largest_slices(%a: tensor<5x4xf64> {dtc.layout = #S1}, %b: tensor<3x4xf64>) -> tensor<5x4xf64> {
  %i = dtc.constant dense<[[3], [1], [3]]> : tensor<3x1xi64> : tensor<3x1xi64>
  %r = dtc.scatter_nd %a, %i, %b {combine = 2 : i64} : (tensor<5x4xf64>, tensor<3x1xi64>, tensor<3x4xf64>) -> tensor<5x4xf64>
  return %r : tensor<5x4xf64>
}

// CHECK-LABEL: @smallest_elements
// CHECK-NEXT: grad.arg0 agrees at 20 places{{$}}
// CHECK-NEXT: grad.arg1 agrees at 10 places{{$}}
func.func @smallest_elements(%a: tensor<5x4xf64> {dtc.layout = #S0}, %b: tensor<5x2xf64>) -> tensor<5x4xf64> {
  %i = dtc.constant dense<[[0, 2], [1, 1], [3, 0], [2, 2], [0, 1]]> : tensor<5x2xi64> : tensor<5x2xi64>
  %r = dtc.scatter_elements %a, %i, %b {axis = 1 : i64, combine = 3 : i64} : (tensor<5x4xf64>, tensor<5x2xi64>, tensor<5x2xf64>) -> tensor<5x4xf64>
  return %r : tensor<5x4xf64>
}

// CHECK-LABEL: @smallest_slices
// CHECK-NEXT: grad.arg0 agrees at 20 places{{$}}
// CHECK-NEXT: grad.arg1 agrees at 12 places{{$}}
func.func @smallest_slices(%a: tensor<5x4xf64> {dtc.layout = #S1}, %b: tensor<3x4xf64>) -> tensor<5x4xf64> {
  %i = dtc.constant dense<[[3], [1], [3]]> : tensor<3x1xi64> : tensor<3x1xi64>
  %r = dtc.scatter_nd %a, %i, %b {combine = 3 : i64} : (tensor<5x4xf64>, tensor<3x1xi64>, tensor<3x4xf64>) -> tensor<5x4xf64>
  return %r : tensor<5x4xf64>
}

// CHECK-LABEL: @multiplied_elements
// CHECK-NEXT: grad.arg0 agrees at 20 places{{$}}
// CHECK-NEXT: grad.arg1 agrees at 10 places{{$}}
func.func @multiplied_elements(%a: tensor<5x4xf64> {dtc.layout = #S0}, %b: tensor<5x2xf64>) -> tensor<5x4xf64> {
  %i = dtc.constant dense<[[0, 2], [1, 1], [3, 0], [2, 2], [0, 1]]> : tensor<5x2xi64> : tensor<5x2xi64>
  %r = dtc.scatter_elements %a, %i, %b {axis = 1 : i64, combine = 4 : i64} : (tensor<5x4xf64>, tensor<5x2xi64>, tensor<5x2xf64>) -> tensor<5x4xf64>
  return %r : tensor<5x4xf64>
}

// CHECK-LABEL: @multiplied_slices
// CHECK-NEXT: grad.arg0 agrees at 20 places{{$}}
// CHECK-NEXT: grad.arg1 agrees at 12 places{{$}}
func.func @multiplied_slices(%a: tensor<5x4xf64> {dtc.layout = #S1}, %b: tensor<3x4xf64>) -> tensor<5x4xf64> {
  %i = dtc.constant dense<[[3], [1], [3]]> : tensor<3x1xi64> : tensor<3x1xi64>
  %r = dtc.scatter_nd %a, %i, %b {combine = 4 : i64} : (tensor<5x4xf64>, tensor<3x1xi64>, tensor<3x4xf64>) -> tensor<5x4xf64>
  return %r : tensor<5x4xf64>
}

// CHECK-LABEL: @slices_multiplied_by_zeros
// CHECK-NEXT: grad.arg0 agrees at 20 places{{$}}
// CHECK-NEXT: grad.arg1 agrees at 12 places{{$}}
func.func @slices_multiplied_by_zeros(%a: tensor<5x4xf64> {dtc.layout = #S1}, %b: tensor<3x4xf64>) -> tensor<5x4xf64> {
  %i = dtc.constant dense<[[3], [1], [3]]> : tensor<3x1xi64> : tensor<3x1xi64>
  %mask = dtc.constant dense<[[0.0, 1.0, 0.0, 1.0], [0.0, 1.0, 1.0, 1.0], [1.0, 1.0, 0.0, 1.0]]> : tensor<3x4xf64> : tensor<3x4xf64>
  %u = dtc.mul %b, %mask : (tensor<3x4xf64>, tensor<3x4xf64>) -> tensor<3x4xf64>
  %r = dtc.scatter_nd %a, %i, %u {combine = 4 : i64} : (tensor<5x4xf64>, tensor<3x1xi64>, tensor<3x4xf64>) -> tensor<5x4xf64>
  return %r : tensor<5x4xf64>
}
}
