// Products around a softmax run in blocks; numbers are those of the
// interpreter whatever the blocks are.
//
// RUN: %python %S/compare_with_interpreter.py --cancelling --ulps 64 %s

// Blocks of one item of the outer dimension.
func.func @heads_of_one_item_at_a_time(%q: tensor<3x6x130x16xf32>, %k: tensor<3x6x130x16xf32>, %v: tensor<3x6x130x16xf32>, %mask: tensor<3x1x1x130xf32>) -> tensor<3x6x130x16xf32> {
  %s = dtc.matmul %q, %k {transposeRhs} : (tensor<3x6x130x16xf32>, tensor<3x6x130x16xf32>) -> tensor<3x6x130x130xf32>
  %m = dtc.add %s, %mask : (tensor<3x6x130x130xf32>, tensor<3x1x1x130xf32>) -> tensor<3x6x130x130xf32>
  %p = dtc.softmax %m {axis = 3 : i64} : (tensor<3x6x130x130xf32>) -> tensor<3x6x130x130xf32>
  %o = dtc.matmul %p, %v : (tensor<3x6x130x130xf32>, tensor<3x6x130x16xf32>) -> tensor<3x6x130x16xf32>
  return %o : tensor<3x6x130x16xf32>
}

// Blocks of some rows; heads lie interleaved.
func.func @rows_of_one_head_at_a_time(%q: tensor<1x600x2x8xf32>, %k: tensor<1x700x2x8xf32>, %v: tensor<1x700x2x8xf32>, %mask: tensor<600x700xf32>) -> tensor<1x600x2x8xf32> {
  %qt = dtc.transpose %q {permutation = array<i64: 0, 2, 1, 3>} : (tensor<1x600x2x8xf32>) -> tensor<1x2x600x8xf32>
  %kt = dtc.transpose %k {permutation = array<i64: 0, 2, 1, 3>} : (tensor<1x700x2x8xf32>) -> tensor<1x2x700x8xf32>
  %vt = dtc.transpose %v {permutation = array<i64: 0, 2, 1, 3>} : (tensor<1x700x2x8xf32>) -> tensor<1x2x700x8xf32>
  %s = dtc.matmul %qt, %kt {transposeRhs} : (tensor<1x2x600x8xf32>, tensor<1x2x700x8xf32>) -> tensor<1x2x600x700xf32>
  %m = dtc.add %s, %mask : (tensor<1x2x600x700xf32>, tensor<600x700xf32>) -> tensor<1x2x600x700xf32>
  %p = dtc.softmax %m {axis = 3 : i64} : (tensor<1x2x600x700xf32>) -> tensor<1x2x600x700xf32>
  %o = dtc.matmul %p, %vt : (tensor<1x2x600x700xf32>, tensor<1x2x700x8xf32>) -> tensor<1x2x600x8xf32>
  %r = dtc.transpose %o {permutation = array<i64: 0, 2, 1, 3>} : (tensor<1x2x600x8xf32>) -> tensor<1x600x2x8xf32>
  return %r : tensor<1x600x2x8xf32>
}

// A prime number of rows is one block.
func.func @rows_that_do_not_divide(%q: tensor<2x521x8xf32>, %k: tensor<2x601x8xf32>, %v: tensor<2x601x8xf32>) -> tensor<2x521x8xf32> {
  %s = dtc.matmul %q, %k {transposeRhs} : (tensor<2x521x8xf32>, tensor<2x601x8xf32>) -> tensor<2x521x601xf32>
  %p = dtc.softmax %s {axis = 2 : i64} : (tensor<2x521x601xf32>) -> tensor<2x521x601xf32>
  %o = dtc.matmul %p, %v : (tensor<2x521x601xf32>, tensor<2x601x8xf32>) -> tensor<2x521x8xf32>
  return %o : tensor<2x521x8xf32>
}

