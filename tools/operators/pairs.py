"""Arithmetic of two tensors element by element, and ADD_N."""

import numpy as np

from operators.case import Builder, broadcast_shapes, draw, pick, random_scale, random_zero
from operators.primitives import (
    INT32_MAX, INT32_MIN, activation_range, float_clamp, high_mul, leading_zeros, multiply,
    plain_range, quantize_multiplier, reciprocal, rounding_shift, saturate, wrap)
from tflite.schema import Activation, Operator

F = np.float32


def _below_one(real):
    mantissa, shift = quantize_multiplier(real)
    assert 0 < real < 1 and shift <= 0, real
    return mantissa, shift


def _plain(node, operation, limited=True):
    """float32 and int32; the latter wraps and ADD ignores its activation."""
    a, b, activation = node.value(0), node.value(1), node.option("activation")
    if a.dtype.kind == "f":
        return float_clamp(operation(a, b), activation)
    y = wrap(operation(a.astype(np.int64), b.astype(np.int64)))
    return np.clip(y, *plain_range(activation, INT32_MIN, INT32_MAX)) if limited else y


def _quantised(node):
    return node.tensor(0).dtype in (np.int8, np.int16)


def _finish(node, values):
    out = node.out()
    return np.clip(values + out.zero_point, *activation_range(node.option("activation"), out))


def _common_steps(node, float_type, left):
    """Both inputs brought to one scale, shifted left, and the factor of the output."""
    s1, s2, so = (float_type(t.scale) for t in (node.tensor(0), node.tensor(1), node.out()))
    twice = float_type(2) * max(s1, s2)
    x, y = (multiply(node.centred(i) << left, *_below_one(s / twice))
            for i, s in enumerate((s1, s2)))
    return x, y, _below_one(twice / (float_type(1 << left) * so))


def add(node):
    if not _quantised(node):
        return _plain(node, np.add, limited=False)
    x, y, factor = _common_steps(node, float, 20 if node.out().dtype == np.int8 else 15)
    return _finish(node, multiply(x + y, *factor))


def sub(node):
    if not _quantised(node):
        return _plain(node, np.subtract)
    x, y, factor = _common_steps(node, F, 20 if node.out().dtype == np.int8 else 15)
    return _finish(node, multiply(x - y, *factor))


def mul(node):
    if not _quantised(node):
        return _plain(node, np.multiply)
    s1, s2, so = (float(t.scale) for t in (node.tensor(0), node.tensor(1), node.out()))
    return _finish(node, multiply(node.centred(0) * node.centred(1),
                                  *quantize_multiplier(s1 * s2 / so)))


