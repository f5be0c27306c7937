// Attention by cuDNN, and what of it stays a kernel.

func.func @plain(%q: tensor<2x4x6x16xf16>, %k: tensor<2x4x5x16xf16>, %v: tensor<2x4x5x16xf16>) -> tensor<2x4x6x16xf16> {
  %r = dtc.attention %q, %k, %v {scale = 0.25 : f64} : (tensor<2x4x6x16xf16>, tensor<2x4x5x16xf16>, tensor<2x4x5x16xf16>) -> tensor<2x4x6x16xf16>
  return %r : tensor<2x4x6x16xf16>
}

func.func @brain_in_groups(%q: tensor<2x4x6x16xbf16>, %k: tensor<2x2x7x16xbf16>, %v: tensor<2x2x7x8xbf16>) -> tensor<2x4x6x8xbf16> {
  %r = dtc.attention %q, %k, %v {scale = 0.25 : f64} : (tensor<2x4x6x16xbf16>, tensor<2x2x7x16xbf16>, tensor<2x2x7x8xbf16>) -> tensor<2x4x6x8xbf16>
  return %r : tensor<2x4x6x8xbf16>
}

func.func @causal(%q: tensor<2x4x6x16xf16>, %k: tensor<2x2x6x16xf16>, %v: tensor<2x2x6x16xf16>) -> tensor<2x4x6x16xf16> {
  %r = dtc.attention %q, %k, %v {scale = 0.25 : f64, after = 0 : i64} : (tensor<2x4x6x16xf16>, tensor<2x2x6x16xf16>, tensor<2x2x6x16xf16>) -> tensor<2x4x6x16xf16>
  return %r : tensor<2x4x6x16xf16>
}

func.func @causal_of_other_lengths(%q: tensor<1x2x7x8xf16>, %k: tensor<1x2x4x8xf16>, %v: tensor<1x2x4x8xf16>) -> tensor<1x2x7x8xf16> {
  %r = dtc.attention %q, %k, %v {scale = 0.25 : f64, after = 0 : i64} : (tensor<1x2x7x8xf16>, tensor<1x2x4x8xf16>, tensor<1x2x4x8xf16>) -> tensor<1x2x7x8xf16>
  return %r : tensor<1x2x7x8xf16>
}

func.func @all_is_seen(%q: tensor<1x2x4x8xf16>, %k: tensor<1x2x4x8xf16>, %v: tensor<1x2x4x8xf16>) -> tensor<1x2x4x8xf16> {
  %r = dtc.attention %q, %k, %v {scale = 0.25 : f64, after = 3 : i64} : (tensor<1x2x4x8xf16>, tensor<1x2x4x8xf16>, tensor<1x2x4x8xf16>) -> tensor<1x2x4x8xf16>
  return %r : tensor<1x2x4x8xf16>
}

func.func @without_a_batch(%q: tensor<2x6x16xf16>, %k: tensor<2x6x16xf16>, %v: tensor<2x6x24xf16>) -> tensor<2x6x24xf16> {
  %r = dtc.attention %q, %k, %v {scale = 0.25 : f64} : (tensor<2x6x16xf16>, tensor<2x6x16xf16>, tensor<2x6x24xf16>) -> tensor<2x6x24xf16>
  return %r : tensor<2x6x24xf16>
}

func.func @one_row(%q: tensor<2x4x1x16xf16>, %k: tensor<2x4x9x16xf16>, %v: tensor<2x4x9x16xf16>) -> tensor<2x4x1x16xf16> {
  %r = dtc.attention %q, %k, %v {scale = 0.25 : f64} : (tensor<2x4x1x16xf16>, tensor<2x4x9x16xf16>, tensor<2x4x9x16xf16>) -> tensor<2x4x1x16xf16>
  return %r : tensor<2x4x1x16xf16>
}

func.func @a_mask_of_numbers(%q: tensor<2x4x6x16xf16>, %k: tensor<2x4x6x16xf16>, %v: tensor<2x4x6x16xf16>, %m: tensor<2x1x6x6xf16>) -> tensor<2x4x6x16xf16> {
  %r = dtc.attention %q, %k, %v, %m {scale = 0.25 : f64} : (tensor<2x4x6x16xf16>, tensor<2x4x6x16xf16>, tensor<2x4x6x16xf16>, tensor<2x1x6x6xf16>) -> tensor<2x4x6x16xf16>
  return %r : tensor<2x4x6x16xf16>
}

