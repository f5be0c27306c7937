// Activations of products and their gradients, as training has them: what cuBLASLt keeps of them in the forward pass and
// multiplies products with in the backward pass. Rows whose first element is not positive are 0, and so are what the
// products without a bias make of them.

func.func @relu(%x: tensor<48x64xf32>, %v: tensor<96x64xf32>, %b: tensor<96xf32>, %w: tensor<40x96xf32>, %g: tensor<48x40xf32>) -> (tensor<48x40xf32>, tensor<48x96xf32>, tensor<96x64xf32>, tensor<96xf32>) {
  %zero = dtc.constant dense<0.0> : tensor<f32> : tensor<f32>
  %first = dtc.slice %x {axes = array<i64: 1>, starts = array<i64: 0>, sizes = array<i64: 1>, steps = array<i64: 1>} : (tensor<48x64xf32>) -> tensor<48x1xf32>
  %keeps = dtc.greater %first, %zero : (tensor<48x1xf32>, tensor<f32>) -> tensor<48x1xi1>
  %y = dtc.select %keeps, %x, %zero : (tensor<48x1xi1>, tensor<48x64xf32>, tensor<f32>) -> tensor<48x64xf32>
  %p = dtc.linear %y, %v, %b : (tensor<48x64xf32>, tensor<96x64xf32>, tensor<96xf32>) -> tensor<48x96xf32>
  %h = dtc.relu %p : (tensor<48x96xf32>) -> tensor<48x96xf32>
  %o = dtc.linear %h, %w : (tensor<48x96xf32>, tensor<40x96xf32>) -> tensor<48x40xf32>
  %d = dtc.linear %g, %w {weightInOut} : (tensor<48x40xf32>, tensor<40x96xf32>) -> tensor<48x96xf32>
  %above = dtc.greater %h, %zero : (tensor<48x96xf32>, tensor<f32>) -> tensor<48x96xi1>
  %q = dtc.select %above, %d, %zero : (tensor<48x96xi1>, tensor<48x96xf32>, tensor<f32>) -> tensor<48x96xf32>
  %s = dtc.reduce_sum %q {dims = array<i64: 0>} : (tensor<48x96xf32>) -> tensor<96xf32>
  %u = dtc.linear_weight_gradient %q, %y : (tensor<48x96xf32>, tensor<48x64xf32>) -> tensor<96x64xf32>
  return %o, %q, %u, %s : tensor<48x40xf32>, tensor<48x96xf32>, tensor<96x64xf32>, tensor<96xf32>
}

func.func @relu_of_zeros(%x: tensor<48x64xf32>, %v: tensor<128x64xf32>, %w: tensor<40x128xf32>, %g: tensor<48x40xf32>) -> (tensor<48x40xf32>, tensor<48x128xf32>, tensor<128x64xf32>, tensor<128xf32>) {
  %zero = dtc.constant dense<0.0> : tensor<f32> : tensor<f32>
  %first = dtc.slice %x {axes = array<i64: 1>, starts = array<i64: 0>, sizes = array<i64: 1>, steps = array<i64: 1>} : (tensor<48x64xf32>) -> tensor<48x1xf32>
  %keeps = dtc.greater %first, %zero : (tensor<48x1xf32>, tensor<f32>) -> tensor<48x1xi1>
  %y = dtc.select %keeps, %x, %zero : (tensor<48x1xi1>, tensor<48x64xf32>, tensor<f32>) -> tensor<48x64xf32>
  %p = dtc.linear %y, %v : (tensor<48x64xf32>, tensor<128x64xf32>) -> tensor<48x128xf32>
  %h = dtc.relu %p : (tensor<48x128xf32>) -> tensor<48x128xf32>
  %o = dtc.linear %h, %w : (tensor<48x128xf32>, tensor<40x128xf32>) -> tensor<48x40xf32>
  %d = dtc.linear %g, %w {weightInOut} : (tensor<48x40xf32>, tensor<40x128xf32>) -> tensor<48x128xf32>
  %above = dtc.greater %h, %zero : (tensor<48x128xf32>, tensor<f32>) -> tensor<48x128xi1>
  %q = dtc.select %above, %d, %zero : (tensor<48x128xi1>, tensor<48x128xf32>, tensor<f32>) -> tensor<48x128xf32>
  %s = dtc.reduce_sum %q {dims = array<i64: 0>} : (tensor<48x128xf32>) -> tensor<128xf32>
  %u = dtc.linear_weight_gradient %q, %y : (tensor<48x128xf32>, tensor<48x64xf32>) -> tensor<128x64xf32>
  return %o, %q, %u, %s : tensor<48x40xf32>, tensor<48x128xf32>, tensor<128x64xf32>, tensor<128xf32>
}

func.func @relu_f16(%x: tensor<3x20x40xf16>, %v: tensor<72x40xf16>, %b: tensor<72xf16>, %w: tensor<48x72xf16>, %g: tensor<3x20x48xf16>) -> (tensor<3x20x48xf16>, tensor<3x20x72xf16>, tensor<72x40xf16>, tensor<72xf16>) {
  %zero = dtc.constant dense<0.0> : tensor<f16> : tensor<f16>
  %first = dtc.slice %x {axes = array<i64: 2>, starts = array<i64: 0>, sizes = array<i64: 1>, steps = array<i64: 1>} : (tensor<3x20x40xf16>) -> tensor<3x20x1xf16>
  %keeps = dtc.greater %first, %zero : (tensor<3x20x1xf16>, tensor<f16>) -> tensor<3x20x1xi1>
  %y = dtc.select %keeps, %x, %zero : (tensor<3x20x1xi1>, tensor<3x20x40xf16>, tensor<f16>) -> tensor<3x20x40xf16>
  %p = dtc.linear %y, %v, %b : (tensor<3x20x40xf16>, tensor<72x40xf16>, tensor<72xf16>) -> tensor<3x20x72xf16>
  %h = dtc.relu %p : (tensor<3x20x72xf16>) -> tensor<3x20x72xf16>
  %o = dtc.linear %h, %w : (tensor<3x20x72xf16>, tensor<48x72xf16>) -> tensor<3x20x48xf16>
  %d = dtc.linear %g, %w {weightInOut} : (tensor<3x20x48xf16>, tensor<48x72xf16>) -> tensor<3x20x72xf16>
  %above = dtc.greater %h, %zero : (tensor<3x20x72xf16>, tensor<f16>) -> tensor<3x20x72xi1>
  %q = dtc.select %above, %d, %zero : (tensor<3x20x72xi1>, tensor<3x20x72xf16>, tensor<f16>) -> tensor<3x20x72xf16>
  %s = dtc.reduce_sum %q {dims = array<i64: 0, 1>} : (tensor<3x20x72xf16>) -> tensor<72xf16>
  %u = dtc.linear_weight_gradient %q, %y : (tensor<3x20x72xf16>, tensor<3x20x40xf16>) -> tensor<72x40xf16>
  return %o, %q, %u, %s : tensor<3x20x48xf16>, tensor<3x20x72xf16>, tensor<72x40xf16>, tensor<72xf16>
}

