// RUN: dtc-interpret %s --all --print | FileCheck %s

// CHECK-LABEL: @reduce_sum_over_rows
// CHECK-NEXT: result0: 3xf32
// CHECK-NEXT: {{^  }}[5, 7, 9]{{$}}
func.func @reduce_sum_over_rows() -> tensor<3xf32> {
  %a = dtc.constant dense<[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]> : tensor<2x3xf32> : tensor<2x3xf32>
  %r = dtc.reduce_sum %a {dims = array<i64: 0>}
    : (tensor<2x3xf32>) -> tensor<3xf32>
  return %r : tensor<3xf32>
}

// CHECK-LABEL: @reduce_sum_over_columns_keeps_them
// CHECK-NEXT: result0: 2x1xf32
// CHECK-NEXT: {{^  }}{{\[\[}}6], [15]]{{$}}
func.func @reduce_sum_over_columns_keeps_them() -> tensor<2x1xf32> {
  %a = dtc.constant dense<[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]> : tensor<2x3xf32> : tensor<2x3xf32>
  %r = dtc.reduce_sum %a {dims = array<i64: 1>, keepDims}
    : (tensor<2x3xf32>) -> tensor<2x1xf32>
  return %r : tensor<2x1xf32>
}

// CHECK-LABEL: @reduce_sum_over_everything
// CHECK-NEXT: result0: f32
// CHECK-NEXT: {{^  }}21{{$}}
func.func @reduce_sum_over_everything() -> tensor<f32> {
  %a = dtc.constant dense<[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]> : tensor<2x3xf32> : tensor<2x3xf32>
  %r = dtc.reduce_sum %a {dims = array<i64: 0, 1>}
    : (tensor<2x3xf32>) -> tensor<f32>
  return %r : tensor<f32>
}

// CHECK-LABEL: @reduce_sum_over_nothing_is_the_operand
// CHECK-NEXT: result0: 2xf32
// CHECK-NEXT: {{^  }}[1, 2]{{$}}
func.func @reduce_sum_over_nothing_is_the_operand() -> tensor<2xf32> {
  %a = dtc.constant dense<[1.0, 2.0]> : tensor<2xf32> : tensor<2xf32>
  %r = dtc.reduce_sum %a {dims = array<i64>}
    : (tensor<2xf32>) -> tensor<2xf32>
  return %r : tensor<2xf32>
}

// CHECK-LABEL: @reduce_sum_of_an_empty_dimension_is_zero
// CHECK-NEXT: result0: 2xf32
// CHECK-NEXT: {{^  }}[0, 0]{{$}}
func.func @reduce_sum_of_an_empty_dimension_is_zero() -> tensor<2xf32> {
  %a = dtc.constant dense<> : tensor<0x2xf32> : tensor<0x2xf32>
  %r = dtc.reduce_sum %a {dims = array<i64: 0>}
    : (tensor<0x2xf32>) -> tensor<2xf32>
  return %r : tensor<2xf32>
}

// CHECK-LABEL: @reduce_sum_over_outer_and_inner_dimensions
// CHECK-NEXT: result0: 2xi32
// CHECK-NEXT: {{^  }}[14, 22]{{$}}
func.func @reduce_sum_over_outer_and_inner_dimensions() -> tensor<2xi32> {
  %a = dtc.constant dense<[[[1, 2], [3, 4]], [[5, 6], [7, 8]]]> : tensor<2x2x2xi32> : tensor<2x2x2xi32>
  %r = dtc.reduce_sum %a {dims = array<i64: 0, 2>}
    : (tensor<2x2x2xi32>) -> tensor<2xi32>
  return %r : tensor<2xi32>
}

// CHECK-LABEL: @reduce_mean_divides_by_the_count
// CHECK-NEXT: result0: 2xf32
// CHECK-NEXT: {{^  }}[2, 5]{{$}}
func.func @reduce_mean_divides_by_the_count() -> tensor<2xf32> {
  %a = dtc.constant dense<[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]> : tensor<2x3xf32> : tensor<2x3xf32>
  %r = dtc.reduce_mean %a {dims = array<i64: 1>}
    : (tensor<2x3xf32>) -> tensor<2xf32>
  return %r : tensor<2xf32>
}

