// EQUAL, NOT_EQUAL, LESS, LESS_EQUAL, GREATER and GREATER_EQUAL: two inputs broadcast against
// each other, and bool. int8 and uint8 are compared by the real numbers they stand for.
#include "engine/kernels/compare.h"

#include "engine/nn/operators/operators.h"
#include "engine/nn/operators/pair.h"
#include "engine/nn/operators/step_lists.h"

namespace moonlet {
namespace {

using tflite::BuiltinOperator;
using tflite::TensorType;

Comparison ComparisonOf(const Node& node) {
  switch (node.code()) {
    case BuiltinOperator::EQUAL:
      return Comparison::kEqual;
    case BuiltinOperator::NOT_EQUAL:
      return Comparison::kNotEqual;
    case BuiltinOperator::LESS:
      return Comparison::kLess;
    case BuiltinOperator::LESS_EQUAL:
      return Comparison::kLessEqual;
    case BuiltinOperator::GREATER:
      return Comparison::kGreater;
    default:
      return Comparison::kGreaterEqual;
  }
}

template <typename T>
void WriteCompare(const Node& node, const BroadcastPair& pair, StepWriter& writer) {
  WritePair<T, Compare<T>, uint8_t>(node, ComparisonOf(node), pair, writer);
}

Status CheckComparison(const Node& node, BroadcastPair* pair) {
  Status s = CheckPair(node, pair);
  if (s.ok()) s = CheckType("output", node.output(0), TensorType::BOOL);
  return s;
}

// Numbers in memory compare like the real ones where both sides mean the same by them.
Status CheckComparable(const ModelTensor& a, const ModelTensor& b) {
  if (a.scales() == b.scales() && a.scale() == b.scale() && a.zero_point() == b.zero_point())
    return Status();
  return Status::Unsupported("%s of another scale or zero point than the first",
                             TensorLabel("second input", b).text);
}

}  // namespace

Status PrepareCompareScaled(const Node& node, StepWriter& writer) {
  const ModelTensor a = node.input(0);
  BroadcastPair pair;
  Status s = CheckComparison(node, &pair);
  if (s.ok()) s = CheckQuantized("first input", a);
  if (s.ok()) s = CheckQuantized("second input", node.input(1));
  if (!s.ok()) return s;
  const ModelTensor b = node.input(1);
  ScaledComparison p = {ComparisonOf(node), a.zero_point(), b.zero_point(), {}, {}};
  if (!MakeMultiplier(double{a.scale()}, &p.scale_a) ||
      !MakeMultiplier(double{b.scale()}, &p.scale_b))
    return Status::Invalid("scales %g and %g, expected less than 2^127",
                           static_cast<double>(a.scale()), static_cast<double>(b.scale()));
  if (a.type() == TensorType::INT8) {
    WritePair<int8_t, CompareScaled<int8_t>, uint8_t>(node, p, pair, writer);
  } else {
    WritePair<uint8_t, CompareScaled<uint8_t>, uint8_t>(node, p, pair, writer);
  }
  return s;
}

Status PrepareCompare(const Node& node, StepWriter& writer) {
  BroadcastPair pair;
  if (Status s = CheckComparison(node, &pair); !s.ok()) return s;
  const TensorType type = node.input(0).type();
  if (type == TensorType::INT16)
    if (Status s = CheckComparable(node.input(0), node.input(1)); !s.ok()) return s;
  if (type == TensorType::FLOAT32) WriteCompare<float>(node, pair, writer);
  if (type == TensorType::INT16) WriteCompare<int16_t>(node, pair, writer);
  if (type == TensorType::INT32) WriteCompare<int32_t>(node, pair, writer);
  if (type == TensorType::UINT32) WriteCompare<uint32_t>(node, pair, writer);
  if (type == TensorType::INT64) WriteCompare<int64_t>(node, pair, writer);
  if (type == TensorType::BOOL) WriteCompare<uint8_t>(node, pair, writer);
  return Status();
}

const StepList kCompareSteps =
    ListSteps<PairStep<float, Compare<float>, Comparison, uint8_t>,
              PairStep<int16_t, Compare<int16_t>, Comparison, uint8_t>,
              PairStep<int32_t, Compare<int32_t>, Comparison, uint8_t>,
              PairStep<uint32_t, Compare<uint32_t>, Comparison, uint8_t>,
              PairStep<int64_t, Compare<int64_t>, Comparison, uint8_t>,
              PairStep<uint8_t, Compare<uint8_t>, Comparison, uint8_t>,
              PairStep<int8_t, CompareScaled<int8_t>, ScaledComparison, uint8_t>,
              PairStep<uint8_t, CompareScaled<uint8_t>, ScaledComparison, uint8_t>>();

}  // namespace moonlet
