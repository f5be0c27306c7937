// Lines of one element, of one chunk, of several, with equal elements, along
// every dimension.

func.func @short_lines(%x: tensor<6x100x3xf32>) -> (tensor<6x100x3xf32>, tensor<6x100x3xi64>) {
  %v, %i = dtc.sort %x {axis = 1 : i64} : (tensor<6x100x3xf32>) -> (tensor<6x100x3xf32>, tensor<6x100x3xi64>)
  return %v, %i : tensor<6x100x3xf32>, tensor<6x100x3xi64>
}

func.func @a_chunk(%x: tensor<5x1024xf32>) -> (tensor<5x1024xf32>, tensor<5x1024xi64>) {
  %v, %i = dtc.sort %x {axis = 1 : i64} : (tensor<5x1024xf32>) -> (tensor<5x1024xf32>, tensor<5x1024xi64>)
  return %v, %i : tensor<5x1024xf32>, tensor<5x1024xi64>
}

func.func @part_of_a_chunk(%x: tensor<2x131x3xf16>) -> (tensor<2x131x3xf16>, tensor<2x131x3xi64>) {
  %v, %i = dtc.sort %x {axis = 1 : i64, descending} : (tensor<2x131x3xf16>) -> (tensor<2x131x3xf16>, tensor<2x131x3xi64>)
  return %v, %i : tensor<2x131x3xf16>, tensor<2x131x3xi64>
}

func.func @chunks_of_equal_numbers(%x: tensor<2500x2xi8>) -> (tensor<2500x2xi8>, tensor<2500x2xi64>) {
  %v, %i = dtc.sort %x {axis = 0 : i64} : (tensor<2500x2xi8>) -> (tensor<2500x2xi8>, tensor<2500x2xi64>)
  return %v, %i : tensor<2500x2xi8>, tensor<2500x2xi64>
}

func.func @chunks_from_the_largest(%x: tensor<3x3000xf64>) -> (tensor<3x3000xf64>, tensor<3x3000xi64>) {
  %v, %i = dtc.sort %x {axis = 1 : i64, descending} : (tensor<3x3000xf64>) -> (tensor<3x3000xf64>, tensor<3x3000xi64>)
  return %v, %i : tensor<3x3000xf64>, tensor<3x3000xi64>
}

func.func @the_first_of_many(%x: tensor<2x5001xbf16>) -> (tensor<2x50xbf16>, tensor<2x50xi64>) {
  %v, %i = dtc.top_k %x {axis = 1 : i64, k = 50 : i64} : (tensor<2x5001xbf16>) -> (tensor<2x50xbf16>, tensor<2x50xi64>)
  return %v, %i : tensor<2x50xbf16>, tensor<2x50xi64>
}

func.func @most_of_many(%x: tensor<1x2049xui16>) -> (tensor<1x2000xui16>, tensor<1x2000xi64>) {
  %v, %i = dtc.top_k %x {axis = 1 : i64, k = 2000 : i64, smallest} : (tensor<1x2049xui16>) -> (tensor<1x2000xui16>, tensor<1x2000xi64>)
  return %v, %i : tensor<1x2000xui16>, tensor<1x2000xi64>
}

func.func @the_first_of_a_chunk(%x: tensor<7x200xf32>) -> (tensor<7x1xf32>, tensor<7x1xi64>) {
  %v, %i = dtc.top_k %x {axis = 1 : i64, k = 1 : i64} : (tensor<7x200xf32>) -> (tensor<7x1xf32>, tensor<7x1xi64>)
  return %v, %i : tensor<7x1xf32>, tensor<7x1xi64>
}

func.func @bools(%x: tensor<1500xi1>) -> (tensor<1500xi1>, tensor<1500xi64>) {
  %v, %i = dtc.sort %x {axis = 0 : i64} : (tensor<1500xi1>) -> (tensor<1500xi1>, tensor<1500xi64>)
  return %v, %i : tensor<1500xi1>, tensor<1500xi64>
}

func.func @numbers_that_are_none(%x: tensor<2100xf32>, %y: tensor<7x300xf32>) -> (tensor<2100xf32>, tensor<2100xi64>) {
  %z = dtc.reshape %y : (tensor<7x300xf32>) -> tensor<2100xf32>
  %l = dtc.log %x : (tensor<2100xf32>) -> tensor<2100xf32>
  %s = dtc.relu %z : (tensor<2100xf32>) -> tensor<2100xf32>
  %d = dtc.div %l, %s : (tensor<2100xf32>, tensor<2100xf32>) -> tensor<2100xf32>
  %v, %i = dtc.sort %d {axis = 0 : i64} : (tensor<2100xf32>) -> (tensor<2100xf32>, tensor<2100xi64>)
  return %v, %i : tensor<2100xf32>, tensor<2100xi64>
}