func.func @relu_bf16(%x: tensor<64x48xbf16>, %v: tensor<200x48xbf16>, %w: tensor<32x200xbf16>, %g: tensor<64x32xbf16>) -> (tensor<64x32xbf16>, tensor<64x200xbf16>, tensor<200x48xbf16>, tensor<200xbf16>) {
  %zero = dtc.constant dense<0.0> : tensor<bf16> : tensor<bf16>
  %first = dtc.slice %x {axes = array<i64: 1>, starts = array<i64: 0>, sizes = array<i64: 1>, steps = array<i64: 1>} : (tensor<64x48xbf16>) -> tensor<64x1xbf16>
  %keeps = dtc.greater %first, %zero : (tensor<64x1xbf16>, tensor<bf16>) -> tensor<64x1xi1>
  %y = dtc.select %keeps, %x, %zero : (tensor<64x1xi1>, tensor<64x48xbf16>, tensor<bf16>) -> tensor<64x48xbf16>
  %p = dtc.linear %y, %v : (tensor<64x48xbf16>, tensor<200x48xbf16>) -> tensor<64x200xbf16>
  %h = dtc.relu %p : (tensor<64x200xbf16>) -> tensor<64x200xbf16>
  %o = dtc.linear %h, %w : (tensor<64x200xbf16>, tensor<32x200xbf16>) -> tensor<64x32xbf16>
  %d = dtc.linear %g, %w {weightInOut} : (tensor<64x32xbf16>, tensor<32x200xbf16>) -> tensor<64x200xbf16>
  %above = dtc.greater %h, %zero : (tensor<64x200xbf16>, tensor<bf16>) -> tensor<64x200xi1>
  %q = dtc.select %above, %d, %zero : (tensor<64x200xi1>, tensor<64x200xbf16>, tensor<bf16>) -> tensor<64x200xbf16>
  %s = dtc.reduce_sum %q {dims = array<i64: 0>} : (tensor<64x200xbf16>) -> tensor<200xbf16>
  %u = dtc.linear_weight_gradient %q, %y : (tensor<64x200xbf16>, tensor<64x48xbf16>) -> tensor<200x48xbf16>
  return %o, %q, %u, %s : tensor<64x32xbf16>, tensor<64x200xbf16>, tensor<200x48xbf16>, tensor<200xbf16>
}

func.func @relu_of_any_width(%x: tensor<50x64xf32>, %v: tensor<77x64xf32>, %b: tensor<77xf32>, %w: tensor<41x77xf32>, %g: tensor<50x41xf32>) -> (tensor<50x41xf32>, tensor<50x77xf32>, tensor<77x64xf32>) {
  %zero = dtc.constant dense<0.0> : tensor<f32> : tensor<f32>
  %first = dtc.slice %x {axes = array<i64: 1>, starts = array<i64: 0>, sizes = array<i64: 1>, steps = array<i64: 1>} : (tensor<50x64xf32>) -> tensor<50x1xf32>
  %keeps = dtc.greater %first, %zero : (tensor<50x1xf32>, tensor<f32>) -> tensor<50x1xi1>
  %y = dtc.select %keeps, %x, %zero : (tensor<50x1xi1>, tensor<50x64xf32>, tensor<f32>) -> tensor<50x64xf32>
  %p = dtc.linear %y, %v, %b : (tensor<50x64xf32>, tensor<77x64xf32>, tensor<77xf32>) -> tensor<50x77xf32>
  %h = dtc.relu %p : (tensor<50x77xf32>) -> tensor<50x77xf32>
  %o = dtc.linear %h, %w : (tensor<50x77xf32>, tensor<41x77xf32>) -> tensor<50x41xf32>
  %d = dtc.linear %g, %w {weightInOut} : (tensor<50x41xf32>, tensor<41x77xf32>) -> tensor<50x77xf32>
  %above = dtc.greater %h, %zero : (tensor<50x77xf32>, tensor<f32>) -> tensor<50x77xi1>
  %q = dtc.select %above, %d, %zero : (tensor<50x77xi1>, tensor<50x77xf32>, tensor<f32>) -> tensor<50x77xf32>
  %u = dtc.linear_weight_gradient %q, %y : (tensor<50x77xf32>, tensor<50x64xf32>) -> tensor<77x64xf32>
  return %o, %q, %u : tensor<50x41xf32>, tensor<50x77xf32>, tensor<77x64xf32>
}

