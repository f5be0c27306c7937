// Scores of 4 MB never lie in memory: two blocks of them do, each with 300 rows
// of one head.
//
// RUN: dtc-compile %s --mesh tp=1 --emit lowered -o - | FileCheck %s

// CHECK: // arena 1718400 bytes
// CHECK: // step:
// CHECK-NEXT: //   for 1x2x2:
// CHECK-NEXT: //     matmul0(q, k, none, none, arena
// CHECK-NEXT: //     kernel0(arena{{.*}}, mask, arena
// CHECK-NEXT: //     matmul1(arena{{.*}}, v, none, none, arena
func.func @main(%q: tensor<1x600x2x8xf32> {dtc.name = "q"}, %k: tensor<1x700x2x8xf32> {dtc.name = "k"}, %v: tensor<1x700x2x8xf32> {dtc.name = "v"}, %mask: tensor<600x700xf32> {dtc.name = "mask"}) -> tensor<1x600x2x8xf32> {
  %qt = dtc.transpose %q {permutation = array<i64: 0, 2, 1, 3>} : (tensor<1x600x2x8xf32>) -> tensor<1x2x600x8xf32>
  %kt = dtc.transpose %k {permutation = array<i64: 0, 2, 1, 3>} : (tensor<1x700x2x8xf32>) -> tensor<1x2x700x8xf32>
  %vt = dtc.transpose %v {permutation = array<i64: 0, 2, 1, 3>} : (tensor<1x700x2x8xf32>) -> tensor<1x2x700x8xf32>
  %s = dtc.matmul %qt, %kt {transposeRhs} : (tensor<1x2x600x8xf32>, tensor<1x2x700x8xf32>) -> tensor<1x2x600x700xf32>
  %m = dtc.add %s, %mask : (tensor<1x2x600x700xf32>, tensor<600x700xf32>) -> tensor<1x2x600x700xf32>
  %p = dtc.softmax %m {axis = 3 : i64} : (tensor<1x2x600x700xf32>) -> tensor<1x2x600x700xf32>
  %o = dtc.matmul %p, %vt : (tensor<1x2x600x700xf32>, tensor<1x2x700x8xf32>) -> tensor<1x2x600x8xf32>
  %r = dtc.transpose %o {permutation = array<i64: 0, 2, 1, 3>} : (tensor<1x2x600x8xf32>) -> tensor<1x600x2x8xf32>
  return %r : tensor<1x600x2x8xf32>
}
