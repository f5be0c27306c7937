// A product and seven activations of it: the product writes, one kernel reads.
// CHECK: 1 kernels, 1 primitives
// CHECK: step:
// CHECK-NEXT: matmul0(
// CHECK-NEXT: kernel0(
func.func @main(%x: tensor<8x64xf32>, %w: tensor<96x64xf32>) -> tensor<8x96xf32> {
  %p = dtc.linear %x, %w : (tensor<8x64xf32>, tensor<96x64xf32>) -> tensor<8x96xf32>
  %a = dtc.clamp %p {least = -3.0 : f64, most = 6.0 : f64} : (tensor<8x96xf32>) -> tensor<8x96xf32>
  %b = dtc.elu %a {above = 1.0 : f64, below = 0.5 : f64, rate = 1.0 : f64} : (tensor<8x96xf32>) -> tensor<8x96xf32>
  %c = dtc.softplus %b : (tensor<8x96xf32>) -> tensor<8x96xf32>
  %d = dtc.log1p %c : (tensor<8x96xf32>) -> tensor<8x96xf32>
  %e = dtc.expm1 %d : (tensor<8x96xf32>) -> tensor<8x96xf32>
  %f = dtc.tanh %e : (tensor<8x96xf32>) -> tensor<8x96xf32>
  %r = dtc.gelu %f : (tensor<8x96xf32>) -> tensor<8x96xf32>
  return %r : tensor<8x96xf32>
}
