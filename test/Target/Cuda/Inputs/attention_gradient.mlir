// The gradient of attention by cuDNN, and what of it stays kernels.

func.func @plain(%q: tensor<2x4x6x16xf16>, %k: tensor<2x4x5x16xf16>, %v: tensor<2x4x5x16xf16>, %g: tensor<2x4x6x16xf16>) -> (tensor<2x4x6x16xf16>, tensor<2x4x6x16xf16>, tensor<2x4x5x16xf16>, tensor<2x4x5x16xf16>) {
  %r, %s = dtc.attention %q, %k, %v {scale = 0.25 : f64, keepsSums} : (tensor<2x4x6x16xf16>, tensor<2x4x5x16xf16>, tensor<2x4x5x16xf16>) -> (tensor<2x4x6x16xf16>, tensor<2x4x6x1xf32>)
  %x, %y, %z = dtc.attention_gradient %q, %k, %v, %r, %s, %g {scale = 0.25 : f64} : (tensor<2x4x6x16xf16>, tensor<2x4x5x16xf16>, tensor<2x4x5x16xf16>, tensor<2x4x6x16xf16>, tensor<2x4x6x1xf32>, tensor<2x4x6x16xf16>) -> (tensor<2x4x6x16xf16>, tensor<2x4x5x16xf16>, tensor<2x4x5x16xf16>)
  return %r, %x, %y, %z : tensor<2x4x6x16xf16>, tensor<2x4x6x16xf16>, tensor<2x4x5x16xf16>, tensor<2x4x5x16xf16>
}

func.func @brain_in_groups(%q: tensor<2x4x6x16xbf16>, %k: tensor<2x2x7x16xbf16>, %v: tensor<2x2x7x8xbf16>, %g: tensor<2x4x6x8xbf16>) -> (tensor<2x4x6x8xbf16>, tensor<2x4x6x16xbf16>, tensor<2x2x7x16xbf16>, tensor<2x2x7x8xbf16>) {
  %r, %s = dtc.attention %q, %k, %v {scale = 0.25 : f64, keepsSums} : (tensor<2x4x6x16xbf16>, tensor<2x2x7x16xbf16>, tensor<2x2x7x8xbf16>) -> (tensor<2x4x6x8xbf16>, tensor<2x4x6x1xf32>)
  %x, %y, %z = dtc.attention_gradient %q, %k, %v, %r, %s, %g {scale = 0.25 : f64} : (tensor<2x4x6x16xbf16>, tensor<2x2x7x16xbf16>, tensor<2x2x7x8xbf16>, tensor<2x4x6x8xbf16>, tensor<2x4x6x1xf32>, tensor<2x4x6x8xbf16>) -> (tensor<2x4x6x16xbf16>, tensor<2x2x7x16xbf16>, tensor<2x2x7x8xbf16>)
  return %r, %x, %y, %z : tensor<2x4x6x8xbf16>, tensor<2x4x6x16xbf16>, tensor<2x2x7x16xbf16>, tensor<2x2x7x8xbf16>
}

func.func @causal(%q: tensor<2x4x6x16xf16>, %k: tensor<2x2x6x16xf16>, %v: tensor<2x2x6x16xf16>, %g: tensor<2x4x6x16xf16>) -> (tensor<2x4x6x16xf16>, tensor<2x4x6x16xf16>, tensor<2x2x6x16xf16>, tensor<2x2x6x16xf16>) {
  %r, %s = dtc.attention %q, %k, %v {scale = 0.25 : f64, after = 0 : i64, keepsSums} : (tensor<2x4x6x16xf16>, tensor<2x2x6x16xf16>, tensor<2x2x6x16xf16>) -> (tensor<2x4x6x16xf16>, tensor<2x4x6x1xf32>)
  %x, %y, %z = dtc.attention_gradient %q, %k, %v, %r, %s, %g {scale = 0.25 : f64, after = 0 : i64} : (tensor<2x4x6x16xf16>, tensor<2x2x6x16xf16>, tensor<2x2x6x16xf16>, tensor<2x4x6x16xf16>, tensor<2x4x6x1xf32>, tensor<2x4x6x16xf16>) -> (tensor<2x4x6x16xf16>, tensor<2x2x6x16xf16>, tensor<2x2x6x16xf16>)
  return %r, %x, %y, %z : tensor<2x4x6x16xf16>, tensor<2x4x6x16xf16>, tensor<2x2x6x16xf16>, tensor<2x2x6x16xf16>
}

