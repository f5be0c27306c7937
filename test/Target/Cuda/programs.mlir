// One program: its text at each stage, and its bundle with and without a driver.
//
// REQUIRES: dtc-compile
// RUN: dtc-compile %s --target cuda --mesh tp=1 --emit lowered -o - | FileCheck %s --check-prefix=LOWERED
// RUN: dtc-compile %s --target cuda --mesh tp=1 --emit llvm -o - | FileCheck %s --check-prefix=LLVM
// RUN: dtc-compile %s --target cuda --mesh tp=1 --emit ptx -o - | FileCheck %s --check-prefix=PTX
// RUN: dtc-compile %s --target cuda --mesh tp=1 --emit ptx --cuda-arch sm_120 -o - | FileCheck %s --check-prefix=NEWER
//
// RUN: rm -rf %t && mkdir %t
// RUN: dtc-compile %s --target cuda --mesh tp=1 -o %t/bundle
// RUN: %python -c "import numpy; numpy.savez('%t/in.npz', x=numpy.ones((64, 256), 'f'), ids=numpy.array([[3, 9]]), table=numpy.ones((8, 4), 'f'))"
// RUN: env DTC_CUDA_DRIVER=%t/absent.so %python %S/../../Tools/Inputs/exits.py 3 dtc-run %t/bundle --input %t/in.npz | FileCheck %s --check-prefix=ABSENT
// RUN: %gpu %python %S/../../Tools/Inputs/exits.py 1 dtc-run %t/bundle --input %t/in.npz --output %t/out.npz | FileCheck %s --check-prefix=RANGE
//
// ABSENT: no CUDA driver: cannot open '{{.*}}absent.so'; a bundle for cuda needs an NVIDIA GPU and its driver
// RANGE: a lookup wants row 9, expected one from -8 to 7

// LOWERED: // step:
// LOWERED-NEXT: //   kernel0(x, y)
// LOWERED: // kernels:
// LOWERED-NEXT: // kernel0: 64 rows of 256, a warp each, 4 lanes, 16 x 128 threads
// LOWERED: func.func @kernel0
// LOWERED: nvvm.shfl.sync bfly

// LLVM: target triple = "nvptx64-nvidia-cuda"
// LLVM: define ptx_kernel void @kernel0(

// PTX: // kernel0: 64 rows of 256
// PTX: .target sm_90
// PTX: .visible .entry kernel0(
// PTX: .reqntid 128
// PTX: ld.global.nc.v4.b32
// PTX: shfl.sync.bfly.b32
// PTX: st.global.v4.b32

// NEWER: .target sm_120
func.func @main(%x: tensor<64x256xf32> {dtc.name = "x"}, %ids: tensor<1x2xi64> {dtc.name = "ids"}, %table: tensor<8x4xf32> {dtc.name = "table"}) -> (tensor<64x256xf32> {dtc.name = "y"}, tensor<1x2x4xf32> {dtc.name = "z"}) {
  %y = dtc.softmax %x {axis = 1 : i64} : (tensor<64x256xf32>) -> tensor<64x256xf32>
  %z = dtc.gather %table, %ids {axis = 0 : i64} : (tensor<8x4xf32>, tensor<1x2xi64>) -> tensor<1x2x4xf32>
  return %y, %z : tensor<64x256xf32>, tensor<1x2x4xf32>
}
