"""Operators that move elements about or pad them: TRANSPOSE, REVERSE_V2, PAD, PADV2,
MIRROR_PAD, and the four between space, depth and batch."""

import numpy as np

from operators.case import Builder, draw, shape_of
from operators.shaping import moved, quantisation_for
from tflite.schema import Operator


def transpose(node):
    return node.value(0).transpose(*node.value(1))


def reverse_v2(node):
    return np.flip(node.value(0), tuple(int(axis) for axis in node.value(1).reshape(-1)))


def pad(node):
    fill = node.out().zero_point if node.tensor(0).dtype == np.int8 else 0
    return np.pad(node.value(0), node.value(1), constant_values=fill)


def padv2(node):
    return np.pad(node.value(0), node.value(1), constant_values=node.value(2).reshape(-1)[0])


def mirror_pad(node):
    return np.pad(node.value(0), node.value(1), "symmetric" if node.option("mode") else "reflect")


def _with_width(x):
    """Rank 3 is a row of images one element wide."""
    return x[:, :, None, :] if x.ndim == 3 else x


def _blocks(node):
    """(rows, columns) of a block and the pads or crops; rank 3 has no columns."""
    block = [int(n) for n in node.value(1)] + [1]
    edges = [[int(n) for n in pair] for pair in node.value(2)] + [[0, 0]]
    return block[:2], edges[:2]


