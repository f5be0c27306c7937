// RUN: dtc-interpret %s --all --print | FileCheck %s

// CHECK-LABEL: @abs_drops_the_sign
// CHECK-NEXT: result0: 4xf32
// CHECK-NEXT: {{^  }}[1.5, 0, 0.5, 2]{{$}}
func.func @abs_drops_the_sign() -> tensor<4xf32> {
  %a = dtc.constant dense<[-1.5, -0.0, 0.5, 2.0]> : tensor<4xf32> : tensor<4xf32>
  %r = dtc.abs %a
    : (tensor<4xf32>) -> tensor<4xf32>
  return %r : tensor<4xf32>
}

// CHECK-LABEL: @abs_of_the_least_integer_wraps
// CHECK-NEXT: result0: 4xi8
// CHECK-NEXT: {{^  }}[-128, 3, 0, 7]{{$}}
func.func @abs_of_the_least_integer_wraps() -> tensor<4xi8> {
  %a = dtc.constant dense<[-128, -3, 0, 7]> : tensor<4xi8> : tensor<4xi8>
  %r = dtc.abs %a
    : (tensor<4xi8>) -> tensor<4xi8>
  return %r : tensor<4xi8>
}

// CHECK-LABEL: @neg_changes_the_sign
// CHECK-NEXT: result0: 2xf32
// CHECK-NEXT: {{^  }}[1.5, -0.5]{{$}}
func.func @neg_changes_the_sign() -> tensor<2xf32> {
  %a = dtc.constant dense<[-1.5, 0.5]> : tensor<2xf32> : tensor<2xf32>
  %r = dtc.neg %a
    : (tensor<2xf32>) -> tensor<2xf32>
  return %r : tensor<2xf32>
}

// CHECK-LABEL: @neg_of_integers
// CHECK-NEXT: result0: 2xi64
// CHECK-NEXT: {{^  }}[-3, 4]{{$}}
func.func @neg_of_integers() -> tensor<2xi64> {
  %a = dtc.constant dense<[3, -4]> : tensor<2xi64> : tensor<2xi64>
  %r = dtc.neg %a
    : (tensor<2xi64>) -> tensor<2xi64>
  return %r : tensor<2xi64>
}

// CHECK-LABEL: @exp_of_zero_is_one
// CHECK-NEXT: result0: 2xf32
// CHECK-NEXT: {{^  }}[1, 2.71828]{{$}}
func.func @exp_of_zero_is_one() -> tensor<2xf32> {
  %a = dtc.constant dense<[0.0, 1.0]> : tensor<2xf32> : tensor<2xf32>
  %r = dtc.exp %a
    : (tensor<2xf32>) -> tensor<2xf32>
  return %r : tensor<2xf32>
}

// CHECK-LABEL: @log_undoes_exp
// CHECK-NEXT: result0: 2xf64
// CHECK-NEXT: {{^  }}[0, 1]{{$}}
func.func @log_undoes_exp() -> tensor<2xf64> {
  %a = dtc.constant dense<[1.0, 2.718281828459045]> : tensor<2xf64> : tensor<2xf64>
  %r = dtc.log %a
    : (tensor<2xf64>) -> tensor<2xf64>
  return %r : tensor<2xf64>
}

// CHECK-LABEL: @sqrt_of_a_negative_number_is_no_number
// CHECK-NEXT: result0: 2xf32
// CHECK-NEXT: {{^  }}[2, {{-?}}nan]{{$}}
func.func @sqrt_of_a_negative_number_is_no_number() -> tensor<2xf32> {
  %a = dtc.constant dense<[4.0, -1.0]> : tensor<2xf32> : tensor<2xf32>
  %r = dtc.sqrt %a
    : (tensor<2xf32>) -> tensor<2xf32>
  return %r : tensor<2xf32>
}

// CHECK-LABEL: @rsqrt_divides_one_by_the_root
// CHECK-NEXT: result0: 2xf32
// CHECK-NEXT: {{^  }}[0.5, 2]{{$}}
func.func @rsqrt_divides_one_by_the_root() -> tensor<2xf32> {
  %a = dtc.constant dense<[4.0, 0.25]> : tensor<2xf32> : tensor<2xf32>
  %r = dtc.rsqrt %a
    : (tensor<2xf32>) -> tensor<2xf32>
  return %r : tensor<2xf32>
}

// CHECK-LABEL: @reciprocal_of_zero_is_infinite
// CHECK-NEXT: result0: 2xf32
// CHECK-NEXT: {{^  }}[0.25, inf]{{$}}
func.func @reciprocal_of_zero_is_infinite() -> tensor<2xf32> {
  %a = dtc.constant dense<[4.0, 0.0]> : tensor<2xf32> : tensor<2xf32>
  %r = dtc.reciprocal %a
    : (tensor<2xf32>) -> tensor<2xf32>
  return %r : tensor<2xf32>
}

// CHECK-LABEL: @erf_is_odd
// CHECK-NEXT: result0: 4xf32
// CHECK-NEXT: {{^  }}[0, 0.5205, -0.5205, 1]{{$}}
func.func @erf_is_odd() -> tensor<4xf32> {
  %a = dtc.constant dense<[0.0, 0.5, -0.5, 4.0]> : tensor<4xf32> : tensor<4xf32>
  %r = dtc.erf %a
    : (tensor<4xf32>) -> tensor<4xf32>
  return %r : tensor<4xf32>
}