func.func @gelu(%x: tensor<48x64xf32>, %v: tensor<96x64xf32>, %b: tensor<96xf32>, %w: tensor<40x96xf32>, %g: tensor<48x40xf32>) -> (tensor<48x40xf32>, tensor<48x96xf32>, tensor<96x64xf32>, tensor<96xf32>) {
  %zero = dtc.constant dense<0.0> : tensor<f32> : tensor<f32>
  %first = dtc.slice %x {axes = array<i64: 1>, starts = array<i64: 0>, sizes = array<i64: 1>, steps = array<i64: 1>} : (tensor<48x64xf32>) -> tensor<48x1xf32>
  %keeps = dtc.greater %first, %zero : (tensor<48x1xf32>, tensor<f32>) -> tensor<48x1xi1>
  %z = dtc.select %keeps, %x, %zero : (tensor<48x1xi1>, tensor<48x64xf32>, tensor<f32>) -> tensor<48x64xf32>
  %eighth = dtc.constant dense<0.125> : tensor<f32> : tensor<f32>
  %y = dtc.mul %z, %eighth : (tensor<48x64xf32>, tensor<f32>) -> tensor<48x64xf32>
  %p = dtc.linear %y, %v, %b : (tensor<48x64xf32>, tensor<96x64xf32>, tensor<96xf32>) -> tensor<48x96xf32>
  %h = dtc.gelu %p {tanh} : (tensor<48x96xf32>) -> tensor<48x96xf32>
  %o = dtc.linear %h, %w : (tensor<48x96xf32>, tensor<40x96xf32>) -> tensor<48x40xf32>
  %d = dtc.linear %g, %w {weightInOut} : (tensor<48x40xf32>, tensor<40x96xf32>) -> tensor<48x96xf32>
  %cubic = dtc.constant dense<0.044715> : tensor<f32> : tensor<f32>
  %one = dtc.constant dense<1.0> : tensor<f32> : tensor<f32>
  %factor = dtc.constant dense<0.797884583> : tensor<f32> : tensor<f32>
  %slope = dtc.constant dense<0.134145> : tensor<f32> : tensor<f32>
  %half = dtc.constant dense<0.5> : tensor<f32> : tensor<f32>
  %c0 = dtc.mul %p, %p : (tensor<48x96xf32>, tensor<48x96xf32>) -> tensor<48x96xf32>
  %c1 = dtc.mul %c0, %cubic : (tensor<48x96xf32>, tensor<f32>) -> tensor<48x96xf32>
  %c2 = dtc.add %c1, %one : (tensor<48x96xf32>, tensor<f32>) -> tensor<48x96xf32>
  %c3 = dtc.mul %p, %c2 : (tensor<48x96xf32>, tensor<48x96xf32>) -> tensor<48x96xf32>
  %c4 = dtc.mul %c3, %factor : (tensor<48x96xf32>, tensor<f32>) -> tensor<48x96xf32>
  %t = dtc.tanh %c4 : (tensor<48x96xf32>) -> tensor<48x96xf32>
  %c5 = dtc.mul %c0, %slope : (tensor<48x96xf32>, tensor<f32>) -> tensor<48x96xf32>
  %c6 = dtc.add %c5, %one : (tensor<48x96xf32>, tensor<f32>) -> tensor<48x96xf32>
  %c7 = dtc.mul %c6, %factor : (tensor<48x96xf32>, tensor<f32>) -> tensor<48x96xf32>
  %c8 = dtc.mul %p, %half : (tensor<48x96xf32>, tensor<f32>) -> tensor<48x96xf32>
  %t2 = dtc.mul %t, %t : (tensor<48x96xf32>, tensor<48x96xf32>) -> tensor<48x96xf32>
  %c9 = dtc.sub %one, %t2 : (tensor<f32>, tensor<48x96xf32>) -> tensor<48x96xf32>
  %c10 = dtc.mul %c9, %c7 : (tensor<48x96xf32>, tensor<48x96xf32>) -> tensor<48x96xf32>
  %c11 = dtc.mul %c8, %c10 : (tensor<48x96xf32>, tensor<48x96xf32>) -> tensor<48x96xf32>
  %t1 = dtc.add %t, %one : (tensor<48x96xf32>, tensor<f32>) -> tensor<48x96xf32>
  %c12 = dtc.mul %t1, %half : (tensor<48x96xf32>, tensor<f32>) -> tensor<48x96xf32>
  %c13 = dtc.add %c12, %c11 : (tensor<48x96xf32>, tensor<48x96xf32>) -> tensor<48x96xf32>
  %q = dtc.mul %c13, %d : (tensor<48x96xf32>, tensor<48x96xf32>) -> tensor<48x96xf32>
  %s = dtc.reduce_sum %q {dims = array<i64: 0>} : (tensor<48x96xf32>) -> tensor<96xf32>
  %u = dtc.linear_weight_gradient %q, %y : (tensor<48x96xf32>, tensor<48x64xf32>) -> tensor<96x64xf32>
  return %o, %q, %u, %s : tensor<48x40xf32>, tensor<48x96xf32>, tensor<96x64xf32>, tensor<96xf32>
}

func.func @gelu_f16(%x: tensor<48x64xf16>, %v: tensor<72x64xf16>, %w: tensor<40x72xf16>, %g: tensor<48x40xf16>) -> (tensor<48x40xf16>, tensor<48x72xf16>, tensor<72x64xf16>, tensor<72xf16>) {
  %zero = dtc.constant dense<0.0> : tensor<f16> : tensor<f16>
  %first = dtc.slice %x {axes = array<i64: 1>, starts = array<i64: 0>, sizes = array<i64: 1>, steps = array<i64: 1>} : (tensor<48x64xf16>) -> tensor<48x1xf16>
  %keeps = dtc.greater %first, %zero : (tensor<48x1xf16>, tensor<f16>) -> tensor<48x1xi1>
  %z = dtc.select %keeps, %x, %zero : (tensor<48x1xi1>, tensor<48x64xf16>, tensor<f16>) -> tensor<48x64xf16>
  %eighth = dtc.constant dense<0.125> : tensor<f16> : tensor<f16>
  %y = dtc.mul %z, %eighth : (tensor<48x64xf16>, tensor<f16>) -> tensor<48x64xf16>
  %p = dtc.linear %y, %v : (tensor<48x64xf16>, tensor<72x64xf16>) -> tensor<48x72xf16>
  %h = dtc.gelu %p {tanh} : (tensor<48x72xf16>) -> tensor<48x72xf16>
  %o = dtc.linear %h, %w : (tensor<48x72xf16>, tensor<40x72xf16>) -> tensor<48x40xf16>
  %d = dtc.linear %g, %w {weightInOut} : (tensor<48x40xf16>, tensor<40x72xf16>) -> tensor<48x72xf16>
  %cubic = dtc.constant dense<0.044715> : tensor<f16> : tensor<f16>
  %one = dtc.constant dense<1.0> : tensor<f16> : tensor<f16>
  %factor = dtc.constant dense<0.797884583> : tensor<f16> : tensor<f16>
  %slope = dtc.constant dense<0.134145> : tensor<f16> : tensor<f16>
  %half = dtc.constant dense<0.5> : tensor<f16> : tensor<f16>
  %c0 = dtc.mul %p, %p : (tensor<48x72xf16>, tensor<48x72xf16>) -> tensor<48x72xf16>
  %c1 = dtc.mul %c0, %cubic : (tensor<48x72xf16>, tensor<f16>) -> tensor<48x72xf16>
  %c2 = dtc.add %c1, %one : (tensor<48x72xf16>, tensor<f16>) -> tensor<48x72xf16>
  %c3 = dtc.mul %p, %c2 : (tensor<48x72xf16>, tensor<48x72xf16>) -> tensor<48x72xf16>
  %c4 = dtc.mul %c3, %factor : (tensor<48x72xf16>, tensor<f16>) -> tensor<48x72xf16>
  %t = dtc.tanh %c4 : (tensor<48x72xf16>) -> tensor<48x72xf16>
  %c5 = dtc.mul %c0, %slope : (tensor<48x72xf16>, tensor<f16>) -> tensor<48x72xf16>
  %c6 = dtc.add %c5, %one : (tensor<48x72xf16>, tensor<f16>) -> tensor<48x72xf16>
  %c7 = dtc.mul %c6, %factor : (tensor<48x72xf16>, tensor<f16>) -> tensor<48x72xf16>
  %c8 = dtc.mul %p, %half : (tensor<48x72xf16>, tensor<f16>) -> tensor<48x72xf16>
  %t2 = dtc.mul %t, %t : (tensor<48x72xf16>, tensor<48x72xf16>) -> tensor<48x72xf16>
  %c9 = dtc.sub %one, %t2 : (tensor<f16>, tensor<48x72xf16>) -> tensor<48x72xf16>
  %c10 = dtc.mul %c9, %c7 : (tensor<48x72xf16>, tensor<48x72xf16>) -> tensor<48x72xf16>
  %c11 = dtc.mul %c8, %c10 : (tensor<48x72xf16>, tensor<48x72xf16>) -> tensor<48x72xf16>
  %t1 = dtc.add %t, %one : (tensor<48x72xf16>, tensor<f16>) -> tensor<48x72xf16>
  %c12 = dtc.mul %t1, %half : (tensor<48x72xf16>, tensor<f16>) -> tensor<48x72xf16>
  %c13 = dtc.add %c12, %c11 : (tensor<48x72xf16>, tensor<48x72xf16>) -> tensor<48x72xf16>
  %q = dtc.mul %c13, %d : (tensor<48x72xf16>, tensor<48x72xf16>) -> tensor<48x72xf16>
  %s = dtc.reduce_sum %q {dims = array<i64: 0>} : (tensor<48x72xf16>) -> tensor<72xf16>
  %u = dtc.linear_weight_gradient %q, %y : (tensor<48x72xf16>, tensor<48x64xf16>) -> tensor<72x64xf16>
  return %o, %q, %u, %s : tensor<48x40xf16>, tensor<48x72xf16>, tensor<72x64xf16>, tensor<72xf16>
}

