// RUN: not dtc-interpret %s --all 2>&1 | FileCheck %s

// CHECK: 'dtc.embedding' op expected indices from -3 to 2, got 3
func.func @embedding_refuses_a_row_that_is_not_there() -> tensor<1x2xf32> {
  %w = dtc.constant dense<1.0> : tensor<3x2xf32> : tensor<3x2xf32>
  %i = dtc.constant dense<3> : tensor<1xi64> : tensor<1xi64>
  %r = dtc.embedding %w, %i : (tensor<3x2xf32>, tensor<1xi64>) -> tensor<1x2xf32>
  return %r : tensor<1x2xf32>
}

// CHECK: 'dtc.embedding' op expected indices from -5 to 4, got -6
func.func @a_part_of_a_table_knows_all_rows() -> tensor<1x2xf32> {
  %w = dtc.constant dense<1.0> : tensor<2x2xf32> : tensor<2x2xf32>
  %i = dtc.constant dense<-6> : tensor<1xi64> : tensor<1xi64>
  %r = dtc.embedding %w, %i {rowOffset = 2 : i64, totalRows = 5 : i64}
    : (tensor<2x2xf32>, tensor<1xi64>) -> tensor<1x2xf32>
  return %r : tensor<1x2xf32>
}

// CHECK: 'dtc.gather' op expected indices from -2 to 1, got 2
func.func @gather_refuses_an_index_out_of_range() -> tensor<3x1xf32> {
  %d = dtc.constant dense<1.0> : tensor<3x2xf32> : tensor<3x2xf32>
  %i = dtc.constant dense<2> : tensor<1xi64> : tensor<1xi64>
  %r = dtc.gather %d, %i {axis = 1 : i64} : (tensor<3x2xf32>, tensor<1xi64>) -> tensor<3x1xf32>
  return %r : tensor<3x1xf32>
}

// CHECK: 'dtc.gather_elements' op expected indices from -3 to 2, got -4
func.func @gather_elements_refuses_an_index_out_of_range() -> tensor<1x2xf32> {
  %d = dtc.constant dense<1.0> : tensor<3x2xf32> : tensor<3x2xf32>
  %i = dtc.constant dense<-4> : tensor<1x2xi64> : tensor<1x2xi64>
  %r = dtc.gather_elements %d, %i {axis = 0 : i64} : (tensor<3x2xf32>, tensor<1x2xi64>) -> tensor<1x2xf32>
  return %r : tensor<1x2xf32>
}

// CHECK: 'dtc.gather_nd' op expected indices from -2 to 1, got 7
func.func @gather_nd_refuses_a_tuple_out_of_range() -> tensor<1xf32> {
  %d = dtc.constant dense<1.0> : tensor<3x2xf32> : tensor<3x2xf32>
  %i = dtc.constant dense<[[0, 7]]> : tensor<1x2xi64> : tensor<1x2xi64>
  %r = dtc.gather_nd %d, %i {batchDims = 0 : i64} : (tensor<3x2xf32>, tensor<1x2xi64>) -> tensor<1xf32>
  return %r : tensor<1xf32>
}
