"""SOFTMAX, LOG_SOFTMAX and L2_NORMALIZATION: over the last dimension."""

from functools import lru_cache

import numpy as np

from operators.case import Builder, pick, random_scale, random_zero, shape_of
from operators.primitives import (
    INT32_MAX, INT32_MIN, exp_negative, high_mul, inverse_sqrt, leading_zeros, limits, log_fixed,
    look_up16, multiply, quantize_multiplier, radius, reciprocal, rounding_shift, saturate,
    table16, wrap)
from tflite.schema import Operator

F = np.float32


def _exps(node, beta):
    """For int8 rows: distance from the maximum, what counts, its exp, (mantissa, shift)."""
    x = node.wide(0)
    real = min(beta * float(node.tensor(0).scale) * 2.0**26, INT32_MAX)
    assert real > 1
    mantissa, shift = quantize_multiplier(real)
    d = x - x.max(axis=-1, keepdims=True)
    counted = d >= -radius(5, shift)
    scaled = high_mul(wrap(np.where(counted, d, 0) << shift), mantissa)
    exps = exp_negative(scaled, 5)
    total = np.where(counted, rounding_shift(exps, 12), 0).sum(axis=-1, keepdims=True)
    return d, counted, exps, total, mantissa, shift


def softmax(node):
    x, out, beta = node.tensor(0), node.out(), float(F(node.option("beta")))
    if x.dtype.kind == "f":
        e = np.exp((node.value(0) - node.value(0).max(axis=-1, keepdims=True)) * F(beta))
        return e / np.add.accumulate(e, axis=-1)[..., -1:]
    if x.dtype == np.int16:
        return _softmax16(node, beta)
    low, high = limits(out.dtype)
    _, counted, exps, total, _, _ = _exps(node, beta)
    inverse, places = reciprocal(total, 12)
    bits = 8 * out.dtype.itemsize
    values = rounding_shift(high_mul(inverse, exps), places + 31 - bits) + low
    return np.where(counted, np.clip(values, low, high), low)


@lru_cache
def softmax_tables():
    return (table16(np.exp, F(10.0 / 65535.0), 32767, F(2.0 / 65535.0)),
            table16(lambda v: F(1) / (F(1) + v), F(1.0 / 65535.0), -32768, F(2.0 / 65535.0)))


def _softmax16(node, beta):
    exp_table, reciprocal_table = softmax_tables()
    x = node.wide(0)
    factor = quantize_multiplier(float(node.tensor(0).scale) * beta / (10.0 / 65535.0))
    scaled = multiply(x - x.max(axis=-1, keepdims=True), *factor) + 32767
    e = look_up16(exp_table, saturate(scaled, np.int16))
    total = e.sum(axis=-1, keepdims=True)
    zeros = leading_zeros(total)
    w = ((total << (zeros - 1)) + 2**13) >> 14
    r = look_up16(reciprocal_table, saturate(w - 98304, np.int16))
    places = 31 - zeros
    return np.clip((e * r + (np.int64(1) << (places - 1))) >> places, 0, 32767)


def log_softmax(node):
    x = node.tensor(0)
    if x.dtype.kind == "f":
        d = node.value(0) - node.value(0).max(axis=-1, keepdims=True)
        return d - np.log(np.add.accumulate(np.exp(d), axis=-1)[..., -1:])
    d, _, _, total, mantissa, shift = _exps(node, 1.0)
    back = quantize_multiplier(2.0**(31 - shift) / mantissa)
    log = log_fixed(total)
    least = np.maximum(-radius(5, shift) - 1, multiply(wrap(log + INT32_MIN), *back))
    scaled = multiply(np.where(d > least, d, 0), mantissa, shift)
    values = saturate(rounding_shift(scaled - log, 22) + 127, np.int8)
    return np.where(d > least, values, -128)


def l2_normalization(node):
    x = node.tensor(0)
    if x.dtype.kind == "f":
        v = node.value(0)
        squares = np.add.accumulate(v * v, axis=-1)[..., -1:]
        return v / np.maximum(np.sqrt(squares), F(1e-6))
    rows = node.centred(0).reshape(-1, x.shape[-1])
    factors = [inverse_sqrt(int((row * row).sum())) for row in rows]
    return np.stack([saturate(multiply(row, mantissa, shift + 7), np.int8)
                     for row, (mantissa, shift) in zip(rows, factors)])


EVALUATE = {
    Operator.SOFTMAX: softmax,
    Operator.LOG_SOFTMAX: log_softmax,
    Operator.L2_NORMALIZATION: l2_normalization,
}


def _rows(operator, random, dtype, quantised_in, out_dtype, quantised_out, **options):
    b = Builder(operator, random, options)
    depth = pick(random, [1, 2, 3, 10, 37])
    shape = (*shape_of(random, int(random.integers(0, 4)), 3), depth)
    b.input(dtype, shape, *quantised_in)
    b.output(out_dtype, shape, *quantised_out)
    return b


def softmax_case(random, i):
    dtype, out = (("int8", "int8"), ("int8", "int16"), ("int16", "int16"),
                  ("float32", "float32"))[i % 4]
    beta = float(F(pick(random, [1.0, 1.0, random.uniform(0.1, 3)])))
    zero = random_zero(random, "int8") if dtype == "int8" else 0
    scale = random_scale(random, *((1e-3, 1) if dtype == "int8" else (1e-5, 1e-2)))
    quantised = () if dtype == "float32" else (scale, zero)
    result = {"float32": (), "int8": (1 / 256, -128),
              "int16": (1 / 65536, -32768) if dtype == "int8" else (1 / 32768, 0)}[out]
    b = _rows("SOFTMAX", random, dtype, quantised, out, result, beta=beta)
    b.tolerance = 1e-5 if dtype == "float32" else None
    return b


def log_softmax_case(random, i):
    dtype = ("int8", "float32")[i % 2]
    quantised = (random_scale(random, 1e-3, 1), random_zero(random, "int8"))
    b = _rows("LOG_SOFTMAX", random, dtype, quantised if dtype == "int8" else (), dtype,
              (1 / 16, 127) if dtype == "int8" else ())
    b.tolerance = 1e-5 if dtype == "float32" else None
    return b


def l2_normalization_case(random, i):
    dtype = ("int8", "float32")[i % 2]
    quantised = (random_scale(random), random_zero(random, "int8"))
    b = _rows("L2_NORMALIZATION", random, dtype, quantised if dtype == "int8" else (), dtype,
              (1 / 128, 0) if dtype == "int8" else (), activation=0)
    b.tolerance = 1e-6 if dtype == "float32" else None
    if i % 8 == 0:  # a row of zeros
        at = b.inputs[0]
        b.feed(at, np.full(b.tensors[at].shape, b.tensors[at].zero_point))
    return b


GOLDENS = {
    "SOFTMAX": (softmax_case, 32),
    "LOG_SOFTMAX": (log_softmax_case, 20),
    "L2_NORMALIZATION": (l2_normalization_case, 24),
}
