// RUN: not dtc-opt %s --split-input-file 2>&1 | FileCheck %s

// CHECK: error: {{.*}}expected an axis from 0 to 0, got 1
func.func @an_axis_that_is_not_there(%x: tensor<3xf32>) {
  %0:2 = dtc.sort %x {axis = 1 : i64} : (tensor<3xf32>) -> (tensor<3xf32>, tensor<3xi64>)
  return
}

// -----

// CHECK: error: {{.*}}expected an axis from 0 to 0, got -1
func.func @an_axis_of_a_top_k_that_is_not_there(%x: tensor<3xf32>) {
  %0:2 = dtc.top_k %x {axis = -1 : i64, k = 1 : i64} : (tensor<3xf32>) -> (tensor<1xf32>, tensor<1xi64>)
  return
}

// -----

// CHECK: error: {{.*}}expected 'k' from 0 to 3, got 4
func.func @more_than_there_are(%x: tensor<3xf32>) {
  %0:2 = dtc.top_k %x {axis = 0 : i64, k = 4 : i64} : (tensor<3xf32>) -> (tensor<4xf32>, tensor<4xi64>)
  return
}

// -----

#mesh = #dtc.mesh<"tp" = 2>
#S0 = #dtc.layout<#mesh, [shard(0)]>
// CHECK: error: {{.*}}factor 'i0' is split over 'tp', expected it whole on every rank
func.func @a_split_axis(%x: tensor<4xf32, #S0>) {
  %0:2 = dtc.sort %x {axis = 0 : i64} : (tensor<4xf32, #S0>) -> (tensor<4xf32, #S0>, tensor<4xi64, #S0>)
  return
}

// -----

#mesh = #dtc.mesh<"tp" = 2>
#P = #dtc.layout<#mesh, [partial(sum)]>
// CHECK: error: {{.*}}operand 0 is 'partial(sum)' over 'tp', expected a complete value: the op is not linear in it; redistribute it first
func.func @partial_sums(%x: tensor<4xf32, #P>) {
  %0:2 = dtc.sort %x {axis = 0 : i64} : (tensor<4xf32, #P>) -> (tensor<4xf32, #P>, tensor<4xi64, #P>)
  return
}