func.func @gelu_bf16(%x: tensor<2x32x40xbf16>, %v: tensor<80x40xbf16>, %b: tensor<80xbf16>, %w: tensor<48x80xbf16>, %g: tensor<2x32x48xbf16>) -> (tensor<2x32x48xbf16>, tensor<2x32x80xbf16>, tensor<80x40xbf16>, tensor<80xbf16>) {
  %zero = dtc.constant dense<0.0> : tensor<bf16> : tensor<bf16>
  %first = dtc.slice %x {axes = array<i64: 2>, starts = array<i64: 0>, sizes = array<i64: 1>, steps = array<i64: 1>} : (tensor<2x32x40xbf16>) -> tensor<2x32x1xbf16>
  %keeps = dtc.greater %first, %zero : (tensor<2x32x1xbf16>, tensor<bf16>) -> tensor<2x32x1xi1>
  %z = dtc.select %keeps, %x, %zero : (tensor<2x32x1xi1>, tensor<2x32x40xbf16>, tensor<bf16>) -> tensor<2x32x40xbf16>
  %eighth = dtc.constant dense<0.125> : tensor<bf16> : tensor<bf16>
  %y = dtc.mul %z, %eighth : (tensor<2x32x40xbf16>, tensor<bf16>) -> tensor<2x32x40xbf16>
  %p = dtc.linear %y, %v, %b : (tensor<2x32x40xbf16>, tensor<80x40xbf16>, tensor<80xbf16>) -> tensor<2x32x80xbf16>
  %h = dtc.gelu %p {tanh} : (tensor<2x32x80xbf16>) -> tensor<2x32x80xbf16>
  %o = dtc.linear %h, %w : (tensor<2x32x80xbf16>, tensor<48x80xbf16>) -> tensor<2x32x48xbf16>
  %d = dtc.linear %g, %w {weightInOut} : (tensor<2x32x48xbf16>, tensor<48x80xbf16>) -> tensor<2x32x80xbf16>
  %cubic = dtc.constant dense<0.044715> : tensor<bf16> : tensor<bf16>
  %one = dtc.constant dense<1.0> : tensor<bf16> : tensor<bf16>
  %factor = dtc.constant dense<0.797884583> : tensor<bf16> : tensor<bf16>
  %slope = dtc.constant dense<0.134145> : tensor<bf16> : tensor<bf16>
  %half = dtc.constant dense<0.5> : tensor<bf16> : tensor<bf16>
  %c0 = dtc.mul %p, %p : (tensor<2x32x80xbf16>, tensor<2x32x80xbf16>) -> tensor<2x32x80xbf16>
  %c1 = dtc.mul %c0, %cubic : (tensor<2x32x80xbf16>, tensor<bf16>) -> tensor<2x32x80xbf16>
  %c2 = dtc.add %c1, %one : (tensor<2x32x80xbf16>, tensor<bf16>) -> tensor<2x32x80xbf16>
  %c3 = dtc.mul %p, %c2 : (tensor<2x32x80xbf16>, tensor<2x32x80xbf16>) -> tensor<2x32x80xbf16>
  %c4 = dtc.mul %c3, %factor : (tensor<2x32x80xbf16>, tensor<bf16>) -> tensor<2x32x80xbf16>
  %t = dtc.tanh %c4 : (tensor<2x32x80xbf16>) -> tensor<2x32x80xbf16>
  %c5 = dtc.mul %c0, %slope : (tensor<2x32x80xbf16>, tensor<bf16>) -> tensor<2x32x80xbf16>
  %c6 = dtc.add %c5, %one : (tensor<2x32x80xbf16>, tensor<bf16>) -> tensor<2x32x80xbf16>
  %c7 = dtc.mul %c6, %factor : (tensor<2x32x80xbf16>, tensor<bf16>) -> tensor<2x32x80xbf16>
  %c8 = dtc.mul %p, %half : (tensor<2x32x80xbf16>, tensor<bf16>) -> tensor<2x32x80xbf16>
  %t2 = dtc.mul %t, %t : (tensor<2x32x80xbf16>, tensor<2x32x80xbf16>) -> tensor<2x32x80xbf16>
  %c9 = dtc.sub %one, %t2 : (tensor<bf16>, tensor<2x32x80xbf16>) -> tensor<2x32x80xbf16>
  %c10 = dtc.mul %c9, %c7 : (tensor<2x32x80xbf16>, tensor<2x32x80xbf16>) -> tensor<2x32x80xbf16>
  %c11 = dtc.mul %c8, %c10 : (tensor<2x32x80xbf16>, tensor<2x32x80xbf16>) -> tensor<2x32x80xbf16>
  %t1 = dtc.add %t, %one : (tensor<2x32x80xbf16>, tensor<bf16>) -> tensor<2x32x80xbf16>
  %c12 = dtc.mul %t1, %half : (tensor<2x32x80xbf16>, tensor<bf16>) -> tensor<2x32x80xbf16>
  %c13 = dtc.add %c12, %c11 : (tensor<2x32x80xbf16>, tensor<2x32x80xbf16>) -> tensor<2x32x80xbf16>
  %q = dtc.mul %c13, %d : (tensor<2x32x80xbf16>, tensor<2x32x80xbf16>) -> tensor<2x32x80xbf16>
  %s = dtc.reduce_sum %q {dims = array<i64: 0, 1>} : (tensor<2x32x80xbf16>) -> tensor<80xbf16>
  %u = dtc.linear_weight_gradient %q, %y : (tensor<2x32x80xbf16>, tensor<2x32x40xbf16>) -> tensor<80x40xbf16>
  return %o, %q, %u, %s : tensor<2x32x48xbf16>, tensor<2x32x80xbf16>, tensor<80x40xbf16>, tensor<80xbf16>
}

