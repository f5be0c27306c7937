// RUN: dtc-opt %s --dtc-print-sharding-rules 2>&1 | FileCheck %s --check-prefix=RULE
// RUN: dtc-interpret %s --all --localize --seed 1 | FileCheck %s
// RUN: sed 's/"tp" = 2/"tp" = 3/' %s > %t.1.mlir
// RUN: dtc-interpret %t.1.mlir --all --localize --seed 2 | FileCheck %s
// RUN: sed -e 's/"tp" = 2/"dp" = 2, "tp" = 2/' -e 's/, \[\([a-z0-9_()]*\)\]>/, [\1, \1]>/' %s > %t.2.mlir
// RUN: dtc-interpret %t.2.mlir --all --localize --seed 3 | FileCheck %s

// Rows are split, on meshes of 2, 3 and 2 x 2 ranks, and each has what the global program gives. The dimensions that are
// normalised are brought together first, as for the norm itself.

#mesh = #dtc.mesh<"tp" = 2>
#P = #dtc.layout<#mesh, [partial(sum)]>
#R = #dtc.layout<#mesh, [replicate]>
#S0 = #dtc.layout<#mesh, [shard(0)]>
#S1 = #dtc.layout<#mesh, [shard(1)]>
module attributes {dtc.mesh = #mesh} {

// CHECK-LABEL: @layer_norm_gradient_of_split_rows
// CHECK-NEXT: result0: {{.*}}, placed differs by 0, local differs by 0
func.func @layer_norm_gradient_of_split_rows(
    %g: tensor<7x6xf32, #S0>, %x: tensor<7x6xf32, #S0>, %s: tensor<6xf32, #R>) -> tensor<7x6xf32, #S0> {
  %r = dtc.layer_norm_gradient %g, %x, %s {axis = 1 : i64, epsilon = 1.0e-5 : f64}
    : (tensor<7x6xf32, #S0>, tensor<7x6xf32, #S0>, tensor<6xf32, #R>) -> tensor<7x6xf32, #S0>
  return %r : tensor<7x6xf32, #S0>
}

// CHECK-LABEL: @layer_norm_gradient_of_split_places
// CHECK-NEXT: result0: {{.*}}, placed differs by 0, local differs by 0
// RULE: dtc.layer_norm_gradient ([i0, i1, i2, i3], [i0, i1, i2, i3], [i2, i3]) -> ([i0, i1, i2, i3]) whole = {i2, i3}
func.func @layer_norm_gradient_of_split_places(
    %g: tensor<3x5x2x4xf32, #S1>, %x: tensor<3x5x2x4xf32, #S1>, %s: tensor<2x4xf32, #R>) -> tensor<3x5x2x4xf32, #S1> {
  %r = dtc.layer_norm_gradient %g, %x, %s {axis = 2 : i64, epsilon = 1.0e-5 : f64}
    : (tensor<3x5x2x4xf32, #S1>, tensor<3x5x2x4xf32, #S1>, tensor<2x4xf32, #R>) -> tensor<3x5x2x4xf32, #S1>
  return %r : tensor<3x5x2x4xf32, #S1>
}

// CHECK-LABEL: @rms_norm_gradient_of_split_rows
// CHECK-NEXT: result0: {{.*}}, placed differs by 0, local differs by 0
func.func @rms_norm_gradient_of_split_rows(
    %g: tensor<7x6xf32, #S0>, %x: tensor<7x6xf32, #S0>, %s: tensor<6xf32, #R>) -> tensor<7x6xf32, #S0> {
  %r = dtc.rms_norm_gradient %g, %x, %s {axis = 1 : i64, epsilon = 1.0e-5 : f64}
    : (tensor<7x6xf32, #S0>, tensor<7x6xf32, #S0>, tensor<6xf32, #R>) -> tensor<7x6xf32, #S0>
  return %r : tensor<7x6xf32, #S0>
}

// CHECK-LABEL: @rms_norm_gradient_of_split_places
// CHECK-NEXT: result0: {{.*}}, placed differs by 0, local differs by 0
// RULE: dtc.rms_norm_gradient ([i0, i1, i2], [i0, i1, i2], [i2]) -> ([i0, i1, i2]) whole = {i2}
func.func @rms_norm_gradient_of_split_places(
    %g: tensor<3x5x4xf32, #S1>, %x: tensor<3x5x4xf32, #S1>, %s: tensor<4xf32, #R>) -> tensor<3x5x4xf32, #S1> {
  %r = dtc.rms_norm_gradient %g, %x, %s {axis = 2 : i64, epsilon = 1.0e-5 : f64}
    : (tensor<3x5x4xf32, #S1>, tensor<3x5x4xf32, #S1>, tensor<4xf32, #R>) -> tensor<3x5x4xf32, #S1>
  return %r : tensor<3x5x4xf32, #S1>
}

}
