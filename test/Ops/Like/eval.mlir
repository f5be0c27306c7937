// RUN: dtc-interpret %s --all --print | FileCheck %s

// CHECK-LABEL: @place_like_keeps_the_value
// CHECK-NEXT: result0: 3xf32
// CHECK-NEXT: {{^  }}[1, 2, 3]{{$}}
func.func @place_like_keeps_the_value() -> tensor<3xf32> {
  %a = dtc.constant dense<[1.0, 2.0, 3.0]> : tensor<3xf32> : tensor<3xf32>
  %b = dtc.constant dense<9.0> : tensor<2x3xf32> : tensor<2x3xf32>
  %r = dtc.place_like %a, %b : (tensor<3xf32>, tensor<2x3xf32>) -> tensor<3xf32>
  return %r : tensor<3xf32>
}

// CHECK-LABEL: @fill_like_repeats_a_float
// CHECK-NEXT: result0: 2x2xf32
// CHECK-NEXT: {{^  }}{{\[\[}}1.5, 1.5], [1.5, 1.5]]{{$}}
func.func @fill_like_repeats_a_float() -> tensor<2x2xf32> {
  %a = dtc.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32> : tensor<2x2xf32>
  %r = dtc.fill_like %a {value = 1.5 : f64} : (tensor<2x2xf32>) -> tensor<2x2xf32>
  return %r : tensor<2x2xf32>
}

// CHECK-LABEL: @fill_like_repeats_an_integer
// CHECK-NEXT: result0: 2xi64
// CHECK-NEXT: {{^  }}[-3, -3]{{$}}
func.func @fill_like_repeats_an_integer() -> tensor<2xi64> {
  %a = dtc.constant dense<[1, 2]> : tensor<2xi64> : tensor<2xi64>
  %r = dtc.fill_like %a {value = -3.0 : f64} : (tensor<2xi64>) -> tensor<2xi64>
  return %r : tensor<2xi64>
}

// CHECK-LABEL: @fill_like_of_nothing
// CHECK-NEXT: result0: 0x2xf32
func.func @fill_like_of_nothing(%a: tensor<0x2xf32>) -> tensor<0x2xf32> {
  %r = dtc.fill_like %a {value = 1.0 : f64} : (tensor<0x2xf32>) -> tensor<0x2xf32>
  return %r : tensor<0x2xf32>
}
