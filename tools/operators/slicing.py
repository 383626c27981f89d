"""Operators that take parts of a tensor or put parts together."""

import math

import numpy as np

from operators.case import Builder, draw, pick, random_scale, shape_of
from operators.shaping import at_least, moved, quantisation_for
from tflite.schema import Operator

F = np.float32


def _slice_of(node, axis, size):
    """The positions that STRIDED_SLICE takes along one axis, and whether the axis goes."""
    begin, end, stride = (int(node.value(i)[axis]) for i in (1, 2, 3))
    masked = {name: node.option(name + "_mask") >> axis & 1
              for name in ("begin", "end", "shrink_axis")}
    low, high = (0, size) if stride > 0 else (-1, size - 1)
    start = min(max(begin + size if begin < 0 else begin, low), high)
    stop = min(max(end + size if end < 0 else end, low), high)
    if masked["begin"]:
        start = 0 if stride > 0 else size - 1
    if masked["end"]:
        stop = size if stride > 0 else -1
    if masked["shrink_axis"]:
        return [start], True
    return list(range(start, stop, stride)), False


def strided_slice(node):
    x = node.value(0)
    for axis in reversed(range(x.ndim)):
        taken, dropped = _slice_of(node, axis, x.shape[axis])
        x = x.take(taken, axis)
        x = x.squeeze(axis) if dropped else x
    return x


def slice_(node):
    begin, size = node.value(1), node.value(2)
    return node.value(0)[tuple(slice(b, None if n == -1 else b + n) for b, n in zip(begin, size))]


def _parts(node, x, axis):
    axis = int(axis.reshape(-1)[0]) % x.ndim
    ends = np.cumsum([node.out(i).shape[axis] for i in range(len(node.step.outputs))])
    return np.split(x, ends[:-1], axis)


def split(node):
    return _parts(node, node.value(1), node.value(0))


def split_v(node):
    return _parts(node, node.value(0), node.value(2))


def concatenation(node):
    return np.concatenate([node.value(i) for i in range(node.count)], node.option("axis"))


def pack(node):
    return np.stack([node.value(i) for i in range(node.count)], node.option("axis"))


def unpack(node):
    return list(np.moveaxis(node.value(0), node.option("axis"), 0))


def gather(node):
    x, index = node.value(0), node.value(1)
    axis, batch = node.option("axis") % x.ndim, node.option("batch_dims")
    batch = batch % (index.ndim + 1) if batch < 0 else batch
    out = np.zeros((*x.shape[:axis], *index.shape[batch:], *x.shape[axis + 1:]), x.dtype)
    for at in np.ndindex(*x.shape[:batch]):
        out[at] = x[at].take(index[at], axis - batch)
    return out


def gather_nd(node):
    x, index = node.value(0), node.value(1)
    return x[tuple(np.moveaxis(index, -1, 0))]


def scatter_nd(node):
    index, updates = node.value(0), node.value(1)
    out = np.zeros(tuple(node.value(2)), updates.dtype)
    np.add.at(out, tuple(np.moveaxis(index, -1, 0)), updates)
    return out


def dynamic_update_slice(node):
    x, update = node.value(0).copy(), node.value(1)
    starts = np.clip(node.value(2), 0, np.array(x.shape) - update.shape)
    x[tuple(slice(s, s + n) for s, n in zip(starts, update.shape))] = update
    return x


def embedding_lookup(node):
    rows = node.value(1)[node.value(0)]
    if rows.dtype == np.int8 and node.out().dtype.kind == "f":
        return rows.astype(F) * node.tensor(1).scale
    return rows


def topk_v2(node):
    x, k = node.value(0), int(node.value(1).reshape(-1)[0])
    order = np.argsort(-x.astype(np.float64), axis=-1, kind="stable")[..., :k]
    return [np.take_along_axis(x, order, -1), order]


def one_hot(node):
    index, depth = node.value(0), int(node.value(1).reshape(-1)[0])
    on, off = (node.value(i).reshape(-1)[0] for i in (2, 3))
    axis = node.option("axis")
    hot = np.expand_dims(index, axis if axis >= 0 else index.ndim)
    places = np.arange(depth).reshape(-1, *[1] * (index.ndim - (axis if axis >= 0 else index.ndim)))
    return np.where(hot == places, on, off)


