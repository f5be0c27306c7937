// Products that cuBLASLt computes, with everything that joins them.

func.func @plain(%x: tensor<48x100xf32>, %y: tensor<100x72xf32>) -> tensor<48x72xf32> {
  %r = dtc.matmul %x, %y : (tensor<48x100xf32>, tensor<100x72xf32>) -> tensor<48x72xf32>
  return %r : tensor<48x72xf32>
}

func.func @half(%x: tensor<48x128xf16>, %y: tensor<128x72xf16>) -> tensor<48x72xf16> {
  %r = dtc.matmul %x, %y : (tensor<48x128xf16>, tensor<128x72xf16>) -> tensor<48x72xf16>
  return %r : tensor<48x72xf16>
}

func.func @brain(%x: tensor<48x96xbf16>, %w: tensor<72x96xbf16>, %b: tensor<72xbf16>) -> tensor<48x72xbf16> {
  %r = dtc.linear %x, %w, %b : (tensor<48x96xbf16>, tensor<72x96xbf16>, tensor<72xbf16>) -> tensor<48x72xbf16>
  return %r : tensor<48x72xbf16>
}

func.func @bias_and_relu(%x: tensor<2x40x64xf32>, %w: tensor<80x64xf32>, %b: tensor<80xf32>) -> tensor<2x40x80xf32> {
  %r = dtc.linear %x, %w, %b : (tensor<2x40x64xf32>, tensor<80x64xf32>, tensor<80xf32>) -> tensor<2x40x80xf32>
  %s = dtc.relu %r : (tensor<2x40x80xf32>) -> tensor<2x40x80xf32>
  return %s : tensor<2x40x80xf32>
}

func.func @gelu_by_tanh(%x: tensor<40x64xf32>, %w: tensor<80x64xf32>, %b: tensor<80xf32>) -> tensor<40x80xf32> {
  %r = dtc.linear %x, %w, %b : (tensor<40x64xf32>, tensor<80x64xf32>, tensor<80xf32>) -> tensor<40x80xf32>
  %s = dtc.gelu %r {tanh} : (tensor<40x80xf32>) -> tensor<40x80xf32>
  return %s : tensor<40x80xf32>
}

func.func @gelu_by_erf_is_a_kernel(%x: tensor<40x64xf32>, %w: tensor<80x64xf32>) -> tensor<40x80xf32> {
  %r = dtc.linear %x, %w : (tensor<40x64xf32>, tensor<80x64xf32>) -> tensor<40x80xf32>
  %s = dtc.gelu %r : (tensor<40x80xf32>) -> tensor<40x80xf32>
  return %s : tensor<40x80xf32>
}

func.func @residual(%x: tensor<40x64xf32>, %w: tensor<80x64xf32>, %b: tensor<80xf32>, %a: tensor<40x80xf32>) -> tensor<40x80xf32> {
  %r = dtc.linear %x, %w, %b : (tensor<40x64xf32>, tensor<80x64xf32>, tensor<80xf32>) -> tensor<40x80xf32>
  %s = dtc.add %r, %a : (tensor<40x80xf32>, tensor<40x80xf32>) -> tensor<40x80xf32>
  return %s : tensor<40x80xf32>
}

func.func @batches(%x: tensor<6x32x24xf32>, %y: tensor<6x24x40xf32>) -> tensor<6x32x40xf32> {
  %r = dtc.matmul %x, %y : (tensor<6x32x24xf32>, tensor<6x24x40xf32>) -> tensor<6x32x40xf32>
  return %r : tensor<6x32x40xf32>
}

func.func @batches_that_repeat(%x: tensor<3x1x32x24xf32>, %y: tensor<1x4x24x40xf32>) -> tensor<3x4x32x40xf32> {
  %r = dtc.matmul %x, %y : (tensor<3x1x32x24xf32>, tensor<1x4x24x40xf32>) -> tensor<3x4x32x40xf32>
  return %r : tensor<3x4x32x40xf32>
}

func.func @heads(%x: tensor<2x32x4x16xf32>, %y: tensor<2x32x4x16xf32>) -> tensor<2x4x32x32xf32> {
  %q = dtc.transpose %x {permutation = array<i64: 0, 2, 1, 3>} : (tensor<2x32x4x16xf32>) -> tensor<2x4x32x16xf32>
  %k = dtc.transpose %y {permutation = array<i64: 0, 2, 3, 1>} : (tensor<2x32x4x16xf32>) -> tensor<2x4x16x32xf32>
  %r = dtc.matmul %q, %k : (tensor<2x4x32x16xf32>, tensor<2x4x16x32xf32>) -> tensor<2x4x32x32xf32>
  return %r : tensor<2x4x32x32xf32>
}

