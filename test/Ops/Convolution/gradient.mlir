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

// CHECK-LABEL: @a_convolution_without_overlap
// CHECK-NEXT: grad.arg0 agrees at 40 places{{$}}
// CHECK-NEXT: grad.arg1 agrees at 40 places{{$}}
// CHECK-NEXT: grad.arg2 agrees at 5 places{{$}}
func.func @a_convolution_without_overlap(
    %a: tensor<2x3x4x12xf64> {dtc.layout = #S3}, %b: tensor<5x3x2x2xf64>, %c: tensor<5xf64>) -> tensor<2x5x2x6xf64> {
  %r = dtc.convolution %a, %b, %c {strides = array<i64: 2, 2>, dilations = array<i64: 1, 1>, padsBegin = array<i64: 0, 0>, padsEnd = array<i64: 0, 0>, groups = 1 : i64} : (tensor<2x3x4x12xf64>, tensor<5x3x2x2xf64>, tensor<5xf64>) -> tensor<2x5x2x6xf64>
  return %r : tensor<2x5x2x6xf64>
}

// CHECK-LABEL: @a_halo_goes_back_to_its_owners
// CHECK-NEXT: grad.arg0 agrees at 40 places{{$}}
// CHECK-NEXT: grad.arg1 agrees at 40 places{{$}}
// CHECK-NEXT: grad.arg2 agrees at 2 places{{$}}
func.func @a_halo_goes_back_to_its_owners(
    %a: tensor<2x3x4x12xf64> {dtc.layout = #S3}, %b: tensor<2x3x3x3xf64>, %c: tensor<2xf64>) -> tensor<2x2x4x12xf64> {
  %r = dtc.convolution %a, %b, %c {strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, padsBegin = array<i64: 1, 1>, padsEnd = array<i64: 1, 1>, groups = 1 : i64} : (tensor<2x3x4x12xf64>, tensor<2x3x3x3xf64>, tensor<2xf64>) -> tensor<2x2x4x12xf64>
  return %r : tensor<2x2x4x12xf64>
}

// CHECK-LABEL: @a_halo_of_rows
// CHECK-NEXT: grad.arg0 agrees at 40 places{{$}}
// CHECK-NEXT: grad.arg1 agrees at 40 places{{$}}
func.func @a_halo_of_rows(
    %a: tensor<2x3x12x4xf64> {dtc.layout = #S2}, %b: tensor<2x3x3x3xf64>) -> tensor<2x2x5x2xf64> {
  %r = dtc.convolution %a, %b {strides = array<i64: 2, 2>, dilations = array<i64: 2, 1>, padsBegin = array<i64: 0, 1>, padsEnd = array<i64: 1, 0>, groups = 1 : i64} : (tensor<2x3x12x4xf64>, tensor<2x3x3x3xf64>) -> tensor<2x2x5x2xf64>
  return %r : tensor<2x2x5x2xf64>
}

// CHECK-LABEL: @a_split_batch
// CHECK-NEXT: grad.arg0 agrees at 40 places{{$}}
// CHECK-NEXT: grad.arg1 agrees at 18 places{{$}}
// CHECK-NEXT: grad.arg2 agrees at 2 places{{$}}
func.func @a_split_batch(
    %a: tensor<6x3x5xf64> {dtc.layout = #S0}, %b: tensor<2x3x3xf64>, %c: tensor<2xf64>) -> tensor<6x2x5xf64> {
  %r = dtc.convolution %a, %b, %c {strides = array<i64: 1>, dilations = array<i64: 1>, padsBegin = array<i64: 1>, padsEnd = array<i64: 1>, groups = 1 : i64} : (tensor<6x3x5xf64>, tensor<2x3x3xf64>, tensor<2xf64>) -> tensor<6x2x5xf64>
  return %r : tensor<6x2x5xf64>
}

// CHECK-LABEL: @split_input_channels
// CHECK-NEXT: grad.arg0 agrees at 40 places{{$}}
// CHECK-NEXT: grad.arg1 agrees at 36 places{{$}}
func.func @split_input_channels(
    %a: tensor<2x6x5xf64> {dtc.layout = #S1}, %b: tensor<2x6x3xf64> {dtc.layout = #S1}) -> tensor<2x2x5xf64> {
  %r = dtc.convolution %a, %b {strides = array<i64: 1>, dilations = array<i64: 1>, padsBegin = array<i64: 1>, padsEnd = array<i64: 1>, groups = 1 : i64} : (tensor<2x6x5xf64>, tensor<2x6x3xf64>) -> tensor<2x2x5xf64>
  return %r : tensor<2x2x5xf64>
}

// CHECK-LABEL: @split_output_channels
// CHECK-NEXT: grad.arg0 agrees at 30 places{{$}}
// CHECK-NEXT: grad.arg1 agrees at 40 places{{$}}
// CHECK-NEXT: grad.arg2 agrees at 6 places{{$}}
func.func @split_output_channels(
    %a: tensor<2x3x5xf64>, %b: tensor<6x3x3xf64> {dtc.layout = #S0}, %c: tensor<6xf64> {dtc.layout = #S0}) -> tensor<2x6x3xf64> {
  %r = dtc.convolution %a, %b, %c {strides = array<i64: 2>, dilations = array<i64: 1>, padsBegin = array<i64: 1>, padsEnd = array<i64: 1>, groups = 1 : i64} : (tensor<2x3x5xf64>, tensor<6x3x3xf64>, tensor<6xf64>) -> tensor<2x6x3xf64>
  return %r : tensor<2x6x3xf64>
}

// CHECK-LABEL: @a_depthwise_convolution
// CHECK-NEXT: grad.arg0 agrees at 40 places{{$}}
// CHECK-NEXT: grad.arg1 agrees at 40 places{{$}}
// CHECK-NEXT: grad.arg2 agrees at 6 places{{$}}
func.func @a_depthwise_convolution(
    %a: tensor<2x6x4x12xf64> {dtc.layout = #S3}, %b: tensor<6x1x3x3xf64>, %c: tensor<6xf64>) -> tensor<2x6x4x12xf64> {
  %r = dtc.convolution %a, %b, %c {strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, padsBegin = array<i64: 1, 1>, padsEnd = array<i64: 1, 1>, groups = 6 : i64} : (tensor<2x6x4x12xf64>, tensor<6x1x3x3xf64>, tensor<6xf64>) -> tensor<2x6x4x12xf64>
  return %r : tensor<2x6x4x12xf64>
}

// CHECK-LABEL: @split_groups
// CHECK-NEXT: grad.arg0 agrees at 40 places{{$}}
// CHECK-NEXT: grad.arg1 agrees at 36 places{{$}}
func.func @split_groups(
    %a: tensor<2x12x5xf64> {dtc.layout = #S1}, %b: tensor<6x2x3xf64> {dtc.layout = #S0}) -> tensor<2x6x5xf64> {
  %r = dtc.convolution %a, %b {strides = array<i64: 1>, dilations = array<i64: 1>, padsBegin = array<i64: 1>, padsEnd = array<i64: 1>, groups = 6 : i64} : (tensor<2x12x5xf64>, tensor<6x2x3xf64>) -> tensor<2x6x5xf64>
  return %r : tensor<2x6x5xf64>
}

// CHECK-LABEL: @an_input_that_the_windows_leave_over
// CHECK-NEXT: grad.arg0 agrees at 40 places{{$}}
// CHECK-NEXT: grad.arg1 agrees at 18 places{{$}}
func.func @an_input_that_the_windows_leave_over(
    %a: tensor<2x3x12xf64> {dtc.layout = #S2}, %b: tensor<2x3x3xf64>) -> tensor<2x2x3xf64> {
  %r = dtc.convolution %a, %b {strides = array<i64: 4>, dilations = array<i64: 1>, padsBegin = array<i64: 0>, padsEnd = array<i64: 0>, groups = 1 : i64} : (tensor<2x3x12xf64>, tensor<2x3x3xf64>) -> tensor<2x2x3xf64>
  return %r : tensor<2x2x3xf64>
}

// CHECK-LABEL: @a_transposed_convolution
// CHECK-NEXT: grad.arg0 agrees at 36 places{{$}}
// CHECK-NEXT: grad.arg1 agrees at 24 places{{$}}
// CHECK-NEXT: grad.arg2 agrees at 2 places{{$}}
func.func @a_transposed_convolution(
    %a: tensor<2x3x6xf64> {dtc.layout = #S2}, %b: tensor<3x2x4xf64>, %c: tensor<2xf64>) -> tensor<2x2x12xf64> {
  %r = dtc.transposed_convolution %a, %b, %c {strides = array<i64: 2>, dilations = array<i64: 1>, padsBegin = array<i64: 1>, padsEnd = array<i64: 1>, groups = 1 : i64} : (tensor<2x3x6xf64>, tensor<3x2x4xf64>, tensor<2xf64>) -> tensor<2x2x12xf64>
  return %r : tensor<2x2x12xf64>
}

// CHECK-LABEL: @a_transposed_convolution_by_groups
// CHECK-NEXT: grad.arg0 agrees at 40 places{{$}}
// CHECK-NEXT: grad.arg1 agrees at 40 places{{$}}
func.func @a_transposed_convolution_by_groups(
    %a: tensor<2x4x3x6xf64> {dtc.layout = #S3}, %b: tensor<4x3x3x3xf64>) -> tensor<2x6x6x12xf64> {
  %r = dtc.transposed_convolution %a, %b {strides = array<i64: 2, 2>, dilations = array<i64: 1, 1>, padsBegin = array<i64: 1, 1>, padsEnd = array<i64: 0, 0>, groups = 2 : i64} : (tensor<2x4x3x6xf64>, tensor<4x3x3x3xf64>) -> tensor<2x6x6x12xf64>
  return %r : tensor<2x6x6x12xf64>
}
}
