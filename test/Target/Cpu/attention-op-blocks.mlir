// Attention as one op becomes the same blocks as its parts: scores of 4 MB never
// lie in memory. Whether a query sees any key is known before the blocks, and
// groups of heads repeat no keys.
//
// RUN: dtc-compile %s --mesh tp=1 --emit lowered -o - | FileCheck %s

// CHECK: // arena 1757440 bytes
// CHECK: // step:
// CHECK-NEXT: //   kernel{{[0-9]+}}(mask,
// CHECK: //   for 1x2x2x2:
// CHECK-NEXT: //     matmul0(q, k, none, none, arena
// CHECK-NEXT: //     kernel{{[0-9]+}}(arena{{.*}}, arena{{.*}}, mask, arena
// CHECK-NEXT: //     matmul1(arena{{.*}}, v, none, none, arena
func.func @main(%q: tensor<1x4x600x8xf32> {dtc.name = "q"}, %k: tensor<1x2x700x8xf32> {dtc.name = "k"}, %v: tensor<1x2x700x8xf32> {dtc.name = "v"}, %mask: tensor<600x700xf32> {dtc.name = "mask"}) -> tensor<1x4x600x8xf32> {
  %r = dtc.attention %q, %k, %v, %mask {scale = 0.35 : f64} : (tensor<1x4x600x8xf32>, tensor<1x2x700x8xf32>, tensor<1x2x700x8xf32>, tensor<600x700xf32>) -> tensor<1x4x600x8xf32>
  return %r : tensor<1x4x600x8xf32>
}
