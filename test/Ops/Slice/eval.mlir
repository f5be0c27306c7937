// RUN: dtc-interpret %s --all --print | FileCheck %s

// CHECK-LABEL: @slice_takes_a_part
// CHECK-NEXT: result0: 2x2xf32
// CHECK-NEXT: {{^  }}{{\[\[}}2, 3], [5, 6]]{{$}}
func.func @slice_takes_a_part() -> tensor<2x2xf32> {
  %a = dtc.constant dense<[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]> : tensor<2x3xf32> : tensor<2x3xf32>
  %r = dtc.slice %a {axes = array<i64: 1>, starts = array<i64: 1>, sizes = array<i64: 2>, steps = array<i64: 1>}
    : (tensor<2x3xf32>) -> tensor<2x2xf32>
  return %r : tensor<2x2xf32>
}

// CHECK-LABEL: @slice_walks_in_steps
// CHECK-NEXT: result0: 2xi32
// CHECK-NEXT: {{^  }}[2, 4]{{$}}
func.func @slice_walks_in_steps() -> tensor<2xi32> {
  %a = dtc.constant dense<[1, 2, 3, 4, 5]> : tensor<5xi32> : tensor<5xi32>
  %r = dtc.slice %a {axes = array<i64: 0>, starts = array<i64: 1>, sizes = array<i64: 2>, steps = array<i64: 2>}
    : (tensor<5xi32>) -> tensor<2xi32>
  return %r : tensor<2xi32>
}

// CHECK-LABEL: @slice_walks_backwards
// CHECK-NEXT: result0: 3xi32
// CHECK-NEXT: {{^  }}[3, 2, 1]{{$}}
func.func @slice_walks_backwards() -> tensor<3xi32> {
  %a = dtc.constant dense<[1, 2, 3]> : tensor<3xi32> : tensor<3xi32>
  %r = dtc.slice %a {axes = array<i64: 0>, starts = array<i64: 2>, sizes = array<i64: 3>, steps = array<i64: -1>}
    : (tensor<3xi32>) -> tensor<3xi32>
  return %r : tensor<3xi32>
}

// CHECK-LABEL: @slice_of_two_dimensions
// CHECK-NEXT: result0: 1x2xf32
// CHECK-NEXT: {{^  }}{{\[\[}}6, 4]]{{$}}
func.func @slice_of_two_dimensions() -> tensor<1x2xf32> {
  %a = dtc.constant dense<[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]> : tensor<2x3xf32> : tensor<2x3xf32>
  %r = dtc.slice %a {axes = array<i64: 0, 1>, starts = array<i64: 1, 2>, sizes = array<i64: 1, 2>, steps = array<i64: 1, -2>}
    : (tensor<2x3xf32>) -> tensor<1x2xf32>
  return %r : tensor<1x2xf32>
}

// CHECK-LABEL: @split_gives_consecutive_parts
// CHECK-NEXT: result0: 2x1xf32
// CHECK-NEXT: {{^  }}{{\[\[}}1], [4]]{{$}}
// CHECK-NEXT: result1: 2x2xf32
// CHECK-NEXT: {{^  }}{{\[\[}}2, 3], [5, 6]]{{$}}
func.func @split_gives_consecutive_parts() -> (tensor<2x1xf32>, tensor<2x2xf32>) {
  %a = dtc.constant dense<[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]> : tensor<2x3xf32> : tensor<2x3xf32>
  %r:2 = dtc.split %a {axis = 1 : i64, sizes = array<i64: 1, 2>}
    : (tensor<2x3xf32>) -> (tensor<2x1xf32>, tensor<2x2xf32>)
  return %r#0, %r#1 : tensor<2x1xf32>, tensor<2x2xf32>
}

// CHECK-LABEL: @concat_joins_along_an_axis
// CHECK-NEXT: result0: 2x3xi32
// CHECK-NEXT: {{^  }}{{\[\[}}1, 3, 4], [2, 5, 6]]{{$}}
func.func @concat_joins_along_an_axis() -> tensor<2x3xi32> {
  %a = dtc.constant dense<[[1], [2]]> : tensor<2x1xi32> : tensor<2x1xi32>
  %b = dtc.constant dense<[[3, 4], [5, 6]]> : tensor<2x2xi32> : tensor<2x2xi32>
  %r = dtc.concat %a, %b {axis = 1 : i64}
    : (tensor<2x1xi32>, tensor<2x2xi32>) -> tensor<2x3xi32>
  return %r : tensor<2x3xi32>
}