// CHECK-LABEL: @reduce_mean_of_integers_goes_towards_zero
// CHECK-NEXT: result0: i32
// CHECK-NEXT: {{^  }}-3{{$}}
func.func @reduce_mean_of_integers_goes_towards_zero() -> tensor<i32> {
  %a = dtc.constant dense<[-3, -4]> : tensor<2xi32> : tensor<2xi32>
  %r = dtc.reduce_mean %a {dims = array<i64: 0>}
    : (tensor<2xi32>) -> tensor<i32>
  return %r : tensor<i32>
}

// CHECK-LABEL: @reduce_max_keeps_what_is_no_number
// CHECK-NEXT: result0: 2xf32
// CHECK-NEXT: {{^  }}[4, {{-?}}nan]{{$}}
func.func @reduce_max_keeps_what_is_no_number() -> tensor<2xf32> {
  %a = dtc.constant dense<[[1.0, 4.0], [0x7FC00000, 2.0]]> : tensor<2x2xf32> : tensor<2x2xf32>
  %r = dtc.reduce_max %a {dims = array<i64: 1>}
    : (tensor<2x2xf32>) -> tensor<2xf32>
  return %r : tensor<2xf32>
}

// CHECK-LABEL: @reduce_max_of_nothing_is_the_least_value
// CHECK-NEXT: result0: i8
// CHECK-NEXT: {{^  }}-128{{$}}
func.func @reduce_max_of_nothing_is_the_least_value() -> tensor<i8> {
  %a = dtc.constant dense<> : tensor<0xi8> : tensor<0xi8>
  %r = dtc.reduce_max %a {dims = array<i64: 0>}
    : (tensor<0xi8>) -> tensor<i8>
  return %r : tensor<i8>
}

// CHECK-LABEL: @reduce_min_of_integers
// CHECK-NEXT: result0: i64
// CHECK-NEXT: {{^  }}-4{{$}}
func.func @reduce_min_of_integers() -> tensor<i64> {
  %a = dtc.constant dense<[3, -4, 5]> : tensor<3xi64> : tensor<3xi64>
  %r = dtc.reduce_min %a {dims = array<i64: 0>}
    : (tensor<3xi64>) -> tensor<i64>
  return %r : tensor<i64>
}

// CHECK-LABEL: @reduce_min_of_nothing_is_infinite
// CHECK-NEXT: result0: f32
// CHECK-NEXT: {{^  }}inf{{$}}
func.func @reduce_min_of_nothing_is_infinite() -> tensor<f32> {
  %a = dtc.constant dense<> : tensor<0xf32> : tensor<0xf32>
  %r = dtc.reduce_min %a {dims = array<i64: 0>}
    : (tensor<0xf32>) -> tensor<f32>
  return %r : tensor<f32>
}

// CHECK-LABEL: @reduce_prod_multiplies
// CHECK-NEXT: result0: 2xf32
// CHECK-NEXT: {{^  }}[6, 120]{{$}}
func.func @reduce_prod_multiplies() -> tensor<2xf32> {
  %a = dtc.constant dense<[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]> : tensor<2x3xf32> : tensor<2x3xf32>
  %r = dtc.reduce_prod %a {dims = array<i64: 1>}
    : (tensor<2x3xf32>) -> tensor<2xf32>
  return %r : tensor<2xf32>
}

// CHECK-LABEL: @reduce_l1_sums_magnitudes
// CHECK-NEXT: result0: f32
// CHECK-NEXT: {{^  }}3{{$}}
func.func @reduce_l1_sums_magnitudes() -> tensor<f32> {
  %a = dtc.constant dense<[-1.0, 2.0]> : tensor<2xf32> : tensor<2xf32>
  %r = dtc.reduce_l1 %a {dims = array<i64: 0>}
    : (tensor<2xf32>) -> tensor<f32>
  return %r : tensor<f32>
}

// CHECK-LABEL: @reduce_l2_is_the_root_of_squares
// CHECK-NEXT: result0: f32
// CHECK-NEXT: {{^  }}5{{$}}
func.func @reduce_l2_is_the_root_of_squares() -> tensor<f32> {
  %a = dtc.constant dense<[-3.0, 4.0]> : tensor<2xf32> : tensor<2xf32>
  %r = dtc.reduce_l2 %a {dims = array<i64: 0>}
    : (tensor<2xf32>) -> tensor<f32>
  return %r : tensor<f32>
}

