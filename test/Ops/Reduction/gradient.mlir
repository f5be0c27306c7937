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

// CHECK-LABEL: @sum_of_a_split_dimension
// CHECK-NEXT: grad.arg0 agrees at 24 places{{$}}
func.func @sum_of_a_split_dimension(%a: tensor<6x4xf64> {dtc.layout = #S0}) -> tensor<4xf64> {
  %r = dtc.reduce_sum %a {dims = array<i64: 0>} : (tensor<6x4xf64>) -> tensor<4xf64>
  return %r : tensor<4xf64>
}

// CHECK-LABEL: @sum_beside_a_split_dimension
// CHECK-NEXT: grad.arg0 agrees at 40 places{{$}}
func.func @sum_beside_a_split_dimension(%a: tensor<6x4x3xf64> {dtc.layout = #S0}) -> tensor<6x1x1xf64> {
  %r = dtc.reduce_sum %a {dims = array<i64: 1, 2>, keepDims} : (tensor<6x4x3xf64>) -> tensor<6x1x1xf64>
  return %r : tensor<6x1x1xf64>
}

// CHECK-LABEL: @mean_of_a_split_dimension
// CHECK-NEXT: grad.arg0 agrees at 24 places{{$}}
func.func @mean_of_a_split_dimension(%a: tensor<6x4xf64> {dtc.layout = #S0}) -> tensor<4xf64> {
  %r = dtc.reduce_mean %a {dims = array<i64: 0>} : (tensor<6x4xf64>) -> tensor<4xf64>
  return %r : tensor<4xf64>
}

// CHECK-LABEL: @mean_beside_a_split_dimension
// CHECK-NEXT: grad.arg0 agrees at 40 places{{$}}
func.func @mean_beside_a_split_dimension(%a: tensor<6x4x3xf64> {dtc.layout = #S0}) -> tensor<6x1x1xf64> {
  %r = dtc.reduce_mean %a {dims = array<i64: 1, 2>, keepDims} : (tensor<6x4x3xf64>) -> tensor<6x1x1xf64>
  return %r : tensor<6x1x1xf64>
}

// CHECK-LABEL: @max_of_a_split_dimension
// CHECK-NEXT: grad.arg0 agrees at 24 places{{$}}
func.func @max_of_a_split_dimension(%a: tensor<6x4xf64> {dtc.layout = #S0}) -> tensor<4xf64> {
  %r = dtc.reduce_max %a {dims = array<i64: 0>} : (tensor<6x4xf64>) -> tensor<4xf64>
  return %r : tensor<4xf64>
}

// CHECK-LABEL: @max_beside_a_split_dimension
// CHECK-NEXT: grad.arg0 agrees at 40 places{{$}}
func.func @max_beside_a_split_dimension(%a: tensor<6x4x3xf64> {dtc.layout = #S0}) -> tensor<6x1x1xf64> {
  %r = dtc.reduce_max %a {dims = array<i64: 1, 2>, keepDims} : (tensor<6x4x3xf64>) -> tensor<6x1x1xf64>
  return %r : tensor<6x1x1xf64>
}

// CHECK-LABEL: @min_of_a_split_dimension
// CHECK-NEXT: grad.arg0 agrees at 24 places{{$}}
func.func @min_of_a_split_dimension(%a: tensor<6x4xf64> {dtc.layout = #S0}) -> tensor<4xf64> {
  %r = dtc.reduce_min %a {dims = array<i64: 0>} : (tensor<6x4xf64>) -> tensor<4xf64>
  return %r : tensor<4xf64>
}

// CHECK-LABEL: @min_beside_a_split_dimension
// CHECK-NEXT: grad.arg0 agrees at 40 places{{$}}
func.func @min_beside_a_split_dimension(%a: tensor<6x4x3xf64> {dtc.layout = #S0}) -> tensor<6x1x1xf64> {
  %r = dtc.reduce_min %a {dims = array<i64: 1, 2>, keepDims} : (tensor<6x4x3xf64>) -> tensor<6x1x1xf64>
  return %r : tensor<6x1x1xf64>
}

// CHECK-LABEL: @prod_of_a_split_dimension
// CHECK-NEXT: grad.arg0 agrees at 24 places{{$}}
func.func @prod_of_a_split_dimension(%a: tensor<6x4xf64> {dtc.layout = #S0}) -> tensor<4xf64> {
  %r = dtc.reduce_prod %a {dims = array<i64: 0>} : (tensor<6x4xf64>) -> tensor<4xf64>
  return %r : tensor<4xf64>
}

// CHECK-LABEL: @prod_beside_a_split_dimension
// CHECK-NEXT: grad.arg0 agrees at 40 places{{$}}
func.func @prod_beside_a_split_dimension(%a: tensor<6x4x3xf64> {dtc.layout = #S0}) -> tensor<6x1x1xf64> {
  %r = dtc.reduce_prod %a {dims = array<i64: 1, 2>, keepDims} : (tensor<6x4x3xf64>) -> tensor<6x1x1xf64>
  return %r : tensor<6x1x1xf64>
}

// CHECK-LABEL: @l1_of_a_split_dimension
// CHECK-NEXT: grad.arg0 agrees at 24 places{{$}}
func.func @l1_of_a_split_dimension(%a: tensor<6x4xf64> {dtc.layout = #S0}) -> tensor<4xf64> {
  %r = dtc.reduce_l1 %a {dims = array<i64: 0>} : (tensor<6x4xf64>) -> tensor<4xf64>
  return %r : tensor<4xf64>
}

// CHECK-LABEL: @l1_beside_a_split_dimension
// CHECK-NEXT: grad.arg0 agrees at 40 places{{$}}
func.func @l1_beside_a_split_dimension(%a: tensor<6x4x3xf64> {dtc.layout = #S0}) -> tensor<6x1x1xf64> {
  %r = dtc.reduce_l1 %a {dims = array<i64: 1, 2>, keepDims} : (tensor<6x4x3xf64>) -> tensor<6x1x1xf64>
  return %r : tensor<6x1x1xf64>
}

// CHECK-LABEL: @l2_of_a_split_dimension
// CHECK-NEXT: grad.arg0 agrees at 24 places{{$}}
func.func @l2_of_a_split_dimension(%a: tensor<6x4xf64> {dtc.layout = #S0}) -> tensor<4xf64> {
  %r = dtc.reduce_l2 %a {dims = array<i64: 0>} : (tensor<6x4xf64>) -> tensor<4xf64>
  return %r : tensor<4xf64>
}

// CHECK-LABEL: @l2_beside_a_split_dimension
// CHECK-NEXT: grad.arg0 agrees at 40 places{{$}}
func.func @l2_beside_a_split_dimension(%a: tensor<6x4x3xf64> {dtc.layout = #S0}) -> tensor<6x1x1xf64> {
  %r = dtc.reduce_l2 %a {dims = array<i64: 1, 2>, keepDims} : (tensor<6x4x3xf64>) -> tensor<6x1x1xf64>
  return %r : tensor<6x1x1xf64>
}

// CHECK-LABEL: @sum_square_of_a_split_dimension
// CHECK-NEXT: grad.arg0 agrees at 24 places{{$}}
func.func @sum_square_of_a_split_dimension(%a: tensor<6x4xf64> {dtc.layout = #S0}) -> tensor<4xf64> {
  %r = dtc.reduce_sum_square %a {dims = array<i64: 0>} : (tensor<6x4xf64>) -> tensor<4xf64>
  return %r : tensor<4xf64>
}

// CHECK-LABEL: @sum_square_beside_a_split_dimension
// CHECK-NEXT: grad.arg0 agrees at 40 places{{$}}
func.func @sum_square_beside_a_split_dimension(%a: tensor<6x4x3xf64> {dtc.layout = #S0}) -> tensor<6x1x1xf64> {
  %r = dtc.reduce_sum_square %a {dims = array<i64: 1, 2>, keepDims} : (tensor<6x4x3xf64>) -> tensor<6x1x1xf64>
  return %r : tensor<6x1x1xf64>
}

// CHECK-LABEL: @log_sum_exp_of_a_split_dimension
// CHECK-NEXT: grad.arg0 agrees at 24 places{{$}}
func.func @log_sum_exp_of_a_split_dimension(%a: tensor<6x4xf64> {dtc.layout = #S0}) -> tensor<4xf64> {
  %r = dtc.reduce_log_sum_exp %a {dims = array<i64: 0>} : (tensor<6x4xf64>) -> tensor<4xf64>
  return %r : tensor<4xf64>
}

// CHECK-LABEL: @log_sum_exp_beside_a_split_dimension
// CHECK-NEXT: grad.arg0 agrees at 40 places{{$}}
func.func @log_sum_exp_beside_a_split_dimension(%a: tensor<6x4x3xf64> {dtc.layout = #S0}) -> tensor<6x1x1xf64> {
  %r = dtc.reduce_log_sum_exp %a {dims = array<i64: 1, 2>, keepDims} : (tensor<6x4x3xf64>) -> tensor<6x1x1xf64>
  return %r : tensor<6x1x1xf64>
}

// CHECK-LABEL: @sum_of_everything
// CHECK-NEXT: grad.arg0 agrees at 24 places{{$}}
func.func @sum_of_everything(%a: tensor<6x4xf64> {dtc.layout = #P}) -> tensor<f64> {
  %r = dtc.reduce_sum %a {dims = array<i64: 0, 1>} : (tensor<6x4xf64>) -> tensor<f64>
  return %r : tensor<f64>
}

// CHECK-LABEL: @a_product_with_zeros
// CHECK-NEXT: grad.arg0 agrees at 24 places{{$}}
func.func @a_product_with_zeros(%a: tensor<6x4xf64> {dtc.layout = #S0}) -> tensor<6xf64> {
  %mask = dtc.constant dense<[[0.0, 1.0, 1.0, 1.0], [0.0, 1.0, 0.0, 1.0], [1.0, 1.0, 1.0, 1.0], [1.0, 1.0, 1.0, 0.0], [1.0, 1.0, 1.0, 1.0], [0.0, 0.0, 0.0, 0.0]]> : tensor<6x4xf64> : tensor<6x4xf64>
  %x = dtc.mul %a, %mask : (tensor<6x4xf64>, tensor<6x4xf64>) -> tensor<6x4xf64>
  %r = dtc.reduce_prod %x {dims = array<i64: 1>} : (tensor<6x4xf64>) -> tensor<6xf64>
  return %r : tensor<6xf64>
}

// CHECK-LABEL: @variance
// CHECK-NEXT: grad.arg0 agrees at 24 places{{$}}
func.func @variance(%a: tensor<6x4xf64> {dtc.layout = #S0}) -> tensor<6xf64> {
  %r = dtc.reduce_var %a {dims = array<i64: 1>, correction = 1 : i64} : (tensor<6x4xf64>) -> tensor<6xf64>
  return %r : tensor<6xf64>
}

// CHECK-LABEL: @variance_of_a_split_dimension
// CHECK-NEXT: grad.arg0 agrees at 24 places{{$}}
func.func @variance_of_a_split_dimension(%a: tensor<6x4xf64> {dtc.layout = #S0}) -> tensor<1x4xf64> {
  %r = dtc.reduce_var %a {dims = array<i64: 0>, correction = 0 : i64, keepDims} : (tensor<6x4xf64>) -> tensor<1x4xf64>
  return %r : tensor<1x4xf64>
}

// CHECK-LABEL: @standard_deviation
// CHECK-NEXT: grad.arg0 agrees at 24 places{{$}}
func.func @standard_deviation(%a: tensor<6x4xf64> {dtc.layout = #S1}) -> tensor<4xf64> {
  %r = dtc.reduce_std %a {dims = array<i64: 0>, correction = 1 : i64} : (tensor<6x4xf64>) -> tensor<4xf64>
  return %r : tensor<4xf64>
}

// CHECK-LABEL: @running_sum
// CHECK-NEXT: grad.arg0 agrees at 24 places{{$}}
func.func @running_sum(%a: tensor<6x4xf64> {dtc.layout = #S0}) -> tensor<6x4xf64> {
  %r = dtc.cum_sum %a {axis = 1 : i64} : (tensor<6x4xf64>) -> tensor<6x4xf64>
  return %r : tensor<6x4xf64>
}

// CHECK-LABEL: @running_sum_before_from_the_end
// CHECK-NEXT: grad.arg0 agrees at 24 places{{$}}
func.func @running_sum_before_from_the_end(%a: tensor<6x4xf64> {dtc.layout = #S0}) -> tensor<6x4xf64> {
  %r = dtc.cum_sum %a {axis = 0 : i64, exclusive, reverse} : (tensor<6x4xf64>) -> tensor<6x4xf64>
  return %r : tensor<6x4xf64>
}

// CHECK-LABEL: @running_product
// CHECK-NEXT: grad.arg0 agrees at 24 places{{$}}
func.func @running_product(%a: tensor<6x4xf64> {dtc.layout = #S0}) -> tensor<6x4xf64> {
  %r = dtc.cum_prod %a {axis = 1 : i64} : (tensor<6x4xf64>) -> tensor<6x4xf64>
  return %r : tensor<6x4xf64>
}

// CHECK-LABEL: @running_product_of_zeros
// CHECK-NEXT: grad.arg0 agrees at 24 places{{$}}
func.func @running_product_of_zeros(%a: tensor<6x4xf64> {dtc.layout = #S0}) -> tensor<6x4xf64> {
  %mask = dtc.constant dense<[[0.0, 1.0, 1.0, 1.0], [0.0, 1.0, 0.0, 1.0], [1.0, 1.0, 1.0, 1.0], [1.0, 1.0, 1.0, 0.0], [1.0, 0.0, 0.0, 1.0], [0.0, 0.0, 0.0, 0.0]]> : tensor<6x4xf64> : tensor<6x4xf64>
  %x = dtc.mul %a, %mask : (tensor<6x4xf64>, tensor<6x4xf64>) -> tensor<6x4xf64>
  %r = dtc.cum_prod %x {axis = 1 : i64} : (tensor<6x4xf64>) -> tensor<6x4xf64>
  return %r : tensor<6x4xf64>
}

// CHECK-LABEL: @running_product_of_zeros_before
// CHECK-NEXT: grad.arg0 agrees at 24 places{{$}}
func.func @running_product_of_zeros_before(%a: tensor<6x4xf64> {dtc.layout = #S0}) -> tensor<6x4xf64> {
  %mask = dtc.constant dense<[[0.0, 1.0, 1.0, 1.0], [0.0, 1.0, 0.0, 1.0], [1.0, 1.0, 1.0, 1.0], [1.0, 1.0, 1.0, 0.0], [1.0, 0.0, 0.0, 1.0], [0.0, 0.0, 0.0, 0.0]]> : tensor<6x4xf64> : tensor<6x4xf64>
  %x = dtc.mul %a, %mask : (tensor<6x4xf64>, tensor<6x4xf64>) -> tensor<6x4xf64>
  %r = dtc.cum_prod %x {axis = 1 : i64, exclusive} : (tensor<6x4xf64>) -> tensor<6x4xf64>
  return %r : tensor<6x4xf64>
}

// CHECK-LABEL: @running_product_of_zeros_from_the_end
// CHECK-NEXT: grad.arg0 agrees at 24 places{{$}}
func.func @running_product_of_zeros_from_the_end(%a: tensor<6x4xf64> {dtc.layout = #S0}) -> tensor<6x4xf64> {
  %mask = dtc.constant dense<[[0.0, 1.0, 1.0, 1.0], [0.0, 1.0, 0.0, 1.0], [1.0, 1.0, 1.0, 1.0], [1.0, 1.0, 1.0, 0.0], [1.0, 0.0, 0.0, 1.0], [0.0, 0.0, 0.0, 0.0]]> : tensor<6x4xf64> : tensor<6x4xf64>
  %x = dtc.mul %a, %mask : (tensor<6x4xf64>, tensor<6x4xf64>) -> tensor<6x4xf64>
  %r = dtc.cum_prod %x {axis = 1 : i64, reverse} : (tensor<6x4xf64>) -> tensor<6x4xf64>
  return %r : tensor<6x4xf64>
}

// CHECK-LABEL: @running_product_of_zeros_behind
// CHECK-NEXT: grad.arg0 agrees at 24 places{{$}}
func.func @running_product_of_zeros_behind(%a: tensor<6x4xf64> {dtc.layout = #S0}) -> tensor<6x4xf64> {
  %mask = dtc.constant dense<[[0.0, 1.0, 1.0, 1.0], [0.0, 1.0, 0.0, 1.0], [1.0, 1.0, 1.0, 1.0], [1.0, 1.0, 1.0, 0.0], [1.0, 0.0, 0.0, 1.0], [0.0, 0.0, 0.0, 0.0]]> : tensor<6x4xf64> : tensor<6x4xf64>
  %x = dtc.mul %a, %mask : (tensor<6x4xf64>, tensor<6x4xf64>) -> tensor<6x4xf64>
  %r = dtc.cum_prod %x {axis = 1 : i64, exclusive, reverse} : (tensor<6x4xf64>) -> tensor<6x4xf64>
  return %r : tensor<6x4xf64>
}
}
