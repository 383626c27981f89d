#include "engine/nn/steps.h"

#include <cassert>
#include <iterator>

#include "engine/nn/operators/step_lists.h"

namespace moonlet {
namespace {

// A number is that of a list here, and in its low bits that of the function in the list.
constexpr unsigned kStepBits = 6;
constexpr uint32_t kStepsOfList = 1u << kStepBits;

// Those that most models have come first: they are looked for in this order.
const StepList* const kStepLists[] = {
    &kConvSteps,
    &kDepthwiseSteps,
    &kFullyConnectedSteps,
    &kAddSteps,
    &kPoolSteps,
    &kReshapeSteps,
    &kSoftmaxSteps,
    &kAddNSteps,
    &kAlongAxisSteps,
    &kArgExtremeSteps,
    &kBatchMatmulSteps,
    &kBoxCopySteps,
    &kCastSteps,
    &kCircularBufferSteps,
    &kCompareSteps,
    &kControlFlowSteps,
    &kCumsumSteps,
    &kDecodeSteps,
    &kDetectionSteps,
    &kDivSteps,
    &kEluSteps,
    &kExtremesSteps,
    &kFillSteps,
    &kFloorDivSteps,
    &kGatherSteps,
    &kGeluSteps,
    &kHardSwishSteps,
    &kL2NormalizationSteps,
    &kLeakyReluSteps,
    &kLogSoftmaxSteps,
    &kLogicalSteps,
    &kLogisticSteps,
    &kLstmSteps,
    &kMapSteps,
    &kMirrorPadSteps,
    &kMulSteps,
    &kOneHotSteps,
    &kPadSteps,
    &kPowSteps,
    &kPreluSteps,
    &kQuantizeSteps,
    &kReductionSteps,
    &kReluSteps,
    &kResizeSteps,
    &kScatterNdSteps,
    &kSelectSteps,
    &kShapeSteps,
    &kSignalFilterBankSteps,
    &kSignalFramesSteps,
    &kSignalLogSteps,
    &kSignalNoiseSteps,
    &kSignalRfftSteps,
    &kSignalWindowSteps,
    &kSliceSteps,
    &kSpaceBatchSteps,
    &kSquaredDifferenceSteps,
    &kSvdfSteps,
    &kTanhSteps,
    &kTileSteps,
    &kTopKSteps,
    &kTransposeConvSteps,
    &kUnarySteps,
    &kVariablesSteps,
    &kWhereSteps,
};

}  // namespace

uint16_t NumberOfStep(RunStep run) {
  for (size_t list = 0; list < std::size(kStepLists); ++list) {
    const StepList& steps = *kStepLists[list];
    for (uint32_t i = 0; i < steps.count; ++i)
      if (steps.runs[i] == run) return static_cast<uint16_t>(list << kStepBits | i);
  }
  return StepRecord::kByAddress;
}

bool IsStepNumber(uint16_t number) {
  const size_t list = number >> kStepBits;
  return list < std::size(kStepLists) && number % kStepsOfList < kStepLists[list]->count;
}

RunStep StepOfNumber(uint16_t number) {
  assert(IsStepNumber(number));
  return kStepLists[number >> kStepBits]->runs[number % kStepsOfList];
}

bool Execute(const StepRecord& step, const RunContext& run) {
  const void* const record = &step + 1;
  if (step.number != StepRecord::kByAddress) return StepOfNumber(step.number)(record, run);
  const auto* address = static_cast<const StepAddress*>(record);
  return address->run(address + 1, run);
}

uint32_t StepsLayout() {
  uint32_t sum = kEmptyLayout;
  for (const StepList* list : kStepLists) {
    assert(list->count <= kStepsOfList);
    sum = MixLayout(MixLayout(sum, list->count), list->layout);
  }
  return sum;
}

}  // namespace moonlet
