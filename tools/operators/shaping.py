"""Operators that keep the elements and change the shape, or make a tensor of one: RESHAPE,
SQUEEZE, EXPAND_DIMS, SHAPE, FILL, ZEROS_LIKE, BROADCAST_TO, BROADCAST_ARGS, TILE, RANGE."""

import numpy as np

from operators.case import Builder, broadcast_shapes, pick, random_scale, random_zero, shape_of
from tflite.schema import Operator, Step, TensorType


def same_elements(node):
    return node.value(0)


def shape(node):
    return np.array(node.tensor(0).shape, np.int64)


def fill(node):
    return np.full(tuple(node.value(0)), node.value(1).reshape(()))


def zeros_like(node):
    return np.zeros(node.tensor(0).shape, node.tensor(0).dtype)


def broadcast_to(node):
    return np.broadcast_to(node.value(0), tuple(node.value(1)))


def broadcast_args(node):
    common = np.broadcast_shapes(tuple(node.value(0)), tuple(node.value(1)))
    return np.array(common, node.value(0).dtype)


def tile(node):
    return np.tile(node.value(0), tuple(node.value(1)))


def range_of(node):
    """Floats accumulate the step."""
    start, limit, delta = (node.value(i).reshape(-1)[0] for i in range(3))
    values = []
    while (start < limit) if delta > 0 else (start > limit):
        values.append(start)
        start = start + delta
    return np.array(values, node.out().dtype)


EVALUATE = {
    Operator.RESHAPE: same_elements,
    Operator.SQUEEZE: same_elements,
    Operator.EXPAND_DIMS: same_elements,
    Operator.SHAPE: shape,
    Operator.FILL: fill,
    Operator.ZEROS_LIKE: zeros_like,
    Operator.BROADCAST_TO: broadcast_to,
    Operator.BROADCAST_ARGS: broadcast_args,
    Operator.TILE: tile,
    Operator.RANGE: range_of,
}


def quantisation_for(random, dtype):
    """Scale and zero point for int8, a scale for int16, nothing for others."""
    if dtype == "int8":
        return random_scale(random), random_zero(random, dtype)
    return (random_scale(random), 0) if dtype == "int16" else ()


def moved(b, dtype, shape_in, shape_out, quantised=None):
    """An input and an output of the same type and quantisation around the constants of `b`."""
    quantised = quantisation_for(b.random, dtype) if quantised is None else quantised
    constants, b.inputs = b.inputs, []
    b.input(dtype, shape_in, *quantised)
    b.inputs += constants
    b.output(dtype, shape_out, *quantised)
    return b


