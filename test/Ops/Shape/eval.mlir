// RUN: dtc-interpret %s --all --print | FileCheck %s

// CHECK-LABEL: @reshape_keeps_the_order
// CHECK-NEXT: result0: 3x2xf32
// CHECK-NEXT: {{^  }}{{\[\[}}1, 2], [3, 4], [5, 6]]{{$}}
func.func @reshape_keeps_the_order() -> tensor<3x2xf32> {
  %a = dtc.constant dense<[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]> : tensor<2x3xf32> : tensor<2x3xf32>
  %r = dtc.reshape %a
    : (tensor<2x3xf32>) -> tensor<3x2xf32>
  return %r : tensor<3x2xf32>
}

// CHECK-LABEL: @transpose_swaps_dimensions
// CHECK-NEXT: result0: 3x2xf32
// CHECK-NEXT: {{^  }}{{\[\[}}1, 4], [2, 5], [3, 6]]{{$}}
func.func @transpose_swaps_dimensions() -> tensor<3x2xf32> {
  %a = dtc.constant dense<[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]> : tensor<2x3xf32> : tensor<2x3xf32>
  %r = dtc.transpose %a {permutation = array<i64: 1, 0>}
    : (tensor<2x3xf32>) -> tensor<3x2xf32>
  return %r : tensor<3x2xf32>
}

// CHECK-LABEL: @transpose_rotates_three_dimensions
// CHECK-NEXT: result0: 2x2x1xi32
// CHECK-NEXT: {{^  }}{{\[\[\[}}1], [3]], {{\[\[}}2], [4]]]{{$}}
func.func @transpose_rotates_three_dimensions() -> tensor<2x2x1xi32> {
  %a = dtc.constant dense<[[[1, 2], [3, 4]]]> : tensor<1x2x2xi32> : tensor<1x2x2xi32>
  %r = dtc.transpose %a {permutation = array<i64: 2, 1, 0>}
    : (tensor<1x2x2xi32>) -> tensor<2x2x1xi32>
  return %r : tensor<2x2x1xi32>
}

// CHECK-LABEL: @broadcast_repeats_a_missing_dimension
// CHECK-NEXT: result0: 2x2xf32
// CHECK-NEXT: {{^  }}{{\[\[}}1, 2], [1, 2]]{{$}}
func.func @broadcast_repeats_a_missing_dimension() -> tensor<2x2xf32> {
  %a = dtc.constant dense<[1.0, 2.0]> : tensor<2xf32> : tensor<2xf32>
  %r = dtc.broadcast %a
    : (tensor<2xf32>) -> tensor<2x2xf32>
  return %r : tensor<2x2xf32>
}

// CHECK-LABEL: @broadcast_repeats_a_dimension_of_one
// CHECK-NEXT: result0: 2x2xbool
// CHECK-NEXT: {{^  }}{{\[\[}}true, true], [false, false]]{{$}}
func.func @broadcast_repeats_a_dimension_of_one() -> tensor<2x2xi1> {
  %a = dtc.constant dense<[[true], [false]]> : tensor<2x1xi1> : tensor<2x1xi1>
  %r = dtc.broadcast %a
    : (tensor<2x1xi1>) -> tensor<2x2xi1>
  return %r : tensor<2x2xi1>
}

// CHECK-LABEL: @view_keeps_the_order
// CHECK-NEXT: result0: 3x2xf32
// CHECK-NEXT: {{^  }}{{\[\[}}1, 2], [3, 4], [5, 6]]{{$}}
func.func @view_keeps_the_order() -> tensor<3x2xf32> {
  %a = dtc.constant dense<[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]> : tensor<2x3xf32> : tensor<2x3xf32>
  %r = dtc.view %a : (tensor<2x3xf32>) -> tensor<3x2xf32>
  return %r : tensor<3x2xf32>
}
