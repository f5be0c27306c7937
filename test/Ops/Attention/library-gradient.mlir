// RUN: dtc-interpret %s --all --check-gradients %S/../cotangent.yaml | FileCheck %s
// RUN: dtc-opt %s --dtc-differentiate=spec=%S/../cotangent.yaml | FileCheck %s --check-prefix=OPS
// RUN: dtc-opt %s --dtc-differentiate=spec=%S/../cotangent.yaml --dtc-propagate-placements -o %t.2.mlir
// RUN: dtc-interpret %t.2.mlir --all --localize --tolerance 1e-11
// RUN: sed 's/"tp" = 2/"tp" = 3/' %s > %t.mlir
// RUN: dtc-opt %t.mlir --dtc-differentiate=spec=%S/../cotangent.yaml --dtc-propagate-placements -o %t.3.mlir
// RUN: dtc-interpret %t.3.mlir --all --localize --tolerance 1e-11

// Where a library has attention of the type, its gradient is one op: that of finite differences, and on 2 and 3 ranks
// that of one.

#mesh = #dtc.mesh<"tp" = 2>
#R = #dtc.layout<#mesh, [replicate]>
#P = #dtc.layout<#mesh, [partial(sum)]>
#S0 = #dtc.layout<#mesh, [shard(0)]>
#S1 = #dtc.layout<#mesh, [shard(1)]>
#S2 = #dtc.layout<#mesh, [shard(2)]>
#S3 = #dtc.layout<#mesh, [shard(3)]>
module attributes {dtc.mesh = #mesh, dtc.library_attention = [f64]} {

// OPS-LABEL: @heads_of_their_own
// OPS: %[[R:.*]], %[[S:.*]] = dtc.attention {{.*}}keepsSums
// OPS-NOT: dtc.softmax
// OPS: dtc.attention_gradient %{{.*}}, %{{.*}}, %{{.*}}, %[[R]], %[[S]], %{{.*}} {dtc.phase = "backward", scale = 5.000000e-01 : f64}
// OPS-NOT: dtc.softmax
// CHECK-LABEL: @heads_of_their_own
// CHECK-NEXT: grad.arg0 agrees at {{[0-9]+}} places{{$}}
// CHECK-NEXT: grad.arg1 agrees at {{[0-9]+}} places{{$}}
// CHECK-NEXT: grad.arg2 agrees at {{[0-9]+}} places{{$}}
func.func @heads_of_their_own(%q: tensor<1x4x3x8xf64> {dtc.layout = #S1}, %k: tensor<1x4x2x8xf64> {dtc.layout = #S1}, %v: tensor<1x4x2x16xf64> {dtc.layout = #S1}) -> tensor<1x4x3x16xf64> {
  %r = dtc.attention %q, %k, %v {scale = 0.5 : f64}
    : (tensor<1x4x3x8xf64>, tensor<1x4x2x8xf64>, tensor<1x4x2x16xf64>) -> tensor<1x4x3x16xf64>
  return %r : tensor<1x4x3x16xf64>
}

// CHECK-LABEL: @groups_of_heads_that_see_no_later_key
// CHECK-NEXT: grad.arg0 agrees at {{[0-9]+}} places{{$}}
// CHECK-NEXT: grad.arg1 agrees at {{[0-9]+}} places{{$}}
// CHECK-NEXT: grad.arg2 agrees at {{[0-9]+}} places{{$}}
func.func @groups_of_heads_that_see_no_later_key(%q: tensor<2x4x3x8xf64> {dtc.layout = #S1}, %k: tensor<2x2x3x8xf64> {dtc.layout = #S1}, %v: tensor<2x2x3x8xf64> {dtc.layout = #S1}) -> tensor<2x4x3x8xf64> {
  %r = dtc.attention %q, %k, %v {scale = 0.5 : f64, after = 0 : i64}
    : (tensor<2x4x3x8xf64>, tensor<2x2x3x8xf64>, tensor<2x2x3x8xf64>) -> tensor<2x4x3x8xf64>
  return %r : tensor<2x4x3x8xf64>
}

// CHECK-LABEL: @batches
// CHECK-NEXT: grad.arg0 agrees at {{[0-9]+}} places{{$}}
// CHECK-NEXT: grad.arg1 agrees at {{[0-9]+}} places{{$}}
// CHECK-NEXT: grad.arg2 agrees at {{[0-9]+}} places{{$}}
func.func @batches(%q: tensor<3x2x3x8xf64> {dtc.layout = #S0}, %k: tensor<3x2x3x8xf64> {dtc.layout = #S0}, %v: tensor<3x2x3x8xf64> {dtc.layout = #S0}) -> tensor<3x2x3x8xf64> {
  %r = dtc.attention %q, %k, %v {scale = 0.5 : f64, after = 0 : i64}
    : (tensor<3x2x3x8xf64>, tensor<3x2x3x8xf64>, tensor<3x2x3x8xf64>) -> tensor<3x2x3x8xf64>
  return %r : tensor<3x2x3x8xf64>
}

// The second query sees nothing: it has no gradient, and gives none.
// CHECK-LABEL: @one_key_head_and_a_mask_of_bools
// CHECK-NEXT: grad.arg0 agrees at {{[0-9]+}} places{{$}}
// CHECK-NEXT: grad.arg1 agrees at {{[0-9]+}} places{{$}}
// CHECK-NEXT: grad.arg2 agrees at {{[0-9]+}} places{{$}}
func.func @one_key_head_and_a_mask_of_bools(%q: tensor<2x3x8xf64> {dtc.layout = #S0}, %k: tensor<1x3x8xf64> {dtc.layout = #R}, %v: tensor<1x3x8xf64> {dtc.layout = #R}) -> tensor<2x3x8xf64> {
  %m = dtc.constant dense<[[true, false, true], [false, false, false], [true, true, true]]> : tensor<3x3xi1> : tensor<3x3xi1>
  %r = dtc.attention %q, %k, %v, %m {scale = 0.5 : f64}
    : (tensor<2x3x8xf64>, tensor<1x3x8xf64>, tensor<1x3x8xf64>, tensor<3x3xi1>) -> tensor<2x3x8xf64>
  return %r : tensor<2x3x8xf64>
}

// Ranks' own queries give parts of the gradients of keys and values.
// CHECK-LABEL: @queries_in_pieces
// CHECK-NEXT: grad.arg0 agrees at {{[0-9]+}} places{{$}}
// CHECK-NEXT: grad.arg1 agrees at {{[0-9]+}} places{{$}}
// CHECK-NEXT: grad.arg2 agrees at {{[0-9]+}} places{{$}}
func.func @queries_in_pieces(%q: tensor<1x5x8xf64> {dtc.layout = #S1}, %k: tensor<1x5x8xf64> {dtc.layout = #R}, %v: tensor<1x5x8xf64> {dtc.layout = #R}) -> tensor<1x5x8xf64> {
  %r = dtc.attention %q, %k, %v {scale = 0.5 : f64, before = 2 : i64, after = 1 : i64}
    : (tensor<1x5x8xf64>, tensor<1x5x8xf64>, tensor<1x5x8xf64>) -> tensor<1x5x8xf64>
  return %r : tensor<1x5x8xf64>
}

// CHECK-LABEL: @values_in_pieces
// CHECK-NEXT: grad.arg0 agrees at {{[0-9]+}} places{{$}}
// CHECK-NEXT: grad.arg1 agrees at {{[0-9]+}} places{{$}}
// CHECK-NEXT: grad.arg2 agrees at {{[0-9]+}} places{{$}}
func.func @values_in_pieces(%q: tensor<1x2x4x8xf64> {dtc.layout = #R}, %k: tensor<1x2x4x8xf64> {dtc.layout = #R}, %v: tensor<1x2x4x16xf64> {dtc.layout = #S3}) -> tensor<1x2x4x16xf64> {
  %r = dtc.attention %q, %k, %v {scale = 0.5 : f64}
    : (tensor<1x2x4x8xf64>, tensor<1x2x4x8xf64>, tensor<1x2x4x16xf64>) -> tensor<1x2x4x16xf64>
  return %r : tensor<1x2x4x16xf64>
}

// CHECK-LABEL: @partial_values
// CHECK-NEXT: grad.arg0 agrees at {{[0-9]+}} places{{$}}
// CHECK-NEXT: grad.arg1 agrees at {{[0-9]+}} places{{$}}
// CHECK-NEXT: grad.arg2 agrees at {{[0-9]+}} places{{$}}
func.func @partial_values(%q: tensor<1x2x4x8xf64> {dtc.layout = #S1}, %k: tensor<1x2x4x8xf64> {dtc.layout = #S1}, %v: tensor<1x2x4x16xf64> {dtc.layout = #P}) -> tensor<1x2x4x16xf64> {
  %r = dtc.attention %q, %k, %v {scale = 0.5 : f64}
    : (tensor<1x2x4x8xf64>, tensor<1x2x4x8xf64>, tensor<1x2x4x16xf64>) -> tensor<1x2x4x16xf64>
  return %r : tensor<1x2x4x16xf64>
}

// A gradient of the mask and a cap are not the library's, nor rows of any number of elements.
// OPS-LABEL: @what_no_library_has
// OPS-NOT: dtc.attention_gradient
// OPS: return
// CHECK-LABEL: @what_no_library_has
func.func @what_no_library_has(%q: tensor<1x2x3x8xf64>, %k: tensor<1x2x2x8xf64>, %v: tensor<1x2x2x8xf64>, %m: tensor<3x2xf64>) -> tensor<1x2x3x8xf64> {
  %a = dtc.attention %q, %k, %v, %m {scale = 0.5 : f64}
    : (tensor<1x2x3x8xf64>, tensor<1x2x2x8xf64>, tensor<1x2x2x8xf64>, tensor<3x2xf64>) -> tensor<1x2x3x8xf64>
  %b = dtc.attention %a, %k, %v {scale = 0.5 : f64, softcap = 2.0 : f64}
    : (tensor<1x2x3x8xf64>, tensor<1x2x2x8xf64>, tensor<1x2x2x8xf64>) -> tensor<1x2x3x8xf64>
  %c = dtc.reshape %b {shape = array<i64: 1, 4, 3, 4>} : (tensor<1x2x3x8xf64>) -> tensor<1x4x3x4xf64>
  %d = dtc.attention %c, %c, %c {scale = 0.5 : f64}
    : (tensor<1x4x3x4xf64>, tensor<1x4x3x4xf64>, tensor<1x4x3x4xf64>) -> tensor<1x4x3x4xf64>
  %r = dtc.reshape %d {shape = array<i64: 1, 2, 3, 8>} : (tensor<1x4x3x4xf64>) -> tensor<1x2x3x8xf64>
  return %r : tensor<1x2x3x8xf64>
}

// One query and one key have no gradient in libraries.
// OPS-LABEL: @one_query_and_one_key
// OPS-NOT: dtc.attention_gradient
// OPS: return
func.func @one_query_and_one_key(%q: tensor<1x2x1x8xf64>) -> tensor<1x2x1x8xf64> {
  %r = dtc.attention %q, %q, %q {scale = 0.5 : f64}
    : (tensor<1x2x1x8xf64>, tensor<1x2x1x8xf64>, tensor<1x2x1x8xf64>) -> tensor<1x2x1x8xf64>
  return %r : tensor<1x2x1x8xf64>
}
}
