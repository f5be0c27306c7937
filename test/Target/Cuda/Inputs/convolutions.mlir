// Convolutions that cuDNN computes, and what it does not.

func.func @image(%x: tensor<2x3x9x8xf32>, %w: tensor<4x3x3x3xf32>) -> tensor<2x4x9x8xf32> {
  %r = dtc.convolution %x, %w {strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, padsBegin = array<i64: 1, 1>, padsEnd = array<i64: 1, 1>, groups = 1 : i64} : (tensor<2x3x9x8xf32>, tensor<4x3x3x3xf32>) -> tensor<2x4x9x8xf32>
  return %r : tensor<2x4x9x8xf32>
}

func.func @bias_and_relu(%x: tensor<2x3x9x8xf32>, %w: tensor<4x3x3x3xf32>, %b: tensor<4xf32>) -> tensor<2x4x7x6xf32> {
  %r = dtc.convolution %x, %w, %b {strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, padsBegin = array<i64: 0, 0>, padsEnd = array<i64: 0, 0>, groups = 1 : i64} : (tensor<2x3x9x8xf32>, tensor<4x3x3x3xf32>, tensor<4xf32>) -> tensor<2x4x7x6xf32>
  %s = dtc.relu %r : (tensor<2x4x7x6xf32>) -> tensor<2x4x7x6xf32>
  return %s : tensor<2x4x7x6xf32>
}

// cuDNN has no relu without a bias.
func.func @relu_alone_is_a_kernel(%x: tensor<2x3x9xf32>, %w: tensor<4x3x3xf32>) -> tensor<2x4x7xf32> {
  %r = dtc.convolution %x, %w {strides = array<i64: 1>, dilations = array<i64: 1>, padsBegin = array<i64: 0>, padsEnd = array<i64: 0>, groups = 1 : i64} : (tensor<2x3x9xf32>, tensor<4x3x3xf32>) -> tensor<2x4x7xf32>
  %s = dtc.relu %r : (tensor<2x4x7xf32>) -> tensor<2x4x7xf32>
  return %s : tensor<2x4x7xf32>
}

// Two readers: the relu is a kernel.
func.func @relu_of_one_reader(%x: tensor<2x3x9xf32>, %w: tensor<4x3x3xf32>) -> (tensor<2x4x7xf32>, tensor<2x4x7xf32>) {
  %r = dtc.convolution %x, %w {strides = array<i64: 1>, dilations = array<i64: 1>, padsBegin = array<i64: 0>, padsEnd = array<i64: 0>, groups = 1 : i64} : (tensor<2x3x9xf32>, tensor<4x3x3xf32>) -> tensor<2x4x7xf32>
  %s = dtc.relu %r : (tensor<2x4x7xf32>) -> tensor<2x4x7xf32>
  return %r, %s : tensor<2x4x7xf32>, tensor<2x4x7xf32>
}

func.func @half(%x: tensor<2x4x9x8xf16>, %w: tensor<4x2x3x2xf16>, %b: tensor<4xf16>) -> tensor<2x4x4x7xf16> {
  %r = dtc.convolution %x, %w, %b {strides = array<i64: 2, 1>, dilations = array<i64: 1, 1>, padsBegin = array<i64: 0, 0>, padsEnd = array<i64: 0, 0>, groups = 2 : i64} : (tensor<2x4x9x8xf16>, tensor<4x2x3x2xf16>, tensor<4xf16>) -> tensor<2x4x4x7xf16>
  return %r : tensor<2x4x4x7xf16>
}

func.func @brain(%x: tensor<2x4x9xbf16>, %w: tensor<6x4x3xbf16>) -> tensor<2x6x7xbf16> {
  %r = dtc.convolution %x, %w {strides = array<i64: 1>, dilations = array<i64: 2>, padsBegin = array<i64: 1>, padsEnd = array<i64: 1>, groups = 1 : i64} : (tensor<2x4x9xbf16>, tensor<6x4x3xbf16>) -> tensor<2x6x7xbf16>
  return %r : tensor<2x6x7xbf16>
}

