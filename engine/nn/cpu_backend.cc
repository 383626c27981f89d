// The operator table of the CPU and the backend that looks things up in it.
#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>

#include "engine/nn/operators/operators.h"

namespace moonlet {
namespace {

using Op = tflite::BuiltinOperator;
using tflite::TensorType;

constexpr TypeSet kS8 = {TensorType::INT8};
constexpr TypeSet kS16 = {TensorType::INT16};
constexpr TypeSet kS32 = {TensorType::INT32};
constexpr TypeSet kS64 = {TensorType::INT64};
constexpr TypeSet kU8 = {TensorType::UINT8};
constexpr TypeSet kU32 = {TensorType::UINT32};
constexpr TypeSet kU64 = {TensorType::UINT64};
constexpr TypeSet kF32 = {TensorType::FLOAT32};
constexpr TypeSet kResource = {TensorType::RESOURCE};
constexpr TypeSet kNone = {};
constexpr TypeSet kBool = {TensorType::BOOL};
constexpr TypeSet kIndices = {TensorType::INT32, TensorType::INT64};
constexpr TypeSet kMoved = {TensorType::FLOAT32, TensorType::INT8, TensorType::INT16,
                            TensorType::INT32};
constexpr TypeSet kQuantized = {TensorType::INT8, TensorType::UINT8, TensorType::INT16,
                                TensorType::INT32};
constexpr TypeSet kWholeBytes = {TensorType::FLOAT32, TensorType::FLOAT64, TensorType::INT8,
                                 TensorType::UINT8,   TensorType::INT16,   TensorType::UINT16,
                                 TensorType::INT32,   TensorType::UINT32,  TensorType::INT64,
                                 TensorType::UINT64,  TensorType::BOOL};

constexpr TypeSet kOrdered = {TensorType::FLOAT32, TensorType::INT8, TensorType::INT16,
                              TensorType::INT32, TensorType::INT64};
constexpr TypeSet kCastTo = {TensorType::FLOAT32, TensorType::INT8, TensorType::INT16,
                             TensorType::INT32, TensorType::UINT32};
constexpr TypeSet kCastFrom = {TensorType::FLOAT32, TensorType::INT8,   TensorType::INT16,
                               TensorType::INT32,   TensorType::UINT32, TensorType::BOOL};

constexpr TypeSet kCounted = {TensorType::FLOAT32, TensorType::INT32, TensorType::INT64};
constexpr TypeSet kNumbers = {TensorType::FLOAT32, TensorType::INT16, TensorType::INT32,
                              TensorType::UINT32, TensorType::INT64};
constexpr TypeSet kNumbersOrBool = {TensorType::FLOAT32, TensorType::INT16, TensorType::INT32,
                                    TensorType::UINT32,  TensorType::INT64, TensorType::BOOL};
constexpr TypeSet kScaledBytes = {TensorType::INT8, TensorType::UINT8};
constexpr TypeSet kPlaced = {TensorType::FLOAT32, TensorType::INT8, TensorType::UINT8,
                             TensorType::INT16, TensorType::INT32};
constexpr TypeSet kSorted = {TensorType::FLOAT32, TensorType::INT8,  TensorType::UINT8,
                             TensorType::INT16,   TensorType::INT32, TensorType::INT64};
constexpr TypeSet kSummed = {TensorType::FLOAT32, TensorType::INT8,   TensorType::UINT8,
                             TensorType::INT16,   TensorType::UINT16, TensorType::INT32,
                             TensorType::UINT32,  TensorType::INT64,  TensorType::UINT64};

constexpr CpuOperator kOperators[] = {
    {Op::ABS, kF32, kF32, PrepareUnaryF32},
    {Op::ABS, kS8, kS8, PrepareAbsS8},
    {Op::ABS, kS16, kS16, PrepareAbsS16},
    {Op::ADD, kS8, kS8, PrepareAddS8},
    {Op::ADD, kS16, kS16, PrepareAddS16},
    {Op::ADD, kF32, kF32, PrepareAddF32},
    {Op::ADD, kS32, kS32, PrepareAddS32},
    {Op::ADD_N, kS8, kS8, PrepareAddNS8},
    {Op::ADD_N, kF32, kF32, PrepareAddNF32},
    {Op::ARG_MAX, kPlaced, kIndices, PrepareArgExtreme},
    {Op::ARG_MIN, kPlaced, kIndices, PrepareArgExtreme},
    {Op::ASSIGN_VARIABLE, kResource, kNone, PrepareAssignVariable},
    {Op::AVERAGE_POOL_2D, kS8, kS8, PreparePoolS8},
    {Op::AVERAGE_POOL_2D, kF32, kF32, PreparePoolF32},
    {Op::AVERAGE_POOL_2D, kS16, kS16, PreparePoolS16},
    {Op::BATCH_MATMUL, kS8, kS8, PrepareBatchMatmulS8},
    {Op::BATCH_MATMUL, kS16, kS16, PrepareBatchMatmulS16},
    {Op::BATCH_MATMUL, kF32, kF32, PrepareBatchMatmulF32},
    {Op::BATCH_TO_SPACE_ND, kWholeBytes, kWholeBytes, PrepareBatchToSpace},
    {Op::BROADCAST_ARGS, kIndices, kIndices, PrepareBroadcastArgs},
    {Op::BROADCAST_TO, kWholeBytes, kWholeBytes, PrepareBroadcastTo},
    {Op::CALL_ONCE, kNone, kNone, PrepareCallOnce},
    {Op::CAST, kCastFrom, kCastTo, PrepareCast},
    {Op::CEIL, kF32, kF32, PrepareUnaryF32},
    {Op::CONCATENATION, kF32, kF32, PrepareConcatenation},
    {Op::CONCATENATION, kS8, kS8, PrepareConcatenation},
    {Op::CONCATENATION, kS16, kS16, PrepareConcatenation},
    {Op::CONCATENATION, kS32, kS32, PrepareConcatenation},
    {Op::CONCATENATION, kS64, kS64, PrepareConcatenation},
    {Op::CONCATENATION, kBool, kBool, PrepareConcatenation},
    {Op::CONV_2D, kS8, kS8, PrepareConvS8},
    {Op::CONV_2D, kS16, kS16, PrepareConvS16},
    {Op::CONV_2D, kF32, kF32, PrepareConvF32},
    {Op::COS, kF32, kF32, PrepareUnaryF32},
    {Op::CUMSUM, kF32, kF32, PrepareCumsumF32},
    {Op::CUMSUM, kS8, kS8, PrepareCumsumS8},
    {Op::CUSTOM, kWholeBytes, kWholeBytes, PrepareCircularBuffer, "CIRCULAR_BUFFER"},
    {Op::CUSTOM, kS16, kS16, PrepareSignalDelay, "SignalDelay"},
    {Op::CUSTOM, kS16, kU32, PrepareSignalEnergy, "SignalEnergy"},
    {Op::CUSTOM, kS16, kS16, PrepareSignalFftAutoScale, "SignalFftAutoScale"},
    {Op::CUSTOM, kU32, kU64, PrepareSignalFilterBank, "SignalFilterBank"},
    {Op::CUSTOM, kU32, kS16, PrepareSignalFilterBankLog, "SignalFilterBankLog"},
    {Op::CUSTOM, kU32, kU32, PrepareSignalSpectralSubtraction,
     "SignalFilterBankSpectralSubtraction"},
    {Op::CUSTOM, kU64, kU32, PrepareSignalFilterBankSquareRoot, "SignalFilterBankSquareRoot"},
    {Op::CUSTOM, kS16, kS16, PrepareSignalFramer, "SignalFramer"},
    {Op::CUSTOM, kS16, kS16, PrepareSignalIrfft, "SignalIrfft"},
    {Op::CUSTOM, kS32, kS32, PrepareSignalIrfft, "SignalIrfft"},
    {Op::CUSTOM, kF32, kF32, PrepareSignalIrfft, "SignalIrfft"},
    {Op::CUSTOM, kS16, kS16, PrepareSignalOverlapAdd, "SignalOverlapAdd"},
    {Op::CUSTOM, kF32, kF32, PrepareSignalOverlapAdd, "SignalOverlapAdd"},
    {Op::CUSTOM, kU32, kU32, PrepareSignalPcan, "SignalPCAN"},
    {Op::CUSTOM, kS16, kS16, PrepareSignalRfft, "SignalRfft"},
    {Op::CUSTOM, kS32, kS32, PrepareSignalRfft, "SignalRfft"},
    {Op::CUSTOM, kF32, kF32, PrepareSignalRfft, "SignalRfft"},
    {Op::CUSTOM, kS16, kS16, PrepareSignalStacker, "SignalStacker"},
    {Op::CUSTOM, kS16, kS16, PrepareSignalWindow, "SignalWindow"},
    {Op::CUSTOM, kWholeBytes, kWholeBytes, PrepareDecode, "TFLM_DECODE"},
    {Op::CUSTOM, kF32, kF32, PrepareDetection, "TFLite_Detection_PostProcess"},
    {Op::DEPTHWISE_CONV_2D, kS8, kS8, PrepareDepthwiseS8},
    {Op::DEPTHWISE_CONV_2D, kF32, kF32, PrepareDepthwiseF32},
    {Op::DEPTHWISE_CONV_2D, kS16, kS16, PrepareDepthwiseS16},
    {Op::DEPTH_TO_SPACE, kWholeBytes, kWholeBytes, PrepareDepthToSpace},
    {Op::DEQUANTIZE, kQuantized, kF32, PrepareDequantize},
    {Op::DIV, kF32, kF32, PrepareDivF32},
    {Op::DIV, kS32, kS32, PrepareDivS32},
    {Op::DIV, kS8, kS8, PrepareDivS8},
    {Op::DYNAMIC_UPDATE_SLICE, kWholeBytes, kWholeBytes, PrepareDynamicUpdateSlice},
    {Op::ELU, kS8, kS8, PrepareEluS8},
    {Op::ELU, kF32, kF32, PrepareEluF32},
    {Op::EMBEDDING_LOOKUP, kIndices, kWholeBytes, PrepareEmbeddingLookup},
    {Op::EQUAL, kNumbersOrBool, kBool, PrepareCompare},
    {Op::EQUAL, kScaledBytes, kBool, PrepareCompareScaled},
    {Op::EXP, kF32, kF32, PrepareUnaryF32},
    {Op::EXPAND_DIMS, kWholeBytes, kWholeBytes, PrepareExpandDims},
    {Op::FILL, kIndices, kWholeBytes, PrepareFill},
    {Op::FLOOR, kF32, kF32, PrepareUnaryF32},
    {Op::FLOOR_DIV, kF32, kF32, PrepareFloorDivF32},
    {Op::FLOOR_MOD, kF32, kF32, PrepareFloorModF32},
    {Op::FULLY_CONNECTED, kS8, kS8, PrepareFullyConnectedS8},
    {Op::FULLY_CONNECTED, kF32, kF32, PrepareFullyConnectedF32},
    {Op::FULLY_CONNECTED, kS16, kS16, PrepareFullyConnectedS16},
    {Op::GATHER, kWholeBytes, kWholeBytes, PrepareGather},
    {Op::GATHER_ND, kWholeBytes, kWholeBytes, PrepareGatherNd},
    {Op::GELU, kS8, kS8, PrepareGeluS8},
    {Op::GELU, kF32, kF32, PrepareGeluF32},
    {Op::GREATER, kNumbers, kBool, PrepareCompare},
    {Op::GREATER, kScaledBytes, kBool, PrepareCompareScaled},
    {Op::GREATER_EQUAL, kNumbers, kBool, PrepareCompare},
    {Op::GREATER_EQUAL, kScaledBytes, kBool, PrepareCompareScaled},
    {Op::HARD_SWISH, kS8, kS8, PrepareHardSwishS8},
    {Op::HARD_SWISH, kF32, kF32, PrepareHardSwishF32},
    {Op::IF, kBool, kWholeBytes, PrepareIf},
    {Op::L2_NORMALIZATION, kS8, kS8, PrepareL2NormalizationS8},
    {Op::L2_NORMALIZATION, kF32, kF32, PrepareL2NormalizationF32},
    {Op::L2_POOL_2D, kF32, kF32, PreparePoolF32},
    {Op::LEAKY_RELU, kS8, kS8, PrepareLeakyRelu},
    {Op::LEAKY_RELU, kS16, kS16, PrepareLeakyRelu},
    {Op::LEAKY_RELU, kF32, kF32, PrepareLeakyReluF32},
    {Op::LESS, kNumbers, kBool, PrepareCompare},
    {Op::LESS, kScaledBytes, kBool, PrepareCompareScaled},
    {Op::LESS_EQUAL, kNumbers, kBool, PrepareCompare},
    {Op::LESS_EQUAL, kScaledBytes, kBool, PrepareCompareScaled},
    {Op::LOG, kF32, kF32, PrepareUnaryF32},
    {Op::LOGICAL_AND, kBool, kBool, PrepareLogical},
    {Op::LOGICAL_NOT, kBool, kBool, PrepareLogicalNot},
    {Op::LOGICAL_OR, kBool, kBool, PrepareLogical},
    {Op::LOGISTIC, kS8, kS8, PrepareLogisticS8},
    {Op::LOGISTIC, kS16, kS16, PrepareLogisticS16},
    {Op::LOGISTIC, kF32, kF32, PrepareLogisticF32},
    {Op::LOG_SOFTMAX, kS8, kS8, PrepareLogSoftmaxS8},
    {Op::LOG_SOFTMAX, kF32, kF32, PrepareLogSoftmaxF32},
    {Op::MAXIMUM, kOrdered, kOrdered, PrepareExtremes},
    {Op::MAX_POOL_2D, kS8, kS8, PreparePoolS8},
    {Op::MAX_POOL_2D, kF32, kF32, PreparePoolF32},
    {Op::MAX_POOL_2D, kS16, kS16, PreparePoolS16},
    {Op::MEAN, kS8, kS8, PrepareReduceSum},
    {Op::MEAN, kS16, kS16, PrepareReduceSum},
    {Op::MEAN, kF32, kF32, PrepareReduceF32},
    {Op::MINIMUM, kOrdered, kOrdered, PrepareExtremes},
    {Op::MIRROR_PAD, kWholeBytes, kWholeBytes, PrepareMirrorPad},
    {Op::MUL, kS8, kS8, PrepareMulS8},
    {Op::MUL, kS16, kS16, PrepareMulS16},
    {Op::MUL, kS32, kS32, PrepareMulS32},
    {Op::MUL, kF32, kF32, PrepareMulF32},
    {Op::NEG, kF32, kF32, PrepareUnaryF32},
    {Op::NOT_EQUAL, kNumbersOrBool, kBool, PrepareCompare},
    {Op::NOT_EQUAL, kScaledBytes, kBool, PrepareCompareScaled},
    {Op::ONE_HOT, kIndices, kWholeBytes, PrepareOneHot},
    {Op::PACK, kWholeBytes, kWholeBytes, PreparePack},
    {Op::PAD, kS8, kS8, PreparePad},
    {Op::PAD, kS16, kS16, PreparePad},
    {Op::PAD, kS32, kS32, PreparePad},
    {Op::PAD, kF32, kF32, PreparePad},
    {Op::PADV2, kS8, kS8, PreparePad},
    {Op::PADV2, kS16, kS16, PreparePad},
    {Op::PADV2, kS32, kS32, PreparePad},
    {Op::PADV2, kF32, kF32, PreparePad},
    {Op::POW, kS32, kS32, PreparePowS32},
    {Op::POW, kF32, kF32, PreparePowF32},
    {Op::PRELU, kS8, kS8, PreparePrelu},
    {Op::PRELU, kS16, kS16, PreparePrelu},
    {Op::PRELU, kF32, kF32, PreparePreluF32},
    {Op::QUANTIZE, kF32, kQuantized, PrepareQuantize},
    {Op::QUANTIZE, kS8, kQuantized, PrepareRequantize},
    {Op::QUANTIZE, kU8, kS8, PrepareRequantize},
    {Op::QUANTIZE,
     kS16,
     {TensorType::INT8, TensorType::INT16, TensorType::INT32},
     PrepareRequantize},
    {Op::QUANTIZE, kS32, {TensorType::INT8, TensorType::INT16}, PrepareRequantize},
    {Op::RANGE, kCounted, kCounted, PrepareRange},
    {Op::READ_VARIABLE, kResource, kWholeBytes, PrepareReadVariable},
    {Op::REDUCE_MAX, kOrdered, kOrdered, PrepareReduceExtreme},
    {Op::REDUCE_MIN, kOrdered, kOrdered, PrepareReduceExtreme},
    {Op::REDUCE_PROD, kS8, kS8, PrepareReduceProduct},
    {Op::REDUCE_PROD, kS16, kS16, PrepareReduceProduct},
    {Op::REDUCE_PROD, kS32, kS32, PrepareReducePlain},
    {Op::REDUCE_PROD, kS64, kS64, PrepareReducePlain},
    {Op::REDUCE_PROD, kF32, kF32, PrepareReduceF32},
    {Op::RELU, kS8, kS8, PrepareReluS8},
    {Op::RELU, kS16, kS16, PrepareReluS16},
    {Op::RELU, kF32, kF32, PrepareReluF32},
    {Op::RELU6, kS8, kS8, PrepareReluS8},
    {Op::RELU6, kS16, kS16, PrepareReluS16},
    {Op::RELU6, kF32, kF32, PrepareReluF32},
    {Op::RELU_N1_TO_1, kS8, kS8, PrepareReluS8},
    {Op::RELU_N1_TO_1, kS16, kS16, PrepareReluS16},
    {Op::RELU_N1_TO_1, kF32, kF32, PrepareReluF32},
    {Op::RESHAPE, kWholeBytes, kWholeBytes, PrepareReshape},
    {Op::RESIZE_BILINEAR, kS8, kS8, PrepareResizeBilinear},
    {Op::RESIZE_BILINEAR, kF32, kF32, PrepareResizeBilinear},
    {Op::RESIZE_NEAREST_NEIGHBOR, kWholeBytes, kWholeBytes, PrepareResizeNearest},
    {Op::REVERSE_V2, kWholeBytes, kWholeBytes, PrepareReverse},
    {Op::ROUND, kF32, kF32, PrepareUnaryF32},
    {Op::RSQRT, kF32, kF32, PrepareUnaryF32},
    {Op::RSQRT, kS8, kS8, PrepareRsqrtS8},
    {Op::RSQRT, kS16, kS16, PrepareRsqrtS16},
    {Op::SCATTER_ND, kIndices, kSummed, PrepareScatterNd},
    {Op::SELECT, kBool, kWholeBytes, PrepareSelect},
    {Op::SELECT_V2, kBool, kWholeBytes, PrepareSelect},
    {Op::SHAPE, kWholeBytes, kIndices, PrepareShape},
    {Op::SIGN, kF32, kF32, PrepareUnaryF32},
    {Op::SIN, kF32, kF32, PrepareUnaryF32},
    {Op::SLICE, kWholeBytes, kWholeBytes, PrepareSlice},
    {Op::SOFTMAX, kS8, {TensorType::INT8, TensorType::INT16}, PrepareSoftmaxS8},
    {Op::SOFTMAX, kS16, kS16, PrepareSoftmaxS16},
    {Op::SOFTMAX, kF32, kF32, PrepareSoftmaxF32},
    {Op::SPACE_TO_BATCH_ND, kWholeBytes, kWholeBytes, PrepareSpaceToBatch},
    {Op::SPACE_TO_DEPTH, kWholeBytes, kWholeBytes, PrepareSpaceToDepth},
    {Op::SPLIT, kS32, kMoved, PrepareSplit},  // the first input is the axis
    {Op::SPLIT_V, kF32, kF32, PrepareSplitV},
    {Op::SPLIT_V, kS8, kS8, PrepareSplitV},
    {Op::SPLIT_V, kS16, kS16, PrepareSplitV},
    {Op::SPLIT_V, kS32, kS32, PrepareSplitV},
    {Op::SQRT, kF32, kF32, PrepareUnaryF32},
    {Op::SQUARE, kF32, kF32, PrepareUnaryF32},
    {Op::SQUARED_DIFFERENCE, kS8, kS8, PrepareSquaredDifferenceS8},
    {Op::SQUARED_DIFFERENCE, kS16, kS16, PrepareSquaredDifferenceS16},
    {Op::SQUARED_DIFFERENCE, kS32, kS32, PrepareSquaredDifferenceS32},
    {Op::SQUARED_DIFFERENCE, kF32, kF32, PrepareSquaredDifferenceF32},
    {Op::SQUEEZE, kWholeBytes, kWholeBytes, PrepareSqueeze},
    {Op::STRIDED_SLICE, kWholeBytes, kWholeBytes, PrepareStridedSlice},
    {Op::SUB, kS8, kS8, PrepareAddS8},
    {Op::SUB, kS16, kS16, PrepareAddS16},
    {Op::SUB, kF32, kF32, PrepareAddF32},
    {Op::SUB, kS32, kS32, PrepareAddS32},
    {Op::SUM, kS8, kS8, PrepareReduceSum},
    {Op::SUM, kS16, kS16, PrepareReduceSum},
    {Op::SUM, kS32, kS32, PrepareReducePlain},
    {Op::SUM, kS64, kS64, PrepareReducePlain},
    {Op::SUM, kF32, kF32, PrepareReduceF32},
    {Op::SVDF, kS8, kS8, PrepareSvdfS8},
    {Op::SVDF, kF32, kF32, PrepareSvdfF32},
    {Op::TANH, kS8, kS8, PrepareTanhS8},
    {Op::TANH, kS16, kS16, PrepareTanhS16},
    {Op::TANH, kF32, kF32, PrepareTanhF32},
    {Op::TILE, kWholeBytes, kWholeBytes, PrepareTile},
    {Op::TOPK_V2, kSorted, kSorted, PrepareTopK},
    {Op::TRANSPOSE, kWholeBytes, kWholeBytes, PrepareTranspose},
    {Op::TRANSPOSE_CONV, kS32, kS8, PrepareTransposeConvS8},
    {Op::TRANSPOSE_CONV, kS32, kS16, PrepareTransposeConvS16},
    {Op::TRANSPOSE_CONV, kS32, kF32, PrepareTransposeConvF32},
    {Op::UNIDIRECTIONAL_SEQUENCE_LSTM, kS8, kS8, PrepareLstmS8},
    {Op::UNIDIRECTIONAL_SEQUENCE_LSTM, kS16, kS16, PrepareLstmS16},
    {Op::UNIDIRECTIONAL_SEQUENCE_LSTM, kF32, kF32, PrepareLstmF32},
    {Op::UNPACK, kWholeBytes, kWholeBytes, PrepareUnpack},
    {Op::VAR_HANDLE, kNone, kResource, PrepareVarHandle},
    {Op::WHERE, kWholeBytes, kS64, PrepareWhere},
    {Op::WHILE, kWholeBytes, kWholeBytes, PrepareWhile},
    {Op::ZEROS_LIKE, kWholeBytes, kWholeBytes, PrepareZerosLike},
};

constexpr size_t kRows = std::size(kOperators);

// The first row of each operator; its others follow.
constexpr auto kFirstRows = [] {
  std::array<uint8_t, static_cast<size_t>(Op::MAX) + 1> first = {};
  first.fill(kRows);
  for (size_t i = kRows; i > 0; --i)
    first[static_cast<size_t>(kOperators[i - 1].code)] = static_cast<uint8_t>(i - 1);
  return first;
}();
static_assert(kRows < 256);
static_assert(
    [] {
      for (size_t i = 1; i < kRows; ++i) {
        const Op code = kOperators[i].code;
        if (code != kOperators[i - 1].code && kFirstRows[static_cast<size_t>(code)] != i)
          return false;
      }
      return true;
    }(),
    "the rows of an operator stand together");

bool TakesInput(const CpuOperator& row, const Node& node) {
  if (row.input.empty()) return node.inputs() == 0;
  return node.has_input(0) && row.input.Has(node.input(0).type());
}
bool TakesOutput(const CpuOperator& row, const Node& node) {
  if (row.output.empty()) return node.outputs() == 0;
  return node.outputs() > 0 && row.output.Has(node.output(0).type());
}

// The row for an operator, or null; `known` tells whether other types would do.
const CpuOperator* Find(const Node& node, bool* known) {
  *known = false;
  for (size_t i = kFirstRows[static_cast<size_t>(node.code())]; i < kRows; ++i) {
    const CpuOperator& row = kOperators[i];
    if (row.code != node.code()) break;
    if (row.code == Op::CUSTOM && row.custom != node.name()) continue;
    *known = true;
    if (TakesInput(row, node) && TakesOutput(row, node)) return &row;
  }
  return nullptr;
}

class CpuBackend final : public Backend {
 public:
  const char* name() const override { return "cpu"; }
  bool fuses() const override { return true; }

  Status Takes(const Node& node) const override {
    bool known = false;
    if (Find(node, &known) != nullptr) return Status();
    if (!known && node.code() == Op::CUSTOM)
      return Status::Unsupported("a custom operator nobody knows");
    if (!known || !node.has_input(0) || node.outputs() < 1)
      return Status::Unsupported("not supported");
    return Status::Unsupported("not supported from %s to %s", NameOf(node.input(0).type()),
                               NameOf(node.output(0).type()));
  }

  Status Prepare(const Node& node, StepWriter& writer) const override {
    bool known = false;
    return Find(node, &known)->prepare(node, writer);
  }
};

constexpr CpuBackend kCpu;
constexpr const Backend* kCpuOnly[] = {&kCpu};

}  // namespace

std::span<const CpuOperator> CpuOperators() { return kOperators; }

Backends CpuOnly() { return kCpuOnly; }

}  // namespace moonlet
