// MAXIMUM and MINIMUM: two inputs, broadcast against each other. Raw values are compared,
// whatever their scales, as in the reference.
#include "engine/kernels/extremes.h"

#include "engine/nn/operators/operators.h"
#include "engine/nn/operators/pair.h"

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

}  // namespace moonlet