func.func @volume(%x: tensor<1x2x5x4x6xf32>, %w: tensor<3x2x2x3x2xf32>) -> tensor<1x3x4x4x3xf32> {
  %r = dtc.convolution %x, %w {strides = array<i64: 1, 1, 2>, dilations = array<i64: 1, 1, 1>, padsBegin = array<i64: 0, 1, 0>, padsEnd = array<i64: 0, 1, 0>, groups = 1 : i64} : (tensor<1x2x5x4x6xf32>, tensor<3x2x2x3x2xf32>) -> tensor<1x3x4x4x3xf32>
  return %r : tensor<1x3x4x4x3xf32>
}

func.func @each_channel(%x: tensor<2x4x9x8xf32>, %w: tensor<4x1x3x3xf32>) -> tensor<2x4x9x8xf32> {
  %r = dtc.convolution %x, %w {strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, padsBegin = array<i64: 1, 1>, padsEnd = array<i64: 1, 1>, groups = 4 : i64} : (tensor<2x4x9x8xf32>, tensor<4x1x3x3xf32>) -> tensor<2x4x9x8xf32>
  return %r : tensor<2x4x9x8xf32>
}

// The last row is padded alone: cuDNN gets a copy.
func.func @uneven_padding(%x: tensor<1x2x8x8xf32>, %w: tensor<3x2x3x3xf32>) -> tensor<1x3x4x7xf32> {
  %r = dtc.convolution %x, %w {strides = array<i64: 2, 1>, dilations = array<i64: 1, 1>, padsBegin = array<i64: 0, 1>, padsEnd = array<i64: 1, 0>, groups = 1 : i64} : (tensor<1x2x8x8xf32>, tensor<3x2x3x3xf32>) -> tensor<1x3x4x7xf32>
  return %r : tensor<1x3x4x7xf32>
}

// As many positions as with the padding of 1 at both ends.
func.func @as_good_as_even(%x: tensor<1x2x8xf32>, %w: tensor<3x2x3xf32>) -> tensor<1x3x4xf32> {
  %r = dtc.convolution %x, %w {strides = array<i64: 2>, dilations = array<i64: 1>, padsBegin = array<i64: 1>, padsEnd = array<i64: 0>, groups = 1 : i64} : (tensor<1x2x8xf32>, tensor<3x2x3xf32>) -> tensor<1x3x4xf32>
  return %r : tensor<1x3x4xf32>
}

func.func @part_of_an_image(%x: tensor<3x2x9xf16>, %w: tensor<3x2x3xf16>) -> tensor<2x3x7xf16> {
  %s = dtc.slice %x {axes = array<i64: 0>, sizes = array<i64: 2>, starts = array<i64: 1>, steps = array<i64: 1>} : (tensor<3x2x9xf16>) -> tensor<2x2x9xf16>
  %r = dtc.convolution %s, %w {strides = array<i64: 1>, dilations = array<i64: 1>, padsBegin = array<i64: 0>, padsEnd = array<i64: 0>, groups = 1 : i64} : (tensor<2x2x9xf16>, tensor<3x2x3xf16>) -> tensor<2x3x7xf16>
  return %r : tensor<2x3x7xf16>
}

func.func @transposed(%x: tensor<2x4x5x4xf32>, %w: tensor<4x3x3x3xf32>, %b: tensor<3xf32>) -> tensor<2x3x10x8xf32> {
  %r = dtc.transposed_convolution %x, %w, %b {strides = array<i64: 2, 2>, dilations = array<i64: 1, 1>, padsBegin = array<i64: 1, 1>, padsEnd = array<i64: 0, 0>, groups = 1 : i64} : (tensor<2x4x5x4xf32>, tensor<4x3x3x3xf32>, tensor<3xf32>) -> tensor<2x3x10x8xf32>
  return %r : tensor<2x3x10x8xf32>
}

