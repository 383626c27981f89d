#!/usr/bin/python3
"""Runs the recorded models with the operators of this folder and compares their outputs.

    python3 tools/operators/check_corpus.py CORPUS [NAME...]

CORPUS is the folder of recorded models; its README.md says what lies there. Integers must
be equal byte for byte, floats to 1e-5 of their range.
"""

import json
import sys
from pathlib import Path

import numpy as np

sys.path[0] = str(Path(__file__).resolve().parents[1])

from operators.interpreter import Interpreter  # noqa: E402
from tflite.reader import read  # noqa: E402


def generated(kind, dtypes, shapes, frames):
    """The recorder's inputs, for each frame a list of arrays."""
    state, drawn, all_frames = 1, 0, []
    for _ in range(frames):
        arrays = []
        for dtype, shape in zip(dtypes, shapes):
            values = []
            for _ in range(int(np.prod(shape))):
                state ^= state << 13 & 0xffffffff
                state ^= state >> 17
                state ^= state << 5 & 0xffffffff
                signed = state - (state >> 31 << 32)
                if kind == "zeros":
                    value = 0
                elif kind == "minmax":
                    low, high = (-1, 1) if dtype.kind == "f" else (
                        np.iinfo(dtype).min, np.iinfo(dtype).max)
                    value = high if drawn % 2 else low
                elif dtype.kind == "f":
                    value = (signed >> 8) / 8388608
                else:
                    value = signed >> (16 if dtype == np.int16 else 24)
                values.append(value)
                drawn += 1
            arrays.append(np.array(values, dtype).reshape(shape))
        all_frames.append(arrays)
    return all_frames


def stored(raw, dtypes, shapes, frames):
    at, all_frames = 0, []
    for _ in range(frames):
        arrays = []
        for dtype, shape in zip(dtypes, shapes):
            count = int(np.prod(shape))
            arrays.append(np.frombuffer(raw, dtype, count, at).reshape(shape))
            at += count * dtype.itemsize
        all_frames.append(arrays)
    assert at == len(raw)
    return all_frames


def ports(model, positions):
    tensors = [model.tensors[i] for i in positions]
    return [t.dtype for t in tensors], [t.shape for t in tensors]


def difference(golden, result):
    if golden.dtype.kind != "f":
        return np.count_nonzero(golden != result)
    span = float(golden.max() - golden.min()) or 1.0
    return np.count_nonzero(np.abs(golden - result) > 1e-5 * span)


def compare(folder, vector, model):
    frames = vector.get("frames", 1)
    inputs = ports(model, model.inputs)
    if vector.get("in"):
        values = stored((folder / vector["in"]).read_bytes(), *inputs, frames)
    else:
        values = generated(vector["kind"].split(":")[0], *inputs, frames)
    goldens = stored((folder / vector["out"]).read_bytes(), *ports(model, model.outputs), frames)
    machine = Interpreter(model)
    return sum(int(difference(golden, result)) for arrays, frame in zip(values, goldens)
               for golden, result in zip(frame, machine.run(arrays)))


def main():
    corpus, failures, vectors = Path(sys.argv[1]), 0, 0
    names = sys.argv[2:] or sorted(path.parent.name for path in corpus.glob("*/meta.json"))
    for name in names:
        folder = corpus / name
        try:
            model = read((folder / "model.tflite").read_bytes())
            meta = json.loads((folder / "meta.json").read_text())
            counts = [compare(folder, vector, model) for vector in meta.get("vectors", [])]
        except ValueError as error:
            print(f"{name}: {error}")
            continue
        vectors += len(counts)
        failures += sum(counts)
        if any(counts) or not counts:
            print(f"{name}: {counts or 'nothing recorded'}")
    print(f"{vectors} vectors, {failures} elements differ")
    return failures > 0


if __name__ == "__main__":
    sys.exit(main())
