// A product joins its update, and the weight is read before.
func.func @gradient_descent(%x: tensor<48x64xf32> {dtc.name = "x"}, %t: tensor<48x32xf32> {dtc.name = "t"}) -> (tensor<f32> {dtc.name = "loss"}) {
  %w = dtc.parameter "w" {dtc.constant = dense<1.0> : tensor<32x64xf32>} : tensor<32x64xf32>
  %y = dtc.linear %x, %w : (tensor<48x64xf32>, tensor<32x64xf32>) -> tensor<48x32xf32>
  %d = dtc.sub %y, %t : (tensor<48x32xf32>, tensor<48x32xf32>) -> tensor<48x32xf32>
  %q = dtc.mul %d, %d : (tensor<48x32xf32>, tensor<48x32xf32>) -> tensor<48x32xf32>
  %loss = dtc.reduce_sum %q {dims = array<i64: 0, 1>} : (tensor<48x32xf32>) -> tensor<f32>
  %g = dtc.matmul %d, %x {transposeLhs, dtc.phase = "backward"} : (tensor<48x32xf32>, tensor<48x64xf32>) -> tensor<32x64xf32>
  %lr = dtc.constant dense<0.001> : tensor<f32> : tensor<f32>
  %s = dtc.mul %g, %lr {dtc.phase = "optimizer"} : (tensor<32x64xf32>, tensor<f32>) -> tensor<32x64xf32>
  %n = dtc.sub %w, %s {dtc.phase = "optimizer"} : (tensor<32x64xf32>, tensor<32x64xf32>) -> tensor<32x64xf32>
  dtc.update "w", %n {dtc.phase = "optimizer"} : tensor<32x64xf32>
  return %loss : tensor<f32>
}
// -----
// Each takes the other's old value.
func.func @exchange() -> (tensor<8x4xf32> {dtc.name = "a"}, tensor<8x4xf32> {dtc.name = "b"}) {
  %a = dtc.parameter "a" {dtc.constant = dense<1.0> : tensor<8x4xf32>} : tensor<8x4xf32>
  %b = dtc.parameter "b" {dtc.constant = dense<2.0> : tensor<8x4xf32>} : tensor<8x4xf32>
  dtc.update "a", %b : tensor<8x4xf32>
  dtc.update "b", %a : tensor<8x4xf32>
  return %a, %b : tensor<8x4xf32>, tensor<8x4xf32>
}
// -----
// State, gradient and parameter are all returned; the step's number counts.
func.func @momentum(%x: tensor<24x16xf32> {dtc.name = "x"}) -> (tensor<f32> {dtc.name = "loss"}, tensor<16xf32> {dtc.name = "grad.w"}, tensor<16xf32> {dtc.name = "param.w"}, tensor<16xf32> {dtc.name = "v"}) {
  %w = dtc.parameter "w" {dtc.constant = dense<1.0> : tensor<16xf32>} : tensor<16xf32>
  %v = dtc.state "v" {fill = 0.5} : tensor<16xf32>
  %n = dtc.state "n" {fill = 0.0} : tensor<f32>
  %p = dtc.mul %x, %w : (tensor<24x16xf32>, tensor<16xf32>) -> tensor<24x16xf32>
  %loss = dtc.reduce_sum %p {dims = array<i64: 0, 1>} : (tensor<24x16xf32>) -> tensor<f32>
  %g = dtc.reduce_sum %x {dims = array<i64: 0>} : (tensor<24x16xf32>) -> tensor<16xf32>
  %mu = dtc.constant dense<0.9> : tensor<f32> : tensor<f32>
  %one = dtc.constant dense<1.0> : tensor<f32> : tensor<f32>
  %n1 = dtc.add %n, %one : (tensor<f32>, tensor<f32>) -> tensor<f32>
  %lr = dtc.div %mu, %n1 : (tensor<f32>, tensor<f32>) -> tensor<f32>
  %mv = dtc.mul %v, %mu : (tensor<16xf32>, tensor<f32>) -> tensor<16xf32>
  %v1 = dtc.add %mv, %g : (tensor<16xf32>, tensor<16xf32>) -> tensor<16xf32>
  %s = dtc.mul %v1, %lr : (tensor<16xf32>, tensor<f32>) -> tensor<16xf32>
  %w1 = dtc.sub %w, %s : (tensor<16xf32>, tensor<16xf32>) -> tensor<16xf32>
  dtc.update "w", %w1 : tensor<16xf32>
  dtc.update "v", %v1 : tensor<16xf32>
  dtc.update "n", %n1 : tensor<f32>
  return %loss, %g, %w1, %v1 : tensor<f32>, tensor<16xf32>, tensor<16xf32>, tensor<16xf32>
}
// -----
// Elements are read at other places than they are written.
func.func @transposed_and_read_later() -> (tensor<12x12xf32> {dtc.name = "y"}) {
  %w = dtc.parameter "w" {dtc.constant = dense<1.0> : tensor<12x12xf32>} : tensor<12x12xf32>
  %u = dtc.parameter "u" {dtc.constant = dense<1.0> : tensor<12x12xf32>} : tensor<12x12xf32>
  %t = dtc.transpose %w {permutation = array<i64: 1, 0>} : (tensor<12x12xf32>) -> tensor<12x12xf32>
  %n = dtc.sub %t, %u : (tensor<12x12xf32>, tensor<12x12xf32>) -> tensor<12x12xf32>
  %m = dtc.add %u, %t : (tensor<12x12xf32>, tensor<12x12xf32>) -> tensor<12x12xf32>
  dtc.update "w", %n : tensor<12x12xf32>
  dtc.update "u", %m : tensor<12x12xf32>
  %y = dtc.mul %w, %u : (tensor<12x12xf32>, tensor<12x12xf32>) -> tensor<12x12xf32>
  return %y : tensor<12x12xf32>
}
// -----
// A row is normalised where it lies; a product's operands are not.
func.func @rows_and_products() -> (tensor<40x40xf32> {dtc.name = "param.p"}) {
  %w = dtc.parameter "w" {dtc.constant = dense<1.0> : tensor<40x40xf32>} : tensor<40x40xf32>
  %p = dtc.parameter "p" {dtc.constant = dense<1.0> : tensor<40x40xf32>} : tensor<40x40xf32>
  %r = dtc.softmax %w {axis = 1 : i64} : (tensor<40x40xf32>) -> tensor<40x40xf32>
  %q = dtc.matmul %p, %w : (tensor<40x40xf32>, tensor<40x40xf32>) -> tensor<40x40xf32>
  %z = dtc.add %q, %p : (tensor<40x40xf32>, tensor<40x40xf32>) -> tensor<40x40xf32>
  dtc.update "w", %r : tensor<40x40xf32>
  dtc.update "p", %z : tensor<40x40xf32>
  return %z : tensor<40x40xf32>
}
// -----
// Inputs, constants, parts of values and one value for two.
func.func @other_values(%x: tensor<6x4xf32> {dtc.name = "x"}) -> (tensor<3x4xf32> {dtc.name = "a"}, tensor<6x4xf32> {dtc.name = "b"}, tensor<6x4xf32> {dtc.name = "c"}, tensor<6x4xf32> {dtc.name = "d"}) {
  %a = dtc.state "a" {fill = 1.0} : tensor<3x4xf32>
  %b = dtc.state "b" {fill = 2.0} : tensor<6x4xf32>
  %c = dtc.state "c" {fill = 3.0} : tensor<6x4xf32>
  %d = dtc.state "d" {fill = 4.0} : tensor<6x4xf32>
  %two = dtc.constant dense<2.0> : tensor<6x4xf32> : tensor<6x4xf32>
  %y = dtc.add %x, %c : (tensor<6x4xf32>, tensor<6x4xf32>) -> tensor<6x4xf32>
  %part = dtc.slice %y {axes = array<i64: 0>, starts = array<i64: 2>, sizes = array<i64: 3>, steps = array<i64: 1>} : (tensor<6x4xf32>) -> tensor<3x4xf32>
  dtc.update "a", %part : tensor<3x4xf32>
  dtc.update "b", %x : tensor<6x4xf32>
  dtc.update "c", %y : tensor<6x4xf32>
  dtc.update "d", %y : tensor<6x4xf32>
  return %a, %b, %c, %d : tensor<3x4xf32>, tensor<6x4xf32>, tensor<6x4xf32>, tensor<6x4xf32>
}
// -----
// Halves are rounded once a step; integers count.
func.func @other_types(%x: tensor<8x16xbf16> {dtc.name = "x"}) -> (tensor<8x16xbf16> {dtc.name = "h"}, tensor<3xi64> {dtc.name = "k"}) {
  %h = dtc.parameter "h" {dtc.constant = dense<1.0> : tensor<8x16xbf16>} : tensor<8x16xbf16>
  %k = dtc.state "k" {fill = 7.0} : tensor<3xi64>
  %h1 = dtc.add %h, %x : (tensor<8x16xbf16>, tensor<8x16xbf16>) -> tensor<8x16xbf16>
  %k1 = dtc.mul %k, %k : (tensor<3xi64>, tensor<3xi64>) -> tensor<3xi64>
  dtc.update "h", %h1 : tensor<8x16xbf16>
  dtc.update "k", %k1 : tensor<3xi64>
  return %h1, %k : tensor<8x16xbf16>, tensor<3xi64>
}
// -----
// A product of halves joins its update; each value is rounded to 8 bits.
// tolerance: 0.02
func.func @descent_of_halves(%x: tensor<48x64xbf16> {dtc.name = "x"}, %t: tensor<48x32xbf16> {dtc.name = "t"}) -> (tensor<f32> {dtc.name = "loss"}, tensor<32x64xbf16> {dtc.name = "grad.w"}, tensor<32x64xbf16> {dtc.name = "param.w"}) {
  %w = dtc.parameter "w" {dtc.constant = dense<0.125> : tensor<32x64xbf16>} : tensor<32x64xbf16>
  %y = dtc.linear %x, %w : (tensor<48x64xbf16>, tensor<32x64xbf16>) -> tensor<48x32xbf16>
  %d = dtc.sub %y, %t : (tensor<48x32xbf16>, tensor<48x32xbf16>) -> tensor<48x32xbf16>
  %f = dtc.cast %d : (tensor<48x32xbf16>) -> tensor<48x32xf32>
  %q = dtc.mul %f, %f : (tensor<48x32xf32>, tensor<48x32xf32>) -> tensor<48x32xf32>
  %loss = dtc.reduce_mean %q {dims = array<i64: 0, 1>} : (tensor<48x32xf32>) -> tensor<f32>
  %g = dtc.matmul %d, %x {transposeLhs, dtc.phase = "backward"} : (tensor<48x32xbf16>, tensor<48x64xbf16>) -> tensor<32x64xbf16>
  %lr = dtc.constant dense<0.0078125> : tensor<bf16> : tensor<bf16>
  %s = dtc.mul %g, %lr {dtc.phase = "optimizer"} : (tensor<32x64xbf16>, tensor<bf16>) -> tensor<32x64xbf16>
  %n = dtc.sub %w, %s {dtc.phase = "optimizer"} : (tensor<32x64xbf16>, tensor<32x64xbf16>) -> tensor<32x64xbf16>
  dtc.update "w", %n {dtc.phase = "optimizer"} : tensor<32x64xbf16>
  return %loss, %g, %n : tensor<f32>, tensor<32x64xbf16>, tensor<32x64xbf16>
}
// -----
// Every step draws numbers of its own; the count of steps is saved.
func.func @draws(%x: tensor<24x16xf32> {dtc.name = "x"}) -> (tensor<f32> {dtc.name = "loss"}, tensor<16xf32> {dtc.name = "param.w"}) {
  %w = dtc.parameter "w" {dtc.constant = dense<1.0> : tensor<16xf32>} : tensor<16xf32>
  %n = dtc.state "n" {fill = 0.0} : tensor<f64>
  %step = dtc.cast %n : (tensor<f64>) -> tensor<i64>
  %one = dtc.constant dense<1.0> : tensor<f64> : tensor<f64>
  %n1 = dtc.add %n, %one {dtc.phase = "optimizer"} : (tensor<f64>, tensor<f64>) -> tensor<f64>
  dtc.update "n", %n1 {dtc.phase = "optimizer"} : tensor<f64>
  %p = dtc.mul %x, %w : (tensor<24x16xf32>, tensor<16xf32>) -> tensor<24x16xf32>
  %d, %m = dtc.dropout %p, %step {ratio = 0.5 : f64, seed = 9 : i64} : (tensor<24x16xf32>, tensor<i64>) -> (tensor<24x16xf32>, tensor<24x16xi1>)
  %loss = dtc.reduce_sum %d {dims = array<i64: 0, 1>} : (tensor<24x16xf32>) -> tensor<f32>
  %e, %again = dtc.dropout %x, %step {ratio = 0.5 : f64, seed = 9 : i64, dtc.phase = "backward"} : (tensor<24x16xf32>, tensor<i64>) -> (tensor<24x16xf32>, tensor<24x16xi1>)
  %g = dtc.reduce_sum %e {dims = array<i64: 0>, dtc.phase = "backward"} : (tensor<24x16xf32>) -> tensor<16xf32>
  %rate = dtc.constant dense<0.01> : tensor<f32> : tensor<f32>
  %s = dtc.mul %g, %rate {dtc.phase = "optimizer"} : (tensor<16xf32>, tensor<f32>) -> tensor<16xf32>
  %w1 = dtc.sub %w, %s {dtc.phase = "optimizer"} : (tensor<16xf32>, tensor<16xf32>) -> tensor<16xf32>
  dtc.update "w", %w1 {dtc.phase = "optimizer"} : tensor<16xf32>
  return %loss, %w1 : tensor<f32>, tensor<16xf32>
}
