"""Ends with an error unless two .npz files have the same arrays, bit for bit.

usage: same_outputs.py ONE.npz OTHER.npz
"""

import sys

import numpy as np


def main():
    one, other = np.load(sys.argv[1]), np.load(sys.argv[2])
    if sorted(one.files) != sorted(other.files) or not one.files:
        sys.exit(f"expected the same arrays, got {one.files} and {other.files}")
    for name in one.files:
        if one[name].tobytes() != other[name].tobytes():
            sys.exit(f"'{name}': expected equal values, got a deviation of {np.abs(one[name] - other[name]).max()}")


if __name__ == "__main__":
    main()
