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

// CHECK-LABEL: @a_maximum
// CHECK-NEXT: grad.arg0 agrees at 40 places{{$}}
func.func @a_maximum(%a: tensor<2x3x4x12xf64> {dtc.layout = #S3}) -> tensor<2x3x2x6xf64> {
  %r = dtc.max_pool %a {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>, dilations = array<i64: 1, 1>, padsBegin = array<i64: 0, 0>, padsEnd = array<i64: 0, 0>} : (tensor<2x3x4x12xf64>) -> tensor<2x3x2x6xf64>
  return %r : tensor<2x3x2x6xf64>
}

// CHECK-LABEL: @maxima_that_overlap
// CHECK-NEXT: grad.arg0 agrees at 40 places{{$}}
func.func @maxima_that_overlap(%a: tensor<2x3x12xf64> {dtc.layout = #S2}) -> tensor<2x3x12xf64> {
  %r = dtc.max_pool %a {kernel = array<i64: 3>, strides = array<i64: 1>, dilations = array<i64: 1>, padsBegin = array<i64: 1>, padsEnd = array<i64: 1>} : (tensor<2x3x12xf64>) -> tensor<2x3x12xf64>
  return %r : tensor<2x3x12xf64>
}

// CHECK-LABEL: @maxima_of_a_residual_network
// CHECK-NEXT: grad.arg0 agrees at 40 places{{$}}
func.func @maxima_of_a_residual_network(%a: tensor<2x2x9x11xf64> {dtc.layout = #S3}) -> tensor<2x2x5x6xf64> {
  %r = dtc.max_pool %a {kernel = array<i64: 3, 3>, strides = array<i64: 2, 2>, dilations = array<i64: 1, 1>, padsBegin = array<i64: 1, 1>, padsEnd = array<i64: 1, 1>} : (tensor<2x2x9x11xf64>) -> tensor<2x2x5x6xf64>
  return %r : tensor<2x2x5x6xf64>
}

// CHECK-LABEL: @maxima_of_windows_with_holes
// CHECK-NEXT: grad.arg0 agrees at 40 places{{$}}
func.func @maxima_of_windows_with_holes(%a: tensor<2x2x12x7xf64> {dtc.layout = #S2}) -> tensor<2x2x4x2xf64> {
  %r = dtc.max_pool %a {kernel = array<i64: 3, 2>, strides = array<i64: 3, 4>, dilations = array<i64: 2, 1>, padsBegin = array<i64: 1, 0>, padsEnd = array<i64: 1, 0>} : (tensor<2x2x12x7xf64>) -> tensor<2x2x4x2xf64>
  return %r : tensor<2x2x4x2xf64>
}

// CHECK-LABEL: @a_sum
// CHECK-NEXT: grad.arg0 agrees at 40 places{{$}}
func.func @a_sum(%a: tensor<2x3x12xf64> {dtc.layout = #S2}) -> tensor<2x3x5xf64> {
  %r = dtc.sum_pool %a {kernel = array<i64: 3>, strides = array<i64: 2>, dilations = array<i64: 2>, padsBegin = array<i64: 1>, padsEnd = array<i64: 0>} : (tensor<2x3x12xf64>) -> tensor<2x3x5xf64>
  return %r : tensor<2x3x5xf64>
}

// CHECK-LABEL: @a_mean
// CHECK-NEXT: grad.arg0 agrees at 40 places{{$}}
func.func @a_mean(%a: tensor<2x3x4x12xf64> {dtc.layout = #S3}) -> tensor<2x3x2x6xf64> {
  %r = dtc.average_pool %a {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>, dilations = array<i64: 1, 1>, padsBegin = array<i64: 0, 0>, padsEnd = array<i64: 0, 0>, countedBegin = array<i64: 0, 0>, countedEnd = array<i64: 0, 0>} : (tensor<2x3x4x12xf64>) -> tensor<2x3x2x6xf64>
  return %r : tensor<2x3x2x6xf64>
}

// CHECK-LABEL: @a_mean_without_its_padding
// CHECK-NEXT: grad.arg0 agrees at 40 places{{$}}
func.func @a_mean_without_its_padding(%a: tensor<2x3x12xf64> {dtc.layout = #S1}) -> tensor<2x3x12xf64> {
  %r = dtc.average_pool %a {kernel = array<i64: 3>, strides = array<i64: 1>, dilations = array<i64: 1>, padsBegin = array<i64: 1>, padsEnd = array<i64: 1>, countedBegin = array<i64: 0>, countedEnd = array<i64: 0>} : (tensor<2x3x12xf64>) -> tensor<2x3x12xf64>
  return %r : tensor<2x3x12xf64>
}

// CHECK-LABEL: @a_mean_with_its_padding
// CHECK-NEXT: grad.arg0 agrees at 40 places{{$}}
func.func @a_mean_with_its_padding(%a: tensor<2x3x12xf64> {dtc.layout = #S2}) -> tensor<2x3x12xf64> {
  %r = dtc.average_pool %a {kernel = array<i64: 3>, strides = array<i64: 1>, dilations = array<i64: 1>, padsBegin = array<i64: 1>, padsEnd = array<i64: 1>, countedBegin = array<i64: 1>, countedEnd = array<i64: 1>} : (tensor<2x3x12xf64>) -> tensor<2x3x12xf64>
  return %r : tensor<2x3x12xf64>
}
}