func.func @causal_of_other_lengths(%q: tensor<1x2x7x8xbf16>, %k: tensor<1x2x4x8xbf16>, %v: tensor<1x2x4x8xbf16>, %g: tensor<1x2x7x8xbf16>) -> (tensor<1x2x7x8xbf16>, tensor<1x2x7x8xbf16>, tensor<1x2x4x8xbf16>, tensor<1x2x4x8xbf16>) {
  %r, %s = dtc.attention %q, %k, %v {scale = 0.25 : f64, after = 0 : i64, keepsSums} : (tensor<1x2x7x8xbf16>, tensor<1x2x4x8xbf16>, tensor<1x2x4x8xbf16>) -> (tensor<1x2x7x8xbf16>, tensor<1x2x7x1xf32>)
  %x, %y, %z = dtc.attention_gradient %q, %k, %v, %r, %s, %g {scale = 0.25 : f64, after = 0 : i64} : (tensor<1x2x7x8xbf16>, tensor<1x2x4x8xbf16>, tensor<1x2x4x8xbf16>, tensor<1x2x7x8xbf16>, tensor<1x2x7x1xf32>, tensor<1x2x7x8xbf16>) -> (tensor<1x2x7x8xbf16>, tensor<1x2x4x8xbf16>, tensor<1x2x4x8xbf16>)
  return %r, %x, %y, %z : tensor<1x2x7x8xbf16>, tensor<1x2x7x8xbf16>, tensor<1x2x4x8xbf16>, tensor<1x2x4x8xbf16>
}

func.func @one_key_head(%q: tensor<2x4x6x16xf16>, %k: tensor<2x1x5x16xf16>, %v: tensor<2x1x5x16xf16>, %g: tensor<2x4x6x16xf16>) -> (tensor<2x4x6x16xf16>, tensor<2x4x6x16xf16>, tensor<2x1x5x16xf16>, tensor<2x1x5x16xf16>) {
  %r, %s = dtc.attention %q, %k, %v {scale = 0.25 : f64, keepsSums} : (tensor<2x4x6x16xf16>, tensor<2x1x5x16xf16>, tensor<2x1x5x16xf16>) -> (tensor<2x4x6x16xf16>, tensor<2x4x6x1xf32>)
  %x, %y, %z = dtc.attention_gradient %q, %k, %v, %r, %s, %g {scale = 0.25 : f64} : (tensor<2x4x6x16xf16>, tensor<2x1x5x16xf16>, tensor<2x1x5x16xf16>, tensor<2x4x6x16xf16>, tensor<2x4x6x1xf32>, tensor<2x4x6x16xf16>) -> (tensor<2x4x6x16xf16>, tensor<2x1x5x16xf16>, tensor<2x1x5x16xf16>)
  return %r, %x, %y, %z : tensor<2x4x6x16xf16>, tensor<2x4x6x16xf16>, tensor<2x1x5x16xf16>, tensor<2x1x5x16xf16>
}

func.func @without_a_batch(%q: tensor<2x6x16xf16>, %k: tensor<2x6x16xf16>, %v: tensor<2x6x24xf16>, %g: tensor<2x6x24xf16>) -> (tensor<2x6x24xf16>, tensor<2x6x16xf16>, tensor<2x6x16xf16>, tensor<2x6x24xf16>) {
  %r, %s = dtc.attention %q, %k, %v {scale = 0.25 : f64, keepsSums} : (tensor<2x6x16xf16>, tensor<2x6x16xf16>, tensor<2x6x24xf16>) -> (tensor<2x6x24xf16>, tensor<2x6x1xf32>)
  %x, %y, %z = dtc.attention_gradient %q, %k, %v, %r, %s, %g {scale = 0.25 : f64} : (tensor<2x6x16xf16>, tensor<2x6x16xf16>, tensor<2x6x24xf16>, tensor<2x6x24xf16>, tensor<2x6x1xf32>, tensor<2x6x24xf16>) -> (tensor<2x6x16xf16>, tensor<2x6x16xf16>, tensor<2x6x24xf16>)
  return %r, %x, %y, %z : tensor<2x6x24xf16>, tensor<2x6x16xf16>, tensor<2x6x16xf16>, tensor<2x6x24xf16>
}

