// An empty batch dimension belongs to the operand that has it, whatever the
// rank of the other one.
// RUN: dtc-opt %s --dtc-propagate-placements | FileCheck %s
// RUN: dtc-opt %s --dtc-propagate-placements --dtc-insert-collectives -o %t.mlir
// RUN: dtc-interpret %t.mlir --all --localize --tolerance 0 | FileCheck %s --check-prefix=AGREE
// RUN: dtc-fuzz-programs --replay %s --seed 1
// AGREE: local differs by 0

#mesh = #dtc.mesh<"tp" = 2>
#batch = #dtc.layout<#mesh, [shard(0)]>
module attributes {dtc.mesh = #mesh} {

// CHECK-LABEL: @no_matrix_of_a_batch
// CHECK: dtc.matmul {{.*}} -> tensor<0x2x5xf32
func.func @no_matrix_of_a_batch(%x: tensor<0x2x3xf32> {dtc.layout = #batch}, %y: tensor<3x5xf32>) -> (tensor<0x2x5xf32> {dtc.as_is}) {
  %r = dtc.matmul %x, %y : (tensor<0x2x3xf32>, tensor<3x5xf32>) -> tensor<0x2x5xf32>
  return %r : tensor<0x2x5xf32>
}

}
