// RUN: not dtc-interpret %s --all 2>&1 | FileCheck %s

// CHECK: 'dtc.div' op expected divisors other than 0, got 0 as element 1
func.func @integers_have_no_quotient_by_zero() -> tensor<2xi32> {
  %a = dtc.constant dense<1> : tensor<2xi32> : tensor<2xi32>
  %b = dtc.constant dense<[1, 0]> : tensor<2xi32> : tensor<2xi32>
  %r = dtc.div %a, %b : (tensor<2xi32>, tensor<2xi32>) -> tensor<2xi32>
  return %r : tensor<2xi32>
}

// CHECK: 'dtc.mod' op expected divisors other than 0, got 0 as element 0
func.func @integers_have_no_remainder_by_zero() -> tensor<2xi32> {
  %a = dtc.constant dense<1> : tensor<2xi32> : tensor<2xi32>
  %b = dtc.constant dense<[0, 1]> : tensor<2xi32> : tensor<2xi32>
  %r = dtc.mod %a, %b : (tensor<2xi32>, tensor<2xi32>) -> tensor<2xi32>
  return %r : tensor<2xi32>
}

// CHECK: 'dtc.exp' op has no meaning on elements of type 'i32'
func.func @integers_have_no_exponential() -> tensor<2xi32> {
  %a = dtc.constant dense<1> : tensor<2xi32> : tensor<2xi32>
  %r = dtc.exp %a : (tensor<2xi32>) -> tensor<2xi32>
  return %r : tensor<2xi32>
}

// CHECK: 'dtc.and' op has no meaning on elements of type 'f32'
func.func @floats_have_no_conjunction() -> tensor<2xf32> {
  %a = dtc.constant dense<1.0> : tensor<2xf32> : tensor<2xf32>
  %r = dtc.and %a, %a : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
  return %r : tensor<2xf32>
}
