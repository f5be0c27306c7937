// RUN: dtc-interpret %s --all --print | FileCheck %s

// CHECK-LABEL: @elements_are_written_along_the_last_axis
// CHECK-NEXT: result0: 1x5xf32
// CHECK-NEXT: {{^  }}{{\[\[}}1, 1.5, 3, 2.5, 5]]{{$}}
func.func @elements_are_written_along_the_last_axis() -> tensor<1x5xf32> {
  %a0 = dtc.constant dense<[[1.0, 2.0, 3.0, 4.0, 5.0]]> : tensor<1x5xf32> : tensor<1x5xf32>
  %a1 = dtc.constant dense<[[1, 3]]> : tensor<1x2xi64> : tensor<1x2xi64>
  %a2 = dtc.constant dense<[[1.5, 2.5]]> : tensor<1x2xf32> : tensor<1x2xf32>
  %r = dtc.scatter_elements %a0, %a1, %a2 {axis = 1 : i64}
    : (tensor<1x5xf32>, tensor<1x2xi64>, tensor<1x2xf32>) -> tensor<1x5xf32>
  return %r : tensor<1x5xf32>
}

// CHECK-LABEL: @elements_are_written_along_the_first_axis
// CHECK-NEXT: result0: 3x3xf32
// CHECK-NEXT: {{^  }}{{\[\[}}4, 2, 0], [1, 0, 6], [0, 5, 3]]{{$}}
func.func @elements_are_written_along_the_first_axis() -> tensor<3x3xf32> {
  %a0 = dtc.constant dense<[[0.0, 0.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]]> : tensor<3x3xf32> : tensor<3x3xf32>
  %a1 = dtc.constant dense<[[1, 0, 2], [0, 2, 1]]> : tensor<2x3xi32> : tensor<2x3xi32>
  %a2 = dtc.constant dense<[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]> : tensor<2x3xf32> : tensor<2x3xf32>
  %r = dtc.scatter_elements %a0, %a1, %a2 {axis = 0 : i64}
    : (tensor<3x3xf32>, tensor<2x3xi32>, tensor<2x3xf32>) -> tensor<3x3xf32>
  return %r : tensor<3x3xf32>
}

// CHECK-LABEL: @negative_indices_count_from_the_end
// CHECK-NEXT: result0: 4xi64
// CHECK-NEXT: {{^  }}[8, 2, 3, 7]{{$}}
func.func @negative_indices_count_from_the_end() -> tensor<4xi64> {
  %a0 = dtc.constant dense<[1, 2, 3, 4]> : tensor<4xi64> : tensor<4xi64>
  %a1 = dtc.constant dense<[-1, -4]> : tensor<2xi64> : tensor<2xi64>
  %a2 = dtc.constant dense<[7, 8]> : tensor<2xi64> : tensor<2xi64>
  %r = dtc.scatter_elements %a0, %a1, %a2 {axis = 0 : i64}
    : (tensor<4xi64>, tensor<2xi64>, tensor<2xi64>) -> tensor<4xi64>
  return %r : tensor<4xi64>
}

// CHECK-LABEL: @the_last_of_several_updates_stays
// CHECK-NEXT: result0: 3xi8
// CHECK-NEXT: {{^  }}[1, 9, 3]{{$}}
func.func @the_last_of_several_updates_stays() -> tensor<3xi8> {
  %a0 = dtc.constant dense<[1, 2, 3]> : tensor<3xi8> : tensor<3xi8>
  %a1 = dtc.constant dense<[1, 1, 1]> : tensor<3xi32> : tensor<3xi32>
  %a2 = dtc.constant dense<[7, 8, 9]> : tensor<3xi8> : tensor<3xi8>
  %r = dtc.scatter_elements %a0, %a1, %a2 {axis = 0 : i64}
    : (tensor<3xi8>, tensor<3xi32>, tensor<3xi8>) -> tensor<3xi8>
  return %r : tensor<3xi8>
}

