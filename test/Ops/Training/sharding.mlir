// RUN: dtc-opt %s --dtc-propagate-placements | FileCheck %s
// RUN: dtc-opt %s --dtc-propagate-placements -o %t.mlir
// RUN: dtc-interpret %t.mlir --localize --steps 2 | FileCheck %s --check-prefix=VALUES
// RUN: dtc-opt %s --dtc-propagate-placements --dtc-insert-collectives --dtc-optimize-collectives | FileCheck %s --check-prefix=PHASE
// RUN: dtc-opt %s --dtc-propagate-placements --dtc-insert-collectives --dtc-localize=rank=1 | FileCheck %s --check-prefix=LOCAL

// A new value is brought to the placements of what it updates, in the phase of the update.

#mesh = #dtc.mesh<"tp" = 2>
module attributes {dtc.mesh = #mesh} {

// VALUES: w: {{.*}}, placed differs by 0, local differs by 0
// VALUES: m: {{.*}}, placed differs by 0, local differs by 0
// CHECK-LABEL: @main
// PHASE-LABEL: @main
// LOCAL-LABEL: @main
func.func @main(%x: tensor<6x8xf32> {dtc.layout = #dtc.layout<#mesh, [shard(1)]>}) -> (tensor<6x6xf32> {dtc.as_is, dtc.name = "w"}, tensor<6x6xf32> {dtc.as_is, dtc.name = "m"}) {
  // LOCAL: dtc.parameter "w" global tensor<6x6xf32, #dtc.layout<#mesh, [replicate]>> : tensor<6x6xf32>
  %w = dtc.parameter "w" : tensor<6x6xf32>
  // CHECK: dtc.state "m" {fill = 0.000000e+00 : f64} : tensor<6x6xf32, #dtc.layout<#mesh, [shard(0)]>>
  // LOCAL: dtc.state "m" global tensor<6x6xf32, #dtc.layout<#mesh, [shard(0)]>> {fill = 0.000000e+00 : f64} : tensor<3x6xf32>
  %m = dtc.state "m" layout <#mesh, [shard(0)]> {fill = 0.0} : tensor<6x6xf32>
  %gram = dtc.matmul %x, %x {transposeRhs} : (tensor<6x8xf32>, tensor<6x8xf32>) -> tensor<6x6xf32>
  // CHECK: dtc.redistribute %{{.*}} cause "w" {dtc.phase = "optimizer"} : tensor<6x6xf32, #dtc.layout<#mesh, [partial(sum)]>> -> tensor<6x6xf32, #dtc.layout<#mesh, [replicate]>>
  // PHASE-DAG: dtc.all_reduce {{.*}}dtc.phase = "optimizer"
  // LOCAL-DAG: dtc.update "w", %{{.*}} global tensor<6x6xf32, #dtc.layout<#mesh, [replicate]>> {dtc.phase = "optimizer"} : tensor<6x6xf32>
  dtc.update "w", %gram {dtc.phase = "optimizer"} : tensor<6x6xf32>
  // CHECK: dtc.redistribute %{{.*}} cause "m" {dtc.phase = "backward"} : tensor<6x6xf32, #dtc.layout<#mesh, [partial(sum)]>> -> tensor<6x6xf32, #dtc.layout<#mesh, [shard(0)]>>
  // PHASE-DAG: dtc.reduce_scatter {{.*}}dtc.phase = "backward"
  // LOCAL-DAG: dtc.update "m", %{{.*}} global tensor<6x6xf32, #dtc.layout<#mesh, [shard(0)]>> {dtc.phase = "backward"} : tensor<3x6xf32>
  dtc.update "m", %gram {dtc.phase = "backward"} : tensor<6x6xf32>
  return %w, %m : tensor<6x6xf32>, tensor<6x6xf32>
}
}
