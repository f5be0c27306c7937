// RUN: dtc-interpret %s --all --print | FileCheck %s

// CHECK-LABEL: @matmul_contracts_the_inner_dimensions
// CHECK-NEXT: result0: 2x2xf32
// CHECK-NEXT: {{^  }}{{\[\[}}19, 22], [43, 50]]{{$}}
func.func @matmul_contracts_the_inner_dimensions() -> tensor<2x2xf32> {
  %a = dtc.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32> : tensor<2x2xf32>
  %b = dtc.constant dense<[[5.0, 6.0], [7.0, 8.0]]> : tensor<2x2xf32> : tensor<2x2xf32>
  %r = dtc.matmul %a, %b
    : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>
  return %r : tensor<2x2xf32>
}

// CHECK-LABEL: @matmul_transposes_the_right_operand
// CHECK-NEXT: result0: 2x2xf32
// CHECK-NEXT: {{^  }}{{\[\[}}17, 23], [39, 53]]{{$}}
func.func @matmul_transposes_the_right_operand() -> tensor<2x2xf32> {
  %a = dtc.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32> : tensor<2x2xf32>
  %b = dtc.constant dense<[[5.0, 6.0], [7.0, 8.0]]> : tensor<2x2xf32> : tensor<2x2xf32>
  %r = dtc.matmul %a, %b {transposeRhs}
    : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>
  return %r : tensor<2x2xf32>
}

// CHECK-LABEL: @matmul_transposes_the_left_operand
// CHECK-NEXT: result0: 2x2xf32
// CHECK-NEXT: {{^  }}{{\[\[}}26, 30], [38, 44]]{{$}}
func.func @matmul_transposes_the_left_operand() -> tensor<2x2xf32> {
  %a = dtc.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32> : tensor<2x2xf32>
  %b = dtc.constant dense<[[5.0, 6.0], [7.0, 8.0]]> : tensor<2x2xf32> : tensor<2x2xf32>
  %r = dtc.matmul %a, %b {transposeLhs}
    : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>
  return %r : tensor<2x2xf32>
}

// CHECK-LABEL: @matmul_broadcasts_batches
// CHECK-NEXT: result0: 2x1x1xf32
// CHECK-NEXT: {{^  }}{{\[\[\[}}19]], {{\[\[}}43]]]{{$}}
func.func @matmul_broadcasts_batches() -> tensor<2x1x1xf32> {
  %a = dtc.constant dense<[[[1.0, 2.0]], [[3.0, 4.0]]]> : tensor<2x1x2xf32> : tensor<2x1x2xf32>
  %b = dtc.constant dense<[[5.0], [7.0]]> : tensor<2x1xf32> : tensor<2x1xf32>
  %r = dtc.matmul %a, %b
    : (tensor<2x1x2xf32>, tensor<2x1xf32>) -> tensor<2x1x1xf32>
  return %r : tensor<2x1x1xf32>
}

// CHECK-LABEL: @matmul_of_integers_wraps
// CHECK-NEXT: result0: 1x1xi8
// CHECK-NEXT: {{^  }}{{\[\[}}-56]]{{$}}
func.func @matmul_of_integers_wraps() -> tensor<1x1xi8> {
  %a = dtc.constant dense<[[100, 100]]> : tensor<1x2xi8> : tensor<1x2xi8>
  %b = dtc.constant dense<[[1], [1]]> : tensor<2x1xi8> : tensor<2x1xi8>
  %r = dtc.matmul %a, %b
    : (tensor<1x2xi8>, tensor<2x1xi8>) -> tensor<1x1xi8>
  return %r : tensor<1x1xi8>
}

// CHECK-LABEL: @matmul_over_nothing_is_zero
// CHECK-NEXT: result0: 2x2xf32
// CHECK-NEXT: {{^  }}{{\[\[}}0, 0], [0, 0]]{{$}}
func.func @matmul_over_nothing_is_zero() -> tensor<2x2xf32> {
  %a = dtc.constant dense<> : tensor<2x0xf32> : tensor<2x0xf32>
  %b = dtc.constant dense<> : tensor<0x2xf32> : tensor<0x2xf32>
  %r = dtc.matmul %a, %b
    : (tensor<2x0xf32>, tensor<0x2xf32>) -> tensor<2x2xf32>
  return %r : tensor<2x2xf32>
}

// CHECK-LABEL: @linear_multiplies_by_the_transposed_weight
// CHECK-NEXT: result0: 3xf32
// CHECK-NEXT: {{^  }}[11.5, 18, 25]{{$}}
func.func @linear_multiplies_by_the_transposed_weight() -> tensor<3xf32> {
  %a = dtc.constant dense<[1.0, 2.0]> : tensor<2xf32> : tensor<2xf32>
  %b = dtc.constant dense<[[3.0, 4.0], [5.0, 6.0], [7.0, 8.0]]> : tensor<3x2xf32> : tensor<3x2xf32>
  %c = dtc.constant dense<[0.5, 1.0, 2.0]> : tensor<3xf32> : tensor<3xf32>
  %r = dtc.linear %a, %b, %c
    : (tensor<2xf32>, tensor<3x2xf32>, tensor<3xf32>) -> tensor<3xf32>
  return %r : tensor<3xf32>
}