// CHECK-LABEL: @sin_of_half_pi_is_one
// CHECK-NEXT: result0: 2xf32
// CHECK-NEXT: {{^  }}[0, 1]{{$}}
func.func @sin_of_half_pi_is_one() -> tensor<2xf32> {
  %a = dtc.constant dense<[0.0, 1.5707963]> : tensor<2xf32> : tensor<2xf32>
  %r = dtc.sin %a
    : (tensor<2xf32>) -> tensor<2xf32>
  return %r : tensor<2xf32>
}

// CHECK-LABEL: @cos_of_zero_is_one
// CHECK-NEXT: result0: 2xf32
// CHECK-NEXT: {{^  }}[1, -1]{{$}}
func.func @cos_of_zero_is_one() -> tensor<2xf32> {
  %a = dtc.constant dense<[0.0, 3.1415927]> : tensor<2xf32> : tensor<2xf32>
  %r = dtc.cos %a
    : (tensor<2xf32>) -> tensor<2xf32>
  return %r : tensor<2xf32>
}

// CHECK-LABEL: @tanh_saturates
// CHECK-NEXT: result0: 4xf32
// CHECK-NEXT: {{^  }}[0, 0.462117, 1, -1]{{$}}
func.func @tanh_saturates() -> tensor<4xf32> {
  %a = dtc.constant dense<[0.0, 0.5, 20.0, -20.0]> : tensor<4xf32> : tensor<4xf32>
  %r = dtc.tanh %a
    : (tensor<4xf32>) -> tensor<4xf32>
  return %r : tensor<4xf32>
}

// CHECK-LABEL: @sigmoid_of_zero_is_a_half
// CHECK-NEXT: result0: 4xf32
// CHECK-NEXT: {{^  }}[0.5, 0.731059, 2.06115e-09, 1]{{$}}
func.func @sigmoid_of_zero_is_a_half() -> tensor<4xf32> {
  %a = dtc.constant dense<[0.0, 1.0, -20.0, 100.0]> : tensor<4xf32> : tensor<4xf32>
  %r = dtc.sigmoid %a
    : (tensor<4xf32>) -> tensor<4xf32>
  return %r : tensor<4xf32>
}

// CHECK-LABEL: @silu_multiplies_by_the_sigmoid
// CHECK-NEXT: result0: 2xf32
// CHECK-NEXT: {{^  }}[0, 0.731059]{{$}}
func.func @silu_multiplies_by_the_sigmoid() -> tensor<2xf32> {
  %a = dtc.constant dense<[0.0, 1.0]> : tensor<2xf32> : tensor<2xf32>
  %r = dtc.silu %a
    : (tensor<2xf32>) -> tensor<2xf32>
  return %r : tensor<2xf32>
}

// CHECK-LABEL: @relu_cuts_negative_values
// CHECK-NEXT: result0: 4xf32
// CHECK-NEXT: {{^  }}[0, 0, 0.5, 2]{{$}}
func.func @relu_cuts_negative_values() -> tensor<4xf32> {
  %a = dtc.constant dense<[-1.5, 0.0, 0.5, 2.0]> : tensor<4xf32> : tensor<4xf32>
  %r = dtc.relu %a
    : (tensor<4xf32>) -> tensor<4xf32>
  return %r : tensor<4xf32>
}

// CHECK-LABEL: @relu_of_integers
// CHECK-NEXT: result0: 2xi32
// CHECK-NEXT: {{^  }}[0, 4]{{$}}
func.func @relu_of_integers() -> tensor<2xi32> {
  %a = dtc.constant dense<[-3, 4]> : tensor<2xi32> : tensor<2xi32>
  %r = dtc.relu %a
    : (tensor<2xi32>) -> tensor<2xi32>
  return %r : tensor<2xi32>
}

// CHECK-LABEL: @floor_goes_down
// CHECK-NEXT: result0: 2xf32
// CHECK-NEXT: {{^  }}[-2, 1]{{$}}
func.func @floor_goes_down() -> tensor<2xf32> {
  %a = dtc.constant dense<[-1.5, 1.5]> : tensor<2xf32> : tensor<2xf32>
  %r = dtc.floor %a
    : (tensor<2xf32>) -> tensor<2xf32>
  return %r : tensor<2xf32>
}

// CHECK-LABEL: @ceil_goes_up
// CHECK-NEXT: result0: 2xf32
// CHECK-NEXT: {{^  }}[-1, 2]{{$}}
func.func @ceil_goes_up() -> tensor<2xf32> {
  %a = dtc.constant dense<[-1.5, 1.25]> : tensor<2xf32> : tensor<2xf32>
  %r = dtc.ceil %a
    : (tensor<2xf32>) -> tensor<2xf32>
  return %r : tensor<2xf32>
}

// CHECK-LABEL: @round_goes_to_even
// CHECK-NEXT: result0: 4xf32
// CHECK-NEXT: {{^  }}[0, 2, 2, -1]{{$}}
func.func @round_goes_to_even() -> tensor<4xf32> {
  %a = dtc.constant dense<[0.5, 1.5, 2.5, -0.75]> : tensor<4xf32> : tensor<4xf32>
  %r = dtc.round %a
    : (tensor<4xf32>) -> tensor<4xf32>
  return %r : tensor<4xf32>
}

