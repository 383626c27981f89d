"""What a .tflite file says, as plain Python: shared by the writer, the reader and the
executors. Numbers are those of the TensorFlow Lite schema."""

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Optional

import numpy as np


class TensorType(IntEnum):
    FLOAT32 = 0
    INT32 = 2
    UINT8 = 3
    INT64 = 4
    BOOL = 6
    INT16 = 7
    INT8 = 9
    UINT64 = 12
    RESOURCE = 13
    UINT32 = 15
    INT4 = 17


DTYPES = {kind: np.dtype(kind.name.lower()) for kind in TensorType
          if kind not in (TensorType.RESOURCE, TensorType.INT4)}
DTYPES[TensorType.INT4] = np.dtype(np.int8)  # unpacked, one value in each element
DTYPES[TensorType.RESOURCE] = np.dtype(np.int32)

_OPERATORS = """
ADD=0 AVERAGE_POOL_2D=1 CONCATENATION=2 CONV_2D=3 DEPTHWISE_CONV_2D=4 DEPTH_TO_SPACE=5
DEQUANTIZE=6 EMBEDDING_LOOKUP=7 FLOOR=8 FULLY_CONNECTED=9 L2_NORMALIZATION=11 L2_POOL_2D=12
LOGISTIC=14 MAX_POOL_2D=17 MUL=18 RELU=19 RELU_N1_TO_1=20 RELU6=21 RESHAPE=22
RESIZE_BILINEAR=23 SOFTMAX=25 SPACE_TO_DEPTH=26 SVDF=27 TANH=28 CUSTOM=32 PAD=34 GATHER=36
BATCH_TO_SPACE_ND=37 SPACE_TO_BATCH_ND=38 TRANSPOSE=39 MEAN=40 SUB=41 DIV=42 SQUEEZE=43
UNIDIRECTIONAL_SEQUENCE_LSTM=44 STRIDED_SLICE=45 EXP=47 TOPK_V2=48 SPLIT=49 LOG_SOFTMAX=50
CAST=53 PRELU=54 MAXIMUM=55 ARG_MAX=56 MINIMUM=57 LESS=58 NEG=59 PADV2=60 GREATER=61
GREATER_EQUAL=62 LESS_EQUAL=63 SELECT=64 SLICE=65 SIN=66 TRANSPOSE_CONV=67 TILE=69
EXPAND_DIMS=70 EQUAL=71 NOT_EQUAL=72 LOG=73 SUM=74 SQRT=75 RSQRT=76 SHAPE=77 POW=78
ARG_MIN=79 REDUCE_PROD=81 REDUCE_MAX=82 PACK=83 LOGICAL_OR=84 ONE_HOT=85 LOGICAL_AND=86
LOGICAL_NOT=87 UNPACK=88 REDUCE_MIN=89 FLOOR_DIV=90 SQUARE=92 ZEROS_LIKE=93 FILL=94
FLOOR_MOD=95 RANGE=96 RESIZE_NEAREST_NEIGHBOR=97 LEAKY_RELU=98 SQUARED_DIFFERENCE=99
MIRROR_PAD=100 ABS=101 SPLIT_V=102 CEIL=104 REVERSE_V2=105 ADD_N=106 GATHER_ND=107 COS=108
WHERE=109 ELU=111 QUANTIZE=114 ROUND=116 HARD_SWISH=117 IF=118 WHILE=119 SCATTER_ND=122
SELECT_V2=123 BATCH_MATMUL=126 CUMSUM=128 CALL_ONCE=129 BROADCAST_TO=130 VAR_HANDLE=142
READ_VARIABLE=143 ASSIGN_VARIABLE=144 BROADCAST_ARGS=145 GELU=150 DYNAMIC_UPDATE_SLICE=151
SIGN=158
"""
Operator = IntEnum("Operator", [(name, int(number)) for name, number in
                                (entry.split("=") for entry in _OPERATORS.split())])


class Padding(IntEnum):
    SAME = 0
    VALID = 1


