"""Writes a product with bias and activation and its inputs to FOLDER, or checks the numbers in FOLDER/out.npz.

usage: one_product.py FOLDER [--check]
"""

import os
import sys

import numpy as np

PROGRAM = """
func.func @main(%x: tensor<64x80xf32> {dtc.name = "x"}, %w: tensor<96x80xf32> {dtc.name = "w"},
                %b: tensor<96xf32> {dtc.name = "b"}) -> (tensor<64x96xf32> {dtc.name = "y"}) {
  %r = dtc.linear %x, %w, %b : (tensor<64x80xf32>, tensor<96x80xf32>, tensor<96xf32>) -> tensor<64x96xf32>
  %s = dtc.gelu %r {tanh} : (tensor<64x96xf32>) -> tensor<64x96xf32>
  return %s : tensor<64x96xf32>
}
"""


def main():
    folder = sys.argv[1]
    random = np.random.default_rng(3)
    x, w, b = (random.standard_normal(shape).astype(np.float32) for shape in ((64, 80), (96, 80), (96,)))
    if "--check" not in sys.argv:
        np.savez(os.path.join(folder, "in.npz"), x=x, w=w, b=b)
        with open(os.path.join(folder, "product.mlir"), "w") as file:
            file.write(PROGRAM)
        return
    sum_ = x.astype(np.float64) @ w.T + b
    want = 0.5 * sum_ * (1 + np.tanh(np.sqrt(2 / np.pi) * (sum_ + 0.044715 * sum_**3)))
    got = np.load(os.path.join(folder, "out.npz"))["y"]
    if not np.allclose(got, want, rtol=1e-5, atol=1e-5):
        sys.exit(f"expected what numpy computes, got a deviation of {np.abs(got - want).max()}")


if __name__ == "__main__":
    main()