// CHECK-LABEL: @reduce_sum_square_sums_squares
// CHECK-NEXT: result0: f32
// CHECK-NEXT: {{^  }}25{{$}}
func.func @reduce_sum_square_sums_squares() -> tensor<f32> {
  %a = dtc.constant dense<[-3.0, 4.0]> : tensor<2xf32> : tensor<2xf32>
  %r = dtc.reduce_sum_square %a {dims = array<i64: 0>}
    : (tensor<2xf32>) -> tensor<f32>
  return %r : tensor<f32>
}

// CHECK-LABEL: @reduce_log_sum_exp_does_not_overflow
// CHECK-NEXT: result0: f32
// CHECK-NEXT: {{^  }}1000.69{{$}}
func.func @reduce_log_sum_exp_does_not_overflow() -> tensor<f32> {
  %a = dtc.constant dense<[1000.0, 1000.0]> : tensor<2xf32> : tensor<2xf32>
  %r = dtc.reduce_log_sum_exp %a {dims = array<i64: 0>}
    : (tensor<2xf32>) -> tensor<f32>
  return %r : tensor<f32>
}

// CHECK-LABEL: @arg_max_finds_the_first
// CHECK-NEXT: result0: 2xi64
// CHECK-NEXT: {{^  }}[1, 0]{{$}}
func.func @arg_max_finds_the_first() -> tensor<2xi64> {
  %a = dtc.constant dense<[[1.0, 3.0, 3.0], [5.0, 2.0, 4.0]]> : tensor<2x3xf32> : tensor<2x3xf32>
  %r = dtc.arg_max %a {axis = 1 : i64}
    : (tensor<2x3xf32>) -> tensor<2xi64>
  return %r : tensor<2xi64>
}

// CHECK-LABEL: @arg_max_finds_the_last_of_equals
// CHECK-NEXT: result0: 2x1xi64
// CHECK-NEXT: {{^  }}{{\[\[}}2], [0]]{{$}}
func.func @arg_max_finds_the_last_of_equals() -> tensor<2x1xi64> {
  %a = dtc.constant dense<[[1.0, 3.0, 3.0], [5.0, 2.0, 4.0]]> : tensor<2x3xf32> : tensor<2x3xf32>
  %r = dtc.arg_max %a {axis = 1 : i64, keepDims, lastIndex}
    : (tensor<2x3xf32>) -> tensor<2x1xi64>
  return %r : tensor<2x1xi64>
}

// CHECK-LABEL: @arg_min_along_the_outer_dimension
// CHECK-NEXT: result0: 2xi64
// CHECK-NEXT: {{^  }}[1, 0]{{$}}
func.func @arg_min_along_the_outer_dimension() -> tensor<2xi64> {
  %a = dtc.constant dense<[[4, 1], [2, 3]]> : tensor<2x2xi32> : tensor<2x2xi32>
  %r = dtc.arg_min %a {axis = 0 : i64}
    : (tensor<2x2xi32>) -> tensor<2xi64>
  return %r : tensor<2xi64>
}

// CHECK-LABEL: @cum_sum_runs_along_its_axis
// CHECK-NEXT: result0: 2x3xf32
// CHECK-NEXT: {{^  }}{{\[\[}}1, 3, 6], [4, 9, 15]]{{$}}
func.func @cum_sum_runs_along_its_axis() -> tensor<2x3xf32> {
  %a = dtc.constant dense<[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]> : tensor<2x3xf32> : tensor<2x3xf32>
  %r = dtc.cum_sum %a {axis = 1 : i64}
    : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return %r : tensor<2x3xf32>
}

// CHECK-LABEL: @exclusive_cum_sum_leaves_its_element_out
// CHECK-NEXT: result0: 3xi64
// CHECK-NEXT: {{^  }}[0, 1, 3]{{$}}
func.func @exclusive_cum_sum_leaves_its_element_out() -> tensor<3xi64> {
  %a = dtc.constant dense<[1, 2, 3]> : tensor<3xi64> : tensor<3xi64>
  %r = dtc.cum_sum %a {axis = 0 : i64, exclusive}
    : (tensor<3xi64>) -> tensor<3xi64>
  return %r : tensor<3xi64>
}

