"""What a .tflite file says, as plain Python: shared by the writer, the reader and the
executor. Numbers are those of the TensorFlow Lite schema."""

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Optional

import numpy as np


class TensorType(IntEnum):
    FLOAT32 = 0
    INT32 = 2
    INT8 = 9


class Operator(IntEnum):
    AVERAGE_POOL_2D = 1
    CONV_2D = 3
    DEPTHWISE_CONV_2D = 4
    FULLY_CONNECTED = 9
    MAX_POOL_2D = 17
    RESHAPE = 22
    SOFTMAX = 25


class Padding(IntEnum):
    SAME = 0
    VALID = 1


class Activation(IntEnum):
    NONE = 0
    RELU = 1
    RELU6 = 3


# The table of the BuiltinOptions union that belongs to an operator, and its slots:
# name -> (slot, kind, default). A value equal to its default is absent from the file.
_CONV = {
    "padding": (0, "byte", 0), "stride_w": (1, "int", 0), "stride_h": (2, "int", 0),
    "activation": (3, "byte", 0), "dilation_w": (4, "int", 1), "dilation_h": (5, "int", 1),
}
_DEPTHWISE = {
    "padding": (0, "byte", 0), "stride_w": (1, "int", 0), "stride_h": (2, "int", 0),
    "depth_multiplier": (3, "int", 0), "activation": (4, "byte", 0),
    "dilation_w": (5, "int", 1), "dilation_h": (6, "int", 1),
}
_POOL = {
    "padding": (0, "byte", 0), "stride_w": (1, "int", 0), "stride_h": (2, "int", 0),
    "filter_w": (3, "int", 0), "filter_h": (4, "int", 0), "activation": (5, "byte", 0),
}
OPTIONS = {  # operator -> (tag in the union, slots)
    Operator.CONV_2D: (1, _CONV),
    Operator.DEPTHWISE_CONV_2D: (2, _DEPTHWISE),
    Operator.AVERAGE_POOL_2D: (5, _POOL),
    Operator.MAX_POOL_2D: (5, _POOL),
    Operator.FULLY_CONNECTED: (8, {"activation": (0, "byte", 0)}),
    Operator.SOFTMAX: (9, {"beta": (0, "float", 0.0)}),
    Operator.RESHAPE: (17, {"new_shape": (0, "ints", None)}),
}
# The version an int8 model must ask for, by TensorFlow's table of operator versions.
VERSIONS = {
    Operator.CONV_2D: 3,
    Operator.DEPTHWISE_CONV_2D: 3,
    Operator.AVERAGE_POOL_2D: 2,
    Operator.MAX_POOL_2D: 2,
    Operator.FULLY_CONNECTED: 4,
    Operator.SOFTMAX: 2,
    Operator.RESHAPE: 1,
}


@dataclass
class Tensor:
    name: str
    type: TensorType
    shape: tuple
    scales: Optional[np.ndarray] = None  # float32; None: not quantised
    zero_points: Optional[np.ndarray] = None  # int64, as many as scales
    axis: int = 0  # the axis that has one scale per index, if there are several
    data: Optional[np.ndarray] = None  # constants only

    @property
    def scale(self) -> np.float32:
        return self.scales[0]

    @property
    def zero_point(self) -> int:
        return int(self.zero_points[0])


@dataclass
class Step:
    operator: Operator
    inputs: list  # positions in Model.tensors
    outputs: list
    options: dict = field(default_factory=dict)


@dataclass
class Model:
    tensors: list
    steps: list
    inputs: list
    outputs: list
    description: str = ""
