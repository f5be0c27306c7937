// RUN: dtc-interpret %s --all --print | FileCheck %s

// CHECK-LABEL: @a_splat_fills_its_shape
// CHECK-NEXT: result0: 2x2xi64
// CHECK-NEXT: {{^  }}{{\[\[}}7, 7], [7, 7]]{{$}}
func.func @a_splat_fills_its_shape() -> tensor<2x2xi64> {
  %r = dtc.constant dense<7> : tensor<2x2xi64> : tensor<2x2xi64>
  return %r : tensor<2x2xi64>
}

// CHECK-LABEL: @truth_values_are_unpacked
// CHECK-NEXT: result0: 9xbool
// CHECK-NEXT: {{^  }}[true, false, false, true, true, true, false, false, true]{{$}}
func.func @truth_values_are_unpacked() -> tensor<9xi1> {
  %r = dtc.constant dense<[true, false, false, true, true, true, false, false, true]> : tensor<9xi1> : tensor<9xi1>
  return %r : tensor<9xi1>
}

// CHECK-LABEL: @a_parameter_may_bring_its_value
// CHECK-NEXT: result0: 2xf32
// CHECK-NEXT: {{^  }}[1.5, 2.5]{{$}}
func.func @a_parameter_may_bring_its_value() -> tensor<2xf32> {
  %r = dtc.parameter "w" {dtc.constant = dense<[1.5, 2.5]> : tensor<2xf32>} : tensor<2xf32>
  return %r : tensor<2xf32>
}