// What is cut off at the end is more than at the beginning: a kernel.
func.func @transposed_uneven(%x: tensor<1x2x5xf32>, %w: tensor<2x3x4xf32>) -> tensor<1x3x6xf32> {
  %r = dtc.transposed_convolution %x, %w {strides = array<i64: 1>, dilations = array<i64: 1>, padsBegin = array<i64: 0>, padsEnd = array<i64: 2>, groups = 1 : i64} : (tensor<1x2x5xf32>, tensor<2x3x4xf32>) -> tensor<1x3x6xf32>
  return %r : tensor<1x3x6xf32>
}

func.func @transposed_groups(%x: tensor<1x4x5xf16>, %w: tensor<4x3x3xf16>) -> tensor<1x6x7xf16> {
  %r = dtc.transposed_convolution %x, %w {strides = array<i64: 1>, dilations = array<i64: 1>, padsBegin = array<i64: 0>, padsEnd = array<i64: 0>, groups = 2 : i64} : (tensor<1x4x5xf16>, tensor<4x3x3xf16>) -> tensor<1x6x7xf16>
  return %r : tensor<1x6x7xf16>
}

func.func @weight_gradient(%x: tensor<2x4x9x8xf32>, %g: tensor<2x6x5x8xf32>) -> tensor<6x2x3x3xf32> {
  %r = dtc.convolution_weight_gradient %x, %g {strides = array<i64: 2, 1>, dilations = array<i64: 1, 1>, padsBegin = array<i64: 1, 1>, padsEnd = array<i64: 1, 1>, kernel = array<i64: 3, 3>, groups = 2 : i64} : (tensor<2x4x9x8xf32>, tensor<2x6x5x8xf32>) -> tensor<6x2x3x3xf32>
  return %r : tensor<6x2x3x3xf32>
}

func.func @weight_gradient_uneven(%x: tensor<2x3x8xbf16>, %g: tensor<2x4x4xbf16>) -> tensor<4x3x3xbf16> {
  %r = dtc.convolution_weight_gradient %x, %g {strides = array<i64: 2>, dilations = array<i64: 1>, padsBegin = array<i64: 0>, padsEnd = array<i64: 1>, kernel = array<i64: 3>, groups = 1 : i64} : (tensor<2x3x8xbf16>, tensor<2x4x4xbf16>) -> tensor<4x3x3xbf16>
  return %r : tensor<4x3x3xbf16>
}

func.func @double_is_a_kernel(%x: tensor<1x2x6xf64>, %w: tensor<3x2x3xf64>) -> tensor<1x3x4xf64> {
  %r = dtc.convolution %x, %w {strides = array<i64: 1>, dilations = array<i64: 1>, padsBegin = array<i64: 0>, padsEnd = array<i64: 0>, groups = 1 : i64} : (tensor<1x2x6xf64>, tensor<3x2x3xf64>) -> tensor<1x3x4xf64>
  return %r : tensor<1x3x4xf64>
}

// A NaN stays one behind the relu.
func.func @a_bias_that_is_no_number(%x: tensor<1x2x6xf32>, %w: tensor<4x2x3xf32>) -> tensor<1x4x4xf32> {
  %b = dtc.constant dense<[0.5, 0x7FC00000, -0.5, -100.0]> : tensor<4xf32> : tensor<4xf32>
  %r = dtc.convolution %x, %w, %b {strides = array<i64: 1>, dilations = array<i64: 1>, padsBegin = array<i64: 0>, padsEnd = array<i64: 0>, groups = 1 : i64} : (tensor<1x2x6xf32>, tensor<4x2x3xf32>, tensor<4xf32>) -> tensor<1x4x4xf32>
  %s = dtc.relu %r : (tensor<1x4x4xf32>) -> tensor<1x4x4xf32>
  return %s : tensor<1x4x4xf32>
}
