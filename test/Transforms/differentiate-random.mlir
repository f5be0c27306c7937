// RUN: printf 'loss: {kind: sum, output: y}\noptimizer: {kind: sgd, lr: 0.5}\nremat: [block]\nreturn: [loss]\n' > %t.sgd.yaml
// RUN: dtc-opt %s --split-input-file --dtc-differentiate=spec=%t.sgd.yaml --verify-diagnostics | FileCheck %s --check-prefixes=CHECK,SGD
// RUN: printf 'loss: {kind: sum, output: y}\noptimizer: {kind: adamw, lr: 0.5}\nremat: [block]\nreturn: [loss]\n' > %t.adamw.yaml
// RUN: dtc-opt %s --split-input-file --dtc-differentiate=spec=%t.adamw.yaml --verify-diagnostics | FileCheck %s --check-prefixes=CHECK,ADAMW

// Random ops read the number of the step, as the optimizer counts it or counted for them, forward and when they are
// computed again.

// CHECK-LABEL: func.func @main
// CHECK: %[[STATE:.*]] = dtc.state "optimizer.step" {{.*}} : tensor<f64>
// CHECK-NEXT: %[[STEP:.*]] = dtc.cast %[[STATE]] : (tensor<f64>) -> tensor<i64>
// CHECK-NOT: dtc.state "optimizer.step"
// CHECK: dtc.random_bits %[[STEP]] {
// CHECK: %[[R:.*]], %[[M:.*]] = dtc.dropout %{{.*}}, %[[STEP]] {ratio
// CHECK: %[[R2:.*]], %[[M2:.*]] = dtc.dropout %{{.*}}, %[[STEP]] {dtc.phase = "backward", ratio
// CHECK: dtc.dropout_backward %{{.*}}, %[[M2]]
// CHECK-DAG: dtc.update "optimizer.step"
// CHECK-DAG: dtc.update "w"
// SGD-NOT: dtc.state "optimizer
// ADAMW-DAG: dtc.update "optimizer.exp_avg.w"
// CHECK: return
func.func @main(%x: tensor<3x4xf32> {dtc.name = "x"}) -> (tensor<3x2xf32> {dtc.name = "y"}) {
  %w = dtc.parameter "w" : tensor<2x4xf32>
  %b = dtc.random_bits {seed = 3 : i64, extents = array<i64: 3, 2>} : () -> tensor<3x2xui32>
  %noise = dtc.cast %b : (tensor<3x2xui32>) -> tensor<3x2xf32>
  %h = dtc.linear %x, %w : (tensor<3x4xf32>, tensor<2x4xf32>) -> tensor<3x2xf32>
  %s = dtc.mul %h, %noise : (tensor<3x2xf32>, tensor<3x2xf32>) -> tensor<3x2xf32>
  %r, %m = dtc.dropout %s {ratio = 0.5 : f64, seed = 7 : i64} : (tensor<3x2xf32>) -> (tensor<3x2xf32>, tensor<3x2xi1>) loc("r"("block"))
  %y = dtc.exp %r : (tensor<3x2xf32>) -> tensor<3x2xf32> loc("y"("block"))
  return %y : tensor<3x2xf32>
}

// -----

// expected-error @+1 {{expected no parameter called 'optimizer.step', which counts the steps for random numbers; rename it in the model}}
func.func @main(%x: tensor<4xf32> {dtc.name = "x"}) -> (tensor<4xf32> {dtc.name = "y"}) {
  %w = dtc.parameter "optimizer.step" : tensor<4xf32>
  %s = dtc.mul %x, %w : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %r, %m = dtc.dropout %s {ratio = 0.5 : f64, seed = 7 : i64} : (tensor<4xf32>) -> (tensor<4xf32>, tensor<4xi1>)
  return %r : tensor<4xf32>
}
