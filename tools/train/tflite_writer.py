"""Writes a .tflite file: FlatBuffers, identifier TFL3, one subgraph, int8 or float32.

    data = write(Model(tensors, steps, inputs, outputs))
"""

import flatbuffers
import numpy as np

from tflite_model import OPTIONS, VERSIONS, Model, Step, Tensor

SCHEMA_VERSION = 3


def _numbers(builder, values, dtype):
    return builder.CreateNumpyVector(np.asarray(values, dtype=dtype))


def _offsets(builder, offsets):
    builder.StartVector(4, len(offsets), 4)
    for offset in reversed(offsets):
        builder.PrependUOffsetTRelative(offset)
    return builder.EndVector()


def _buffer(builder, data):
    """A Buffer table; weights are aligned to 16 bytes, so that a runtime may use them in place."""
    vector = None
    if data is not None:
        raw = data.tobytes()
        builder.StartVector(1, len(raw), 16)
        builder.head -= len(raw)
        builder.Bytes[builder.head:builder.head + len(raw)] = raw
        vector = builder.EndVector()
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
    return builder.EndObject()


def _operator_code(builder, operator):
    builder.StartObject(4)
    builder.PrependInt8Slot(0, operator, 0)  # what readers before schema 3a look at
    builder.PrependInt32Slot(2, VERSIONS[operator], 1)
    builder.PrependInt32Slot(3, operator, 0)
    return builder.EndObject()


def _options(builder, step: Step):
    tag, slots = OPTIONS[step.operator]
    vectors = {name: _numbers(builder, step.options[name], np.int32)
               for name, (_, kind, _) in slots.items() if kind == "ints" and name in step.options}
    builder.StartObject(len(slots))
    prepend = {"byte": builder.PrependInt8Slot, "int": builder.PrependInt32Slot,
               "float": builder.PrependFloat32Slot}
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
    builder.StartObject(13)
    builder.PrependUint32Slot(0, code, 0)
    builder.PrependUOffsetTRelativeSlot(1, inputs, 0)
    builder.PrependUOffsetTRelativeSlot(2, outputs, 0)
    builder.PrependUint8Slot(3, tag, 0)
    builder.PrependUOffsetTRelativeSlot(4, options, 0)
    return builder.EndObject()


def _subgraph(builder, model: Model, buffer_of, codes):
    tensors = _offsets(builder, [_tensor(builder, t, b) for t, b in zip(model.tensors, buffer_of)])
    steps = _offsets(builder, [_operator(builder, s, codes.index(s.operator)) for s in model.steps])
    inputs = _numbers(builder, model.inputs, np.int32)
    outputs = _numbers(builder, model.outputs, np.int32)
    name = builder.CreateString("main")
    builder.StartObject(6)
    builder.PrependUOffsetTRelativeSlot(0, tensors, 0)
    builder.PrependUOffsetTRelativeSlot(1, inputs, 0)
    builder.PrependUOffsetTRelativeSlot(2, outputs, 0)
    builder.PrependUOffsetTRelativeSlot(3, steps, 0)
    builder.PrependUOffsetTRelativeSlot(4, name, 0)
    return builder.EndObject()


def write(model: Model) -> bytes:
    builder = flatbuffers.Builder(64 * 1024)
    codes = sorted({step.operator for step in model.steps})

    # Buffer 0 is empty by convention and serves every tensor without constant data.
    constants = [t.data for t in model.tensors if t.data is not None]
    numbers = iter(range(1, len(constants) + 1))
    buffer_of = [0 if t.data is None else next(numbers) for t in model.tensors]

    buffers = _offsets(builder, [_buffer(builder, data) for data in [None, *constants]])
    subgraphs = _offsets(builder, [_subgraph(builder, model, buffer_of, codes)])
    operator_codes = _offsets(builder, [_operator_code(builder, code) for code in codes])
    description = builder.CreateString(model.description)
    builder.StartObject(8)
    builder.PrependUint32Slot(0, SCHEMA_VERSION, 0)
    builder.PrependUOffsetTRelativeSlot(1, operator_codes, 0)
    builder.PrependUOffsetTRelativeSlot(2, subgraphs, 0)
    builder.PrependUOffsetTRelativeSlot(3, description, 0)
    builder.PrependUOffsetTRelativeSlot(4, buffers, 0)
    builder.Finish(builder.EndObject(), file_identifier=b"TFL3")
    return bytes(builder.Output())