func.func @one_row(%q: tensor<2x4x1x16xf16>, %k: tensor<2x4x9x16xf16>, %v: tensor<2x4x9x16xf16>, %g: tensor<2x4x1x16xf16>) -> (tensor<2x4x1x16xf16>, tensor<2x4x1x16xf16>, tensor<2x4x9x16xf16>, tensor<2x4x9x16xf16>) {
  %r, %s = dtc.attention %q, %k, %v {scale = 0.25 : f64, keepsSums} : (tensor<2x4x1x16xf16>, tensor<2x4x9x16xf16>, tensor<2x4x9x16xf16>) -> (tensor<2x4x1x16xf16>, tensor<2x4x1x1xf32>)
  %x, %y, %z = dtc.attention_gradient %q, %k, %v, %r, %s, %g {scale = 0.25 : f64} : (tensor<2x4x1x16xf16>, tensor<2x4x9x16xf16>, tensor<2x4x9x16xf16>, tensor<2x4x1x16xf16>, tensor<2x4x1x1xf32>, tensor<2x4x1x16xf16>) -> (tensor<2x4x1x16xf16>, tensor<2x4x9x16xf16>, tensor<2x4x9x16xf16>)
  return %r, %x, %y, %z : tensor<2x4x1x16xf16>, tensor<2x4x1x16xf16>, tensor<2x4x9x16xf16>, tensor<2x4x9x16xf16>
}

func.func @a_mask_of_numbers(%q: tensor<2x4x6x16xf16>, %k: tensor<2x4x6x16xf16>, %v: tensor<2x4x6x16xf16>, %g: tensor<2x4x6x16xf16>, %m: tensor<2x1x6x6xf16>) -> (tensor<2x4x6x16xf16>, tensor<2x4x6x16xf16>, tensor<2x4x6x16xf16>, tensor<2x4x6x16xf16>) {
  %r, %s = dtc.attention %q, %k, %v, %m {scale = 0.25 : f64, keepsSums} : (tensor<2x4x6x16xf16>, tensor<2x4x6x16xf16>, tensor<2x4x6x16xf16>, tensor<2x1x6x6xf16>) -> (tensor<2x4x6x16xf16>, tensor<2x4x6x1xf32>)
  %x, %y, %z = dtc.attention_gradient %q, %k, %v, %r, %s, %g, %m {scale = 0.25 : f64} : (tensor<2x4x6x16xf16>, tensor<2x4x6x16xf16>, tensor<2x4x6x16xf16>, tensor<2x4x6x16xf16>, tensor<2x4x6x1xf32>, tensor<2x4x6x16xf16>, tensor<2x1x6x6xf16>) -> (tensor<2x4x6x16xf16>, tensor<2x4x6x16xf16>, tensor<2x4x6x16xf16>)
  return %r, %x, %y, %z : tensor<2x4x6x16xf16>, tensor<2x4x6x16xf16>, tensor<2x4x6x16xf16>, tensor<2x4x6x16xf16>
}

func.func @a_mask_of_heads(%q: tensor<2x4x6x16xbf16>, %k: tensor<2x2x6x16xbf16>, %v: tensor<2x2x6x16xbf16>, %g: tensor<2x4x6x16xbf16>, %m: tensor<4x6x6xbf16>) -> (tensor<2x4x6x16xbf16>, tensor<2x4x6x16xbf16>, tensor<2x2x6x16xbf16>, tensor<2x2x6x16xbf16>) {
  %r, %s = dtc.attention %q, %k, %v, %m {scale = 0.25 : f64, keepsSums} : (tensor<2x4x6x16xbf16>, tensor<2x2x6x16xbf16>, tensor<2x2x6x16xbf16>, tensor<4x6x6xbf16>) -> (tensor<2x4x6x16xbf16>, tensor<2x4x6x1xf32>)
  %x, %y, %z = dtc.attention_gradient %q, %k, %v, %r, %s, %g, %m {scale = 0.25 : f64} : (tensor<2x4x6x16xbf16>, tensor<2x2x6x16xbf16>, tensor<2x2x6x16xbf16>, tensor<2x4x6x16xbf16>, tensor<2x4x6x1xf32>, tensor<2x4x6x16xbf16>, tensor<4x6x6xbf16>) -> (tensor<2x4x6x16xbf16>, tensor<2x2x6x16xbf16>, tensor<2x2x6x16xbf16>)
  return %r, %x, %y, %z : tensor<2x4x6x16xbf16>, tensor<2x4x6x16xbf16>, tensor<2x2x6x16xbf16>, tensor<2x2x6x16xbf16>
}

