"""QUANTIZE, DEQUANTIZE, CAST."""

import numpy as np

from operators.case import Builder, draw, random_scale, random_zero, shape_of
from operators.primitives import half_away, limits, multiply, quantize_multiplier, saturate
from tflite.schema import Operator, TensorType

F = np.float32


def quantize(node):
    x, out = node.tensor(0), node.out()
    if x.dtype.kind == "f":
        steps = half_away(node.value(0) / out.scale).astype(np.float64) + out.zero_point
        return np.clip(steps, *limits(out.dtype)).astype(np.int64)
    factor = quantize_multiplier(float(x.scale) / float(out.scale))
    return saturate(multiply(node.centred(0), *factor) + out.zero_point, out.dtype)


def dequantize(node):
    return (float(node.tensor(0).scale) * node.centred(0)).astype(F)


def cast(node):
    return node.value(0).astype(np.int64 if node.out().dtype.kind in "iu" else F).astype(
        node.out().dtype)


EVALUATE = {
    Operator.QUANTIZE: quantize,
    Operator.DEQUANTIZE: dequantize,
    Operator.CAST: cast,
}

PAIRS = (("float32", "int8"), ("float32", "int16"), ("int8", "int8"), ("int8", "uint8"),
         ("int8", "int16"), ("int8", "int32"), ("int16", "int8"), ("int16", "int16"),
         ("int16", "int32"), ("int32", "int8"), ("int32", "int16"), ("uint8", "int8"))


def _quantisation(random, dtype):
    scale = {"int16": random_scale(random, 1e-5, 1e-2), "int32": random_scale(random, 1e-4, 0.5)
             }.get(dtype, random_scale(random, 1e-3, 0.5))
    return scale, random_zero(random, "uint8" if dtype == "uint8" else "int8")


def quantize_case(random, i):
    dtype, result = PAIRS[i % len(PAIRS)]
    b, shape = Builder("QUANTIZE", random), shape_of(random, 1 + i % 4, 4)
    source = _quantisation(random, dtype)
    target = _quantisation(random, result)
    if i % 3 == 0 and dtype != "float32":  # the same scale, and int8 and uint8 128 apart
        target = (source[0], source[1] + 128 if result == "uint8" else source[1])
        if dtype == "uint8":
            target = (source[0], source[1] - 128)
    b.input(dtype, shape, *(() if dtype == "float32" else source))
    b.output(result, shape, *target)
    return b


def dequantize_case(random, i):
    dtype = ("int8", "int16", "uint8")[i % 3]
    b, shape = Builder("DEQUANTIZE", random), shape_of(random, 1 + i % 4, 4)
    b.input(dtype, shape, *_quantisation(random, dtype))
    b.output("float32", shape)
    return b


def cast_case(random, i):
    """Integers wrap; floats stay inside the target, outside of which C leaves it open."""
    sources = ("int8", "int16", "int32", "uint32", "float32", "bool")
    targets = ("int8", "int16", "int32", "uint32", "float32")
    dtype, result = sources[i % 6], targets[i // 6 % 5]
    b = Builder("CAST", random, {"from_type": int(TensorType[dtype.upper()]),
                                 "to_type": int(TensorType[result.upper()])})
    shape = shape_of(random, 1 + i % 4, 4)
    values = None
    if dtype == "float32":
        values = np.clip(draw(random, dtype, shape, 50), *(
            (0, 200) if result == "uint32" else (-127.9, 127.9)))
    b.input(dtype, shape, values=values)
    b.output(result, shape)
    return b


GOLDENS = {
    "QUANTIZE": (quantize_case, 24),
    "DEQUANTIZE": (dequantize_case, 21),
    "CAST": (cast_case, 30),
}
