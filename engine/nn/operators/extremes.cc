// MAXIMUM and MINIMUM: two inputs, broadcast against each other. Raw values are compared,
// whatever their scales, as in the reference.
#include "engine/kernels/extremes.h"

#include "engine/nn/operators/operators.h"
#include "engine/nn/operators/pair.h"
#include "engine/nn/operators/step_lists.h"

namespace moonlet {
namespace {

using tflite::TensorType;

template <typename T>
void Write(const Node& node, const BroadcastPair& pair, StepWriter& writer) {
  if (node.code() == tflite::BuiltinOperator::MAXIMUM) {
    WritePair<T, Maximum<T>>(node, NoParams(), pair, writer);
  } else {
    WritePair<T, Minimum<T>>(node, NoParams(), pair, writer);
  }
}

}  // namespace

Status PrepareExtremes(const Node& node, StepWriter& writer) {
  BroadcastPair pair;
  if (Status s = CheckPair(node, &pair); !s.ok()) return s;
  const TensorType type = node.input(0).type();
  if (Status s = CheckType("output", node.output(0), type); !s.ok()) return s;
  if (type == TensorType::INT8) Write<int8_t>(node, pair, writer);
  if (type == TensorType::INT16) Write<int16_t>(node, pair, writer);
  if (type == TensorType::INT32) Write<int32_t>(node, pair, writer);
  if (type == TensorType::INT64) Write<int64_t>(node, pair, writer);
  if (type == TensorType::FLOAT32) Write<float>(node, pair, writer);
  return Status();
}

const StepList kExtremesSteps = ListSteps<
    PairStep<int8_t, Maximum<int8_t>, NoParams>, PairStep<int8_t, Minimum<int8_t>, NoParams>,
    PairStep<int16_t, Maximum<int16_t>, NoParams>, PairStep<int16_t, Minimum<int16_t>, NoParams>,
    PairStep<int32_t, Maximum<int32_t>, NoParams>, PairStep<int32_t, Minimum<int32_t>, NoParams>,
    PairStep<int64_t, Maximum<int64_t>, NoParams>, PairStep<int64_t, Minimum<int64_t>, NoParams>,
    PairStep<float, Maximum<float>, NoParams>, PairStep<float, Minimum<float>, NoParams>>();

}  // namespace moonlet
