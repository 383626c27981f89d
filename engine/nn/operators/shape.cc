// SHAPE and BROADCAST_ARGS: shapes as values. Those of SHAPE are in the file.
#include <algorithm>
#include <cstring>

#include "engine/nn/analyze.h"
#include "engine/nn/checks.h"
#include "engine/nn/operators/box_copy.h"
#include "engine/nn/operators/integers.h"
#include "engine/nn/operators/operators.h"
#include "engine/nn/operators/step_lists.h"

namespace moonlet {
namespace {

using tflite::TensorType;

// An array of int32 or int64 to be written.
class IntegerWriter {
 public:
  IntegerWriter(uint8_t* data, int element_bytes) : data_(data), bytes_(element_bytes) {}

  void Append(int64_t value) {
    // The low bytes come first.
    std::memcpy(data_, &value, static_cast<size_t>(bytes_));
    data_ += bytes_;
  }

 private:
  uint8_t* data_;
  int bytes_;
};

struct ShapeRecord {
  Operand output;
  int32_t element_bytes;
  int32_t rank;
  int32_t dims[kMaxModelRank];
};

bool RunShape(const void* record, const RunContext& run) {
  const auto* r = static_cast<const ShapeRecord*>(record);
  IntegerWriter output(run.Write<uint8_t>(r->output), r->element_bytes);
  for (int axis = 0; axis < r->rank; ++axis) output.Append(r->dims[axis]);
  return true;
}

struct BroadcastArgsRecord {
  IntegerOperand a;
  IntegerOperand b;
  Operand output;
  int32_t rank_a;
  int32_t rank_b;
};

// Length i of the joint shape, both aligned at the right. False when they do not fit.
bool JointLength(const IntegerArray& a, int rank_a, const IntegerArray& b, int rank_b, int i,
                 int64_t* joint) {
  const int rank = std::max(rank_a, rank_b);
  const int at_a = i - (rank - rank_a);
  const int at_b = i - (rank - rank_b);
  const int64_t length_a = at_a < 0 ? 1 : a[at_a];
  const int64_t length_b = at_b < 0 ? 1 : b[at_b];
  *joint = length_a == 1 ? length_b : length_a;
  return length_a == length_b || length_a == 1 || length_b == 1;
}

Status UnlikeShapes(int axis) { return Status::Invalid("the shapes differ at axis %d", axis + 1); }

bool RunBroadcastArgs(const void* record, const RunContext& run) {
  const auto* r = static_cast<const BroadcastArgsRecord*>(record);
  const IntegerArray a = r->a.Read(run);
  const IntegerArray b = r->b.Read(run);
  IntegerWriter output(run.Write<uint8_t>(r->output), r->a.element_bytes);
  for (int i = 0; i < std::max(r->rank_a, r->rank_b); ++i) {
    int64_t joint;
    if (!JointLength(a, r->rank_a, b, r->rank_b, i, &joint)) return run.Refuse(UnlikeShapes(i));
    output.Append(joint);
  }
  return true;
}

}  // namespace

Status PrepareShape(const Node& node, StepWriter& writer) {
  if (Status s = CheckCounts(node, 1, 1); !s.ok()) return s;
  const ModelTensor input = node.input(0);
  const ModelTensor output = node.output(0);
  if (Status s = CheckIntegerVector("output", output, input.rank()); !s.ok()) return s;
  auto* r = writer.Add<ShapeRecord>(RunShape);
  if (r == nullptr) return Status();
  r->output = writer.At(output);
  r->element_bytes = ElementBytes(output);
  r->rank = input.rank();
  for (int axis = 0; axis < r->rank; ++axis) r->dims[axis] = input.dim(axis);
  return Status();
}

Status PrepareBroadcastArgs(const Node& node, StepWriter& writer) {
  if (Status s = CheckCounts(node, 2, 2); !s.ok()) return s;
  const ModelTensor a = node.input(0);
  const ModelTensor b = node.input(1);
  const ModelTensor output = node.output(0);
  Status s = CheckRank("first shape", a, 1);
  if (s.ok()) s = CheckType("second shape", b, a.type());
  if (s.ok()) s = CheckRank("second shape", b, 1);
  if (s.ok()) s = CheckType("output", output, a.type());
  const int32_t expected[] = {std::max(a.rank() == 1 ? a.dim(0) : 0, b.rank() == 1 ? b.dim(0) : 0)};
  if (s.ok()) s = CheckShape("output", output, expected);
  if (s.ok() && expected[0] > kMaxModelRank)
    s = Status::Unsupported("shapes of %d axes, expected at most %d", expected[0], kMaxModelRank);
  if (!s.ok()) return s;
  for (int i = 0; a.constant() && b.constant() && i < expected[0]; ++i) {
    int64_t joint;
    if (!JointLength(ConstantIntegers(a), a.dim(0), ConstantIntegers(b), b.dim(0), i, &joint))
      return UnlikeShapes(i);
  }
  auto* r = writer.Add<BroadcastArgsRecord>(RunBroadcastArgs);
  if (r != nullptr)
    *r = {IntegersAt(a, writer), IntegersAt(b, writer), writer.At(output), a.dim(0), b.dim(0)};
  return s;
}

const StepList kShapeSteps =
    ListSteps<Step<ShapeRecord, RunShape>, Step<BroadcastArgsRecord, RunBroadcastArgs>>();

}  // namespace moonlet