func.func @a_mask_for_all_rows(%q: tensor<2x4x6x16xf16>, %k: tensor<2x4x6x16xf16>, %v: tensor<2x4x6x16xf16>, %g: tensor<2x4x6x16xf16>, %m: tensor<2x1x1x6xf16>) -> (tensor<2x4x6x16xf16>, tensor<2x4x6x16xf16>, tensor<2x4x6x16xf16>, tensor<2x4x6x16xf16>) {
  %r, %s = dtc.attention %q, %k, %v, %m {scale = 0.25 : f64, keepsSums} : (tensor<2x4x6x16xf16>, tensor<2x4x6x16xf16>, tensor<2x4x6x16xf16>, tensor<2x1x1x6xf16>) -> (tensor<2x4x6x16xf16>, tensor<2x4x6x1xf32>)
  %x, %y, %z = dtc.attention_gradient %q, %k, %v, %r, %s, %g, %m {scale = 0.25 : f64} : (tensor<2x4x6x16xf16>, tensor<2x4x6x16xf16>, tensor<2x4x6x16xf16>, tensor<2x4x6x16xf16>, tensor<2x4x6x1xf32>, tensor<2x4x6x16xf16>, tensor<2x1x1x6xf16>) -> (tensor<2x4x6x16xf16>, tensor<2x4x6x16xf16>, tensor<2x4x6x16xf16>)
  return %r, %x, %y, %z : tensor<2x4x6x16xf16>, tensor<2x4x6x16xf16>, tensor<2x4x6x16xf16>, tensor<2x4x6x16xf16>
}

// Of 12 rows of two keys some see none: they have no gradient and give none.
func.func @rows_that_see_nothing(%q: tensor<2x4x6x16xf16>, %k: tensor<2x4x2x16xf16>, %v: tensor<2x4x2x16xf16>, %g: tensor<2x4x6x16xf16>, %m: tensor<2x1x6x2xi1>) -> (tensor<2x4x6x16xf16>, tensor<2x4x6x16xf16>, tensor<2x4x2x16xf16>, tensor<2x4x2x16xf16>) {
  %r, %s = dtc.attention %q, %k, %v, %m {scale = 0.25 : f64, keepsSums} : (tensor<2x4x6x16xf16>, tensor<2x4x2x16xf16>, tensor<2x4x2x16xf16>, tensor<2x1x6x2xi1>) -> (tensor<2x4x6x16xf16>, tensor<2x4x6x1xf32>)
  %x, %y, %z = dtc.attention_gradient %q, %k, %v, %r, %s, %g, %m {scale = 0.25 : f64} : (tensor<2x4x6x16xf16>, tensor<2x4x2x16xf16>, tensor<2x4x2x16xf16>, tensor<2x4x6x16xf16>, tensor<2x4x6x1xf32>, tensor<2x4x6x16xf16>, tensor<2x1x6x2xi1>) -> (tensor<2x4x6x16xf16>, tensor<2x4x2x16xf16>, tensor<2x4x2x16xf16>)
  return %r, %x, %y, %z : tensor<2x4x6x16xf16>, tensor<2x4x6x16xf16>, tensor<2x4x2x16xf16>, tensor<2x4x2x16xf16>
}

