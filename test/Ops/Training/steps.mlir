// RUN: dtc-interpret %s --all --steps 3 --print | FileCheck %s
// RUN: dtc-opt %s | dtc-opt | FileCheck %s --check-prefix=TEXT

// An update takes effect after the step, a state lives on from step to step.

// CHECK-LABEL: @a_counter_counts_steps
// CHECK: loss: 3xf32
// CHECK-NEXT: [0.5, 1.5, 2.5]
// CHECK: before: f32
// CHECK-NEXT: 2.5
// CHECK: after: f32
// CHECK-NEXT: 3.5
// TEXT-LABEL: @a_counter_counts_steps
func.func @a_counter_counts_steps() -> (tensor<f32> {dtc.name = "loss"}, tensor<f32> {dtc.name = "before"}, tensor<f32> {dtc.name = "after"}) {
  // TEXT: dtc.state "count" {fill = 5.000000e-01 : f64} : tensor<f32>
  %count = dtc.state "count" {fill = 0.5} : tensor<f32>
  %one = dtc.constant dense<1.0> : tensor<f32> : tensor<f32>
  %next = dtc.add %count, %one {dtc.phase = "optimizer"} : (tensor<f32>, tensor<f32>) -> tensor<f32>
  // TEXT: dtc.update "count", %{{.*}} {dtc.phase = "optimizer"} : tensor<f32>
  dtc.update "count", %next {dtc.phase = "optimizer"} : tensor<f32>
  return %count, %count, %next : tensor<f32>, tensor<f32>, tensor<f32>
}

// CHECK-LABEL: @a_parameter_takes_its_update
// CHECK: after: 2xf32
// CHECK-NEXT: [4, 24]
func.func @a_parameter_takes_its_update() -> (tensor<2xf32> {dtc.name = "after"}) {
  %w = dtc.parameter "w" {dtc.constant = dense<[0.5, 3.0]> : tensor<2xf32>} : tensor<2xf32>
  %next = dtc.add %w, %w : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
  dtc.update "w", %next : tensor<2xf32>
  return %next : tensor<2xf32>
}
