// RUN: dtc-interpret %s --all --print | FileCheck %s

// CHECK-LABEL: @embedding_takes_rows
// CHECK-NEXT: result0: 2x2xf32
// CHECK-NEXT: {{^  }}{{\[\[}}5, 6], [1, 2]]{{$}}
func.func @embedding_takes_rows() -> tensor<2x2xf32> {
  %a = dtc.constant dense<[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]> : tensor<3x2xf32> : tensor<3x2xf32>
  %b = dtc.constant dense<[2, 0]> : tensor<2xi64> : tensor<2xi64>
  %r = dtc.embedding %a, %b
    : (tensor<3x2xf32>, tensor<2xi64>) -> tensor<2x2xf32>
  return %r : tensor<2x2xf32>
}

// CHECK-LABEL: @embedding_counts_negative_indices_from_the_end
// CHECK-NEXT: result0: 1x2xf32
// CHECK-NEXT: {{^  }}{{\[\[}}5, 6]]{{$}}
func.func @embedding_counts_negative_indices_from_the_end() -> tensor<1x2xf32> {
  %a = dtc.constant dense<[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]> : tensor<3x2xf32> : tensor<3x2xf32>
  %b = dtc.constant dense<[-1]> : tensor<1xi32> : tensor<1xi32>
  %r = dtc.embedding %a, %b
    : (tensor<3x2xf32>, tensor<1xi32>) -> tensor<1x2xf32>
  return %r : tensor<1x2xf32>
}

// CHECK-LABEL: @rows_of_other_ranks_are_zero
// CHECK-NEXT: result0: 5x2xf32
// CHECK-NEXT: {{^  }}{{\[\[}}0, 0], [5, 6], [7, 8], [0, 0], [0, 0]]{{$}}
func.func @rows_of_other_ranks_are_zero() -> tensor<5x2xf32> {
  %a = dtc.constant dense<[[5.0, 6.0], [7.0, 8.0]]> : tensor<2x2xf32> : tensor<2x2xf32>
  %b = dtc.constant dense<[0, 2, 3, 4, -1]> : tensor<5xi64> : tensor<5xi64>
  %r = dtc.embedding %a, %b {rowOffset = 2 : i64, totalRows = 5 : i64}
    : (tensor<2x2xf32>, tensor<5xi64>) -> tensor<5x2xf32>
  return %r : tensor<5x2xf32>
}

// CHECK-LABEL: @gather_indexes_an_inner_dimension
// CHECK-NEXT: result0: 2x2x2xf32
// CHECK-NEXT: {{^  }}{{\[\[\[}}3, 1], [2, 3]], {{\[\[}}6, 4], [5, 6]]]{{$}}
func.func @gather_indexes_an_inner_dimension() -> tensor<2x2x2xf32> {
  %a = dtc.constant dense<[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]> : tensor<2x3xf32> : tensor<2x3xf32>
  %b = dtc.constant dense<[[2, 0], [1, -1]]> : tensor<2x2xi64> : tensor<2x2xi64>
  %r = dtc.gather %a, %b {axis = 1 : i64}
    : (tensor<2x3xf32>, tensor<2x2xi64>) -> tensor<2x2x2xf32>
  return %r : tensor<2x2x2xf32>
}

// CHECK-LABEL: @gather_by_a_scalar_drops_the_dimension
// CHECK-NEXT: result0: 2xi32
// CHECK-NEXT: {{^  }}[3, 4]{{$}}
func.func @gather_by_a_scalar_drops_the_dimension() -> tensor<2xi32> {
  %a = dtc.constant dense<[[1, 2], [3, 4]]> : tensor<2x2xi32> : tensor<2x2xi32>
  %b = dtc.constant dense<1> : tensor<i64> : tensor<i64>
  %r = dtc.gather %a, %b {axis = 0 : i64}
    : (tensor<2x2xi32>, tensor<i64>) -> tensor<2xi32>
  return %r : tensor<2xi32>
}

// CHECK-LABEL: @gather_elements_indexes_each_element
// CHECK-NEXT: result0: 2x2xf32
// CHECK-NEXT: {{^  }}{{\[\[}}2, 2], [3, 4]]{{$}}
func.func @gather_elements_indexes_each_element() -> tensor<2x2xf32> {
  %a = dtc.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32> : tensor<2x2xf32>
  %b = dtc.constant dense<[[1, 1], [0, -1]]> : tensor<2x2xi64> : tensor<2x2xi64>
  %r = dtc.gather_elements %a, %b {axis = 1 : i64}
    : (tensor<2x2xf32>, tensor<2x2xi64>) -> tensor<2x2xf32>
  return %r : tensor<2x2xf32>
}

