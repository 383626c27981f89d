#!/usr/bin/python3
"""Writes scripts/tests/operators/*.npz: random single-operator models and their outputs.

    python3 tools/operators/write_goldens.py             all files
    python3 tools/operators/write_goldens.py add mul     these
    python3 tools/operators/write_goldens.py --check     compares with the files that are there

Needs Debian's python3-numpy and python3-flatbuffers. Gives the same bytes each time.
"""

import argparse
import sys
import zlib
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[1])  # not this folder: it has a signal.py

import numpy as np  # noqa: E402

from operators import FAMILIES  # noqa: E402
from operators.interpreter import Interpreter  # noqa: E402
from operators.npz import npz  # noqa: E402
from tflite.reader import read  # noqa: E402
from tflite.writer import write  # noqa: E402

FOLDER = Path(__file__).resolve().parents[2] / "scripts/tests/operators"


def case_arrays(builder, prefix):
    data = write(builder.model())
    machine = Interpreter(read(data))
    arrays = {prefix + "model": np.frombuffer(data, np.uint8)}
    for run in range(1, builder.runs + 1):
        values = builder.values()
        outputs = builder.keep(machine.run(values))
        assert not any(array.dtype.kind == "f" and np.isnan(array).any()
                       for array in outputs if array is not None), "NaN has no one pattern"
        for kind, list_ in (("in", values), ("out", outputs)):
            arrays |= {f"{prefix}run{run}/{kind}{i}": array
                       for i, array in enumerate(list_, 1) if array is not None}
    if builder.tolerance is not None:
        arrays[prefix + "tolerance"] = np.float32(builder.tolerance)
    return arrays


def golden(name, generate, count) -> bytes:
    """Each case has a seed of its own, so that adding one leaves the others alone."""
    arrays = {}
    for i in range(count):
        random = np.random.default_rng([zlib.crc32(name.encode()), i])
        arrays |= case_arrays(generate(random, i), f"{i + 1:03d}/")
    return npz(arrays)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("names", nargs="*", help="operators, in lower case; none: all")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    goldens = {name.lower(): (name, *entry)
               for family in FAMILIES for name, entry in family.GOLDENS.items()}
    FOLDER.mkdir(exist_ok=True)
    changed = 0
    for name in options.names or sorted(goldens):
        data, path = golden(*goldens[name]), FOLDER / f"{name}.npz"
        if options.check:
            same = path.exists() and path.read_bytes() == data
            changed += not same
            print(f"{name}: {'same' if same else 'DIFFERENT'}")
        else:
            path.write_bytes(data)
            print(f"{name}: {goldens[name][2]} cases, {len(data)} bytes")
    return changed


if __name__ == "__main__":
    sys.exit(main())