func.func @both_transposed(%x: tensor<100x48xf32>, %y: tensor<72x100xf32>) -> tensor<48x72xf32> {
  %a = dtc.transpose %x {permutation = array<i64: 1, 0>} : (tensor<100x48xf32>) -> tensor<48x100xf32>
  %b = dtc.transpose %y {permutation = array<i64: 1, 0>} : (tensor<72x100xf32>) -> tensor<100x72xf32>
  %r = dtc.matmul %a, %b : (tensor<48x100xf32>, tensor<100x72xf32>) -> tensor<48x72xf32>
  return %r : tensor<48x72xf32>
}

func.func @gaps(%x: tensor<48x200xf32>, %y: tensor<100x72xf32>) -> tensor<48x72xf32> {
  %a = dtc.slice %x {axes = array<i64: 1>, starts = array<i64: 0>, sizes = array<i64: 100>, steps = array<i64: 2>} : (tensor<48x200xf32>) -> tensor<48x100xf32>
  %r = dtc.matmul %a, %y : (tensor<48x100xf32>, tensor<100x72xf32>) -> tensor<48x72xf32>
  return %r : tensor<48x72xf32>
}

func.func @part_of_a_row(%x: tensor<48x201xf32>, %y: tensor<100x72xf32>) -> tensor<48x72xf32> {
  %a = dtc.slice %x {axes = array<i64: 1>, starts = array<i64: 3>, sizes = array<i64: 100>, steps = array<i64: 1>} : (tensor<48x201xf32>) -> tensor<48x100xf32>
  %r = dtc.matmul %a, %y : (tensor<48x100xf32>, tensor<100x72xf32>) -> tensor<48x72xf32>
  return %r : tensor<48x72xf32>
}

func.func @result_is_transposed(%x: tensor<48x100xf32>, %y: tensor<100x72xf32>) -> tensor<72x48xf32> {
  %r = dtc.matmul %x, %y : (tensor<48x100xf32>, tensor<100x72xf32>) -> tensor<48x72xf32>
  %t = dtc.transpose %r {permutation = array<i64: 1, 0>} : (tensor<48x72xf32>) -> tensor<72x48xf32>
  return %t : tensor<72x48xf32>
}

func.func @scaled(%x: tensor<48x100xf32>, %y: tensor<100x72xf32>) -> tensor<48x72xf32> {
  %c = dtc.constant dense<0.125> : tensor<f32> : tensor<f32>
  %r = dtc.matmul %x, %y : (tensor<48x100xf32>, tensor<100x72xf32>) -> tensor<48x72xf32>
  %s = dtc.mul %r, %c : (tensor<48x72xf32>, tensor<f32>) -> tensor<48x72xf32>
  return %s : tensor<48x72xf32>
}

func.func @one_row(%x: tensor<1x512xf32>, %y: tensor<512x96xf32>) -> tensor<1x96xf32> {
  %r = dtc.matmul %x, %y : (tensor<1x512xf32>, tensor<512x96xf32>) -> tensor<1x96xf32>
  return %r : tensor<1x96xf32>
}

func.func @one_column(%x: tensor<96x512xf32>, %y: tensor<512x1xf32>) -> tensor<96x1xf32> {
  %r = dtc.matmul %x, %y : (tensor<96x512xf32>, tensor<512x1xf32>) -> tensor<96x1xf32>
  return %r : tensor<96x1xf32>
}

// Each row of the batch has gaps both ways when it is one with the others.
func.func @columns_of_a_batch(%x: tensor<64x40x3x1xf32>, %w: tensor<1x1x64x72xf32>) -> tensor<3x40x1x72xf32> {
  %a = dtc.transpose %x {permutation = array<i64: 2, 1, 3, 0>} : (tensor<64x40x3x1xf32>) -> tensor<3x40x1x64xf32>
  %r = dtc.matmul %a, %w : (tensor<3x40x1x64xf32>, tensor<1x1x64x72xf32>) -> tensor<3x40x1x72xf32>
  return %r : tensor<3x40x1x72xf32>
}

