"""AVERAGE_POOL_2D, MAX_POOL_2D, L2_POOL_2D."""

import numpy as np

from operators.case import Builder, random_scale, random_zero
from operators.convolutions import random_image, windows
from operators.primitives import activation_range, float_clamp, limits
from tflite.schema import Operator

F = np.float32


def _size(node):
    return node.option("filter_h"), node.option("filter_w")


def _taps(node, x):
    """How many elements of the image each window holds."""
    return windows(np.ones_like(x, np.int64), node, _size(node)).sum(axis=(3, 4))


def _limit(node, y):
    activation, out = node.option("activation"), node.out()
    if out.dtype.kind == "f":
        return float_clamp(y.astype(F), activation)
    return np.clip(y, *activation_range(activation, out))


def average_pool_2d(node):
    x = node.value(0)
    taps = _taps(node, x)
    if x.dtype.kind == "f":
        return _limit(node, windows(x, node, _size(node)).sum(axis=(3, 4), dtype=np.float64) / taps)
    total = windows(node.wide(0), node, _size(node)).sum(axis=(3, 4))
    return _limit(node, np.sign(total) * ((np.abs(total) + taps // 2) // taps))


def max_pool_2d(node):
    x = node.value(0)
    least = np.finfo(F).min if x.dtype.kind == "f" else limits(x.dtype)[0]
    return _limit(node, windows(x, node, _size(node), least).max(axis=(3, 4)))


def l2_pool_2d(node):
    x = node.value(0).astype(np.float64)
    squares = windows(x * x, node, _size(node)).sum(axis=(3, 4))
    return _limit(node, np.sqrt(squares / _taps(node, x)))


EVALUATE = {
    Operator.AVERAGE_POOL_2D: average_pool_2d,
    Operator.MAX_POOL_2D: max_pool_2d,
    Operator.L2_POOL_2D: l2_pool_2d,
}


def _pool_case(operator, random, dtype):
    """SAME padding with a stride over the filter leaves no empty window: it starts inside."""
    b = Builder(operator, random)
    while True:
        batch, size, kernel, out = random_image(random, b)
        if b.options["dilation_h"] == b.options["dilation_w"] == 1:
            break
    del b.options["dilation_h"], b.options["dilation_w"]
    b.options |= {"filter_h": kernel[0], "filter_w": kernel[1]}
    depth = int(random.integers(1, 4))
    quantised = (random_scale(random, 1e-3, 0.2), random_zero(random, "int8"))
    quantised = () if dtype == "float32" else quantised
    b.input(dtype, (batch, *size, depth), *quantised)
    b.output(dtype, (batch, *out, depth), *quantised)
    return b


def average_pool_2d_case(random, i):
    dtype = ("int8", "int16", "float32")[i % 3]
    b = _pool_case("AVERAGE_POOL_2D", random, dtype)
    b.tolerance = 1e-6 if dtype == "float32" else None
    return b


def max_pool_2d_case(random, i):
    return _pool_case("MAX_POOL_2D", random, ("int8", "int16", "float32")[i % 3])


def l2_pool_2d_case(random, i):
    b = _pool_case("L2_POOL_2D", random, "float32")
    b.tolerance = 1e-6
    return b


GOLDENS = {
    "AVERAGE_POOL_2D": (average_pool_2d_case, 24),
    "MAX_POOL_2D": (max_pool_2d_case, 24),
    "L2_POOL_2D": (l2_pool_2d_case, 20),
}