func.func @gelu_without_sums(%x: tensor<48x64xf32>, %v: tensor<96x64xf32>, %b: tensor<96xf32>, %w: tensor<40x96xf32>, %g: tensor<48x40xf32>) -> (tensor<48x40xf32>, tensor<48x96xf32>, tensor<96x64xf32>) {
  %zero = dtc.constant dense<0.0> : tensor<f32> : tensor<f32>
  %first = dtc.slice %x {axes = array<i64: 1>, starts = array<i64: 0>, sizes = array<i64: 1>, steps = array<i64: 1>} : (tensor<48x64xf32>) -> tensor<48x1xf32>
  %keeps = dtc.greater %first, %zero : (tensor<48x1xf32>, tensor<f32>) -> tensor<48x1xi1>
  %z = dtc.select %keeps, %x, %zero : (tensor<48x1xi1>, tensor<48x64xf32>, tensor<f32>) -> tensor<48x64xf32>
  %eighth = dtc.constant dense<0.125> : tensor<f32> : tensor<f32>
  %y = dtc.mul %z, %eighth : (tensor<48x64xf32>, tensor<f32>) -> tensor<48x64xf32>
  %p = dtc.linear %y, %v, %b : (tensor<48x64xf32>, tensor<96x64xf32>, tensor<96xf32>) -> tensor<48x96xf32>
  %h = dtc.gelu %p {tanh} : (tensor<48x96xf32>) -> tensor<48x96xf32>
  %o = dtc.linear %h, %w : (tensor<48x96xf32>, tensor<40x96xf32>) -> tensor<48x40xf32>
  %d = dtc.linear %g, %w {weightInOut} : (tensor<48x40xf32>, tensor<40x96xf32>) -> tensor<48x96xf32>
  %cubic = dtc.constant dense<0.044715> : tensor<f32> : tensor<f32>
  %one = dtc.constant dense<1.0> : tensor<f32> : tensor<f32>
  %factor = dtc.constant dense<0.797884583> : tensor<f32> : tensor<f32>
  %slope = dtc.constant dense<0.134145> : tensor<f32> : tensor<f32>
  %half = dtc.constant dense<0.5> : tensor<f32> : tensor<f32>
  %c0 = dtc.mul %p, %p : (tensor<48x96xf32>, tensor<48x96xf32>) -> tensor<48x96xf32>
  %c1 = dtc.mul %c0, %cubic : (tensor<48x96xf32>, tensor<f32>) -> tensor<48x96xf32>
  %c2 = dtc.add %c1, %one : (tensor<48x96xf32>, tensor<f32>) -> tensor<48x96xf32>
  %c3 = dtc.mul %p, %c2 : (tensor<48x96xf32>, tensor<48x96xf32>) -> tensor<48x96xf32>
  %c4 = dtc.mul %c3, %factor : (tensor<48x96xf32>, tensor<f32>) -> tensor<48x96xf32>
  %t = dtc.tanh %c4 : (tensor<48x96xf32>) -> tensor<48x96xf32>
  %c5 = dtc.mul %c0, %slope : (tensor<48x96xf32>, tensor<f32>) -> tensor<48x96xf32>
  %c6 = dtc.add %c5, %one : (tensor<48x96xf32>, tensor<f32>) -> tensor<48x96xf32>
  %c7 = dtc.mul %c6, %factor : (tensor<48x96xf32>, tensor<f32>) -> tensor<48x96xf32>
  %c8 = dtc.mul %p, %half : (tensor<48x96xf32>, tensor<f32>) -> tensor<48x96xf32>
  %t2 = dtc.mul %t, %t : (tensor<48x96xf32>, tensor<48x96xf32>) -> tensor<48x96xf32>
  %c9 = dtc.sub %one, %t2 : (tensor<f32>, tensor<48x96xf32>) -> tensor<48x96xf32>
  %c10 = dtc.mul %c9, %c7 : (tensor<48x96xf32>, tensor<48x96xf32>) -> tensor<48x96xf32>
  %c11 = dtc.mul %c8, %c10 : (tensor<48x96xf32>, tensor<48x96xf32>) -> tensor<48x96xf32>
  %t1 = dtc.add %t, %one : (tensor<48x96xf32>, tensor<f32>) -> tensor<48x96xf32>
  %c12 = dtc.mul %t1, %half : (tensor<48x96xf32>, tensor<f32>) -> tensor<48x96xf32>
  %c13 = dtc.add %c12, %c11 : (tensor<48x96xf32>, tensor<48x96xf32>) -> tensor<48x96xf32>
  %q = dtc.mul %c13, %d : (tensor<48x96xf32>, tensor<48x96xf32>) -> tensor<48x96xf32>
  %u = dtc.linear_weight_gradient %q, %y : (tensor<48x96xf32>, tensor<48x64xf32>) -> tensor<96x64xf32>
  return %o, %q, %u : tensor<48x40xf32>, tensor<48x96xf32>, tensor<96x64xf32>
}

