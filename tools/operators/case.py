"""Builds random single-operator models with their inputs.

    b = Builder("ADD", random, activation=Activation.RELU)
    b.input("int8", (2, 3), *b.quantisation("int8"))
    b.constant(weights)
    b.output("int8", (2, 3), 0.1, 4)
    b.runs = 2
"""

from dataclasses import dataclass, field
from typing import Optional

import numpy as np

from operators.primitives import limits
from tflite.schema import Model, Operator, Step, Tensor, TensorType


def pick(random, values):
    """One of the values, of any type."""
    return values[int(random.integers(len(values)))]


def shape_of(random, rank, most=5):
    return tuple(int(n) for n in random.integers(1, most + 1, rank))


def broadcast_shapes(random, rank, count, most=4):
    """`count` shapes that broadcast together; returns them and the common shape."""
    full = tuple(int(n) for n in random.integers(2, most + 1, rank))
    shapes = []
    for _ in range(count):
        kept = [n if random.random() < 0.75 else 1 for n in full]
        shapes.append(tuple(kept[int(random.integers(rank)) if random.random() < 0.25 else 0:]))
    return shapes, np.broadcast_shapes(*shapes)


def draw(random, dtype, shape, spread=3.0):
    """Values of a type: all integers of 8 and 16 bits, the ends among them; small wider ones
    and at times any; floats with few bits, around 0, so that they pack well."""
    dtype = np.dtype(dtype)
    if dtype == bool:
        return random.random(shape) < 0.5
    if dtype.kind == "f":
        return (np.round(random.normal(0, spread, shape) * 128) / 128).astype(dtype)
    least, most = limits(dtype)
    low, high = (least, most) if dtype.itemsize <= 2 else (max(least, -1000), 1000)
    values = random.integers(low, high + 1, shape)
    rare = (np.where(values % 2, low, high) if dtype.itemsize <= 2
            else random.integers(least, most, shape, dtype, endpoint=True))
    return np.where(random.random(shape) < 0.1, rare, values).astype(dtype)


def random_scale(random, low=1e-3, high=0.5):
    return np.float32(np.exp(random.uniform(np.log(low), np.log(high))))


def random_zero(random, dtype):
    """Odd values and both ends; int16 as int8, since few operators take any there."""
    low, high = limits(dtype) if np.dtype(dtype).itemsize == 1 else (-128, 127)
    return pick(random, [low, high, 0, *random.integers(low, high + 1, 4).tolist()])


@dataclass
class Builder:
    operator: str
    random: np.random.Generator
    options: dict = field(default_factory=dict)
    custom: str = ""
    tensors: list = field(default_factory=list)
    inputs: list = field(default_factory=list)  # of the operator
    outputs: list = field(default_factory=list)
    draws: dict = field(default_factory=dict)  # a model's input -> a function that gives values
    results: Optional[list] = None  # outputs of the model, if not those of the operator
    runs: int = 1
    tolerance: Optional[float] = None
    steps: list = field(default_factory=list)  # what comes before the operator or after it
    others: list = field(default_factory=list)

    def tensor(self, dtype, shape, scale=None, zero=0, data=None, axis=0, variable=False):
        """Adds a tensor that the operator does not use by itself; gives its position."""
        scales = None if scale is None else np.atleast_1d(np.asarray(scale, np.float32))
        zeros = None if scale is None else np.broadcast_to(np.int64(zero), scales.shape).copy()
        self.tensors.append(Tensor("", TensorType[np.dtype(dtype).name.upper() if dtype not in (
            "int4", "resource") else dtype.upper()], tuple(shape), scales, zeros, axis, data,
            variable))
        return len(self.tensors) - 1

    def input(self, dtype, shape, scale=None, zero=0, values=None, spread=3.0):
        """An input of model and operator. `values`: an array, or a function that draws one."""
        at = self.tensor(dtype, shape, scale, zero)
        self.feed(at, values, spread)
        self.inputs.append(at)
        return at

    def feed(self, at, values=None, spread=3.0):
        dtype, shape = self.tensors[at].dtype, self.tensors[at].shape
        if values is None:
            self.draws[at] = lambda: draw(self.random, dtype, shape, spread)
        elif callable(values):
            self.draws[at] = lambda: np.asarray(values(), dtype)
        else:
            self.draws[at] = lambda: np.asarray(values, dtype)

    def constant(self, data, scale=None, zero=0, axis=0, dtype=None):
        data = np.asarray(data, order="C")
        at = self.tensor(dtype or data.dtype.name, data.shape, scale, zero, data, axis)
        self.inputs.append(at)
        return at

    def input_or_constant(self, constant, dtype, shape, scale=None, zero=0, spread=3.0):
        if constant:
            return self.constant(draw(self.random, dtype, shape, spread), scale, zero)
        return self.input(dtype, shape, scale, zero, spread=spread)

    def variable(self, dtype, shape, scale=None, zero=0):
        at = self.tensor(dtype, shape, scale, zero, variable=True)
        self.inputs.append(at)
        return at

    def absent(self):
        self.inputs.append(-1)

    def output(self, dtype, shape, scale=None, zero=0):
        self.outputs.append(self.tensor(dtype, shape, scale, zero))
        return self.outputs[-1]

    def model(self) -> Model:
        step = Step(Operator[self.operator], self.inputs, self.outputs, self.options, self.custom)
        return Model(self.tensors, [*self.steps, step], list(self.draws),
                     self.outputs if self.results is None else self.results,
                     others=self.others)

    def keep(self, outputs):
        """What a run is compared with; None for an output that is left out."""
        return outputs

    def values(self):
        """The inputs of one run."""
        return [function() for function in self.draws.values()]
