"""Functions of one element, FLOOR_DIV and FLOOR_MOD, CUMSUM."""

import numpy as np

from operators.case import Builder, draw, random_scale, random_zero, shape_of
from operators.pairs import pair_builder
from operators.primitives import inverse_sqrt, limits, multiply, quantize_multiplier, saturate
from tflite.schema import Operator

F = np.float32


def abs_(node):
    x, out = node.tensor(0), node.out()
    if x.dtype.kind == "f":
        return np.abs(node.value(0))
    if x.scales is None:  # int16: the least value stays
        return np.abs(node.value(0))
    v = np.abs(node.centred(0))
    if x.scale != out.scale:
        v = multiply(v, *quantize_multiplier(x.scale / out.scale))
    return saturate(v + out.zero_point, out.dtype)


def rsqrt(node):
    x, out = node.tensor(0), node.out()
    if x.dtype.kind == "f":
        return F(1) / np.sqrt(node.value(0))
    mantissa, shift = quantize_multiplier(1 / float(np.sqrt(x.scale) * out.scale))

    def one(v):
        if v == 0:
            return limits(out.dtype)[1]
        root, places = inverse_sqrt(int(v))
        d = multiply(1, root, places + 20)
        return int(saturate(multiply(d, mantissa, shift - 20) + out.zero_point, out.dtype))

    return np.vectorize(one, otypes=[np.int64])(node.centred(0))


def round_(node):
    return np.round(node.value(0)) + F(0)  # -0.4 gives +0 in the reference


def floor_div(node):
    return np.floor(node.value(0).astype(np.float64) / node.value(1)).astype(F)


def floor_mod(node):
    a, b = node.value(0), node.value(1)
    rest = np.fmod(a, b)
    return np.where((rest != 0) & ((rest < 0) != (b < 0)), rest + b, rest).astype(F)


def _plain(function):
    return lambda node: function(node.value(0)).astype(F)


def cumsum(node):
    x, out = node.tensor(0), node.out()
    axis = int(node.value(1).reshape(-1)[0])
    is_float = x.dtype.kind == "f"
    half = quantize_multiplier(0.5)
    values = node.value(0) if is_float else multiply(node.centred(0) << 20, *half)
    values = np.moveaxis(values, axis, 0)
    values = values[::-1] if node.option("reverse") else values
    start = 0 if is_float else int(multiply(-x.zero_point << 20, *half))
    total, sums = np.full(values.shape[1:], start, values.dtype), []
    for value in values:
        following = total + value
        sums.append(total if node.option("exclusive") else following)
        total = following
    sums = np.stack(sums)
    sums = np.moveaxis(sums[::-1] if node.option("reverse") else sums, 0, axis)
    if is_float:
        return sums
    factor = quantize_multiplier(2 * float(x.scale) / ((1 << 20) * float(out.scale)))
    return saturate(multiply(sums, *factor) + out.zero_point, np.int8)


_FUNCTIONS = {
    "NEG": np.negative, "CEIL": np.ceil, "FLOOR": np.floor, "SQRT": np.sqrt, "SQUARE": np.square,
    "EXP": np.exp, "LOG": np.log, "SIN": np.sin, "COS": np.cos, "SIGN": np.sign,
}
EVALUATE = {
    **{Operator[name]: _plain(function) for name, function in _FUNCTIONS.items()},
    Operator.ABS: abs_,
    Operator.RSQRT: rsqrt,
    Operator.ROUND: round_,
    Operator.FLOOR_DIV: floor_div,
    Operator.FLOOR_MOD: floor_mod,
    Operator.CUMSUM: cumsum,
}


def _function_case(name):
    """Within reach of each function; the library functions within an ulp or two."""
    inexact = name in ("EXP", "LOG", "SIN", "COS")

    def case(random, i):
        shape = shape_of(random, 1 + i % 4, 4)
        values = draw(random, "float32", shape, 4.0)
        if name in ("SQRT", "LOG"):
            values = np.abs(values) + F(0.0078125 if name == "LOG" else 0)
        b = Builder(name, random)
        b.input("float32", shape, values=values)
        b.output("float32", shape)
        b.tolerance = 1e-6 if inexact else None
        return b
    return case