func.func @a_mask_of_heads(%q: tensor<2x4x6x16xbf16>, %k: tensor<2x2x6x16xbf16>, %v: tensor<2x2x6x16xbf16>, %m: tensor<4x6x6xbf16>) -> tensor<2x4x6x16xbf16> {
  %r = dtc.attention %q, %k, %v, %m {scale = 0.25 : f64} : (tensor<2x4x6x16xbf16>, tensor<2x2x6x16xbf16>, tensor<2x2x6x16xbf16>, tensor<4x6x6xbf16>) -> tensor<2x4x6x16xbf16>
  return %r : tensor<2x4x6x16xbf16>
}

func.func @a_mask_for_all_rows(%q: tensor<2x4x6x16xf16>, %k: tensor<2x4x6x16xf16>, %v: tensor<2x4x6x16xf16>, %m: tensor<2x1x1x6xf16>) -> tensor<2x4x6x16xf16> {
  %r = dtc.attention %q, %k, %v, %m {scale = 0.25 : f64} : (tensor<2x4x6x16xf16>, tensor<2x4x6x16xf16>, tensor<2x4x6x16xf16>, tensor<2x1x1x6xf16>) -> tensor<2x4x6x16xf16>
  return %r : tensor<2x4x6x16xf16>
}

func.func @one_number(%q: tensor<2x4x6x16xf16>, %k: tensor<2x4x6x16xf16>, %v: tensor<2x4x6x16xf16>, %m: tensor<f16>) -> tensor<2x4x6x16xf16> {
  %r = dtc.attention %q, %k, %v, %m {scale = 0.25 : f64} : (tensor<2x4x6x16xf16>, tensor<2x4x6x16xf16>, tensor<2x4x6x16xf16>, tensor<f16>) -> tensor<2x4x6x16xf16>
  return %r : tensor<2x4x6x16xf16>
}

// Of 12 rows of two keys some see none.
func.func @rows_that_see_nothing(%q: tensor<2x4x6x16xf16>, %k: tensor<2x4x2x16xf16>, %v: tensor<2x4x2x16xf16>, %m: tensor<2x1x6x2xi1>) -> tensor<2x4x6x16xf16> {
  %r = dtc.attention %q, %k, %v, %m {scale = 0.25 : f64} : (tensor<2x4x6x16xf16>, tensor<2x4x2x16xf16>, tensor<2x4x2x16xf16>, tensor<2x1x6x2xi1>) -> tensor<2x4x6x16xf16>
  return %r : tensor<2x4x6x16xf16>
}

func.func @mask_and_causal(%q: tensor<2x4x6x16xf16>, %k: tensor<2x4x6x16xf16>, %v: tensor<2x4x6x16xf16>, %m: tensor<2x4x6x6xi1>) -> tensor<2x4x6x16xf16> {
  %r = dtc.attention %q, %k, %v, %m {scale = 0.25 : f64, after = 0 : i64} : (tensor<2x4x6x16xf16>, tensor<2x4x6x16xf16>, tensor<2x4x6x16xf16>, tensor<2x4x6x6xi1>) -> tensor<2x4x6x16xf16>
  return %r : tensor<2x4x6x16xf16>
}

func.func @a_window(%q: tensor<1x2x9x8xf16>, %k: tensor<1x2x9x8xf16>, %v: tensor<1x2x9x8xf16>) -> tensor<1x2x9x8xf16> {
  %r = dtc.attention %q, %k, %v {scale = 0.25 : f64, before = 2 : i64, after = 1 : i64} : (tensor<1x2x9x8xf16>, tensor<1x2x9x8xf16>, tensor<1x2x9x8xf16>) -> tensor<1x2x9x8xf16>
  return %r : tensor<1x2x9x8xf16>
}

// The first query sees nothing.
func.func @keys_before_the_query(%q: tensor<1x2x4x8xf16>, %k: tensor<1x2x9x8xf16>, %v: tensor<1x2x9x8xf16>) -> tensor<1x2x4x8xf16> {
  %r = dtc.attention %q, %k, %v {scale = 0.25 : f64, after = -1 : i64} : (tensor<1x2x4x8xf16>, tensor<1x2x9x8xf16>, tensor<1x2x9x8xf16>) -> tensor<1x2x4x8xf16>
  return %r : tensor<1x2x4x8xf16>
}

func.func @single_is_expanded(%q: tensor<2x4x6x16xf32>, %k: tensor<2x4x5x16xf32>, %v: tensor<2x4x5x16xf32>) -> tensor<2x4x6x16xf32> {
  %r = dtc.attention %q, %k, %v {scale = 0.25 : f64} : (tensor<2x4x6x16xf32>, tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>) -> tensor<2x4x6x16xf32>
  return %r : tensor<2x4x6x16xf32>
}

