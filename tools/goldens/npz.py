#!/usr/bin/python3
"""Writes the .npz files that the tests of engine/tensor/npz.h read, with NumPy.

    tools/goldens/npz.py scripts/tests

numpy_stored.npz, by savez: tensors as we write them ourselves, names in order.
numpy_deflated.npz, by savez_compressed: also Fortran order, big-endian elements, a name
that is not ASCII.
"""
import sys

import numpy as np

folder = sys.argv[1]
np.savez(
    f"{folder}/numpy_stored.npz",
    empty=np.zeros((3, 0), np.float64),
    flags=np.array([True, False, True]),
    scalar=np.array(-5, np.int64),
    weights=np.arange(6, dtype=np.float32).reshape(2, 3) / 4,
)
np.savez_compressed(
    f"{folder}/numpy_deflated.npz",
    big_endian=np.array([1, 2, -3], ">i2"),
    columns=np.asfortranarray(np.arange(6, dtype=np.int32).reshape(2, 3)),
    ramp=np.arange(500, dtype=np.uint16),
    **{"größe": np.array([0.5, -0.25])},
)