def where(node):
    return np.argwhere(node.value(0))


EVALUATE = {
    Operator.STRIDED_SLICE: strided_slice,
    Operator.SLICE: slice_,
    Operator.SPLIT: split,
    Operator.SPLIT_V: split_v,
    Operator.CONCATENATION: concatenation,
    Operator.PACK: pack,
    Operator.UNPACK: unpack,
    Operator.GATHER: gather,
    Operator.GATHER_ND: gather_nd,
    Operator.SCATTER_ND: scatter_nd,
    Operator.DYNAMIC_UPDATE_SLICE: dynamic_update_slice,
    Operator.EMBEDDING_LOOKUP: embedding_lookup,
    Operator.TOPK_V2: topk_v2,
    Operator.ONE_HOT: one_hot,
    Operator.WHERE: where,
}


class _SliceShape:
    """What _slice_of needs of a node, for a model that is being built."""

    def __init__(self, options, columns):
        self.options, self.columns = options, columns

    def option(self, name):
        return self.options.get(name, 0)

    def value(self, i):
        return self.columns[i - 1]


def strided_slice_case(random, i):
    """Masks, negative positions and steps, positions outside; a dropped axis keeps inside and
    goes forward, since the reference writes nothing otherwise."""
    dtype = ("int8", "float32", "int16", "int32", "bool")[i % 5]
    full = tuple(int(n) for n in random.integers(2, (20, 8, 6, 5)[i % 4], 1 + i % 4))
    while True:
        options = {name: int(random.integers(0, 1 << len(full))) & int(
            random.integers(0, 1 << len(full)))
            for name in ("begin_mask", "end_mask", "shrink_axis_mask")}
        begin, end = ([int(random.integers(-n - 2, n + 3)) for n in full] for _ in range(2))
        stride = [int(pick(random, [1, 1, 1, 2, 3, -1, -2])) for _ in full]
        for axis, n in enumerate(full):
            if options["shrink_axis_mask"] >> axis & 1:
                begin[axis], stride[axis] = int(random.integers(-n, n)), 1
                end[axis] = begin[axis] + 1
        columns = [np.array(c, np.int32) for c in (begin, end, stride)]
        taken = [_slice_of(_SliceShape(options, columns), axis, n) for axis, n in enumerate(full)]
        if math.prod(len(positions) for positions, _ in taken) >= min(3, math.prod(full)):
            break
    b = Builder("STRIDED_SLICE", random, options)
    for column in columns:
        b.constant(column)
    return moved(b, dtype, full, [len(positions) for positions, dropped in taken if not dropped])


