"""Reads a .tflite file back into a Model, from its bytes alone.

Knows the operators and types of schema.py and says which one it does not know.
"""

import struct

import numpy as np

from tflite.schema import OPTIONS, Model, Operator, Step, Tensor, TensorType


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


def _unpack_int4(raw, count):
    """The even element lies in the low half of a byte."""
    halves = np.stack([raw << 4, raw & 0xf0], axis=1).reshape(-1)[:count]
    return halves.view(np.int8) >> 4


def _tensor(table, buffers):
    kind = TensorType(table.number(1, "b"))
    shape = tuple(int(n) for n in table.array(0, np.int32))
    raw = buffers[table.number(2, "I")].array(0, np.uint8)
    tensor = Tensor(table.text(3), kind, shape, variable=bool(table.number(5, "B")))
    if raw.size:
        count = int(np.prod(shape))
        tensor.data = (_unpack_int4(raw, count) if kind == TensorType.INT4
                       else np.frombuffer(raw.tobytes(), tensor.dtype)).reshape(shape)
    quantization = table.table(4)
    if quantization is not None and quantization.array(2, np.float32).size:
        tensor.scales = quantization.array(2, np.float32)
        tensor.zero_points = quantization.array(3, np.int64)
        tensor.axis = quantization.number(6, "i")
    return tensor


def _field(options, slot, kind, default):
    if kind == "ints":
        return options.array(slot, np.int32)
    if kind == "text":
        return options.text(slot)
    return options.number(slot, {"byte": "b", "bool": "b", "int": "i", "float": "f"}[kind], default)


def _options(table, operator):
    if operator == Operator.CUSTOM:
        from flatbuffers import flexbuffers  # here, so that other models need NumPy alone
        raw = table.array(5, np.uint8).tobytes()
        return flexbuffers.Loads(raw) if raw else {}
    if operator not in OPTIONS:
        return {}
    tag, slots = OPTIONS[operator]
    options = table.table(4)
    if options is None or table.number(3, "B") != tag:
        return {}
    return {name: _field(options, *entry) for name, entry in slots.items()}


def _step(table, operators):
    operator, custom = operators[table.number(0, "I")]
    inputs, outputs = (table.array(slot, np.int32).tolist() for slot in (1, 2))
    return Step(operator, inputs, outputs, _options(table, operator), custom)


def read(data: bytes) -> Model:
    if data[4:8] != b"TFL3":
        raise ValueError("not a .tflite file: no TFL3 at byte 4")
    root = _Table(data, struct.unpack_from("<I", data, 0)[0])
    operators = [(Operator(max(code.number(0, "b"), code.number(3, "i"))), code.text(1))
                 for code in root.tables(1)]
    buffers = root.tables(4)
    first, *others = [
        Model([_tensor(t, buffers) for t in graph.tables(0)],
              [_step(t, operators) for t in graph.tables(3)],
              graph.array(1, np.int32).tolist(), graph.array(2, np.int32).tolist(),
              root.text(3))
        for graph in root.tables(2)]
    first.others = others
    return first
