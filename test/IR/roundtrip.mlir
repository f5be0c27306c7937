// RUN: dtc-opt %s | dtc-opt | FileCheck %s
// RUN: dtc-opt %s --emit-bytecode | dtc-opt | FileCheck %s
// RUN: dtc-opt %s --mlir-print-op-generic | dtc-opt | FileCheck %s

// CHECK: #mesh = #dtc.mesh<"dp" = 2, "tp" = 4>
#mesh = #dtc.mesh<"dp" = 2, "tp" = 4>

// CHECK-LABEL: @every_placement_has_a_word
func.func @every_placement_has_a_word(
    // CHECK-SAME: #dtc.layout<#mesh, [shard(0), replicate]>
    %a: tensor<8x16xf32, #dtc.layout<#mesh, [shard(0), replicate]>>,
    // CHECK-SAME: [partial(sum), partial(avg)]
    %b: tensor<8x16xf32, #dtc.layout<#mesh, [partial(sum), partial(avg)]>>,
    // CHECK-SAME: [partial(max), partial(min)]
    %c: tensor<8x16xf32, #dtc.layout<#mesh, [partial(max), partial(min)]>>,
    // CHECK-SAME: [partial(product), mask_partial(30)]
    %d: tensor<8x16xf32, #dtc.layout<#mesh, [partial(product), mask_partial(30)]>>) {
  return
}

// CHECK-LABEL: @collectives_are_asynchronous
func.func @collectives_are_asynchronous(
    %x: tensor<8xf32, #dtc.layout<#mesh, [replicate, partial(sum)]>>)
    -> tensor<8xf32, #dtc.layout<#mesh, [replicate, replicate]>> {
  // CHECK: %[[START:.*]] = dtc.all_reduce %{{.*}} {axis = 1
  %0 = dtc.all_reduce %x {axis = 1 : i64, cause = "why", module = "net", reduce = 0 : i64}
    : tensor<8xf32, #dtc.layout<#mesh, [replicate, partial(sum)]>>
    -> <tensor<8xf32, #dtc.layout<#mesh, [replicate, replicate]>>>
  // CHECK: dtc.wait %[[START]]
  %1 = dtc.wait %0 : <tensor<8xf32, #dtc.layout<#mesh, [replicate, replicate]>>>
    -> tensor<8xf32, #dtc.layout<#mesh, [replicate, replicate]>>
  return %1 : tensor<8xf32, #dtc.layout<#mesh, [replicate, replicate]>>
}