func.func @mask_and_causal(%q: tensor<2x4x6x16xf16>, %k: tensor<2x4x6x16xf16>, %v: tensor<2x4x6x16xf16>, %g: tensor<2x4x6x16xf16>, %m: tensor<2x4x6x6xi1>) -> (tensor<2x4x6x16xf16>, tensor<2x4x6x16xf16>, tensor<2x4x6x16xf16>, tensor<2x4x6x16xf16>) {
  %r, %s = dtc.attention %q, %k, %v, %m {scale = 0.25 : f64, after = 0 : i64, keepsSums} : (tensor<2x4x6x16xf16>, tensor<2x4x6x16xf16>, tensor<2x4x6x16xf16>, tensor<2x4x6x6xi1>) -> (tensor<2x4x6x16xf16>, tensor<2x4x6x1xf32>)
  %x, %y, %z = dtc.attention_gradient %q, %k, %v, %r, %s, %g, %m {scale = 0.25 : f64, after = 0 : i64} : (tensor<2x4x6x16xf16>, tensor<2x4x6x16xf16>, tensor<2x4x6x16xf16>, tensor<2x4x6x16xf16>, tensor<2x4x6x1xf32>, tensor<2x4x6x16xf16>, tensor<2x4x6x6xi1>) -> (tensor<2x4x6x16xf16>, tensor<2x4x6x16xf16>, tensor<2x4x6x16xf16>)
  return %r, %x, %y, %z : tensor<2x4x6x16xf16>, tensor<2x4x6x16xf16>, tensor<2x4x6x16xf16>, tensor<2x4x6x16xf16>
}

func.func @a_window(%q: tensor<1x2x9x8xf16>, %k: tensor<1x2x9x8xf16>, %v: tensor<1x2x9x8xf16>, %g: tensor<1x2x9x8xf16>) -> (tensor<1x2x9x8xf16>, tensor<1x2x9x8xf16>, tensor<1x2x9x8xf16>, tensor<1x2x9x8xf16>) {
  %r, %s = dtc.attention %q, %k, %v {scale = 0.25 : f64, before = 2 : i64, after = 1 : i64, keepsSums} : (tensor<1x2x9x8xf16>, tensor<1x2x9x8xf16>, tensor<1x2x9x8xf16>) -> (tensor<1x2x9x8xf16>, tensor<1x2x9x1xf32>)
  %x, %y, %z = dtc.attention_gradient %q, %k, %v, %r, %s, %g {scale = 0.25 : f64, before = 2 : i64, after = 1 : i64} : (tensor<1x2x9x8xf16>, tensor<1x2x9x8xf16>, tensor<1x2x9x8xf16>, tensor<1x2x9x8xf16>, tensor<1x2x9x1xf32>, tensor<1x2x9x8xf16>) -> (tensor<1x2x9x8xf16>, tensor<1x2x9x8xf16>, tensor<1x2x9x8xf16>)
  return %r, %x, %y, %z : tensor<1x2x9x8xf16>, tensor<1x2x9x8xf16>, tensor<1x2x9x8xf16>, tensor<1x2x9x8xf16>
}

// The first query sees nothing.
func.func @keys_before_the_query(%q: tensor<1x2x4x8xf16>, %k: tensor<1x2x9x8xf16>, %v: tensor<1x2x9x8xf16>, %g: tensor<1x2x4x8xf16>) -> (tensor<1x2x4x8xf16>, tensor<1x2x4x8xf16>, tensor<1x2x9x8xf16>, tensor<1x2x9x8xf16>) {
  %r, %s = dtc.attention %q, %k, %v {scale = 0.25 : f64, after = -1 : i64, keepsSums} : (tensor<1x2x4x8xf16>, tensor<1x2x9x8xf16>, tensor<1x2x9x8xf16>) -> (tensor<1x2x4x8xf16>, tensor<1x2x4x1xf32>)
  %x, %y, %z = dtc.attention_gradient %q, %k, %v, %r, %s, %g {scale = 0.25 : f64, after = -1 : i64} : (tensor<1x2x4x8xf16>, tensor<1x2x9x8xf16>, tensor<1x2x9x8xf16>, tensor<1x2x4x8xf16>, tensor<1x2x4x1xf32>, tensor<1x2x4x8xf16>) -> (tensor<1x2x4x8xf16>, tensor<1x2x9x8xf16>, tensor<1x2x9x8xf16>)
  return %r, %x, %y, %z : tensor<1x2x4x8xf16>, tensor<1x2x4x8xf16>, tensor<1x2x9x8xf16>, tensor<1x2x9x8xf16>
}

