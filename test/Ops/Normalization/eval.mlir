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
