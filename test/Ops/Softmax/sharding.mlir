// RUN: dtc-opt %s --dtc-propagate-placements -o %t.mlir
// RUN: dtc-interpret %t.mlir --all --localize --seed 1 --tolerance 1e-6 | FileCheck %s
// RUN: dtc-opt %t.mlir --dtc-insert-collectives --dtc-optimize-collectives | FileCheck %s --check-prefix=COMM

#mesh = #dtc.mesh<"tp" = 4>
#split = #dtc.layout<#mesh, [shard(1)]>
module attributes {dtc.mesh = #mesh} {

// As the importer has SoftmaxCrossEntropyLoss: three small reductions, and the logits stay where they are.
// CHECK-LABEL: @cross_entropy_does_not_gather_split_classes
// CHECK-NEXT: result0: f32
// COMM-LABEL: @cross_entropy_does_not_gather_split_classes
// COMM-NOT: all_gather
// COMM: dtc.all_reduce {{.*}}tensor<6x1xf32,
// COMM-NOT: all_gather
// COMM: dtc.all_reduce {{.*}}tensor<6x1xf32,
// COMM-NOT: all_gather
// COMM: dtc.all_reduce {{.*}}tensor<6x1xf32,
// COMM-NOT: all_gather
// COMM-NOT: all_reduce
// COMM: return
func.func @cross_entropy_does_not_gather_split_classes(
    %x: tensor<6x13xf32> {dtc.layout = #split}, %t: tensor<6xi64> {dtc.range = [0, 12]}) -> tensor<f32> {
  %max = dtc.reduce_max %x {dims = array<i64: 1>, keepDims} : (tensor<6x13xf32>) -> tensor<6x1xf32>
  %shifted = dtc.sub %x, %max : (tensor<6x13xf32>, tensor<6x1xf32>) -> tensor<6x13xf32>
  %exp = dtc.exp %shifted : (tensor<6x13xf32>) -> tensor<6x13xf32>
  %sum = dtc.reduce_sum %exp {dims = array<i64: 1>, keepDims} : (tensor<6x13xf32>) -> tensor<6x1xf32>
  %log = dtc.log %sum : (tensor<6x1xf32>) -> tensor<6x1xf32>
  %i = dtc.reshape %t : (tensor<6xi64>) -> tensor<6x1xi64>
  %picked = dtc.gather_elements %shifted, %i {axis = 1 : i64} : (tensor<6x13xf32>, tensor<6x1xi64>) -> tensor<6x1xf32>
  %difference = dtc.sub %picked, %log : (tensor<6x1xf32>, tensor<6x1xf32>) -> tensor<6x1xf32>
  %loss = dtc.neg %difference : (tensor<6x1xf32>) -> tensor<6x1xf32>
  %r = dtc.reduce_mean %loss {dims = array<i64: 0, 1>} : (tensor<6x1xf32>) -> tensor<f32>
  return %r : tensor<f32>
}

}
