// RUN: dtc-interpret %s --all --print | FileCheck %s

// CHECK-LABEL: @elements_ascend
// CHECK-NEXT: result0: 4xf32
// CHECK-NEXT: {{^  }}[-4, -1, 2, 3]{{$}}
// CHECK-NEXT: result1: 4xi64
// CHECK-NEXT: {{^  }}[3, 1, 2, 0]{{$}}
func.func @elements_ascend() -> (tensor<4xf32>, tensor<4xi64>) {
  %a0 = dtc.constant dense<[3.0, -1.0, 2.0, -4.0]> : tensor<4xf32> : tensor<4xf32>
  %r:2 = dtc.sort %a0 {axis = 0 : i64}
    : (tensor<4xf32>) -> (tensor<4xf32>, tensor<4xi64>)
  return %r#0, %r#1 : tensor<4xf32>, tensor<4xi64>
}

// CHECK-LABEL: @elements_descend
// CHECK-NEXT: result0: 4xf64
// CHECK-NEXT: {{^  }}[3, 2, -1, -4]{{$}}
// CHECK-NEXT: result1: 4xi64
// CHECK-NEXT: {{^  }}[0, 2, 1, 3]{{$}}
func.func @elements_descend() -> (tensor<4xf64>, tensor<4xi64>) {
  %a0 = dtc.constant dense<[3.0, -1.0, 2.0, -4.0]> : tensor<4xf64> : tensor<4xf64>
  %r:2 = dtc.sort %a0 {axis = 0 : i64, descending}
    : (tensor<4xf64>) -> (tensor<4xf64>, tensor<4xi64>)
  return %r#0, %r#1 : tensor<4xf64>, tensor<4xi64>
}

// CHECK-LABEL: @equal_elements_keep_their_order
// CHECK-NEXT: result0: 4xi32
// CHECK-NEXT: {{^  }}[1, 1, 2, 2]{{$}}
// CHECK-NEXT: result1: 4xi64
// CHECK-NEXT: {{^  }}[1, 3, 0, 2]{{$}}
func.func @equal_elements_keep_their_order() -> (tensor<4xi32>, tensor<4xi64>) {
  %a0 = dtc.constant dense<[2, 1, 2, 1]> : tensor<4xi32> : tensor<4xi32>
  %r:2 = dtc.sort %a0 {axis = 0 : i64}
    : (tensor<4xi32>) -> (tensor<4xi32>, tensor<4xi64>)
  return %r#0, %r#1 : tensor<4xi32>, tensor<4xi64>
}

// CHECK-LABEL: @equal_elements_keep_their_order_when_they_descend
// CHECK-NEXT: result0: 4xi32
// CHECK-NEXT: {{^  }}[2, 2, 1, 1]{{$}}
// CHECK-NEXT: result1: 4xi64
// CHECK-NEXT: {{^  }}[0, 2, 1, 3]{{$}}
func.func @equal_elements_keep_their_order_when_they_descend() -> (tensor<4xi32>, tensor<4xi64>) {
  %a0 = dtc.constant dense<[2, 1, 2, 1]> : tensor<4xi32> : tensor<4xi32>
  %r:2 = dtc.sort %a0 {axis = 0 : i64, descending}
    : (tensor<4xi32>) -> (tensor<4xi32>, tensor<4xi64>)
  return %r#0, %r#1 : tensor<4xi32>, tensor<4xi64>
}

// CHECK-LABEL: @a_nan_is_the_largest
// CHECK-NEXT: result0: 5xf32
// CHECK-NEXT: {{^  }}[-5, 0, 1, nan, nan]{{$}}
// CHECK-NEXT: result1: 5xi64
// CHECK-NEXT: {{^  }}[2, 4, 0, 1, 3]{{$}}
func.func @a_nan_is_the_largest() -> (tensor<5xf32>, tensor<5xi64>) {
  %a0 = dtc.constant dense<[1.0, 0x7FC00000, -5.0, 0x7FC00000, 0.0]> : tensor<5xf32> : tensor<5xf32>
  %r:2 = dtc.sort %a0 {axis = 0 : i64}
    : (tensor<5xf32>) -> (tensor<5xf32>, tensor<5xi64>)
  return %r#0, %r#1 : tensor<5xf32>, tensor<5xi64>
}

