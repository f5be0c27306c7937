// RUN: printf 'loss: {kind: sum, output: y}\noptimizer: {kind: sgd, lr: 0.5}\n' > %t.sgd.yaml
// RUN: dtc-opt %s --dtc-differentiate=spec=%t.sgd.yaml | FileCheck %s
// RUN: printf 'loss: {kind: sum, output: y}\noptimizer: {kind: sgd, momentum: 0.5}\ntrainable: [w]\nreturn: [loss]\n' > %t.momentum.yaml
// RUN: dtc-opt %s --dtc-differentiate=spec=%t.momentum.yaml | FileCheck %s --check-prefix=MOMENTUM
// RUN: printf 'loss: {kind: mse, output: y}\nreturn: [grads, input_grads]\ntrainable: [b]\n' > %t.grads.yaml
// RUN: dtc-opt %s --dtc-differentiate=spec=%t.grads.yaml | FileCheck %s --check-prefix=GRADS
// RUN: printf 'loss: {kind: cross_entropy, output: y, class_dim: 0}\n' > %t.classes.yaml
// RUN: dtc-opt %s --dtc-differentiate=spec=%t.classes.yaml | FileCheck %s --check-prefix=CLASSES

// What is not asked for is not computed: of the input of the first layer no gradient, of weights that are not trained
// none, and outputs that nobody returns go.

// CHECK-LABEL: func.func @main
// CHECK-SAME: (%arg0: tensor<3x4xf32> {dtc.name = "x"})
// CHECK-SAME: -> (tensor<f32> {dtc.name = "loss"}, tensor<2x4xf32> {dtc.as_is, dtc.name = "grad.w"}, tensor<2xf32> {dtc.as_is, dtc.name = "grad.b"}, tensor<2x4xf32> {dtc.as_is, dtc.name = "param.w"}, tensor<2xf32> {dtc.as_is, dtc.name = "param.b"})
// MOMENTUM-LABEL: func.func @main
// MOMENTUM-SAME: -> (tensor<f32> {dtc.name = "loss"})
// GRADS-LABEL: func.func @main
// GRADS-SAME: (%arg0: tensor<3x4xf32> {dtc.name = "x"}, %arg1: tensor<3x2xf32> {dtc.name = "target"})
// GRADS-SAME: -> (tensor<2xf32> {dtc.as_is, dtc.name = "grad.b"}, tensor<3x4xf32> {dtc.as_is, dtc.name = "grad.x"})
// CLASSES-LABEL: func.func @main
// CLASSES-SAME: %arg1: tensor<2xi64> {dtc.name = "target"}
func.func @main(%x: tensor<3x4xf32> {dtc.name = "x"}) -> (tensor<3x2xf32> {dtc.name = "y"}, tensor<3x2xf32> {dtc.name = "unused"}) {
  // CHECK: %[[W:.*]] = dtc.parameter "w"
  // CHECK: dtc.linear %arg0
  // CHECK-NOT: dtc.exp
  // CHECK: dtc.reduce_sum {{.*}} {dims = array<i64: 0, 1>} : (tensor<3x2xf32>) -> tensor<f32>
  // CHECK-NOT: dtc.linear %{{.*}}dtc.phase
  // CHECK: dtc.linear_weight_gradient {{.*}}dtc.phase = "backward"
  // CHECK: dtc.place_like %{{.*}}, %[[W]] {dtc.phase = "optimizer"}
  // CHECK: dtc.update "w", %{{.*}} {dtc.phase = "optimizer"}
  // CHECK: dtc.update "b", %{{.*}} {dtc.phase = "optimizer"}
  // MOMENTUM: dtc.state "optimizer.momentum_buffer.w" {dtc.phase = "optimizer", fill = 0.000000e+00 : f64} : tensor<2x4xf32>
  // MOMENTUM: dtc.update "optimizer.momentum_buffer.w"
  // MOMENTUM: dtc.update "w"
  // MOMENTUM-NOT: dtc.update
  // GRADS-NOT: dtc.linear_weight_gradient
  // GRADS-NOT: dtc.update
  %w = dtc.parameter "w" : tensor<2x4xf32>
  %b = dtc.parameter "b" : tensor<2xf32>
  %mean = dtc.parameter "norm.running_mean" : tensor<2xf32>
  %shifted = dtc.sub %b, %mean : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
  %y = dtc.linear %x, %w, %shifted : (tensor<3x4xf32>, tensor<2x4xf32>, tensor<2xf32>) -> tensor<3x2xf32>
  %unused = dtc.exp %y : (tensor<3x2xf32>) -> tensor<3x2xf32>
  return %y, %unused : tensor<3x2xf32>, tensor<3x2xf32>
}
