// Three heads and three batches, of which ranks have different numbers.
#mesh = #dtc.mesh<"tp" = 2>
#Q = #dtc.layout<#mesh, [shard(1)]>
#K = #dtc.layout<#mesh, [shard(1)]>
module attributes {dtc.mesh = #mesh} {
func.func @main(%q: tensor<3x3x7x16xf16> {dtc.layout = #Q}, %k: tensor<3x3x5x16xf16> {dtc.layout = #K}, %v: tensor<3x3x5x16xf16> {dtc.layout = #K}) -> tensor<3x3x7x16xf16> {
  %r = dtc.attention %q, %k, %v {scale = 0.25 : f64, after = 0 : i64}
    : (tensor<3x3x7x16xf16>, tensor<3x3x5x16xf16>, tensor<3x3x5x16xf16>) -> tensor<3x3x7x16xf16>
  return %r : tensor<3x3x7x16xf16>
}
}