func.func @one_query_and_one_key_are_expanded(%q: tensor<2x4x1x16xf16>, %k: tensor<2x4x1x16xf16>, %v: tensor<2x4x1x16xf16>, %g: tensor<2x4x1x16xf16>) -> (tensor<2x4x1x16xf16>, tensor<2x4x1x16xf16>, tensor<2x4x1x16xf16>, tensor<2x4x1x16xf16>) {
  %r, %s = dtc.attention %q, %k, %v {scale = 0.25 : f64, keepsSums} : (tensor<2x4x1x16xf16>, tensor<2x4x1x16xf16>, tensor<2x4x1x16xf16>) -> (tensor<2x4x1x16xf16>, tensor<2x4x1x1xf32>)
  %x, %y, %z = dtc.attention_gradient %q, %k, %v, %r, %s, %g {scale = 0.25 : f64} : (tensor<2x4x1x16xf16>, tensor<2x4x1x16xf16>, tensor<2x4x1x16xf16>, tensor<2x4x1x16xf16>, tensor<2x4x1x1xf32>, tensor<2x4x1x16xf16>) -> (tensor<2x4x1x16xf16>, tensor<2x4x1x16xf16>, tensor<2x4x1x16xf16>)
  return %r, %x, %y, %z : tensor<2x4x1x16xf16>, tensor<2x4x1x16xf16>, tensor<2x4x1x16xf16>, tensor<2x4x1x16xf16>
}

func.func @single_is_expanded(%q: tensor<2x4x6x16xf32>, %k: tensor<2x2x5x16xf32>, %v: tensor<2x2x5x16xf32>, %g: tensor<2x4x6x16xf32>) -> (tensor<2x4x6x16xf32>, tensor<2x4x6x16xf32>, tensor<2x2x5x16xf32>, tensor<2x2x5x16xf32>) {
  %r, %s = dtc.attention %q, %k, %v {scale = 0.25 : f64, after = 0 : i64, keepsSums} : (tensor<2x4x6x16xf32>, tensor<2x2x5x16xf32>, tensor<2x2x5x16xf32>) -> (tensor<2x4x6x16xf32>, tensor<2x4x6x1xf32>)
  %x, %y, %z = dtc.attention_gradient %q, %k, %v, %r, %s, %g {scale = 0.25 : f64, after = 0 : i64} : (tensor<2x4x6x16xf32>, tensor<2x2x5x16xf32>, tensor<2x2x5x16xf32>, tensor<2x4x6x16xf32>, tensor<2x4x6x1xf32>, tensor<2x4x6x16xf32>) -> (tensor<2x4x6x16xf32>, tensor<2x2x5x16xf32>, tensor<2x2x5x16xf32>)
  return %r, %x, %y, %z : tensor<2x4x6x16xf32>, tensor<2x4x6x16xf32>, tensor<2x2x5x16xf32>, tensor<2x2x5x16xf32>
}

func.func @odd_depth_is_expanded(%q: tensor<1x2x4x10xf16>, %k: tensor<1x2x4x10xf16>, %v: tensor<1x2x4x10xf16>, %g: tensor<1x2x4x10xf16>) -> (tensor<1x2x4x10xf16>, tensor<1x2x4x10xf16>, tensor<1x2x4x10xf16>, tensor<1x2x4x10xf16>) {
  %r, %s = dtc.attention %q, %k, %v {scale = 0.25 : f64, keepsSums} : (tensor<1x2x4x10xf16>, tensor<1x2x4x10xf16>, tensor<1x2x4x10xf16>) -> (tensor<1x2x4x10xf16>, tensor<1x2x4x1xf32>)
  %x, %y, %z = dtc.attention_gradient %q, %k, %v, %r, %s, %g {scale = 0.25 : f64} : (tensor<1x2x4x10xf16>, tensor<1x2x4x10xf16>, tensor<1x2x4x10xf16>, tensor<1x2x4x10xf16>, tensor<1x2x4x1xf32>, tensor<1x2x4x10xf16>) -> (tensor<1x2x4x10xf16>, tensor<1x2x4x10xf16>, tensor<1x2x4x10xf16>)
  return %r, %x, %y, %z : tensor<1x2x4x10xf16>, tensor<1x2x4x10xf16>, tensor<1x2x4x10xf16>, tensor<1x2x4x10xf16>
}
