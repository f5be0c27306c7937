// RUN: dtc-interpret %s --all --print | FileCheck %s

// CHECK-LABEL: @layer_norm_has_zero_mean_and_unit_variance
// CHECK-NEXT: result0: 2x2xf32
// CHECK-NEXT: {{^  }}{{\[\[}}-1.5, 5], [0.5, 1]]{{$}}
func.func @layer_norm_has_zero_mean_and_unit_variance() -> tensor<2x2xf32> {
  %a = dtc.constant dense<[[1.0, 3.0], [5.0, 5.0]]> : tensor<2x2xf32> : tensor<2x2xf32>
  %b = dtc.constant dense<[2.0, 4.0]> : tensor<2xf32> : tensor<2xf32>
  %c = dtc.constant dense<[0.5, 1.0]> : tensor<2xf32> : tensor<2xf32>
  %r = dtc.layer_norm %a, %b, %c {axis = 1 : i64, epsilon = 1.0e-30 : f64}
    : (tensor<2x2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<2x2xf32>
  return %r : tensor<2x2xf32>
}

// CHECK-LABEL: @layer_norm_without_a_bias
// CHECK-NEXT: result0: 2xf32
// CHECK-NEXT: {{^  }}[-0.5, 0.5]{{$}}
func.func @layer_norm_without_a_bias() -> tensor<2xf32> {
  %a = dtc.constant dense<[1.0, 3.0]> : tensor<2xf32> : tensor<2xf32>
  %b = dtc.constant dense<[1.0, 1.0]> : tensor<2xf32> : tensor<2xf32>
  %r = dtc.layer_norm %a, %b {axis = 0 : i64, epsilon = 3.0 : f64}
    : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
  return %r : tensor<2xf32>
}

// CHECK-LABEL: @layer_norm_over_two_dimensions
// CHECK-NEXT: result0: 1x2x2xf32
// CHECK-NEXT: {{^  }}{{\[\[\[}}-1, 1], [-2, 2]]]{{$}}
func.func @layer_norm_over_two_dimensions() -> tensor<1x2x2xf32> {
  %a = dtc.constant dense<[[[1.0, 3.0], [1.0, 3.0]]]> : tensor<1x2x2xf32> : tensor<1x2x2xf32>
  %b = dtc.constant dense<[[1.0, 1.0], [2.0, 2.0]]> : tensor<2x2xf32> : tensor<2x2xf32>
  %r = dtc.layer_norm %a, %b {axis = 1 : i64, epsilon = 0.0 : f64}
    : (tensor<1x2x2xf32>, tensor<2x2xf32>) -> tensor<1x2x2xf32>
  return %r : tensor<1x2x2xf32>
}

// CHECK-LABEL: @rms_norm_divides_by_the_root_mean_square
// CHECK-NEXT: result0: 1x2xf32
// CHECK-NEXT: {{^  }}{{\[\[}}3, 8]]{{$}}
func.func @rms_norm_divides_by_the_root_mean_square() -> tensor<1x2xf32> {
  %a = dtc.constant dense<[[3.0, 4.0]]> : tensor<1x2xf32> : tensor<1x2xf32>
  %b = dtc.constant dense<[5.0, 10.0]> : tensor<2xf32> : tensor<2xf32>
  %r = dtc.rms_norm %a, %b {axis = 1 : i64, epsilon = 12.5 : f64}
    : (tensor<1x2xf32>, tensor<2xf32>) -> tensor<1x2xf32>
  return %r : tensor<1x2xf32>
}

// CHECK-LABEL: @batch_norm_uses_one_statistic_a_channel
// CHECK-NEXT: result0: 1x2x2xf32
// CHECK-NEXT: {{^  }}{{\[\[\[}}0.5, 1.5], [0.25, 0.5]]]{{$}}
func.func @batch_norm_uses_one_statistic_a_channel() -> tensor<1x2x2xf32> {
  %a = dtc.constant dense<[[[1.0, 2.0], [3.0, 4.0]]]> : tensor<1x2x2xf32> : tensor<1x2x2xf32>
  %b = dtc.constant dense<[2.0, 1.0]> : tensor<2xf32> : tensor<2xf32>
  %c = dtc.constant dense<[0.5, 0.0]> : tensor<2xf32> : tensor<2xf32>
  %d = dtc.constant dense<[1.0, 2.0]> : tensor<2xf32> : tensor<2xf32>
  %e = dtc.constant dense<[1.0, 13.0]> : tensor<2xf32> : tensor<2xf32>
  %r = dtc.batch_norm %a, %b, %c, %d, %e {epsilon = 3.0 : f64}
    : (tensor<1x2x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<1x2x2xf32>
  return %r : tensor<1x2x2xf32>
}

// CHECK-LABEL: @layer_norm_gradient_is_orthogonal_to_ones
// CHECK-NEXT: result0: 2x2xf32
// CHECK-NEXT: {{^  }}{{\[\[}}-0.375, 0.375], [-0.75, 0.75]]{{$}}
func.func @layer_norm_gradient_is_orthogonal_to_ones() -> tensor<2x2xf32> {
  %g = dtc.constant dense<[[1.0, 4.0], [2.0, 8.0]]> : tensor<2x2xf32> : tensor<2x2xf32>
  %a = dtc.constant dense<[[1.0, 3.0], [5.0, 7.0]]> : tensor<2x2xf32> : tensor<2x2xf32>
  %b = dtc.constant dense<[2.0, 1.0]> : tensor<2xf32> : tensor<2xf32>
  %r = dtc.layer_norm_gradient %g, %a, %b {axis = 1 : i64, epsilon = 3.0 : f64}
    : (tensor<2x2xf32>, tensor<2x2xf32>, tensor<2xf32>) -> tensor<2x2xf32>
  return %r : tensor<2x2xf32>
}

// CHECK-LABEL: @layer_norm_gradient_over_two_dimensions
// CHECK-NEXT: result0: 1x2x2xf64
// CHECK-NEXT: {{^  }}{{\[\[\[}}2, -2], [-3, 3]]]{{$}}
func.func @layer_norm_gradient_over_two_dimensions() -> tensor<1x2x2xf64> {
  %g = dtc.constant dense<[[[2.0, 1.0], [2.0, 2.0]]]> : tensor<1x2x2xf64> : tensor<1x2x2xf64>
  %a = dtc.constant dense<[[[1.0, 1.0], [3.0, 3.0]]]> : tensor<1x2x2xf64> : tensor<1x2x2xf64>
  %b = dtc.constant dense<[[2.0, 0.0], [1.0, 4.0]]> : tensor<2x2xf64> : tensor<2x2xf64>
  %r = dtc.layer_norm_gradient %g, %a, %b {axis = 1 : i64, epsilon = 0.0 : f64}
    : (tensor<1x2x2xf64>, tensor<1x2x2xf64>, tensor<2x2xf64>) -> tensor<1x2x2xf64>
  return %r : tensor<1x2x2xf64>
}

// In f16 the sum of squares would be infinite.
// CHECK-LABEL: @layer_norm_gradient_of_half_types_is_wide_inside
// CHECK-NEXT: result0: 4xf16
// CHECK-NEXT: {{^  }}[0.00390625, -0.00390625, -0.00585938, 0.00585938]{{$}}
func.func @layer_norm_gradient_of_half_types_is_wide_inside() -> tensor<4xf16> {
  %g = dtc.constant dense<[2.0, 1.0, 2.0, 2.0]> : tensor<4xf16> : tensor<4xf16>
  %a = dtc.constant dense<[-512.0, -512.0, 512.0, 512.0]> : tensor<4xf16> : tensor<4xf16>
  %b = dtc.constant dense<[2.0, 0.0, 1.0, 4.0]> : tensor<4xf16> : tensor<4xf16>
  %r = dtc.layer_norm_gradient %g, %a, %b {axis = 0 : i64, epsilon = 0.0 : f64}
    : (tensor<4xf16>, tensor<4xf16>, tensor<4xf16>) -> tensor<4xf16>
  return %r : tensor<4xf16>
}

// CHECK-LABEL: @rms_norm_gradient_loses_what_is_along_the_row
// CHECK-NEXT: result0: 1x2xf32
// CHECK-NEXT: {{^  }}{{\[\[}}1.125, 1.875]]{{$}}
func.func @rms_norm_gradient_loses_what_is_along_the_row() -> tensor<1x2xf32> {
  %g = dtc.constant dense<[[1.0, 1.0]]> : tensor<1x2xf32> : tensor<1x2xf32>
  %a = dtc.constant dense<[[1.0, -1.0]]> : tensor<1x2xf32> : tensor<1x2xf32>
  %b = dtc.constant dense<[2.0, 4.0]> : tensor<2xf32> : tensor<2xf32>
  %r = dtc.rms_norm_gradient %g, %a, %b {axis = 1 : i64, epsilon = 3.0 : f64}
    : (tensor<1x2xf32>, tensor<1x2xf32>, tensor<2xf32>) -> tensor<1x2xf32>
  return %r : tensor<1x2xf32>
}

// CHECK-LABEL: @rms_norm_gradient_of_no_rows
// CHECK-NEXT: result0: 0x2xbf16
func.func @rms_norm_gradient_of_no_rows() -> tensor<0x2xbf16> {
  %g = dtc.constant dense<> : tensor<0x2xbf16> : tensor<0x2xbf16>
  %b = dtc.constant dense<[2.0, 4.0]> : tensor<2xbf16> : tensor<2xbf16>
  %r = dtc.rms_norm_gradient %g, %g, %b {axis = 1 : i64, epsilon = 3.0 : f64}
    : (tensor<0x2xbf16>, tensor<0x2xbf16>, tensor<2xbf16>) -> tensor<0x2xbf16>
  return %r : tensor<0x2xbf16>
}
