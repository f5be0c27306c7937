// RUN: printf 'loss: {kind: sum, output: y}\n' > %t.sum.yaml
// RUN: not dtc-opt %s --dtc-differentiate=spec=%t.sum.yaml 2>&1 | FileCheck %s --check-prefix=FLOW
// RUN: not dtc-opt %s --dtc-differentiate 2>&1 | FileCheck %s --check-prefix=NO-SPEC
// RUN: printf 'loss: {kind: sum, output: z}\n' > %t.output.yaml
// RUN: not dtc-opt %s --dtc-differentiate=spec=%t.output.yaml 2>&1 | FileCheck %s --check-prefix=OUTPUT
// RUN: printf 'loss: sum\n' > %t.several.yaml
// RUN: not dtc-opt %s --dtc-differentiate=spec=%t.several.yaml 2>&1 | FileCheck %s --check-prefix=SEVERAL
// RUN: printf 'loss: {kind: sum, output: count}\n' > %t.integers.yaml
// RUN: not dtc-opt %s --dtc-differentiate=spec=%t.integers.yaml 2>&1 | FileCheck %s --check-prefix=INTEGERS
// RUN: printf 'loss: {kind: cross_entropy, output: y, class_dim: 2}\n' > %t.dim.yaml
// RUN: not dtc-opt %s --dtc-differentiate=spec=%t.dim.yaml 2>&1 | FileCheck %s --check-prefix=DIM
// RUN: printf 'loss: {kind: mse, output: y}\n' > %t.target.yaml
// RUN: not dtc-opt %s --dtc-differentiate=spec=%t.target.yaml 2>&1 | FileCheck %s --check-prefix=TARGET
// RUN: printf 'loss: {kind: sum, output: straight}\ntrainable: [w]\nzero: true\n' > %t.missing.yaml
// RUN: not dtc-opt %s --dtc-differentiate=spec=%t.missing.yaml 2>&1 | FileCheck %s --check-prefix=MISSING
// RUN: printf 'loss: {kind: sum, output: y}\noptimizer: {kind: sgd, momentum: 0.5}\n' > %t.state.yaml
// RUN: not dtc-opt %s --dtc-differentiate=spec=%t.state.yaml 2>&1 | FileCheck %s --check-prefix=STATE
// RUN: printf 'loss: {kind: sum, output: straight}\ntrainable: [v, w]\npadding_idx: {w: 1}\nremat: [layers]\n' > %t.warnings.yaml
// RUN: dtc-opt %s --dtc-differentiate=spec=%t.warnings.yaml 2>&1 | FileCheck %s --check-prefix=WARN

// FLOW: error: 'dtc.bitcast' op has no gradient, expected one on the way from 'w' to the loss
// FLOW: note: leave 'w' out of 'trainable', or use another op
// NO-SPEC: error: expected a training spec: set the option 'spec'
// OUTPUT: output.yaml:1:27: error: expected an output of the model ('y', 'count', 'straight'), got 'z'
// SEVERAL: several.yaml:1:7: error: expected 'output', as the model has 3: 'y', 'count', 'straight'
// INTEGERS: integers.yaml:1:14: error: expected an output of floating-point numbers, got tensor<4xi64>
// DIM: dim.yaml:1:{{[0-9]+}}: error: expected a class dimension of the output's 1, got 2
// TARGET: target.yaml:1:14: error: expected the shape of the output for the input of the loss, got tensor<5xf32>
// MISSING: missing.yaml:3:{{[0-9]+}}: error: expected a mesh with a data axis 'dp', 'data' or 'fsdp' for 'zero: true'; add one, or leave 'zero' out
// STATE: error: expected no parameter called 'optimizer.momentum_buffer.w', which is the optimizer's name for a state of 'w'; rename it in the model
// WARN-DAG: warning: trainable 'v' matches no floating-point parameter
// WARN-DAG: warning: padding_idx 'w' matches no table of a lookup
// WARN-DAG: warning: remat 'layers' matches no module of the model
func.func @main(%target: tensor<5xf32> {dtc.name = "target"}) -> (tensor<4xf32> {dtc.name = "y"}, tensor<4xi64> {dtc.name = "count"}, tensor<4xf32> {dtc.name = "straight"}) {
  %w = dtc.parameter "w" : tensor<4xf32>
  %other = dtc.parameter "optimizer.momentum_buffer.w" : tensor<4xf32>
  %sum = dtc.add %w, %other : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %y = dtc.bitcast %sum : (tensor<4xf32>) -> tensor<4xf32>
  %count = dtc.cast %y : (tensor<4xf32>) -> tensor<4xi64>
  return %y, %count, %sum : tensor<4xf32>, tensor<4xi64>, tensor<4xf32>
}
