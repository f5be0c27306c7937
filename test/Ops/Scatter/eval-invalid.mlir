// RUN: not dtc-interpret %s --all 2>&1 | FileCheck %s

// CHECK: 'dtc.scatter_elements' op expected indices from -3 to 2, got 3
func.func @scatter_elements_refuses_an_index_out_of_range() -> tensor<3xf32> {
  %d = dtc.constant dense<1.0> : tensor<3xf32> : tensor<3xf32>
  %i = dtc.constant dense<3> : tensor<1xi64> : tensor<1xi64>
  %u = dtc.constant dense<2.0> : tensor<1xf32> : tensor<1xf32>
  %r = dtc.scatter_elements %d, %i, %u {axis = 0 : i64} : (tensor<3xf32>, tensor<1xi64>, tensor<1xf32>) -> tensor<3xf32>
  return %r : tensor<3xf32>
}

// CHECK: 'dtc.scatter_elements' op expected indices from -3 to 2, got -4
func.func @scatter_elements_refuses_an_index_before_the_start() -> tensor<3xf32> {
  %d = dtc.constant dense<1.0> : tensor<3xf32> : tensor<3xf32>
  %i = dtc.constant dense<[0, -4]> : tensor<2xi32> : tensor<2xi32>
  %u = dtc.constant dense<2.0> : tensor<2xf32> : tensor<2xf32>
  %r = dtc.scatter_elements %d, %i, %u {axis = 0 : i64, combine = 0 : i64} : (tensor<3xf32>, tensor<2xi32>, tensor<2xf32>) -> tensor<3xf32>
  return %r : tensor<3xf32>
}

// CHECK: 'dtc.scatter_nd' op expected indices from -2 to 1, got 7
func.func @scatter_nd_refuses_a_tuple_out_of_range() -> tensor<3x2xf32> {
  %d = dtc.constant dense<1.0> : tensor<3x2xf32> : tensor<3x2xf32>
  %i = dtc.constant dense<[[0, 7]]> : tensor<1x2xi64> : tensor<1x2xi64>
  %u = dtc.constant dense<2.0> : tensor<1xf32> : tensor<1xf32>
  %r = dtc.scatter_nd %d, %i, %u : (tensor<3x2xf32>, tensor<1x2xi64>, tensor<1xf32>) -> tensor<3x2xf32>
  return %r : tensor<3x2xf32>
}
