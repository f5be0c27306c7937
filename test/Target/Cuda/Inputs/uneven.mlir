// Rows are split unevenly: what is summed over them lies behind 65 rows on one rank and behind 64 on the other.
#mesh = #dtc.mesh<"tp" = 2>
#S0 = #dtc.layout<#mesh, [shard(0)]>
#R = #dtc.layout<#mesh, [replicate]>
#P = #dtc.layout<#mesh, [partial(sum)]>
module attributes {dtc.mesh = #mesh} {
func.func @main(%x: tensor<129x70xf32, #S0> {dtc.name = "x"}, %w: tensor<70x70xf32, #R> {dtc.name = "w"})
    -> (tensor<70xf32, #R> {dtc.name = "s"}, tensor<129x70xf32, #S0> {dtc.name = "y"}) {
  %a = dtc.matmul %x, %w : (tensor<129x70xf32, #S0>, tensor<70x70xf32, #R>) -> tensor<129x70xf32, #S0>
  %p = dtc.reduce_sum %a {dims = array<i64: 0>} : (tensor<129x70xf32, #S0>) -> tensor<70xf32, #P>
  %r = dtc.redistribute %p cause "test" : tensor<70xf32, #P> -> tensor<70xf32, #R>
  %s = dtc.relu %r : (tensor<70xf32, #R>) -> tensor<70xf32, #R>
  %y = dtc.add %a, %r : (tensor<129x70xf32, #S0>, tensor<70xf32, #R>) -> tensor<129x70xf32, #S0>
  return %s, %y : tensor<70xf32, #R>, tensor<129x70xf32, #S0>
}
}
