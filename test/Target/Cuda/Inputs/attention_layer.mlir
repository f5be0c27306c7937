// Projections, attention of two query heads for each key head with a mask, a projection: by columns, then by rows.
#mesh = #dtc.mesh<"tp" = 2>
#C = #dtc.layout<#mesh, [shard(1)]>
#S = #dtc.layout<#mesh, [shard(0)]>
module attributes {dtc.mesh = #mesh} {
func.func @main(%x: tensor<2x6x32xf16>, %wq: tensor<32x32xf16> {dtc.layout = #C}, %wk: tensor<32x16xf16> {dtc.layout = #C}, %wv: tensor<32x16xf16> {dtc.layout = #C}, %wo: tensor<32x32xf16> {dtc.layout = #S}, %m: tensor<2x1x6x6xi1>) -> tensor<2x6x32xf16> {
  %a = dtc.matmul %x, %wq : (tensor<2x6x32xf16>, tensor<32x32xf16>) -> tensor<2x6x32xf16>
  %b = dtc.matmul %x, %wk : (tensor<2x6x32xf16>, tensor<32x16xf16>) -> tensor<2x6x16xf16>
  %c = dtc.matmul %x, %wv : (tensor<2x6x32xf16>, tensor<32x16xf16>) -> tensor<2x6x16xf16>
  %d = dtc.reshape %a {shape = array<i64: 2, 6, 4, 8>} : (tensor<2x6x32xf16>) -> tensor<2x6x4x8xf16>
  %e = dtc.reshape %b {shape = array<i64: 2, 6, 2, 8>} : (tensor<2x6x16xf16>) -> tensor<2x6x2x8xf16>
  %f = dtc.reshape %c {shape = array<i64: 2, 6, 2, 8>} : (tensor<2x6x16xf16>) -> tensor<2x6x2x8xf16>
  %q = dtc.transpose %d {permutation = array<i64: 0, 2, 1, 3>} : (tensor<2x6x4x8xf16>) -> tensor<2x4x6x8xf16>
  %k = dtc.transpose %e {permutation = array<i64: 0, 2, 1, 3>} : (tensor<2x6x2x8xf16>) -> tensor<2x2x6x8xf16>
  %v = dtc.transpose %f {permutation = array<i64: 0, 2, 1, 3>} : (tensor<2x6x2x8xf16>) -> tensor<2x2x6x8xf16>
  %r = dtc.attention %q, %k, %v, %m {scale = 0.125 : f64} : (tensor<2x4x6x8xf16>, tensor<2x2x6x8xf16>, tensor<2x2x6x8xf16>, tensor<2x1x6x6xi1>) -> tensor<2x4x6x8xf16>
  %t = dtc.transpose %r {permutation = array<i64: 0, 2, 1, 3>} : (tensor<2x4x6x8xf16>) -> tensor<2x6x4x8xf16>
  %o = dtc.reshape %t {shape = array<i64: 2, 6, 32>} : (tensor<2x6x4x8xf16>) -> tensor<2x6x32xf16>
  %y = dtc.matmul %o, %wo : (tensor<2x6x32xf16>, tensor<32x32xf16>) -> tensor<2x6x32xf16>
  return %y : tensor<2x6x32xf16>
}
}
