// RUN: dtc-interpret %s --entry ranges --print --seed 3 | FileCheck %s --check-prefix=RANGE
// RUN: %python -c "import numpy; numpy.savez('%t.npz', x=numpy.array([1, 2], numpy.float32))"
// RUN: %python -c "import numpy; numpy.savez('%t.w.npz', w=numpy.array([10, 20], numpy.float32))"
// RUN: dtc-interpret %s --entry files --print --input %t.npz --parameters %t.w.npz | FileCheck %s --check-prefix=FILES
// RUN: dtc-interpret - --entry files --print --input %t.npz --parameters %t.w.npz < %s | FileCheck %s --check-prefix=FILES
// RUN: not dtc-interpret %s --entry misshapen --input %t.npz 2>&1 | FileCheck %s --check-prefix=MISSHAPEN
// RUN: not dtc-interpret %s --entry malformed 2>&1 | FileCheck %s --check-prefix=MALFORMED
// RUN: not dtc-interpret %s --entry nothing 2>&1 | FileCheck %s --check-prefix=NOTHING
// RUN: not dtc-interpret %s --all --input %t.none.npz 2>&1 | FileCheck %s --check-prefix=NOFILE

// Integers stay in their range, bounds included; truth values are 0 and 1.
// RANGE: result0: 8xi64
// RANGE-NEXT: {{^  \[(-2|-1)(, (-2|-1))*\]$}}
// RANGE-NEXT: result1: 8xi32
// RANGE-NEXT: {{^  \[[0-7](, [0-7])*\]$}}
// RANGE-NEXT: result2: 4xbool
// RANGE-NEXT: {{^  \[(true|false)(, (true|false))*\]$}}
func.func @ranges(%a: tensor<8xi64> {dtc.range = [-2, -1]}, %b: tensor<8xi32>, %c: tensor<4xi1>)
    -> (tensor<8xi64>, tensor<8xi32>, tensor<4xi1>) {
  return %a, %b, %c : tensor<8xi64>, tensor<8xi32>, tensor<4xi1>
}

// FILES: y: 2xf32
// FILES-NEXT: [11, 22]
func.func @files(%x: tensor<2xf32> {dtc.name = "x"}) -> (tensor<2xf32> {dtc.name = "y"}) {
  %w = dtc.parameter "w" : tensor<2xf32>
  %y = dtc.add %x, %w : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
  return %y : tensor<2xf32>
}

// MISSHAPEN: expected 'tensor<3xf32>' for input 'x', got 2xf32
func.func @misshapen(%x: tensor<3xf32> {dtc.name = "x"}) -> tensor<3xf32> {
  return %x : tensor<3xf32>
}

// MALFORMED: expected 'dtc.range' of the form [lowest, highest], got [3, 1]
func.func @malformed(%x: tensor<3xi32> {dtc.range = [3, 1]}) -> tensor<3xi32> {
  return %x : tensor<3xi32>
}

// NOTHING: expected a function 'nothing' in '{{.*}}'; choose one with --entry
// NOFILE: error: {{.*}}none.npz
