// engine/nn/operators/operators.h - what the CPU can run: one row per operator and types.
//
// Each Prepare checks one operator completely and writes a step with its Run. The rules
// are those of the TensorFlow Lite Micro reference kernels; where it would read outside
// its tensors or end the process, Prepare refuses.
#pragma once
#include <cstdint>
#include <initializer_list>
#include <span>

#include "engine/base/status.h"
#include "engine/nn/prepare.h"

namespace moonlet {

// A set of tensor types.
class TypeSet {
 public:
  constexpr TypeSet(std::initializer_list<tflite::TensorType> types) {
    for (const tflite::TensorType type : types) bits_ |= 1u << static_cast<int>(type);
  }
  constexpr bool Has(tflite::TensorType type) const {
    return (bits_ >> static_cast<int>(type) & 1u) != 0;
  }
  constexpr bool empty() const { return bits_ == 0; }

 private:
  uint32_t bits_ = 0;
};

struct CpuOperator {
  tflite::BuiltinOperator code;
  TypeSet input;   // of the first input; empty: it has none
  TypeSet output;  // of the first output; empty: it has none
  Status (*prepare)(const Node& node, StepWriter& writer);
  const char* custom = nullptr;  // the name, where code is CUSTOM
};

std::span<const CpuOperator> CpuOperators();

Status PrepareAbsS16(const Node& node, StepWriter& writer);
Status PrepareAbsS8(const Node& node, StepWriter& writer);
Status PrepareAddF32(const Node& node, StepWriter& writer);
Status PrepareAddNF32(const Node& node, StepWriter& writer);
Status PrepareAddNS8(const Node& node, StepWriter& writer);
Status PrepareAddS16(const Node& node, StepWriter& writer);
Status PrepareAddS32(const Node& node, StepWriter& writer);
Status PrepareAddS8(const Node& node, StepWriter& writer);       // SUB too
Status PrepareArgExtreme(const Node& node, StepWriter& writer);  // ARG_MAX, ARG_MIN
Status PrepareAssignVariable(const Node& node, StepWriter& writer);
Status PrepareBatchMatmulF32(const Node& node, StepWriter& writer);
Status PrepareBatchMatmulS16(const Node& node, StepWriter& writer);
Status PrepareBatchMatmulS8(const Node& node, StepWriter& writer);
Status PrepareBatchToSpace(const Node& node, StepWriter& writer);
Status PrepareBroadcastArgs(const Node& node, StepWriter& writer);
Status PrepareBroadcastTo(const Node& node, StepWriter& writer);
Status PrepareCallOnce(const Node& node, StepWriter& writer);
Status PrepareCast(const Node& node, StepWriter& writer);
Status PrepareCircularBuffer(const Node& node, StepWriter& writer);
Status PrepareCompare(const Node& node, StepWriter& writer);
Status PrepareCompareScaled(const Node& node, StepWriter& writer);
Status PrepareConcatenation(const Node& node, StepWriter& writer);
Status PrepareConvF32(const Node& node, StepWriter& writer);
Status PrepareConvS16(const Node& node, StepWriter& writer);
Status PrepareConvS8(const Node& node, StepWriter& writer);
Status PrepareCumsumF32(const Node& node, StepWriter& writer);
Status PrepareCumsumS8(const Node& node, StepWriter& writer);
Status PrepareDecode(const Node& node, StepWriter& writer);  // TFLM_DECODE
Status PrepareDepthToSpace(const Node& node, StepWriter& writer);
Status PrepareDepthwiseF32(const Node& node, StepWriter& writer);
Status PrepareDepthwiseS16(const Node& node, StepWriter& writer);
Status PrepareDepthwiseS8(const Node& node, StepWriter& writer);
Status PrepareDequantize(const Node& node, StepWriter& writer);
Status PrepareDetection(const Node& node, StepWriter& writer);  // TFLite_Detection_PostProcess
Status PrepareDivF32(const Node& node, StepWriter& writer);
Status PrepareDivS32(const Node& node, StepWriter& writer);
Status PrepareDivS8(const Node& node, StepWriter& writer);
Status PrepareDynamicUpdateSlice(const Node& node, StepWriter& writer);
Status PrepareEluF32(const Node& node, StepWriter& writer);
Status PrepareEluS8(const Node& node, StepWriter& writer);
Status PrepareEmbeddingLookup(const Node& node, StepWriter& writer);
Status PrepareExpandDims(const Node& node, StepWriter& writer);
Status PrepareExtremes(const Node& node, StepWriter& writer);  // MAXIMUM, MINIMUM
Status PrepareFill(const Node& node, StepWriter& writer);
Status PrepareFloorDivF32(const Node& node, StepWriter& writer);
Status PrepareFloorModF32(const Node& node, StepWriter& writer);
Status PrepareFullyConnectedF32(const Node& node, StepWriter& writer);
Status PrepareFullyConnectedS16(const Node& node, StepWriter& writer);
Status PrepareFullyConnectedS8(const Node& node, StepWriter& writer);
Status PrepareGather(const Node& node, StepWriter& writer);
Status PrepareGatherNd(const Node& node, StepWriter& writer);
Status PrepareGeluF32(const Node& node, StepWriter& writer);
Status PrepareGeluS8(const Node& node, StepWriter& writer);
Status PrepareHardSwishF32(const Node& node, StepWriter& writer);
Status PrepareHardSwishS8(const Node& node, StepWriter& writer);
Status PrepareIf(const Node& node, StepWriter& writer);
Status PrepareL2NormalizationF32(const Node& node, StepWriter& writer);
Status PrepareL2NormalizationS8(const Node& node, StepWriter& writer);
Status PrepareLeakyRelu(const Node& node, StepWriter& writer);  // int8 and int16
Status PrepareLeakyReluF32(const Node& node, StepWriter& writer);
Status PrepareLogSoftmaxF32(const Node& node, StepWriter& writer);
Status PrepareLogSoftmaxS8(const Node& node, StepWriter& writer);
Status PrepareLogical(const Node& node, StepWriter& writer);  // LOGICAL_AND, LOGICAL_OR
Status PrepareLogicalNot(const Node& node, StepWriter& writer);
Status PrepareLogisticF32(const Node& node, StepWriter& writer);
Status PrepareLogisticS16(const Node& node, StepWriter& writer);
Status PrepareLogisticS8(const Node& node, StepWriter& writer);
Status PrepareLstmF32(const Node& node, StepWriter& writer);
Status PrepareLstmS16(const Node& node, StepWriter& writer);
Status PrepareLstmS8(const Node& node, StepWriter& writer);
Status PrepareMirrorPad(const Node& node, StepWriter& writer);
Status PrepareMulF32(const Node& node, StepWriter& writer);
Status PrepareMulS16(const Node& node, StepWriter& writer);
Status PrepareMulS32(const Node& node, StepWriter& writer);
Status PrepareMulS8(const Node& node, StepWriter& writer);
Status PrepareOneHot(const Node& node, StepWriter& writer);
Status PreparePack(const Node& node, StepWriter& writer);
Status PreparePad(const Node& node, StepWriter& writer);  // PADV2 too
Status PreparePoolF32(const Node& node, StepWriter& writer);
Status PreparePoolS16(const Node& node, StepWriter& writer);
Status PreparePoolS8(const Node& node, StepWriter& writer);  // both kinds
Status PreparePowF32(const Node& node, StepWriter& writer);
Status PreparePowS32(const Node& node, StepWriter& writer);
Status PreparePrelu(const Node& node, StepWriter& writer);  // int8 and int16
Status PreparePreluF32(const Node& node, StepWriter& writer);
Status PrepareQuantize(const Node& node, StepWriter& writer);
Status PrepareRange(const Node& node, StepWriter& writer);
Status PrepareReadVariable(const Node& node, StepWriter& writer);
Status PrepareReduceExtreme(const Node& node, StepWriter& writer);  // REDUCE_MAX, REDUCE_MIN
Status PrepareReduceF32(const Node& node, StepWriter& writer);      // SUM, MEAN, REDUCE_PROD
Status PrepareReducePlain(const Node& node, StepWriter& writer);    // int32 and int64
Status PrepareReduceProduct(const Node& node, StepWriter& writer);  // int8 and int16
Status PrepareReduceSum(const Node& node, StepWriter& writer);      // SUM and MEAN, int8 and int16
Status PrepareReluF32(const Node& node, StepWriter& writer);
Status PrepareReluS16(const Node& node, StepWriter& writer);
Status PrepareReluS8(const Node& node, StepWriter& writer);  // RELU6 and RELU_N1_TO_1 too
Status PrepareRequantize(const Node& node, StepWriter& writer);
Status PrepareReshape(const Node& node, StepWriter& writer);
Status PrepareResizeBilinear(const Node& node, StepWriter& writer);
Status PrepareResizeNearest(const Node& node, StepWriter& writer);
Status PrepareReverse(const Node& node, StepWriter& writer);
Status PrepareRsqrtS16(const Node& node, StepWriter& writer);
Status PrepareRsqrtS8(const Node& node, StepWriter& writer);
Status PrepareScatterNd(const Node& node, StepWriter& writer);
Status PrepareSelect(const Node& node, StepWriter& writer);  // SELECT_V2 too
Status PrepareShape(const Node& node, StepWriter& writer);
Status PrepareSignalDelay(const Node& node, StepWriter& writer);
Status PrepareSignalEnergy(const Node& node, StepWriter& writer);
Status PrepareSignalFftAutoScale(const Node& node, StepWriter& writer);
Status PrepareSignalFilterBank(const Node& node, StepWriter& writer);
Status PrepareSignalFilterBankLog(const Node& node, StepWriter& writer);
Status PrepareSignalFilterBankSquareRoot(const Node& node, StepWriter& writer);
Status PrepareSignalFramer(const Node& node, StepWriter& writer);
Status PrepareSignalIrfft(const Node& node, StepWriter& writer);
Status PrepareSignalOverlapAdd(const Node& node, StepWriter& writer);
Status PrepareSignalPcan(const Node& node, StepWriter& writer);
Status PrepareSignalRfft(const Node& node, StepWriter& writer);
Status PrepareSignalSpectralSubtraction(const Node& node, StepWriter& writer);
Status PrepareSignalStacker(const Node& node, StepWriter& writer);
Status PrepareSignalWindow(const Node& node, StepWriter& writer);
Status PrepareSlice(const Node& node, StepWriter& writer);
Status PrepareSoftmaxF32(const Node& node, StepWriter& writer);
Status PrepareSoftmaxS16(const Node& node, StepWriter& writer);
Status PrepareSoftmaxS8(const Node& node, StepWriter& writer);  // to int8 and int16
Status PrepareSpaceToBatch(const Node& node, StepWriter& writer);
Status PrepareSpaceToDepth(const Node& node, StepWriter& writer);
Status PrepareSplit(const Node& node, StepWriter& writer);
Status PrepareSplitV(const Node& node, StepWriter& writer);
Status PrepareSquaredDifferenceF32(const Node& node, StepWriter& writer);
Status PrepareSquaredDifferenceS16(const Node& node, StepWriter& writer);
Status PrepareSquaredDifferenceS32(const Node& node, StepWriter& writer);
Status PrepareSquaredDifferenceS8(const Node& node, StepWriter& writer);
Status PrepareSqueeze(const Node& node, StepWriter& writer);
Status PrepareStridedSlice(const Node& node, StepWriter& writer);
Status PrepareSvdfF32(const Node& node, StepWriter& writer);
Status PrepareSvdfS8(const Node& node, StepWriter& writer);
Status PrepareTanhF32(const Node& node, StepWriter& writer);
Status PrepareTanhS16(const Node& node, StepWriter& writer);
Status PrepareTanhS8(const Node& node, StepWriter& writer);
Status PrepareTile(const Node& node, StepWriter& writer);
Status PrepareTopK(const Node& node, StepWriter& writer);
Status PrepareTranspose(const Node& node, StepWriter& writer);
Status PrepareTransposeConvF32(const Node& node, StepWriter& writer);
Status PrepareTransposeConvS16(const Node& node, StepWriter& writer);
Status PrepareTransposeConvS8(const Node& node, StepWriter& writer);
Status PrepareUnaryF32(const Node& node, StepWriter& writer);  // ABS to SQUARE, all of float32
Status PrepareUnpack(const Node& node, StepWriter& writer);
Status PrepareVarHandle(const Node& node, StepWriter& writer);
Status PrepareWhere(const Node& node, StepWriter& writer);
Status PrepareWhile(const Node& node, StepWriter& writer);
Status PrepareZerosLike(const Node& node, StepWriter& writer);

}  // namespace moonlet