def space_to_batch_nd(node):
    (bh, bw), edges = _blocks(node)
    fill = node.out().zero_point if node.tensor(0).dtype == np.int8 else 0
    x = np.pad(_with_width(node.value(0)), ((0, 0), *edges, (0, 0)), constant_values=fill)
    n, h, w, c = x.shape
    x = x.reshape(n, h // bh, bh, w // bw, bw, c)
    return x.transpose(2, 4, 0, 1, 3, 5).reshape(n * bh * bw, h // bh, w // bw, c)


def batch_to_space_nd(node):
    (bh, bw), ((top, bottom), (left, right)) = _blocks(node)
    x = _with_width(node.value(0))
    n, h, w, c = x.shape
    x = x.reshape(bh, bw, n // (bh * bw), h, w, c).transpose(2, 3, 0, 4, 1, 5)
    x = x.reshape(n // (bh * bw), h * bh, w * bw, c)
    return x[:, top:h * bh - bottom, left:w * bw - right]


def space_to_depth(node):
    x, b = node.value(0), node.option("block_size")
    n, h, w, c = x.shape
    x = x.reshape(n, h // b, b, w // b, b, c)
    return x.transpose(0, 1, 3, 2, 4, 5).reshape(n, h // b, w // b, b * b * c)


def depth_to_space(node):
    x, b = node.value(0), node.option("block_size")
    n, h, w, c = x.shape
    x = x.reshape(n, h, w, b, b, c // (b * b))
    return x.transpose(0, 1, 3, 2, 4, 5).reshape(n, h * b, w * b, c // (b * b))


EVALUATE = {
    Operator.TRANSPOSE: transpose,
    Operator.REVERSE_V2: reverse_v2,
    Operator.PAD: pad,
    Operator.PADV2: padv2,
    Operator.MIRROR_PAD: mirror_pad,
    Operator.SPACE_TO_BATCH_ND: space_to_batch_nd,
    Operator.BATCH_TO_SPACE_ND: batch_to_space_nd,
    Operator.SPACE_TO_DEPTH: space_to_depth,
    Operator.DEPTH_TO_SPACE: depth_to_space,
}


def transpose_case(random, i):
    dtype = ("int8", "float32", "int16")[i % 3]
    full = shape_of(random, 1 + i % 5, 4)
    order = random.permutation(len(full))
    b = Builder("TRANSPOSE", random)
    b.constant(order.astype(np.int32))
    return moved(b, dtype, full, [full[axis] for axis in order])


def reverse_v2_case(random, i):
    """The axes, sorted, follow one another: the reference takes no others."""
    dtype = ("int8", "float32", "uint8", "int16", "int32", "int64", "bool")[i % 7]
    rank = int(random.integers(1, 5))
    first = int(random.integers(0, rank))
    axes = random.permutation(np.arange(first, int(random.integers(first, rank)) + 1))
    b = Builder("REVERSE_V2", random)
    b.constant(np.array([axis - rank if random.random() < 0.3 else axis for axis in axes], np.int32))
    full = shape_of(random, rank, 4)
    return moved(b, dtype, full, full)


def pad_case(random, i, operator="PAD"):
    dtype = ("int8", "float32", "int16", "int32")[i % 4]
    full = shape_of(random, int(random.integers(1, 6)), 3)
    pads = random.integers(0, 3 if len(full) < 4 else 2, (len(full), 2)).astype(np.int32)
    quantised = quantisation_for(random, dtype)
    b = Builder(operator, random)
    b.constant(pads)
    if operator == "PADV2":
        b.constant(draw(random, dtype, (1,) if i % 3 else ()), *quantised)
    return moved(b, dtype, full, [int(n + p.sum()) for n, p in zip(full, pads)], quantised)


def padv2_case(random, i):
    return pad_case(random, i, "PADV2")


def mirror_pad_case(random, i):
    dtype, mode = ("int8", "float32")[i % 2], i // 2 % 2
    full = shape_of(random, int(random.integers(1, 5)), 4)
    pads = np.array([random.integers(0, n + mode, 2) for n in full])
    b = Builder("MIRROR_PAD", random, {"mode": mode})
    b.constant(pads.astype(np.int64 if i % 3 == 0 else np.int32))
    return moved(b, dtype, full, [int(n + p.sum()) for n, p in zip(full, pads)])


def _spatial(i):
    """Rank 4, at times rank 3."""
    return 1 if i % 4 == 3 else 2


def space_to_batch_nd_case(random, i):
    dtype, spatial = ("int8", "float32")[i % 2], _spatial(i)
    block = random.integers(1, 4, spatial)
    before = random.integers(0, 3, spatial)
    size = random.integers(1, 5, spatial)
    after = -(size + before) % block
    b = Builder("SPACE_TO_BATCH_ND", random)
    b.constant(block.astype(np.int32))
    b.constant(np.stack([before, after], axis=1).astype(np.int32))
    batch, depth = (int(n) for n in random.integers(1, 4, 2))
    out = (size + before + after) // block
    return moved(b, dtype, (batch, *map(int, size), depth),
                 (int(batch * block.prod()), *map(int, out), depth))


def batch_to_space_nd_case(random, i):
    dtype, spatial = ("int8", "float32")[i % 2], _spatial(i)
    block, size = random.integers(1, 4, spatial), random.integers(1, 4, spatial)
    whole = block * size
    crops = np.array([random.integers(0, max(1, n // 2), 2) for n in whole])
    b = Builder("BATCH_TO_SPACE_ND", random)
    b.constant(block.astype(np.int32))
    b.constant(crops.astype(np.int32))
    batch, depth = (int(n) for n in random.integers(1, 4, 2))
    return moved(b, dtype, (int(batch * block.prod()), *map(int, size), depth),
                 (batch, *(int(n - c.sum()) for n, c in zip(whole, crops)), depth))


def space_to_depth_case(random, i, operator="SPACE_TO_DEPTH"):
    dtype, block = ("int8", "float32")[i % 2], int(random.integers(1, 4))
    batch, height, width, depth = shape_of(random, 4, 3)
    wide = (batch, height * block, width * block, depth)
    deep = (batch, height, width, depth * block * block)
    b = Builder(operator, random, {"block_size": block})
    return moved(b, dtype, *((wide, deep) if operator == "SPACE_TO_DEPTH" else (deep, wide)))


def depth_to_space_case(random, i):
    return space_to_depth_case(random, i, "DEPTH_TO_SPACE")


GOLDENS = {
    "TRANSPOSE": (transpose_case, 24),
    "REVERSE_V2": (reverse_v2_case, 21),
    "PAD": (pad_case, 20),
    "PADV2": (padv2_case, 20),
    "MIRROR_PAD": (mirror_pad_case, 20),
    "SPACE_TO_BATCH_ND": (space_to_batch_nd_case, 20),
    "BATCH_TO_SPACE_ND": (batch_to_space_nd_case, 20),
    "SPACE_TO_DEPTH": (space_to_depth_case, 20),
    "DEPTH_TO_SPACE": (depth_to_space_case, 20),
}
