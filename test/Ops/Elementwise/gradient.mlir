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

// CHECK-LABEL: @abs_of_any_placement
// CHECK-NEXT: grad.arg0 agrees at 20 places{{$}}
func.func @abs_of_any_placement(%a: tensor<5x4xf64> {dtc.layout = #S0}) -> tensor<5x4xf64> {
  %r = dtc.abs %a : (tensor<5x4xf64>) -> tensor<5x4xf64>
  return %r : tensor<5x4xf64>
}

// CHECK-LABEL: @neg_of_any_placement
// CHECK-NEXT: grad.arg0 agrees at 20 places{{$}}
func.func @neg_of_any_placement(%a: tensor<5x4xf64> {dtc.layout = #S1}) -> tensor<5x4xf64> {
  %r = dtc.neg %a : (tensor<5x4xf64>) -> tensor<5x4xf64>
  return %r : tensor<5x4xf64>
}

// CHECK-LABEL: @exp_of_any_placement
// CHECK-NEXT: grad.arg0 agrees at 20 places{{$}}
func.func @exp_of_any_placement(%a: tensor<5x4xf64>) -> tensor<5x4xf64> {
  %r = dtc.exp %a : (tensor<5x4xf64>) -> tensor<5x4xf64>
  return %r : tensor<5x4xf64>
}

// CHECK-LABEL: @log_of_any_placement
// CHECK-NEXT: grad.arg0 agrees at 20 places{{$}}
func.func @log_of_any_placement(%a: tensor<5x4xf64> {dtc.layout = #S0, dtc.range = [1, 3]}) -> tensor<5x4xf64> {
  %r = dtc.log %a : (tensor<5x4xf64>) -> tensor<5x4xf64>
  return %r : tensor<5x4xf64>
}

// CHECK-LABEL: @sqrt_of_any_placement
// CHECK-NEXT: grad.arg0 agrees at 20 places{{$}}
func.func @sqrt_of_any_placement(%a: tensor<5x4xf64> {dtc.layout = #S1, dtc.range = [1, 3]}) -> tensor<5x4xf64> {
  %r = dtc.sqrt %a : (tensor<5x4xf64>) -> tensor<5x4xf64>
  return %r : tensor<5x4xf64>
}

// CHECK-LABEL: @rsqrt_of_any_placement
// CHECK-NEXT: grad.arg0 agrees at 20 places{{$}}
func.func @rsqrt_of_any_placement(%a: tensor<5x4xf64> {dtc.range = [1, 3]}) -> tensor<5x4xf64> {
  %r = dtc.rsqrt %a : (tensor<5x4xf64>) -> tensor<5x4xf64>
  return %r : tensor<5x4xf64>
}

// CHECK-LABEL: @reciprocal_of_any_placement
// CHECK-NEXT: grad.arg0 agrees at 20 places{{$}}
func.func @reciprocal_of_any_placement(
    %a: tensor<5x4xf64> {dtc.layout = #S0, dtc.range = [1, 3]}) -> tensor<5x4xf64> {
  %r = dtc.reciprocal %a : (tensor<5x4xf64>) -> tensor<5x4xf64>
  return %r : tensor<5x4xf64>
}

// CHECK-LABEL: @erf_of_any_placement
// CHECK-NEXT: grad.arg0 agrees at 20 places{{$}}
func.func @erf_of_any_placement(%a: tensor<5x4xf64> {dtc.layout = #P}) -> tensor<5x4xf64> {
  %r = dtc.erf %a : (tensor<5x4xf64>) -> tensor<5x4xf64>
  return %r : tensor<5x4xf64>
}

// CHECK-LABEL: @sin_of_any_placement
// CHECK-NEXT: grad.arg0 agrees at 20 places{{$}}
func.func @sin_of_any_placement(%a: tensor<5x4xf64> {dtc.layout = #S0}) -> tensor<5x4xf64> {
  %r = dtc.sin %a : (tensor<5x4xf64>) -> tensor<5x4xf64>
  return %r : tensor<5x4xf64>
}

// CHECK-LABEL: @cos_of_any_placement
// CHECK-NEXT: grad.arg0 agrees at 20 places{{$}}
func.func @cos_of_any_placement(%a: tensor<5x4xf64> {dtc.layout = #S1}) -> tensor<5x4xf64> {
  %r = dtc.cos %a : (tensor<5x4xf64>) -> tensor<5x4xf64>
  return %r : tensor<5x4xf64>
}

// CHECK-LABEL: @atan_of_any_placement
// CHECK-NEXT: grad.arg0 agrees at 20 places{{$}}
func.func @atan_of_any_placement(%a: tensor<5x4xf64>) -> tensor<5x4xf64> {
  %r = dtc.atan %a : (tensor<5x4xf64>) -> tensor<5x4xf64>
  return %r : tensor<5x4xf64>
}

// CHECK-LABEL: @tanh_of_any_placement
// CHECK-NEXT: grad.arg0 agrees at 20 places{{$}}
func.func @tanh_of_any_placement(%a: tensor<5x4xf64> {dtc.layout = #P}) -> tensor<5x4xf64> {
  %r = dtc.tanh %a : (tensor<5x4xf64>) -> tensor<5x4xf64>
  return %r : tensor<5x4xf64>
}

// CHECK-LABEL: @sigmoid_of_any_placement
// CHECK-NEXT: grad.arg0 agrees at 20 places{{$}}
func.func @sigmoid_of_any_placement(%a: tensor<5x4xf64> {dtc.layout = #S0}) -> tensor<5x4xf64> {
  %r = dtc.sigmoid %a : (tensor<5x4xf64>) -> tensor<5x4xf64>
  return %r : tensor<5x4xf64>
}

// CHECK-LABEL: @silu_of_any_placement
// CHECK-NEXT: grad.arg0 agrees at 20 places{{$}}
func.func @silu_of_any_placement(%a: tensor<5x4xf64> {dtc.layout = #S1}) -> tensor<5x4xf64> {
  %r = dtc.silu %a : (tensor<5x4xf64>) -> tensor<5x4xf64>
  return %r : tensor<5x4xf64>
}

// CHECK-LABEL: @relu_of_any_placement
// CHECK-NEXT: grad.arg0 agrees at 20 places{{$}}
func.func @relu_of_any_placement(%a: tensor<5x4xf64>) -> tensor<5x4xf64> {
  %r = dtc.relu %a : (tensor<5x4xf64>) -> tensor<5x4xf64>
  return %r : tensor<5x4xf64>
}

// CHECK-LABEL: @gelu_of_any_placement
// CHECK-NEXT: grad.arg0 agrees at 20 places{{$}}
func.func @gelu_of_any_placement(%a: tensor<5x4xf64> {dtc.layout = #P}) -> tensor<5x4xf64> {
  %r = dtc.gelu %a : (tensor<5x4xf64>) -> tensor<5x4xf64>
  return %r : tensor<5x4xf64>
}

// CHECK-LABEL: @tanh_gelu
// CHECK-NEXT: grad.arg0 agrees at 20 places{{$}}
func.func @tanh_gelu(%a: tensor<5x4xf64> {dtc.layout = #S0}) -> tensor<5x4xf64> {
  %r = dtc.gelu %a {tanh} : (tensor<5x4xf64>) -> tensor<5x4xf64>
  return %r : tensor<5x4xf64>
}

// CHECK-LABEL: @log1p_of_any_placement
// CHECK-NEXT: grad.arg0 agrees at 20 places{{$}}
func.func @log1p_of_any_placement(%a: tensor<5x4xf64> {dtc.layout = #S1}) -> tensor<5x4xf64> {
  %s = dtc.softplus %a : (tensor<5x4xf64>) -> tensor<5x4xf64>
  %r = dtc.log1p %s : (tensor<5x4xf64>) -> tensor<5x4xf64>
  return %r : tensor<5x4xf64>
}

// CHECK-LABEL: @expm1_of_any_placement
// CHECK-NEXT: grad.arg0 agrees at 20 places{{$}}
func.func @expm1_of_any_placement(%a: tensor<5x4xf64> {dtc.layout = #P}) -> tensor<5x4xf64> {
  %r = dtc.expm1 %a : (tensor<5x4xf64>) -> tensor<5x4xf64>
  return %r : tensor<5x4xf64>
}

// CHECK-LABEL: @softplus_of_any_placement
// CHECK-NEXT: grad.arg0 agrees at 20 places{{$}}
func.func @softplus_of_any_placement(%a: tensor<5x4xf64> {dtc.layout = #S0}) -> tensor<5x4xf64> {
  %r = dtc.softplus %a : (tensor<5x4xf64>) -> tensor<5x4xf64>
  return %r : tensor<5x4xf64>
}

// CHECK-LABEL: @clamp_of_any_placement
// CHECK-NEXT: grad.arg0 agrees at 20 places{{$}}
func.func @clamp_of_any_placement(%a: tensor<5x4xf64> {dtc.layout = #S1}) -> tensor<5x4xf64> {
  %r = dtc.clamp %a {least = -0.6 : f64, most = 0.7 : f64} : (tensor<5x4xf64>) -> tensor<5x4xf64>
  return %r : tensor<5x4xf64>
}

// CHECK-LABEL: @elu_of_any_placement
// CHECK-NEXT: grad.arg0 agrees at 20 places{{$}}
func.func @elu_of_any_placement(%a: tensor<5x4xf64> {dtc.layout = #P}) -> tensor<5x4xf64> {
  %r = dtc.elu %a {above = 1.5 : f64, below = 0.5 : f64, rate = 2.0 : f64} : (tensor<5x4xf64>) -> tensor<5x4xf64>
  return %r : tensor<5x4xf64>
}

// CHECK-LABEL: @floor_is_flat
// CHECK-NEXT: grad.arg0 agrees at 20 places, all zero
func.func @floor_is_flat(%a: tensor<5x4xf64> {dtc.layout = #S0}) -> tensor<5x4xf64> {
  %r = dtc.floor %a : (tensor<5x4xf64>) -> tensor<5x4xf64>
  return %r : tensor<5x4xf64>
}

// CHECK-LABEL: @ceil_is_flat
// CHECK-NEXT: grad.arg0 agrees at 20 places, all zero
func.func @ceil_is_flat(%a: tensor<5x4xf64> {dtc.layout = #S0}) -> tensor<5x4xf64> {
  %r = dtc.ceil %a : (tensor<5x4xf64>) -> tensor<5x4xf64>
  return %r : tensor<5x4xf64>
}

// CHECK-LABEL: @round_is_flat
// CHECK-NEXT: grad.arg0 agrees at 20 places, all zero
func.func @round_is_flat(%a: tensor<5x4xf64> {dtc.layout = #S0}) -> tensor<5x4xf64> {
  %r = dtc.round %a : (tensor<5x4xf64>) -> tensor<5x4xf64>
  return %r : tensor<5x4xf64>
}

// CHECK-LABEL: @sign_is_flat
// CHECK-NEXT: grad.arg0 agrees at 20 places, all zero
func.func @sign_is_flat(%a: tensor<5x4xf64> {dtc.layout = #S0}) -> tensor<5x4xf64> {
  %r = dtc.sign %a : (tensor<5x4xf64>) -> tensor<5x4xf64>
  return %r : tensor<5x4xf64>
}

// CHECK-LABEL: @operands_that_broadcast_are_summed
// CHECK-NEXT: grad.arg0 agrees at 20 places{{$}}
// CHECK-NEXT: grad.arg1 agrees at 4 places{{$}}
func.func @operands_that_broadcast_are_summed(
    %a: tensor<5x4xf64> {dtc.layout = #S0}, %b: tensor<1x4xf64>) -> tensor<5x4xf64> {
  %r = dtc.add %a, %b : (tensor<5x4xf64>, tensor<1x4xf64>) -> tensor<5x4xf64>
  return %r : tensor<5x4xf64>
}

// CHECK-LABEL: @missing_dimensions_are_summed
// CHECK-NEXT: grad.arg0 agrees at 4 places{{$}}
// CHECK-NEXT: grad.arg1 agrees at 20 places{{$}}
func.func @missing_dimensions_are_summed(
    %a: tensor<4xf64> {dtc.layout = #S0}, %b: tensor<5x4xf64> {dtc.layout = #S1}) -> tensor<5x4xf64> {
  %r = dtc.sub %a, %b : (tensor<4xf64>, tensor<5x4xf64>) -> tensor<5x4xf64>
  return %r : tensor<5x4xf64>
}

// CHECK-LABEL: @partial_operands_of_a_product
// CHECK-NEXT: grad.arg0 agrees at 20 places{{$}}
// CHECK-NEXT: grad.arg1 agrees at 20 places{{$}}
func.func @partial_operands_of_a_product(
    %a: tensor<5x4xf64> {dtc.layout = #P}, %b: tensor<5x4xf64>) -> tensor<5x4xf64> {
  %r = dtc.mul %a, %b : (tensor<5x4xf64>, tensor<5x4xf64>) -> tensor<5x4xf64>
  return %r : tensor<5x4xf64>
}

// CHECK-LABEL: @a_product_with_a_row
// CHECK-NEXT: grad.arg0 agrees at 20 places{{$}}
// CHECK-NEXT: grad.arg1 agrees at 4 places{{$}}
func.func @a_product_with_a_row(%a: tensor<5x4xf64> {dtc.layout = #S1}, %b: tensor<4xf64>) -> tensor<5x4xf64> {
  %r = dtc.mul %a, %b : (tensor<5x4xf64>, tensor<4xf64>) -> tensor<5x4xf64>
  return %r : tensor<5x4xf64>
}

// CHECK-LABEL: @a_quotient
// CHECK-NEXT: grad.arg0 agrees at 20 places{{$}}
// CHECK-NEXT: grad.arg1 agrees at 20 places{{$}}
func.func @a_quotient(
    %a: tensor<5x4xf64> {dtc.layout = #S0}, %b: tensor<5x4xf64> {dtc.range = [1, 3]}) -> tensor<5x4xf64> {
  %r = dtc.div %a, %b : (tensor<5x4xf64>, tensor<5x4xf64>) -> tensor<5x4xf64>
  return %r : tensor<5x4xf64>
}

// CHECK-LABEL: @larger_elements
// CHECK-NEXT: grad.arg0 agrees at 20 places{{$}}
// CHECK-NEXT: grad.arg1 agrees at 20 places{{$}}
func.func @larger_elements(%a: tensor<5x4xf64> {dtc.layout = #S0}, %b: tensor<5x4xf64>) -> tensor<5x4xf64> {
  %r = dtc.maximum %a, %b : (tensor<5x4xf64>, tensor<5x4xf64>) -> tensor<5x4xf64>
  return %r : tensor<5x4xf64>
}

// CHECK-LABEL: @smaller_elements
// CHECK-NEXT: grad.arg0 agrees at 20 places{{$}}
// CHECK-NEXT: grad.arg1 agrees at 20 places{{$}}
func.func @smaller_elements(%a: tensor<5x4xf64>, %b: tensor<5x4xf64> {dtc.layout = #S1}) -> tensor<5x4xf64> {
  %r = dtc.minimum %a, %b : (tensor<5x4xf64>, tensor<5x4xf64>) -> tensor<5x4xf64>
  return %r : tensor<5x4xf64>
}

// CHECK-LABEL: @a_power
// CHECK-NEXT: grad.arg0 agrees at 20 places{{$}}
// CHECK-NEXT: grad.arg1 agrees at 20 places{{$}}
func.func @a_power(
    %a: tensor<5x4xf64> {dtc.layout = #S0, dtc.range = [1, 3]}, %b: tensor<5x4xf64>) -> tensor<5x4xf64> {
  %r = dtc.pow %a, %b : (tensor<5x4xf64>, tensor<5x4xf64>) -> tensor<5x4xf64>
  return %r : tensor<5x4xf64>
}

// CHECK-LABEL: @a_remainder
// CHECK-NEXT: grad.arg0 agrees at 20 places{{$}}
// CHECK-NEXT: grad.arg1 agrees at 20 places{{$}}
func.func @a_remainder(
    %a: tensor<5x4xf64> {dtc.layout = #S0, dtc.range = [4, 9]}, %b: tensor<5x4xf64> {dtc.range = [2, 3]}) -> tensor<5x4xf64> {
  %r = dtc.mod %a, %b : (tensor<5x4xf64>, tensor<5x4xf64>) -> tensor<5x4xf64>
  return %r : tensor<5x4xf64>
}

// CHECK-LABEL: @a_truncated_remainder
// CHECK-NEXT: grad.arg0 agrees at 20 places{{$}}
// CHECK-NEXT: grad.arg1 agrees at 20 places{{$}}
func.func @a_truncated_remainder(
    %a: tensor<5x4xf64> {dtc.layout = #S0, dtc.range = [-9, -4]}, %b: tensor<5x4xf64> {dtc.range = [2, 3]}) -> tensor<5x4xf64> {
  %r = dtc.mod %a, %b {truncate} : (tensor<5x4xf64>, tensor<5x4xf64>) -> tensor<5x4xf64>
  return %r : tensor<5x4xf64>
}

// CHECK-LABEL: @a_choice
// CHECK-NEXT: grad.arg1 agrees at 20 places{{$}}
// CHECK-NEXT: grad.arg2 agrees at 4 places{{$}}
func.func @a_choice(
    %a: tensor<5x4xi1> {dtc.layout = #S0}, %b: tensor<5x4xf64>, %c: tensor<1x4xf64>) -> tensor<5x4xf64> {
  %r = dtc.select %a, %b, %c : (tensor<5x4xi1>, tensor<5x4xf64>, tensor<1x4xf64>) -> tensor<5x4xf64>
  return %r : tensor<5x4xf64>
}

// CHECK-LABEL: @a_fill_stops_gradients
// CHECK-NEXT: grad.arg0 agrees at 20 places{{$}}
func.func @a_fill_stops_gradients(%a: tensor<5x4xf64> {dtc.layout = #S0}, %b: tensor<5x4xi1>) -> tensor<5x4xf64> {
  %r = dtc.masked_fill %a, %b {value = 2.0 : f64} : (tensor<5x4xf64>, tensor<5x4xi1>) -> tensor<5x4xf64>
  return %r : tensor<5x4xf64>
}

// CHECK-LABEL: @a_value_used_twice
// CHECK-NEXT: grad.arg0 agrees at 20 places{{$}}
func.func @a_value_used_twice(%a: tensor<5x4xf64> {dtc.layout = #S0}) -> tensor<5x4xf64> {
  %y = dtc.exp %a : (tensor<5x4xf64>) -> tensor<5x4xf64>
  %r = dtc.mul %a, %y : (tensor<5x4xf64>, tensor<5x4xf64>) -> tensor<5x4xf64>
  return %r : tensor<5x4xf64>
}

// CHECK-LABEL: @comparisons_give_none
// CHECK-NEXT: grad.arg0 agrees at 20 places, all zero
func.func @comparisons_give_none(%a: tensor<5x4xf64> {dtc.layout = #S0}) -> tensor<5x4xf64> {
  %zero = dtc.constant dense<0.25> : tensor<f64> : tensor<f64>
  %c = dtc.less %a, %zero : (tensor<5x4xf64>, tensor<f64>) -> tensor<5x4xi1>
  %r = dtc.cast %c : (tensor<5x4xi1>) -> tensor<5x4xf64>
  return %r : tensor<5x4xf64>
}
}