// CHECK-LABEL: @fewer_rows_than_the_data_has
// CHECK-NEXT: result0: 2x3xi32
// CHECK-NEXT: {{^  }}{{\[\[}}9, 2, 8], [4, 5, 6]]{{$}}
func.func @fewer_rows_than_the_data_has() -> tensor<2x3xi32> {
  %a0 = dtc.constant dense<[[1, 2, 3], [4, 5, 6]]> : tensor<2x3xi32> : tensor<2x3xi32>
  %a1 = dtc.constant dense<[[2, 0]]> : tensor<1x2xi64> : tensor<1x2xi64>
  %a2 = dtc.constant dense<[[8, 9]]> : tensor<1x2xi32> : tensor<1x2xi32>
  %r = dtc.scatter_elements %a0, %a1, %a2 {axis = 1 : i64}
    : (tensor<2x3xi32>, tensor<1x2xi64>, tensor<1x2xi32>) -> tensor<2x3xi32>
  return %r : tensor<2x3xi32>
}

// CHECK-LABEL: @more_updates_than_elements_are_added
// CHECK-NEXT: result0: 2xf64
// CHECK-NEXT: {{^  }}[1102, 12]{{$}}
func.func @more_updates_than_elements_are_added() -> tensor<2xf64> {
  %a0 = dtc.constant dense<[1.0, 2.0]> : tensor<2xf64> : tensor<2xf64>
  %a1 = dtc.constant dense<[0, 1, 0, 0]> : tensor<4xi64> : tensor<4xi64>
  %a2 = dtc.constant dense<[1.0, 10.0, 100.0, 1000.0]> : tensor<4xf64> : tensor<4xf64>
  %r = dtc.scatter_elements %a0, %a1, %a2 {axis = 0 : i64, combine = 0 : i64}
    : (tensor<2xf64>, tensor<4xi64>, tensor<4xf64>) -> tensor<2xf64>
  return %r : tensor<2xf64>
}

// CHECK-LABEL: @products_of_updates
// CHECK-NEXT: result0: 3xf32
// CHECK-NEXT: {{^  }}[12, 2, -5]{{$}}
func.func @products_of_updates() -> tensor<3xf32> {
  %a0 = dtc.constant dense<[3.0, 2.0, 5.0]> : tensor<3xf32> : tensor<3xf32>
  %a1 = dtc.constant dense<[0, 0, 2]> : tensor<3xi64> : tensor<3xi64>
  %a2 = dtc.constant dense<[2.0, 2.0, -1.0]> : tensor<3xf32> : tensor<3xf32>
  %r = dtc.scatter_elements %a0, %a1, %a2 {axis = 0 : i64, combine = 4 : i64}
    : (tensor<3xf32>, tensor<3xi64>, tensor<3xf32>) -> tensor<3xf32>
  return %r : tensor<3xf32>
}

// CHECK-LABEL: @maxima_of_updates
// CHECK-NEXT: result0: 3xi16
// CHECK-NEXT: {{^  }}[3, 4, 5]{{$}}
func.func @maxima_of_updates() -> tensor<3xi16> {
  %a0 = dtc.constant dense<[3, -2, 5]> : tensor<3xi16> : tensor<3xi16>
  %a1 = dtc.constant dense<[0, 1, 1]> : tensor<3xi64> : tensor<3xi64>
  %a2 = dtc.constant dense<[2, 4, -7]> : tensor<3xi16> : tensor<3xi16>
  %r = dtc.scatter_elements %a0, %a1, %a2 {axis = 0 : i64, combine = 2 : i64}
    : (tensor<3xi16>, tensor<3xi64>, tensor<3xi16>) -> tensor<3xi16>
  return %r : tensor<3xi16>
}

// CHECK-LABEL: @minima_of_updates
// CHECK-NEXT: result0: 3xu16
// CHECK-NEXT: {{^  }}[2, 0, 5]{{$}}
func.func @minima_of_updates() -> tensor<3xui16> {
  %a0 = dtc.constant dense<[3, 2, 5]> : tensor<3xui16> : tensor<3xui16>
  %a1 = dtc.constant dense<[0, 1, 1]> : tensor<3xi64> : tensor<3xi64>
  %a2 = dtc.constant dense<[2, 4, 0]> : tensor<3xui16> : tensor<3xui16>
  %r = dtc.scatter_elements %a0, %a1, %a2 {axis = 0 : i64, combine = 3 : i64}
    : (tensor<3xui16>, tensor<3xi64>, tensor<3xui16>) -> tensor<3xui16>
  return %r : tensor<3xui16>
}

