// RUN: dtc-opt %s --dtc-propagate-placements --dtc-insert-collectives -o %t.mlir
// RUN: FileCheck %s < %t.mlir
// RUN: dtc-interpret %t.mlir --all --localize --tolerance 1e-5 | FileCheck %s --check-prefix=AGREE
// AGREE-COUNT-9: local differs by

#mesh = #dtc.mesh<"tp" = 4>
#batch = #dtc.layout<#mesh, [shard(0)]>
#channels = #dtc.layout<#mesh, [shard(1)]>
#rows = #dtc.layout<#mesh, [shard(2)]>
module attributes {dtc.mesh = #mesh} {

// CHECK-LABEL: @a_split_batch_needs_nothing
// CHECK-NOT: dtc.wait
func.func @a_split_batch_needs_nothing(%x: tensor<6x3x5xf32> {dtc.layout = #batch}, %w: tensor<4x3x3xf32>) -> (tensor<6x4x5xf32> {dtc.as_is}) {
  %r = dtc.convolution %x, %w {strides = array<i64: 1>, dilations = array<i64: 1>, padsBegin = array<i64: 1>, padsEnd = array<i64: 1>, groups = 1 : i64}
    : (tensor<6x3x5xf32>, tensor<4x3x3xf32>) -> tensor<6x4x5xf32>
  return %r : tensor<6x4x5xf32>
}

// CHECK-LABEL: @split_output_channels_need_nothing
// CHECK-NOT: dtc.wait
func.func @split_output_channels_need_nothing(%x: tensor<2x3x5xf32>, %w: tensor<8x3x3xf32> {dtc.layout = #batch}, %b: tensor<8xf32> {dtc.layout = #batch}) -> (tensor<2x8x5xf32> {dtc.as_is}) {
  %r = dtc.convolution %x, %w, %b {strides = array<i64: 1>, dilations = array<i64: 1>, padsBegin = array<i64: 1>, padsEnd = array<i64: 1>, groups = 1 : i64}
    : (tensor<2x3x5xf32>, tensor<8x3x3xf32>, tensor<8xf32>) -> tensor<2x8x5xf32>
  return %r : tensor<2x8x5xf32>
}

// CHECK-LABEL: @split_input_channels_leave_a_partial_sum
// CHECK: dtc.convolution
// CHECK: dtc.all_reduce
// CHECK: dtc.wait
// CHECK-NOT: dtc.wait
func.func @split_input_channels_leave_a_partial_sum(%x: tensor<2x8x5xf32> {dtc.layout = #channels}, %w: tensor<3x8x3xf32> {dtc.layout = #channels}, %b: tensor<3xf32>) -> tensor<2x3x5xf32> {
  %r = dtc.convolution %x, %w, %b {strides = array<i64: 1>, dilations = array<i64: 1>, padsBegin = array<i64: 1>, padsEnd = array<i64: 1>, groups = 1 : i64}
    : (tensor<2x8x5xf32>, tensor<3x8x3xf32>, tensor<3xf32>) -> tensor<2x3x5xf32>
  return %r : tensor<2x3x5xf32>
}

// CHECK-LABEL: @split_groups_need_nothing
// CHECK-NOT: dtc.wait
func.func @split_groups_need_nothing(%x: tensor<2x8x5xf32> {dtc.layout = #channels}, %w: tensor<8x1x3xf32> {dtc.layout = #batch}) -> (tensor<2x8x5xf32> {dtc.as_is}) {
  %r = dtc.convolution %x, %w {strides = array<i64: 1>, dilations = array<i64: 1>, padsBegin = array<i64: 1>, padsEnd = array<i64: 1>, groups = 8 : i64}
    : (tensor<2x8x5xf32>, tensor<8x1x3xf32>) -> tensor<2x8x5xf32>
  return %r : tensor<2x8x5xf32>
}

// Rows of 18 are 5, 5, 5, 3.
// CHECK-LABEL: @split_rows_need_their_neighbours
// CHECK: dtc.halo_exchange {{.*}}dim = 2 : i64, extent = 18 : i64{{.*}}rows = array<i64: 0, 6, 4, 11, 9, 16, 14, 18>
// CHECK-NEXT: dtc.wait
// CHECK-NOT: dtc.wait
func.func @split_rows_need_their_neighbours(%x: tensor<1x2x18x4xf32> {dtc.layout = #rows}, %w: tensor<3x2x3x3xf32>) -> (tensor<1x3x18x4xf32> {dtc.as_is}) {
  %r = dtc.convolution %x, %w {strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, padsBegin = array<i64: 1, 1>, padsEnd = array<i64: 1, 1>, groups = 1 : i64}
    : (tensor<1x2x18x4xf32>, tensor<3x2x3x3xf32>) -> tensor<1x3x18x4xf32>
  return %r : tensor<1x3x18x4xf32>
}

// Windows beside each other lie in the own rows.
// CHECK-LABEL: @patches_need_no_neighbours
// CHECK-NOT: dtc.wait
func.func @patches_need_no_neighbours(%x: tensor<1x2x16xf32> {dtc.layout = #rows}, %w: tensor<3x2x2xf32>) -> (tensor<1x3x8xf32> {dtc.as_is}) {
  %r = dtc.convolution %x, %w {strides = array<i64: 2>, dilations = array<i64: 1>, padsBegin = array<i64: 0>, padsEnd = array<i64: 0>, groups = 1 : i64}
    : (tensor<1x2x16xf32>, tensor<3x2x2xf32>) -> tensor<1x3x8xf32>
  return %r : tensor<1x3x8xf32>
}

// A reach of eight over shards of two: three neighbours on either side.
// CHECK-LABEL: @wide_halos_come_from_several_neighbours
// CHECK: dtc.halo_exchange {{.*}}rows = array<i64: 0, 6, 0, 8, 0, 8, 2, 8>
func.func @wide_halos_come_from_several_neighbours(%x: tensor<1x2x8xf32> {dtc.layout = #rows}, %w: tensor<3x2x3xf32>) -> (tensor<1x3x8xf32> {dtc.as_is}) {
  %r = dtc.convolution %x, %w {strides = array<i64: 1>, dilations = array<i64: 4>, padsBegin = array<i64: 4>, padsEnd = array<i64: 4>, groups = 1 : i64}
    : (tensor<1x2x8xf32>, tensor<3x2x3xf32>) -> tensor<1x3x8xf32>
  return %r : tensor<1x3x8xf32>
}

// Five rows are 2, 2, 1 and none; strides of two make three: 1, 1, 1 and none.
// CHECK-LABEL: @empty_shards_take_no_part
// CHECK: dtc.halo_exchange {{.*}}rows = array<i64: 0, 2, 1, 4, 3, 5, 5, 5>
func.func @empty_shards_take_no_part(%x: tensor<1x2x5xf32> {dtc.layout = #rows}, %w: tensor<3x2x3xf32>) -> (tensor<1x3x3xf32> {dtc.as_is}) {
  %r = dtc.convolution %x, %w {strides = array<i64: 2>, dilations = array<i64: 1>, padsBegin = array<i64: 1>, padsEnd = array<i64: 1>, groups = 1 : i64}
    : (tensor<1x2x5xf32>, tensor<3x2x3xf32>) -> tensor<1x3x3xf32>
  return %r : tensor<1x3x3xf32>
}

// Rows of the result come from half as many of the input.
// CHECK-LABEL: @transposed_convolutions_have_halos_too
// CHECK: dtc.halo_exchange {{.*}}rows = array<i64: 0, 3, 1, 5, 3, 7, 5, 8>
func.func @transposed_convolutions_have_halos_too(%x: tensor<1x2x8xf32> {dtc.layout = #rows}, %w: tensor<2x3x4xf32>) -> (tensor<1x3x16xf32> {dtc.as_is}) {
  %r = dtc.transposed_convolution %x, %w {strides = array<i64: 2>, dilations = array<i64: 1>, padsBegin = array<i64: 1>, padsEnd = array<i64: 1>, groups = 1 : i64}
    : (tensor<1x2x8xf32>, tensor<2x3x4xf32>) -> tensor<1x3x16xf32>
  return %r : tensor<1x3x16xf32>
}

}
