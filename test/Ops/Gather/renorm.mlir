// RUN: dtc-interpret %s --all --print | FileCheck %s
// RUN: not dtc-opt %s --dtc-propagate-placements 2>&1 | FileCheck %s --check-prefix=REFUSED

// REFUSED: 'dtc.embedding_renorm' op a lookup with a largest norm is not placed: aten.embedding_renorm_.default does not have a sharding strategy registered.
module attributes {dtc.mesh = #dtc.mesh<"tp" = 2>} {

// CHECK-LABEL: @rows_above_the_norm_are_scaled_once
// CHECK-NEXT: result0: 3x2xf32
// CHECK-NEXT: {{^  }}{{\[\[}}0.6, 0.8], [30, 40], [0.5, 0]]{{$}}
func.func @rows_above_the_norm_are_scaled_once() -> tensor<3x2xf32> {
  %w = dtc.constant dense<[[3.0, 4.0], [30.0, 40.0], [0.5, 0.0]]> : tensor<3x2xf32> : tensor<3x2xf32>
  %i = dtc.constant dense<[0, 2, -3]> : tensor<3xi64> : tensor<3xi64>
  %r = dtc.embedding_renorm %w, %i {maxNorm = 1.0 : f64} : (tensor<3x2xf32>, tensor<3xi64>) -> tensor<3x2xf32>
  return %r : tensor<3x2xf32>
}

}