// CHECK-LABEL: @a_nan_comes_first_when_they_descend
// CHECK-NEXT: result0: 3xf16
// CHECK-NEXT: {{^  }}[nan, 1, -5]{{$}}
// CHECK-NEXT: result1: 3xi64
// CHECK-NEXT: {{^  }}[1, 0, 2]{{$}}
func.func @a_nan_comes_first_when_they_descend() -> (tensor<3xf16>, tensor<3xi64>) {
  %a0 = dtc.constant dense<[1.0, 0x7E00, -5.0]> : tensor<3xf16> : tensor<3xf16>
  %r:2 = dtc.sort %a0 {axis = 0 : i64, descending}
    : (tensor<3xf16>) -> (tensor<3xf16>, tensor<3xi64>)
  return %r#0, %r#1 : tensor<3xf16>, tensor<3xi64>
}

// CHECK-LABEL: @both_zeros_are_equal
// CHECK-NEXT: result0: 4xf32
// CHECK-NEXT: {{^  }}[-1, 0, -0, 0]{{$}}
// CHECK-NEXT: result1: 4xi64
// CHECK-NEXT: {{^  }}[3, 0, 1, 2]{{$}}
func.func @both_zeros_are_equal() -> (tensor<4xf32>, tensor<4xi64>) {
  %a0 = dtc.constant dense<[0.0, -0.0, 0.0, -1.0]> : tensor<4xf32> : tensor<4xf32>
  %r:2 = dtc.sort %a0 {axis = 0 : i64}
    : (tensor<4xf32>) -> (tensor<4xf32>, tensor<4xi64>)
  return %r#0, %r#1 : tensor<4xf32>, tensor<4xi64>
}

// CHECK-LABEL: @columns_are_sorted
// CHECK-NEXT: result0: 3x2xi64
// CHECK-NEXT: {{^  }}{{\[\[}}1, 1], [2, 3], [3, 5]]{{$}}
// CHECK-NEXT: result1: 3x2xi64
// CHECK-NEXT: {{^  }}{{\[\[}}2, 0], [1, 2], [0, 1]]{{$}}
func.func @columns_are_sorted() -> (tensor<3x2xi64>, tensor<3x2xi64>) {
  %a0 = dtc.constant dense<[[3, 1], [2, 5], [1, 3]]> : tensor<3x2xi64> : tensor<3x2xi64>
  %r:2 = dtc.sort %a0 {axis = 0 : i64}
    : (tensor<3x2xi64>) -> (tensor<3x2xi64>, tensor<3x2xi64>)
  return %r#0, %r#1 : tensor<3x2xi64>, tensor<3x2xi64>
}

// CHECK-LABEL: @rows_are_sorted
// CHECK-NEXT: result0: 2x3xi8
// CHECK-NEXT: {{^  }}{{\[\[}}3, 2, 1], [5, 1, -2]]{{$}}
// CHECK-NEXT: result1: 2x3xi64
// CHECK-NEXT: {{^  }}{{\[\[}}0, 2, 1], [1, 2, 0]]{{$}}
func.func @rows_are_sorted() -> (tensor<2x3xi8>, tensor<2x3xi64>) {
  %a0 = dtc.constant dense<[[3, 1, 2], [-2, 5, 1]]> : tensor<2x3xi8> : tensor<2x3xi8>
  %r:2 = dtc.sort %a0 {axis = 1 : i64, descending}
    : (tensor<2x3xi8>) -> (tensor<2x3xi8>, tensor<2x3xi64>)
  return %r#0, %r#1 : tensor<2x3xi8>, tensor<2x3xi64>
}

// CHECK-LABEL: @unsigned_bytes_are_sorted
// CHECK-NEXT: result0: 4xu8
// CHECK-NEXT: {{^  }}[0, 3, 200, 255]{{$}}
// CHECK-NEXT: result1: 4xi64
// CHECK-NEXT: {{^  }}[3, 1, 0, 2]{{$}}
func.func @unsigned_bytes_are_sorted() -> (tensor<4xui8>, tensor<4xi64>) {
  %a0 = dtc.constant dense<[200, 3, 255, 0]> : tensor<4xui8> : tensor<4xui8>
  %r:2 = dtc.sort %a0 {axis = 0 : i64}
    : (tensor<4xui8>) -> (tensor<4xui8>, tensor<4xi64>)
  return %r#0, %r#1 : tensor<4xui8>, tensor<4xi64>
}