def div(node):
    if not _quantised(node):
        return _plain(node, lambda a, b: a / b if a.dtype.kind == "f"
                      else np.sign(a) * np.sign(b) * (np.abs(a) // np.abs(b)))
    s1, s2, so = (t.scale for t in (node.tensor(0), node.tensor(1), node.out()))
    mantissa, shift = quantize_multiplier(s1 / (s2 * so))
    a, b = np.broadcast_arrays(node.centred(0), node.centred(1))
    assert (b != 0).all()
    a, b = np.where(b < 0, -a, a), np.abs(b)
    inverse, places = reciprocal(b, 31)
    spare = leading_zeros(np.where(a < 0, ~a, a)) - 1  # redundant sign bits
    u = high_mul(wrap(a << spare), inverse)
    e = shift - places - spare
    assert (e <= 0).all()
    scaled = rounding_shift(high_mul(u, mantissa), np.minimum(-e, 31))
    return _finish(node, np.where(e < -31, 0, scaled))  # the reference is undefined there


def squared_difference(node):
    if not _quantised(node):
        d = node.value(0) - node.value(1)  # int32 wraps, float32 is not limited
        return d * d
    left = 7 if node.out().dtype == np.int8 else 0
    s1, s2, so = (float(t.scale) for t in (node.tensor(0), node.tensor(1), node.out()))
    twice = 2 * max(s1, s2)
    x, y = (multiply(node.centred(i) << left, *_below_one(s / twice))
            for i, s in enumerate((s1, s2)))
    factor = quantize_multiplier(twice * twice / ((1 << 2 * left) * so))
    return saturate(multiply(wrap((x - y) * (x - y)), *factor) + node.out().zero_point,
                    node.out().dtype)


def add_n(node):
    out, scale = node.out(), float(node.tensor(0).scale)
    if out.dtype.kind == "f":
        y = node.value(0) + F(0)
        for i in range(1, node.count):
            y = y + node.value(i)
        return y
    half = _below_one(scale / (2 * scale))
    factor = _below_one(2 * scale / ((1 << 20) * float(out.scale)))
    y = multiply(-node.tensor(0).zero_point << 20, *half)  # as the reference starts
    for i in range(node.count):
        y = y + multiply(node.centred(i) << 20, *half)
    return saturate(multiply(y, *factor) + out.zero_point, np.int8)


def maximum(node):
    a, b = node.value(0), node.value(1)
    return np.where(a > b, a, b)


def minimum(node):
    a, b = node.value(0), node.value(1)
    return np.where(a < b, a, b)


def power(node):
    a, b = node.value(0), node.value(1)
    if a.dtype.kind == "f":
        return np.power(a.astype(np.float64), b.astype(np.float64)).astype(F)
    return np.array([wrap(pow(int(v), int(e), 2**32)) for v, e in
                     zip(*(c.reshape(-1) for c in np.broadcast_arrays(a, b)))])


EVALUATE = {
    Operator.ADD: add,
    Operator.SUB: sub,
    Operator.MUL: mul,
    Operator.DIV: div,
    Operator.SQUARED_DIFFERENCE: squared_difference,
    Operator.ADD_N: add_n,
    Operator.MAXIMUM: maximum,
    Operator.MINIMUM: minimum,
    Operator.POW: power,
}

ACTIVATIONS = (Activation.NONE, Activation.NONE, Activation.RELU, Activation.RELU6,
               Activation.RELU_N1_TO_1)


def pair_builder(operator, random, dtype, first=(), second=(), out=(), rank=None, activation=None,
                 spread=3.0):
    """Two inputs that broadcast, the second at times a constant."""
    rank = rank or int(random.integers(1, 6))
    (shape1, shape2), shape = broadcast_shapes(random, rank, 2, (40, 8, 5, 3, 3)[rank - 1])
    b = Builder(operator, random, {} if activation is None else {"activation": int(activation)})
    b.input(dtype, shape1, *first, spread=spread)
    b.input_or_constant(random.random() < 0.3, dtype, shape2, *second, spread=spread)
    b.output(dtype, shape, *out)
    return b


def _arithmetic(operator, random, dtype, out_scale, zero16=True):
    """`out_scale` gives a fitting scale of the output from those of the inputs."""
    activation = pick(random, ACTIVATIONS)
    if dtype in ("float32", "int32"):
        b = pair_builder(operator, random, dtype, activation=activation)
        if dtype == "float32" and random.random() < 0.3:  # limited even without an activation
            values = draw(random, dtype, b.tensors[b.inputs[0]].shape)
            values.reshape(-1)[:2] = (np.inf, -np.inf)[:values.size]
            b.feed(b.inputs[0], values)
        return b
    low, high = (1e-3, 0.2) if dtype == "int8" else (1e-6, 1e-3)
    s1 = random_scale(random, low, high)
    s2 = F(s1 * np.exp(random.uniform(-3, 3)))
    zeros = [random_zero(random, dtype) if dtype == "int8" or zero16 else 0 for _ in range(3)]
    return pair_builder(operator, random, dtype, (s1, zeros[0]), (s2, zeros[1]),
                        (F(out_scale(s1, s2) * random.uniform(0.3, 2)), zeros[2]),
                        activation=activation)


def _steps(dtype):
    return 128.0 if dtype == "int8" else 32768.0


TYPES = ("int8", "int16", "float32", "int32")


def add_case(random, i):
    return _arithmetic("ADD", random, TYPES[i % 4], lambda a, b: a + b)


def sub_case(random, i):
    return _arithmetic("SUB", random, TYPES[i % 4], lambda a, b: a + b)


def mul_case(random, i):
    dtype = TYPES[i % 4]
    return _arithmetic("MUL", random, dtype, lambda a, b: a * b * _steps(dtype), zero16=False)


def squared_difference_case(random, i):
    dtype = TYPES[i % 4]
    b = _arithmetic("SQUARED_DIFFERENCE", random, dtype,
                    lambda a, b: (a + b) ** 2 * _steps(dtype), zero16=False)
    b.options = {}
    return b


def div_case(random, i):
    """No zero in the denominator, and quotients of at least a step of the output."""
    dtype = ("int8", "float32", "int8", "int32")[i % 4]
    b = _arithmetic("DIV", random, dtype, lambda a, b: a / b)
    for at in b.inputs:
        tensor = b.tensors[at]
        is_denominator = at == b.inputs[1]
        values = draw(random, dtype, tensor.shape)
        if is_denominator:
            values = np.where(values == tensor.zero_point, values + (-1 if tensor.zero_point > 0
                                                                     else 1), values)
        values = values.astype(dtype)
        if at in b.draws:
            b.feed(at, values)
        else:
            tensor.data = values
    return b


def add_n_case(random, i):
    dtype = ("int8", "float32")[i % 2]
    b = Builder("ADD_N", random)
    shape, count = tuple(random.integers(1, 5, random.integers(1, 5)).tolist()), 2 + i % 4
    scale, zero = random_scale(random), random_zero(random, "int8")
    for _ in range(count):
        b.input(dtype, shape, *((scale, zero) if dtype == "int8" else ()))
    out = (F(scale * random.uniform(0.7, 3)), random_zero(random, "int8"))
    b.output(dtype, shape, *(out if dtype == "int8" else ()))
    return b


def maximum_case(random, i, operator="MAXIMUM"):
    dtype = ("int8", "int16", "int32", "int64", "float32")[i % 5]
    quantised = (random_scale(random), random_zero(random, "int8")) if i % 5 < 2 else ()
    return pair_builder(operator, random, dtype, quantised, quantised, quantised)


def minimum_case(random, i):
    return maximum_case(random, i, "MINIMUM")


def pow_case(random, i):
    dtype = ("float32", "int32")[i % 2]
    b = pair_builder("POW", random, dtype, rank=1 + i % 4)
    for place, at in enumerate(b.inputs):
        shape = b.tensors[at].shape
        if dtype == "int32":
            values = random.integers(0, 12, shape) if place else random.integers(-9, 10, shape)
        else:
            values = np.round(random.uniform(-3, 3, shape) * 64) / 64 if place else (
                np.round(random.uniform(0.05, 4, shape) * 64) / 64)
        values = values.astype(dtype)
        if at in b.draws:
            b.feed(at, values)
        else:
            b.tensors[at].data = values
    b.tolerance = 1e-6 if dtype == "float32" else None
    return b


GOLDENS = {
    "ADD": (add_case, 28),
    "SUB": (sub_case, 28),
    "MUL": (mul_case, 28),
    "DIV": (div_case, 28),
    "SQUARED_DIFFERENCE": (squared_difference_case, 28),
    "ADD_N": (add_n_case, 20),
    "MAXIMUM": (maximum_case, 20),
    "MINIMUM": (minimum_case, 20),
    "POW": (pow_case, 20),
}
