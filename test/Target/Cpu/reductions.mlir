// RUN: %python %S/compare_with_interpreter.py %s | FileCheck %s
// CHECK: 9 of 9 functions agree

// Reductions that compute their operand, of dimensions apart from each other, and of long rows.

func.func @a_loss(%y: tensor<3x5x8x32xf32>, %t: tensor<3x5x8x32xf32>) -> tensor<f32> {
  %p = dtc.mul %y, %t : (tensor<3x5x8x32xf32>, tensor<3x5x8x32xf32>) -> tensor<3x5x8x32xf32>
  %r = dtc.reduce_sum %p {dims = array<i64: 0, 1, 2, 3>} : (tensor<3x5x8x32xf32>) -> tensor<f32>
  return %r : tensor<f32>
}

func.func @a_mean_of_squares(%y: tensor<6x40xf32>, %t: tensor<40xf32>) -> tensor<1x1xf32> {
  %d = dtc.sub %y, %t : (tensor<6x40xf32>, tensor<40xf32>) -> tensor<6x40xf32>
  %q = dtc.mul %d, %d : (tensor<6x40xf32>, tensor<6x40xf32>) -> tensor<6x40xf32>
  %r = dtc.reduce_mean %q {dims = array<i64: 0, 1>, keepDims} : (tensor<6x40xf32>) -> tensor<1x1xf32>
  return %r : tensor<1x1xf32>
}

func.func @a_norm_of_rows(%y: tensor<6x40xf64>, %t: tensor<6x40xf64>) -> tensor<6xf64> {
  %d = dtc.sub %y, %t : (tensor<6x40xf64>, tensor<6x40xf64>) -> tensor<6x40xf64>
  %r = dtc.reduce_l2 %d {dims = array<i64: 1>} : (tensor<6x40xf64>) -> tensor<6xf64>
  return %r : tensor<6xf64>
}

func.func @a_largest_beside_rows(%y: tensor<4x6x40xf32>) -> tensor<4x1x40xf32> {
  %d = dtc.abs %y : (tensor<4x6x40xf32>) -> tensor<4x6x40xf32>
  %r = dtc.reduce_max %d {dims = array<i64: 1>, keepDims} : (tensor<4x6x40xf32>) -> tensor<4x1x40xf32>
  return %r : tensor<4x1x40xf32>
}

func.func @halves_are_summed_as_before(%y: tensor<4x6x40xbf16>) -> tensor<6xbf16> {
  %d = dtc.abs %y : (tensor<4x6x40xbf16>) -> tensor<4x6x40xbf16>
  %r = dtc.reduce_max %d {dims = array<i64: 0, 2>} : (tensor<4x6x40xbf16>) -> tensor<6xbf16>
  return %r : tensor<6xbf16>
}

func.func @a_bias(%g: tensor<3x5x8x33xf32>) -> tensor<5xf32> {
  %r = dtc.reduce_sum %g {dims = array<i64: 0, 2, 3>} : (tensor<3x5x8x33xf32>) -> tensor<5xf32>
  return %r : tensor<5xf32>
}

func.func @every_other_dimension(%g: tensor<3x5x8x3x4xf32>) -> tensor<1x5x1x3x1xf32> {
  %r = dtc.reduce_mean %g {dims = array<i64: 0, 2, 4>, keepDims} : (tensor<3x5x8x3x4xf32>) -> tensor<1x5x1x3x1xf32>
  return %r : tensor<1x5x1x3x1xf32>
}

func.func @a_long_row(%g: tensor<3x65536xf32>) -> tensor<f32> {
  %r = dtc.reduce_sum_square %g {dims = array<i64: 0, 1>} : (tensor<3x65536xf32>) -> tensor<f32>
  return %r : tensor<f32>
}

func.func @a_long_row_that_nothing_divides(%g: tensor<131101xf32>) -> tensor<f32> {
  %r = dtc.reduce_l1 %g {dims = array<i64: 0>} : (tensor<131101xf32>) -> tensor<f32>
  return %r : tensor<f32>
}
