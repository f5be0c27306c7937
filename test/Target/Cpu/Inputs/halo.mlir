#mesh = #dtc.mesh<"tp" = 3>
#rows = #dtc.layout<#mesh, [shard(2)]>
module attributes {dtc.mesh = #mesh} {

// Two pools of one window share its halo.
func.func @main(%x: tensor<1x1x8xf32> {dtc.name = "x", dtc.layout = #rows})
    -> (tensor<1x1x8xf32> {dtc.name = "y"}, tensor<1x1x8xf32> {dtc.name = "z"}) {
  %y = dtc.max_pool %x {kernel = array<i64: 3>, strides = array<i64: 1>, dilations = array<i64: 1>, padsBegin = array<i64: 1>, padsEnd = array<i64: 1>}
    : (tensor<1x1x8xf32>) -> tensor<1x1x8xf32>
  %z = dtc.sum_pool %x {kernel = array<i64: 3>, strides = array<i64: 1>, dilations = array<i64: 1>, padsBegin = array<i64: 1>, padsEnd = array<i64: 1>}
    : (tensor<1x1x8xf32>) -> tensor<1x1x8xf32>
  return %y, %z : tensor<1x1x8xf32>, tensor<1x1x8xf32>
}

}
