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

// CHECK-LABEL: @a_wish_for_a_split
// CHECK-NEXT: grad.arg0 agrees at 24 places{{$}}
func.func @a_wish_for_a_split(%a: tensor<6x4xf64>) -> tensor<6x4xf64> {
  %r = dtc.constrain %a to <#mesh, [shard(0)]> cause "x" : tensor<6x4xf64>
  return %r : tensor<6x4xf64>
}

// CHECK-LABEL: @a_gathered_split
// CHECK-NEXT: grad.arg0 agrees at 24 places{{$}}
func.func @a_gathered_split(%a: tensor<6x4xf64> {dtc.layout = #S0}) -> tensor<6x4xf64> {
  %r = dtc.constrain %a to <#mesh, [replicate]> cause "x" : tensor<6x4xf64>
  return %r : tensor<6x4xf64>
}

// CHECK-LABEL: @a_completed_sum
// CHECK-NEXT: grad.arg0 agrees at 24 places{{$}}
func.func @a_completed_sum(%a: tensor<6x4xf64> {dtc.layout = #P}) -> tensor<6x4xf64> {
  %r = dtc.constrain %a to <#mesh, [shard(1)]> cause "x" : tensor<6x4xf64>
  return %r : tensor<6x4xf64>
}

// CHECK-LABEL: @a_split_of_another_dimension
// CHECK-NEXT: grad.arg0 agrees at 24 places{{$}}
func.func @a_split_of_another_dimension(%a: tensor<6x4xf64> {dtc.layout = #S0}) -> tensor<6x4xf64> {
  %r = dtc.constrain %a to <#mesh, [shard(1)]> cause "x" : tensor<6x4xf64>
  return %r : tensor<6x4xf64>
}
}
