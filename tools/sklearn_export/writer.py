"""Writes .mlt files: FlatBuffers, identifier MLT1 (engine/ml/mlt.fbs)."""
import json
from pathlib import Path

import flatbuffers
import numpy as np

VERSION = 1
ALIGNMENT = 16
DTYPES = ["float32", "float64", "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64",
          "bool"]
# What each kind's arrays and options are: tools/sklearn_export/kinds.lua writes it.
KINDS = json.loads((Path(__file__).parent / "kinds.json").read_text())


def _offsets(builder, offsets):
    builder.StartVector(4, len(offsets), 4)
    for offset in reversed(offsets):
        builder.PrependUOffsetTRelative(offset)
    return builder.EndVector()


def _numbers(builder, values, dtype):
    return builder.CreateNumpyVector(np.asarray(values, dtype=dtype))


def _bytes(builder, raw):
    builder.StartVector(1, len(raw), ALIGNMENT)
    builder.head -= len(raw)
    builder.Bytes[builder.head:builder.head + len(raw)] = raw
    return builder.EndVector()


def _array(builder, name, values):
    data = _bytes(builder, np.ascontiguousarray(values).tobytes())
    shape = _numbers(builder, values.shape, np.int32)
    text = builder.CreateString(name)
    builder.StartObject(4)
    builder.PrependUOffsetTRelativeSlot(0, text, 0)
    builder.PrependInt8Slot(1, DTYPES.index(values.dtype.name), 0)
    builder.PrependUOffsetTRelativeSlot(2, shape, 0)
    builder.PrependUOffsetTRelativeSlot(3, data, 0)
    return builder.EndObject()


def _cast(name, values, dtype):
    values = np.asarray(values)
    cast = values.astype(dtype)
    if values.dtype.kind in "iu" and not np.array_equal(cast, values):
        raise ValueError(f"array '{name}' does not fit {dtype}")
    return cast


def _value(kind, name, value):
    """An option as files have it: a word of a number is -1 minus its position."""
    option = KINDS[kind]["options"][name]
    if not isinstance(value, str):
        return float(value)
    position = option["words"].split("|").index(value)
    return float(position if option["type"] == "word" else -1 - position)


def _option(builder, kind, name, value):
    if name not in KINDS[kind]["options"]:
        raise ValueError(f"{kind} has no option '{name}'")
    listed = isinstance(value, (list, tuple))
    values = [_value(kind, name, v) for v in (value if listed else [value])]
    numbers = _numbers(builder, values, np.float64)
    text = builder.CreateString(name)
    builder.StartObject(2)
    builder.PrependUOffsetTRelativeSlot(0, text, 0)
    builder.PrependUOffsetTRelativeSlot(1, numbers, 0)
    return builder.EndObject()


def _labels(builder, classes):
    """The labels' array and their dtype: int64, or every name ended by a 0."""
    classes = np.asarray(classes)
    if classes.dtype.kind in "iub":
        dtype = classes.dtype.name if classes.dtype.name in DTYPES else "int64"
        return _array(builder, "labels", classes.astype(np.int64)), DTYPES.index(dtype)
    if classes.dtype.kind == "f" and np.array_equal(classes, np.round(classes)):
        return _array(builder, "labels", classes.astype(np.int64)), DTYPES.index("float64")
    names = b"".join(str(name).encode() + b"\0" for name in classes)
    return _array(builder, "labels", np.frombuffer(names, np.uint8)), DTYPES.index("int32")


def _estimator(builder, fitted, name):
    specs = KINDS[fitted.kind]["arrays"]
    arrays = []
    for key, values in fitted.arrays.items():
        if key not in specs:
            raise ValueError(f"{fitted.kind} has no array '{key}'")
        arrays.append(_array(builder, key, _cast(key, values, specs[key]["dtype"])))
    arrays = _offsets(builder, arrays)
    options = _offsets(builder, [_option(builder, fitted.kind, key, value)
                                 for key, value in fitted.options.items()])
    classes = 0 if fitted.classes is None else len(fitted.classes)
    labels, dtype = _labels(builder, fitted.classes) if classes else (0, DTYPES.index("int32"))
    kind = builder.CreateString(fitted.kind)
    text = builder.CreateString(name)
    builder.StartObject(8)
    builder.PrependUOffsetTRelativeSlot(0, kind, 0)
    builder.PrependUOffsetTRelativeSlot(1, options, 0)
    builder.PrependInt32Slot(2, fitted.features, 0)
    builder.PrependInt32Slot(3, classes, 0)
    builder.PrependInt8Slot(4, dtype, 0)
    builder.PrependUOffsetTRelativeSlot(5, labels, 0)
    builder.PrependUOffsetTRelativeSlot(6, arrays, 0)
    builder.PrependUOffsetTRelativeSlot(7, text, 0)
    return builder.EndObject()


def write(steps, pipeline, producer) -> bytes:
    """The file of [(name, Fitted)]: the steps of a pipeline, or one estimator."""
    builder = flatbuffers.Builder(64 * 1024)
    estimators = _offsets(builder, [_estimator(builder, fitted, name) for name, fitted in steps])
    text = builder.CreateString(producer)
    builder.StartObject(4)
    builder.PrependInt32Slot(0, VERSION, 0)
    builder.PrependUOffsetTRelativeSlot(1, text, 0)
    builder.PrependBoolSlot(2, pipeline, False)
    builder.PrependUOffsetTRelativeSlot(3, estimators, 0)
    builder.Finish(builder.EndObject(), file_identifier=b"MLT1")
    return bytes(builder.Output())