def reshape_case(random, i):
    dtype = ("int8", "float32", "int16", "int32", "bool", "int64")[i % 6]
    sizes = random.permutation([1, 2, 3, 4]).tolist()
    new = [[24], [4, 6], [2, 3, 4], [1, 24, 1], [2, 1, 12], [3, 2, 2, 2]][i // 2 % 6]
    b = Builder("RESHAPE", random)
    stated = list(new)
    if i % 3 == 0:
        stated[0] = -1
    if i % 2:
        b.options["new_shape"] = stated
    else:
        b.constant(np.array(stated, np.int32))
    return moved(b, dtype, sizes, new)


def squeeze_case(random, i):
    dtype = ("int8", "float32", "int16", "int32")[i % 4]
    full = pick(random, [[1, 3, 1, 2], [2, 1, 4], [1, 1, 5], [3, 1], [1, 2, 1, 1, 3]])
    ones = [axis for axis, n in enumerate(full) if n == 1]
    dropped = ones
    b = Builder("SQUEEZE", random)
    if i % 3:
        dropped = [axis for axis in ones if random.random() < 0.6] or ones[:1]
        b.options["squeeze_dims"] = [axis - len(full) if random.random() < 0.3 else axis
                                     for axis in dropped]
    return moved(b, dtype, full, [n for axis, n in enumerate(full) if axis not in dropped])


def expand_dims_case(random, i):
    dtype = ("int8", "float32", "int16")[i % 3]
    full = shape_of(random, int(random.integers(1, 4)), 4)
    axis = int(random.integers(-len(full) - 1, len(full) + 1))
    b = Builder("EXPAND_DIMS", random)
    b.constant(np.array([axis], np.int32) if i % 2 else np.array(axis, np.int32))
    return moved(b, dtype, full, np.expand_dims(np.zeros(full), axis).shape)


def shape_case(random, i):
    dtype = ("int8", "float32", "int16", "int32", "bool")[i % 5]
    full = shape_of(random, 1 + i % 5, 6)
    b = Builder("SHAPE", random, {"out_type": int(TensorType.INT32)})
    b.input(dtype, full, *quantisation_for(random, dtype))
    b.output("int32", (len(full),))
    return b


def fill_case(random, i):
    dtype = ("int8", "float32", "int32")[i % 3]
    full, b = shape_of(random, 1 + i % 4, 4), Builder("FILL", random)
    quantised = quantisation_for(random, dtype)
    b.constant(np.array(full, np.int64 if i % 2 else np.int32))
    b.input(dtype, (), *quantised)
    b.output(dtype, full, *quantised)
    return b


def zeros_like_case(random, i):
    dtype = ("int8", "float32", "int32", "int64")[i % 4]
    full = shape_of(random, 1 + i % 4, 4)
    quantised = (random_scale(random), 0) if dtype == "int8" else ()
    return moved(Builder("ZEROS_LIKE", random), dtype, full, full, quantised)


def broadcast_to_case(random, i):
    dtype = ("int8", "float32", "int16", "int32", "bool")[i % 5]
    (small, big), full = broadcast_shapes(random, int(random.integers(1, 6)), 2, 3)
    b = Builder("BROADCAST_TO", random)
    b.constant(np.array(full, np.int64 if i % 3 == 0 else np.int32))
    return moved(b, dtype, small, full)


def broadcast_args_case(random, i):
    dtype = ("int32", "int64")[i % 2]
    (one, other), full = broadcast_shapes(random, int(random.integers(2, 6)), 2, 6)
    b = Builder("BROADCAST_ARGS", random)
    for dims in (one, other):
        b.input(dtype, (len(dims),), values=np.array(dims))
    b.output(dtype, (len(full),))
    return b


def tile_case(random, i):
    dtype = ("int8", "float32", "int16", "int32", "bool")[i % 5]
    full = shape_of(random, 1 + i % 4, 3)
    times = random.integers(1, 4, len(full))
    b = Builder("TILE", random)
    b.constant(times.astype(np.int64 if i % 3 == 0 else np.int32))
    return moved(b, dtype, full, [int(n * t) for n, t in zip(full, times)])


def at_least(b, dtype, full, middle=None):
    """Puts MAXIMUM with an input of the model behind the operator, whose own inputs are all
    constant: a model needs an input. `middle` is the operator's output if it exists."""
    middle = b.output(dtype, full) if middle is None else middle
    b.steps.append(Step(Operator[b.operator], b.inputs, b.outputs, b.options, b.custom))
    b.operator, b.inputs, b.outputs, b.options, b.custom = "MAXIMUM", [middle], [], {}, ""
    b.input(dtype, full)
    b.output(dtype, full)
    return b


def range_case(random, i):
    dtype = ("float32", "int32", "int64")[i % 3]
    count = int(random.integers(1, 12))
    start, delta = (np.round(random.uniform(-20, 20) * 4) / 4, pick(random, [0.25, 0.1, -0.7, 3])
                    ) if dtype == "float32" else (int(random.integers(-20, 20)),
                                                  pick(random, [1, 3, -2, -7]))
    limit = start + delta * (count - 0.5 if dtype == "float32" else count)
    b = Builder("RANGE", random)
    for value in (start, limit, delta):
        b.constant(np.array(value, dtype))
    return at_least(b, dtype, (count,))


GOLDENS = {
    "RESHAPE": (reshape_case, 20),
    "SQUEEZE": (squeeze_case, 20),
    "EXPAND_DIMS": (expand_dims_case, 20),
    "SHAPE": (shape_case, 20),
    "FILL": (fill_case, 20),
    "ZEROS_LIKE": (zeros_like_case, 20),
    "BROADCAST_TO": (broadcast_to_case, 20),
    "BROADCAST_ARGS": (broadcast_args_case, 20),
    "TILE": (tile_case, 20),
    "RANGE": (range_case, 20),
}