// CHECK-LABEL: @a_nan_wins_in_maxima_and_minima
// CHECK-NEXT: result0: 3xf32
// CHECK-NEXT: {{^  }}[nan, nan, 6]{{$}}
func.func @a_nan_wins_in_maxima_and_minima() -> tensor<3xf32> {
  %a0 = dtc.constant dense<[3.0, 0x7FC00000, 5.0]> : tensor<3xf32> : tensor<3xf32>
  %a1 = dtc.constant dense<[0, 1, 2]> : tensor<3xi64> : tensor<3xi64>
  %a2 = dtc.constant dense<[0x7FC00000, 4.0, 6.0]> : tensor<3xf32> : tensor<3xf32>
  %r = dtc.scatter_elements %a0, %a1, %a2 {axis = 0 : i64, combine = 2 : i64}
    : (tensor<3xf32>, tensor<3xi64>, tensor<3xf32>) -> tensor<3xf32>
  return %r : tensor<3xf32>
}

// CHECK-LABEL: @a_nan_wins_in_minima_of_halves
// CHECK-NEXT: result0: 3xf16
// CHECK-NEXT: {{^  }}[nan, nan, 5]{{$}}
func.func @a_nan_wins_in_minima_of_halves() -> tensor<3xf16> {
  %a0 = dtc.constant dense<[3.0, 0x7E00, 5.0]> : tensor<3xf16> : tensor<3xf16>
  %a1 = dtc.constant dense<[0, 1, 2]> : tensor<3xi64> : tensor<3xi64>
  %a2 = dtc.constant dense<[0x7E00, 4.0, 6.0]> : tensor<3xf16> : tensor<3xf16>
  %r = dtc.scatter_elements %a0, %a1, %a2 {axis = 0 : i64, combine = 3 : i64}
    : (tensor<3xf16>, tensor<3xi64>, tensor<3xf16>) -> tensor<3xf16>
  return %r : tensor<3xf16>
}

// CHECK-LABEL: @halves_are_rounded_each_time
// CHECK-NEXT: result0: 1xf16
// CHECK-NEXT: {{^  }}[2048]{{$}}
func.func @halves_are_rounded_each_time() -> tensor<1xf16> {
  %a0 = dtc.constant dense<[2048.0]> : tensor<1xf16> : tensor<1xf16>
  %a1 = dtc.constant dense<[0, 0, 0, 0]> : tensor<4xi64> : tensor<4xi64>
  %a2 = dtc.constant dense<[1.0, 1.0, 1.0, 1.0]> : tensor<4xf16> : tensor<4xf16>
  %r = dtc.scatter_elements %a0, %a1, %a2 {axis = 0 : i64, combine = 0 : i64}
    : (tensor<1xf16>, tensor<4xi64>, tensor<4xf16>) -> tensor<1xf16>
  return %r : tensor<1xf16>
}

// CHECK-LABEL: @short_floats_are_rounded_each_time
// CHECK-NEXT: result0: 2xbf16
// CHECK-NEXT: {{^  }}[256, 1.5]{{$}}
func.func @short_floats_are_rounded_each_time() -> tensor<2xbf16> {
  %a0 = dtc.constant dense<[256.0, 1.0]> : tensor<2xbf16> : tensor<2xbf16>
  %a1 = dtc.constant dense<[0, 0, 1]> : tensor<3xi64> : tensor<3xi64>
  %a2 = dtc.constant dense<[1.0, 1.0, 0.5]> : tensor<3xbf16> : tensor<3xbf16>
  %r = dtc.scatter_elements %a0, %a1, %a2 {axis = 0 : i64, combine = 0 : i64}
    : (tensor<2xbf16>, tensor<3xi64>, tensor<3xbf16>) -> tensor<2xbf16>
  return %r : tensor<2xbf16>
}

// CHECK-LABEL: @sums_of_bytes_wrap
// CHECK-NEXT: result0: 2xi8
// CHECK-NEXT: {{^  }}[-56, -1]{{$}}
func.func @sums_of_bytes_wrap() -> tensor<2xi8> {
  %a0 = dtc.constant dense<[100, 0]> : tensor<2xi8> : tensor<2xi8>
  %a1 = dtc.constant dense<[0, 1]> : tensor<2xi64> : tensor<2xi64>
  %a2 = dtc.constant dense<[100, -1]> : tensor<2xi8> : tensor<2xi8>
  %r = dtc.scatter_elements %a0, %a1, %a2 {axis = 0 : i64, combine = 0 : i64}
    : (tensor<2xi8>, tensor<2xi64>, tensor<2xi8>) -> tensor<2xi8>
  return %r : tensor<2xi8>
}

