// Reductions with few results, in parts: of columns, of rows, of both; with
// computations before and after.

func.func @columns(%x: tensor<6x512x40xf32>) -> tensor<40xf32> {
  %r = dtc.reduce_sum %x {dims = array<i64: 0, 1>} : (tensor<6x512x40xf32>) -> tensor<40xf32>
  return %r : tensor<40xf32>
}

func.func @columns_of_a_product(%x: tensor<2x300x33xf16>, %y: tensor<2x300x33xf16>, %z: tensor<33xf16>) -> tensor<33xf16> {
  %p = dtc.mul %x, %y : (tensor<2x300x33xf16>, tensor<2x300x33xf16>) -> tensor<2x300x33xf16>
  %r = dtc.reduce_mean %p {dims = array<i64: 0, 1>} : (tensor<2x300x33xf16>) -> tensor<33xf16>
  %s = dtc.sub %z, %r : (tensor<33xf16>, tensor<33xf16>) -> tensor<33xf16>
  return %s : tensor<33xf16>
}

func.func @channels(%x: tensor<12x5x2000xf32>, %z: tensor<5xf32>) -> tensor<5xf32> {
  %r = dtc.reduce_sum %x {dims = array<i64: 0, 2>} : (tensor<12x5x2000xf32>) -> tensor<5xf32>
  %s = dtc.mul %z, %r : (tensor<5xf32>, tensor<5xf32>) -> tensor<5xf32>
  return %s : tensor<5xf32>
}

func.func @everything(%x: tensor<128x300xf32>, %y: tensor<128x300xf32>) -> tensor<f32> {
  %d = dtc.sub %x, %y : (tensor<128x300xf32>, tensor<128x300xf32>) -> tensor<128x300xf32>
  %p = dtc.mul %d, %d : (tensor<128x300xf32>, tensor<128x300xf32>) -> tensor<128x300xf32>
  %r = dtc.reduce_mean %p {dims = array<i64: 0, 1>} : (tensor<128x300xf32>) -> tensor<f32>
  %s = dtc.sqrt %r : (tensor<f32>) -> tensor<f32>
  return %s : tensor<f32>
}

func.func @largest_of_long_rows(%x: tensor<3x40000xi16>) -> tensor<3xi16> {
  %r = dtc.reduce_max %x {dims = array<i64: 1>} : (tensor<3x40000xi16>) -> tensor<3xi16>
  return %r : tensor<3xi16>
}

func.func @smallest_of_columns(%x: tensor<700x7xf64>) -> tensor<7xf64> {
  %r = dtc.reduce_min %x {dims = array<i64: 0>} : (tensor<700x7xf64>) -> tensor<7xf64>
  return %r : tensor<7xf64>
}

func.func @any_of_columns(%x: tensor<1024x9xf32>) -> tensor<9xi1> {
  %z = dtc.relu %x : (tensor<1024x9xf32>) -> tensor<1024x9xf32>
  %p = dtc.less %x, %z : (tensor<1024x9xf32>, tensor<1024x9xf32>) -> tensor<1024x9xi1>
  %r = dtc.reduce_max %p {dims = array<i64: 0>} : (tensor<1024x9xi1>) -> tensor<9xi1>
  return %r : tensor<9xi1>
}

func.func @counted_rows(%x: tensor<3x1200xf32>) -> tensor<3xf32> {
  %t = dtc.transpose %x {permutation = array<i64: 1, 0>} : (tensor<3x1200xf32>) -> tensor<1200x3xf32>
  %s = dtc.slice %t {axes = array<i64: 0>, starts = array<i64: 2>, sizes = array<i64: 599>, steps = array<i64: 2>} : (tensor<1200x3xf32>) -> tensor<599x3xf32>
  %r = dtc.reduce_sum %s {dims = array<i64: 0>} : (tensor<599x3xf32>) -> tensor<3xf32>
  return %r : tensor<3xf32>
}

func.func @found_rows(%t: tensor<50x6xf32>, %i: tensor<2000xi64> {dtc.range = [0, 49]}) -> tensor<6xf32> {
  %e = dtc.embedding %t, %i : (tensor<50x6xf32>, tensor<2000xi64>) -> tensor<2000x6xf32>
  %r = dtc.reduce_sum %e {dims = array<i64: 0>} : (tensor<2000x6xf32>) -> tensor<6xf32>
  return %r : tensor<6xf32>
}
