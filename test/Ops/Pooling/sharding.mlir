// RUN: dtc-opt %s --dtc-propagate-placements --dtc-insert-collectives -o %t.mlir
// RUN: FileCheck %s < %t.mlir
// RUN: dtc-interpret %t.mlir --all --localize --tolerance 1e-5 | FileCheck %s --check-prefix=AGREE
// AGREE-COUNT-8: local differs by

#mesh = #dtc.mesh<"dp" = 2, "tp" = 3>
#channels = #dtc.layout<#mesh, [shard(0), shard(1)]>
#both = #dtc.layout<#mesh, [shard(2), shard(3)]>
#twice = #dtc.layout<#mesh, [shard(2), shard(2)]>
#sums = #dtc.layout<#mesh, [replicate, partial(sum)]>
module attributes {dtc.mesh = #mesh} {

// CHECK-LABEL: @batch_and_channels_need_nothing
// CHECK-NOT: dtc.wait
func.func @batch_and_channels_need_nothing(%x: tensor<2x4x6xf32> {dtc.layout = #channels}) -> (tensor<2x4x5xf32> {dtc.as_is}) {
  %r = dtc.max_pool %x {kernel = array<i64: 2>, strides = array<i64: 1>, dilations = array<i64: 1>, padsBegin = array<i64: 0>, padsEnd = array<i64: 0>}
    : (tensor<2x4x6xf32>) -> tensor<2x4x5xf32>
  return %r : tensor<2x4x5xf32>
}

// Rows first, then columns of the rows with their halo: corners come along.
// CHECK-LABEL: @two_dimensions_have_halos
// CHECK: dtc.halo_exchange {{.*}}axis = 0 : i64, {{.*}}dim = 2
// CHECK: dtc.halo_exchange {{.*}}axis = 1 : i64, {{.*}}dim = 3
func.func @two_dimensions_have_halos(%x: tensor<1x2x7x8xf32> {dtc.layout = #both}) -> (tensor<1x2x7x8xf32> {dtc.as_is}) {
  %r = dtc.max_pool %x {kernel = array<i64: 3, 3>, strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, padsBegin = array<i64: 1, 1>, padsEnd = array<i64: 1, 1>}
    : (tensor<1x2x7x8xf32>) -> tensor<1x2x7x8xf32>
  return %r : tensor<1x2x7x8xf32>
}

// CHECK-LABEL: @places_in_the_kernel_know_no_rank
// CHECK: dtc.halo_exchange
// CHECK: dtc.arg_max_pool
func.func @places_in_the_kernel_know_no_rank(%x: tensor<1x2x7x8xf32> {dtc.layout = #both}) -> (tensor<1x2x4x8xi64> {dtc.as_is}) {
  %r = dtc.arg_max_pool %x {kernel = array<i64: 3, 3>, strides = array<i64: 2, 1>, dilations = array<i64: 1, 1>, padsBegin = array<i64: 1, 1>, padsEnd = array<i64: 1, 1>}
    : (tensor<1x2x7x8xf32>) -> tensor<1x2x4x8xi64>
  return %r : tensor<1x2x4x8xi64>
}

// Only the ranks at the edges count padding.
// CHECK-LABEL: @means_count_padding_at_the_edges
// CHECK: dtc.halo_exchange
func.func @means_count_padding_at_the_edges(%x: tensor<1x2x7x8xf32> {dtc.layout = #both}) -> (tensor<1x2x8x6xf32> {dtc.as_is}) {
  %r = dtc.average_pool %x {kernel = array<i64: 3, 3>, strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, padsBegin = array<i64: 2, 0>, padsEnd = array<i64: 1, 0>, countedBegin = array<i64: 1, 0>, countedEnd = array<i64: 1, 0>}
    : (tensor<1x2x7x8xf32>) -> tensor<1x2x8x6xf32>
  return %r : tensor<1x2x8x6xf32>
}

// CHECK-LABEL: @one_axis_keeps_its_split_of_a_dimension
// CHECK: dtc.all_gather {{.*}}axis = 1
// CHECK: dtc.halo_exchange {{.*}}axis = 0
func.func @one_axis_keeps_its_split_of_a_dimension(%x: tensor<1x2x12xf32> {dtc.layout = #twice}) -> (tensor<1x2x12xf32> {dtc.as_is}) {
  %r = dtc.sum_pool %x {kernel = array<i64: 3>, strides = array<i64: 1>, dilations = array<i64: 1>, padsBegin = array<i64: 1>, padsEnd = array<i64: 1>}
    : (tensor<1x2x12xf32>) -> tensor<1x2x12xf32>
  return %r : tensor<1x2x12xf32>
}

// CHECK-LABEL: @sums_of_partial_sums_are_partial
// CHECK: dtc.average_pool
// CHECK: dtc.all_reduce
func.func @sums_of_partial_sums_are_partial(%x: tensor<1x2x12xf32> {dtc.layout = #sums}) -> tensor<1x2x6xf32> {
  %r = dtc.average_pool %x {kernel = array<i64: 2>, strides = array<i64: 2>, dilations = array<i64: 1>, padsBegin = array<i64: 0>, padsEnd = array<i64: 0>, countedBegin = array<i64: 0>, countedEnd = array<i64: 0>}
    : (tensor<1x2x12xf32>) -> tensor<1x2x6xf32>
  return %r : tensor<1x2x6xf32>
}

// Windows that reach over come from the neighbours, and their places with them.
// CHECK-LABEL: @gradients_of_maxima_have_halos
// CHECK: dtc.halo_exchange {{.*}}axis = 0 : i64, {{.*}}dim = 2
// CHECK: dtc.halo_exchange {{.*}}axis = 1 : i64, {{.*}}dim = 3
// CHECK: dtc.max_pool_gradient
func.func @gradients_of_maxima_have_halos(%g: tensor<1x2x4x4xf32> {dtc.layout = #both}, %p: tensor<1x2x4x4xi64> {dtc.layout = #both}) -> (tensor<1x2x7x8xf32> {dtc.as_is}) {
  %r = dtc.max_pool_gradient %g, %p {kernel = array<i64: 3, 3>, strides = array<i64: 2, 2>, dilations = array<i64: 1, 1>, padsBegin = array<i64: 1, 1>, padsEnd = array<i64: 1, 0>}
    : (tensor<1x2x4x4xf32>, tensor<1x2x4x4xi64>) -> tensor<1x2x7x8xf32>
  return %r : tensor<1x2x7x8xf32>
}

// CHECK-LABEL: @a_partial_gradient_of_maxima_stays_partial
// CHECK: dtc.max_pool_gradient {{.*}} tensor<1x2x8xf32, #dtc.layout<{{.*}}, [replicate, partial(sum)]>>
func.func @a_partial_gradient_of_maxima_stays_partial(%g: tensor<1x2x4xf32> {dtc.layout = #sums}, %p: tensor<1x2x4xi64>) -> (tensor<1x2x8xf32> {dtc.as_is}) {
  %r = dtc.max_pool_gradient %g, %p {kernel = array<i64: 2>, strides = array<i64: 2>, dilations = array<i64: 1>, padsBegin = array<i64: 0>, padsEnd = array<i64: 0>}
    : (tensor<1x2x4xf32>, tensor<1x2x4xi64>) -> tensor<1x2x8xf32>
  return %r : tensor<1x2x8xf32>
}
}
