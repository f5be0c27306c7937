// RUN: not dtc-interpret %s --all 2>&1 | FileCheck %s

// CHECK: 'dtc.reduce_mean' op expected a mean over at least one integer
func.func @no_integers_have_no_mean() -> tensor<i32> {
  %a = dtc.constant dense<> : tensor<0xi32> : tensor<0xi32>
  %r = dtc.reduce_mean %a {dims = array<i64: 0>} : (tensor<0xi32>) -> tensor<i32>
  return %r : tensor<i32>
}

// CHECK: 'dtc.reduce_log_sum_exp' op has no meaning on elements of type 'i64'
func.func @integers_have_no_log_sum_exp() -> tensor<i64> {
  %a = dtc.constant dense<1> : tensor<2xi64> : tensor<2xi64>
  %r = dtc.reduce_log_sum_exp %a {dims = array<i64: 0>} : (tensor<2xi64>) -> tensor<i64>
  return %r : tensor<i64>
}

// CHECK: 'dtc.arg_max' op expected at least one element along dimension 0
func.func @nothing_has_no_largest_element() -> tensor<2xi64> {
  %a = dtc.constant dense<> : tensor<0x2xf32> : tensor<0x2xf32>
  %r = dtc.arg_max %a {axis = 0 : i64} : (tensor<0x2xf32>) -> tensor<2xi64>
  return %r : tensor<2xi64>
}