// CHECK-LABEL: @sign_is_minus_one_zero_or_one
// CHECK-NEXT: result0: 4xf32
// CHECK-NEXT: {{^  }}[-1, 0, 1, 1]{{$}}
func.func @sign_is_minus_one_zero_or_one() -> tensor<4xf32> {
  %a = dtc.constant dense<[-1.5, 0.0, 0.5, 2.0]> : tensor<4xf32> : tensor<4xf32>
  %r = dtc.sign %a
    : (tensor<4xf32>) -> tensor<4xf32>
  return %r : tensor<4xf32>
}

// CHECK-LABEL: @not_negates_truth
// CHECK-NEXT: result0: 2xbool
// CHECK-NEXT: {{^  }}[false, true]{{$}}
func.func @not_negates_truth() -> tensor<2xi1> {
  %a = dtc.constant dense<[true, false]> : tensor<2xi1> : tensor<2xi1>
  %r = dtc.not %a
    : (tensor<2xi1>) -> tensor<2xi1>
  return %r : tensor<2xi1>
}

// CHECK-LABEL: @is_nan_finds_what_is_no_number
// CHECK-NEXT: result0: 2xbool
// CHECK-NEXT: {{^  }}[true, false]{{$}}
func.func @is_nan_finds_what_is_no_number() -> tensor<2xi1> {
  %a = dtc.constant dense<[0x7FC00000, 1.0]> : tensor<2xf32> : tensor<2xf32>
  %r = dtc.is_nan %a
    : (tensor<2xf32>) -> tensor<2xi1>
  return %r : tensor<2xi1>
}

// CHECK-LABEL: @gelu_is_exact_by_default
// CHECK-NEXT: result0: 4xf32
// CHECK-NEXT: {{^  }}[-0.158655, 0, 0.841345, 2.99595]{{$}}
func.func @gelu_is_exact_by_default() -> tensor<4xf32> {
  %a = dtc.constant dense<[-1.0, 0.0, 1.0, 3.0]> : tensor<4xf32> : tensor<4xf32>
  %r = dtc.gelu %a
    : (tensor<4xf32>) -> tensor<4xf32>
  return %r : tensor<4xf32>
}

// CHECK-LABEL: @gelu_by_tanh_is_an_approximation
// CHECK-NEXT: result0: 4xf32
// CHECK-NEXT: {{^  }}[-0.158808, 0, 0.841192, 2.99636]{{$}}
func.func @gelu_by_tanh_is_an_approximation() -> tensor<4xf32> {
  %a = dtc.constant dense<[-1.0, 0.0, 1.0, 3.0]> : tensor<4xf32> : tensor<4xf32>
  %r = dtc.gelu %a {tanh}
    : (tensor<4xf32>) -> tensor<4xf32>
  return %r : tensor<4xf32>
}

// CHECK-LABEL: @clamp_keeps_what_is_no_number
// CHECK-NEXT: result0: 5xf32
// CHECK-NEXT: {{^  }}[-0.5, -0.5, 0.25, 2, nan]{{$}}
func.func @clamp_keeps_what_is_no_number() -> tensor<5xf32> {
  %a = dtc.constant dense<[0xFF800000, -0.75, 0.25, 3.0, 0x7FC00000]> : tensor<5xf32> : tensor<5xf32>
  %r = dtc.clamp %a {least = -0.5 : f64, most = 2.0 : f64}
    : (tensor<5xf32>) -> tensor<5xf32>
  return %r : tensor<5xf32>
}

// CHECK-LABEL: @clamp_where_bounds_cross_is_the_upper
// CHECK-NEXT: result0: 2xf32
// CHECK-NEXT: {{^  }}[1, 1]{{$}}
func.func @clamp_where_bounds_cross_is_the_upper() -> tensor<2xf32> {
  %a = dtc.constant dense<[-3.0, 3.0]> : tensor<2xf32> : tensor<2xf32>
  %r = dtc.clamp %a {least = 2.0 : f64, most = 1.0 : f64}
    : (tensor<2xf32>) -> tensor<2xf32>
  return %r : tensor<2xf32>
}

// CHECK-LABEL: @log1p_is_exact_near_zero
// CHECK-NEXT: result0: 4xf32
// CHECK-NEXT: {{^  }}[1e-10, 0.693147, -inf, inf]{{$}}
func.func @log1p_is_exact_near_zero() -> tensor<4xf32> {
  %a = dtc.constant dense<[1.0e-10, 1.0, -1.0, 0x7F800000]> : tensor<4xf32> : tensor<4xf32>
  %r = dtc.log1p %a
    : (tensor<4xf32>) -> tensor<4xf32>
  return %r : tensor<4xf32>
}

// CHECK-LABEL: @expm1_is_exact_near_zero
// CHECK-NEXT: result0: 4xf32
// CHECK-NEXT: {{^  }}[1e-10, 1.71828, -1, inf]{{$}}
func.func @expm1_is_exact_near_zero() -> tensor<4xf32> {
  %a = dtc.constant dense<[1.0e-10, 1.0, 0xFF800000, 100.0]> : tensor<4xf32> : tensor<4xf32>
  %r = dtc.expm1 %a
    : (tensor<4xf32>) -> tensor<4xf32>
  return %r : tensor<4xf32>
}

