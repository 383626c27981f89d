// engine/nn/operators/step_lists.h - what steps the files of operators have.
#pragma once
#include "engine/nn/step_list.h"

namespace moonlet {

extern const StepList kAddSteps;
extern const StepList kAddNSteps;
extern const StepList kAlongAxisSteps;
extern const StepList kArgExtremeSteps;
extern const StepList kBatchMatmulSteps;
extern const StepList kBoxCopySteps;
extern const StepList kCastSteps;
extern const StepList kCircularBufferSteps;
extern const StepList kCompareSteps;
extern const StepList kControlFlowSteps;
extern const StepList kConvSteps;
extern const StepList kCumsumSteps;
extern const StepList kDecodeSteps;
extern const StepList kDepthwiseSteps;
extern const StepList kDetectionSteps;
extern const StepList kDivSteps;
extern const StepList kEluSteps;
extern const StepList kExtremesSteps;
extern const StepList kFillSteps;
extern const StepList kFloorDivSteps;
extern const StepList kFullyConnectedSteps;
extern const StepList kGatherSteps;
extern const StepList kGeluSteps;
extern const StepList kHardSwishSteps;
extern const StepList kL2NormalizationSteps;
extern const StepList kLeakyReluSteps;
extern const StepList kLogSoftmaxSteps;
extern const StepList kLogicalSteps;
extern const StepList kLogisticSteps;
extern const StepList kLstmSteps;
extern const StepList kMapSteps;
extern const StepList kMirrorPadSteps;
extern const StepList kMulSteps;
extern const StepList kOneHotSteps;
extern const StepList kPadSteps;
extern const StepList kPoolSteps;
extern const StepList kPowSteps;
extern const StepList kPreluSteps;
extern const StepList kQuantizeSteps;
extern const StepList kReductionSteps;
extern const StepList kReluSteps;
extern const StepList kReshapeSteps;
extern const StepList kResizeSteps;
extern const StepList kScatterNdSteps;
extern const StepList kSelectSteps;
extern const StepList kShapeSteps;
extern const StepList kSignalFilterBankSteps;
extern const StepList kSignalFramesSteps;
extern const StepList kSignalLogSteps;
extern const StepList kSignalNoiseSteps;
extern const StepList kSignalRfftSteps;
extern const StepList kSignalWindowSteps;
extern const StepList kSliceSteps;
extern const StepList kSoftmaxSteps;
extern const StepList kSpaceBatchSteps;
extern const StepList kSquaredDifferenceSteps;
extern const StepList kSvdfSteps;
extern const StepList kTanhSteps;
extern const StepList kTileSteps;
extern const StepList kTopKSteps;
extern const StepList kTransposeConvSteps;
extern const StepList kUnarySteps;
extern const StepList kVariablesSteps;
extern const StepList kWhereSteps;

}  // namespace moonlet
