// RUN: dtc-opt %s --split-input-file --verify-diagnostics --dtc-propagate-placements

func.func @place_like_c1(%x: tensor<3xf32>, %t: tensor<2xf32>) {
  // expected-error @+1 {{expected a value that broadcasts to its target, got 'tensor<3xf32>' for 'tensor<2xf32>'}}
  %0 = dtc.place_like %x, %t : (tensor<3xf32>, tensor<2xf32>) -> tensor<3xf32>
  return
}

// -----

func.func @place_like_c1_in_place(%x: tensor<3xf32>, %t: tensor<2x3xf32>) {
  // expected-error @+1 {{expected a value of its target's shape to store, got 'tensor<3xf32>' for 'tensor<2x3xf32>'}}
  %0 = dtc.place_like %x, %t {inPlace} : (tensor<3xf32>, tensor<2x3xf32>) -> tensor<3xf32>
  return
}

// -----

func.func @fill_like_c1_of_integers(%x: tensor<3xi8>) {
  // expected-error @+1 {{expected a value of type 'i8', got 2.000000e+02}}
  %0 = dtc.fill_like %x {value = 200.0 : f64} : (tensor<3xi8>) -> tensor<3xi8>
  return
}

// -----

func.func @fill_like_c1_of_bools(%x: tensor<3xi1>) {
  // expected-error @+1 {{expected a value of type 'i1', got 2.000000e+00}}
  %0 = dtc.fill_like %x {value = 2.0 : f64} : (tensor<3xi1>) -> tensor<3xi1>
  return
}

// -----

#mesh = #dtc.mesh<"tp" = 4>
module attributes {dtc.mesh = #mesh} {
func.func @a_copy_can_not_make_a_split_value_partial(
    %x: tensor<8xf32> {dtc.layout = #dtc.layout<#mesh, [shard(0)]>},
    %self: tensor<8xf32> {dtc.layout = #dtc.layout<#mesh, [partial(sum)]>}) {
  // expected-error @+1 {{in-place operations that require placement changes are not supported; the operation would change placement from [partial(sum)] to [replicate], use the out-of-place version instead}}
  %0 = dtc.place_like %x, %self {inPlace} : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
  return
}
}

// -----

func.func @in_place_is_a_unit(%x: tensor<8xf32>) {
  // expected-error @+1 {{expected 'dtc.in_place' to be a unit, got true}}
  %0 = dtc.relu %x {dtc.in_place = true} : (tensor<8xf32>) -> tensor<8xf32>
  return
}

// -----

func.func @in_place_needs_the_operands_type(%x: tensor<8xf32>, %y: tensor<2x8xf32>) {
  // expected-error @+1 {{with 'dtc.in_place' expected one result of operand 0's shape and element type}}
  %0 = dtc.add %x, %y {dtc.in_place} : (tensor<8xf32>, tensor<2x8xf32>) -> tensor<2x8xf32>
  return
}

// -----

#mesh = #dtc.mesh<"tp" = 4>
module attributes {dtc.mesh = #mesh} {
func.func @a_stored_result_can_not_move(%x: tensor<8xf32> {dtc.layout = #dtc.layout<#mesh, [partial(sum)]>}) {
  // expected-error @+1 {{in-place operations that require placement changes are not supported; the operation would change placement from [partial(sum)] to [replicate], use the out-of-place version instead}}
  %0 = dtc.relu %x {dtc.in_place} : (tensor<8xf32>) -> tensor<8xf32>
  return
}
}

// -----

#mesh = #dtc.mesh<"tp" = 4>
module attributes {dtc.mesh = #mesh} {
func.func @a_request_can_not_be_partial(%x: tensor<8xf32>) {
  // expected-error @+1 {{can not redistribute from 'replicate' to 'partial(sum)'; a partial value only comes out of an op, ask for 'replicate' or a shard}}
  %0 = dtc.constrain %x to <#mesh, [partial(sum)]> cause "test" : tensor<8xf32>
  return
}
}
