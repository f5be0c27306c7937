// RUN: split-file %s %t
// RUN: dtc-opt %t/placed.mlir --dtc-insert-collectives --dtc-localize=rank=0 -o %t/rank0.mlir
// RUN: dtc-opt %t/placed.mlir --dtc-insert-collectives --dtc-localize=rank=1 -o %t/rank1.mlir
// RUN: dtc-interpret %t/rank0.mlir %t/rank1.mlir --compare-with %t/placed.mlir --seed 4 | FileCheck %s --check-prefix=AGREE
// RUN: not dtc-interpret %t/rank0.mlir %t/other.mlir 2>&1 | FileCheck %s --check-prefix=ORDER
// RUN: not dtc-interpret %t/rank0.mlir %t/silent.mlir 2>&1 | FileCheck %s --check-prefix=SILENT
// RUN: not dtc-interpret %t/rank0.mlir %t/rank1.mlir %t/rank1.mlir 2>&1 | FileCheck %s --check-prefix=COUNT
// RUN: not dtc-interpret %t/disagree.mlir 2>&1 | FileCheck %s --check-prefix=DISAGREE

// AGREE: y: 5x4xf32 [replicate], other global differs by 0, other placed differs by 0

// ORDER: expected the collectives of all ranks in one order, got 'dtc.all_gather' (all_gather along axis 0, from dimension 0) on rank 1
// ORDER: where rank 0 reaches 'dtc.all_reduce' (all_reduce along axis 0, sum)

// SILENT: expected the collectives of all ranks in one order, got the end of its program on rank 1

// COUNT: expected 2 programs, one for each rank of the mesh, got 3

// DISAGREE: result 'y': expected equal values on all ranks along axis 'tp', got another one at coordinate 1 than at 0

//--- placed.mlir
#mesh = #dtc.mesh<"tp" = 2>
#R = #dtc.layout<#mesh, [replicate]>
#P = #dtc.layout<#mesh, [partial(sum)]>
#S0 = #dtc.layout<#mesh, [shard(0)]>
#S1 = #dtc.layout<#mesh, [shard(1)]>
module attributes {dtc.mesh = #mesh} {
func.func @main(%x: tensor<5x7xf32, #S1> {dtc.name = "x"}) -> (tensor<5x4xf32, #R> {dtc.name = "y"}) {
  %w = dtc.parameter "w" : tensor<7x4xf32, #S0>
  %0 = dtc.matmul %x, %w : (tensor<5x7xf32, #S1>, tensor<7x4xf32, #S0>) -> tensor<5x4xf32, #P>
  %1 = dtc.redistribute %0 cause "test" : tensor<5x4xf32, #P> -> tensor<5x4xf32, #R>
  return %1 : tensor<5x4xf32, #R>
}
}

//--- other.mlir
#mesh = #dtc.mesh<"tp" = 2>
module attributes {dtc.mesh = #mesh} {
func.func @main(%x: tensor<2x4xf32> {dtc.name = "x2", dtc.global = tensor<4x4xf32, #dtc.layout<#mesh, [shard(0)]>>})
    -> (tensor<4x4xf32> {dtc.name = "y"}) {
  %0 = dtc.all_gather %x {axis = 0 : i64, dim = 0 : i64, cause = "", module = ""} : tensor<2x4xf32> -> <tensor<4x4xf32>>
  %1 = dtc.wait %0 : <tensor<4x4xf32>> -> tensor<4x4xf32>
  return %1 : tensor<4x4xf32>
}
}

//--- silent.mlir
#mesh = #dtc.mesh<"tp" = 2>
module attributes {dtc.mesh = #mesh} {
func.func @main(%x: tensor<5x4xf32> {dtc.name = "x3"}) -> (tensor<5x4xf32> {dtc.name = "y"}) {
  return %x : tensor<5x4xf32>
}
}

//--- disagree.mlir
#mesh = #dtc.mesh<"tp" = 2>
#R = #dtc.layout<#mesh, [replicate]>
#P = #dtc.layout<#mesh, [partial(sum)]>
module attributes {dtc.mesh = #mesh} {
// A cast of placements that leaves out the reduction.
func.func @main(%x: tensor<4xf32, #P>) -> (tensor<4xf32, #R> {dtc.name = "y"}) {
  %0 = dtc.local_slice %x {axis = 0 : i64, dim = 0 : i64} : tensor<4xf32, #P> -> tensor<4xf32, #R>
  return %0 : tensor<4xf32, #R>
}
}