// CHECK-LABEL: @gather_elements_may_take_fewer_rows
// CHECK-NEXT: result0: 1x2xf32
// CHECK-NEXT: {{^  }}{{\[\[}}3, 2]]{{$}}
func.func @gather_elements_may_take_fewer_rows() -> tensor<1x2xf32> {
  %a = dtc.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32> : tensor<2x2xf32>
  %b = dtc.constant dense<[[1, 0]]> : tensor<1x2xi64> : tensor<1x2xi64>
  %r = dtc.gather_elements %a, %b {axis = 0 : i64}
    : (tensor<2x2xf32>, tensor<1x2xi64>) -> tensor<1x2xf32>
  return %r : tensor<1x2xf32>
}

// CHECK-LABEL: @elements_in_rows_of_other_ranks_are_zero
// CHECK-NEXT: result0: 1x4xf32
// CHECK-NEXT: {{^  }}{{\[\[}}0, 6, 3, 0]]{{$}}
func.func @elements_in_rows_of_other_ranks_are_zero() -> tensor<1x4xf32> {
  %a = dtc.constant dense<[[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0]]> : tensor<2x4xf32> : tensor<2x4xf32>
  %b = dtc.constant dense<[[0, 3, -3, 4]]> : tensor<1x4xi64> : tensor<1x4xi64>
  %r = dtc.gather_elements %a, %b {axis = 0 : i64, offset = 2 : i64, total = 5 : i64}
    : (tensor<2x4xf32>, tensor<1x4xi64>) -> tensor<1x4xf32>
  return %r : tensor<1x4xf32>
}

// CHECK-LABEL: @gather_nd_takes_elements_by_tuples
// CHECK-NEXT: result0: 2xf32
// CHECK-NEXT: {{^  }}[2, 3]{{$}}
func.func @gather_nd_takes_elements_by_tuples() -> tensor<2xf32> {
  %a = dtc.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32> : tensor<2x2xf32>
  %b = dtc.constant dense<[[0, 1], [1, 0]]> : tensor<2x2xi64> : tensor<2x2xi64>
  %r = dtc.gather_nd %a, %b {batchDims = 0 : i64}
    : (tensor<2x2xf32>, tensor<2x2xi64>) -> tensor<2xf32>
  return %r : tensor<2xf32>
}

// CHECK-LABEL: @gather_nd_takes_slices_by_short_tuples
// CHECK-NEXT: result0: 2x2xf32
// CHECK-NEXT: {{^  }}{{\[\[}}3, 4], [1, 2]]{{$}}
func.func @gather_nd_takes_slices_by_short_tuples() -> tensor<2x2xf32> {
  %a = dtc.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32> : tensor<2x2xf32>
  %b = dtc.constant dense<[[1], [0]]> : tensor<2x1xi64> : tensor<2x1xi64>
  %r = dtc.gather_nd %a, %b {batchDims = 0 : i64}
    : (tensor<2x2xf32>, tensor<2x1xi64>) -> tensor<2x2xf32>
  return %r : tensor<2x2xf32>
}

// CHECK-LABEL: @gather_nd_keeps_batches_apart
// CHECK-NEXT: result0: 2xf32
// CHECK-NEXT: {{^  }}[2, 3]{{$}}
func.func @gather_nd_keeps_batches_apart() -> tensor<2xf32> {
  %a = dtc.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32> : tensor<2x2xf32>
  %b = dtc.constant dense<[[1], [0]]> : tensor<2x1xi64> : tensor<2x1xi64>
  %r = dtc.gather_nd %a, %b {batchDims = 1 : i64}
    : (tensor<2x2xf32>, tensor<2x1xi64>) -> tensor<2xf32>
  return %r : tensor<2xf32>
}

// CHECK-LABEL: @an_embedding_gradient_adds_rows
// CHECK-NEXT: result0: 3x2xf32
// CHECK-NEXT: {{^  }}{{\[\[}}3, 4], [0, 0], [6, 8]]{{$}}
func.func @an_embedding_gradient_adds_rows() -> tensor<3x2xf32> {
  %a = dtc.constant dense<[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]> : tensor<3x2xf32> : tensor<3x2xf32>
  %b = dtc.constant dense<[2, 0, -1]> : tensor<3xi64> : tensor<3xi64>
  %r = dtc.embedding_gradient %a, %b {rows = 3 : i64}
    : (tensor<3x2xf32>, tensor<3xi64>) -> tensor<3x2xf32>
  return %r : tensor<3x2xf32>
}

// CHECK-LABEL: @an_embedding_gradient_of_i32_indices
// CHECK-NEXT: result0: 2xf64
// CHECK-NEXT: {{^  }}[4, 6]{{$}}
func.func @an_embedding_gradient_of_i32_indices() -> tensor<2xf64> {
  %a = dtc.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf64> : tensor<2x2xf64>
  %b = dtc.constant dense<[[0, 1], [0, 1]]> : tensor<2x2xi32> : tensor<2x2xi32>
  %r = dtc.embedding_gradient %a, %b {rows = 2 : i64}
    : (tensor<2x2xf64>, tensor<2x2xi32>) -> tensor<2xf64>
  return %r : tensor<2xf64>
}
