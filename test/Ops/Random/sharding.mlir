// RUN: dtc-opt %s --dtc-propagate-placements -o %t.mlir
// RUN: dtc-interpret %t.mlir --all --localize --seed 1 | FileCheck %s

// The numbers of an element do not depend on the rank that has it.

#mesh = #dtc.mesh<"dp" = 2, "tp" = 3>
module attributes {dtc.mesh = #mesh} {

// CHECK-LABEL: @random_bits_are_the_same_on_every_mesh
// CHECK-NEXT: result0: 5x7xu32 [shard(0), shard(1)], placed differs by 0, local differs by 0
func.func @random_bits_are_the_same_on_every_mesh()
    -> (tensor<5x7xui32> {dtc.layout = #dtc.layout<#mesh, [shard(0), shard(1)]>}) {
  %r = dtc.random_bits {seed = 11 : i64, extents = array<i64: 5, 7>} : () -> tensor<5x7xui32>
  return %r : tensor<5x7xui32>
}

// CHECK-LABEL: @dropout_drops_the_same_elements_on_every_mesh
// CHECK-NEXT: result0: 5x7xf32 [shard(1), shard(0)], placed differs by 0, local differs by 0
// CHECK-NEXT: result1: 5x7xbool [shard(1), shard(0)], placed differs by 0, local differs by 0
func.func @dropout_drops_the_same_elements_on_every_mesh(
    %x: tensor<5x7xf32> {dtc.layout = #dtc.layout<#mesh, [shard(1), shard(0)]>})
    -> (tensor<5x7xf32> {dtc.as_is}, tensor<5x7xi1> {dtc.as_is}) {
  %r, %m = dtc.dropout %x {ratio = 0.3 : f64, seed = 5 : i64} : (tensor<5x7xf32>) -> (tensor<5x7xf32>, tensor<5x7xi1>)
  return %r, %m : tensor<5x7xf32>, tensor<5x7xi1>
}

// CHECK-LABEL: @numbers_of_a_step_are_the_same_on_every_mesh
// CHECK-NEXT: result0: 5x7xu32 [shard(0), shard(1)], placed differs by 0, local differs by 0
// CHECK-NEXT: result1: 5x7xbool [shard(1), shard(0)], placed differs by 0, local differs by 0
func.func @numbers_of_a_step_are_the_same_on_every_mesh(
    %x: tensor<5x7xf32> {dtc.layout = #dtc.layout<#mesh, [shard(1), shard(0)]>}, %step: tensor<i64>)
    -> (tensor<5x7xui32> {dtc.layout = #dtc.layout<#mesh, [shard(0), shard(1)]>}, tensor<5x7xi1> {dtc.as_is}) {
  %b = dtc.random_bits %step {seed = 11 : i64, extents = array<i64: 5, 7>} : (tensor<i64>) -> tensor<5x7xui32>
  %r, %m = dtc.dropout %x, %step {ratio = 0.3 : f64, seed = 5 : i64} : (tensor<5x7xf32>, tensor<i64>) -> (tensor<5x7xf32>, tensor<5x7xi1>)
  return %b, %m : tensor<5x7xui32>, tensor<5x7xi1>
}

// CHECK-LABEL: @a_partial_gradient_stays_partial
// CHECK-NEXT: result0: 5x7xf32 [partial(sum), replicate], placed differs by 0, local differs by 0
func.func @a_partial_gradient_stays_partial(
    %g: tensor<5x7xf32> {dtc.layout = #dtc.layout<#mesh, [partial(sum), replicate]>}, %m: tensor<5x7xi1>)
    -> (tensor<5x7xf32> {dtc.as_is}) {
  %r = dtc.dropout_backward %g, %m {scale = 2.0 : f64} : (tensor<5x7xf32>, tensor<5x7xi1>) -> tensor<5x7xf32>
  return %r : tensor<5x7xf32>
}

}