// The library wants rows of a multiple of 8 elements.
func.func @gelu_of_a_width_that_stays_a_kernel(%x: tensor<50x64xf32>, %v: tensor<77x64xf32>, %b: tensor<77xf32>, %w: tensor<41x77xf32>, %g: tensor<50x41xf32>) -> (tensor<50x41xf32>, tensor<50x77xf32>, tensor<77x64xf32>, tensor<77xf32>) {
  %zero = dtc.constant dense<0.0> : tensor<f32> : tensor<f32>
  %first = dtc.slice %x {axes = array<i64: 1>, starts = array<i64: 0>, sizes = array<i64: 1>, steps = array<i64: 1>} : (tensor<50x64xf32>) -> tensor<50x1xf32>
  %keeps = dtc.greater %first, %zero : (tensor<50x1xf32>, tensor<f32>) -> tensor<50x1xi1>
  %z = dtc.select %keeps, %x, %zero : (tensor<50x1xi1>, tensor<50x64xf32>, tensor<f32>) -> tensor<50x64xf32>
  %eighth = dtc.constant dense<0.125> : tensor<f32> : tensor<f32>
  %y = dtc.mul %z, %eighth : (tensor<50x64xf32>, tensor<f32>) -> tensor<50x64xf32>
  %p = dtc.linear %y, %v, %b : (tensor<50x64xf32>, tensor<77x64xf32>, tensor<77xf32>) -> tensor<50x77xf32>
  %h = dtc.gelu %p {tanh} : (tensor<50x77xf32>) -> tensor<50x77xf32>
  %o = dtc.linear %h, %w : (tensor<50x77xf32>, tensor<41x77xf32>) -> tensor<50x41xf32>
  %d = dtc.linear %g, %w {weightInOut} : (tensor<50x41xf32>, tensor<41x77xf32>) -> tensor<50x77xf32>
  %cubic = dtc.constant dense<0.044715> : tensor<f32> : tensor<f32>
  %one = dtc.constant dense<1.0> : tensor<f32> : tensor<f32>
  %factor = dtc.constant dense<0.797884583> : tensor<f32> : tensor<f32>
  %slope = dtc.constant dense<0.134145> : tensor<f32> : tensor<f32>
  %half = dtc.constant dense<0.5> : tensor<f32> : tensor<f32>
  %c0 = dtc.mul %p, %p : (tensor<50x77xf32>, tensor<50x77xf32>) -> tensor<50x77xf32>
  %c1 = dtc.mul %c0, %cubic : (tensor<50x77xf32>, tensor<f32>) -> tensor<50x77xf32>
  %c2 = dtc.add %c1, %one : (tensor<50x77xf32>, tensor<f32>) -> tensor<50x77xf32>
  %c3 = dtc.mul %p, %c2 : (tensor<50x77xf32>, tensor<50x77xf32>) -> tensor<50x77xf32>
  %c4 = dtc.mul %c3, %factor : (tensor<50x77xf32>, tensor<f32>) -> tensor<50x77xf32>
  %t = dtc.tanh %c4 : (tensor<50x77xf32>) -> tensor<50x77xf32>
  %c5 = dtc.mul %c0, %slope : (tensor<50x77xf32>, tensor<f32>) -> tensor<50x77xf32>
  %c6 = dtc.add %c5, %one : (tensor<50x77xf32>, tensor<f32>) -> tensor<50x77xf32>
  %c7 = dtc.mul %c6, %factor : (tensor<50x77xf32>, tensor<f32>) -> tensor<50x77xf32>
  %c8 = dtc.mul %p, %half : (tensor<50x77xf32>, tensor<f32>) -> tensor<50x77xf32>
  %t2 = dtc.mul %t, %t : (tensor<50x77xf32>, tensor<50x77xf32>) -> tensor<50x77xf32>
  %c9 = dtc.sub %one, %t2 : (tensor<f32>, tensor<50x77xf32>) -> tensor<50x77xf32>
  %c10 = dtc.mul %c9, %c7 : (tensor<50x77xf32>, tensor<50x77xf32>) -> tensor<50x77xf32>
  %c11 = dtc.mul %c8, %c10 : (tensor<50x77xf32>, tensor<50x77xf32>) -> tensor<50x77xf32>
  %t1 = dtc.add %t, %one : (tensor<50x77xf32>, tensor<f32>) -> tensor<50x77xf32>
  %c12 = dtc.mul %t1, %half : (tensor<50x77xf32>, tensor<f32>) -> tensor<50x77xf32>
  %c13 = dtc.add %c12, %c11 : (tensor<50x77xf32>, tensor<50x77xf32>) -> tensor<50x77xf32>
  %q = dtc.mul %c13, %d : (tensor<50x77xf32>, tensor<50x77xf32>) -> tensor<50x77xf32>
  %s = dtc.reduce_sum %q {dims = array<i64: 0>} : (tensor<50x77xf32>) -> tensor<77xf32>
  %u = dtc.linear_weight_gradient %q, %y : (tensor<50x77xf32>, tensor<50x64xf32>) -> tensor<77x64xf32>
  return %o, %q, %u, %s : tensor<50x41xf32>, tensor<50x77xf32>, tensor<77x64xf32>, tensor<77xf32>
}

// No call of the library has a residual beside a gradient.
func.func @relu_with_a_second_gradient(%x: tensor<48x64xf32>, %v: tensor<96x64xf32>, %b: tensor<96xf32>, %w: tensor<40x96xf32>, %g: tensor<48x40xf32>, %a: tensor<48x96xf32>) -> (tensor<48x40xf32>, tensor<48x96xf32>, tensor<96x64xf32>, tensor<96xf32>) {
  %zero = dtc.constant dense<0.0> : tensor<f32> : tensor<f32>
  %first = dtc.slice %x {axes = array<i64: 1>, starts = array<i64: 0>, sizes = array<i64: 1>, steps = array<i64: 1>} : (tensor<48x64xf32>) -> tensor<48x1xf32>
  %keeps = dtc.greater %first, %zero : (tensor<48x1xf32>, tensor<f32>) -> tensor<48x1xi1>
  %y = dtc.select %keeps, %x, %zero : (tensor<48x1xi1>, tensor<48x64xf32>, tensor<f32>) -> tensor<48x64xf32>
  %p = dtc.linear %y, %v, %b : (tensor<48x64xf32>, tensor<96x64xf32>, tensor<96xf32>) -> tensor<48x96xf32>
  %h = dtc.relu %p : (tensor<48x96xf32>) -> tensor<48x96xf32>
  %o = dtc.linear %h, %w : (tensor<48x96xf32>, tensor<40x96xf32>) -> tensor<48x40xf32>
  %d = dtc.linear %g, %w {weightInOut} : (tensor<48x40xf32>, tensor<40x96xf32>) -> tensor<48x96xf32>
  %e = dtc.add %d, %a : (tensor<48x96xf32>, tensor<48x96xf32>) -> tensor<48x96xf32>
  %above = dtc.greater %h, %zero : (tensor<48x96xf32>, tensor<f32>) -> tensor<48x96xi1>
  %q = dtc.select %above, %e, %zero : (tensor<48x96xi1>, tensor<48x96xf32>, tensor<f32>) -> tensor<48x96xf32>
  %s = dtc.reduce_sum %q {dims = array<i64: 0>} : (tensor<48x96xf32>) -> tensor<96xf32>
  %u = dtc.linear_weight_gradient %q, %y : (tensor<48x96xf32>, tensor<48x64xf32>) -> tensor<96x64xf32>
  return %o, %q, %u, %s : tensor<48x40xf32>, tensor<48x96xf32>, tensor<96x64xf32>, tensor<96xf32>
}

