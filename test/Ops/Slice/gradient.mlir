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

// CHECK-LABEL: @a_part
// CHECK-NEXT: grad.arg0 agrees at 24 places{{$}}
func.func @a_part(%a: tensor<6x4xf64> {dtc.layout = #S1}) -> tensor<3x4xf64> {
  %r = dtc.slice %a {axes = array<i64: 0>, starts = array<i64: 2>, sizes = array<i64: 3>, steps = array<i64: 1>} : (tensor<6x4xf64>) -> tensor<3x4xf64>
  return %r : tensor<3x4xf64>
}

// CHECK-LABEL: @a_strided_part_of_a_split_dimension
// CHECK-NEXT: grad.arg0 agrees at 40 places{{$}}
func.func @a_strided_part_of_a_split_dimension(%a: tensor<7x6xf64> {dtc.layout = #S0}) -> tensor<3x2xf64> {
  %r = dtc.slice %a {axes = array<i64: 0, 1>, starts = array<i64: 1, 0>, sizes = array<i64: 3, 2>, steps = array<i64: 2, 3>} : (tensor<7x6xf64>) -> tensor<3x2xf64>
  return %r : tensor<3x2xf64>
}

// CHECK-LABEL: @backwards
// CHECK-NEXT: grad.arg0 agrees at 28 places{{$}}
func.func @backwards(%a: tensor<7x4xf64> {dtc.layout = #S1}) -> tensor<3x4xf64> {
  %r = dtc.slice %a {axes = array<i64: 0>, starts = array<i64: 6>, sizes = array<i64: 3>, steps = array<i64: -2>} : (tensor<7x4xf64>) -> tensor<3x4xf64>
  return %r : tensor<3x4xf64>
}

// CHECK-LABEL: @one_of_the_parts
// CHECK-NEXT: grad.arg0 agrees at 24 places{{$}}
func.func @one_of_the_parts(%a: tensor<6x4xf64> {dtc.layout = #S1}) -> tensor<3x4xf64> {
  %q, %r, %s = dtc.split %a {axis = 0 : i64, sizes = array<i64: 1, 3, 2>} : (tensor<6x4xf64>) -> (tensor<1x4xf64>, tensor<3x4xf64>, tensor<2x4xf64>)
  return %r : tensor<3x4xf64>
}

// CHECK-LABEL: @a_join
// CHECK-NEXT: grad.arg0 agrees at 8 places{{$}}
// CHECK-NEXT: grad.arg1 agrees at 12 places{{$}}
// CHECK-NEXT: grad.arg2 agrees at 4 places{{$}}
func.func @a_join(
    %a: tensor<2x4xf64> {dtc.layout = #S1}, %b: tensor<3x4xf64>, %c: tensor<1x4xf64>) -> tensor<6x4xf64> {
  %r = dtc.concat %a, %b, %c {axis = 0 : i64} : (tensor<2x4xf64>, tensor<3x4xf64>, tensor<1x4xf64>) -> tensor<6x4xf64>
  return %r : tensor<6x4xf64>
}

// CHECK-LABEL: @padding
// CHECK-NEXT: grad.arg0 agrees at 24 places{{$}}
func.func @padding(%a: tensor<6x4xf64> {dtc.layout = #S1}) -> tensor<9x4xf64> {
  %r = dtc.pad %a {axes = array<i64: 0>, low = array<i64: 1>, high = array<i64: 2>, value = 3.0 : f64} : (tensor<6x4xf64>) -> tensor<9x4xf64>
  return %r : tensor<9x4xf64>
}

// CHECK-LABEL: @padding_that_crops
// CHECK-NEXT: grad.arg0 agrees at 24 places{{$}}
func.func @padding_that_crops(%a: tensor<6x4xf64> {dtc.layout = #S1}) -> tensor<5x4xf64> {
  %r = dtc.pad %a {axes = array<i64: 0>, low = array<i64: -2>, high = array<i64: 1>, value = 0.0 : f64} : (tensor<6x4xf64>) -> tensor<5x4xf64>
  return %r : tensor<5x4xf64>
}

// CHECK-LABEL: @a_triangle
// CHECK-NEXT: grad.arg0 agrees at 32 places{{$}}
func.func @a_triangle(%a: tensor<2x4x4xf64> {dtc.layout = #S0}) -> tensor<2x4x4xf64> {
  %r = dtc.triangle %a {diagonal = -1 : i64} : (tensor<2x4x4xf64>) -> tensor<2x4x4xf64>
  return %r : tensor<2x4x4xf64>
}
}