// CHECK-LABEL: @concat_skips_what_is_empty
// CHECK-NEXT: result0: 2xi32
// CHECK-NEXT: {{^  }}[3, 4]{{$}}
func.func @concat_skips_what_is_empty() -> tensor<2xi32> {
  %a = dtc.constant dense<> : tensor<0xi32> : tensor<0xi32>
  %b = dtc.constant dense<[3, 4]> : tensor<2xi32> : tensor<2xi32>
  %r = dtc.concat %a, %b {axis = 0 : i64}
    : (tensor<0xi32>, tensor<2xi32>) -> tensor<2xi32>
  return %r : tensor<2xi32>
}

// CHECK-LABEL: @pad_surrounds_with_a_value
// CHECK-NEXT: result0: 2x3xf32
// CHECK-NEXT: {{^  }}{{\[\[}}9, 1, 2], [9, 9, 9]]{{$}}
func.func @pad_surrounds_with_a_value() -> tensor<2x3xf32> {
  %a = dtc.constant dense<[[1.0, 2.0]]> : tensor<1x2xf32> : tensor<1x2xf32>
  %r = dtc.pad %a {axes = array<i64: 0, 1>, low = array<i64: 0, 1>, high = array<i64: 1, 0>, value = 9.0 : f64}
    : (tensor<1x2xf32>) -> tensor<2x3xf32>
  return %r : tensor<2x3xf32>
}

// CHECK-LABEL: @negative_padding_crops
// CHECK-NEXT: result0: 2xi32
// CHECK-NEXT: {{^  }}[2, 3]{{$}}
func.func @negative_padding_crops() -> tensor<2xi32> {
  %a = dtc.constant dense<[1, 2, 3, 4]> : tensor<4xi32> : tensor<4xi32>
  %r = dtc.pad %a {axes = array<i64: 0>, low = array<i64: -1>, high = array<i64: -1>, value = 0.0 : f64}
    : (tensor<4xi32>) -> tensor<2xi32>
  return %r : tensor<2xi32>
}

// CHECK-LABEL: @lower_triangle_keeps_the_diagonal
// CHECK-NEXT: result0: 2x3xi32
// CHECK-NEXT: {{^  }}{{\[\[}}1, 0, 0], [4, 5, 0]]{{$}}
func.func @lower_triangle_keeps_the_diagonal() -> tensor<2x3xi32> {
  %a = dtc.constant dense<[[1, 2, 3], [4, 5, 6]]> : tensor<2x3xi32> : tensor<2x3xi32>
  %r = dtc.triangle %a {diagonal = 0 : i64}
    : (tensor<2x3xi32>) -> tensor<2x3xi32>
  return %r : tensor<2x3xi32>
}

// CHECK-LABEL: @upper_triangle_above_the_diagonal
// CHECK-NEXT: result0: 2x3xi32
// CHECK-NEXT: {{^  }}{{\[\[}}0, 2, 3], [0, 0, 6]]{{$}}
func.func @upper_triangle_above_the_diagonal() -> tensor<2x3xi32> {
  %a = dtc.constant dense<[[1, 2, 3], [4, 5, 6]]> : tensor<2x3xi32> : tensor<2x3xi32>
  %r = dtc.triangle %a {diagonal = 1 : i64, upper}
    : (tensor<2x3xi32>) -> tensor<2x3xi32>
  return %r : tensor<2x3xi32>
}

// CHECK-LABEL: @triangles_of_a_batch_of_matrices
// CHECK-NEXT: result0: 2x2x2xi32
// CHECK-NEXT: {{^  }}{{\[\[\[}}0, 0], [3, 0]], {{\[\[}}0, 0], [7, 0]]]{{$}}
func.func @triangles_of_a_batch_of_matrices() -> tensor<2x2x2xi32> {
  %a = dtc.constant dense<[[[1, 2], [3, 4]], [[5, 6], [7, 8]]]> : tensor<2x2x2xi32> : tensor<2x2x2xi32>
  %r = dtc.triangle %a {diagonal = -1 : i64}
    : (tensor<2x2x2xi32>) -> tensor<2x2x2xi32>
  return %r : tensor<2x2x2xi32>
}
