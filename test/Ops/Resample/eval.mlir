// RUN: dtc-interpret %s --all --print | FileCheck %s

// CHECK-LABEL: @positions_are_copied
// CHECK-NEXT: result0: 2x4xi32
// CHECK-NEXT: {{^  }}{{\[\[}}3, 3, 1, 2], [6, 6, 4, 5]]{{$}}
func.func @positions_are_copied() -> tensor<2x4xi32> {
  %x = dtc.constant dense<[[1, 2, 3], [4, 5, 6]]> : tensor<2x3xi32> : tensor<2x3xi32>
  %r = dtc.resample %x {axis = 1 : i64, taps = 1 : i64, positions = array<i64: 2, 2, 0, 1>} : (tensor<2x3xi32>) -> tensor<2x4xi32>
  return %r : tensor<2x4xi32>
}

// CHECK-LABEL: @bools_are_copied_along_the_first_dimension
// CHECK-NEXT: result0: 3x2xbool
// CHECK-NEXT: {{^  }}{{\[\[}}false, true], [true, true], [false, true]]{{$}}
func.func @bools_are_copied_along_the_first_dimension() -> tensor<3x2xi1> {
  %x = dtc.constant dense<[[true, true], [false, true]]> : tensor<2x2xi1> : tensor<2x2xi1>
  %r = dtc.resample %x {axis = 0 : i64, taps = 1 : i64, positions = array<i64: 1, 0, 1>} : (tensor<2x2xi1>) -> tensor<3x2xi1>
  return %r : tensor<3x2xi1>
}

// CHECK-LABEL: @taps_are_weighted_and_added
// CHECK-NEXT: result0: 3x2xf32
// CHECK-NEXT: {{^  }}{{\[\[}}1, 2], [2, 3], [4, 5]]{{$}}
func.func @taps_are_weighted_and_added() -> tensor<3x2xf32> {
  %x = dtc.constant dense<[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]> : tensor<3x2xf32> : tensor<3x2xf32>
  %r = dtc.resample %x {axis = 0 : i64, taps = 2 : i64, positions = array<i64: 0, 0, 0, 1, 1, 2>, weights = array<f64: 0.5, 0.5, 0.5, 0.5, 0.5, 0.5>}
    : (tensor<3x2xf32>) -> tensor<3x2xf32>
  return %r : tensor<3x2xf32>
}

// The code for it is a product with a matrix.
// CHECK-LABEL: @many_taps
// CHECK-NEXT: result0: 1x2x2xf64
// CHECK-NEXT: {{^  }}{{\[\[\[}}9, 18], [14, 28]]]{{$}}
func.func @many_taps() -> tensor<1x2x2xf64> {
  %x = dtc.constant dense<[[[1.0, 2.0], [2.0, 4.0]]]> : tensor<1x2x2xf64> : tensor<1x2x2xf64>
  %r = dtc.resample %x {axis = 1 : i64, taps = 9 : i64, positions = array<i64: 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 1, 0, 1, 1>, weights = array<f64: 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0>}
    : (tensor<1x2x2xf64>) -> tensor<1x2x2xf64>
  return %r : tensor<1x2x2xf64>
}

// CHECK-LABEL: @no_position_at_all
// CHECK-NEXT: result0: 2x0xf32
func.func @no_position_at_all() -> tensor<2x0xf32> {
  %x = dtc.constant dense<1.0> : tensor<2x3xf32> : tensor<2x3xf32>
  %r = dtc.resample %x {axis = 1 : i64, taps = 2 : i64, positions = array<i64>, weights = array<f64>} : (tensor<2x3xf32>) -> tensor<2x0xf32>
  return %r : tensor<2x0xf32>
}
