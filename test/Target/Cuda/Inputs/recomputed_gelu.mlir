// A gelu that the forward pass does not keep: the backward pass computes it again.
func.func @main(%x: tensor<48x64xf32>, %w: tensor<96x64xf32>, %g: tensor<48x40xf32>) -> (tensor<96xf32>, tensor<40x96xf32>) {
  %p = dtc.linear %x, %w : (tensor<48x64xf32>, tensor<96x64xf32>) -> tensor<48x96xf32>
  %s = dtc.reduce_sum %p {dims = array<i64: 0>} : (tensor<48x96xf32>) -> tensor<96xf32>
  %h = dtc.gelu %p {tanh, dtc.phase = "backward"} : (tensor<48x96xf32>) -> tensor<48x96xf32>
  %u = dtc.linear_weight_gradient %g, %h {dtc.phase = "backward"} : (tensor<48x40xf32>, tensor<48x96xf32>) -> tensor<40x96xf32>
  return %s, %u : tensor<96xf32>, tensor<40x96xf32>
}