func.func @a_bias_that_lies_anywhere(%x: tensor<64x80xf16>, %w: tensor<96x80xf16>, %b: tensor<97xf16>) -> tensor<64x96xf16> {
  %s = dtc.slice %b {axes = array<i64: 0>, sizes = array<i64: 96>, starts = array<i64: 1>, steps = array<i64: 1>} : (tensor<97xf16>) -> tensor<96xf16>
  %r = dtc.linear %x, %w, %s : (tensor<64x80xf16>, tensor<96x80xf16>, tensor<96xf16>) -> tensor<64x96xf16>
  return %r : tensor<64x96xf16>
}

// The library takes the batch of 5 as one call, and there are two.
func.func @the_largest_batch(%x: tensor<5x2x32x24xf32>, %y: tensor<1x2x24x40xf32>) -> tensor<5x2x32x40xf32> {
  %r = dtc.matmul %x, %y : (tensor<5x2x32x24xf32>, tensor<1x2x24x40xf32>) -> tensor<5x2x32x40xf32>
  return %r : tensor<5x2x32x40xf32>
}

func.func @gradients_of_weight_and_bias(%g: tensor<64x48xf32>, %x: tensor<64x40xf32>) -> (tensor<48x40xf32>, tensor<48xf32>) {
  %w = dtc.linear_weight_gradient %g, %x : (tensor<64x48xf32>, tensor<64x40xf32>) -> tensor<48x40xf32>
  %b = dtc.reduce_sum %g {dims = array<i64: 0>} : (tensor<64x48xf32>) -> tensor<48xf32>
  return %w, %b : tensor<48x40xf32>, tensor<48xf32>
}

func.func @gradients_the_other_way_round(%g: tensor<4x16x48xf16>, %x: tensor<4x16x40xf16>) -> (tensor<40x48xf16>, tensor<48xf16>) {
  %w = dtc.linear_weight_gradient %g, %x {weightInOut} : (tensor<4x16x48xf16>, tensor<4x16x40xf16>) -> tensor<40x48xf16>
  %b = dtc.reduce_sum %g {dims = array<i64: 0, 1>} : (tensor<4x16x48xf16>) -> tensor<48xf16>
  return %w, %b : tensor<40x48xf16>, tensor<48xf16>
}

// The emulated library has no such sums of an odd number of rows: a product with ones.
func.func @sums_as_a_product(%g: tensor<63x48xf32>, %x: tensor<63x40xf32>) -> (tensor<48x40xf32>, tensor<48xf32>) {
  %w = dtc.linear_weight_gradient %g, %x : (tensor<63x48xf32>, tensor<63x40xf32>) -> tensor<48x40xf32>
  %b = dtc.reduce_sum %g {dims = array<i64: 0>} : (tensor<63x48xf32>) -> tensor<48xf32>
  return %w, %b : tensor<48x40xf32>, tensor<48xf32>
}

func.func @sums_as_a_product_the_other_way_round(%g: tensor<63x48xbf16>, %x: tensor<63x40xbf16>) -> (tensor<40x48xbf16>, tensor<48xbf16>) {
  %w = dtc.linear_weight_gradient %g, %x {weightInOut} : (tensor<63x48xbf16>, tensor<63x40xbf16>) -> tensor<40x48xbf16>
  %b = dtc.reduce_sum %g {dims = array<i64: 0>} : (tensor<63x48xbf16>) -> tensor<48xbf16>
  return %w, %b : tensor<40x48xbf16>, tensor<48xbf16>
}

// The sum is there before the product, and of other elements.
func.func @sums_of_their_own(%g: tensor<64x48xf32>, %x: tensor<64x40xf32>) -> (tensor<48x40xf32>, tensor<48xf32>, tensor<64xf32>) {
  %b = dtc.reduce_sum %g {dims = array<i64: 0>} : (tensor<64x48xf32>) -> tensor<48xf32>
  %w = dtc.linear_weight_gradient %g, %x : (tensor<64x48xf32>, tensor<64x40xf32>) -> tensor<48x40xf32>
  %c = dtc.reduce_sum %g {dims = array<i64: 1>} : (tensor<64x48xf32>) -> tensor<64xf32>
  return %w, %b, %c : tensor<48x40xf32>, tensor<48xf32>, tensor<64xf32>
}
