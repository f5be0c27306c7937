// RUN: printf 'loss: sum\noptimizer: {kind: sgd, lr: 0.5}\n' > %t.yaml
// RUN: dtc-opt %s --dtc-differentiate=spec=%t.yaml -o %t.mlir
// RUN: FileCheck %s < %t.mlir

// A normalisation by the statistics of its batch moves the running ones towards them; they get no gradient.

// CHECK-LABEL: @main
// CHECK-NOT: grad.norm.held
// CHECK: dtc.update "scale"
// CHECK: %[[HELD:.*]] = dtc.parameter "norm.held"
// CHECK: dtc.mul %[[HELD]]
// CHECK: dtc.update "norm.held"
// CHECK: dtc.update "norm.other"
func.func @main(%x: tensor<4x2x3xf32>) -> tensor<4x2x3xf32> {
  %scale = dtc.parameter "scale" : tensor<2xf32>
  %bias = dtc.constant dense<0.0> : tensor<2xf32> : tensor<2xf32>
  %mean = dtc.reduce_mean %x {dims = array<i64: 0, 2>} : (tensor<4x2x3xf32>) -> tensor<2xf32>
  %variance = dtc.reduce_var %x {dims = array<i64: 0, 2>, correction = 0 : i64} : (tensor<4x2x3xf32>) -> tensor<2xf32>
  %y = dtc.batch_norm %x, %scale, %bias, %mean, %variance {epsilon = 1.0e-5 : f64, dtc.momentum = 0.9 : f64,
    dtc.running_statistics = [{name = "norm.held", type = tensor<2xf32>}, {name = "norm.other", type = tensor<2xf32>}]}
    : (tensor<4x2x3xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<4x2x3xf32>
  return %y : tensor<4x2x3xf32>
}
