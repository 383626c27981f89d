// MIRROR_PAD: input, and constant paddings {before, after} of each axis.
#include "engine/kernels/mirror_pad.h"

#include <limits>

#include "engine/nn/analyze.h"
#include "engine/nn/checks.h"
#include "engine/nn/operators/box_copy.h"
#include "engine/nn/operators/integers.h"
#include "engine/nn/operators/operators.h"
#include "engine/nn/operators/step_lists.h"

namespace moonlet {
namespace {

static_assert(MirrorPadParams::kMaxRank >= kMaxModelRank);

struct MirrorPadRecord {
  MirrorPadParams p;
  Operand input;
  Operand output;
};

bool RunMirrorPad(const void* record, const RunContext& run) {
  const auto* r = static_cast<const MirrorPadRecord*>(record);
  return MirrorPad(r->p, run.Address(r->input), run.Write<uint8_t>(r->output), run.stop);
}

// Whether the positions at the edge are mirrored too.
Status ReadMode(const Node& node, int32_t* edge) {
  const tflite::MirrorPadOptions* options = node.table().builtin_options_as_MirrorPadOptions();
  if (options == nullptr) return MissingOptions();
  const tflite::MirrorPadMode mode = options->mode();
  if (mode < tflite::MirrorPadMode::MIN || mode > tflite::MirrorPadMode::MAX)
    return Status::Invalid("mode %d does not exist", static_cast<int>(mode));
  *edge = mode == tflite::MirrorPadMode::SYMMETRIC ? 1 : 0;
  return Status();
}

Status ReadBorders(const ModelTensor& paddings, const ModelTensor& input, int32_t edge,
                   MirroredAxis* axes) {
  const int32_t expected[] = {input.rank(), 2};
  Status s = CheckIntegerType("paddings", paddings);
  if (s.ok()) s = CheckConstant("paddings", paddings);
  if (s.ok()) s = CheckShape("paddings", paddings, expected);
  if (!s.ok()) return s;
  const IntegerArray values = ConstantIntegers(paddings);
  for (int axis = 0; axis < input.rank(); ++axis) {
    const int64_t before = values[2 * axis], after = values[2 * axis + 1];
    const int32_t length = input.dim(axis);
    const int32_t most = length - 1 + edge;
    if (before < 0 || before > most || after < 0 || after > most)
      return Status::Invalid("paddings %lld, %lld of axis %d, expected 0 to %d",
                             static_cast<long long>(before), static_cast<long long>(after),
                             axis + 1, most);
    axes[axis] = {length, static_cast<int32_t>(before), static_cast<int32_t>(after), 0, 0};
  }
  return s;
}

}  // namespace

Status PrepareMirrorPad(const Node& node, StepWriter& writer) {
  if (Status s = CheckCounts(node, 2, 2); !s.ok()) return s;
  const ModelTensor input = node.input(0);
  const ModelTensor output = node.output(0);
  int32_t edge = 0;
  MirroredAxis axes[kMaxModelRank];
  Status s = CheckType("output", output, input.type());
  if (s.ok()) s = ReadMode(node, &edge);
  if (s.ok()) s = ReadBorders(node.input(1), input, edge, axes);
  if (!s.ok()) return s;
  const auto rank = static_cast<size_t>(input.rank());
  int32_t shape[kMaxModelRank];
  for (size_t i = 0; i < rank; ++i) {
    const int64_t length = int64_t{axes[i].before} + axes[i].length + axes[i].after;
    if (length > std::numeric_limits<int32_t>::max())
      return Status::Invalid("axis %zu grows to %lld", i + 1, static_cast<long long>(length));
    shape[i] = static_cast<int32_t>(length);
  }
  if (s = CheckShape("output", output, std::span(shape, rank)); !s.ok()) return s;
  auto* r = writer.Add<MirrorPadRecord>(RunMirrorPad);
  if (r != nullptr)
    *r = {MakeMirrorPad({axes, rank}, edge, ElementBytes(input)), writer.At(input),
          writer.At(output)};
  return s;
}

const StepList kMirrorPadSteps = ListSteps<Step<MirrorPadRecord, RunMirrorPad>>();

}  // namespace moonlet
