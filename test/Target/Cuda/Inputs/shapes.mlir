// Rows and elements of every schedule: a warp, a block, a row that no block
// holds; side by side and not; types of every width.

func.func @rows_of_a_warp(%x: tensor<9x400xf32>) -> tensor<9x400xf32> {
  %r = dtc.softmax %x {axis = 1 : i64} : (tensor<9x400xf32>) -> tensor<9x400xf32>
  return %r : tensor<9x400xf32>
}

func.func @odd_rows_of_a_warp(%x: tensor<5x77xf16>) -> tensor<5x77xf16> {
  %r = dtc.softmax %x {axis = 1 : i64} : (tensor<5x77xf16>) -> tensor<5x77xf16>
  return %r : tensor<5x77xf16>
}

func.func @rows_of_four_warps(%x: tensor<3x1500xbf16>, %s: tensor<1500xbf16>, %b: tensor<1500xbf16>) -> tensor<3x1500xbf16> {
  %r = dtc.layer_norm %x, %s, %b {axis = 1 : i64, epsilon = 1.0e-5 : f64} : (tensor<3x1500xbf16>, tensor<1500xbf16>, tensor<1500xbf16>) -> tensor<3x1500xbf16>
  return %r : tensor<3x1500xbf16>
}

func.func @gradients_of_rows_of_a_warp(%g: tensor<9x384xf32>, %x: tensor<9x384xf32>, %s: tensor<384xf32>) -> tensor<9x384xf32> {
  %r = dtc.layer_norm_gradient %g, %x, %s {axis = 1 : i64, epsilon = 1.0e-5 : f64} : (tensor<9x384xf32>, tensor<9x384xf32>, tensor<384xf32>) -> tensor<9x384xf32>
  return %r : tensor<9x384xf32>
}

func.func @gradients_of_rows_of_four_warps(%g: tensor<3x1500xbf16>, %x: tensor<3x1500xbf16>, %s: tensor<1500xbf16>) -> tensor<3x1500xbf16> {
  %r = dtc.rms_norm_gradient %g, %x, %s {axis = 1 : i64, epsilon = 1.0e-5 : f64} : (tensor<3x1500xbf16>, tensor<3x1500xbf16>, tensor<1500xbf16>) -> tensor<3x1500xbf16>
  return %r : tensor<3x1500xbf16>
}

func.func @gradients_of_rows_that_no_block_holds(%g: tensor<2x20001xf32>, %x: tensor<2x20001xf32>, %s: tensor<20001xf32>) -> tensor<2x20001xf32> {
  %r = dtc.layer_norm_gradient %g, %x, %s {axis = 1 : i64, epsilon = 1.0e-5 : f64} : (tensor<2x20001xf32>, tensor<2x20001xf32>, tensor<20001xf32>) -> tensor<2x20001xf32>
  return %r : tensor<2x20001xf32>
}

func.func @odd_rows_of_a_block(%x: tensor<2x5003xf32>) -> tensor<2x5003xf32> {
  %r = dtc.log_softmax %x {axis = 1 : i64} : (tensor<2x5003xf32>) -> tensor<2x5003xf32>
  return %r : tensor<2x5003xf32>
}

func.func @rows_that_no_block_holds(%x: tensor<2x20001xf32>) -> tensor<2x20001xf32> {
  %r = dtc.softmax %x {axis = 1 : i64} : (tensor<2x20001xf32>) -> tensor<2x20001xf32>
  return %r : tensor<2x20001xf32>
}

func.func @wide_rows_that_no_block_holds(%x: tensor<2x24000xf64>) -> tensor<2xf64> {
  %r = dtc.reduce_max %x {dims = array<i64: 1>} : (tensor<2x24000xf64>) -> tensor<2xf64>
  return %r : tensor<2xf64>
}

func.func @one_row_of_everything(%x: tensor<41x43xf32>) -> tensor<f32> {
  %r = dtc.reduce_sum %x {dims = array<i64: 0, 1>} : (tensor<41x43xf32>) -> tensor<f32>
  return %r : tensor<f32>
}

func.func @long_integers(%x: tensor<3x900xi64>) -> tensor<3xi64> {
  %r = dtc.reduce_sum %x {dims = array<i64: 1>} : (tensor<3x900xi64>) -> tensor<3xi64>
  return %r : tensor<3xi64>
}

func.func @bytes(%x: tensor<3x1000xi8>) -> tensor<3xi8> {
  %r = dtc.reduce_max %x {dims = array<i64: 1>} : (tensor<3x1000xi8>) -> tensor<3xi8>
  return %r : tensor<3xi8>
}

func.func @columns(%x: tensor<700x24xf32>) -> tensor<24xf32> {
  %r = dtc.reduce_sum %x {dims = array<i64: 0>} : (tensor<700x24xf32>) -> tensor<24xf32>
  return %r : tensor<24xf32>
}

func.func @running_sums_longer_than_a_warp(%x: tensor<5x131xf32>) -> tensor<5x131xf32> {
  %r = dtc.cum_sum %x {axis = 1 : i64} : (tensor<5x131xf32>) -> tensor<5x131xf32>
  return %r : tensor<5x131xf32>
}

func.func @running_sums_of_integers(%x: tensor<3x64xi32>) -> tensor<3x64xi32> {
  %r = dtc.cum_sum %x {axis = 1 : i64} : (tensor<3x64xi32>) -> tensor<3x64xi32>
  return %r : tensor<3x64xi32>
}

func.func @more_elements_than_a_block(%x: tensor<37x129xf32>, %y: tensor<129xf32>) -> tensor<37x129xf32> {
  %s = dtc.add %x, %y : (tensor<37x129xf32>, tensor<129xf32>) -> tensor<37x129xf32>
  %r = dtc.gelu %s : (tensor<37x129xf32>) -> tensor<37x129xf32>
  return %r : tensor<37x129xf32>
}

func.func @eight_lanes(%x: tensor<64x64xf16>) -> tensor<64x64xf16> {
  %r = dtc.relu %x : (tensor<64x64xf16>) -> tensor<64x64xf16>
  return %r : tensor<64x64xf16>
}

func.func @a_transpose(%x: tensor<33x65xf32>) -> tensor<65x33xf32> {
  %r = dtc.transpose %x {permutation = array<i64: 1, 0>} : (tensor<33x65xf32>) -> tensor<65x33xf32>
  return %r : tensor<65x33xf32>
}

func.func @slices_that_are_not_aligned(%x: tensor<16x35xf32>) -> tensor<16x32xf32> {
  %r = dtc.slice %x {axes = array<i64: 1>, starts = array<i64: 1>, sizes = array<i64: 32>, steps = array<i64: 1>} : (tensor<16x35xf32>) -> tensor<16x32xf32>
  %t = dtc.tanh %r : (tensor<16x32xf32>) -> tensor<16x32xf32>
  return %t : tensor<16x32xf32>
}

func.func @a_product(%x: tensor<48x100xf32>, %y: tensor<100x72xf32>) -> tensor<48x72xf32> {
  %r = dtc.matmul %x, %y : (tensor<48x100xf32>, tensor<100x72xf32>) -> tensor<48x72xf32>
  return %r : tensor<48x72xf32>
}

func.func @a_lookup(%t: tensor<50x96xf16>, %i: tensor<4x7xi64> {dtc.range = [-50, 49]}) -> tensor<4x7x96xf16> {
  %r = dtc.embedding %t, %i : (tensor<50x96xf16>, tensor<4x7xi64>) -> tensor<4x7x96xf16>
  return %r : tensor<4x7x96xf16>
}
