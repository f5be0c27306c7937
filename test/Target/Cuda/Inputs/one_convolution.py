"""Writes a convolution with bias and relu and its inputs to FOLDER, or checks the numbers in FOLDER/out.npz.

usage: one_convolution.py FOLDER [--check]
"""

import os
import sys

import numpy as np

PROGRAM = """
func.func @main(%x: tensor<2x3x8x9xf32> {dtc.name = "x"}, %w: tensor<4x3x3x3xf32> {dtc.name = "w"},
                %b: tensor<4xf32> {dtc.name = "b"}) -> (tensor<2x4x8x9xf32> {dtc.name = "y"}) {
  %r = dtc.convolution %x, %w, %b {strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>,
         padsBegin = array<i64: 1, 1>, padsEnd = array<i64: 1, 1>, groups = 1 : i64}
       : (tensor<2x3x8x9xf32>, tensor<4x3x3x3xf32>, tensor<4xf32>) -> tensor<2x4x8x9xf32>
  %s = dtc.relu %r : (tensor<2x4x8x9xf32>) -> tensor<2x4x8x9xf32>
  return %s : tensor<2x4x8x9xf32>
}
"""


def main():
    folder = sys.argv[1]
    random = np.random.default_rng(3)
    shapes = (2, 3, 8, 9), (4, 3, 3, 3), (4,)
    x, w, b = (random.standard_normal(shape).astype(np.float32) for shape in shapes)
    if "--check" not in sys.argv:
        np.savez(os.path.join(folder, "in.npz"), x=x, w=w, b=b)
        with open(os.path.join(folder, "convolution.mlir"), "w") as file:
            file.write(PROGRAM)
        return
    padded = np.pad(x.astype(np.float64), ((0, 0), (0, 0), (1, 1), (1, 1)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(2, 3))
    want = np.maximum(np.einsum("ncijkl,ockl->noij", windows, w) + b[:, None, None], 0)
    got = np.load(os.path.join(folder, "out.npz"))["y"]
    if not np.allclose(got, want, rtol=1e-5, atol=1e-5):
        sys.exit(f"expected what numpy computes, got a deviation of {np.abs(got - want).max()}")


if __name__ == "__main__":
    main()