// CHECK-LABEL: @large_unsigned_numbers_are_sorted
// CHECK-NEXT: result0: 3xu64
// CHECK-NEXT: {{^  }}[9223372036854775808, 5, 1]{{$}}
// CHECK-NEXT: result1: 3xi64
// CHECK-NEXT: {{^  }}[1, 2, 0]{{$}}
func.func @large_unsigned_numbers_are_sorted() -> (tensor<3xui64>, tensor<3xi64>) {
  %a0 = dtc.constant dense<[1, 9223372036854775808, 5]> : tensor<3xui64> : tensor<3xui64>
  %r:2 = dtc.sort %a0 {axis = 0 : i64, descending}
    : (tensor<3xui64>) -> (tensor<3xui64>, tensor<3xi64>)
  return %r#0, %r#1 : tensor<3xui64>, tensor<3xi64>
}

// CHECK-LABEL: @extreme_numbers_are_sorted
// CHECK-NEXT: result0: 4xi64
// CHECK-NEXT: {{^  }}[-9223372036854775808, -1, 0, 9223372036854775807]{{$}}
// CHECK-NEXT: result1: 4xi64
// CHECK-NEXT: {{^  }}[1, 3, 0, 2]{{$}}
func.func @extreme_numbers_are_sorted() -> (tensor<4xi64>, tensor<4xi64>) {
  %a0 = dtc.constant dense<[0, -9223372036854775808, 9223372036854775807, -1]> : tensor<4xi64> : tensor<4xi64>
  %r:2 = dtc.sort %a0 {axis = 0 : i64}
    : (tensor<4xi64>) -> (tensor<4xi64>, tensor<4xi64>)
  return %r#0, %r#1 : tensor<4xi64>, tensor<4xi64>
}

// CHECK-LABEL: @words_are_sorted
// CHECK-NEXT: result0: 3xu32
// CHECK-NEXT: {{^  }}[0, 7, 4294967295]{{$}}
// CHECK-NEXT: result1: 3xi64
// CHECK-NEXT: {{^  }}[2, 0, 1]{{$}}
func.func @words_are_sorted() -> (tensor<3xui32>, tensor<3xi64>) {
  %a0 = dtc.constant dense<[7, 4294967295, 0]> : tensor<3xui32> : tensor<3xui32>
  %r:2 = dtc.sort %a0 {axis = 0 : i64}
    : (tensor<3xui32>) -> (tensor<3xui32>, tensor<3xi64>)
  return %r#0, %r#1 : tensor<3xui32>, tensor<3xi64>
}

// CHECK-LABEL: @short_words_are_sorted
// CHECK-NEXT: result0: 3xu16
// CHECK-NEXT: {{^  }}[0, 7, 65535]{{$}}
// CHECK-NEXT: result1: 3xi64
// CHECK-NEXT: {{^  }}[2, 0, 1]{{$}}
func.func @short_words_are_sorted() -> (tensor<3xui16>, tensor<3xi64>) {
  %a0 = dtc.constant dense<[7, 65535, 0]> : tensor<3xui16> : tensor<3xui16>
  %r:2 = dtc.sort %a0 {axis = 0 : i64}
    : (tensor<3xui16>) -> (tensor<3xui16>, tensor<3xi64>)
  return %r#0, %r#1 : tensor<3xui16>, tensor<3xi64>
}

// CHECK-LABEL: @negative_short_words_are_sorted
// CHECK-NEXT: result0: 3xi16
// CHECK-NEXT: {{^  }}[-32768, 0, 7]{{$}}
// CHECK-NEXT: result1: 3xi64
// CHECK-NEXT: {{^  }}[1, 2, 0]{{$}}
func.func @negative_short_words_are_sorted() -> (tensor<3xi16>, tensor<3xi64>) {
  %a0 = dtc.constant dense<[7, -32768, 0]> : tensor<3xi16> : tensor<3xi16>
  %r:2 = dtc.sort %a0 {axis = 0 : i64}
    : (tensor<3xi16>) -> (tensor<3xi16>, tensor<3xi64>)
  return %r#0, %r#1 : tensor<3xi16>, tensor<3xi64>
}

// CHECK-LABEL: @bools_are_sorted
// CHECK-NEXT: result0: 4xbool
// CHECK-NEXT: {{^  }}[false, false, true, true]{{$}}
// CHECK-NEXT: result1: 4xi64
// CHECK-NEXT: {{^  }}[1, 3, 0, 2]{{$}}
func.func @bools_are_sorted() -> (tensor<4xi1>, tensor<4xi64>) {
  %a0 = dtc.constant dense<[true, false, true, false]> : tensor<4xi1> : tensor<4xi1>
  %r:2 = dtc.sort %a0 {axis = 0 : i64}
    : (tensor<4xi1>) -> (tensor<4xi1>, tensor<4xi64>)
  return %r#0, %r#1 : tensor<4xi1>, tensor<4xi64>
}

