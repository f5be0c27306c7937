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

// CHECK-LABEL: @heads_of_their_own
// CHECK-NEXT: grad.arg0 agrees at 24 places{{$}}
// CHECK-NEXT: grad.arg1 agrees at 16 places{{$}}
// CHECK-NEXT: grad.arg2 agrees at 24 places{{$}}
func.func @heads_of_their_own(%q: tensor<1x4x3x2xf64> {dtc.layout = #S1}, %k: tensor<1x4x2x2xf64> {dtc.layout = #S1}, %v: tensor<1x4x2x3xf64> {dtc.layout = #S1}) -> tensor<1x4x3x3xf64> {
  %r = dtc.attention %q, %k, %v {scale = 0.7 : f64}
    : (tensor<1x4x3x2xf64>, tensor<1x4x2x2xf64>, tensor<1x4x2x3xf64>) -> tensor<1x4x3x3xf64>
  return %r : tensor<1x4x3x3xf64>
}

// CHECK-LABEL: @groups_of_heads_that_see_no_later_key
// CHECK-NEXT: grad.arg0 agrees at 40 places{{$}}
// CHECK-NEXT: grad.arg1 agrees at 24 places{{$}}
// CHECK-NEXT: grad.arg2 agrees at 24 places{{$}}
func.func @groups_of_heads_that_see_no_later_key(%q: tensor<2x4x3x2xf64> {dtc.layout = #S1}, %k: tensor<2x2x3x2xf64> {dtc.layout = #S1}, %v: tensor<2x2x3x2xf64> {dtc.layout = #S1}) -> tensor<2x4x3x2xf64> {
  %r = dtc.attention %q, %k, %v {scale = 0.5 : f64, after = 0 : i64}
    : (tensor<2x4x3x2xf64>, tensor<2x2x3x2xf64>, tensor<2x2x3x2xf64>) -> tensor<2x4x3x2xf64>
  return %r : tensor<2x4x3x2xf64>
}

// The second query sees nothing: it has no gradient, and gives none.
// CHECK-LABEL: @one_key_head_and_a_mask_of_bools
// CHECK-NEXT: grad.arg0 agrees at 12 places{{$}}
// CHECK-NEXT: grad.arg1 agrees at 6 places{{$}}
// CHECK-NEXT: grad.arg2 agrees at 6 places{{$}}
func.func @one_key_head_and_a_mask_of_bools(%q: tensor<2x3x2xf64> {dtc.layout = #S1}, %k: tensor<1x3x2xf64>, %v: tensor<1x3x2xf64> {dtc.layout = #S2}) -> tensor<2x3x2xf64> {
  %m = dtc.constant dense<[[true, false, true], [false, false, false], [true, true, true]]> : tensor<3x3xi1> : tensor<3x3xi1>
  %r = dtc.attention %q, %k, %v, %m {scale = 0.5 : f64}
    : (tensor<2x3x2xf64>, tensor<1x3x2xf64>, tensor<1x3x2xf64>, tensor<3x3xi1>) -> tensor<2x3x2xf64>
  return %r : tensor<2x3x2xf64>
}

// CHECK-LABEL: @a_mask_of_numbers_for_capped_scores
// CHECK-NEXT: grad.arg0 agrees at 40 places{{$}}
// CHECK-NEXT: grad.arg1 agrees at 24 places{{$}}
// CHECK-NEXT: grad.arg2 agrees at 24 places{{$}}
// CHECK-NEXT: grad.arg3 agrees at 12 places{{$}}
func.func @a_mask_of_numbers_for_capped_scores(%q: tensor<2x4x3x2xf64> {dtc.layout = #S0}, %k: tensor<2x2x3x2xf64> {dtc.layout = #S0}, %v: tensor<2x2x3x2xf64> {dtc.layout = #P}, %m: tensor<4x1x3xf64>) -> tensor<2x4x3x2xf64> {
  %r = dtc.attention %q, %k, %v, %m {scale = 1.5 : f64, softcap = 2.0 : f64, before = 1 : i64}
    : (tensor<2x4x3x2xf64>, tensor<2x2x3x2xf64>, tensor<2x2x3x2xf64>, tensor<4x1x3xf64>) -> tensor<2x4x3x2xf64>
  return %r : tensor<2x4x3x2xf64>
}

// CHECK-LABEL: @queries_in_pieces
// CHECK-NEXT: grad.arg0 agrees at 10 places{{$}}
// CHECK-NEXT: grad.arg1 agrees at 10 places{{$}}
// CHECK-NEXT: grad.arg2 agrees at 10 places{{$}}
func.func @queries_in_pieces(%q: tensor<1x5x2xf64> {dtc.layout = #S1}, %k: tensor<1x5x2xf64>, %v: tensor<1x5x2xf64> {dtc.layout = #S2}) -> tensor<1x5x2xf64> {
  %r = dtc.attention %q, %k, %v {scale = 1.5 : f64, before = 2 : i64, after = 1 : i64}
    : (tensor<1x5x2xf64>, tensor<1x5x2xf64>, tensor<1x5x2xf64>) -> tensor<1x5x2xf64>
  return %r : tensor<1x5x2xf64>
}
}
