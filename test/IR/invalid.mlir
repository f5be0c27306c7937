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
// expected-error @+1 {{expected 'replicate', 'shard', 'partial', 'mask_partial' or 'window', got 'split'}}
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

// -----

#mesh = #dtc.mesh<"tp" = 2>
// expected-error @+1 {{expected a window of an extent of 0 or more with step and divisor of 1 or more, all below 2147483648, got 4, 0 and 1}}
func.func private @a_window_without_steps(tensor<8xf32, #dtc.layout<#mesh, [window(0, 4, 0, 1, -1, 1)]>>)

// -----

#mesh = #dtc.mesh<"dp" = 2, "tp" = 2>
// expected-error @+1 {{expected one axis to split dimension 0, which has windows}}
func.func private @windows_of_shards(tensor<8xf32, #dtc.layout<#mesh, [shard(0), window(0, 4, 1, 1, -1, 1)]>>)

// -----

#mesh = #dtc.mesh<"tp" = 2>
// expected-error @+1 {{expected a dimension below the tensor's rank 1, got window(1) on axis 'tp'}}
func.func private @windows_of_no_dimension(tensor<8xf32, #dtc.layout<#mesh, [window(1, 4, 1, 1, -1, 1)]>>)

// -----

#mesh = #dtc.mesh<"tp" = 2>
#split = #dtc.layout<#mesh, [shard(0)]>
#windows = #dtc.layout<#mesh, [window(0, 8, 1, 1, -1, 1)]>
func.func @rows_that_are_not_the_windows(%x: tensor<8xf32, #split>) {
  // expected-error @+1 {{expected the rows of the result's windows, [0, 5, 3, 8], got [0, 5, 4, 8]}}
  %0 = dtc.halo_exchange %x {axis = 0 : i64, dim = 0 : i64, extent = 8 : i64, rows = array<i64: 0, 5, 4, 8>, cause = "", module = ""} : tensor<8xf32, #split> -> !dtc.async<tensor<8xf32, #windows>>
  return
}

// -----

func.func @rows_outside_of_the_extent(%x: tensor<4xf32>) {
  // expected-error @+1 {{expected a begin and an end from 0 to 8 for each rank, got [0, 5, 3, 9]}}
  %0 = dtc.halo_exchange %x {axis = 0 : i64, dim = 0 : i64, extent = 8 : i64, rows = array<i64: 0, 5, 3, 9>, cause = "", module = ""} : tensor<4xf32> -> !dtc.async<tensor<5xf32>>
  return
}

// -----

func.func @a_halo_of_no_dimension(%x: tensor<4xf32>) {
  // expected-error @+1 {{expected a dimension of 'tensor<4xf32>' and an extent of 0 or more, got 1 and 8}}
  %0 = dtc.halo_exchange %x {axis = 0 : i64, dim = 1 : i64, extent = 8 : i64, rows = array<i64: 0, 5, 3, 8>, cause = "", module = ""} : tensor<4xf32> -> !dtc.async<tensor<5xf32>>
  return
}

// -----

#mesh = #dtc.mesh<"tp" = 2>
#split = #dtc.layout<#mesh, [shard(0)]>
func.func @shards_are_no_windows(%x: tensor<8xf32, #split>) {
  // expected-error @+1 {{expected windows on dimension 0 of extent 8, got 'tensor<8xf32}}
  %0 = dtc.halo_exchange %x {axis = 0 : i64, dim = 0 : i64, extent = 8 : i64, rows = array<i64: 0, 5, 3, 8>, cause = "", module = ""} : tensor<8xf32, #split> -> !dtc.async<tensor<8xf32, #split>>
  return
}

// -----

#mesh = #dtc.mesh<"tp" = 2>
#split = #dtc.layout<#mesh, [shard(0)]>
#windows = #dtc.layout<#mesh, [window(0, 8, 1, 1, -1, 1)]>
func.func @no_such_axis(%x: tensor<8xf32, #split>) {
  // expected-error @+1 {{expected an axis of the mesh, got 1}}
  %0 = dtc.halo_exchange %x {axis = 1 : i64, dim = 0 : i64, extent = 8 : i64, rows = array<i64: 0, 5, 3, 8>, cause = "", module = ""} : tensor<8xf32, #split> -> !dtc.async<tensor<8xf32, #windows>>
  return
}