def slice_case(random, i):
    dtype = ("int8", "float32", "int16", "int32", "bool")[i % 5]
    full = shape_of(random, 1 + i // 2 % 5, 4)
    begin = [int(random.integers(0, n)) for n in full]
    size = [int(random.integers(1, n - s + 1)) for n, s in zip(full, begin)]
    stated = [-1 if s + n == whole and random.random() < 0.5 else n
              for s, n, whole in zip(begin, size, full)]
    b = Builder("SLICE", random)
    kind = np.int64 if i % 3 == 0 else np.int32
    b.constant(np.array(begin, kind))
    b.constant(np.array(stated, kind))
    return moved(b, dtype, full, size)


def split_case(random, i, operator="SPLIT"):
    dtype = ("int8", "float32", "int16", "int32")[i % 4]
    full = list(shape_of(random, 1 + i % 4, 3))
    axis, count = int(random.integers(0, len(full))), int(random.integers(1, 5))
    sizes = ([int(random.integers(1, 3))] * count if operator == "SPLIT"
             else [int(n) for n in random.integers(1, 4, count)])
    full[axis] = sum(sizes)
    stated = axis - len(full) if random.random() < 0.4 else axis
    b = Builder(operator, random, {"num_splits": count})
    quantised = quantisation_for(random, dtype)
    scalar = np.array([stated] if i % 2 else stated, np.int32)
    if operator == "SPLIT":
        b.constant(scalar)
    b.input(dtype, full, *quantised)
    if operator == "SPLIT_V":
        b.constant(np.array(sizes, np.int32))
        b.constant(scalar)
    for size in sizes:
        full[axis] = size
        b.output(dtype, full, *quantised)
    return b


def split_v_case(random, i):
    return split_case(random, i, "SPLIT_V")


def concatenation_case(random, i):
    dtype = ("int8", "float32", "int16", "int32", "int64", "bool")[i % 6]
    full = list(shape_of(random, 1 + i % 4, 3))
    axis, count = int(random.integers(0, len(full))), int(pick(random, [1, 2, 3, 10]))
    stated = axis - len(full) if random.random() < 0.4 else axis
    b = Builder("CONCATENATION", random, {"axis": stated})
    quantised, total = quantisation_for(random, dtype), 0
    for part in range(count):
        full[axis] = int(random.integers(1, 4))
        total += full[axis]
        b.input_or_constant(part and random.random() < 0.2, dtype, tuple(full), *quantised)
    full[axis] = total
    b.output(dtype, full, *quantised)
    return b


def pack_case(random, i):
    dtype = ("int8", "float32", "int16", "int32", "int64")[i % 5]
    full, count = shape_of(random, i % 4, 4), int(random.integers(1, 5))
    axis = int(random.integers(-len(full) - 1, len(full) + 1))
    b = Builder("PACK", random, {"values_count": count, "axis": axis})
    quantised = quantisation_for(random, dtype)
    for _ in range(count):
        b.input(dtype, full, *quantised)
    b.output(dtype, np.stack([np.zeros(full)] * count, axis).shape, *quantised)
    return b


def unpack_case(random, i):
    dtype = ("int8", "float32", "int16", "int32")[i % 4]
    full = shape_of(random, 2 + i % 3, 4)
    axis = int(random.integers(-len(full), len(full)))
    b = Builder("UNPACK", random, {"num": full[axis], "axis": axis})
    quantised = quantisation_for(random, dtype)
    b.input(dtype, full, *quantised)
    for _ in range(full[axis]):
        b.output(dtype, np.delete(full, axis).tolist(), *quantised)
    return b


def gather_case(random, i):
    dtype = ("int8", "float32")[i % 2]
    full = shape_of(random, int(random.integers(1, 5)), 4)
    axis = int(random.integers(0, len(full)))
    batch = int(random.integers(0, axis + 1)) if i % 3 == 0 else 0
    index_shape = (*full[:batch], *shape_of(random, int(random.integers(0, 3)), 3))
    index = random.integers(0, full[axis], index_shape).astype(np.int32)
    b = Builder("GATHER", random, {"axis": axis - len(full) if i % 4 == 1 else axis,
                                   "batch_dims": batch})
    quantised = quantisation_for(random, dtype)
    b.input(dtype, full, *quantised)
    if i % 5:
        b.input("int32", index_shape, values=index)
    else:
        b.constant(index)
    b.output(dtype, (*full[:axis], *index_shape[batch:], *full[axis + 1:]), *quantised)
    return b


def _indices(random, full, depth, lead):
    return np.stack([random.integers(0, n, lead) for n in full[:depth]], axis=-1).astype(np.int32)


def gather_nd_case(random, i):
    dtype = ("int8", "float32")[i % 2]
    full = shape_of(random, int(random.integers(1, 5)), 4)
    depth = int(random.integers(1, len(full) + 1))
    index = _indices(random, full, depth, shape_of(random, int(random.integers(1, 3)), 3))
    b = Builder("GATHER_ND", random)
    quantised = quantisation_for(random, dtype)
    b.input(dtype, full, *quantised)
    b.input("int32", index.shape, values=index)
    b.output(dtype, (*index.shape[:-1], *full[depth:]), *quantised)
    return b


def scatter_nd_case(random, i):
    dtype = ("float32", "int32", "int8")[i % 3]
    full = shape_of(random, int(random.integers(1, 4)), 5)
    depth = int(random.integers(1, len(full) + 1))
    index = _indices(random, full, depth, (int(random.integers(1, 7)),))
    b = Builder("SCATTER_ND", random)
    b.input("int32", index.shape, values=index)
    quantised = (random_scale(random), 0) if dtype == "int8" else ()
    updates = (len(index), *full[depth:])
    b.input(dtype, updates, *quantised, values=draw(random, "int8", updates)
            if dtype != "float32" else None)
    b.constant(np.array(full, np.int32))
    b.output(dtype, full, *quantised)
    return b


def dynamic_update_slice_case(random, i):
    dtype = ("int8", "float32", "int16", "int32")[i % 4]
    full = shape_of(random, int(random.integers(1, 5)), 4)
    part = tuple(int(random.integers(1, n + 1)) for n in full)
    b = Builder("DYNAMIC_UPDATE_SLICE", random)
    quantised, kind = quantisation_for(random, dtype), "int64" if i % 3 == 0 else "int32"
    b.input(dtype, full, *quantised)
    b.input(dtype, part, *quantised)
    b.input(kind, (len(full),), values=np.array([random.integers(-2, n + 2) for n in full]))
    b.output(dtype, full, *quantised)
    return b


def embedding_lookup_case(random, i):
    """float32 rows, int8 rows, and int8 rows given as floats."""
    dtype, result = (("float32", "float32"), ("int8", "int8"), ("int8", "float32"))[i % 3]
    full = shape_of(random, int(random.integers(2, 5)), 4)
    count = int(random.integers(1, 6))
    b = Builder("EMBEDDING_LOOKUP", random)
    scale = random_scale(random)
    quantised = (scale, 0) if dtype == "int8" else ()
    b.input("int32", (count,), values=random.integers(0, full[0], count))
    b.constant(draw(random, dtype, full), *quantised)
    b.output(result, (count, *full[1:]), *(quantised if result == "int8" else ()))
    return b


def topk_v2_case(random, i):
    """Few distinct values, so that ties occur."""
    dtype = ("float32", "int8", "int32")[i % 3]
    full = shape_of(random, 1 + i % 3, 8)
    k = int(random.integers(1, full[-1] + 1))
    b = Builder("TOPK_V2", random)
    quantised = quantisation_for(random, dtype)
    b.input(dtype, full, *quantised, values=random.integers(-4, 5, full))
    b.constant(np.array(k, np.int32))
    b.output(dtype, (*full[:-1], k), *quantised)
    b.output("int32", (*full[:-1], k))
    return b


def one_hot_case(random, i):
    dtype = ("float32", "int32", "int8", "bool")[i % 4]
    lead = shape_of(random, int(random.integers(1, 4)), 3)
    axis, depth = int(random.integers(-1, len(lead) + 1)), int(random.integers(1, 6))
    kind = "int64" if i % 3 == 0 else "int32"
    b = Builder("ONE_HOT", random, {"axis": axis})
    b.input(kind, lead, values=random.integers(-1, depth + 1, lead))
    b.constant(np.array(depth, np.int32))
    quantised = quantisation_for(random, dtype)
    on, off = (1, 0) if dtype == "bool" else (3, -2)
    for value in (on, off):
        b.constant(np.array(value, dtype), *quantised)
    where_to = axis if axis >= 0 else len(lead)
    b.output(dtype, (*lead[:where_to], depth, *lead[where_to:]), *quantised)
    return b


def where_case(random, i):
    """The condition is constant: only then is the size of the output known."""
    dtype = ("bool", "float32", "int32", "int8")[i % 4]
    full = shape_of(random, 1 + i % 4, 4)
    values = random.integers(0, 2, full)
    values.reshape(-1)[0] = 1
    b = Builder("WHERE", random)
    b.constant((values * (1 if dtype == "bool" else 3)).astype(dtype))
    return at_least(b, "int64", (int(values.sum()), len(full)))


GOLDENS = {
    "STRIDED_SLICE": (strided_slice_case, 35),
    "SLICE": (slice_case, 20),
    "SPLIT": (split_case, 20),
    "SPLIT_V": (split_v_case, 20),
    "CONCATENATION": (concatenation_case, 24),
    "PACK": (pack_case, 20),
    "UNPACK": (unpack_case, 20),
    "GATHER": (gather_case, 24),
    "GATHER_ND": (gather_nd_case, 20),
    "SCATTER_ND": (scatter_nd_case, 21),
    "DYNAMIC_UPDATE_SLICE": (dynamic_update_slice_case, 24),
    "EMBEDDING_LOOKUP": (embedding_lookup_case, 21),
    "TOPK_V2": (topk_v2_case, 21),
    "ONE_HOT": (one_hot_case, 20),
    "WHERE": (where_case, 20),
}