// Keys and values that several heads share.
func.func @one_key_for_several_heads(%q: tensor<2x8x200x8xf32>, %k: tensor<2x1x200x8xf32>, %v: tensor<2x1x200x8xf32>) -> tensor<2x8x200x8xf32> {
  %s = dtc.matmul %q, %k {transposeRhs} : (tensor<2x8x200x8xf32>, tensor<2x1x200x8xf32>) -> tensor<2x8x200x200xf32>
  %p = dtc.softmax %s {axis = 3 : i64} : (tensor<2x8x200x200xf32>) -> tensor<2x8x200x200xf32>
  %o = dtc.matmul %p, %v : (tensor<2x8x200x200xf32>, tensor<2x1x200x8xf32>) -> tensor<2x8x200x8xf32>
  return %o : tensor<2x8x200x8xf32>
}

// A triangle is computed from positions: whole rows, one item at a time.
func.func @a_triangle_between(%q: tensor<5x260x8xf32>, %k: tensor<5x260x8xf32>, %v: tensor<5x260x8xf32>) -> tensor<5x260x8xf32> {
  %s = dtc.matmul %q, %k {transposeRhs} : (tensor<5x260x8xf32>, tensor<5x260x8xf32>) -> tensor<5x260x260xf32>
  %t = dtc.triangle %s {diagonal = 0 : i64} : (tensor<5x260x260xf32>) -> tensor<5x260x260xf32>
  %o = dtc.matmul %t, %v : (tensor<5x260x260xf32>, tensor<5x260x8xf32>) -> tensor<5x260x8xf32>
  return %o : tensor<5x260x8xf32>
}

// The kernel turns the matrix around: no blocks.
func.func @a_softmax_of_columns(%q: tensor<5x260x8xf32>, %k: tensor<5x260x8xf32>, %v: tensor<5x260x8xf32>) -> tensor<5x260x8xf32> {
  %s = dtc.matmul %q, %k {transposeRhs} : (tensor<5x260x8xf32>, tensor<5x260x8xf32>) -> tensor<5x260x260xf32>
  %p = dtc.softmax %s {axis = 1 : i64} : (tensor<5x260x260xf32>) -> tensor<5x260x260xf32>
  %o = dtc.matmul %p, %v : (tensor<5x260x260xf32>, tensor<5x260x8xf32>) -> tensor<5x260x8xf32>
  return %o : tensor<5x260x8xf32>
}

// Scores that are used twice stay whole.
func.func @scores_that_are_returned(%q: tensor<5x260x8xf32>, %k: tensor<5x260x8xf32>, %v: tensor<5x260x8xf32>) -> (tensor<5x260x8xf32>, tensor<5x260x260xf32>) {
  %s = dtc.matmul %q, %k {transposeRhs} : (tensor<5x260x8xf32>, tensor<5x260x8xf32>) -> tensor<5x260x260xf32>
  %p = dtc.softmax %s {axis = 2 : i64} : (tensor<5x260x260xf32>) -> tensor<5x260x260xf32>
  %o = dtc.matmul %p, %v : (tensor<5x260x260xf32>, tensor<5x260x8xf32>) -> tensor<5x260x8xf32>
  return %o, %p : tensor<5x260x8xf32>, tensor<5x260x260xf32>
}

// The values are made between the scores and their use.
func.func @values_come_late(%q: tensor<5x260x8xf32>, %k: tensor<5x260x8xf32>, %x: tensor<5x260x40xf32>, %w: tensor<5x40x8xf32>) -> tensor<5x260x8xf32> {
  %s = dtc.matmul %q, %k {transposeRhs} : (tensor<5x260x8xf32>, tensor<5x260x8xf32>) -> tensor<5x260x260xf32>
  %p = dtc.softmax %s {axis = 2 : i64} : (tensor<5x260x260xf32>) -> tensor<5x260x260xf32>
  %v = dtc.matmul %x, %w : (tensor<5x260x40xf32>, tensor<5x40x8xf32>) -> tensor<5x260x8xf32>
  %o = dtc.matmul %p, %v : (tensor<5x260x260xf32>, tensor<5x260x8xf32>) -> tensor<5x260x8xf32>
  return %o : tensor<5x260x8xf32>
}
