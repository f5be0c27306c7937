// RUN: not dtc-opt %s --split-input-file 2>&1 | FileCheck %s

// CHECK: error: {{.*}}expected an axis from 0 to 1, got 2
func.func @axis_out_of_range(%d: tensor<3x2xf32>, %i: tensor<1x2xi64>, %u: tensor<1x2xf32>) {
  %0 = dtc.scatter_elements %d, %i, %u {axis = 2 : i64} : (tensor<3x2xf32>, tensor<1x2xi64>, tensor<1x2xf32>) -> tensor<3x2xf32>
  return
}

// -----

// CHECK: error: {{.*}}expected indices and updates of one shape and the rank of the data, got 'tensor<1x2xi64>' and 'tensor<2x2xf32>' for 'tensor<3x2xf32>'
func.func @updates_of_another_shape(%d: tensor<3x2xf32>, %i: tensor<1x2xi64>, %u: tensor<2x2xf32>) {
  %0 = dtc.scatter_elements %d, %i, %u {axis = 0 : i64} : (tensor<3x2xf32>, tensor<1x2xi64>, tensor<2x2xf32>) -> tensor<3x2xf32>
  return
}

// -----

// CHECK: error: {{.*}}expected at most 2 indices in dimension 1, got 4
func.func @more_indices_than_data(%d: tensor<3x2xf32>, %i: tensor<1x4xi64>, %u: tensor<1x4xf32>) {
  %0 = dtc.scatter_elements %d, %i, %u {axis = 0 : i64} : (tensor<3x2xf32>, tensor<1x4xi64>, tensor<1x4xf32>) -> tensor<3x2xf32>
  return
}

// -----

// CHECK: error: {{.*}}expected data and updates of one element type, got 'f32' and 'f64'
func.func @updates_of_another_type(%d: tensor<3xf32>, %i: tensor<1xi64>, %u: tensor<1xf64>) {
  %0 = dtc.scatter_elements %d, %i, %u {axis = 0 : i64} : (tensor<3xf32>, tensor<1xi64>, tensor<1xf64>) -> tensor<3xf32>
  return
}

// -----

// CHECK: error: {{.*}}expected 'combine' to be sum, max, min or product, got avg
func.func @means_of_updates(%d: tensor<3xf32>, %i: tensor<1xi64>, %u: tensor<1xf32>) {
  %0 = dtc.scatter_elements %d, %i, %u {axis = 0 : i64, combine = 1 : i64} : (tensor<3xf32>, tensor<1xi64>, tensor<1xf32>) -> tensor<3xf32>
  return
}

// -----

// CHECK: error: {{.*}}expected index tuples of at most 1 numbers, got 'tensor<1x2xi64>'
func.func @tuples_longer_than_the_rank(%d: tensor<3xf32>, %i: tensor<1x2xi64>, %u: tensor<1xf32>) {
  %0 = dtc.scatter_nd %d, %i, %u : (tensor<3xf32>, tensor<1x2xi64>, tensor<1xf32>) -> tensor<3xf32>
  return
}

// -----

// CHECK: error: {{.*}}expected updates of shape 'tensor<4x2xf32>', got 'tensor<4x3xf32>'
func.func @updates_of_another_slice(%d: tensor<3x2xf32>, %i: tensor<4x1xi64>, %u: tensor<4x3xf32>) {
  %0 = dtc.scatter_nd %d, %i, %u : (tensor<3x2xf32>, tensor<4x1xi64>, tensor<4x3xf32>) -> tensor<3x2xf32>
  return
}

// -----

#mesh = #dtc.mesh<"tp" = 2>
#R = #dtc.layout<#mesh, [replicate]>
#S0 = #dtc.layout<#mesh, [shard(0)]>
// CHECK: error: {{.*}}factor 'i0' is split over 'tp', expected it whole on every rank
func.func @a_split_axis(%d: tensor<4x2xf32, #S0>, %i: tensor<1x2xi64, #R>, %u: tensor<1x2xf32, #R>) {
  %0 = dtc.scatter_elements %d, %i, %u {axis = 0 : i64} : (tensor<4x2xf32, #S0>, tensor<1x2xi64, #R>, tensor<1x2xf32, #R>) -> tensor<4x2xf32, #S0>
  return
}

// -----

#mesh = #dtc.mesh<"tp" = 2>
#R = #dtc.layout<#mesh, [replicate]>
#P = #dtc.layout<#mesh, [partial(sum)]>
// CHECK: error: {{.*}}operand 0 is 'partial(sum)' over 'tp', expected a complete value: the op is not linear in it; redistribute it first
func.func @maxima_of_partial_sums(%d: tensor<4xf32, #P>, %i: tensor<1xi64, #R>, %u: tensor<1xf32, #P>) {
  %0 = dtc.scatter_elements %d, %i, %u {axis = 0 : i64, combine = 2 : i64} : (tensor<4xf32, #P>, tensor<1xi64, #R>, tensor<1xf32, #P>) -> tensor<4xf32, #P>
  return
}

// -----

#mesh = #dtc.mesh<"tp" = 2>
#R = #dtc.layout<#mesh, [replicate]>
#P = #dtc.layout<#mesh, [partial(sum)]>
// CHECK: error: {{.*}}operand 2 is replicated over 'tp', expected 'partial(sum)'
func.func @only_the_data_is_partial(%d: tensor<4xf32, #P>, %i: tensor<1xi64, #R>, %u: tensor<1xf32, #R>) {
  %0 = dtc.scatter_elements %d, %i, %u {axis = 0 : i64, combine = 0 : i64} : (tensor<4xf32, #P>, tensor<1xi64, #R>, tensor<1xf32, #R>) -> tensor<4xf32, #P>
  return
}