// CHECK-LABEL: @sums_of_unsigned_bytes_wrap
// CHECK-NEXT: result0: 2xu8
// CHECK-NEXT: {{^  }}[44, 3]{{$}}
func.func @sums_of_unsigned_bytes_wrap() -> tensor<2xui8> {
  %a0 = dtc.constant dense<[200, 0]> : tensor<2xui8> : tensor<2xui8>
  %a1 = dtc.constant dense<[0, 1]> : tensor<2xi64> : tensor<2xi64>
  %a2 = dtc.constant dense<[100, 3]> : tensor<2xui8> : tensor<2xui8>
  %r = dtc.scatter_elements %a0, %a1, %a2 {axis = 0 : i64, combine = 0 : i64}
    : (tensor<2xui8>, tensor<2xi64>, tensor<2xui8>) -> tensor<2xui8>
  return %r : tensor<2xui8>
}

// CHECK-LABEL: @products_of_words_wrap
// CHECK-NEXT: result0: 2xu32
// CHECK-NEXT: {{^  }}[0, 15]{{$}}
func.func @products_of_words_wrap() -> tensor<2xui32> {
  %a0 = dtc.constant dense<[2147483648, 3]> : tensor<2xui32> : tensor<2xui32>
  %a1 = dtc.constant dense<[0, 1]> : tensor<2xi64> : tensor<2xi64>
  %a2 = dtc.constant dense<[2, 5]> : tensor<2xui32> : tensor<2xui32>
  %r = dtc.scatter_elements %a0, %a1, %a2 {axis = 0 : i64, combine = 4 : i64}
    : (tensor<2xui32>, tensor<2xi64>, tensor<2xui32>) -> tensor<2xui32>
  return %r : tensor<2xui32>
}

// CHECK-LABEL: @maxima_of_large_unsigned_numbers
// CHECK-NEXT: result0: 2xu64
// CHECK-NEXT: {{^  }}[9223372036854775808, 1]{{$}}
func.func @maxima_of_large_unsigned_numbers() -> tensor<2xui64> {
  %a0 = dtc.constant dense<[5, 1]> : tensor<2xui64> : tensor<2xui64>
  %a1 = dtc.constant dense<[0, 1]> : tensor<2xi64> : tensor<2xi64>
  %a2 = dtc.constant dense<[9223372036854775808, 0]> : tensor<2xui64> : tensor<2xui64>
  %r = dtc.scatter_elements %a0, %a1, %a2 {axis = 0 : i64, combine = 2 : i64}
    : (tensor<2xui64>, tensor<2xi64>, tensor<2xui64>) -> tensor<2xui64>
  return %r : tensor<2xui64>
}

// CHECK-LABEL: @sums_of_bools_are_or
// CHECK-NEXT: result0: 3xbool
// CHECK-NEXT: {{^  }}[true, true, false]{{$}}
func.func @sums_of_bools_are_or() -> tensor<3xi1> {
  %a0 = dtc.constant dense<[true, false, false]> : tensor<3xi1> : tensor<3xi1>
  %a1 = dtc.constant dense<[0, 1]> : tensor<2xi64> : tensor<2xi64>
  %a2 = dtc.constant dense<[true, true]> : tensor<2xi1> : tensor<2xi1>
  %r = dtc.scatter_elements %a0, %a1, %a2 {axis = 0 : i64, combine = 0 : i64}
    : (tensor<3xi1>, tensor<2xi64>, tensor<2xi1>) -> tensor<3xi1>
  return %r : tensor<3xi1>
}

// CHECK-LABEL: @products_of_bools_are_and
// CHECK-NEXT: result0: 3xbool
// CHECK-NEXT: {{^  }}[false, false, true]{{$}}
func.func @products_of_bools_are_and() -> tensor<3xi1> {
  %a0 = dtc.constant dense<[true, false, true]> : tensor<3xi1> : tensor<3xi1>
  %a1 = dtc.constant dense<[0, 1]> : tensor<2xi64> : tensor<2xi64>
  %a2 = dtc.constant dense<[false, true]> : tensor<2xi1> : tensor<2xi1>
  %r = dtc.scatter_elements %a0, %a1, %a2 {axis = 0 : i64, combine = 4 : i64}
    : (tensor<3xi1>, tensor<2xi64>, tensor<2xi1>) -> tensor<3xi1>
  return %r : tensor<3xi1>
}

