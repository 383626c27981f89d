"""float32 activations over int8 weights: the input is quantised as it comes, one row (of
FULLY_CONNECTED) or image (of the convolutions) at a time."""

import numpy as np

from operators.primitives import float_clamp, half_away

F = np.float32


def applies(node):
    return node.tensor(0).dtype.kind == "f" and node.tensor(1).dtype == np.int8


def _symmetric(row):
    """(int8 values as int64, scale, zero point) of one row."""
    most = max(abs(F(row.min())), abs(F(row.max())))
    if most == 0:
        return np.zeros(row.shape, np.int64), F(1), 0
    inverse = F(127) / most
    return np.clip(half_away(row * inverse), -127, 127).astype(np.int64), most / F(127), 0


def _asymmetric(row):
    low, high = min(0.0, float(row.min())), max(0.0, float(row.max()))
    if low == high:
        return np.zeros(row.shape, np.int64), F(1), 0
    scale = (high - low) / 255
    from_low, from_high = -128 - low / scale, 127 - high / scale
    low_error, high_error = 128 + abs(low / scale), 127 + abs(high / scale)
    zero = from_low if low_error < high_error else from_high
    zero = int(half_away(np.clip(zero, -128, 127)))
    values = half_away(F(zero) + row * (F(1) / F(scale)))
    return np.clip(values, -128, 127).astype(np.int64), F(scale), zero


def _rows(x, quantise):
    """Quantises along the first axis; gives values, scales, zero points."""
    values, scales, zeros = zip(*(quantise(row) for row in x))
    return np.stack(values), np.array(scales, F), np.array(zeros, np.int64)


def _finish(node, y):
    return float_clamp(y.astype(F), node.option("activation"))


def _bias(node):
    return node.value(2) if node.has(2) else F(0)


def fully_connected(node):
    filter_ = node.tensor(1)
    depth = filter_.shape[-1]
    weights = node.wide(1).reshape(-1, depth)
    q, scales, zeros = _rows(node.value(0).reshape(-1, depth),
                             _asymmetric if node.option("asymmetric") else _symmetric)
    sums = q @ weights.T - zeros[:, None] * weights.sum(axis=1)
    factors = scales[:, None] * filter_.scales[None, :]
    return _finish(node, _bias(node) + sums.astype(F) * factors)


def conv_2d(node, windows):
    filter_, weights = node.tensor(1), node.wide(1)
    uniform = (filter_.scales == filter_.scale).all()
    q, scales, zeros = _rows(node.value(0), _symmetric if uniform else _asymmetric)
    patches = windows(q - zeros[:, None, None, None], node, weights.shape[1:3])
    sums = np.einsum("nyxhwi,ohwi->nyxo", patches, weights).astype(F)
    scales = scales[:, None, None, None]
    y = (sums * (scales * filter_.scale) if uniform else sums * filter_.scales * scales)
    return _finish(node, y + _bias(node))


def depthwise_conv_2d(node, windows):
    filter_, weights = node.tensor(1), node.wide(1)
    q, scales, zeros = _rows(node.value(0), _asymmetric)
    centred = np.repeat(q - zeros[:, None, None, None], node.option("depth_multiplier"), axis=3)
    sums = np.einsum("nyxhwc,bhwc->nyxc", windows(centred, node, weights.shape[1:3]), weights)
    return _finish(node, sums.astype(F) * (filter_.scales * scales[:, None, None, None])
                   + _bias(node))
