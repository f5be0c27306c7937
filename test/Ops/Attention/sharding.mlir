// RUN: dtc-opt %s --dtc-propagate-placements -o %t.mlir
// RUN: dtc-interpret %t.mlir --all --localize --seed 1 --tolerance 1e-6 | FileCheck %s --check-prefix=AGREE
// RUN: dtc-opt %t.mlir --dtc-insert-collectives | FileCheck %s
// RUN: dtc-opt %t.mlir --dtc-print-sharding-rules 2>&1 | FileCheck %s --check-prefix=RULE
// AGREE-COUNT-14: local differs by

#mesh = #dtc.mesh<"dp" = 2, "tp" = 3>
#heads = #dtc.layout<#mesh, [replicate, shard(1)]>
#both = #dtc.layout<#mesh, [shard(0), shard(1)]>
#twice = #dtc.layout<#mesh, [shard(1), shard(1)]>
#rows = #dtc.layout<#mesh, [replicate, shard(2)]>
#depth = #dtc.layout<#mesh, [replicate, shard(3)]>
#sums = #dtc.layout<#mesh, [replicate, partial(sum)]>
#maskheads = #dtc.layout<#mesh, [replicate, shard(0)]>
module attributes {dtc.mesh = #mesh} {

// RULE: ([b0, k*g, s, d], [b0, k, t, d], [b0, k, t, e]) -> ([b0, k*g, s, e])
// CHECK-LABEL: @batches_and_whole_groups_need_nothing
// CHECK-NOT: dtc.wait
// CHECK: dtc.attention {{.*}} -> tensor<3x6x5x4xf32, #dtc.layout<{{.*}}, [shard(0), shard(1)]>>
func.func @batches_and_whole_groups_need_nothing(%q: tensor<3x6x5x4xf32> {dtc.layout = #both}, %k: tensor<3x3x7x4xf32> {dtc.layout = #both}, %v: tensor<3x3x7x4xf32> {dtc.layout = #both}) -> (tensor<3x6x5x4xf32> {dtc.as_is}) {
  %r = dtc.attention %q, %k, %v {scale = 0.5 : f64}
    : (tensor<3x6x5x4xf32>, tensor<3x3x7x4xf32>, tensor<3x3x7x4xf32>) -> tensor<3x6x5x4xf32>
  return %r : tensor<3x6x5x4xf32>
}

// CHECK-LABEL: @uneven_heads_of_their_own
// CHECK-NOT: dtc.wait
// CHECK: dtc.attention
func.func @uneven_heads_of_their_own(%q: tensor<2x5x5x4xf32> {dtc.layout = #heads}, %k: tensor<2x5x7x4xf32> {dtc.layout = #heads}, %v: tensor<2x5x7x4xf32> {dtc.layout = #heads}) -> (tensor<2x5x5x4xf32> {dtc.as_is}) {
  %r = dtc.attention %q, %k, %v {scale = 0.5 : f64, after = 2 : i64}
    : (tensor<2x5x5x4xf32>, tensor<2x5x7x4xf32>, tensor<2x5x7x4xf32>) -> tensor<2x5x5x4xf32>
  return %r : tensor<2x5x5x4xf32>
}

// Two axes: key heads first, then the heads of each group.
// CHECK-LABEL: @groups_are_split_when_there_are_no_more_key_heads
// CHECK-NOT: dtc.wait
// CHECK: dtc.attention {{.*}} -> tensor<1x8x5x4xf32, #dtc.layout<{{.*}}, [shard(1), shard(1)]>>
func.func @groups_are_split_when_there_are_no_more_key_heads(%q: tensor<1x8x5x4xf32> {dtc.layout = #twice}, %k: tensor<1x2x7x4xf32>, %v: tensor<1x2x7x4xf32>) -> (tensor<1x8x5x4xf32> {dtc.as_is}) {
  %r = dtc.attention %q, %k, %v {scale = 0.5 : f64}
    : (tensor<1x8x5x4xf32>, tensor<1x2x7x4xf32>, tensor<1x2x7x4xf32>) -> tensor<1x8x5x4xf32>
  return %r : tensor<1x8x5x4xf32>
}

// Two key heads on three ranks: they are repeated, and the queries stay.
// CHECK-LABEL: @key_heads_that_no_rank_has_whole_are_repeated
// CHECK-NOT: dtc.wait
// CHECK: dtc.broadcast
// CHECK-NOT: dtc.wait
// CHECK: dtc.attention {{.*}} -> tensor<1x6x5x4xf32, #dtc.layout<{{.*}}, [replicate, shard(1)]>>
func.func @key_heads_that_no_rank_has_whole_are_repeated(%q: tensor<1x6x5x4xf32> {dtc.layout = #heads}, %k: tensor<1x2x7x4xf32>, %v: tensor<1x2x7x4xf32>, %m: tensor<6x5x7xi1> {dtc.layout = #maskheads}) -> (tensor<1x6x5x4xf32> {dtc.as_is}) {
  %r = dtc.attention %q, %k, %v, %m {scale = 0.5 : f64}
    : (tensor<1x6x5x4xf32>, tensor<1x2x7x4xf32>, tensor<1x2x7x4xf32>, tensor<6x5x7xi1>) -> tensor<1x6x5x4xf32>
  return %r : tensor<1x6x5x4xf32>
}

// CHECK-LABEL: @one_key_head_for_split_queries
// CHECK-NOT: dtc.wait
// CHECK: dtc.attention
func.func @one_key_head_for_split_queries(%q: tensor<1x5x5x4xf32> {dtc.layout = #heads}, %k: tensor<1x1x7x4xf32>, %v: tensor<1x1x7x4xf32>) -> (tensor<1x5x5x4xf32> {dtc.as_is}) {
  %r = dtc.attention %q, %k, %v {scale = 0.5 : f64}
    : (tensor<1x5x5x4xf32>, tensor<1x1x7x4xf32>, tensor<1x1x7x4xf32>) -> tensor<1x5x5x4xf32>
  return %r : tensor<1x5x5x4xf32>
}

// Each rank counts from its own first query.
// CHECK-LABEL: @causal_queries_in_uneven_pieces
// CHECK-NOT: dtc.wait
// CHECK: dtc.attention
func.func @causal_queries_in_uneven_pieces(%q: tensor<1x2x7x4xf32> {dtc.layout = #rows}, %k: tensor<1x2x7x4xf32>, %v: tensor<1x2x7x4xf32>, %m: tensor<1x1x7x7xf32> {dtc.layout = #rows}) -> (tensor<1x2x7x4xf32> {dtc.as_is}) {
  %r = dtc.attention %q, %k, %v, %m {scale = 0.5 : f64, before = 3 : i64, after = 0 : i64}
    : (tensor<1x2x7x4xf32>, tensor<1x2x7x4xf32>, tensor<1x2x7x4xf32>, tensor<1x1x7x7xf32>) -> tensor<1x2x7x4xf32>
  return %r : tensor<1x2x7x4xf32>
}

// CHECK-LABEL: @split_keys_are_gathered
// CHECK: dtc.all_gather
// CHECK: dtc.all_gather
// CHECK: dtc.attention {{.*}} -> tensor<1x1x70x4xf32, #dtc.layout<{{.*}}, [replicate, shard(2)]>>
func.func @split_keys_are_gathered(%q: tensor<1x1x70x4xf32> {dtc.layout = #rows}, %k: tensor<1x1x7x4xf32> {dtc.layout = #rows}, %v: tensor<1x1x7x4xf32> {dtc.layout = #rows}) -> (tensor<1x1x70x4xf32> {dtc.as_is}) {
  %r = dtc.attention %q, %k, %v {scale = 0.5 : f64}
    : (tensor<1x1x70x4xf32>, tensor<1x1x7x4xf32>, tensor<1x1x7x4xf32>) -> tensor<1x1x70x4xf32>
  return %r : tensor<1x1x70x4xf32>
}

// CHECK-LABEL: @values_split_by_depth
// CHECK-NOT: dtc.wait
// CHECK: dtc.attention {{.*}} -> tensor<1x2x5x6xf32, #dtc.layout<{{.*}}, [replicate, shard(3)]>>
func.func @values_split_by_depth(%q: tensor<1x2x5x4xf32>, %k: tensor<1x2x7x4xf32>, %v: tensor<1x2x7x6xf32> {dtc.layout = #depth}) -> (tensor<1x2x5x6xf32> {dtc.as_is}) {
  %r = dtc.attention %q, %k, %v {scale = 0.5 : f64}
    : (tensor<1x2x5x4xf32>, tensor<1x2x7x4xf32>, tensor<1x2x7x6xf32>) -> tensor<1x2x5x6xf32>
  return %r : tensor<1x2x5x6xf32>
}

// As the reference does, which knows no partial values here.
// CHECK-LABEL: @partial_values_are_completed
// CHECK: dtc.{{all_reduce|reduce_scatter}}
// CHECK: dtc.attention
func.func @partial_values_are_completed(%q: tensor<1x2x5x4xf32>, %k: tensor<1x2x7x4xf32>, %v: tensor<1x2x7x6xf32> {dtc.layout = #sums}) -> (tensor<1x2x5x6xf32> {dtc.as_is}) {
  %r = dtc.attention %q, %k, %v {scale = 0.5 : f64}
    : (tensor<1x2x5x4xf32>, tensor<1x2x7x4xf32>, tensor<1x2x7x6xf32>) -> tensor<1x2x5x6xf32>
  return %r : tensor<1x2x5x6xf32>
}

// CHECK-LABEL: @sums_of_rows_and_heads
// CHECK-NOT: dtc.wait
// CHECK: dtc.attention {{.*}} -> (tensor<3x6x5x4xf32, #dtc.layout<{{.*}}, [shard(0), shard(1)]>>, tensor<3x6x5x1xf32, #dtc.layout<{{.*}}, [shard(0), shard(1)]>>)
func.func @sums_of_rows_and_heads(%q: tensor<3x6x5x4xf32> {dtc.layout = #both}, %k: tensor<3x3x7x4xf32> {dtc.layout = #both}, %v: tensor<3x3x7x4xf32> {dtc.layout = #both}) -> (tensor<3x6x5x4xf32> {dtc.as_is}, tensor<3x6x5x1xf32> {dtc.as_is}) {
  %r, %s = dtc.attention %q, %k, %v {scale = 0.5 : f64, keepsSums}
    : (tensor<3x6x5x4xf32>, tensor<3x3x7x4xf32>, tensor<3x3x7x4xf32>) -> (tensor<3x6x5x4xf32>, tensor<3x6x5x1xf32>)
  return %r, %s : tensor<3x6x5x4xf32>, tensor<3x6x5x1xf32>
}

// CHECK-LABEL: @gradients_of_batches_and_whole_groups
// RULE: ([b0, k*g, s, d], [b0, k, t, d], [b0, k, t, e], [b0, k*g, s, e], [b0, k*g, s, 1], [b0, k*g, s, e]) -> ([b0, k*g, s, d], [b0, k, t, d], [b0, k, t, e]) contract = {g: sum, s: sum, e: sum} whole = {t, d}
// CHECK-NOT: dtc.wait
// CHECK: dtc.attention_gradient {{.*}} -> (tensor<3x6x5x4xf32, #dtc.layout<{{.*}}, [shard(0), shard(1)]>>, tensor<3x3x7x4xf32, #dtc.layout<{{.*}}, [shard(0), shard(1)]>>, tensor<3x3x7x4xf32, #dtc.layout<{{.*}}, [shard(0), shard(1)]>>)
func.func @gradients_of_batches_and_whole_groups(%q: tensor<3x6x5x4xf32> {dtc.layout = #both}, %k: tensor<3x3x7x4xf32> {dtc.layout = #both}, %v: tensor<3x3x7x4xf32> {dtc.layout = #both}, %o: tensor<3x6x5x4xf32> {dtc.layout = #both}, %s: tensor<3x6x5x1xf32> {dtc.layout = #both}, %g: tensor<3x6x5x4xf32> {dtc.layout = #both}) -> (tensor<3x6x5x4xf32> {dtc.as_is}, tensor<3x3x7x4xf32> {dtc.as_is}, tensor<3x3x7x4xf32> {dtc.as_is}) {
  %x, %y, %z = dtc.attention_gradient %q, %k, %v, %o, %s, %g {scale = 0.5 : f64}
    : (tensor<3x6x5x4xf32>, tensor<3x3x7x4xf32>, tensor<3x3x7x4xf32>, tensor<3x6x5x4xf32>, tensor<3x6x5x1xf32>, tensor<3x6x5x4xf32>) -> (tensor<3x6x5x4xf32>, tensor<3x3x7x4xf32>, tensor<3x3x7x4xf32>)
  return %x, %y, %z : tensor<3x6x5x4xf32>, tensor<3x3x7x4xf32>, tensor<3x3x7x4xf32>
}

// CHECK-LABEL: @gradients_of_split_groups_are_parts
// CHECK-NOT: dtc.wait
// CHECK: dtc.attention_gradient {{.*}} -> (tensor<1x8x5x4xf32, #dtc.layout<{{.*}}, [shard(1), shard(1)]>>, tensor<1x2x7x4xf32, #dtc.layout<{{.*}}, [shard(1), partial(sum)]>>, tensor<1x2x7x4xf32, #dtc.layout<{{.*}}, [shard(1), partial(sum)]>>)
func.func @gradients_of_split_groups_are_parts(%q: tensor<1x8x5x4xf32> {dtc.layout = #twice}, %k: tensor<1x2x7x4xf32>, %v: tensor<1x2x7x4xf32>, %o: tensor<1x8x5x4xf32> {dtc.layout = #twice}, %s: tensor<1x8x5x1xf32> {dtc.layout = #twice}, %g: tensor<1x8x5x4xf32> {dtc.layout = #twice}) -> (tensor<1x8x5x4xf32> {dtc.as_is}, tensor<1x2x7x4xf32> {dtc.as_is}, tensor<1x2x7x4xf32> {dtc.as_is}) {
  %x, %y, %z = dtc.attention_gradient %q, %k, %v, %o, %s, %g {scale = 0.5 : f64}
    : (tensor<1x8x5x4xf32>, tensor<1x2x7x4xf32>, tensor<1x2x7x4xf32>, tensor<1x8x5x4xf32>, tensor<1x8x5x1xf32>, tensor<1x8x5x4xf32>) -> (tensor<1x8x5x4xf32>, tensor<1x2x7x4xf32>, tensor<1x2x7x4xf32>)
  return %x, %y, %z : tensor<1x8x5x4xf32>, tensor<1x2x7x4xf32>, tensor<1x2x7x4xf32>
}

// CHECK-LABEL: @gradients_of_uneven_pieces_of_queries_are_parts
// CHECK-NOT: dtc.wait
// CHECK: dtc.attention_gradient {{.*}} -> (tensor<1x2x7x4xf32, #dtc.layout<{{.*}}, [replicate, shard(2)]>>, tensor<1x2x7x4xf32, #dtc.layout<{{.*}}, [replicate, partial(sum)]>>, tensor<1x2x7x4xf32, #dtc.layout<{{.*}}, [replicate, partial(sum)]>>)
func.func @gradients_of_uneven_pieces_of_queries_are_parts(%q: tensor<1x2x7x4xf32> {dtc.layout = #rows}, %k: tensor<1x2x7x4xf32>, %v: tensor<1x2x7x4xf32>, %o: tensor<1x2x7x4xf32> {dtc.layout = #rows}, %s: tensor<1x2x7x1xf32> {dtc.layout = #rows}, %g: tensor<1x2x7x4xf32> {dtc.layout = #rows}) -> (tensor<1x2x7x4xf32> {dtc.as_is}, tensor<1x2x7x4xf32> {dtc.as_is}, tensor<1x2x7x4xf32> {dtc.as_is}) {
  %x, %y, %z = dtc.attention_gradient %q, %k, %v, %o, %s, %g {scale = 0.5 : f64, before = 3 : i64, after = 0 : i64}
    : (tensor<1x2x7x4xf32>, tensor<1x2x7x4xf32>, tensor<1x2x7x4xf32>, tensor<1x2x7x4xf32>, tensor<1x2x7x1xf32>, tensor<1x2x7x4xf32>) -> (tensor<1x2x7x4xf32>, tensor<1x2x7x4xf32>, tensor<1x2x7x4xf32>)
  return %x, %y, %z : tensor<1x2x7x4xf32>, tensor<1x2x7x4xf32>, tensor<1x2x7x4xf32>
}

// Two key heads on three ranks: they are repeated, and the queries stay.
// CHECK-LABEL: @gradients_where_groups_are_cut
// CHECK-NOT: dtc.wait
// CHECK: dtc.attention_gradient {{.*}} -> (tensor<1x6x5x4xf32, #dtc.layout<{{.*}}, [replicate, shard(1)]>>
func.func @gradients_where_groups_are_cut(%q: tensor<1x6x5x4xf32> {dtc.layout = #heads}, %k: tensor<1x2x7x4xf32>, %v: tensor<1x2x7x4xf32>, %o: tensor<1x6x5x4xf32> {dtc.layout = #heads}, %s: tensor<1x6x5x1xf32> {dtc.layout = #heads}, %g: tensor<1x6x5x4xf32> {dtc.layout = #heads}) -> (tensor<1x6x5x4xf32> {dtc.as_is}, tensor<1x2x7x4xf32> {dtc.as_is}, tensor<1x2x7x4xf32> {dtc.as_is}) {
  %x, %y, %z = dtc.attention_gradient %q, %k, %v, %o, %s, %g {scale = 0.5 : f64}
    : (tensor<1x6x5x4xf32>, tensor<1x2x7x4xf32>, tensor<1x2x7x4xf32>, tensor<1x6x5x4xf32>, tensor<1x6x5x1xf32>, tensor<1x6x5x4xf32>) -> (tensor<1x6x5x4xf32>, tensor<1x2x7x4xf32>, tensor<1x2x7x4xf32>)
  return %x, %y, %z : tensor<1x6x5x4xf32>, tensor<1x2x7x4xf32>, tensor<1x2x7x4xf32>
}
}