// CHECK-LABEL: @short_floats_are_sorted
// CHECK-NEXT: result0: 3xbf16
// CHECK-NEXT: {{^  }}[-2, 0.25, 1.5]{{$}}
// CHECK-NEXT: result1: 3xi64
// CHECK-NEXT: {{^  }}[1, 2, 0]{{$}}
func.func @short_floats_are_sorted() -> (tensor<3xbf16>, tensor<3xi64>) {
  %a0 = dtc.constant dense<[1.5, -2.0, 0.25]> : tensor<3xbf16> : tensor<3xbf16>
  %r:2 = dtc.sort %a0 {axis = 0 : i64}
    : (tensor<3xbf16>) -> (tensor<3xbf16>, tensor<3xi64>)
  return %r#0, %r#1 : tensor<3xbf16>, tensor<3xi64>
}

// CHECK-LABEL: @nothing_is_sorted
// CHECK-NEXT: result0: 2x0xf32
// CHECK-NEXT: {{^  }}{{\[\[}}], []]{{$}}
// CHECK-NEXT: result1: 2x0xi64
// CHECK-NEXT: {{^  }}{{\[\[}}], []]{{$}}
func.func @nothing_is_sorted() -> (tensor<2x0xf32>, tensor<2x0xi64>) {
  %a0 = dtc.constant dense<> : tensor<2x0xf32> : tensor<2x0xf32>
  %r:2 = dtc.sort %a0 {axis = 1 : i64}
    : (tensor<2x0xf32>) -> (tensor<2x0xf32>, tensor<2x0xi64>)
  return %r#0, %r#1 : tensor<2x0xf32>, tensor<2x0xi64>
}

// CHECK-LABEL: @the_largest_come_in_order
// CHECK-NEXT: result0: 2x2xf32
// CHECK-NEXT: {{^  }}{{\[\[}}4, 3], [9, 6]]{{$}}
// CHECK-NEXT: result1: 2x2xi64
// CHECK-NEXT: {{^  }}{{\[\[}}2, 0], [1, 3]]{{$}}
func.func @the_largest_come_in_order() -> (tensor<2x2xf32>, tensor<2x2xi64>) {
  %a0 = dtc.constant dense<[[3.0, 1.0, 4.0, 1.0], [5.0, 9.0, 2.0, 6.0]]> : tensor<2x4xf32> : tensor<2x4xf32>
  %r:2 = dtc.top_k %a0 {axis = 1 : i64, k = 2 : i64}
    : (tensor<2x4xf32>) -> (tensor<2x2xf32>, tensor<2x2xi64>)
  return %r#0, %r#1 : tensor<2x2xf32>, tensor<2x2xi64>
}

// CHECK-LABEL: @the_smallest_come_in_order
// CHECK-NEXT: result0: 2x2xf64
// CHECK-NEXT: {{^  }}{{\[\[}}1, 1], [2, 5]]{{$}}
// CHECK-NEXT: result1: 2x2xi64
// CHECK-NEXT: {{^  }}{{\[\[}}1, 3], [2, 0]]{{$}}
func.func @the_smallest_come_in_order() -> (tensor<2x2xf64>, tensor<2x2xi64>) {
  %a0 = dtc.constant dense<[[3.0, 1.0, 4.0, 1.0], [5.0, 9.0, 2.0, 6.0]]> : tensor<2x4xf64> : tensor<2x4xf64>
  %r:2 = dtc.top_k %a0 {axis = 1 : i64, k = 2 : i64, smallest}
    : (tensor<2x4xf64>) -> (tensor<2x2xf64>, tensor<2x2xi64>)
  return %r#0, %r#1 : tensor<2x2xf64>, tensor<2x2xi64>
}

// CHECK-LABEL: @the_first_of_equal_elements_counts
// CHECK-NEXT: result0: 2xi32
// CHECK-NEXT: {{^  }}[7, 7]{{$}}
// CHECK-NEXT: result1: 2xi64
// CHECK-NEXT: {{^  }}[0, 1]{{$}}
func.func @the_first_of_equal_elements_counts() -> (tensor<2xi32>, tensor<2xi64>) {
  %a0 = dtc.constant dense<[7, 7, 7, 7]> : tensor<4xi32> : tensor<4xi32>
  %r:2 = dtc.top_k %a0 {axis = 0 : i64, k = 2 : i64}
    : (tensor<4xi32>) -> (tensor<2xi32>, tensor<2xi64>)
  return %r#0, %r#1 : tensor<2xi32>, tensor<2xi64>
}

