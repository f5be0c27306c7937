// RUN: dtc-interpret %s --all --print | FileCheck %s

// CHECK-LABEL: @softmax_sums_to_one
// CHECK-NEXT: result0: 2x2xf32
// CHECK-NEXT: {{^  }}{{\[\[}}0.5, 0.5], [0.25, 0.75]]{{$}}
func.func @softmax_sums_to_one() -> tensor<2x2xf32> {
  %a = dtc.constant dense<[[0.0, 0.0], [0.0, 1.0986123]]> : tensor<2x2xf32> : tensor<2x2xf32>
  %r = dtc.softmax %a {axis = 1 : i64}
    : (tensor<2x2xf32>) -> tensor<2x2xf32>
  return %r : tensor<2x2xf32>
}

// CHECK-LABEL: @softmax_of_large_values_does_not_overflow
// CHECK-NEXT: result0: 2xf32
// CHECK-NEXT: {{^  }}[0.5, 0.5]{{$}}
func.func @softmax_of_large_values_does_not_overflow() -> tensor<2xf32> {
  %a = dtc.constant dense<[1000.0, 1000.0]> : tensor<2xf32> : tensor<2xf32>
  %r = dtc.softmax %a {axis = 0 : i64}
    : (tensor<2xf32>) -> tensor<2xf32>
  return %r : tensor<2xf32>
}

// CHECK-LABEL: @softmax_masks_by_minus_infinity
// CHECK-NEXT: result0: 2xf32
// CHECK-NEXT: {{^  }}[1, 0]{{$}}
func.func @softmax_masks_by_minus_infinity() -> tensor<2xf32> {
  %a = dtc.constant dense<[0.0, 0xFF800000]> : tensor<2xf32> : tensor<2xf32>
  %r = dtc.softmax %a {axis = 0 : i64}
    : (tensor<2xf32>) -> tensor<2xf32>
  return %r : tensor<2xf32>
}

// CHECK-LABEL: @softmax_along_the_outer_dimension
// CHECK-NEXT: result0: 2x2xf32
// CHECK-NEXT: {{^  }}{{\[\[}}0.5, 0.25], [0.5, 0.75]]{{$}}
func.func @softmax_along_the_outer_dimension() -> tensor<2x2xf32> {
  %a = dtc.constant dense<[[0.0, 0.0], [0.0, 1.0986123]]> : tensor<2x2xf32> : tensor<2x2xf32>
  %r = dtc.softmax %a {axis = 0 : i64}
    : (tensor<2x2xf32>) -> tensor<2x2xf32>
  return %r : tensor<2x2xf32>
}

// CHECK-LABEL: @log_softmax_is_the_logarithm
// CHECK-NEXT: result0: 2xf64
// CHECK-NEXT: {{^  }}[-0.693147, -0.693147]{{$}}
func.func @log_softmax_is_the_logarithm() -> tensor<2xf64> {
  %a = dtc.constant dense<[0.0, 0.0]> : tensor<2xf64> : tensor<2xf64>
  %r = dtc.log_softmax %a {axis = 0 : i64}
    : (tensor<2xf64>) -> tensor<2xf64>
  return %r : tensor<2xf64>
}
