// RUN: dtc-interpret %s --all --check-gradients %S/../cotangent.yaml | FileCheck %s
// RUN: dtc-opt %s --dtc-differentiate=spec=%S/../cotangent.yaml --dtc-propagate-placements -o %t.2.mlir
// RUN: dtc-interpret %t.2.mlir --all --localize --tolerance 1e-11
// RUN: FileCheck %s --check-prefix=IR < %t.2.mlir
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

// CHECK-LABEL: @layer_norm_of_split_rows
// CHECK-NEXT: grad.arg0 agrees at 24 places{{$}}
// CHECK-NEXT: grad.arg1 agrees at 4 places{{$}}
// CHECK-NEXT: grad.arg2 agrees at 4 places{{$}}
// IR-LABEL: @layer_norm_of_split_rows
// IR: dtc.layer_norm_gradient %{{.*}} -> tensor<6x4xf64, #dtc.layout<#mesh, [shard(0)]>>
// IR: dtc.reduce_sum {{.*}} -> tensor<4xf64, #dtc.layout<#mesh, [partial(sum)]>>
// IR: dtc.reduce_sum {{.*}} -> tensor<4xf64, #dtc.layout<#mesh, [partial(sum)]>>
func.func @layer_norm_of_split_rows(
    %a: tensor<6x4xf64> {dtc.layout = #S0}, %b: tensor<4xf64>, %c: tensor<4xf64>) -> tensor<6x4xf64> {
  %r = dtc.layer_norm %a, %b, %c {axis = 1 : i64, epsilon = 1.0e-5 : f64} : (tensor<6x4xf64>, tensor<4xf64>, tensor<4xf64>) -> tensor<6x4xf64>
  return %r : tensor<6x4xf64>
}

// CHECK-LABEL: @layer_norm_of_split_features
// CHECK-NEXT: grad.arg0 agrees at 24 places{{$}}
// CHECK-NEXT: grad.arg1 agrees at 4 places{{$}}
// The dimension that is normalised is brought together, as for the norm; nothing is summed across ranks.
// IR-LABEL: @layer_norm_of_split_features
// IR-NOT: partial
// IR: dtc.layer_norm_gradient %{{.*}} -> tensor<6x4xf64, #dtc.layout<#mesh, [replicate]>>
// IR-NOT: partial
func.func @layer_norm_of_split_features(
    %a: tensor<6x4xf64> {dtc.layout = #S1}, %b: tensor<4xf64>) -> tensor<6x4xf64> {
  %r = dtc.layer_norm %a, %b {axis = 1 : i64, epsilon = 1.0e-5 : f64} : (tensor<6x4xf64>, tensor<4xf64>) -> tensor<6x4xf64>
  return %r : tensor<6x4xf64>
}

// CHECK-LABEL: @layer_norm_over_two_dimensions
// CHECK-NEXT: grad.arg0 agrees at 40 places{{$}}
// CHECK-NEXT: grad.arg1 agrees at 8 places{{$}}
// CHECK-NEXT: grad.arg2 agrees at 8 places{{$}}
// IR-LABEL: @layer_norm_over_two_dimensions
func.func @layer_norm_over_two_dimensions(
    %a: tensor<6x2x4xf64> {dtc.layout = #P}, %b: tensor<2x4xf64>, %c: tensor<2x4xf64>) -> tensor<6x2x4xf64> {
  %r = dtc.layer_norm %a, %b, %c {axis = 1 : i64, epsilon = 1.0e-5 : f64} : (tensor<6x2x4xf64>, tensor<2x4xf64>, tensor<2x4xf64>) -> tensor<6x2x4xf64>
  return %r : tensor<6x2x4xf64>
}

// CHECK-LABEL: @rms_norm_of_split_rows
// CHECK-NEXT: grad.arg0 agrees at 24 places{{$}}
// CHECK-NEXT: grad.arg1 agrees at 4 places{{$}}
// IR-LABEL: @rms_norm_of_split_rows
// IR: dtc.rms_norm_gradient %{{.*}} -> tensor<6x4xf64, #dtc.layout<#mesh, [shard(0)]>>
// IR: dtc.reduce_sum {{.*}} -> tensor<4xf64, #dtc.layout<#mesh, [partial(sum)]>>
func.func @rms_norm_of_split_rows(%a: tensor<6x4xf64> {dtc.layout = #S0}, %b: tensor<4xf64>) -> tensor<6x4xf64> {
  %r = dtc.rms_norm %a, %b {axis = 1 : i64, epsilon = 1.0e-5 : f64} : (tensor<6x4xf64>, tensor<4xf64>) -> tensor<6x4xf64>
  return %r : tensor<6x4xf64>
}

// CHECK-LABEL: @rms_norm_of_split_features
// CHECK-NEXT: grad.arg0 agrees at 24 places{{$}}
// CHECK-NEXT: grad.arg1 agrees at 4 places{{$}}
func.func @rms_norm_of_split_features(%a: tensor<6x4xf64> {dtc.layout = #S1}, %b: tensor<4xf64>) -> tensor<6x4xf64> {
  %r = dtc.rms_norm %a, %b {axis = 1 : i64, epsilon = 1.0e-5 : f64} : (tensor<6x4xf64>, tensor<4xf64>) -> tensor<6x4xf64>
  return %r : tensor<6x4xf64>
}

// CHECK-LABEL: @batch_norm
// CHECK-NEXT: grad.arg0 agrees at 24 places{{$}}
// CHECK-NEXT: grad.arg1 agrees at 4 places{{$}}
// CHECK-NEXT: grad.arg2 agrees at 4 places{{$}}
// CHECK-NEXT: grad.arg3 agrees at 4 places{{$}}
// CHECK-NEXT: grad.arg4 agrees at 4 places{{$}}
func.func @batch_norm(
    %a: tensor<3x4x2xf64> {dtc.layout = #S0}, %b: tensor<4xf64>, %c: tensor<4xf64>, %d: tensor<4xf64>, %e: tensor<4xf64> {dtc.range = [1, 3]}) -> tensor<3x4x2xf64> {
  %r = dtc.batch_norm %a, %b, %c, %d, %e {epsilon = 1.0e-5 : f64} : (tensor<3x4x2xf64>, tensor<4xf64>, tensor<4xf64>, tensor<4xf64>, tensor<4xf64>) -> tensor<3x4x2xf64>
  return %r : tensor<3x4x2xf64>
}
}
