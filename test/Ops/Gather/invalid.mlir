// RUN: not dtc-opt %s --split-input-file 2>&1 | FileCheck %s

// CHECK: error: 'dtc.gather_elements' op expected 'offset' and 'total' together
func.func @an_offset_alone(%d: tensor<3x2xf32>, %i: tensor<1x2xi64>) {
  %0 = dtc.gather_elements %d, %i {axis = 0 : i64, offset = 1 : i64} : (tensor<3x2xf32>, tensor<1x2xi64>) -> tensor<1x2xf32>
  return
}

// -----

// CHECK: error: 'dtc.gather_elements' op expected counts of elements of 0 or more
func.func @a_negative_offset(%d: tensor<3x2xf32>, %i: tensor<1x2xi64>) {
  %0 = dtc.gather_elements %d, %i {axis = 0 : i64, offset = -1 : i64, total = 4 : i64} : (tensor<3x2xf32>, tensor<1x2xi64>) -> tensor<1x2xf32>
  return
}

// -----

// CHECK: error: {{.*}}expected data and indices of one rank, got 2 and 1
func.func @indices_of_another_rank(%d: tensor<3x2xf32>, %i: tensor<1xi64>) {
  %0 = dtc.gather_elements %d, %i {axis = 0 : i64} : (tensor<3x2xf32>, tensor<1xi64>) -> tensor<1xf32>
  return
}

// -----

// CHECK: error: {{.*}}expected at most 2 indices in dimension 1, got 3
func.func @more_indices_than_data(%d: tensor<3x2xf32>, %i: tensor<1x3xi64>) {
  %0 = dtc.gather_elements %d, %i {axis = 0 : i64} : (tensor<3x2xf32>, tensor<1x3xi64>) -> tensor<1x3xf32>
  return
}

// -----

// CHECK: error: {{.*}}expected 1 equal batch dimensions
func.func @batches_that_differ(%d: tensor<3x2xf32>, %i: tensor<2x1xi64>) {
  %0 = dtc.gather_nd %d, %i {batchDims = 1 : i64} : (tensor<3x2xf32>, tensor<2x1xi64>) -> tensor<2xf32>
  return
}

// -----

// CHECK: error: {{.*}}expected index tuples of at most 2 numbers, got 3
func.func @tuples_longer_than_the_rank(%d: tensor<3x2xf32>, %i: tensor<2x3xi64>) {
  %0 = dtc.gather_nd %d, %i {batchDims = 0 : i64} : (tensor<3x2xf32>, tensor<2x3xi64>) -> tensor<2xf32>
  return
}

// -----

// CHECK: error: {{.*}}expected an axis from 0 to 1, got 2
func.func @a_gather_along_no_axis(%d: tensor<3x2xf32>, %i: tensor<2xi64>) {
  %0 = dtc.gather %d, %i {axis = 2 : i64} : (tensor<3x2xf32>, tensor<2xi64>) -> tensor<3x2xf32>
  return
}

// -----

// CHECK: error: 'dtc.embedding' op expected row counts of 0 or more
func.func @a_negative_row(%d: tensor<3x2xf32>, %i: tensor<2xi64>) {
  %0 = dtc.embedding %d, %i {rowOffset = -1 : i64, totalRows = 4 : i64} : (tensor<3x2xf32>, tensor<2xi64>) -> tensor<2x2xf32>
  return
}

// -----

// CHECK: error: 'dtc.embedding' op expected 'rowOffset' and 'totalRows' together
func.func @a_row_offset_alone(%d: tensor<3x2xf32>, %i: tensor<2xi64>) {
  %0 = dtc.embedding %d, %i {rowOffset = 1 : i64} : (tensor<3x2xf32>, tensor<2xi64>) -> tensor<2x2xf32>
  return
}

// -----

// CHECK: error: {{.*}}expected a table of rank 2, got 'tensor<3xf32>'
func.func @a_table_of_one_dimension(%d: tensor<3xf32>, %i: tensor<2xi64>) {
  %0 = dtc.embedding %d, %i : (tensor<3xf32>, tensor<2xi64>) -> tensor<2xf32>
  return
}
