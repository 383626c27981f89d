#!/usr/bin/python3
"""Writes scripts/tests/hybrid.npz: two recorded models with float32 activations over int8
weights, which the reference refuses, run by the operators of this folder.

    python3 tools/operators/write_hybrid.py CORPUS

Keys: "ad/out1" to 3, "kws/out1" ..., and "tolerance" as in the other goldens. The inputs are
those recorded for the int8 models of the same networks, (q - zero point) * scale.
"""

import sys
from pathlib import Path

import numpy as np

sys.path[0] = str(Path(__file__).resolve().parents[1])

from operators.interpreter import Interpreter  # noqa: E402
from operators.npz import npz  # noqa: E402
from tflite.reader import read  # noqa: E402

OUTPUT = Path(__file__).resolve().parents[2] / "scripts/tests/hybrid.npz"
VECTORS = 3
REAL = 2  # this vector is a recording; noise has no right class, and the weights differ
# A float one unit off can move a value that lies between two integers to the other, which the
# next layers carry on: 1e-6 of the range with every result changed at random by an ulp.
TOLERANCE = 1e-3


def model_of(corpus, name):
    return read((corpus / name / "model.tflite").read_bytes())


def recorded(corpus, name, kind, vector, tensor):
    raw = np.frombuffer((corpus / name / f"{kind}{vector}.bin").read_bytes(), np.int8)
    return (raw.astype(np.float32).reshape(tensor.shape) - np.float32(tensor.zero_point)
            ) * tensor.scale


def golden(corpus, network):
    """Arrays of one network; on a recording its answer must be that of its int8 twin."""
    hybrid, twin = (model_of(corpus, f"mlperf_{network}_{kind}") for kind in ("hybrid", "int8"))
    name, arrays = f"mlperf_{network}_int8", {}
    for vector in range(VECTORS):
        x = recorded(corpus, name, "in", vector, twin.tensors[twin.inputs[0]])
        reference = recorded(corpus, name, "out", vector, twin.tensors[twin.outputs[0]])
        (y,) = Interpreter(hybrid).run([x])
        span = float(reference.max() - reference.min())
        print(f"{network} {vector}: differs from int8 by {np.abs(y - reference).max() / span:.3f} "
              f"of the range, best {y.argmax()} and {reference.argmax()}")
        if network == "kws" and vector == REAL and y.argmax() != reference.argmax():
            raise SystemExit("another class than the int8 model's")
        arrays[f"{network}/out{vector + 1}"] = y
    return arrays


def main():
    corpus = Path(sys.argv[1])
    arrays = {**golden(corpus, "ad"), **golden(corpus, "kws"),
              "tolerance": np.float32(TOLERANCE)}
    OUTPUT.write_bytes(npz(arrays))
    print(f"{OUTPUT.name}: {OUTPUT.stat().st_size} bytes")


if __name__ == "__main__":
    main()
