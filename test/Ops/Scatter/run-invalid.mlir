// An index out of range ends the compiled program with an error, before anything is written there.

// REQUIRES: dtc-compile
// RUN: dtc-compile %s -o %t.bundle
// RUN: %python -c "import numpy; numpy.savez('%t.npz', arg0=numpy.zeros(3, 'f4'), arg1=numpy.array([9]), arg2=numpy.ones(1, 'f4'))"
// RUN: not dtc-run %t.bundle --input %t.npz 2>&1 | FileCheck %s

// CHECK: an update wants index 9, expected one from -3 to 2
func.func @main(%d: tensor<3xf32>, %i: tensor<1xi64>, %u: tensor<1xf32>) -> tensor<3xf32> {
  %r = dtc.scatter_elements %d, %i, %u {axis = 0 : i64} : (tensor<3xf32>, tensor<1xi64>, tensor<1xf32>) -> tensor<3xf32>
  return %r : tensor<3xf32>
}
