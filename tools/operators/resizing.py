"""RESIZE_BILINEAR and RESIZE_NEAREST_NEIGHBOR."""

import numpy as np

from operators.case import Builder, random_scale, random_zero, shape_of
from operators.primitives import half_away
from tflite.schema import Operator

F = np.float32


def _truncate(a, b):
    return np.sign(a) * (np.abs(a) // b)


def _fixed_axis(node, size, count):
    """(lower and higher index, fraction of 1024) of each output along an axis, for int8."""
    scale = (1024 * size + count // 2) // count
    if node.option("align_corners") and count > 1:
        scale = (1024 * (size - 1) + (count - 1) // 2) // (count - 1)
    q = np.arange(count) * scale
    if node.option("half_pixel_centers"):
        q = q + _truncate(scale, 2) - 512
    low = np.maximum(_truncate(q, 1024), 0)
    high = np.minimum(_truncate(q + 1023, 1024), size - 1)
    return low, high, q - 1024 * low


def _float_scale(node, size, count):
    if node.option("align_corners") and count > 1:
        return F(size - 1) / F(count - 1)
    return F(size) / F(count)


def _float_axis(node, size, count):
    v, scale = np.arange(count, dtype=F), _float_scale(node, size, count)
    q = (v + F(0.5)) * scale - F(0.5) if node.option("half_pixel_centers") else v * scale
    low = np.maximum(np.floor(q), 0).astype(np.int64)
    high = np.minimum(np.ceil(q), size - 1).astype(np.int64)
    return low, high, q - low.astype(F)


def resize_bilinear(node):
    x, out = node.value(0), node.out().shape
    is_float = x.dtype.kind == "f"
    axis, one = (_float_axis, F(1)) if is_float else (_fixed_axis, 1024)
    (y0, y1, fy), (x0, x1, fx) = (axis(node, x.shape[i], out[i]) for i in (1, 2))
    fy, fx = fy[None, :, None, None], fx[None, None, :, None]
    x = x if is_float else x.astype(np.int64)
    parts = [x[:, rows][:, :, columns] * wy * wx
             for rows, wy, columns, wx in ((y0, one - fy, x0, one - fx), (y1, fy, x0, one - fx),
                                           (y0, one - fy, x1, fx), (y1, fy, x1, fx))]
    total = parts[0] + parts[1] + parts[2] + parts[3]
    if is_float:
        return total
    return _truncate(np.where(total > 0, total + 2**19, total - 2**19), 2**20)


def resize_nearest_neighbor(node):
    x, out = node.value(0), node.out().shape
    half = node.option("half_pixel_centers")
    picks = []
    for axis in (1, 2):
        v, size = np.arange(out[axis], dtype=F), x.shape[axis]
        q = (v + F(0.5 if half else 0)) * _float_scale(node, size, out[axis])
        index = half_away(q) if node.option("align_corners") else np.floor(q)
        index = np.minimum(index.astype(np.int64), size - 1)
        picks.append(np.maximum(index, 0) if half else index)
    return x[:, picks[0]][:, :, picks[1]]


EVALUATE = {
    Operator.RESIZE_BILINEAR: resize_bilinear,
    Operator.RESIZE_NEAREST_NEIGHBOR: resize_nearest_neighbor,
}


def _resize_case(operator, random, dtype, modes):
    b = Builder(operator, random, dict(zip(("align_corners", "half_pixel_centers"), modes)))
    shape = shape_of(random, 4, 4)
    height, width = (int(n) for n in random.integers(1, 9, 2))
    quantised = () if dtype == "float32" else (random_scale(random), random_zero(random, "int8"))
    b.input(dtype, shape, *quantised)
    b.constant(np.array([height, width], np.int32))
    b.output(dtype, (shape[0], height, width, shape[3]), *quantised)
    return b


def resize_bilinear_case(random, i):
    dtype = ("int8", "float32")[i % 2]
    b = _resize_case("RESIZE_BILINEAR", random, dtype, ((0, 0), (1, 0), (0, 1))[i // 2 % 3])
    b.tolerance = 1e-6 if dtype == "float32" else None
    return b


def resize_nearest_neighbor_case(random, i):
    return _resize_case("RESIZE_NEAREST_NEIGHBOR", random, ("int8", "int16", "float32")[i % 3],
                        ((0, 0), (1, 0), (0, 1), (1, 1))[i // 3 % 4])


GOLDENS = {
    "RESIZE_BILINEAR": (resize_bilinear_case, 24),
    "RESIZE_NEAREST_NEIGHBOR": (resize_nearest_neighbor_case, 24),
}
