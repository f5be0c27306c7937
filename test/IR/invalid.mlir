// RUN: dtc-opt %s --split-input-file --verify-diagnostics

// expected-error @+1 {{expected distinct axis names, got 'tp' twice}}
#mesh = #dtc.mesh<"tp" = 2, "tp" = 4>

// -----

// expected-error @+1 {{expected axis 'tp' of size 1 or more, got 0}}
#mesh = #dtc.mesh<"tp" = 0>

// -----

// expected-error @+1 {{expected a mesh of at most 65536 ranks}}
#mesh = #dtc.mesh<"a" = 65536, "b" = 2>

// -----

// expected-error @+1 {{expected at most 6 mesh axes of 2 ranks or more, and 32 in all}}
#mesh = #dtc.mesh<"a" = 2, "b" = 2, "c" = 2, "d" = 2, "e" = 2, "f" = 2, "g" = 2>

// -----

func.func @no_such_element(%x: tensor<4xf8E5M2>) -> tensor<4xf8E5M2> {
  // expected-error @+1 {{operand #0 must be}}
  %0 = dtc.relu %x : (tensor<4xf8E5M2>) -> tensor<4xf8E5M2>
  return %0 : tensor<4xf8E5M2>
}

// -----

#mesh = #dtc.mesh<"tp" = 2>
// expected-error @+1 {{expected one placement for each of the mesh's 1 axes, got 2}}
func.func private @too_many(tensor<8xf32, #dtc.layout<#mesh, [replicate, replicate]>>)

// -----

#mesh = #dtc.mesh<"tp" = 2>
// expected-error @+1 {{expected a dimension below the tensor's rank 1, got shard(1) on axis 'tp'}}
func.func private @no_such_dimension(tensor<8xf32, #dtc.layout<#mesh, [shard(1)]>>)

// -----

#mesh = #dtc.mesh<"tp" = 2>
// expected-error @+1 {{expected 'replicate', 'shard', 'partial' or 'mask_partial', got 'split'}}
func.func private @unknown_word(tensor<8xf32, #dtc.layout<#mesh, [split(0)]>>)

// -----

#mesh = #dtc.mesh<"tp" = 2>
// expected-error @+1 {{expected 'sum', 'avg', 'max', 'min' or 'product', got 'total'}}
func.func private @unknown_reduction(tensor<8xf32, #dtc.layout<#mesh, [partial(total)]>>)

// -----

#mesh = #dtc.mesh<"tp" = 2>
func.func @placed_and_plain(%a: tensor<8xf32, #dtc.layout<#mesh, [shard(0)]>>, %b: tensor<8xf32>) {
  // expected-error @+1 {{expected placements on all operands and results or on none, got them on 1 of 3}}
  %0 = dtc.add %a, %b : (tensor<8xf32, #dtc.layout<#mesh, [shard(0)]>>, tensor<8xf32>) -> tensor<8xf32>
  return
}

// -----

#mesh = #dtc.mesh<"tp" = 2>
#other = #dtc.mesh<"tp" = 4>
func.func @two_meshes(%a: tensor<8xf32, #dtc.layout<#mesh, [shard(0)]>>, %b: tensor<8xf32, #dtc.layout<#other, [shard(0)]>>) {
  // expected-error @+1 {{expected one mesh}}
  %0 = dtc.add %a, %b : (tensor<8xf32, #dtc.layout<#mesh, [shard(0)]>>, tensor<8xf32, #dtc.layout<#other, [shard(0)]>>) -> tensor<8xf32, #dtc.layout<#mesh, [shard(0)]>>
  return
}

// -----

#mesh = #dtc.mesh<"tp" = 2>
func.func @wrong_change(%x: tensor<8xf32, #dtc.layout<#mesh, [shard(0)]>>) {
  // expected-error @+1 {{expected only axis 0 to change, from partial(sum) to replicate}}
  %0 = dtc.all_reduce %x {axis = 0 : i64, cause = "", module = "", reduce = 0 : i64}
    : tensor<8xf32, #dtc.layout<#mesh, [shard(0)]>> -> <tensor<8xf32, #dtc.layout<#mesh, [replicate]>>>
  return
}

// -----

#mesh = #dtc.mesh<"tp" = 2>
func.func @redistribution_keeps_the_shape(%x: tensor<8xf32, #dtc.layout<#mesh, [shard(0)]>>) {
  // expected-error @+1 {{expected equal shapes and element types}}
  %0 = dtc.redistribute %x cause "" : tensor<8xf32, #dtc.layout<#mesh, [shard(0)]>> -> tensor<9xf32, #dtc.layout<#mesh, [replicate]>>
  return
}
