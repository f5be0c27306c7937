// RUN: dtc-opt %s --split-input-file --verify-diagnostics --dtc-propagate-placements

func.func @view_c1_one_size(%x: tensor<8xf32>) {
  // expected-error @+1 {{expected shapes of equal size, got 'tensor<8xf32>' and 'tensor<3x3xf32>'}}
  %0 = dtc.view %x : (tensor<8xf32>) -> tensor<3x3xf32>
  return
}

// -----

func.func @view_c1_one_element_type(%x: tensor<8xf32>) {
  // expected-error @+1 {{expected equal element types, got 'tensor<8xf32>' and 'tensor<8xi32>'}}
  %0 = dtc.view %x : (tensor<8xf32>) -> tensor<8xi32>
  return
}

// -----

#mesh = #dtc.mesh<"tp" = 4>
module attributes {dtc.mesh = #mesh} {
func.func @a_view_does_not_flatten_a_split_minor_dimension(
    %x: tensor<8x8xf32> {dtc.layout = #dtc.layout<#mesh, [shard(1)]>}) {
  // expected-error @+1 {{attempted to flatten multiple dimensions, with dimension 1 being sharded; it cannot be performed without redistribution, which this op does not do: redistribute its operand first}}
  %0 = dtc.view %x : (tensor<8x8xf32>) -> tensor<64xf32>
  return
}
}

// -----

#mesh = #dtc.mesh<"tp" = 4>
module attributes {dtc.mesh = #mesh} {
func.func @a_view_does_not_split_a_dimension_within_a_piece(
    %x: tensor<8x8xf32> {dtc.layout = #dtc.layout<#mesh, [shard(0)]>}) {
  // expected-error @+1 {{attempted to split the sharded dimension 0 into multiple dimensions; it cannot be performed without redistribution, which this op does not do: redistribute its operand first}}
  %0 = dtc.view %x : (tensor<8x8xf32>) -> tensor<2x4x8xf32>
  return
}
}

// -----

#mesh = #dtc.mesh<"tp" = 4>
module attributes {dtc.mesh = #mesh} {
func.func @a_view_does_not_flatten_a_split_dimension_of_one(
    %x: tensor<4x1x8xf32> {dtc.layout = #dtc.layout<#mesh, [shard(1)]>}) {
  // expected-error @+1 {{attempted to take apart the sharded dimension 1; it cannot be performed without redistribution, which this op does not do: redistribute its operand first}}
  %0 = dtc.view %x : (tensor<4x1x8xf32>) -> tensor<32xf32>
  return
}
}

// -----

#mesh = #dtc.mesh<"tp" = 4>
module attributes {dtc.mesh = #mesh} {
func.func @a_view_does_not_flatten_uneven_pieces(
    %x: tensor<6x8xf32> {dtc.layout = #dtc.layout<#mesh, [shard(0)]>}) {
  // expected-error @+1 {{attempted to flatten the unevenly sharded dimension 0; it cannot be performed without redistribution, which this op does not do: redistribute its operand first}}
  %0 = dtc.view %x : (tensor<6x8xf32>) -> tensor<48xf32>
  return
}
}
