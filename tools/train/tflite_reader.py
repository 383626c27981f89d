"""Reads a .tflite file with one subgraph back into a Model, from its bytes alone.

Knows the operators and types of tflite_model.py and says which one it does not know.
"""

import struct

import numpy as np

from tflite_model import OPTIONS, Model, Operator, Step, Tensor, TensorType

DTYPES = {TensorType.FLOAT32: np.float32, TensorType.INT32: np.int32, TensorType.INT8: np.int8}


class _Table:
    """A FlatBuffers table: a field is found through its slot in the vtable."""

    def __init__(self, data, position):
        self.data, self.position = data, position
        self.vtable = position - struct.unpack_from("<i", data, position)[0]
        self.slots = (struct.unpack_from("<H", data, self.vtable)[0] - 4) // 2

    def _field(self, slot):
        if slot >= self.slots:
            return 0
        offset = struct.unpack_from("<H", self.data, self.vtable + 4 + 2 * slot)[0]
        return self.position + offset if offset else 0

    def number(self, slot, kind, default=0):
        at = self._field(slot)
        return struct.unpack_from("<" + kind, self.data, at)[0] if at else default

    def _target(self, slot):
        at = self._field(slot)
        return at + struct.unpack_from("<I", self.data, at)[0] if at else 0

    def table(self, slot):
        at = self._target(slot)
        return _Table(self.data, at) if at else None

    def array(self, slot, dtype):
        at = self._target(slot)
        if not at:
            return np.zeros(0, dtype)
        count = struct.unpack_from("<I", self.data, at)[0]
        return np.frombuffer(self.data, dtype, count, at + 4)

    def text(self, slot):
        return self.array(slot, np.uint8).tobytes().decode()

    def tables(self, slot):
        at = self._target(slot)
        starts = [at + 4 + 4 * i + int(o) for i, o in enumerate(self.array(slot, np.uint32))]
        return [_Table(self.data, start) for start in starts]


def _tensor(table, buffers):
    kind = TensorType(table.number(1, "b"))
    shape = tuple(int(n) for n in table.array(0, np.int32))
    raw = buffers[table.number(2, "I")].array(0, np.uint8)
    tensor = Tensor(table.text(3), kind, shape)
    if raw.size:
        tensor.data = np.frombuffer(raw.tobytes(), DTYPES[kind]).reshape(shape)
    quantization = table.table(4)
    if quantization is not None and quantization.array(2, np.float32).size:
        tensor.scales = quantization.array(2, np.float32)
        tensor.zero_points = quantization.array(3, np.int64)
        tensor.axis = quantization.number(6, "i")
    return tensor


def _options(table, operator):
    tag, slots = OPTIONS[operator]
    options = table.table(4)
    if options is None or table.number(3, "B") != tag:
        return {}
    kinds = {"byte": "b", "int": "i", "float": "f"}
    return {name: options.array(slot, np.int32) if kind == "ints"
            else options.number(slot, kinds[kind], default)
            for name, (slot, kind, default) in slots.items()}


def _operator(code):
    return Operator(max(code.number(0, "b"), code.number(3, "i")))


def read(data: bytes) -> Model:
    if data[4:8] != b"TFL3":
        raise ValueError("not a .tflite file: no TFL3 at byte 4")
    root = _Table(data, struct.unpack_from("<I", data, 0)[0])
    operators = [_operator(code) for code in root.tables(1)]
    buffers = root.tables(4)
    (graph,) = root.tables(2)
    steps = []
    for table in graph.tables(3):
        operator = operators[table.number(0, "I")]
        inputs, outputs = (table.array(slot, np.int32).tolist() for slot in (1, 2))
        steps.append(Step(operator, inputs, outputs, _options(table, operator)))
    return Model([_tensor(t, buffers) for t in graph.tables(0)], steps,
                 graph.array(1, np.int32).tolist(), graph.array(2, np.int32).tolist(),
                 root.text(3))