// CHECK-LABEL: @softplus_does_not_overflow
// CHECK-NEXT: result0: 4xf32
// CHECK-NEXT: {{^  }}[0, 0.693147, 200, {{-?nan}}]{{$}}
func.func @softplus_does_not_overflow() -> tensor<4xf32> {
  %a = dtc.constant dense<[-200.0, 0.0, 200.0, 0x7FC00000]> : tensor<4xf32> : tensor<4xf32>
  %r = dtc.softplus %a
    : (tensor<4xf32>) -> tensor<4xf32>
  return %r : tensor<4xf32>
}

// CHECK-LABEL: @elu_bends_at_zero
// CHECK-NEXT: result0: 4xf32
// CHECK-NEXT: {{^  }}[-3, -2.59399, 0, 200]{{$}}
func.func @elu_bends_at_zero() -> tensor<4xf32> {
  %a = dtc.constant dense<[-200.0, -4.0, 0.0, 100.0]> : tensor<4xf32> : tensor<4xf32>
  %r = dtc.elu %a {above = 2.0 : f64, below = 3.0 : f64, rate = 0.5 : f64}
    : (tensor<4xf32>) -> tensor<4xf32>
  return %r : tensor<4xf32>
}

// CHECK-LABEL: @add_broadcasts_a_row
// CHECK-NEXT: result0: 2x2xf32
// CHECK-NEXT: {{^  }}{{\[\[}}11, 22], [13, 24]]{{$}}
func.func @add_broadcasts_a_row() -> tensor<2x2xf32> {
  %a = dtc.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32> : tensor<2x2xf32>
  %b = dtc.constant dense<[10.0, 20.0]> : tensor<2xf32> : tensor<2xf32>
  %r = dtc.add %a, %b
    : (tensor<2x2xf32>, tensor<2xf32>) -> tensor<2x2xf32>
  return %r : tensor<2x2xf32>
}

// CHECK-LABEL: @add_broadcasts_a_column_against_a_row
// CHECK-NEXT: result0: 2x3xf32
// CHECK-NEXT: {{^  }}{{\[\[}}11, 21, 31], [12, 22, 32]]{{$}}
func.func @add_broadcasts_a_column_against_a_row() -> tensor<2x3xf32> {
  %a = dtc.constant dense<[[1.0], [2.0]]> : tensor<2x1xf32> : tensor<2x1xf32>
  %b = dtc.constant dense<[[10.0, 20.0, 30.0]]> : tensor<1x3xf32> : tensor<1x3xf32>
  %r = dtc.add %a, %b
    : (tensor<2x1xf32>, tensor<1x3xf32>) -> tensor<2x3xf32>
  return %r : tensor<2x3xf32>
}

// CHECK-LABEL: @add_of_bytes_wraps
// CHECK-NEXT: result0: 2xi8
// CHECK-NEXT: {{^  }}[-128, 127]{{$}}
func.func @add_of_bytes_wraps() -> tensor<2xi8> {
  %a = dtc.constant dense<[127, -128]> : tensor<2xi8> : tensor<2xi8>
  %b = dtc.constant dense<[1, -1]> : tensor<2xi8> : tensor<2xi8>
  %r = dtc.add %a, %b
    : (tensor<2xi8>, tensor<2xi8>) -> tensor<2xi8>
  return %r : tensor<2xi8>
}

// CHECK-LABEL: @add_of_halves_rounds_once
// CHECK-NEXT: result0: 2xf16
// CHECK-NEXT: {{^  }}[2048, 1]{{$}}
func.func @add_of_halves_rounds_once() -> tensor<2xf16> {
  %a = dtc.constant dense<[2048.0, 1.0]> : tensor<2xf16> : tensor<2xf16>
  %b = dtc.constant dense<[1.0, 0.0004]> : tensor<2xf16> : tensor<2xf16>
  %r = dtc.add %a, %b
    : (tensor<2xf16>, tensor<2xf16>) -> tensor<2xf16>
  return %r : tensor<2xf16>
}

// CHECK-LABEL: @add_of_short_floats_rounds_to_even
// CHECK-NEXT: result0: 2xbf16
// CHECK-NEXT: {{^  }}[256, 260]{{$}}
func.func @add_of_short_floats_rounds_to_even() -> tensor<2xbf16> {
  %a = dtc.constant dense<[256.0, 256.0]> : tensor<2xbf16> : tensor<2xbf16>
  %b = dtc.constant dense<[1.0, 3.0]> : tensor<2xbf16> : tensor<2xbf16>
  %r = dtc.add %a, %b
    : (tensor<2xbf16>, tensor<2xbf16>) -> tensor<2xbf16>
  return %r : tensor<2xbf16>
}

// CHECK-LABEL: @sub_takes_the_right_from_the_left
// CHECK-NEXT: result0: 2xf32
// CHECK-NEXT: {{^  }}[-2, 1.5]{{$}}
func.func @sub_takes_the_right_from_the_left() -> tensor<2xf32> {
  %a = dtc.constant dense<[1.0, 2.0]> : tensor<2xf32> : tensor<2xf32>
  %b = dtc.constant dense<[3.0, 0.5]> : tensor<2xf32> : tensor<2xf32>
  %r = dtc.sub %a, %b
    : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
  return %r : tensor<2xf32>
}