// CHECK-LABEL: @reverse_cum_sum_starts_at_the_end
// CHECK-NEXT: result0: 3xi64
// CHECK-NEXT: {{^  }}[6, 5, 3]{{$}}
func.func @reverse_cum_sum_starts_at_the_end() -> tensor<3xi64> {
  %a = dtc.constant dense<[1, 2, 3]> : tensor<3xi64> : tensor<3xi64>
  %r = dtc.cum_sum %a {axis = 0 : i64, reverse}
    : (tensor<3xi64>) -> tensor<3xi64>
  return %r : tensor<3xi64>
}

// CHECK-LABEL: @cum_sum_along_the_outer_dimension
// CHECK-NEXT: result0: 2x3xf32
// CHECK-NEXT: {{^  }}{{\[\[}}1, 2, 3], [5, 7, 9]]{{$}}
func.func @cum_sum_along_the_outer_dimension() -> tensor<2x3xf32> {
  %a = dtc.constant dense<[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]> : tensor<2x3xf32> : tensor<2x3xf32>
  %r = dtc.cum_sum %a {axis = 0 : i64}
    : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return %r : tensor<2x3xf32>
}

// CHECK-LABEL: @products_so_far
// CHECK-NEXT: result0: 4xf32
// CHECK-NEXT: {{^  }}[1, 2, 6, 24]{{$}}
func.func @products_so_far() -> tensor<4xf32> {
  %a0 = dtc.constant dense<[1.0, 2.0, 3.0, 4.0]> : tensor<4xf32> : tensor<4xf32>
  %r = dtc.cum_prod %a0 {axis = 0 : i64}
    : (tensor<4xf32>) -> tensor<4xf32>
  return %r : tensor<4xf32>
}

// CHECK-LABEL: @products_before
// CHECK-NEXT: result0: 4xf64
// CHECK-NEXT: {{^  }}[1, 1, 2, 6]{{$}}
func.func @products_before() -> tensor<4xf64> {
  %a0 = dtc.constant dense<[1.0, 2.0, 3.0, 4.0]> : tensor<4xf64> : tensor<4xf64>
  %r = dtc.cum_prod %a0 {axis = 0 : i64, exclusive}
    : (tensor<4xf64>) -> tensor<4xf64>
  return %r : tensor<4xf64>
}

// CHECK-LABEL: @products_from_the_end
// CHECK-NEXT: result0: 4xi32
// CHECK-NEXT: {{^  }}[24, 24, 12, 4]{{$}}
func.func @products_from_the_end() -> tensor<4xi32> {
  %a0 = dtc.constant dense<[1, 2, 3, 4]> : tensor<4xi32> : tensor<4xi32>
  %r = dtc.cum_prod %a0 {axis = 0 : i64, reverse}
    : (tensor<4xi32>) -> tensor<4xi32>
  return %r : tensor<4xi32>
}

// CHECK-LABEL: @products_behind
// CHECK-NEXT: result0: 4xi64
// CHECK-NEXT: {{^  }}[24, 12, 4, 1]{{$}}
func.func @products_behind() -> tensor<4xi64> {
  %a0 = dtc.constant dense<[1, 2, 3, 4]> : tensor<4xi64> : tensor<4xi64>
  %r = dtc.cum_prod %a0 {axis = 0 : i64, exclusive, reverse}
    : (tensor<4xi64>) -> tensor<4xi64>
  return %r : tensor<4xi64>
}

// CHECK-LABEL: @products_of_columns
// CHECK-NEXT: result0: 3x2xu64
// CHECK-NEXT: {{^  }}{{\[\[}}1, 2], [3, 8], [15, 48]]{{$}}
func.func @products_of_columns() -> tensor<3x2xui64> {
  %a0 = dtc.constant dense<[[1, 2], [3, 4], [5, 6]]> : tensor<3x2xui64> : tensor<3x2xui64>
  %r = dtc.cum_prod %a0 {axis = 0 : i64}
    : (tensor<3x2xui64>) -> tensor<3x2xui64>
  return %r : tensor<3x2xui64>
}

// CHECK-LABEL: @products_of_rows
// CHECK-NEXT: result0: 2x3xf16
// CHECK-NEXT: {{^  }}{{\[\[}}1, 2, 6], [4, 20, 120]]{{$}}
func.func @products_of_rows() -> tensor<2x3xf16> {
  %a0 = dtc.constant dense<[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]> : tensor<2x3xf16> : tensor<2x3xf16>
  %r = dtc.cum_prod %a0 {axis = 1 : i64}
    : (tensor<2x3xf16>) -> tensor<2x3xf16>
  return %r : tensor<2x3xf16>
}

