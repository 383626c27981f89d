"""Writes a .tflite file: FlatBuffers, identifier TFL3.

    data = write(Model(tensors, steps, inputs, outputs))
"""

import flatbuffers
import numpy as np
from flatbuffers import flexbuffers

from tflite.schema import OPTIONS, VERSIONS, Model, Step, Tensor, TensorType

SCHEMA_VERSION = 3


def _numbers(builder, values, dtype):
    return builder.CreateNumpyVector(np.asarray(values, dtype=dtype))


def _offsets(builder, offsets):
    builder.StartVector(4, len(offsets), 4)
    for offset in reversed(offsets):
        builder.PrependUOffsetTRelative(offset)
    return builder.EndVector()


def _bytes(builder, raw, alignment):
    builder.StartVector(1, len(raw), alignment)
    builder.head -= len(raw)
    builder.Bytes[builder.head:builder.head + len(raw)] = raw
    return builder.EndVector()


def _raw(tensor: Tensor) -> bytes:
    if tensor.type != TensorType.INT4:
        return tensor.data.tobytes()
    halves = np.append(tensor.data.reshape(-1), 0).view(np.uint8) & 0xf
    count = tensor.data.size // 2 * 2 + tensor.data.size % 2 * 2
    return (halves[0:count:2] | halves[1:count:2] << 4).tobytes()


def _buffer(builder, raw):
    """A Buffer table; weights are aligned to 16 bytes, so that a runtime may use them in place."""
    vector = None if raw is None else _bytes(builder, raw, 16)
    builder.StartObject(3)
    if vector is not None:
        builder.PrependUOffsetTRelativeSlot(0, vector, 0)
    return builder.EndObject()


def _quantization(builder, tensor: Tensor):
    scales = _numbers(builder, tensor.scales, np.float32)
    zero_points = _numbers(builder, tensor.zero_points, np.int64)
    builder.StartObject(7)
    builder.PrependUOffsetTRelativeSlot(2, scales, 0)
    builder.PrependUOffsetTRelativeSlot(3, zero_points, 0)
    builder.PrependInt32Slot(6, tensor.axis, 0)
    return builder.EndObject()


def _tensor(builder, tensor: Tensor, buffer: int):
    name = builder.CreateString(tensor.name)
    shape = _numbers(builder, tensor.shape, np.int32)
    quantization = _quantization(builder, tensor) if tensor.scales is not None else 0
    builder.StartObject(11)
    builder.PrependUOffsetTRelativeSlot(0, shape, 0)
    builder.PrependInt8Slot(1, tensor.type, 0)
    builder.PrependUint32Slot(2, buffer, 0)
    builder.PrependUOffsetTRelativeSlot(3, name, 0)
    builder.PrependUOffsetTRelativeSlot(4, quantization, 0)
    builder.PrependBoolSlot(5, tensor.variable, False)
    return builder.EndObject()


def _operator_code(builder, operator, custom):
    name = builder.CreateString(custom) if custom else 0
    builder.StartObject(4)
    builder.PrependInt8Slot(0, min(operator, 127), 0)  # what readers before schema 3a look at
    builder.PrependUOffsetTRelativeSlot(1, name, 0)
    builder.PrependInt32Slot(2, VERSIONS.get(operator, 1), 1)
    builder.PrependInt32Slot(3, operator, 0)
    return builder.EndObject()


def _options(builder, step: Step):
    if step.operator not in OPTIONS:
        return 0, 0
    tag, slots = OPTIONS[step.operator]
    vectors = {name: _numbers(builder, step.options[name], np.int32)
               for name, (_, kind, _) in slots.items() if kind == "ints" and name in step.options}
    vectors |= {name: builder.CreateString(step.options[name])
                for name, (_, kind, _) in slots.items() if kind == "text" and name in step.options}
    builder.StartObject(len(slots))
    prepend = {"byte": builder.PrependInt8Slot, "bool": builder.PrependInt8Slot,
               "int": builder.PrependInt32Slot, "float": builder.PrependFloat32Slot}
    for name, (slot, kind, default) in slots.items():
        if name in vectors:
            builder.PrependUOffsetTRelativeSlot(slot, vectors[name], 0)
        elif name in step.options:
            prepend[kind](slot, step.options[name], default)
    return tag, builder.EndObject()


def _operator(builder, step: Step, code: int):
    inputs = _numbers(builder, step.inputs, np.int32)
    outputs = _numbers(builder, step.outputs, np.int32)
    tag, options = _options(builder, step)
    custom = 0
    if step.custom and step.options:
        custom = _bytes(builder, flexbuffers.Dumps(step.options), 1)
    builder.StartObject(13)
    builder.PrependUint32Slot(0, code, 0)
    builder.PrependUOffsetTRelativeSlot(1, inputs, 0)
    builder.PrependUOffsetTRelativeSlot(2, outputs, 0)
    builder.PrependUint8Slot(3, tag, 0)
    builder.PrependUOffsetTRelativeSlot(4, options, 0)
    builder.PrependUOffsetTRelativeSlot(5, custom, 0)
    return builder.EndObject()


def _subgraph(builder, model: Model, buffer_of, codes, name):
    tensors = _offsets(builder, [_tensor(builder, t, b) for t, b in zip(model.tensors, buffer_of)])
    steps = _offsets(builder, [_operator(builder, s, codes.index((s.operator, s.custom)))
                               for s in model.steps])
    inputs = _numbers(builder, model.inputs, np.int32)
    outputs = _numbers(builder, model.outputs, np.int32)
    name = builder.CreateString(name)
    builder.StartObject(6)
    builder.PrependUOffsetTRelativeSlot(0, tensors, 0)
    builder.PrependUOffsetTRelativeSlot(1, inputs, 0)
    builder.PrependUOffsetTRelativeSlot(2, outputs, 0)
    builder.PrependUOffsetTRelativeSlot(3, steps, 0)
    builder.PrependUOffsetTRelativeSlot(4, name, 0)
    return builder.EndObject()


def write(model: Model) -> bytes:
    builder = flatbuffers.Builder(64 * 1024)
    codes = sorted({(step.operator, step.custom) for graph in model.graphs for step in graph.steps})

    # Buffer 0 is empty by convention and serves every tensor without constant data.
    contents = [None]
    buffers_of = []
    for graph in model.graphs:
        buffer_of = []
        for tensor in graph.tensors:
            buffer_of.append(0 if tensor.data is None else len(contents))
            if tensor.data is not None:
                contents.append(_raw(tensor))
        buffers_of.append(buffer_of)

    buffers = _offsets(builder, [_buffer(builder, raw) for raw in contents])
    names = ["main", *(f"graph {i}" for i in range(1, len(model.graphs)))]
    subgraphs = _offsets(builder, [_subgraph(builder, graph, buffer_of, codes, name) for
                                   graph, buffer_of, name in zip(model.graphs, buffers_of, names)])
    operator_codes = _offsets(builder, [_operator_code(builder, *code) for code in codes])
    description = builder.CreateString(model.description)
    builder.StartObject(8)
    builder.PrependUint32Slot(0, SCHEMA_VERSION, 0)
    builder.PrependUOffsetTRelativeSlot(1, operator_codes, 0)
    builder.PrependUOffsetTRelativeSlot(2, subgraphs, 0)
    builder.PrependUOffsetTRelativeSlot(3, description, 0)
    builder.PrependUOffsetTRelativeSlot(4, buffers, 0)
    builder.Finish(builder.EndObject(), file_identifier=b"TFL3")
    return bytes(builder.Output())