// CHECK-LABEL: @mul_with_a_scalar_scales
// CHECK-NEXT: result0: 2xf32
// CHECK-NEXT: {{^  }}[2.5, -5]{{$}}
func.func @mul_with_a_scalar_scales() -> tensor<2xf32> {
  %a = dtc.constant dense<[1.0, -2.0]> : tensor<2xf32> : tensor<2xf32>
  %b = dtc.constant dense<2.5> : tensor<f32> : tensor<f32>
  %r = dtc.mul %a, %b
    : (tensor<2xf32>, tensor<f32>) -> tensor<2xf32>
  return %r : tensor<2xf32>
}

// CHECK-LABEL: @div_of_integers_goes_towards_zero
// CHECK-NEXT: result0: 2xi64
// CHECK-NEXT: {{^  }}[3, -3]{{$}}
func.func @div_of_integers_goes_towards_zero() -> tensor<2xi64> {
  %a = dtc.constant dense<[7, -7]> : tensor<2xi64> : tensor<2xi64>
  %b = dtc.constant dense<[2, 2]> : tensor<2xi64> : tensor<2xi64>
  %r = dtc.div %a, %b
    : (tensor<2xi64>, tensor<2xi64>) -> tensor<2xi64>
  return %r : tensor<2xi64>
}

// CHECK-LABEL: @div_by_zero_of_floats_is_infinite
// CHECK-NEXT: result0: 2xf32
// CHECK-NEXT: {{^  }}[inf, -inf]{{$}}
func.func @div_by_zero_of_floats_is_infinite() -> tensor<2xf32> {
  %a = dtc.constant dense<[1.0, -1.0]> : tensor<2xf32> : tensor<2xf32>
  %b = dtc.constant dense<[0.0, 0.0]> : tensor<2xf32> : tensor<2xf32>
  %r = dtc.div %a, %b
    : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
  return %r : tensor<2xf32>
}

// CHECK-LABEL: @mod_has_the_sign_of_the_divisor
// CHECK-NEXT: result0: 4xi32
// CHECK-NEXT: {{^  }}[1, 2, -2, -1]{{$}}
func.func @mod_has_the_sign_of_the_divisor() -> tensor<4xi32> {
  %a = dtc.constant dense<[7, -7, 7, -7]> : tensor<4xi32> : tensor<4xi32>
  %b = dtc.constant dense<[3, 3, -3, -3]> : tensor<4xi32> : tensor<4xi32>
  %r = dtc.mod %a, %b
    : (tensor<4xi32>, tensor<4xi32>) -> tensor<4xi32>
  return %r : tensor<4xi32>
}

// CHECK-LABEL: @mod_of_floats_has_the_sign_of_the_divisor
// CHECK-NEXT: result0: 2xf32
// CHECK-NEXT: {{^  }}[1.5, 0.5]{{$}}
func.func @mod_of_floats_has_the_sign_of_the_divisor() -> tensor<2xf32> {
  %a = dtc.constant dense<[5.5, -5.5]> : tensor<2xf32> : tensor<2xf32>
  %b = dtc.constant dense<[2.0, 2.0]> : tensor<2xf32> : tensor<2xf32>
  %r = dtc.mod %a, %b
    : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
  return %r : tensor<2xf32>
}

// CHECK-LABEL: @truncated_mod_has_the_sign_of_the_dividend
// CHECK-NEXT: result0: 4xi32
// CHECK-NEXT: {{^  }}[1, -1, 1, -1]{{$}}
func.func @truncated_mod_has_the_sign_of_the_dividend() -> tensor<4xi32> {
  %a = dtc.constant dense<[7, -7, 7, -7]> : tensor<4xi32> : tensor<4xi32>
  %b = dtc.constant dense<[3, 3, -3, -3]> : tensor<4xi32> : tensor<4xi32>
  %r = dtc.mod %a, %b {truncate}
    : (tensor<4xi32>, tensor<4xi32>) -> tensor<4xi32>
  return %r : tensor<4xi32>
}

// CHECK-LABEL: @pow_of_floats
// CHECK-NEXT: result0: 2xf32
// CHECK-NEXT: {{^  }}[0.5, 3]{{$}}
func.func @pow_of_floats() -> tensor<2xf32> {
  %a = dtc.constant dense<[2.0, 9.0]> : tensor<2xf32> : tensor<2xf32>
  %b = dtc.constant dense<[-1.0, 0.5]> : tensor<2xf32> : tensor<2xf32>
  %r = dtc.pow %a, %b
    : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
  return %r : tensor<2xf32>
}

// CHECK-LABEL: @pow_of_integers
// CHECK-NEXT: result0: 4xi64
// CHECK-NEXT: {{^  }}[1024, -1, 1, 0]{{$}}
func.func @pow_of_integers() -> tensor<4xi64> {
  %a = dtc.constant dense<[2, -1, 3, 5]> : tensor<4xi64> : tensor<4xi64>
  %b = dtc.constant dense<[10, 3, 0, -1]> : tensor<4xi64> : tensor<4xi64>
  %r = dtc.pow %a, %b
    : (tensor<4xi64>, tensor<4xi64>) -> tensor<4xi64>
  return %r : tensor<4xi64>
}

