--- What the schema of .tflite files says of operators, types and options, as text that
-- tflite.lua reads: slots and numbers are those of engine/nn/tflite.fbs, which a test
-- compares.

local schema = {}

-- Number of each tensor type.
schema.types = {
  float32 = 0, float16 = 1, int32 = 2, uint8 = 3, int64 = 4, string = 5, bool = 6, int16 = 7,
  complex64 = 8, int8 = 9, float64 = 10, complex128 = 11, uint64 = 12, resource = 13,
  variant = 14, uint32 = 15, uint16 = 16, int4 = 17,
}
schema.enums = {
  activation = {NONE = 0, RELU = 1, RELU_N1_TO_1 = 2, RELU6 = 3, TANH = 4, SIGN_BIT = 5},
  padding = {SAME = 0, VALID = 1},
  mode = {REFLECT = 0, SYMMETRIC = 1},
}

-- Each operator's number, the tag of its options (0: none) and their fields in the order
-- of their slots.
local operators = [[
ADD 0 11 fused_activation_function:activation pot_scale_int16:bool
AVERAGE_POOL_2D 1 5 padding:padding stride_w:int stride_h:int filter_width:int filter_height:int +
  fused_activation_function:activation
CONCATENATION 2 10 axis:int fused_activation_function:activation
CONV_2D 3 1 padding:padding stride_w:int stride_h:int fused_activation_function:activation +
  dilation_w_factor:int dilation_h_factor:int quantized_bias_type:dtype
DEPTHWISE_CONV_2D 4 2 padding:padding stride_w:int stride_h:int depth_multiplier:int +
  fused_activation_function:activation dilation_w_factor:int dilation_h_factor:int
DEPTH_TO_SPACE 5 94 block_size:int
DEQUANTIZE 6 38
EMBEDDING_LOOKUP 7 0
FLOOR 8 0
FULLY_CONNECTED 9 8 fused_activation_function:activation weights_format:byte keep_num_dims:bool +
  asymmetric_quantize_inputs:bool quantized_bias_type:dtype
HASHTABLE_LOOKUP 10 0
L2_NORMALIZATION 11 12 fused_activation_function:activation
L2_POOL_2D 12 5 padding:padding stride_w:int stride_h:int filter_width:int filter_height:int +
  fused_activation_function:activation
LOCAL_RESPONSE_NORMALIZATION 13 13 radius:int bias:float alpha:float beta:float
LOGISTIC 14 0
LSH_PROJECTION 15 4 type:byte
LSTM 16 14 fused_activation_function:activation cell_clip:float proj_clip:float kernel_type:byte +
  asymmetric_quantize_inputs:bool
MAX_POOL_2D 17 5 padding:padding stride_w:int stride_h:int filter_width:int filter_height:int +
  fused_activation_function:activation
MUL 18 21 fused_activation_function:activation
RELU 19 0
RELU_N1_TO_1 20 0
RELU6 21 0
RESHAPE 22 17 new_shape:ints
RESIZE_BILINEAR 23 15 new_height:int new_width:int align_corners:bool half_pixel_centers:bool
RNN 24 7 fused_activation_function:activation asymmetric_quantize_inputs:bool
SOFTMAX 25 9 beta:float
SPACE_TO_DEPTH 26 19 block_size:int
SVDF 27 6 rank:int fused_activation_function:activation asymmetric_quantize_inputs:bool
TANH 28 0
CONCAT_EMBEDDINGS 29 3 num_channels:int num_columns_per_channel:ints +
  embedding_dim_per_channel:ints
SKIP_GRAM 30 18 ngram_size:int max_skip_size:int include_all_ngrams:bool
CALL 31 16 subgraph:uint
CUSTOM 32 0
EMBEDDING_LOOKUP_SPARSE 33 20 combiner:byte
PAD 34 22
UNIDIRECTIONAL_SEQUENCE_RNN 35 0
GATHER 36 23 axis:int batch_dims:int
BATCH_TO_SPACE_ND 37 24
SPACE_TO_BATCH_ND 38 25
TRANSPOSE 39 26
MEAN 40 27 keep_dims:bool
SUB 41 28 fused_activation_function:activation pot_scale_int16:bool
DIV 42 29 fused_activation_function:activation
SQUEEZE 43 30 squeeze_dims:ints
UNIDIRECTIONAL_SEQUENCE_LSTM 44 71 fused_activation_function:activation cell_clip:float +
  proj_clip:float time_major:bool asymmetric_quantize_inputs:bool diagonal_recurrent_tensors:bool
STRIDED_SLICE 45 32 begin_mask:int end_mask:int ellipsis_mask:int new_axis_mask:int +
  shrink_axis_mask:int offset:bool
BIDIRECTIONAL_SEQUENCE_RNN 46 70 time_major:bool fused_activation_function:activation +
  merge_outputs:bool asymmetric_quantize_inputs:bool
EXP 47 33
TOPK_V2 48 34
SPLIT 49 35 num_splits:int
LOG_SOFTMAX 50 36
BIDIRECTIONAL_SEQUENCE_LSTM 52 69 fused_activation_function:activation cell_clip:float +
  proj_clip:float merge_outputs:bool time_major:bool asymmetric_quantize_inputs:bool
CAST 53 37 in_data_type:dtype out_data_type:dtype
PRELU 54 0
MAXIMUM 55 39
ARG_MAX 56 40 output_type:dtype
MINIMUM 57 39
LESS 58 41
NEG 59 42
PADV2 60 43
GREATER 61 44
GREATER_EQUAL 62 45
LESS_EQUAL 63 46
SELECT 64 47
SLICE 65 48
SIN 66 0
TRANSPOSE_CONV 67 49 padding:padding stride_w:int stride_h:int +
  fused_activation_function:activation quantized_bias_type:dtype
SPARSE_TO_DENSE 68 50 validate_indices:bool
TILE 69 51
EXPAND_DIMS 70 52
EQUAL 71 53
NOT_EQUAL 72 54
LOG 73 0
SUM 74 27 keep_dims:bool
SQRT 75 0
RSQRT 76 0
SHAPE 77 55 out_type:dtype
POW 78 56
ARG_MIN 79 57 output_type:dtype
FAKE_QUANT 80 58 min:float max:float num_bits:int narrow_range:bool
REDUCE_PROD 81 27 keep_dims:bool
REDUCE_MAX 82 27 keep_dims:bool
PACK 83 59 values_count:int axis:int
LOGICAL_OR 84 60
ONE_HOT 85 61 axis:int
LOGICAL_AND 86 62
LOGICAL_NOT 87 63
UNPACK 88 64 num:int axis:int
REDUCE_MIN 89 27 keep_dims:bool
FLOOR_DIV 90 65
REDUCE_ANY 91 27 keep_dims:bool
SQUARE 92 66
ZEROS_LIKE 93 67
FILL 94 68
FLOOR_MOD 95 72
RANGE 96 73
RESIZE_NEAREST_NEIGHBOR 97 74 align_corners:bool half_pixel_centers:bool
LEAKY_RELU 98 75 alpha:float
SQUARED_DIFFERENCE 99 76
MIRROR_PAD 100 77 mode:mode
ABS 101 78
SPLIT_V 102 79 num_splits:int
UNIQUE 103 80 idx_out_type:dtype
CEIL 104 0
REVERSE_V2 105 81
ADD_N 106 82
GATHER_ND 107 83
COS 108 84
WHERE 109 85
RANK 110 86
ELU 111 0
REVERSE_SEQUENCE 112 87 seq_dim:int batch_dim:int
MATRIX_DIAG 113 88
QUANTIZE 114 89
MATRIX_SET_DIAG 115 90
ROUND 116 0
HARD_SWISH 117 91
IF 118 92 then_subgraph_index:int else_subgraph_index:int
WHILE 119 93 cond_subgraph_index:int body_subgraph_index:int
NON_MAX_SUPPRESSION_V4 120 95
NON_MAX_SUPPRESSION_V5 121 96
SCATTER_ND 122 97
SELECT_V2 123 98
DENSIFY 124 99
SEGMENT_SUM 125 100
BATCH_MATMUL 126 101 adj_x:bool adj_y:bool asymmetric_quantize_inputs:bool
CUMSUM 128 102 exclusive:bool reverse:bool
CALL_ONCE 129 103 init_subgraph_index:int
BROADCAST_TO 130 104
RFFT2D 131 105
CONV_3D 132 106 padding:padding stride_d:int stride_w:int stride_h:int +
  fused_activation_function:activation dilation_d_factor:int dilation_w_factor:int +
  dilation_h_factor:int
IMAG 133 0
REAL 134 0
COMPLEX_ABS 135 0
HASHTABLE 136 107 table_id:int key_dtype:dtype value_dtype:dtype
HASHTABLE_FIND 137 108
HASHTABLE_IMPORT 138 109
HASHTABLE_SIZE 139 110
REDUCE_ALL 140 27 keep_dims:bool
CONV_3D_TRANSPOSE 141 0
VAR_HANDLE 142 111 container:string shared_name:string
READ_VARIABLE 143 112
ASSIGN_VARIABLE 144 113
BROADCAST_ARGS 145 0
RANDOM_STANDARD_NORMAL 146 0
BUCKETIZE 147 115 boundaries:floats
RANDOM_UNIFORM 148 0
MULTINOMIAL 149 0
GELU 150 116 approximate:bool
DYNAMIC_UPDATE_SLICE 151 117
RELU_0_TO_1 152 0
UNSORTED_SEGMENT_PROD 153 118
UNSORTED_SEGMENT_MAX 154 119
UNSORTED_SEGMENT_SUM 155 121
ATAN2 156 122
UNSORTED_SEGMENT_MIN 157 120
SIGN 158 123
BITCAST 159 124
BITWISE_XOR 160 125
RIGHT_SHIFT 161 126
]]

-- Operator name -> {number =, tag =, fields = {{name, kind}, ...}}.
schema.operators = {}
for line in operators:gsub("%+\n%s*", ""):gmatch "[^\n]+" do
  local name, number, tag, rest = line:match "^(%S+) (%d+) (%d+)(.*)$"
  local fields = {}
  for field, kind in rest:gmatch "(%S+):(%S+)" do fields[#fields + 1] = {field, kind} end
  schema.operators[name] = {
    number = math.tointeger(number), tag = math.tointeger(tag), fields = fields,
  }
end

return schema