class Activation(IntEnum):
    NONE = 0
    RELU = 1
    RELU_N1_TO_1 = 2
    RELU6 = 3
    TANH = 4
    SIGN_BIT = 5


_POOL = "padding:byte stride_w:int stride_h:int filter_w:int filter_h:int activation:byte"
_REDUCE = "keep_dims:bool"
# operator -> the tag of its table in the BuiltinOptions union, and the fields by slot. A
# value equal to the default after "=" (else 0) is absent from the file.
_TABLES = {
    "CONV_2D": (1, "padding:byte stride_w:int stride_h:int activation:byte dilation_w:int=1 "
                   "dilation_h:int=1 bias_type:byte"),
    "DEPTHWISE_CONV_2D": (2, "padding:byte stride_w:int stride_h:int depth_multiplier:int "
                             "activation:byte dilation_w:int=1 dilation_h:int=1"),
    "AVERAGE_POOL_2D": (5, _POOL), "MAX_POOL_2D": (5, _POOL), "L2_POOL_2D": (5, _POOL),
    "SVDF": (6, "rank:int activation:byte asymmetric:bool"),
    "FULLY_CONNECTED": (8, "activation:byte weights_format:byte keep_num_dims:bool "
                           "asymmetric:bool bias_type:byte"),
    "SOFTMAX": (9, "beta:float"),
    "CONCATENATION": (10, "axis:int activation:byte"),
    "ADD": (11, "activation:byte pot_scale_int16:bool=1"),
    "L2_NORMALIZATION": (12, "activation:byte"),
    "RESIZE_BILINEAR": (15, "new_height:int new_width:int align_corners:bool "
                            "half_pixel_centers:bool"),
    "RESHAPE": (17, "new_shape:ints"),
    "SPACE_TO_DEPTH": (19, "block_size:int"),
    "MUL": (21, "activation:byte"),
    "PAD": (22, ""),
    "GATHER": (23, "axis:int batch_dims:int"),
    "BATCH_TO_SPACE_ND": (24, ""), "SPACE_TO_BATCH_ND": (25, ""), "TRANSPOSE": (26, ""),
    "MEAN": (27, _REDUCE), "SUM": (27, _REDUCE), "REDUCE_PROD": (27, _REDUCE),
    "REDUCE_MAX": (27, _REDUCE), "REDUCE_MIN": (27, _REDUCE),
    "SUB": (28, "activation:byte pot_scale_int16:bool=1"),
    "DIV": (29, "activation:byte"),
    "SQUEEZE": (30, "squeeze_dims:ints"),
    "STRIDED_SLICE": (32, "begin_mask:int end_mask:int ellipsis_mask:int new_axis_mask:int "
                          "shrink_axis_mask:int offset:bool"),
    "EXP": (33, ""), "TOPK_V2": (34, ""), "SPLIT": (35, "num_splits:int"),
    "LOG_SOFTMAX": (36, ""), "CAST": (37, "from_type:byte to_type:byte"), "DEQUANTIZE": (38, ""),
    "MAXIMUM": (39, ""), "MINIMUM": (39, ""), "ARG_MAX": (40, "output_type:byte"),
    "LESS": (41, ""), "NEG": (42, ""), "PADV2": (43, ""), "GREATER": (44, ""),
    "GREATER_EQUAL": (45, ""), "LESS_EQUAL": (46, ""), "SELECT": (47, ""), "SLICE": (48, ""),
    "TRANSPOSE_CONV": (49, "padding:byte stride_w:int stride_h:int activation:byte "
                           "bias_type:byte"),
    "TILE": (51, ""), "EXPAND_DIMS": (52, ""), "EQUAL": (53, ""), "NOT_EQUAL": (54, ""),
    "SHAPE": (55, "out_type:byte"), "POW": (56, ""), "ARG_MIN": (57, "output_type:byte"),
    "PACK": (59, "values_count:int axis:int"),
    "LOGICAL_OR": (60, ""), "ONE_HOT": (61, "axis:int"), "LOGICAL_AND": (62, ""),
    "LOGICAL_NOT": (63, ""), "UNPACK": (64, "num:int axis:int"), "FLOOR_DIV": (65, ""),
    "SQUARE": (66, ""), "ZEROS_LIKE": (67, ""), "FILL": (68, ""),
    "UNIDIRECTIONAL_SEQUENCE_LSTM": (71, "activation:byte cell_clip:float proj_clip:float "
                                         "time_major:bool asymmetric:bool diagonal:bool"),
    "FLOOR_MOD": (72, ""), "RANGE": (73, ""),
    "RESIZE_NEAREST_NEIGHBOR": (74, "align_corners:bool half_pixel_centers:bool"),
    "LEAKY_RELU": (75, "alpha:float"), "SQUARED_DIFFERENCE": (76, ""),
    "MIRROR_PAD": (77, "mode:byte"), "ABS": (78, ""), "SPLIT_V": (79, "num_splits:int"),
    "REVERSE_V2": (81, ""), "ADD_N": (82, ""), "GATHER_ND": (83, ""), "COS": (84, ""),
    "WHERE": (85, ""), "QUANTIZE": (89, ""), "HARD_SWISH": (91, ""),
    "IF": (92, "then_graph:int else_graph:int"), "WHILE": (93, "cond_graph:int body_graph:int"),
    "DEPTH_TO_SPACE": (94, "block_size:int"),
    "SCATTER_ND": (97, ""), "SELECT_V2": (98, ""),
    "BATCH_MATMUL": (101, "adj_x:bool adj_y:bool asymmetric:bool"),
    "CUMSUM": (102, "exclusive:bool reverse:bool"), "CALL_ONCE": (103, "init_graph:int"),
    "BROADCAST_TO": (104, ""), "VAR_HANDLE": (111, "container:text shared_name:text"),
    "READ_VARIABLE": (112, ""), "ASSIGN_VARIABLE": (113, ""), "GELU": (116, "approximate:bool"),
    "DYNAMIC_UPDATE_SLICE": (117, ""), "SIGN": (123, ""),
}


