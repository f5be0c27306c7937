// RUN: split-file %s %t
// RUN: dtc-interpret %t/one.mlir --compare-with %t/same.mlir | FileCheck %s --check-prefix=SAME
// RUN: not dtc-interpret %t/one.mlir --compare-with %t/other.mlir 2>&1 | FileCheck %s --check-prefix=OTHER
// RUN: dtc-interpret %t/one.mlir --compare-with %t/other.mlir --tolerance 0.5 | FileCheck %s --check-prefix=TOLERANT
// RUN: not dtc-interpret %t/one.mlir --compare-with %t/shape.mlir 2>&1 | FileCheck %s --check-prefix=SHAPE

// SAME: y: 3xf32, other global differs by 0
// OTHER: y: 3xf32, other global differs by 0.25
// OTHER: error: expected results that differ by at most 0
// TOLERANT: y: 3xf32, other global differs by 0.25
// SHAPE: y: 3xf32, other global differs by its shape or type

//--- one.mlir
func.func @main(%x: tensor<3xf32>) -> (tensor<3xf32> {dtc.name = "y"}) {
  return %x : tensor<3xf32>
}

//--- same.mlir
func.func @main(%x: tensor<3xf32>) -> (tensor<3xf32> {dtc.name = "y"}) {
  %0 = dtc.neg %x : (tensor<3xf32>) -> tensor<3xf32>
  %1 = dtc.neg %0 : (tensor<3xf32>) -> tensor<3xf32>
  return %1 : tensor<3xf32>
}

//--- other.mlir
func.func @main(%x: tensor<3xf32>) -> (tensor<3xf32> {dtc.name = "y"}) {
  %c = dtc.constant dense<0.25> : tensor<f32> : tensor<f32>
  %0 = dtc.add %x, %c : (tensor<3xf32>, tensor<f32>) -> tensor<3xf32>
  return %0 : tensor<3xf32>
}

//--- shape.mlir
func.func @main(%x: tensor<3xf32>) -> (tensor<3x1xf32> {dtc.name = "y"}) {
  %0 = dtc.reshape %x : (tensor<3xf32>) -> tensor<3x1xf32>
  return %0 : tensor<3x1xf32>
}