// The derivative has another use: it is computed as it stands.
func.func @gelu_whose_derivative_is_wanted(%x: tensor<48x64xf32>, %v: tensor<96x64xf32>, %b: tensor<96xf32>, %w: tensor<40x96xf32>, %g: tensor<48x40xf32>) -> (tensor<48x40xf32>, tensor<48x96xf32>, tensor<96x64xf32>, tensor<96xf32>, tensor<48x96xf32>) {
  %zero = dtc.constant dense<0.0> : tensor<f32> : tensor<f32>
  %first = dtc.slice %x {axes = array<i64: 1>, starts = array<i64: 0>, sizes = array<i64: 1>, steps = array<i64: 1>} : (tensor<48x64xf32>) -> tensor<48x1xf32>
  %keeps = dtc.greater %first, %zero : (tensor<48x1xf32>, tensor<f32>) -> tensor<48x1xi1>
  %z = dtc.select %keeps, %x, %zero : (tensor<48x1xi1>, tensor<48x64xf32>, tensor<f32>) -> tensor<48x64xf32>
  %eighth = dtc.constant dense<0.125> : tensor<f32> : tensor<f32>
  %y = dtc.mul %z, %eighth : (tensor<48x64xf32>, tensor<f32>) -> tensor<48x64xf32>
  %p = dtc.linear %y, %v, %b : (tensor<48x64xf32>, tensor<96x64xf32>, tensor<96xf32>) -> tensor<48x96xf32>
  %h = dtc.gelu %p {tanh} : (tensor<48x96xf32>) -> tensor<48x96xf32>
  %o = dtc.linear %h, %w : (tensor<48x96xf32>, tensor<40x96xf32>) -> tensor<48x40xf32>
  %d = dtc.linear %g, %w {weightInOut} : (tensor<48x40xf32>, tensor<40x96xf32>) -> tensor<48x96xf32>
  %cubic = dtc.constant dense<0.044715> : tensor<f32> : tensor<f32>
  %one = dtc.constant dense<1.0> : tensor<f32> : tensor<f32>
  %factor = dtc.constant dense<0.797884583> : tensor<f32> : tensor<f32>
  %slope = dtc.constant dense<0.134145> : tensor<f32> : tensor<f32>
  %half = dtc.constant dense<0.5> : tensor<f32> : tensor<f32>
  %c0 = dtc.mul %p, %p : (tensor<48x96xf32>, tensor<48x96xf32>) -> tensor<48x96xf32>
  %c1 = dtc.mul %c0, %cubic : (tensor<48x96xf32>, tensor<f32>) -> tensor<48x96xf32>
  %c2 = dtc.add %c1, %one : (tensor<48x96xf32>, tensor<f32>) -> tensor<48x96xf32>
  %c3 = dtc.mul %p, %c2 : (tensor<48x96xf32>, tensor<48x96xf32>) -> tensor<48x96xf32>
  %c4 = dtc.mul %c3, %factor : (tensor<48x96xf32>, tensor<f32>) -> tensor<48x96xf32>
  %t = dtc.tanh %c4 : (tensor<48x96xf32>) -> tensor<48x96xf32>
  %c5 = dtc.mul %c0, %slope : (tensor<48x96xf32>, tensor<f32>) -> tensor<48x96xf32>
  %c6 = dtc.add %c5, %one : (tensor<48x96xf32>, tensor<f32>) -> tensor<48x96xf32>
  %c7 = dtc.mul %c6, %factor : (tensor<48x96xf32>, tensor<f32>) -> tensor<48x96xf32>
  %c8 = dtc.mul %p, %half : (tensor<48x96xf32>, tensor<f32>) -> tensor<48x96xf32>
  %t2 = dtc.mul %t, %t : (tensor<48x96xf32>, tensor<48x96xf32>) -> tensor<48x96xf32>
  %c9 = dtc.sub %one, %t2 : (tensor<f32>, tensor<48x96xf32>) -> tensor<48x96xf32>
  %c10 = dtc.mul %c9, %c7 : (tensor<48x96xf32>, tensor<48x96xf32>) -> tensor<48x96xf32>
  %c11 = dtc.mul %c8, %c10 : (tensor<48x96xf32>, tensor<48x96xf32>) -> tensor<48x96xf32>
  %t1 = dtc.add %t, %one : (tensor<48x96xf32>, tensor<f32>) -> tensor<48x96xf32>
  %c12 = dtc.mul %t1, %half : (tensor<48x96xf32>, tensor<f32>) -> tensor<48x96xf32>
  %c13 = dtc.add %c12, %c11 : (tensor<48x96xf32>, tensor<48x96xf32>) -> tensor<48x96xf32>
  %q = dtc.mul %c13, %d : (tensor<48x96xf32>, tensor<48x96xf32>) -> tensor<48x96xf32>
  %s = dtc.reduce_sum %q {dims = array<i64: 0>} : (tensor<48x96xf32>) -> tensor<96xf32>
  %u = dtc.linear_weight_gradient %q, %y : (tensor<48x96xf32>, tensor<48x64xf32>) -> tensor<96x64xf32>
  return %o, %q, %u, %s, %c13 : tensor<48x40xf32>, tensor<48x96xf32>, tensor<96x64xf32>, tensor<96xf32>, tensor<48x96xf32>
}

