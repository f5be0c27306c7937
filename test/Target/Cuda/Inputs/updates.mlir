// Updates by index whose rows belong to blocks: indices that meet and do not,
// rows shorter and longer than a block holds, every way to join.

func.func @rows_that_meet(%g: tensor<3x100x40xf32>, %i: tensor<3x100xi64> {dtc.range = [-7, 6]}) -> tensor<7x40xf32> {
  %r = dtc.embedding_gradient %g, %i {rows = 7 : i64} : (tensor<3x100x40xf32>, tensor<3x100xi64>) -> tensor<7x40xf32>
  return %r : tensor<7x40xf32>
}

func.func @one_row(%g: tensor<70x33xf16>, %i: tensor<70xi32> {dtc.range = [0, 0]}) -> tensor<9x33xf16> {
  %r = dtc.embedding_gradient %g, %i {rows = 9 : i64} : (tensor<70x33xf16>, tensor<70xi32>) -> tensor<9x33xf16>
  return %r : tensor<9x33xf16>
}

func.func @rows_apart(%g: tensor<600x8xbf16>, %i: tensor<600xi64> {dtc.range = [0, 4999]}) -> tensor<5000x8xbf16> {
  %r = dtc.embedding_gradient %g, %i {rows = 5000 : i64} : (tensor<600x8xbf16>, tensor<600xi64>) -> tensor<5000x8xbf16>
  return %r : tensor<5000x8xbf16>
}

func.func @rows_of_two_blocks(%g: tensor<33x2500xf32>, %i: tensor<33xi64> {dtc.range = [0, 5]}) -> tensor<6x2500xf32> {
  %r = dtc.embedding_gradient %g, %i {rows = 6 : i64} : (tensor<33x2500xf32>, tensor<33xi64>) -> tensor<6x2500xf32>
  return %r : tensor<6x2500xf32>
}

func.func @pairs_of_numbers(%x: tensor<5x6x17xf64>, %i: tensor<40x2xi64> {dtc.range = [-5, 4]}, %u: tensor<40x17xf64>) -> tensor<5x6x17xf64> {
  %r = dtc.scatter_nd %x, %i, %u {combine = 2 : i64} : (tensor<5x6x17xf64>, tensor<40x2xi64>, tensor<40x17xf64>) -> tensor<5x6x17xf64>
  return %r : tensor<5x6x17xf64>
}

func.func @the_last_stays(%x: tensor<4x50xi8>, %i: tensor<90x1xi64> {dtc.range = [0, 3]}, %u: tensor<90x50xi8>) -> tensor<4x50xi8> {
  %r = dtc.scatter_nd %x, %i, %u : (tensor<4x50xi8>, tensor<90x1xi64>, tensor<90x50xi8>) -> tensor<4x50xi8>
  return %r : tensor<4x50xi8>
}

func.func @loops_that_write_apart(%x: tensor<3x8x5xf32>, %i: tensor<3x65x5xi64> {dtc.range = [-8, 7]}, %u: tensor<3x65x5xf32>) -> tensor<3x8x5xf32> {
  %r = dtc.scatter_elements %x, %i, %u {axis = 1 : i64, combine = 4 : i64} : (tensor<3x8x5xf32>, tensor<3x65x5xi64>, tensor<3x65x5xf32>) -> tensor<3x8x5xf32>
  return %r : tensor<3x8x5xf32>
}

func.func @bools(%x: tensor<9xi1>, %i: tensor<40xi64> {dtc.range = [0, 8]}, %u: tensor<40xi1>) -> tensor<9xi1> {
  %r = dtc.scatter_elements %x, %i, %u {axis = 0 : i64, combine = 3 : i64} : (tensor<9xi1>, tensor<40xi64>, tensor<40xi1>) -> tensor<9xi1>
  return %r : tensor<9xi1>
}
