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

// CHECK-LABEL: @a_product
// CHECK-NEXT: grad.arg0 agrees at 24 places{{$}}
// CHECK-NEXT: grad.arg1 agrees at 20 places{{$}}
func.func @a_product(%a: tensor<6x4xf64> {dtc.layout = #S0}, %b: tensor<4x5xf64>) -> tensor<6x5xf64> {
  %r = dtc.matmul %a, %b : (tensor<6x4xf64>, tensor<4x5xf64>) -> tensor<6x5xf64>
  return %r : tensor<6x5xf64>
}

// CHECK-LABEL: @a_split_contraction
// CHECK-NEXT: grad.arg0 agrees at 24 places{{$}}
// CHECK-NEXT: grad.arg1 agrees at 20 places{{$}}
func.func @a_split_contraction(
    %a: tensor<6x4xf64> {dtc.layout = #S1}, %b: tensor<4x5xf64> {dtc.layout = #S0}) -> tensor<6x5xf64> {
  %r = dtc.matmul %a, %b : (tensor<6x4xf64>, tensor<4x5xf64>) -> tensor<6x5xf64>
  return %r : tensor<6x5xf64>
}

// CHECK-LABEL: @a_transposed_left_operand
// CHECK-NEXT: grad.arg0 agrees at 24 places{{$}}
// CHECK-NEXT: grad.arg1 agrees at 20 places{{$}}
func.func @a_transposed_left_operand(%a: tensor<4x6xf64>, %b: tensor<4x5xf64> {dtc.layout = #S1}) -> tensor<6x5xf64> {
  %r = dtc.matmul %a, %b {transposeLhs} : (tensor<4x6xf64>, tensor<4x5xf64>) -> tensor<6x5xf64>
  return %r : tensor<6x5xf64>
}

// CHECK-LABEL: @a_transposed_right_operand
// CHECK-NEXT: grad.arg0 agrees at 24 places{{$}}
// CHECK-NEXT: grad.arg1 agrees at 20 places{{$}}
func.func @a_transposed_right_operand(%a: tensor<6x4xf64> {dtc.layout = #P}, %b: tensor<5x4xf64>) -> tensor<6x5xf64> {
  %r = dtc.matmul %a, %b {transposeRhs} : (tensor<6x4xf64>, tensor<5x4xf64>) -> tensor<6x5xf64>
  return %r : tensor<6x5xf64>
}

// CHECK-LABEL: @both_transposed
// CHECK-NEXT: grad.arg0 agrees at 24 places{{$}}
// CHECK-NEXT: grad.arg1 agrees at 20 places{{$}}
func.func @both_transposed(%a: tensor<4x6xf64>, %b: tensor<5x4xf64> {dtc.layout = #S0}) -> tensor<6x5xf64> {
  %r = dtc.matmul %a, %b {transposeLhs, transposeRhs} : (tensor<4x6xf64>, tensor<5x4xf64>) -> tensor<6x5xf64>
  return %r : tensor<6x5xf64>
}

// CHECK-LABEL: @batches_that_broadcast
// CHECK-NEXT: grad.arg0 agrees at 40 places{{$}}
// CHECK-NEXT: grad.arg1 agrees at 20 places{{$}}
func.func @batches_that_broadcast(
    %a: tensor<3x6x4xf64> {dtc.layout = #S0}, %b: tensor<4x5xf64>) -> tensor<3x6x5xf64> {
  %r = dtc.matmul %a, %b : (tensor<3x6x4xf64>, tensor<4x5xf64>) -> tensor<3x6x5xf64>
  return %r : tensor<3x6x5xf64>
}

// CHECK-LABEL: @batches_of_heads
// CHECK-NEXT: grad.arg0 agrees at 40 places{{$}}
// CHECK-NEXT: grad.arg1 agrees at 40 places{{$}}
func.func @batches_of_heads(
    %a: tensor<3x2x6x4xf64> {dtc.layout = #S1}, %b: tensor<3x1x5x4xf64>) -> tensor<3x2x6x5xf64> {
  %r = dtc.matmul %a, %b {transposeRhs} : (tensor<3x2x6x4xf64>, tensor<3x1x5x4xf64>) -> tensor<3x2x6x5xf64>
  return %r : tensor<3x2x6x5xf64>
}

// CHECK-LABEL: @a_linear_map
// CHECK-NEXT: grad.arg0 agrees at 24 places{{$}}
// CHECK-NEXT: grad.arg1 agrees at 20 places{{$}}
// CHECK-NEXT: grad.arg2 agrees at 5 places{{$}}
func.func @a_linear_map(
    %a: tensor<6x4xf64> {dtc.layout = #S0}, %b: tensor<5x4xf64>, %c: tensor<5xf64>) -> tensor<6x5xf64> {
  %r = dtc.linear %a, %b, %c : (tensor<6x4xf64>, tensor<5x4xf64>, tensor<5xf64>) -> tensor<6x5xf64>
  return %r : tensor<6x5xf64>
}

// CHECK-LABEL: @a_linear_map_split_by_outputs
// CHECK-NEXT: grad.arg0 agrees at 24 places{{$}}
// CHECK-NEXT: grad.arg1 agrees at 20 places{{$}}
// CHECK-NEXT: grad.arg2 agrees at 5 places{{$}}
func.func @a_linear_map_split_by_outputs(
    %a: tensor<6x4xf64>, %b: tensor<5x4xf64> {dtc.layout = #S0}, %c: tensor<5xf64> {dtc.layout = #S0}) -> tensor<6x5xf64> {
  %r = dtc.linear %a, %b, %c : (tensor<6x4xf64>, tensor<5x4xf64>, tensor<5xf64>) -> tensor<6x5xf64>
  return %r : tensor<6x5xf64>
}

// CHECK-LABEL: @a_linear_map_split_by_inputs
// CHECK-NEXT: grad.arg0 agrees at 24 places{{$}}
// CHECK-NEXT: grad.arg1 agrees at 20 places{{$}}
// CHECK-NEXT: grad.arg2 agrees at 5 places{{$}}
func.func @a_linear_map_split_by_inputs(
    %a: tensor<6x4xf64> {dtc.layout = #S1}, %b: tensor<5x4xf64> {dtc.layout = #S1}, %c: tensor<5xf64>) -> tensor<6x5xf64> {
  %r = dtc.linear %a, %b, %c : (tensor<6x4xf64>, tensor<5x4xf64>, tensor<5xf64>) -> tensor<6x5xf64>
  return %r : tensor<6x5xf64>
}

// CHECK-LABEL: @a_linear_map_of_a_split_sequence
// CHECK-NEXT: grad.arg0 agrees at 40 places{{$}}
// CHECK-NEXT: grad.arg1 agrees at 20 places{{$}}
// CHECK-NEXT: grad.arg2 agrees at 5 places{{$}}
func.func @a_linear_map_of_a_split_sequence(
    %a: tensor<2x6x4xf64> {dtc.layout = #S1}, %b: tensor<5x4xf64>, %c: tensor<5xf64>) -> tensor<2x6x5xf64> {
  %r = dtc.linear %a, %b, %c : (tensor<2x6x4xf64>, tensor<5x4xf64>, tensor<5xf64>) -> tensor<2x6x5xf64>
  return %r : tensor<2x6x5xf64>
}

// CHECK-LABEL: @a_weight_stored_in_out
// CHECK-NEXT: grad.arg0 agrees at 40 places{{$}}
// CHECK-NEXT: grad.arg1 agrees at 20 places{{$}}
func.func @a_weight_stored_in_out(
    %a: tensor<2x6x4xf64> {dtc.layout = #S0}, %b: tensor<4x5xf64>) -> tensor<2x6x5xf64> {
  %r = dtc.linear %a, %b {weightInOut} : (tensor<2x6x4xf64>, tensor<4x5xf64>) -> tensor<2x6x5xf64>
  return %r : tensor<2x6x5xf64>
}

// CHECK-LABEL: @a_vector
// CHECK-NEXT: grad.arg0 agrees at 4 places{{$}}
// CHECK-NEXT: grad.arg1 agrees at 20 places{{$}}
// CHECK-NEXT: grad.arg2 agrees at 5 places{{$}}
func.func @a_vector(%a: tensor<4xf64>, %b: tensor<5x4xf64> {dtc.layout = #S0}, %c: tensor<5xf64>) -> tensor<5xf64> {
  %r = dtc.linear %a, %b, %c : (tensor<4xf64>, tensor<5x4xf64>, tensor<5xf64>) -> tensor<5xf64>
  return %r : tensor<5xf64>
}
}
