#mesh = #dtc.mesh<"tp" = 2>
#S0 = #dtc.layout<#mesh, [shard(0)]>
#S1 = #dtc.layout<#mesh, [shard(1)]>

func.func @bits_of_uneven_rows() -> (tensor<7x5xui32> {dtc.layout = #S0}) {
  %r = dtc.random_bits {seed = 11 : i64, stream = 3 : i64, extents = array<i64: 7, 5>} : () -> tensor<7x5xui32>
  return %r : tensor<7x5xui32>
}

func.func @bits_of_uneven_columns() -> (tensor<4x7xui32> {dtc.layout = #S1}) {
  %r = dtc.random_bits {seed = 12 : i64, extents = array<i64: 4, 7>} : () -> tensor<4x7xui32>
  return %r : tensor<4x7xui32>
}

func.func @one_row_for_the_first_rank_only() -> (tensor<1x5xui32> {dtc.layout = #S0}) {
  %r = dtc.random_bits {seed = 13 : i64, extents = array<i64: 1, 5>} : () -> tensor<1x5xui32>
  return %r : tensor<1x5xui32>
}

func.func @dropout_of_uneven_rows(%x: tensor<7x5xf32> {dtc.layout = #S0}) -> (tensor<7x5xf32> {dtc.as_is}, tensor<7x5xi1> {dtc.as_is}) {
  %r, %m = dtc.dropout %x {ratio = 0.3 : f64, seed = 5 : i64} : (tensor<7x5xf32>) -> (tensor<7x5xf32>, tensor<7x5xi1>)
  return %r, %m : tensor<7x5xf32>, tensor<7x5xi1>
}

func.func @dropout_of_uneven_columns(%x: tensor<4x7xf32> {dtc.layout = #S1}) -> (tensor<4x7xf32> {dtc.as_is}, tensor<4x7xi1> {dtc.as_is}) {
  %r, %m = dtc.dropout %x {ratio = 0.5 : f64, seed = 6 : i64} : (tensor<4x7xf32>) -> (tensor<4x7xf32>, tensor<4x7xi1>)
  return %r, %m : tensor<4x7xf32>, tensor<4x7xi1>
}

func.func @dropout_of_a_whole_value(%x: tensor<4x7xf32>) -> (tensor<4x7xf32> {dtc.as_is}, tensor<4x7xi1> {dtc.as_is}) {
  %r, %m = dtc.dropout %x {ratio = 0.9 : f64, seed = 7 : i64} : (tensor<4x7xf32>) -> (tensor<4x7xf32>, tensor<4x7xi1>)
  return %r, %m : tensor<4x7xf32>, tensor<4x7xi1>
}

func.func @bits_of_a_step(%s: tensor<i64>) -> (tensor<7x5xui32> {dtc.layout = #S0}) {
  %r = dtc.random_bits %s {seed = 11 : i64, stream = 3 : i64, extents = array<i64: 7, 5>} : (tensor<i64>) -> tensor<7x5xui32>
  return %r : tensor<7x5xui32>
}

func.func @dropout_of_a_step(%x: tensor<4x37xf32> {dtc.layout = #S1}, %s: tensor<i64>) -> (tensor<4x37xf32> {dtc.as_is}, tensor<4x37xi1> {dtc.as_is}) {
  %r, %m = dtc.dropout %x, %s {ratio = 0.5 : f64, seed = 6 : i64} : (tensor<4x37xf32>, tensor<i64>) -> (tensor<4x37xf32>, tensor<4x37xi1>)
  return %r, %m : tensor<4x37xf32>, tensor<4x37xi1>
}
