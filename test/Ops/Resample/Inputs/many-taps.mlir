// Position 19 is in no window.
func.func @main(%x: tensor<2x20xf32> {dtc.name = "x"}) -> (tensor<2x3xf32> {dtc.name = "y"}) {
  %r = dtc.resample %x {axis = 1 : i64, taps = 9 : i64, positions = array<i64: 0, 1, 2, 3, 4, 5, 6, 7, 8, 5, 6, 7, 8, 9, 10, 11, 12, 13, 10, 11, 12, 13, 14, 15, 16, 17, 18>, weights = array<f64: 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0>} : (tensor<2x20xf32>) -> tensor<2x3xf32>
  return %r : tensor<2x3xf32>
}
