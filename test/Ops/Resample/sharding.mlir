// RUN: dtc-opt %s --dtc-propagate-placements --dtc-insert-collectives -o %t.mlir
// RUN: FileCheck %s < %t.mlir
// RUN: dtc-interpret %t.mlir --all --localize --tolerance 1e-6 | FileCheck %s --check-prefix=AGREE
// RUN: sed 's/"tp" = 3/"tp" = 5/' %s > %t.5.mlir
// RUN: dtc-opt %t.5.mlir --dtc-propagate-placements --dtc-insert-collectives -o %t.5p.mlir
// RUN: dtc-interpret %t.5p.mlir --all --localize --tolerance 1e-6 | FileCheck %s --check-prefix=AGREE
// AGREE-COUNT-7: local differs by

#mesh = #dtc.mesh<"dp" = 2, "tp" = 3>
#columns = #dtc.layout<#mesh, [shard(0), shard(1)]>
#twice = #dtc.layout<#mesh, [shard(1), shard(1)]>
#sums = #dtc.layout<#mesh, [shard(1), partial(sum)]>
module attributes {dtc.mesh = #mesh} {

// Chunks of two positions become chunks of four: each rank has what it needs.
// CHECK-LABEL: @doubled_neighbours_need_nothing
// CHECK-NOT: dtc.halo_exchange
// CHECK-NOT: dtc.all_gather
// CHECK: dtc.resample {{.*}} -> tensor<2x12xf32, #dtc.layout<{{.*}}, [shard(0), shard(1)]>>
func.func @doubled_neighbours_need_nothing(%x: tensor<2x6xf32> {dtc.layout = #columns}) -> (tensor<2x12xf32> {dtc.as_is}) {
  %r = dtc.resample %x {axis = 1 : i64, taps = 1 : i64, positions = array<i64: 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5>} : (tensor<2x6xf32>) -> tensor<2x12xf32>
  return %r : tensor<2x12xf32>
}

// CHECK-LABEL: @linear_resampling_exchanges_halos
// CHECK: dtc.halo_exchange {{.*}}axis = 1
// CHECK-NOT: dtc.all_gather
// CHECK: dtc.resample {{.*}} -> tensor<2x12xf32, #dtc.layout<{{.*}}, [shard(0), shard(1)]>>
func.func @linear_resampling_exchanges_halos(%x: tensor<2x6xf32> {dtc.layout = #columns}) -> (tensor<2x12xf32> {dtc.as_is}) {
  %r = dtc.resample %x {axis = 1 : i64, taps = 2 : i64, positions = array<i64: 0, 0, 0, 1, 0, 1, 1, 2, 1, 2, 2, 3, 2, 3, 3, 4, 3, 4, 4, 5, 4, 5, 5, 5>, weights = array<f64: 0.25, 0.75, 0.75, 0.25, 0.25, 0.75, 0.75, 0.25, 0.25, 0.75, 0.75, 0.25, 0.25, 0.75, 0.75, 0.25, 0.25, 0.75, 0.75, 0.25, 0.25, 0.75, 0.75, 0.25>}
    : (tensor<2x6xf32>) -> tensor<2x12xf32>
  return %r : tensor<2x12xf32>
}

// Seven positions become three: the last ranks may make nothing.
// CHECK-LABEL: @a_smaller_result_of_uneven_pieces
// CHECK: dtc.resample {{.*}} -> tensor<2x3xf32, #dtc.layout<{{.*}}, [shard(0), shard(1)]>>
func.func @a_smaller_result_of_uneven_pieces(%x: tensor<2x7xf32> {dtc.layout = #columns}) -> (tensor<2x3xf32> {dtc.as_is}) {
  %r = dtc.resample %x {axis = 1 : i64, taps = 2 : i64, positions = array<i64: 0, 2, 3, 4, 5, 6>, weights = array<f64: 0.5, 0.5, 0.5, 0.5, 0.25, 0.75>}
    : (tensor<2x7xf32>) -> tensor<2x3xf32>
  return %r : tensor<2x3xf32>
}

// CHECK-LABEL: @positions_from_everywhere
// CHECK: dtc.resample {{.*}} -> tensor<2x4xf32, #dtc.layout<{{.*}}, [shard(0), shard(1)]>>
func.func @positions_from_everywhere(%x: tensor<2x7xf32> {dtc.layout = #columns}) -> (tensor<2x4xf32> {dtc.as_is}) {
  %r = dtc.resample %x {axis = 1 : i64, taps = 1 : i64, positions = array<i64: 6, 0, 5, 1>} : (tensor<2x7xf32>) -> tensor<2x4xf32>
  return %r : tensor<2x4xf32>
}

// Positions as they are need no window, and two axes may split them.
// CHECK-LABEL: @a_change_of_weights_alone
// CHECK-NOT: dtc.wait
// CHECK: dtc.resample {{.*}} -> tensor<2x7xf32, #dtc.layout<{{.*}}, [shard(1), shard(1)]>>
func.func @a_change_of_weights_alone(%x: tensor<2x7xf32> {dtc.layout = #twice}) -> (tensor<2x7xf32> {dtc.as_is}) {
  %r = dtc.resample %x {axis = 1 : i64, taps = 1 : i64, positions = array<i64: 0, 1, 2, 3, 4, 5, 6>, weights = array<f64: 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0>} : (tensor<2x7xf32>) -> tensor<2x7xf32>
  return %r : tensor<2x7xf32>
}

// CHECK-LABEL: @the_second_axis_is_gathered
// CHECK: dtc.all_gather {{.*}}axis = 1
// CHECK: dtc.resample {{.*}} -> tensor<2x14xf32, #dtc.layout<{{.*}}, [shard(1), replicate]>>
func.func @the_second_axis_is_gathered(%x: tensor<2x7xf32> {dtc.layout = #twice}) -> (tensor<2x14xf32> {dtc.as_is}) {
  %r = dtc.resample %x {axis = 1 : i64, taps = 1 : i64, positions = array<i64: 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6>} : (tensor<2x7xf32>) -> tensor<2x14xf32>
  return %r : tensor<2x14xf32>
}

// CHECK-LABEL: @partial_sums_stay_partial
// CHECK-NOT: dtc.all_reduce
// CHECK: dtc.resample {{.*}} -> tensor<2x8xf32, #dtc.layout<{{.*}}, [shard(1), partial(sum)]>>
func.func @partial_sums_stay_partial(%x: tensor<2x4xf32> {dtc.layout = #sums}) -> (tensor<2x8xf32> {dtc.as_is}) {
  %r = dtc.resample %x {axis = 1 : i64, taps = 1 : i64, positions = array<i64: 0, 0, 1, 1, 2, 2, 3, 3>} : (tensor<2x4xf32>) -> tensor<2x8xf32>
  return %r : tensor<2x8xf32>
}
}