// CHECK-LABEL: @bools_are_written
// CHECK-NEXT: result0: 3xbool
// CHECK-NEXT: {{^  }}[false, true, true]{{$}}
func.func @bools_are_written() -> tensor<3xi1> {
  %a0 = dtc.constant dense<[true, false, true]> : tensor<3xi1> : tensor<3xi1>
  %a1 = dtc.constant dense<[0, 1]> : tensor<2xi64> : tensor<2xi64>
  %a2 = dtc.constant dense<[false, true]> : tensor<2xi1> : tensor<2xi1>
  %r = dtc.scatter_elements %a0, %a1, %a2 {axis = 0 : i64}
    : (tensor<3xi1>, tensor<2xi64>, tensor<2xi1>) -> tensor<3xi1>
  return %r : tensor<3xi1>
}

// CHECK-LABEL: @no_updates_leave_the_data
// CHECK-NEXT: result0: 2xi32
// CHECK-NEXT: {{^  }}[1, 2]{{$}}
func.func @no_updates_leave_the_data() -> tensor<2xi32> {
  %a0 = dtc.constant dense<[1, 2]> : tensor<2xi32> : tensor<2xi32>
  %a1 = dtc.constant dense<> : tensor<0xi64> : tensor<0xi64>
  %a2 = dtc.constant dense<> : tensor<0xi32> : tensor<0xi32>
  %r = dtc.scatter_elements %a0, %a1, %a2 {axis = 0 : i64}
    : (tensor<2xi32>, tensor<0xi64>, tensor<0xi32>) -> tensor<2xi32>
  return %r : tensor<2xi32>
}

// CHECK-LABEL: @elements_of_three_dimensions
// CHECK-NEXT: result0: 2x2x2xi64
// CHECK-NEXT: {{^  }}{{\[\[\[}}0, 11], [10, 3]], {{\[\[}}12, 13], [6, 7]]]{{$}}
func.func @elements_of_three_dimensions() -> tensor<2x2x2xi64> {
  %a0 = dtc.constant dense<[[[0, 1], [2, 3]], [[4, 5], [6, 7]]]> : tensor<2x2x2xi64> : tensor<2x2x2xi64>
  %a1 = dtc.constant dense<[[[1, 0]], [[0, 0]]]> : tensor<2x1x2xi64> : tensor<2x1x2xi64>
  %a2 = dtc.constant dense<[[[10, 11]], [[12, 13]]]> : tensor<2x1x2xi64> : tensor<2x1x2xi64>
  %r = dtc.scatter_elements %a0, %a1, %a2 {axis = 1 : i64}
    : (tensor<2x2x2xi64>, tensor<2x1x2xi64>, tensor<2x1x2xi64>) -> tensor<2x2x2xi64>
  return %r : tensor<2x2x2xi64>
}

// CHECK-LABEL: @slices_are_written_at_tuples
// CHECK-NEXT: result0: 3x2xf32
// CHECK-NEXT: {{^  }}{{\[\[}}3, 4], [0, 0], [1, 2]]{{$}}
func.func @slices_are_written_at_tuples() -> tensor<3x2xf32> {
  %a0 = dtc.constant dense<[[0.0, 0.0], [0.0, 0.0], [0.0, 0.0]]> : tensor<3x2xf32> : tensor<3x2xf32>
  %a1 = dtc.constant dense<[[2], [0]]> : tensor<2x1xi64> : tensor<2x1xi64>
  %a2 = dtc.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32> : tensor<2x2xf32>
  %r = dtc.scatter_nd %a0, %a1, %a2 
    : (tensor<3x2xf32>, tensor<2x1xi64>, tensor<2x2xf32>) -> tensor<3x2xf32>
  return %r : tensor<3x2xf32>
}