def _slots(fields: str):
    slots = {}
    for slot, entry in enumerate(fields.split()):
        name, kind = entry.split(":")
        kind, _, default = kind.partition("=")
        absent = {"ints": None, "text": ""}.get(kind, int(default or 0))
        slots[name] = (slot, kind, absent)
    return slots


# operator -> (tag, name -> (slot, kind, default)). Operators without a table are absent.
OPTIONS = {Operator[name]: (tag, _slots(fields)) for name, (tag, fields) in _TABLES.items()}

# The version an int8 model must ask for, by TensorFlow's table of operator versions; 1 where
# it is not named.
VERSIONS = {
    Operator.CONV_2D: 3,
    Operator.DEPTHWISE_CONV_2D: 3,
    Operator.AVERAGE_POOL_2D: 2,
    Operator.MAX_POOL_2D: 2,
    Operator.FULLY_CONNECTED: 4,
    Operator.SOFTMAX: 2,
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
    variable: bool = False  # keeps its content from run to run

    @property
    def scale(self) -> np.float32:
        return np.float32(0) if self.scales is None else self.scales[0]

    @property
    def zero_point(self) -> int:
        return 0 if self.scales is None else int(self.zero_points[0])

    @property
    def dtype(self) -> np.dtype:
        return DTYPES[self.type]


@dataclass
class Step:
    operator: Operator
    inputs: list  # positions in Model.tensors; -1: absent
    outputs: list
    options: dict = field(default_factory=dict)
    custom: str = ""  # the name of an operator CUSTOM


@dataclass
class Model:
    """One graph; the first of a file holds in `others` the further ones it calls."""

    tensors: list
    steps: list
    inputs: list
    outputs: list
    description: str = ""
    others: list = field(default_factory=list)

    @property
    def graphs(self):
        return [self, *self.others]
