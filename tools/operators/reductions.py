"""MEAN, SUM, REDUCE_MAX, REDUCE_MIN, REDUCE_PROD."""

import math

import numpy as np

from operators.case import Builder, pick, random_scale, random_zero, shape_of
from operators.primitives import multiply, multiply64, quantize_multiplier, saturate
from tflite.schema import Operator

F = np.float32


def _axes(node):
    rank = len(node.tensor(0).shape)
    return tuple(sorted({int(axis) % rank for axis in node.value(1).reshape(-1)}))


def _reduced_count(node):
    return math.prod(node.tensor(0).shape[axis] for axis in _axes(node))


def _sum_in_order(x, axes):
    """One addition after the other in row-major order, in float32."""
    kept = [axis for axis in range(x.ndim) if axis not in axes]
    rows = x.transpose(*kept, *axes).reshape(*(x.shape[axis] for axis in kept), -1)
    return np.add.accumulate(rows, axis=-1, dtype=F)[..., -1]


def mean(node):
    x, out, count = node.tensor(0), node.out(), _reduced_count(node)
    if x.dtype.kind == "f":
        return _sum_in_order(node.value(0), _axes(node)) / F(count)
    mantissa, shift = quantize_multiplier(float(x.scale) / float(out.scale))
    places = min(count.bit_length() - 1, 32, 31 + shift)
    return _scaled_sum(node, (mantissa << places) // count, shift - places)


def total(node):
    x, out = node.tensor(0), node.out()
    if x.dtype.kind == "f":
        return _sum_in_order(node.value(0), _axes(node))
    return _scaled_sum(node, *quantize_multiplier(float(x.scale) / float(out.scale)))


def _scaled_sum(node, mantissa, shift):
    scaled = multiply(node.centred(0).sum(axis=_axes(node)), mantissa, shift)
    return saturate(scaled + node.out().zero_point, node.out().dtype)


def reduce_max(node):
    return node.value(0).max(axis=_axes(node))


def reduce_min(node):
    return node.value(0).min(axis=_axes(node))


def reduce_prod(node):
    x, out = node.tensor(0), node.out()
    if x.scales is None:
        return node.value(0).prod(axis=_axes(node), dtype=x.dtype)
    count = _reduced_count(node)
    factor = quantize_multiplier(float(x.scale) / math.pow(float(out.scale), 1 / count))
    kept = [axis for axis in range(len(x.shape)) if axis not in _axes(node)]
    rows = node.centred(0).transpose(*kept, *_axes(node)).reshape(
        *(x.shape[axis] for axis in kept), count)
    product = rows[..., 0]
    for i in range(1, count):
        product = multiply64(product * rows[..., i], *factor)
    return saturate(multiply64(product, *factor) + out.zero_point, out.dtype)


EVALUATE = {
    Operator.MEAN: mean,
    Operator.SUM: total,
    Operator.REDUCE_MAX: reduce_max,
    Operator.REDUCE_MIN: reduce_min,
    Operator.REDUCE_PROD: reduce_prod,
}


def _builder(operator, random, dtype, quantised_in, quantised_out, most=None, spread=3.0):
    rank = int(random.integers(1, 5))
    shape = shape_of(random, rank, most or (40, 12, 8, 5)[rank - 1])
    axes = random.permutation(rank)[:random.integers(1, rank + 1)].tolist()
    given = [axis - rank if random.random() < 0.3 else axis for axis in axes]
    if random.random() < 0.2:
        given.append(pick(random, given))  # named twice counts once
    keep = bool(random.random() < 0.5)
    b = Builder(operator, random, {"keep_dims": int(keep)})
    b.input(dtype, shape, *quantised_in, spread=spread)
    b.constant(np.array(given, np.int32))
    out_shape = [1 if axis in axes else n for axis, n in enumerate(shape)
                 if keep or axis not in axes]
    b.output(dtype, out_shape, *quantised_out)
    b.reduced = math.prod(shape[axis] for axis in axes)
    return b


def mean_case(random, i, operator="MEAN"):
    dtype = ("int8", "int16", "float32")[i % 3]
    if dtype == "float32":
        b = _builder(operator, random, dtype, (), ())
        b.tolerance = 1e-6
        return b
    scale = random_scale(random)
    out_scale = F(scale * random.uniform(0.3, 3))
    b = _builder(operator, random, dtype, (scale, random_zero(random, "int8")),
                 (out_scale, random_zero(random, "int8")))
    if operator == "SUM":
        b.tensors[b.outputs[0]].scales *= F(max(1.0, math.sqrt(b.reduced)))
    return b


def sum_case(random, i):
    return mean_case(random, i, "SUM")


def reduce_max_case(random, i, operator="REDUCE_MAX"):
    dtype = ("int8", "float32")[i % 2]
    quantised = (random_scale(random), random_zero(random, "int8")) if dtype == "int8" else ()
    return _builder(operator, random, dtype, quantised, quantised)


def reduce_min_case(random, i):
    return reduce_max_case(random, i, "REDUCE_MIN")


def reduce_prod_case(random, i):
    """int32 and int64 wrap; quantised factors stay near 1, so that no step overflows."""
    dtype = ("float32", "int32", "int8", "int16", "int64")[i % 5]
    if dtype in ("int8", "int16"):
        scale = F(random.uniform(0.7, 1.4) / (128 if dtype == "int8" else 32768))
        return _builder("REDUCE_PROD", random, dtype, (scale, random_zero(random, dtype)),
                        (F(scale * random.uniform(1, 4)), random_zero(random, dtype)), 2)
    b = _builder("REDUCE_PROD", random, dtype, (), (), 3, 1.5)
    b.tolerance = 1e-5 if dtype == "float32" else None
    return b


GOLDENS = {
    "MEAN": (mean_case, 30),
    "SUM": (sum_case, 27),
    "REDUCE_MAX": (reduce_max_case, 20),
    "REDUCE_MIN": (reduce_min_case, 20),
    "REDUCE_PROD": (reduce_prod_case, 20),
}
