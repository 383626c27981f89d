"""Runs whole models with the operators of this folder.

    machine = Interpreter(read(data))
    outputs = machine.run([x])
"""

import numpy as np

from operators import FAMILIES
from operators.custom import EndOfRun
from operators.primitives import limits
from tflite.schema import OPTIONS, Model, TensorType

EVALUATE = {key: function for family in FAMILIES for key, function in family.EVALUATE.items()}


class Node:
    """One step as its evaluator sees it: tensors, values, options, state."""

    def __init__(self, machine, graph, number):
        self.machine, self.graph = machine, graph
        self.step = graph.steps[number]
        self.number = number
        self.state = machine.states.setdefault((id(graph), number), {})

    def option(self, name, default=0):
        if name in self.step.options:
            return self.step.options[name]
        entry = OPTIONS.get(self.step.operator, (0, {}))[1].get(name)
        return entry[2] if entry else default

    @property
    def count(self):
        return len(self.step.inputs)

    def has(self, i):
        return i < self.count and self.step.inputs[i] >= 0

    def tensor(self, i):
        return self.graph.tensors[self.step.inputs[i]]

    def value(self, i):
        """The elements of input i in the tensor's own type."""
        return self.machine.value(self.graph, self.step.inputs[i])

    def wide(self, i):
        return self.value(i).astype(np.int64)

    def centred(self, i):
        """An integer input less its zero point."""
        return self.wide(i) - self.tensor(i).zero_point

    def store(self, i, array):
        """Writes a variable that is an input."""
        self.machine.keep(self.graph, self.step.inputs[i], array)

    def out(self, i=0):
        return self.graph.tensors[self.step.outputs[i]]

    def old(self, i=0):
        """What the output holds before the step, if it is a variable."""
        return self.machine.value(self.graph, self.step.outputs[i])

    def run_graph(self, index, arrays):
        return self.machine.run_graph(self.machine.model.graphs[index], arrays)


class Interpreter:
    def __init__(self, model: Model):
        self.model = model
        self.states = {}  # of operators
        self.resources = {}  # variables behind handles
        self.values = {}
        for graph in model.graphs:
            for i, tensor in enumerate(graph.tensors):
                if tensor.variable:
                    zero = tensor.zero_point if tensor.type == TensorType.INT8 else 0
                    self.values[id(graph), i] = np.full(tensor.shape, zero, tensor.dtype)

    def value(self, graph, i):
        data = graph.tensors[i].data
        return self.values[id(graph), i] if data is None else data

    def keep(self, graph, i, array):
        tensor = graph.tensors[i]
        array = np.asarray(array)
        if tensor.dtype.kind in "iu" and array.size:
            assert array.dtype.kind in "iub", (tensor, array.dtype)
            low, high = limits(tensor.dtype)
            assert low <= int(array.min()) and int(array.max()) <= high, "out of range"
        self.values[id(graph), i] = array.astype(tensor.dtype).reshape(tensor.shape)

    def run_graph(self, graph, arrays):
        for i, array in zip(graph.inputs, arrays):
            self.keep(graph, i, array)
        for number, step in enumerate(graph.steps):
            evaluate = EVALUATE.get(step.custom or step.operator)
            if evaluate is None:
                raise ValueError(f"no evaluator for {step.custom or step.operator.name}")
            results = evaluate(Node(self, graph, number))
            results = results if isinstance(results, list) else [results]
            for i, result in zip(step.outputs, results):
                self.keep(graph, i, result)
        return [self.value(graph, i) for i in graph.outputs]

    def run(self, arrays):
        """The outputs of one run, or None for each where an operator ended it early."""
        try:
            return [array.copy() for array in self.run_graph(self.model, arrays)]
        except EndOfRun:
            return [None] * len(self.model.outputs)