// CHECK-LABEL: @maximum_keeps_what_is_no_number
// CHECK-NEXT: result0: 2xf32
// CHECK-NEXT: {{^  }}[2, {{-?}}nan]{{$}}
func.func @maximum_keeps_what_is_no_number() -> tensor<2xf32> {
  %a = dtc.constant dense<[1.0, 0x7FC00000]> : tensor<2xf32> : tensor<2xf32>
  %b = dtc.constant dense<[2.0, 1.0]> : tensor<2xf32> : tensor<2xf32>
  %r = dtc.maximum %a, %b
    : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
  return %r : tensor<2xf32>
}

// CHECK-LABEL: @minimum_takes_the_smaller
// CHECK-NEXT: result0: 2xi32
// CHECK-NEXT: {{^  }}[1, -1]{{$}}
func.func @minimum_takes_the_smaller() -> tensor<2xi32> {
  %a = dtc.constant dense<[1, 5]> : tensor<2xi32> : tensor<2xi32>
  %b = dtc.constant dense<[2, -1]> : tensor<2xi32> : tensor<2xi32>
  %r = dtc.minimum %a, %b
    : (tensor<2xi32>, tensor<2xi32>) -> tensor<2xi32>
  return %r : tensor<2xi32>
}

// CHECK-LABEL: @and_of_truths
// CHECK-NEXT: result0: 4xbool
// CHECK-NEXT: {{^  }}[true, false, false, false]{{$}}
func.func @and_of_truths() -> tensor<4xi1> {
  %a = dtc.constant dense<[true, true, false, false]> : tensor<4xi1> : tensor<4xi1>
  %b = dtc.constant dense<[true, false, true, false]> : tensor<4xi1> : tensor<4xi1>
  %r = dtc.and %a, %b
    : (tensor<4xi1>, tensor<4xi1>) -> tensor<4xi1>
  return %r : tensor<4xi1>
}

// CHECK-LABEL: @and_of_integers_is_bitwise
// CHECK-NEXT: result0: 2xi32
// CHECK-NEXT: {{^  }}[8, 0]{{$}}
func.func @and_of_integers_is_bitwise() -> tensor<2xi32> {
  %a = dtc.constant dense<[12, 7]> : tensor<2xi32> : tensor<2xi32>
  %b = dtc.constant dense<[10, 8]> : tensor<2xi32> : tensor<2xi32>
  %r = dtc.and %a, %b
    : (tensor<2xi32>, tensor<2xi32>) -> tensor<2xi32>
  return %r : tensor<2xi32>
}

// CHECK-LABEL: @or_of_truths
// CHECK-NEXT: result0: 4xbool
// CHECK-NEXT: {{^  }}[true, true, true, false]{{$}}
func.func @or_of_truths() -> tensor<4xi1> {
  %a = dtc.constant dense<[true, true, false, false]> : tensor<4xi1> : tensor<4xi1>
  %b = dtc.constant dense<[true, false, true, false]> : tensor<4xi1> : tensor<4xi1>
  %r = dtc.or %a, %b
    : (tensor<4xi1>, tensor<4xi1>) -> tensor<4xi1>
  return %r : tensor<4xi1>
}

// CHECK-LABEL: @xor_of_integers_is_bitwise
// CHECK-NEXT: result0: 2xi32
// CHECK-NEXT: {{^  }}[6, 15]{{$}}
func.func @xor_of_integers_is_bitwise() -> tensor<2xi32> {
  %a = dtc.constant dense<[12, 7]> : tensor<2xi32> : tensor<2xi32>
  %b = dtc.constant dense<[10, 8]> : tensor<2xi32> : tensor<2xi32>
  %r = dtc.xor %a, %b
    : (tensor<2xi32>, tensor<2xi32>) -> tensor<2xi32>
  return %r : tensor<2xi32>
}

// CHECK-LABEL: @equal_compares_elements
// CHECK-NEXT: result0: 3xbool
// CHECK-NEXT: {{^  }}[false, true, false]{{$}}
func.func @equal_compares_elements() -> tensor<3xi1> {
  %a = dtc.constant dense<[1.0, 2.0, 3.0]> : tensor<3xf32> : tensor<3xf32>
  %b = dtc.constant dense<2.0> : tensor<f32> : tensor<f32>
  %r = dtc.equal %a, %b
    : (tensor<3xf32>, tensor<f32>) -> tensor<3xi1>
  return %r : tensor<3xi1>
}

// CHECK-LABEL: @not_equal_compares_elements
// CHECK-NEXT: result0: 3xbool
// CHECK-NEXT: {{^  }}[true, false, true]{{$}}
func.func @not_equal_compares_elements() -> tensor<3xi1> {
  %a = dtc.constant dense<[1.0, 2.0, 3.0]> : tensor<3xf32> : tensor<3xf32>
  %b = dtc.constant dense<2.0> : tensor<f32> : tensor<f32>
  %r = dtc.not_equal %a, %b
    : (tensor<3xf32>, tensor<f32>) -> tensor<3xi1>
  return %r : tensor<3xi1>
}