// CHECK-LABEL: @elements_are_written_at_whole_tuples
// CHECK-NEXT: result0: 2x2xi32
// CHECK-NEXT: {{^  }}{{\[\[}}1, 8], [9, 4]]{{$}}
func.func @elements_are_written_at_whole_tuples() -> tensor<2x2xi32> {
  %a0 = dtc.constant dense<[[1, 2], [3, 4]]> : tensor<2x2xi32> : tensor<2x2xi32>
  %a1 = dtc.constant dense<[[0, 1], [-1, -2]]> : tensor<2x2xi32> : tensor<2x2xi32>
  %a2 = dtc.constant dense<[8, 9]> : tensor<2xi32> : tensor<2xi32>
  %r = dtc.scatter_nd %a0, %a1, %a2 
    : (tensor<2x2xi32>, tensor<2x2xi32>, tensor<2xi32>) -> tensor<2x2xi32>
  return %r : tensor<2x2xi32>
}

// CHECK-LABEL: @slices_are_added_at_tuples
// CHECK-NEXT: result0: 2x2xbf16
// CHECK-NEXT: {{^  }}{{\[\[}}6, 11], [17, 33]]{{$}}
func.func @slices_are_added_at_tuples() -> tensor<2x2xbf16> {
  %a0 = dtc.constant dense<[[1.0, 1.0], [1.0, 1.0]]> : tensor<2x2xbf16> : tensor<2x2xbf16>
  %a1 = dtc.constant dense<[[0], [0], [1]]> : tensor<3x1xi64> : tensor<3x1xi64>
  %a2 = dtc.constant dense<[[1.0, 2.0], [4.0, 8.0], [16.0, 32.0]]> : tensor<3x2xbf16> : tensor<3x2xbf16>
  %r = dtc.scatter_nd %a0, %a1, %a2 {combine = 0 : i64}
    : (tensor<2x2xbf16>, tensor<3x1xi64>, tensor<3x2xbf16>) -> tensor<2x2xbf16>
  return %r : tensor<2x2xbf16>
}

// CHECK-LABEL: @minima_at_tuples
// CHECK-NEXT: result0: 3xi64
// CHECK-NEXT: {{^  }}[5, 6, 1]{{$}}
func.func @minima_at_tuples() -> tensor<3xi64> {
  %a0 = dtc.constant dense<[5, 6, 7]> : tensor<3xi64> : tensor<3xi64>
  %a1 = dtc.constant dense<[[0], [2]]> : tensor<2x1xi64> : tensor<2x1xi64>
  %a2 = dtc.constant dense<[9, 1]> : tensor<2xi64> : tensor<2xi64>
  %r = dtc.scatter_nd %a0, %a1, %a2 {combine = 3 : i64}
    : (tensor<3xi64>, tensor<2x1xi64>, tensor<2xi64>) -> tensor<3xi64>
  return %r : tensor<3xi64>
}

// CHECK-LABEL: @tuples_of_no_numbers_write_everything
// CHECK-NEXT: result0: 2xi32
// CHECK-NEXT: {{^  }}[5, 6]{{$}}
func.func @tuples_of_no_numbers_write_everything() -> tensor<2xi32> {
  %a0 = dtc.constant dense<[1, 2]> : tensor<2xi32> : tensor<2xi32>
  %a1 = dtc.constant dense<> : tensor<2x0xi64> : tensor<2x0xi64>
  %a2 = dtc.constant dense<[[3, 4], [5, 6]]> : tensor<2x2xi32> : tensor<2x2xi32>
  %r = dtc.scatter_nd %a0, %a1, %a2 
    : (tensor<2xi32>, tensor<2x0xi64>, tensor<2x2xi32>) -> tensor<2xi32>
  return %r : tensor<2xi32>
}

// CHECK-LABEL: @one_tuple_alone
// CHECK-NEXT: result0: 2x2xi8
// CHECK-NEXT: {{^  }}{{\[\[}}1, 2], [5, 6]]{{$}}
func.func @one_tuple_alone() -> tensor<2x2xi8> {
  %a0 = dtc.constant dense<[[1, 2], [3, 4]]> : tensor<2x2xi8> : tensor<2x2xi8>
  %a1 = dtc.constant dense<[1]> : tensor<1xi64> : tensor<1xi64>
  %a2 = dtc.constant dense<[5, 6]> : tensor<2xi8> : tensor<2xi8>
  %r = dtc.scatter_nd %a0, %a1, %a2 
    : (tensor<2x2xi8>, tensor<1xi64>, tensor<2xi8>) -> tensor<2x2xi8>
  return %r : tensor<2x2xi8>
}
