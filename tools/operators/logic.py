"""Comparisons, logic, selection, ARG_MAX and ARG_MIN."""

import numpy as np

from operators.case import Builder, broadcast_shapes, draw, random_scale, random_zero, shape_of
from operators.primitives import multiply, quantize_multiplier
from operators.shaping import quantisation_for
from tflite.schema import Operator, TensorType


def _compare(operation):
    """int8 operands are compared in steps of 1/256 of the real value."""
    def evaluate(node):
        if node.tensor(0).dtype != np.int8:
            return operation(node.value(0), node.value(1))
        a, b = (multiply(node.centred(i) << 8, *quantize_multiplier(float(node.tensor(i).scale)))
                for i in (0, 1))
        return operation(a, b)
    return evaluate


def logical_or(node):
    return node.value(0) | node.value(1)


def logical_and(node):
    return node.value(0) & node.value(1)


def logical_not(node):
    return ~node.value(0)


def select(node):
    return np.where(node.value(0), node.value(1), node.value(2))


def arg_max(node):
    return node.value(0).argmax(axis=int(node.value(1).reshape(-1)[0]))


def arg_min(node):
    return node.value(0).argmin(axis=int(node.value(1).reshape(-1)[0]))


_COMPARISONS = {
    "EQUAL": np.equal, "NOT_EQUAL": np.not_equal, "GREATER": np.greater,
    "GREATER_EQUAL": np.greater_equal, "LESS": np.less, "LESS_EQUAL": np.less_equal,
}
EVALUATE = {
    **{Operator[name]: _compare(operation) for name, operation in _COMPARISONS.items()},
    Operator.LOGICAL_OR: logical_or,
    Operator.LOGICAL_AND: logical_and,
    Operator.LOGICAL_NOT: logical_not,
    Operator.SELECT_V2: select,
    Operator.SELECT: select,
    Operator.ARG_MAX: arg_max,
    Operator.ARG_MIN: arg_min,
}


def _comparison_case(operator):
    """Operands with many equal values. int16 is left out: the reference compares garbage."""
    types = ["int8", "float32", "int32", "int64"]
    if operator in ("EQUAL", "NOT_EQUAL"):
        types.append("bool")

    def case(random, i):
        dtype = types[i % len(types)]
        shapes, common = broadcast_shapes(random, int(random.integers(1, 5)), 2, 4)
        b = Builder(operator, random)
        scale, zero = random_scale(random, 0.002, 0.9), random_zero(random, "int8")
        for place, shape in enumerate(shapes):
            values = random.integers(-3, 4, shape)
            quantised = ()
            if dtype == "int8":
                if i % 2:
                    zero, scale = random_zero(random, "int8"), random_scale(random, 0.002, 0.9)
                values = np.where(random.random(shape) < 0.5, draw(random, "int8", shape),
                                  np.clip(values + zero, -128, 127))
                quantised = (scale, zero)
            elif dtype == "bool":
                values = values > 0
            b.input(dtype, shape, *quantised, values=values)
        b.output("bool", common)
        return b
    return case


def logical_or_case(random, i, operator="LOGICAL_OR"):
    shapes, common = broadcast_shapes(random, int(random.integers(1, 6)), 2, 4)
    b = Builder(operator, random)
    for shape in shapes:
        b.input("bool", shape)
    b.output("bool", common)
    return b


def logical_and_case(random, i):
    return logical_or_case(random, i, "LOGICAL_AND")


def logical_not_case(random, i):
    b, shape = Builder("LOGICAL_NOT", random), shape_of(random, i % 5, 4)
    b.input("bool", shape)
    b.output("bool", shape)
    return b


def select_v2_case(random, i):
    dtype = ("int8", "float32", "int16")[i % 3]
    shapes, common = broadcast_shapes(random, int(random.integers(1, 6)), 3, 3)
    return _select("SELECT_V2", random, dtype, shapes, common)


def select_case(random, i):
    shape = shape_of(random, int(random.integers(1, 5)), 4)
    return _select("SELECT", random, ("int8", "float32", "int16")[i % 3], [shape] * 3, shape)


def _select(operator, random, dtype, shapes, common):
    b, quantised = Builder(operator, random), quantisation_for(random, dtype)
    b.input("bool", shapes[0])
    for shape in shapes[1:]:
        b.input_or_constant(random.random() < 0.2, dtype, shape, *quantised)
    b.output(dtype, common, *quantised)
    return b


def arg_max_case(random, i, operator="ARG_MAX"):
    """Small integers: the first of equal values wins."""
    dtype = ("int8", "float32")[i % 2]
    shape = shape_of(random, int(random.integers(1, 5)), 5)
    axis = int(random.integers(-len(shape), len(shape)))
    b = Builder(operator, random, {"output_type": int(TensorType.INT32)})
    b.input(dtype, shape, *quantisation_for(random, dtype), values=random.integers(-3, 4, shape))
    b.constant(np.array([axis] if i % 3 == 0 else axis, np.int32))
    b.output("int32", np.delete(shape, axis).tolist())
    return b


def arg_min_case(random, i):
    return arg_max_case(random, i, "ARG_MIN")


GOLDENS = {
    **{name: (_comparison_case(name), 20) for name in _COMPARISONS},
    "LOGICAL_OR": (logical_or_case, 20),
    "LOGICAL_AND": (logical_and_case, 20),
    "LOGICAL_NOT": (logical_not_case, 20),
    "SELECT_V2": (select_v2_case, 24),
    "SELECT": (select_case, 21),
    "ARG_MAX": (arg_max_case, 20),
    "ARG_MIN": (arg_min_case, 20),
}