// CHECK-LABEL: @less_compares_elements
// CHECK-NEXT: result0: 3xbool
// CHECK-NEXT: {{^  }}[true, false, false]{{$}}
func.func @less_compares_elements() -> tensor<3xi1> {
  %a = dtc.constant dense<[1.0, 2.0, 3.0]> : tensor<3xf32> : tensor<3xf32>
  %b = dtc.constant dense<2.0> : tensor<f32> : tensor<f32>
  %r = dtc.less %a, %b
    : (tensor<3xf32>, tensor<f32>) -> tensor<3xi1>
  return %r : tensor<3xi1>
}

// CHECK-LABEL: @less_equal_compares_elements
// CHECK-NEXT: result0: 3xbool
// CHECK-NEXT: {{^  }}[true, true, false]{{$}}
func.func @less_equal_compares_elements() -> tensor<3xi1> {
  %a = dtc.constant dense<[1.0, 2.0, 3.0]> : tensor<3xf32> : tensor<3xf32>
  %b = dtc.constant dense<2.0> : tensor<f32> : tensor<f32>
  %r = dtc.less_equal %a, %b
    : (tensor<3xf32>, tensor<f32>) -> tensor<3xi1>
  return %r : tensor<3xi1>
}

// CHECK-LABEL: @greater_compares_elements
// CHECK-NEXT: result0: 3xbool
// CHECK-NEXT: {{^  }}[false, false, true]{{$}}
func.func @greater_compares_elements() -> tensor<3xi1> {
  %a = dtc.constant dense<[1.0, 2.0, 3.0]> : tensor<3xf32> : tensor<3xf32>
  %b = dtc.constant dense<2.0> : tensor<f32> : tensor<f32>
  %r = dtc.greater %a, %b
    : (tensor<3xf32>, tensor<f32>) -> tensor<3xi1>
  return %r : tensor<3xi1>
}

// CHECK-LABEL: @greater_equal_compares_elements
// CHECK-NEXT: result0: 3xbool
// CHECK-NEXT: {{^  }}[false, true, true]{{$}}
func.func @greater_equal_compares_elements() -> tensor<3xi1> {
  %a = dtc.constant dense<[1.0, 2.0, 3.0]> : tensor<3xf32> : tensor<3xf32>
  %b = dtc.constant dense<2.0> : tensor<f32> : tensor<f32>
  %r = dtc.greater_equal %a, %b
    : (tensor<3xf32>, tensor<f32>) -> tensor<3xi1>
  return %r : tensor<3xi1>
}

// CHECK-LABEL: @select_broadcasts_its_condition
// CHECK-NEXT: result0: 2x2xf32
// CHECK-NEXT: {{^  }}{{\[\[}}1, 2], [-1, -1]]{{$}}
func.func @select_broadcasts_its_condition() -> tensor<2x2xf32> {
  %a = dtc.constant dense<[[true], [false]]> : tensor<2x1xi1> : tensor<2x1xi1>
  %b = dtc.constant dense<[1.0, 2.0]> : tensor<2xf32> : tensor<2xf32>
  %c = dtc.constant dense<-1.0> : tensor<f32> : tensor<f32>
  %r = dtc.select %a, %b, %c
    : (tensor<2x1xi1>, tensor<2xf32>, tensor<f32>) -> tensor<2x2xf32>
  return %r : tensor<2x2xf32>
}

// CHECK-LABEL: @cast_to_integers_goes_towards_zero
// CHECK-NEXT: result0: 2xi32
// CHECK-NEXT: {{^  }}[-1, 1]{{$}}
func.func @cast_to_integers_goes_towards_zero() -> tensor<2xi32> {
  %a = dtc.constant dense<[-1.75, 1.75]> : tensor<2xf32> : tensor<2xf32>
  %r = dtc.cast %a
    : (tensor<2xf32>) -> tensor<2xi32>
  return %r : tensor<2xi32>
}

// CHECK-LABEL: @cast_to_bool_compares_with_zero
// CHECK-NEXT: result0: 2xbool
// CHECK-NEXT: {{^  }}[false, true]{{$}}
func.func @cast_to_bool_compares_with_zero() -> tensor<2xi1> {
  %a = dtc.constant dense<[0.0, 0.25]> : tensor<2xf32> : tensor<2xf32>
  %r = dtc.cast %a
    : (tensor<2xf32>) -> tensor<2xi1>
  return %r : tensor<2xi1>
}

// CHECK-LABEL: @cast_to_float_keeps_integers
// CHECK-NEXT: result0: 2xf32
// CHECK-NEXT: {{^  }}[-3, 7]{{$}}
func.func @cast_to_float_keeps_integers() -> tensor<2xf32> {
  %a = dtc.constant dense<[-3, 7]> : tensor<2xi64> : tensor<2xi64>
  %r = dtc.cast %a
    : (tensor<2xi64>) -> tensor<2xf32>
  return %r : tensor<2xf32>
}

// CHECK-LABEL: @cast_to_half_rounds
// CHECK-NEXT: result0: 2xf16
// CHECK-NEXT: {{^  }}[1, 2048]{{$}}
func.func @cast_to_half_rounds() -> tensor<2xf16> {
  %a = dtc.constant dense<[1.0, 2049.0]> : tensor<2xf32> : tensor<2xf32>
  %r = dtc.cast %a
    : (tensor<2xf32>) -> tensor<2xf16>
  return %r : tensor<2xf16>
}