func.func @relu_of_batches(%x: tensor<6x32x24xf32>, %v: tensor<6x24x40xf32>, %w: tensor<6x40x48xf32>, %g: tensor<6x32x48xf32>) -> (tensor<6x32x48xf32>, tensor<6x32x40xf32>, tensor<6x24x40xf32>) {
  %zero = dtc.constant dense<0.0> : tensor<f32> : tensor<f32>
  %eighth = dtc.constant dense<0.125> : tensor<f32> : tensor<f32>
  %y = dtc.mul %x, %eighth : (tensor<6x32x24xf32>, tensor<f32>) -> tensor<6x32x24xf32>
  %p = dtc.matmul %y, %v : (tensor<6x32x24xf32>, tensor<6x24x40xf32>) -> tensor<6x32x40xf32>
  %h = dtc.relu %p : (tensor<6x32x40xf32>) -> tensor<6x32x40xf32>
  %o = dtc.matmul %h, %w : (tensor<6x32x40xf32>, tensor<6x40x48xf32>) -> tensor<6x32x48xf32>
  %d = dtc.matmul %g, %w {transposeRhs} : (tensor<6x32x48xf32>, tensor<6x40x48xf32>) -> tensor<6x32x40xf32>
  %above = dtc.greater %h, %zero : (tensor<6x32x40xf32>, tensor<f32>) -> tensor<6x32x40xi1>
  %q = dtc.select %above, %d, %zero : (tensor<6x32x40xi1>, tensor<6x32x40xf32>, tensor<f32>) -> tensor<6x32x40xf32>
  %u = dtc.matmul %y, %q {transposeLhs} : (tensor<6x32x24xf32>, tensor<6x32x40xf32>) -> tensor<6x24x40xf32>
  return %o, %q, %u : tensor<6x32x48xf32>, tensor<6x32x40xf32>, tensor<6x24x40xf32>
}

func.func @gelu_of_batches(%x: tensor<6x32x24xf16>, %v: tensor<6x24x40xf16>, %w: tensor<6x40x48xf16>, %g: tensor<6x32x48xf16>) -> (tensor<6x32x48xf16>, tensor<6x32x40xf16>, tensor<6x24x40xf16>) {
  %zero = dtc.constant dense<0.0> : tensor<f16> : tensor<f16>
  %eighth = dtc.constant dense<0.125> : tensor<f16> : tensor<f16>
  %y = dtc.mul %x, %eighth : (tensor<6x32x24xf16>, tensor<f16>) -> tensor<6x32x24xf16>
  %p = dtc.matmul %y, %v : (tensor<6x32x24xf16>, tensor<6x24x40xf16>) -> tensor<6x32x40xf16>
  %h = dtc.gelu %p {tanh} : (tensor<6x32x40xf16>) -> tensor<6x32x40xf16>
  %o = dtc.matmul %h, %w : (tensor<6x32x40xf16>, tensor<6x40x48xf16>) -> tensor<6x32x48xf16>
  %d = dtc.matmul %g, %w {transposeRhs} : (tensor<6x32x48xf16>, tensor<6x40x48xf16>) -> tensor<6x32x40xf16>
  %cubic = dtc.constant dense<0.044715> : tensor<f16> : tensor<f16>
  %one = dtc.constant dense<1.0> : tensor<f16> : tensor<f16>
  %factor = dtc.constant dense<0.797884583> : tensor<f16> : tensor<f16>
  %slope = dtc.constant dense<0.134145> : tensor<f16> : tensor<f16>
  %half = dtc.constant dense<0.5> : tensor<f16> : tensor<f16>
  %c0 = dtc.mul %p, %p : (tensor<6x32x40xf16>, tensor<6x32x40xf16>) -> tensor<6x32x40xf16>
  %c1 = dtc.mul %c0, %cubic : (tensor<6x32x40xf16>, tensor<f16>) -> tensor<6x32x40xf16>
  %c2 = dtc.add %c1, %one : (tensor<6x32x40xf16>, tensor<f16>) -> tensor<6x32x40xf16>
  %c3 = dtc.mul %p, %c2 : (tensor<6x32x40xf16>, tensor<6x32x40xf16>) -> tensor<6x32x40xf16>
  %c4 = dtc.mul %c3, %factor : (tensor<6x32x40xf16>, tensor<f16>) -> tensor<6x32x40xf16>
  %t = dtc.tanh %c4 : (tensor<6x32x40xf16>) -> tensor<6x32x40xf16>
  %c5 = dtc.mul %c0, %slope : (tensor<6x32x40xf16>, tensor<f16>) -> tensor<6x32x40xf16>
  %c6 = dtc.add %c5, %one : (tensor<6x32x40xf16>, tensor<f16>) -> tensor<6x32x40xf16>
  %c7 = dtc.mul %c6, %factor : (tensor<6x32x40xf16>, tensor<f16>) -> tensor<6x32x40xf16>
  %c8 = dtc.mul %p, %half : (tensor<6x32x40xf16>, tensor<f16>) -> tensor<6x32x40xf16>
  %t2 = dtc.mul %t, %t : (tensor<6x32x40xf16>, tensor<6x32x40xf16>) -> tensor<6x32x40xf16>
  %c9 = dtc.sub %one, %t2 : (tensor<f16>, tensor<6x32x40xf16>) -> tensor<6x32x40xf16>
  %c10 = dtc.mul %c9, %c7 : (tensor<6x32x40xf16>, tensor<6x32x40xf16>) -> tensor<6x32x40xf16>
  %c11 = dtc.mul %c8, %c10 : (tensor<6x32x40xf16>, tensor<6x32x40xf16>) -> tensor<6x32x40xf16>
  %t1 = dtc.add %t, %one : (tensor<6x32x40xf16>, tensor<f16>) -> tensor<6x32x40xf16>
  %c12 = dtc.mul %t1, %half : (tensor<6x32x40xf16>, tensor<f16>) -> tensor<6x32x40xf16>
  %c13 = dtc.add %c12, %c11 : (tensor<6x32x40xf16>, tensor<6x32x40xf16>) -> tensor<6x32x40xf16>
  %q = dtc.mul %c13, %d : (tensor<6x32x40xf16>, tensor<6x32x40xf16>) -> tensor<6x32x40xf16>
  %u = dtc.matmul %y, %q {transposeLhs} : (tensor<6x32x24xf16>, tensor<6x32x40xf16>) -> tensor<6x24x40xf16>
  return %o, %q, %u : tensor<6x32x48xf16>, tensor<6x32x40xf16>, tensor<6x24x40xf16>
}