// CHECK-LABEL: @the_largest_of_columns
// CHECK-NEXT: result0: 1x2xi64
// CHECK-NEXT: {{^  }}{{\[\[}}3, 8]]{{$}}
// CHECK-NEXT: result1: 1x2xi64
// CHECK-NEXT: {{^  }}{{\[\[}}1, 0]]{{$}}
func.func @the_largest_of_columns() -> (tensor<1x2xi64>, tensor<1x2xi64>) {
  %a0 = dtc.constant dense<[[1, 8], [3, 2], [2, 5]]> : tensor<3x2xi64> : tensor<3x2xi64>
  %r:2 = dtc.top_k %a0 {axis = 0 : i64, k = 1 : i64}
    : (tensor<3x2xi64>) -> (tensor<1x2xi64>, tensor<1x2xi64>)
  return %r#0, %r#1 : tensor<1x2xi64>, tensor<1x2xi64>
}

// CHECK-LABEL: @the_largest_of_a_middle_dimension
// CHECK-NEXT: result0: 2x1x2xi32
// CHECK-NEXT: {{^  }}{{\[\[\[}}3, 8]], {{\[\[}}4, 5]]]{{$}}
// CHECK-NEXT: result1: 2x1x2xi64
// CHECK-NEXT: {{^  }}{{\[\[\[}}1, 0]], {{\[\[}}0, 1]]]{{$}}
func.func @the_largest_of_a_middle_dimension() -> (tensor<2x1x2xi32>, tensor<2x1x2xi64>) {
  %a0 = dtc.constant dense<[[[1, 8], [3, 2]], [[4, 4], [4, 5]]]> : tensor<2x2x2xi32> : tensor<2x2x2xi32>
  %r:2 = dtc.top_k %a0 {axis = 1 : i64, k = 1 : i64}
    : (tensor<2x2x2xi32>) -> (tensor<2x1x2xi32>, tensor<2x1x2xi64>)
  return %r#0, %r#1 : tensor<2x1x2xi32>, tensor<2x1x2xi64>
}

// CHECK-LABEL: @none_of_the_largest
// CHECK-NEXT: result0: 0xf32
// CHECK-NEXT: {{^  }}[]{{$}}
// CHECK-NEXT: result1: 0xi64
// CHECK-NEXT: {{^  }}[]{{$}}
func.func @none_of_the_largest() -> (tensor<0xf32>, tensor<0xi64>) {
  %a0 = dtc.constant dense<[1.0, 2.0]> : tensor<2xf32> : tensor<2xf32>
  %r:2 = dtc.top_k %a0 {axis = 0 : i64, k = 0 : i64}
    : (tensor<2xf32>) -> (tensor<0xf32>, tensor<0xi64>)
  return %r#0, %r#1 : tensor<0xf32>, tensor<0xi64>
}

// CHECK-LABEL: @a_nan_is_among_the_largest
// CHECK-NEXT: result0: 2xf32
// CHECK-NEXT: {{^  }}[nan, 3]{{$}}
// CHECK-NEXT: result1: 2xi64
// CHECK-NEXT: {{^  }}[1, 2]{{$}}
func.func @a_nan_is_among_the_largest() -> (tensor<2xf32>, tensor<2xi64>) {
  %a0 = dtc.constant dense<[1.0, 0x7FC00000, 3.0]> : tensor<3xf32> : tensor<3xf32>
  %r:2 = dtc.top_k %a0 {axis = 0 : i64, k = 2 : i64}
    : (tensor<3xf32>) -> (tensor<2xf32>, tensor<2xi64>)
  return %r#0, %r#1 : tensor<2xf32>, tensor<2xi64>
}

// CHECK-LABEL: @a_nan_is_not_among_the_smallest
// CHECK-NEXT: result0: 2xbf16
// CHECK-NEXT: {{^  }}[1, 3]{{$}}
// CHECK-NEXT: result1: 2xi64
// CHECK-NEXT: {{^  }}[0, 2]{{$}}
func.func @a_nan_is_not_among_the_smallest() -> (tensor<2xbf16>, tensor<2xi64>) {
  %a0 = dtc.constant dense<[1.0, 0x7FC0, 3.0]> : tensor<3xbf16> : tensor<3xbf16>
  %r:2 = dtc.top_k %a0 {axis = 0 : i64, k = 2 : i64, smallest}
    : (tensor<3xbf16>) -> (tensor<2xbf16>, tensor<2xi64>)
  return %r#0, %r#1 : tensor<2xbf16>, tensor<2xi64>
}