// CHECK-LABEL: @products_of_bytes_wrap
// CHECK-NEXT: result0: 3xu8
// CHECK-NEXT: {{^  }}[16, 0, 0]{{$}}
func.func @products_of_bytes_wrap() -> tensor<3xui8> {
  %a0 = dtc.constant dense<[16, 16, 3]> : tensor<3xui8> : tensor<3xui8>
  %r = dtc.cum_prod %a0 {axis = 0 : i64}
    : (tensor<3xui8>) -> tensor<3xui8>
  return %r : tensor<3xui8>
}

// CHECK-LABEL: @products_of_nothing
// CHECK-NEXT: result0: 0x2xf32
// CHECK-NEXT: {{^  }}[]{{$}}
func.func @products_of_nothing() -> tensor<0x2xf32> {
  %a0 = dtc.constant dense<> : tensor<0x2xf32> : tensor<0x2xf32>
  %r = dtc.cum_prod %a0 {axis = 0 : i64}
    : (tensor<0x2xf32>) -> tensor<0x2xf32>
  return %r : tensor<0x2xf32>
}

// CHECK-LABEL: @sums_of_short_words_wrap
// CHECK-NEXT: result0: 2xi16
// CHECK-NEXT: {{^  }}[30000, -25536]{{$}}
func.func @sums_of_short_words_wrap() -> tensor<2xi16> {
  %a0 = dtc.constant dense<[30000, 10000]> : tensor<2xi16> : tensor<2xi16>
  %r = dtc.cum_sum %a0 {axis = 0 : i64}
    : (tensor<2xi16>) -> tensor<2xi16>
  return %r : tensor<2xi16>
}

// CHECK-LABEL: @variance_of_a_population
// CHECK-NEXT: result0: 2xf32
// CHECK-NEXT: {{^  }}[2, 0]{{$}}
func.func @variance_of_a_population() -> tensor<2xf32> {
  %a = dtc.constant dense<[[1.0, 3.0, 5.0, 3.0], [7.0, 7.0, 7.0, 7.0]]> : tensor<2x4xf32> : tensor<2x4xf32>
  %r = dtc.reduce_var %a {dims = array<i64: 1>, correction = 0 : i64} : (tensor<2x4xf32>) -> tensor<2xf32>
  return %r : tensor<2xf32>
}

// CHECK-LABEL: @variance_of_a_sample_keeps_dimensions
// CHECK-NEXT: result0: 1x1xf32
// CHECK-NEXT: {{^  }}{{\[\[}}4]]{{$}}
func.func @variance_of_a_sample_keeps_dimensions() -> tensor<1x1xf32> {
  %a = dtc.constant dense<[[1.0], [3.0], [5.0]]> : tensor<3x1xf32> : tensor<3x1xf32>
  %r = dtc.reduce_var %a {dims = array<i64: 0, 1>, correction = 1 : i64, keepDims} : (tensor<3x1xf32>) -> tensor<1x1xf32>
  return %r : tensor<1x1xf32>
}

// CHECK-LABEL: @deviation_over_rows
// CHECK-NEXT: result0: 2xf32
// CHECK-NEXT: {{^  }}[2, 0]{{$}}
func.func @deviation_over_rows() -> tensor<2xf32> {
  %a = dtc.constant dense<[[1.0, 7.0], [3.0, 7.0], [5.0, 7.0]]> : tensor<3x2xf32> : tensor<3x2xf32>
  %r = dtc.reduce_std %a {dims = array<i64: 0>, correction = 1 : i64} : (tensor<3x2xf32>) -> tensor<2xf32>
  return %r : tensor<2xf32>
}

// CHECK-LABEL: @variance_of_one_element_of_a_sample_is_undefined
// CHECK-NEXT: result0: 1xf32
// CHECK-NEXT: {{^  }}[{{-?}}nan]{{$}}
func.func @variance_of_one_element_of_a_sample_is_undefined() -> tensor<1xf32> {
  %a = dtc.constant dense<[[1.0]]> : tensor<1x1xf32> : tensor<1x1xf32>
  %r = dtc.reduce_var %a {dims = array<i64: 1>, correction = 1 : i64} : (tensor<1x1xf32>) -> tensor<1xf32>
  return %r : tensor<1xf32>
}
