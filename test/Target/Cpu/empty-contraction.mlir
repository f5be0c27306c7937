// A sum over nothing is zero in every batch: memory that held other values is
// written wholly. An empty operand has no strides that could tell its batches.
// RUN: dtc-compile %s --mesh tp=1 --emit lowered -o - | FileCheck %s

// CHECK: kernel0(arg0, arg1, result0)
// CHECK: func.func private @kernel0({{.*}}, %arg2: memref<240xf32>)
func.func @main(%x: tensor<12x4x0xf32>, %y: tensor<1x0x5xf32>) -> tensor<12x4x5xf32> {
  %r = dtc.matmul %x, %y : (tensor<12x4x0xf32>, tensor<1x0x5xf32>) -> tensor<12x4x5xf32>
  return %r : tensor<12x4x5xf32>
}