// CHECK-LABEL: @shifts_by_the_width_or_more_leave_the_sign
// CHECK-NEXT: result0: 4xi8
// CHECK-NEXT: {{^  }}[-8, 0, 0, -4]{{$}}
// CHECK-NEXT: result1: 4xi8
// CHECK-NEXT: {{^  }}[-1, 0, -1, -1]{{$}}
func.func @shifts_by_the_width_or_more_leave_the_sign() -> (tensor<4xi8>, tensor<4xi8>) {
  %a = dtc.constant dense<[-2, 64, -2, -1]> : tensor<4xi8> : tensor<4xi8>
  %b = dtc.constant dense<[2, 8, 9, 2]> : tensor<4xi8> : tensor<4xi8>
  %l = dtc.shift_left %a, %b : (tensor<4xi8>, tensor<4xi8>) -> tensor<4xi8>
  %r = dtc.shift_right %a, %b : (tensor<4xi8>, tensor<4xi8>) -> tensor<4xi8>
  return %l, %r : tensor<4xi8>, tensor<4xi8>
}

// CHECK-LABEL: @unsigned_shifts_bring_zeros
// CHECK-NEXT: result0: 3xu64
// CHECK-NEXT: {{^  }}[1, 0, 4611686018427387904]{{$}}
func.func @unsigned_shifts_bring_zeros() -> tensor<3xui64> {
  %a = dtc.constant dense<[9223372036854775808, 9223372036854775808, 9223372036854775808]> : tensor<3xui64> : tensor<3xui64>
  %b = dtc.constant dense<[63, 64, 1]> : tensor<3xui64> : tensor<3xui64>
  %r = dtc.shift_right %a, %b : (tensor<3xui64>, tensor<3xui64>) -> tensor<3xui64>
  return %r : tensor<3xui64>
}

// CHECK-LABEL: @the_arc_tangent_of_one_is_a_quarter_of_pi
// CHECK-NEXT: result0: 3xf32
// CHECK-NEXT: {{^  }}[0.785398, 0, -1.5708]{{$}}
func.func @the_arc_tangent_of_one_is_a_quarter_of_pi() -> tensor<3xf32> {
  %a = dtc.constant dense<[1.0, 0.0, 0xFF800000]> : tensor<3xf32> : tensor<3xf32>
  %r = dtc.atan %a : (tensor<3xf32>) -> tensor<3xf32>
  return %r : tensor<3xf32>
}

// CHECK-LABEL: @bits_of_floats_are_integers
// CHECK-NEXT: result0: 2xi32
// CHECK-NEXT: {{^  }}[1065353216, -1073741824]{{$}}
// CHECK-NEXT: result1: 2xf16
// CHECK-NEXT: {{^  }}[1, -2]{{$}}
// CHECK-NEXT: result2: 2xbool
// CHECK-NEXT: {{^  }}[true, false]{{$}}
func.func @bits_of_floats_are_integers() -> (tensor<2xi32>, tensor<2xf16>, tensor<2xi1>) {
  %a = dtc.constant dense<[1.0, -2.0]> : tensor<2xf32> : tensor<2xf32>
  %b = dtc.constant dense<[15360, -16384]> : tensor<2xi16> : tensor<2xi16>
  %c = dtc.constant dense<[2, 0]> : tensor<2xi8> : tensor<2xi8>
  %r = dtc.bitcast %a : (tensor<2xf32>) -> tensor<2xi32>
  %s = dtc.bitcast %b : (tensor<2xi16>) -> tensor<2xf16>
  %t = dtc.bitcast %c : (tensor<2xi8>) -> tensor<2xi1>
  return %r, %s, %t : tensor<2xi32>, tensor<2xf16>, tensor<2xi1>
}

// CHECK-LABEL: @masked_fill_replaces_what_the_mask_names
// CHECK-NEXT: result0: 2x2xf32
// CHECK-NEXT: {{^  }}{{\[\[}}9, 2], [9, 4]]{{$}}
func.func @masked_fill_replaces_what_the_mask_names() -> tensor<2x2xf32> {
  %a = dtc.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32> : tensor<2x2xf32>
  %m = dtc.constant dense<[true, false]> : tensor<2xi1> : tensor<2xi1>
  %r = dtc.masked_fill %a, %m {value = 9.0 : f64} : (tensor<2x2xf32>, tensor<2xi1>) -> tensor<2x2xf32>
  return %r : tensor<2x2xf32>
}

// CHECK-LABEL: @masked_fill_repeats_the_input
// CHECK-NEXT: result0: 2x2xi32
// CHECK-NEXT: {{^  }}{{\[\[}}-1, 2], [1, -1]]{{$}}
func.func @masked_fill_repeats_the_input() -> tensor<2x2xi32> {
  %a = dtc.constant dense<[1, 2]> : tensor<2xi32> : tensor<2xi32>
  %m = dtc.constant dense<[[true, false], [false, true]]> : tensor<2x2xi1> : tensor<2x2xi1>
  %r = dtc.masked_fill %a, %m {value = -1.0 : f64} : (tensor<2xi32>, tensor<2x2xi1>) -> tensor<2x2xi32>
  return %r : tensor<2x2xi32>
}
