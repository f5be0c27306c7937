// RUN: dtc-opt %s --dtc-insert-collectives --dtc-optimize-collectives | FileCheck %s
// RUN: dtc-opt %s --dtc-insert-collectives --dtc-optimize-collectives=combine | FileCheck %s --check-prefix=COMBINE

#mesh = #dtc.mesh<"tp" = 2>
!partial = tensor<8xf32, #dtc.layout<#mesh, [partial(sum)]>>
!whole = tensor<8xf32, #dtc.layout<#mesh, [replicate]>>
!piece = tensor<8xf32, #dtc.layout<#mesh, [shard(0)]>>
!partials = tensor<70000xf32, #dtc.layout<#mesh, [partial(sum)]>>
!wholes = tensor<70000xf32, #dtc.layout<#mesh, [replicate]>>
!heads = tensor<200000xf32, #dtc.layout<#mesh, [partial(sum)]>>
!head = tensor<200000xf32, #dtc.layout<#mesh, [replicate]>>
!part = tensor<70000xf32, #dtc.layout<#mesh, [shard(0)]>>
!windows = tensor<8xf32, #dtc.layout<#mesh, [window(0, 8, 1, 1, -1, 1)]>>
module attributes {dtc.mesh = #mesh} {

// CHECK-LABEL: @the_same_reduction_happens_once
func.func @the_same_reduction_happens_once(%x: !partial) -> (!whole, !whole) {
  // CHECK-COUNT-1: dtc.all_reduce
  // CHECK-NOT: dtc.all_reduce
  %0 = dtc.redistribute %x cause "a" : !partial -> !whole
  %1 = dtc.redistribute %x cause "b" : !partial -> !whole
  // CHECK: %[[Y:.*]] = dtc.wait
  // CHECK: return %[[Y]], %[[Y]]
  return %0, %1 : !whole, !whole
}

// CHECK-LABEL: @a_reduction_that_is_cut_becomes_a_scatter
func.func @a_reduction_that_is_cut_becomes_a_scatter(%x: !partial) -> !piece {
  // CHECK-NOT: dtc.all_reduce
  // CHECK: dtc.reduce_scatter
  %0 = dtc.redistribute %x cause "a" : !partial -> !whole
  %1 = dtc.redistribute %0 cause "b" : !whole -> !piece
  return %1 : !piece
}

// CHECK-LABEL: @a_gather_that_is_cut_back_vanishes
func.func @a_gather_that_is_cut_back_vanishes(%x: !piece) -> !piece {
  // CHECK-NOT: dtc.all_gather
  // CHECK: return %arg0
  %0 = dtc.redistribute %x cause "a" : !piece -> !whole
  %1 = dtc.redistribute %0 cause "b" : !whole -> !piece
  return %1 : !piece
}

// CHECK-LABEL: @a_reduction_that_is_also_used_whole_stays
func.func @a_reduction_that_is_also_used_whole_stays(%x: !partial) -> (!whole, !piece) {
  // CHECK: dtc.all_reduce
  // CHECK-NOT: dtc.reduce_scatter
  %0 = dtc.redistribute %x cause "a" : !partial -> !whole
  %1 = dtc.redistribute %0 cause "b" : !whole -> !piece
  return %0, %1 : !whole, !piece
}

// CHECK-LABEL: @windows_of_one_value_are_exchanged_once
func.func @windows_of_one_value_are_exchanged_once(%x: !piece) -> (!windows, !windows) {
  // CHECK-COUNT-1: dtc.halo_exchange
  // CHECK-NOT: dtc.halo_exchange
  %0 = dtc.redistribute %x cause "a" : !piece -> !windows
  %1 = dtc.redistribute %x cause "b" : !piece -> !windows
  return %0, %1 : !windows, !windows
}

// Chunks have no halo.
// CHECK-LABEL: @a_reduction_that_is_cut_to_windows_stays
func.func @a_reduction_that_is_cut_to_windows_stays(%x: !partial) -> !windows {
  // CHECK: dtc.all_reduce
  // CHECK: dtc.local_slice
  %0 = dtc.redistribute %x cause "a" : !partial -> !whole
  %1 = dtc.redistribute %0 cause "b" : !whole -> !windows
  return %1 : !windows
}

// CHECK-LABEL: @a_gather_that_is_cut_to_windows_stays
func.func @a_gather_that_is_cut_to_windows_stays(%x: !piece) -> !windows {
  // CHECK: dtc.all_gather
  // CHECK: dtc.local_slice
  %0 = dtc.redistribute %x cause "a" : !piece -> !whole
  %1 = dtc.redistribute %0 cause "b" : !whole -> !windows
  return %1 : !windows
}

// CHECK-LABEL: @waits_move_to_their_first_use
func.func @waits_move_to_their_first_use(%x: !partial, %z: !whole) -> (!whole, !whole) {
  // CHECK: dtc.all_reduce
  // CHECK-NEXT: dtc.relu
  // CHECK-NEXT: dtc.wait
  %0 = dtc.redistribute %x cause "a" : !partial -> !whole
  %1 = dtc.relu %z : (!whole) -> !whole
  %2 = dtc.add %0, %1 : (!whole, !whole) -> !whole
  return %1, %2 : !whole, !whole
}

// COMBINE-LABEL: @neighbours_combine_on_request
// CHECK-LABEL: @neighbours_combine_on_request
func.func @neighbours_combine_on_request(%x: !partial, %y: !partial) -> (!whole, !whole) {
  // COMBINE: dtc.concat
  // COMBINE-COUNT-1: dtc.all_reduce
  // COMBINE: dtc.split
  // CHECK-COUNT-2: dtc.all_reduce
  %0 = dtc.redistribute %x cause "a" : !partial -> !whole
  %1 = dtc.redistribute %y cause "b" : !partial -> !whole
  return %0, %1 : !whole, !whole
}

// CHECK-LABEL: @the_backward_half_computes_its_own_chunk
func.func @the_backward_half_computes_its_own_chunk(%x: !whole) -> !piece {
  // CHECK: %[[CUT:.*]] = dtc.local_slice %arg0
  // CHECK-NEXT: dtc.relu %[[CUT]]
  %0 = dtc.relu %x {dtc.phase = "backward"} : (!whole) -> !whole
  %1 = dtc.redistribute %0 cause "a" {dtc.phase = "optimizer"} : !whole -> !piece
  return %1 : !piece
}

// CHECK-LABEL: @the_forward_half_computes_what_it_says
func.func @the_forward_half_computes_what_it_says(%x: !whole) -> !piece {
  // CHECK: dtc.relu %arg0
  // CHECK-NEXT: dtc.local_slice
  %0 = dtc.relu %x : (!whole) -> !whole
  %1 = dtc.redistribute %0 cause "a" : !whole -> !piece
  return %1 : !piece
}

// CHECK-LABEL: @sums_of_reductions_of_the_backward_half_are_reduced_once
func.func @sums_of_reductions_of_the_backward_half_are_reduced_once(%x: !partial, %y: !partial, %z: !partial, %c: !whole) -> !whole {
  // CHECK: %[[XY:.*]] = dtc.add %arg0, %arg1
  // CHECK-NEXT: %[[XYZ:.*]] = dtc.add %[[XY]], %arg2
  // CHECK-NEXT: dtc.all_reduce %[[XYZ]]
  // CHECK-NEXT: %[[SUM:.*]] = dtc.wait
  // CHECK-NEXT: dtc.add %[[SUM]], %arg3
  // CHECK-NOT: dtc.all_reduce
  // CHECK: return
  %0 = dtc.redistribute %x cause "a" {dtc.phase = "backward"} : !partial -> !whole
  %1 = dtc.redistribute %y cause "b" {dtc.phase = "backward"} : !partial -> !whole
  %2 = dtc.redistribute %z cause "c" {dtc.phase = "backward"} : !partial -> !whole
  %3 = dtc.add %0, %c {dtc.phase = "backward"} : (!whole, !whole) -> !whole
  %4 = dtc.add %3, %1 {dtc.phase = "backward"} : (!whole, !whole) -> !whole
  %5 = dtc.add %4, %2 {dtc.phase = "backward"} : (!whole, !whole) -> !whole
  return %5 : !whole
}

// CHECK-LABEL: @gradients_are_reduced_in_buckets
func.func @gradients_are_reduced_in_buckets(%x: !partial, %y: !partial) -> (!whole, !whole, !whole) {
  // CHECK: dtc.add %arg0
  // CHECK: dtc.add %arg1
  // CHECK: %[[BOTH:.*]] = dtc.concat {{.*}}dtc.phase = "backward"
  // CHECK-NEXT: dtc.all_reduce %[[BOTH]] {{.*}}dtc.phase = "optimizer"
  // CHECK-NEXT: dtc.constant
  // CHECK: dtc.wait
  // CHECK-NEXT: dtc.split {{.*}}dtc.phase = "optimizer"
  // CHECK-NOT: dtc.all_reduce
  // CHECK: return
  %0 = dtc.add %x, %x {dtc.phase = "backward"} : (!partial, !partial) -> !partial
  %1 = dtc.add %y, %y {dtc.phase = "backward"} : (!partial, !partial) -> !partial
  %2 = dtc.constant dense<1.0> : tensor<8xf32> : !whole
  %3 = dtc.redistribute %0 cause "a" {dtc.phase = "optimizer"} : !partial -> !whole
  %4 = dtc.sub %3, %2 {dtc.phase = "optimizer"} : (!whole, !whole) -> !whole
  %5 = dtc.redistribute %1 cause "b" {dtc.phase = "optimizer"} : !partial -> !whole
  %6 = dtc.sub %5, %2 {dtc.phase = "optimizer"} : (!whole, !whole) -> !whole
  return %4, %6, %2 : !whole, !whole, !whole
}

// Of one size, two are under way at a time: the first is waited for behind the start of the third, in that part of the
// step.
// CHECK-LABEL: @few_large_gradients_are_under_way
func.func @few_large_gradients_are_under_way(%x: !partials, %y: !partials) -> (!wholes, !wholes) {
  // CHECK: %[[A:.*]] = dtc.all_reduce
  // CHECK: %[[B:.*]] = dtc.all_reduce
  // CHECK: %[[C:.*]] = dtc.all_reduce
  // CHECK-NEXT: dtc.wait %[[A]] {dtc.phase = "backward"}
  // CHECK: %[[D:.*]] = dtc.all_reduce
  // CHECK-NEXT: dtc.wait %[[B]] {dtc.phase = "backward"}
  // CHECK-DAG: dtc.wait %[[C]]
  // CHECK-DAG: dtc.wait %[[D]]
  %0 = dtc.add %x, %x {dtc.phase = "backward"} : (!partials, !partials) -> !partials
  %1 = dtc.add %0, %y {dtc.phase = "backward"} : (!partials, !partials) -> !partials
  %2 = dtc.add %1, %y {dtc.phase = "backward"} : (!partials, !partials) -> !partials
  %3 = dtc.add %2, %y {dtc.phase = "backward"} : (!partials, !partials) -> !partials
  %4 = dtc.redistribute %0 cause "a" {dtc.phase = "optimizer"} : !partials -> !wholes
  %5 = dtc.redistribute %1 cause "b" {dtc.phase = "optimizer"} : !partials -> !wholes
  %6 = dtc.sub %4, %5 {dtc.phase = "optimizer"} : (!wholes, !wholes) -> !wholes
  %7 = dtc.redistribute %2 cause "c" {dtc.phase = "optimizer"} : !partials -> !wholes
  %8 = dtc.redistribute %3 cause "d" {dtc.phase = "optimizer"} : !partials -> !wholes
  %9 = dtc.sub %7, %8 {dtc.phase = "optimizer"} : (!wholes, !wholes) -> !wholes
  return %6, %9 : !wholes, !wholes
}

// Of several sizes, twice the largest: beside a model's head two gradients of a third of its size, not a third one.
// CHECK-LABEL: @a_large_gradient_runs_beside_small_ones
func.func @a_large_gradient_runs_beside_small_ones(%h: !heads, %x: !partials) -> (!head, !wholes, !wholes, !wholes) {
  // CHECK: %[[HEAD:.*]] = dtc.all_reduce
  // CHECK-NOT: dtc.wait
  // CHECK: %[[A:.*]] = dtc.all_reduce
  // CHECK-NOT: dtc.wait
  // CHECK: dtc.all_reduce
  // CHECK-NOT: dtc.wait
  // CHECK: dtc.all_reduce
  // CHECK-NEXT: dtc.wait %[[HEAD]] {dtc.phase = "backward"}
  // CHECK: dtc.wait %[[A]] {dtc.phase = "optimizer"}
  %0 = dtc.add %h, %h {dtc.phase = "backward"} : (!heads, !heads) -> !heads
  %1 = dtc.add %x, %x {dtc.phase = "backward"} : (!partials, !partials) -> !partials
  %2 = dtc.add %1, %x {dtc.phase = "backward"} : (!partials, !partials) -> !partials
  %3 = dtc.add %2, %x {dtc.phase = "backward"} : (!partials, !partials) -> !partials
  %4 = dtc.redistribute %0 cause "a" {dtc.phase = "optimizer"} : !heads -> !head
  %5 = dtc.redistribute %1 cause "b" {dtc.phase = "optimizer"} : !partials -> !wholes
  %6 = dtc.redistribute %2 cause "c" {dtc.phase = "optimizer"} : !partials -> !wholes
  %7 = dtc.redistribute %3 cause "d" {dtc.phase = "optimizer"} : !partials -> !wholes
  %8 = dtc.sub %4, %4 {dtc.phase = "optimizer"} : (!head, !head) -> !head
  return %8, %5, %6, %7 : !head, !wholes, !wholes, !wholes
}

// Without the third, all overlap with what is left of the backward pass.
// CHECK-LABEL: @as_much_as_the_largest_runs_beside_it
func.func @as_much_as_the_largest_runs_beside_it(%h: !heads, %x: !partials) -> (!head, !wholes, !wholes) {
  // CHECK-NOT: dtc.phase = "backward"} : <tensor
  // CHECK: return
  %0 = dtc.add %h, %h {dtc.phase = "backward"} : (!heads, !heads) -> !heads
  %1 = dtc.add %x, %x {dtc.phase = "backward"} : (!partials, !partials) -> !partials
  %2 = dtc.add %1, %x {dtc.phase = "backward"} : (!partials, !partials) -> !partials
  %3 = dtc.redistribute %0 cause "a" {dtc.phase = "optimizer"} : !heads -> !head
  %4 = dtc.redistribute %1 cause "b" {dtc.phase = "optimizer"} : !partials -> !wholes
  %5 = dtc.redistribute %2 cause "c" {dtc.phase = "optimizer"} : !partials -> !wholes
  return %3, %4, %5 : !head, !wholes, !wholes
}

// What is made of the optimizer's results is apart from gradients: the gathered parameters keep none of them waiting.
// CHECK-LABEL: @gathered_parameters_are_apart
func.func @gathered_parameters_are_apart(%x: !partials, %s: !part) -> (!wholes, !wholes, !wholes, !wholes) {
  // CHECK-COUNT-2: dtc.all_gather
  // CHECK-NOT: dtc.wait
  // CHECK-COUNT-2: dtc.all_reduce
  // CHECK-NOT: dtc.all_reduce
  // CHECK-COUNT-4: dtc.wait
  // CHECK-NEXT: return
  %0 = dtc.add %s, %s {dtc.phase = "optimizer"} : (!part, !part) -> !part
  %1 = dtc.sub %s, %0 {dtc.phase = "optimizer"} : (!part, !part) -> !part
  %2 = dtc.add %x, %x {dtc.phase = "backward"} : (!partials, !partials) -> !partials
  %3 = dtc.add %2, %x {dtc.phase = "backward"} : (!partials, !partials) -> !partials
  %4 = dtc.redistribute %0 cause "a" {dtc.phase = "optimizer"} : !part -> !wholes
  %5 = dtc.redistribute %1 cause "b" {dtc.phase = "optimizer"} : !part -> !wholes
  %6 = dtc.redistribute %2 cause "c" {dtc.phase = "optimizer"} : !partials -> !wholes
  %7 = dtc.redistribute %3 cause "d" {dtc.phase = "optimizer"} : !partials -> !wholes
  return %4, %5, %6, %7 : !wholes, !wholes, !wholes, !wholes
}

}
