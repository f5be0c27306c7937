// Windows over inputs that are large enough for borders to be apart from the inside, and rows for vectors in fours.

// CHECK-LABEL: @seven_by_seven_of_each_channel
func.func @seven_by_seven_of_each_channel(%x: tensor<2x8x33x75xf32>, %w: tensor<8x1x7x7xf32>, %b: tensor<8xf32>)
    -> tensor<2x8x33x75xf32> {
  %r = dtc.convolution %x, %w, %b {strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>,
    padsBegin = array<i64: 3, 3>, padsEnd = array<i64: 3, 3>, groups = 8 : i64}
    : (tensor<2x8x33x75xf32>, tensor<8x1x7x7xf32>, tensor<8xf32>) -> tensor<2x8x33x75xf32>
  return %r : tensor<2x8x33x75xf32>
}

func.func @uneven_borders_strides_and_dilations(%x: tensor<1x8x40x70xf32>, %w: tensor<8x1x3x5xf32>)
    -> tensor<1x8x20x36xf32> {
  %r = dtc.convolution %x, %w {strides = array<i64: 2, 2>, dilations = array<i64: 2, 1>,
    padsBegin = array<i64: 1, 4>, padsEnd = array<i64: 2, 1>, groups = 8 : i64}
    : (tensor<1x8x40x70xf32>, tensor<8x1x3x5xf32>) -> tensor<1x8x20x36xf32>
  return %r : tensor<1x8x20x36xf32>
}

func.func @windows_of_padding_alone(%x: tensor<1x8x30x70xf64>, %w: tensor<4x4x1x1xf64>)
    -> tensor<1x4x34x76xf64> {
  %r = dtc.convolution %x, %w {strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>,
    padsBegin = array<i64: 3, 2>, padsEnd = array<i64: 1, 4>, groups = 2 : i64}
    : (tensor<1x8x30x70xf64>, tensor<4x4x1x1xf64>) -> tensor<1x4x34x76xf64>
  return %r : tensor<1x4x34x76xf64>
}

func.func @padding_cuts_one_side_and_adds_on_the_other(%x: tensor<1x4x64x70xf16>, %w: tensor<4x1x3x3xf16>)
    -> tensor<1x4x61x73xf16> {
  %r = dtc.convolution %x, %w {strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>,
    padsBegin = array<i64: -2, 5>, padsEnd = array<i64: 1, 0>, groups = 4 : i64}
    : (tensor<1x4x64x70xf16>, tensor<4x1x3x3xf16>) -> tensor<1x4x61x73xf16>
  return %r : tensor<1x4x61x73xf16>
}

func.func @volumes(%x: tensor<1x4x12x20x24xf32>, %w: tensor<4x1x3x3x3xf32>) -> tensor<1x4x12x20x24xf32> {
  %r = dtc.convolution %x, %w {strides = array<i64: 1, 1, 1>, dilations = array<i64: 1, 1, 1>,
    padsBegin = array<i64: 1, 1, 1>, padsEnd = array<i64: 1, 1, 1>, groups = 4 : i64}
    : (tensor<1x4x12x20x24xf32>, tensor<4x1x3x3x3xf32>) -> tensor<1x4x12x20x24xf32>
  return %r : tensor<1x4x12x20x24xf32>
}

func.func @maxima_of_overlapping_windows(%x: tensor<2x4x33x70xf32>) -> tensor<2x4x17x35xf32> {
  %r = dtc.max_pool %x {kernel = array<i64: 3, 3>, strides = array<i64: 2, 2>, dilations = array<i64: 1, 1>,
    padsBegin = array<i64: 1, 1>, padsEnd = array<i64: 1, 1>} : (tensor<2x4x33x70xf32>) -> tensor<2x4x17x35xf32>
  return %r : tensor<2x4x17x35xf32>
}

func.func @maxima_of_wide_windows(%x: tensor<1x3x20x80xi32>) -> tensor<1x3x20x80xi32> {
  %r = dtc.max_pool %x {kernel = array<i64: 13, 5>, strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>,
    padsBegin = array<i64: 6, 2>, padsEnd = array<i64: 6, 2>} : (tensor<1x3x20x80xi32>) -> tensor<1x3x20x80xi32>
  return %r : tensor<1x3x20x80xi32>
}

func.func @maxima_of_volumes(%x: tensor<1x2x9x17x40xbf16>) -> tensor<1x2x5x8x40xbf16> {
  %r = dtc.max_pool %x {kernel = array<i64: 3, 4, 3>, strides = array<i64: 2, 2, 1>, dilations = array<i64: 1, 1, 2>,
    padsBegin = array<i64: 1, 1, 2>, padsEnd = array<i64: 1, 0, 2>} : (tensor<1x2x9x17x40xbf16>) -> tensor<1x2x5x8x40xbf16>
  return %r : tensor<1x2x5x8x40xbf16>
}

func.func @means_of_what_counts(%x: tensor<1x4x19x70xf32>) -> tensor<1x4x19x35xf32> {
  %r = dtc.average_pool %x {kernel = array<i64: 3, 5>, strides = array<i64: 1, 2>, dilations = array<i64: 1, 1>,
    padsBegin = array<i64: 1, 2>, padsEnd = array<i64: 1, 2>, countedBegin = array<i64: 0, 1>,
    countedEnd = array<i64: 1, 0>} : (tensor<1x4x19x70xf32>) -> tensor<1x4x19x35xf32>
  return %r : tensor<1x4x19x35xf32>
}

func.func @sums_that_stay_narrow(%x: tensor<1x2x19x70xf16>) -> tensor<1x2x19x70xf16> {
  %r = dtc.sum_pool %x {kernel = array<i64: 3, 3>, strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>,
    padsBegin = array<i64: 1, 1>, padsEnd = array<i64: 1, 1>} : (tensor<1x2x19x70xf16>) -> tensor<1x2x19x70xf16>
  return %r : tensor<1x2x19x70xf16>
}

func.func @every_second_column(%x: tensor<5x140xf32>) -> tensor<5x70xf32> {
  %s = dtc.slice %x {axes = array<i64: 1>, starts = array<i64: 1>, sizes = array<i64: 70>, steps = array<i64: 2>}
    : (tensor<5x140xf32>) -> tensor<5x70xf32>
  %r = dtc.neg %s : (tensor<5x70xf32>) -> tensor<5x70xf32>
  return %r : tensor<5x70xf32>
}

func.func @a_not_a_number_in_a_window() -> tensor<1x1x5x40xf32> {
  %x = dtc.constant dense<[[[[1.0, 0x7FC00000, 3.0, 4.0, 0xFF800000, 2.0, 5.0, 0x7FC00000]]]]> : tensor<1x1x1x8xf32>
    : tensor<1x1x1x8xf32>
  %w = dtc.broadcast %x : (tensor<1x1x1x8xf32>) -> tensor<1x1x5x8xf32>
  %j = dtc.concat %w, %w, %w, %w, %w {axis = 3 : i64} : (tensor<1x1x5x8xf32>, tensor<1x1x5x8xf32>, tensor<1x1x5x8xf32>,
    tensor<1x1x5x8xf32>, tensor<1x1x5x8xf32>) -> tensor<1x1x5x40xf32>
  %r = dtc.max_pool %j {kernel = array<i64: 3, 3>, strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>,
    padsBegin = array<i64: 1, 1>, padsEnd = array<i64: 1, 1>} : (tensor<1x1x5x40xf32>) -> tensor<1x1x5x40xf32>
  return %r : tensor<1x1x5x40xf32>
}
