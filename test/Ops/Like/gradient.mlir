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

// CHECK-LABEL: @a_value_placed_like_another
// CHECK-NEXT: grad.arg0 agrees at 20 places{{$}}
// CHECK-NEXT: grad.arg1 agrees at 20 places, all zero
func.func @a_value_placed_like_another(
    %a: tensor<5x4xf64> {dtc.layout = #S0}, %b: tensor<5x4xf64> {dtc.layout = #S1}) -> tensor<5x4xf64> {
  %r = dtc.place_like %a, %b : (tensor<5x4xf64>, tensor<5x4xf64>) -> tensor<5x4xf64>
  return %r : tensor<5x4xf64>
}

// CHECK-LABEL: @a_fill_reads_nothing
// CHECK-NEXT: grad.arg0 agrees at 20 places, all zero
func.func @a_fill_reads_nothing(%a: tensor<5x4xf64> {dtc.layout = #S0}) -> tensor<5x4xf64> {
  %r = dtc.fill_like %a {value = 2.0 : f64} : (tensor<5x4xf64>) -> tensor<5x4xf64>
  return %r : tensor<5x4xf64>
}
}