def round_case(random, i):
    """Halves, and no value that would round to a negative zero."""
    shape = shape_of(random, 1 + i % 4, 4)
    values = np.round(random.normal(0, 6, shape) * 4) / 4
    values = np.where((values <= 0) & (values >= -0.5), 0.5, values)
    b = Builder("ROUND", random)
    b.input("float32", shape, values=values)
    b.output("float32", shape)
    return b


def abs_case(random, i):
    dtype = ("int8", "float32", "int16", "int16")[i % 4]
    b, shape = Builder("ABS", random), shape_of(random, 1 + i // 4 % 4, 4)
    if dtype == "float32" or i % 4 == 3:
        b.input(dtype, shape)
        b.output(dtype, shape)
        return b
    scale = random_scale(random)
    zeros = [random_zero(random, dtype) if dtype == "int8" else 0 for _ in range(2)]
    b.input(dtype, shape, scale, zeros[0])
    b.output(dtype, shape, scale if i % 3 == 0 else F(scale * random.uniform(0.4, 3)), zeros[1])
    return b


def rsqrt_case(random, i):
    dtype = ("int8", "float32", "int16")[i % 3]
    b, shape = Builder("RSQRT", random), shape_of(random, 1 + i % 4, 4)
    if dtype == "float32":
        b.input(dtype, shape, values=np.abs(draw(random, dtype, shape)) + F(0.0078125))
        b.output(dtype, shape)
        b.tolerance = 1e-6
        return b
    zero = int(random.integers(-128, 0)) if dtype == "int8" else 0
    most = limits(dtype)[1]
    scale = random_scale(random, 1e-3, 0.1)
    values = random.integers(zero, most + 1, shape)
    values.reshape(-1)[0] = zero  # gives the greatest value
    b.input(dtype, shape, scale, zero, values=values)
    top = 1 / np.sqrt(float(scale) * (1 if dtype == "int8" else 100))
    b.output(dtype, shape, F(top / most * random.uniform(0.1, 1)),
             random_zero(random, "int8") if dtype == "int8" else 0)
    return b


def _division_case(operator):
    def case(random, i):
        b = pair_builder(operator, random, "float32", rank=1 + i % 4)
        at = b.inputs[1]
        values = draw(random, "float32", b.tensors[at].shape)
        values = np.where(values == 0, F(1.5), values)
        if at in b.draws:
            b.feed(at, values)
        else:
            b.tensors[at].data = values
        return b
    return case


def cumsum_case(random, i):
    """int8 inputs have zero point 0: with others the reference adds one zero too many."""
    dtype = ("int8", "float32")[i % 2]
    shape = shape_of(random, int(random.integers(1, 5)), 5)
    axis = int(random.integers(-len(shape), len(shape)))
    b = Builder("CUMSUM", random, {"exclusive": i // 2 % 2, "reverse": i // 4 % 2})
    scale = random_scale(random)
    b.input(dtype, shape, *((scale, 0) if dtype == "int8" else ()))
    b.constant(np.array([axis] if i % 3 == 0 else axis, np.int32))
    b.output(dtype, shape, *((F(scale * random.uniform(1, 4)), random_zero(random, "int8"))
                             if dtype == "int8" else ()))
    b.tolerance = None if dtype == "int8" else 1e-6
    return b


GOLDENS = {
    **{name: (_function_case(name), 20) for name in _FUNCTIONS},
    "ABS": (abs_case, 24),
    "RSQRT": (rsqrt_case, 24),
    "ROUND": (round_case, 20),
    "FLOOR_DIV": (_division_case("FLOOR_DIV"), 20),
    "FLOOR_MOD": (_division_case("FLOOR_MOD"), 20),
    "CUMSUM": (cumsum_case, 24),
}
