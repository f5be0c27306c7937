// RUN: dtc-interpret %s --all --print | FileCheck %s

// CHECK-LABEL: @stack_before_the_first_dimension
// CHECK-NEXT: result0: 2x3xf32
// CHECK-NEXT: {{^  }}{{\[\[}}1, 2, 3], [4, 5, 6]]{{$}}
func.func @stack_before_the_first_dimension() -> tensor<2x3xf32> {
  %a = dtc.constant dense<[1.0, 2.0, 3.0]> : tensor<3xf32> : tensor<3xf32>
  %b = dtc.constant dense<[4.0, 5.0, 6.0]> : tensor<3xf32> : tensor<3xf32>
  %r = dtc.stack %a, %b {axis = 0 : i64} : (tensor<3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  return %r : tensor<2x3xf32>
}

// CHECK-LABEL: @stack_behind_the_last_dimension
// CHECK-NEXT: result0: 2x2x3xi64
// CHECK-NEXT: {{^  }}{{\[\[\[}}1, 5, 1], [2, 6, 2]], {{\[\[}}3, 7, 3], [4, 8, 4]]]{{$}}
func.func @stack_behind_the_last_dimension() -> tensor<2x2x3xi64> {
  %a = dtc.constant dense<[[1, 2], [3, 4]]> : tensor<2x2xi64> : tensor<2x2xi64>
  %b = dtc.constant dense<[[5, 6], [7, 8]]> : tensor<2x2xi64> : tensor<2x2xi64>
  %r = dtc.stack %a, %b, %a {axis = 2 : i64} : (tensor<2x2xi64>, tensor<2x2xi64>, tensor<2x2xi64>) -> tensor<2x2x3xi64>
  return %r : tensor<2x2x3xi64>
}

// CHECK-LABEL: @stack_of_scalars
// CHECK-NEXT: result0: 2xf32
// CHECK-NEXT: {{^  }}[1, 2]{{$}}
func.func @stack_of_scalars() -> tensor<2xf32> {
  %a = dtc.constant dense<1.0> : tensor<f32> : tensor<f32>
  %b = dtc.constant dense<2.0> : tensor<f32> : tensor<f32>
  %r = dtc.stack %a, %b {axis = 0 : i64} : (tensor<f32>, tensor<f32>) -> tensor<2xf32>
  return %r : tensor<2xf32>
}

// CHECK-LABEL: @unbind_gives_columns
// CHECK-NEXT: result0: 2xf32
// CHECK-NEXT: {{^  }}[1, 4]{{$}}
// CHECK-NEXT: result1: 2xf32
// CHECK-NEXT: {{^  }}[3, 6]{{$}}
func.func @unbind_gives_columns() -> (tensor<2xf32>, tensor<2xf32>) {
  %a = dtc.constant dense<[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]> : tensor<2x3xf32> : tensor<2x3xf32>
  %r:3 = dtc.unbind %a {axis = 1 : i64} : (tensor<2x3xf32>) -> (tensor<2xf32>, tensor<2xf32>, tensor<2xf32>)
  return %r#0, %r#2 : tensor<2xf32>, tensor<2xf32>
}

// CHECK-LABEL: @unbind_of_a_vector_gives_scalars
// CHECK-NEXT: result0: f32
// CHECK-NEXT: {{^  }}2{{$}}
func.func @unbind_of_a_vector_gives_scalars() -> tensor<f32> {
  %a = dtc.constant dense<[1.0, 2.0]> : tensor<2xf32> : tensor<2xf32>
  %r:2 = dtc.unbind %a {axis = 0 : i64} : (tensor<2xf32>) -> (tensor<f32>, tensor<f32>)
  return %r#1 : tensor<f32>
}