func.func @a_cap_is_expanded(%q: tensor<1x2x4x8xf16>, %k: tensor<1x2x4x8xf16>, %v: tensor<1x2x4x8xf16>) -> tensor<1x2x4x8xf16> {
  %r = dtc.attention %q, %k, %v {scale = 0.25 : f64, softcap = 2.0 : f64} : (tensor<1x2x4x8xf16>, tensor<1x2x4x8xf16>, tensor<1x2x4x8xf16>) -> tensor<1x2x4x8xf16>
  return %r : tensor<1x2x4x8xf16>
}

func.func @odd_depth_is_expanded(%q: tensor<1x2x4x10xf16>, %k: tensor<1x2x4x10xf16>, %v: tensor<1x2x4x10xf16>) -> tensor<1x2x4x10xf16> {
  %r = dtc.attention %q, %k, %v {scale = 0.25 : f64} : (tensor<1x2x4x10xf16>, tensor<1x2x4x10xf16>, tensor<1x2x4x10xf16>) -> tensor<1x2x4x10xf16>
  return %r : tensor<1x2x4x10xf16>
}

// Heads lie between rows and elements, as projections leave them.
func.func @heads_where_they_lie(%x: tensor<2x6x96xf16>) -> tensor<2x6x32xf16> {
  %a = dtc.slice %x {axes = array<i64: 2>, starts = array<i64: 0>, sizes = array<i64: 32>, steps = array<i64: 1>} : (tensor<2x6x96xf16>) -> tensor<2x6x32xf16>
  %b = dtc.slice %x {axes = array<i64: 2>, starts = array<i64: 32>, sizes = array<i64: 32>, steps = array<i64: 1>} : (tensor<2x6x96xf16>) -> tensor<2x6x32xf16>
  %c = dtc.slice %x {axes = array<i64: 2>, starts = array<i64: 64>, sizes = array<i64: 32>, steps = array<i64: 1>} : (tensor<2x6x96xf16>) -> tensor<2x6x32xf16>
  %d = dtc.reshape %a {shape = array<i64: 2, 6, 4, 8>} : (tensor<2x6x32xf16>) -> tensor<2x6x4x8xf16>
  %e = dtc.reshape %b {shape = array<i64: 2, 6, 4, 8>} : (tensor<2x6x32xf16>) -> tensor<2x6x4x8xf16>
  %f = dtc.reshape %c {shape = array<i64: 2, 6, 4, 8>} : (tensor<2x6x32xf16>) -> tensor<2x6x4x8xf16>
  %q = dtc.transpose %d {permutation = array<i64: 0, 2, 1, 3>} : (tensor<2x6x4x8xf16>) -> tensor<2x4x6x8xf16>
  %k = dtc.transpose %e {permutation = array<i64: 0, 2, 1, 3>} : (tensor<2x6x4x8xf16>) -> tensor<2x4x6x8xf16>
  %v = dtc.transpose %f {permutation = array<i64: 0, 2, 1, 3>} : (tensor<2x6x4x8xf16>) -> tensor<2x4x6x8xf16>
  %r = dtc.attention %q, %k, %v {scale = 0.5 : f64, after = 0 : i64} : (tensor<2x4x6x8xf16>, tensor<2x4x6x8xf16>, tensor<2x4x6x8xf16>) -> tensor<2x4x6x8xf16>
  %t = dtc.transpose %r {permutation = array<i64: 0, 2, 1, 3>} : (tensor<2x4x6x8xf16>) -> tensor<2x6x4x8xf16>
  %o = dtc.reshape %t {shape = array<i64: 2, 6, 32>} : (tensor<2x6x4x8xf16>) -> tensor<2x6x32xf16>
  return %o : tensor<2x6x32xf16>
}

// Keys whose elements have gaps are copied.
func.func @keys_by_columns(%q: tensor<1x2x4x8xf16>, %x: tensor<1x2x8x5xf16>, %v: tensor<1x2x5x8xf16>) -> tensor<1x2x4x8xf16> {
  %k = dtc.transpose %x {permutation = array<i64: 0, 1, 3, 2>} : (tensor<1x2x8x5xf16>) -> tensor<1x2x5x8xf16>
  %r = dtc.attention %q, %k, %v {scale = 0.5 : f64} : (tensor<1x2x4x8xf16>, tensor<1x2x5x8xf16>, tensor<1x2x5x8xf16>) -> tensor<1x2x4x8xf16>
  return %r : tensor<1x2x4x8xf16>
}

func.func @of_constants() -> tensor<1x1x2x8xf16> {
  %q = dtc.constant dense<0.5> : tensor<1x1x2x8xf16> : tensor<1x1x2x8xf16>
  %r = dtc.attention %q, %q, %q {scale = 0.5 : f64} : (tensor<1x1x2x8xf16>, tensor<1x1x2x8xf16>, tensor<1x1x2x8xf16>) -> tensor<1x1x2x8xf16>
  return %r : tensor<1x1x2x8xf16>
}