// CHECK-LABEL: @linear_without_a_bias
// CHECK-NEXT: result0: 1x1xf32
// CHECK-NEXT: {{^  }}{{\[\[}}11]]{{$}}
func.func @linear_without_a_bias() -> tensor<1x1xf32> {
  %a = dtc.constant dense<[[1.0, 2.0]]> : tensor<1x2xf32> : tensor<1x2xf32>
  %b = dtc.constant dense<[[3.0, 4.0]]> : tensor<1x2xf32> : tensor<1x2xf32>
  %r = dtc.linear %a, %b
    : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x1xf32>
  return %r : tensor<1x1xf32>
}

// CHECK-LABEL: @linear_with_the_weight_stored_in_by_out
// CHECK-NEXT: result0: 3xf32
// CHECK-NEXT: {{^  }}[15, 18, 21]{{$}}
func.func @linear_with_the_weight_stored_in_by_out() -> tensor<3xf32> {
  %a = dtc.constant dense<[1.0, 2.0]> : tensor<2xf32> : tensor<2xf32>
  %b = dtc.constant dense<[[3.0, 4.0, 5.0], [6.0, 7.0, 8.0]]> : tensor<2x3xf32> : tensor<2x3xf32>
  %r = dtc.linear %a, %b {weightInOut}
    : (tensor<2xf32>, tensor<2x3xf32>) -> tensor<3xf32>
  return %r : tensor<3xf32>
}

// CHECK-LABEL: @a_weight_gradient_sums_over_all_leading_dimensions
// CHECK-NEXT: result0: 2x3xf32
// CHECK-NEXT: {{^  }}{{\[\[}}29, 33, 37], [42, 48, 54]]{{$}}
func.func @a_weight_gradient_sums_over_all_leading_dimensions() -> tensor<2x3xf32> {
  %a = dtc.constant dense<[[[1.0, 2.0]], [[3.0, 4.0]]]> : tensor<2x1x2xf32> : tensor<2x1x2xf32>
  %b = dtc.constant dense<[[[5.0, 6.0, 7.0]], [[8.0, 9.0, 10.0]]]> : tensor<2x1x3xf32> : tensor<2x1x3xf32>
  %r = dtc.linear_weight_gradient %a, %b
    : (tensor<2x1x2xf32>, tensor<2x1x3xf32>) -> tensor<2x3xf32>
  return %r : tensor<2x3xf32>
}

// CHECK-LABEL: @a_weight_gradient_stored_in_by_out
// CHECK-NEXT: result0: 3x2xf32
// CHECK-NEXT: {{^  }}{{\[\[}}29, 42], [33, 48], [37, 54]]{{$}}
func.func @a_weight_gradient_stored_in_by_out() -> tensor<3x2xf32> {
  %a = dtc.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32> : tensor<2x2xf32>
  %b = dtc.constant dense<[[5.0, 6.0, 7.0], [8.0, 9.0, 10.0]]> : tensor<2x3xf32> : tensor<2x3xf32>
  %r = dtc.linear_weight_gradient %a, %b {weightInOut}
    : (tensor<2x2xf32>, tensor<2x3xf32>) -> tensor<3x2xf32>
  return %r : tensor<3x2xf32>
}

// CHECK-LABEL: @a_weight_gradient_of_one_row
// CHECK-NEXT: result0: 2x2xf32
// CHECK-NEXT: {{^  }}{{\[\[}}3, 4], [6, 8]]{{$}}
func.func @a_weight_gradient_of_one_row() -> tensor<2x2xf32> {
  %a = dtc.constant dense<[1.0, 2.0]> : tensor<2xf32> : tensor<2xf32>
  %b = dtc.constant dense<[3.0, 4.0]> : tensor<2xf32> : tensor<2xf32>
  %r = dtc.linear_weight_gradient %a, %b
    : (tensor<2xf32>, tensor<2xf32>) -> tensor<2x2xf32>
  return %r : tensor<2x2xf32>
}

// CHECK-LABEL: @batches_that_only_repeat
// CHECK-NEXT: result0: 3x2x2xf32
// CHECK-NEXT: {{^  }}{{\[\[\[}}7, 10], [15, 22]], {{\[\[}}7, 10], [15, 22]], {{\[\[}}7, 10], [15, 22]]]{{$}}
func.func @batches_that_only_repeat() -> tensor<3x2x2xf32> {
  %a = dtc.constant dense<[[[1.0, 2.0], [3.0, 4.0]]]> : tensor<1x2x2xf32> : tensor<1x2x2xf32>
  %b = dtc.broadcast %a : (tensor<1x2x2xf32>) -> tensor<3x2x2xf32>
  %r = dtc.matmul %b, %b : (tensor<3x2x2xf32>, tensor<3x2x2xf32>) -> tensor<3x2x2xf32>
  return %r : tensor<3x2x2xf32>
}
