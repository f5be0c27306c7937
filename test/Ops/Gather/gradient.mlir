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

// CHECK-LABEL: @a_lookup_in_a_whole_table
// CHECK-NEXT: grad.arg0 agrees at 28 places{{$}}
func.func @a_lookup_in_a_whole_table(
    %a: tensor<7x4xf64>, %b: tensor<2x3xi64> {dtc.layout = #S0, dtc.range = [-7, 6]}) -> tensor<2x3x4xf64> {
  %r = dtc.embedding %a, %b : (tensor<7x4xf64>, tensor<2x3xi64>) -> tensor<2x3x4xf64>
  return %r : tensor<2x3x4xf64>
}

// CHECK-LABEL: @a_lookup_in_split_rows
// CHECK-NEXT: grad.arg0 agrees at 28 places{{$}}
func.func @a_lookup_in_split_rows(
    %a: tensor<7x4xf64> {dtc.layout = #S0}, %b: tensor<2x3xi64> {dtc.range = [-7, 6]}) -> tensor<2x3x4xf64> {
  %r = dtc.embedding %a, %b : (tensor<7x4xf64>, tensor<2x3xi64>) -> tensor<2x3x4xf64>
  return %r : tensor<2x3x4xf64>
}

// CHECK-LABEL: @a_lookup_in_split_columns
// CHECK-NEXT: grad.arg0 agrees at 28 places{{$}}
func.func @a_lookup_in_split_columns(
    %a: tensor<7x4xf64> {dtc.layout = #S1}, %b: tensor<2x3xi64> {dtc.range = [0, 6]}) -> tensor<2x3x4xf64> {
  %r = dtc.embedding %a, %b : (tensor<7x4xf64>, tensor<2x3xi64>) -> tensor<2x3x4xf64>
  return %r : tensor<2x3x4xf64>
}

// CHECK-LABEL: @slices_of_an_inner_dimension
// CHECK-NEXT: grad.arg0 agrees at 40 places{{$}}
func.func @slices_of_an_inner_dimension(
    %a: tensor<3x7x4xf64> {dtc.layout = #S0}, %b: tensor<2x3xi64> {dtc.range = [-7, 6]}) -> tensor<3x2x3x4xf64> {
  %r = dtc.gather %a, %b {axis = 1 : i64} : (tensor<3x7x4xf64>, tensor<2x3xi64>) -> tensor<3x2x3x4xf64>
  return %r : tensor<3x2x3x4xf64>
}

// CHECK-LABEL: @slices_of_the_first_dimension
// CHECK-NEXT: grad.arg0 agrees at 28 places{{$}}
func.func @slices_of_the_first_dimension(
    %a: tensor<7x4xf64> {dtc.layout = #S1}, %b: tensor<3xi64> {dtc.range = [-7, 6]}) -> tensor<3x4xf64> {
  %r = dtc.gather %a, %b {axis = 0 : i64} : (tensor<7x4xf64>, tensor<3xi64>) -> tensor<3x4xf64>
  return %r : tensor<3x4xf64>
}

// CHECK-LABEL: @elements
// CHECK-NEXT: grad.arg0 agrees at 20 places{{$}}
func.func @elements(
    %a: tensor<5x4xf64> {dtc.layout = #S0}, %b: tensor<5x2xi64> {dtc.layout = #S0, dtc.range = [-4, 3]}) -> tensor<5x2xf64> {
  %r = dtc.gather_elements %a, %b {axis = 1 : i64} : (tensor<5x4xf64>, tensor<5x2xi64>) -> tensor<5x2xf64>
  return %r : tensor<5x2xf64>
}

// CHECK-LABEL: @one_element_a_line
// CHECK-NEXT: grad.arg0 agrees at 20 places{{$}}
func.func @one_element_a_line(
    %a: tensor<5x4xf64> {dtc.layout = #S1}, %b: tensor<5x1xi64> {dtc.range = [0, 3]}) -> tensor<5x1xf64> {
  %r = dtc.gather_elements %a, %b {axis = 1 : i64} : (tensor<5x4xf64>, tensor<5x1xi64>) -> tensor<5x1xf64>
  return %r : tensor<5x1xf64>
}

// CHECK-LABEL: @index_tuples
// CHECK-NEXT: grad.arg0 agrees at 40 places{{$}}
func.func @index_tuples(
    %a: tensor<5x4x3xf64> {dtc.layout = #S2}, %b: tensor<6x2xi64> {dtc.range = [0, 3]}) -> tensor<6x3xf64> {
  %r = dtc.gather_nd %a, %b {batchDims = 0 : i64} : (tensor<5x4x3xf64>, tensor<6x2xi64>) -> tensor<6x3xf64>
  return %r : tensor<6x3xf64>
}

// CHECK-LABEL: @index_tuples_in_batches
// CHECK-NEXT: grad.arg0 agrees at 40 places{{$}}
func.func @index_tuples_in_batches(
    %a: tensor<5x4x3xf64> {dtc.layout = #S0}, %b: tensor<5x2x1xi64> {dtc.layout = #S0, dtc.range = [-4, 3]}) -> tensor<5x2x3xf64> {
  %r = dtc.gather_nd %a, %b {batchDims = 1 : i64} : (tensor<5x4x3xf64>, tensor<5x2x1xi64>) -> tensor<5x2x3xf64>
  return %r : tensor<5x2x3xf64>
}

// CHECK-LABEL: @index_tuples_in_two_batch_dimensions
// CHECK-NEXT: grad.arg0 agrees at 40 places{{$}}
func.func @index_tuples_in_two_batch_dimensions(
    %a: tensor<2x4x5xf64> {dtc.layout = #S2}, %b: tensor<2x4x1xi32> {dtc.range = [0, 4]}) -> tensor<2x4xf64> {
  %r = dtc.gather_nd %a, %b {batchDims = 2 : i64} : (tensor<2x4x5xf64>, tensor<2x4x1xi32>) -> tensor<2x4xf64>
  return %r : tensor<2x4xf64>
}
}
