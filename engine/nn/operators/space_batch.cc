// SPACE_TO_BATCH_ND and BATCH_TO_SPACE_ND: images of rank 4, or rows of rank 3, dealt out to a
// batch, and put together again. The block's shape, and the border that is added or cut off,
// {before, after} of each axis, are constants.
#include "engine/kernels/space_batch.h"

#include <cstring>

#include "engine/kernels/repeat.h"
#include "engine/nn/checks.h"
#include "engine/nn/operators/box_copy.h"
#include "engine/nn/operators/integers.h"
#include "engine/nn/operators/operators.h"
#include "engine/nn/operators/step_lists.h"

namespace moonlet {
namespace {

using tflite::TensorType;

struct SpaceBatchRecord {
  SpaceBatchParams p;
  Operand input;
  Operand output;
  uint32_t output_bytes;
  uint32_t element_bytes;
  int32_t border;  // its value, in the low bytes
};

bool RunSpaceToBatch(const void* record, const RunContext& run) {
  const auto* r = static_cast<const SpaceBatchRecord*>(record);
  auto* output = run.Write<uint8_t>(r->output);
  WorkMeter meter(run.stop);
  const int64_t border = r->border;
  std::memcpy(output, &border, r->element_bytes);
  if (!RepeatBytes(output, r->element_bytes, r->output_bytes / r->element_bytes, meter))
    return false;
  return SpaceToBatch(r->p, run.Address(r->input), output, run.stop);
}

bool RunBatchToSpace(const void* record, const RunContext& run) {
  const auto* r = static_cast<const SpaceBatchRecord*>(record);
  return BatchToSpace(r->p, run.Address(r->input), run.Write<uint8_t>(r->output), run.stop);
}

// Batches, and rows and columns of an image; a tensor of rank 3 has one column.
struct ImageSizes {
  explicit ImageSizes(const ModelTensor& tensor)
      : batches(tensor.dim(0)), sizes{tensor.dim(1), tensor.rank() == 4 ? tensor.dim(2) : 1} {}

  int32_t batches;
  int32_t sizes[2];
};

Status CheckImages(const ModelTensor& input, const ModelTensor& output) {
  if (Status s = CheckType("output", output, input.type()); !s.ok()) return s;
  if (input.rank() != 3 && input.rank() != 4)
    return Status::Invalid("%s has shape %s, expected rank 3 or 4",
                           TensorLabel("input", input).text, DimsText(input.shape()).text);
  return CheckRank("output", output, input.rank());
}

Status CheckBorders(const char* role, const ModelTensor& borders, int32_t axes) {
  const int32_t expected[] = {axes, 2};
  Status s = CheckIntegerType(role, borders);
  if (s.ok()) s = CheckConstant(role, borders);
  if (s.ok()) s = CheckShape(role, borders, expected);
  return s;
}

// Along one axis small images of `small` pixels make the large one with its border.
bool Fits(int64_t block, int64_t before, int64_t after, int32_t large, int32_t small) {
  constexpr int64_t kMost = 1 << 30;
  if (block < 1 || block > kMost || before < 0 || before > kMost || after < 0 || after > kMost)
    return false;
  return large + before + after == block * small;
}

// `large` has the whole images, `small` the dealt ones.
Status MakeSpaceBatch(const Node& node, const char* role, const ModelTensor& large,
                      const ModelTensor& small, SpaceBatchParams* p) {
  const ModelTensor borders = node.input(2);
  const int32_t axes = large.rank() - 2;
  IntegerArray block;
  Status s = ReadIntegerVector("block", node.input(1), axes, &block);
  if (s.ok()) s = CheckBorders(role, borders, axes);
  if (!s.ok()) return s;
  const IntegerArray border = ConstantIntegers(borders);
  const ImageSizes from(large), to(small);
  const int channel_axis = large.rank() - 1;
  *p = {.batches = from.batches,
        .pixel_bytes = large.dim(channel_axis) * ElementBytes(large),
        .block = {1, 1}};
  bool fits = large.dim(channel_axis) == small.dim(channel_axis);
  for (int axis = 0; axis < 2; ++axis) {
    p->large[axis] = from.sizes[axis];
    p->small[axis] = to.sizes[axis];
    if (axis >= axes) continue;
    fits = fits && Fits(block[axis], border[2 * axis], border[2 * axis + 1], from.sizes[axis],
                        to.sizes[axis]);
    p->block[axis] = static_cast<int32_t>(block[axis]);
    p->before[axis] = static_cast<int32_t>(border[2 * axis]);
  }
  const int64_t pixels = int64_t{p->block[0]} * p->block[1];
  if (fits && to.batches % pixels == 0 && to.batches / pixels == from.batches) return s;
  return Status::Invalid("block and %s do not turn shape %s into shape %s", role,
                         DimsText(node.input(0).shape()).text,
                         DimsText(node.output(0).shape()).text);
}

// As TensorFlow Lite, the border of a quantised image is the output's zero point.
int32_t BorderOf(const ModelTensor& output) {
  const bool quantized = output.type() == TensorType::INT8 || output.type() == TensorType::UINT8 ||
                         output.type() == TensorType::INT16;
  return quantized ? output.zero_point() : 0;
}

Status WriteSpaceBatch(const Node& node, RunStep run, const SpaceBatchParams& p,
                       StepWriter& writer) {
  const ModelTensor output = node.output(0);
  auto* r = writer.Add<SpaceBatchRecord>(run);
  if (r != nullptr)
    *r = {p,
          writer.At(node.input(0)),
          writer.At(output),
          static_cast<uint32_t>(output.bytes()),
          static_cast<uint32_t>(ElementBytes(output)),
          BorderOf(output)};
  return Status();
}

}  // namespace

Status PrepareSpaceToBatch(const Node& node, StepWriter& writer) {
  if (Status s = CheckCounts(node, 3, 3); !s.ok()) return s;
  const ModelTensor input = node.input(0);
  const ModelTensor output = node.output(0);
  SpaceBatchParams p;
  Status s = CheckImages(input, output);
  if (s.ok()) s = MakeSpaceBatch(node, "paddings", input, output, &p);
  return s.ok() ? WriteSpaceBatch(node, RunSpaceToBatch, p, writer) : s;
}

Status PrepareBatchToSpace(const Node& node, StepWriter& writer) {
  if (Status s = CheckCounts(node, 3, 3); !s.ok()) return s;
  const ModelTensor input = node.input(0);
  const ModelTensor output = node.output(0);
  SpaceBatchParams p;
  Status s = CheckImages(input, output);
  if (s.ok()) s = MakeSpaceBatch(node, "crops", output, input, &p);
  return s.ok() ? WriteSpaceBatch(node, RunBatchToSpace, p, writer) : s;
}

const StepList kSpaceBatchSteps =
    ListSteps<Step<SpaceBatchRecord, RunSpaceToBatch>, Step<SpaceBatchRecord, RunBatchToSpace>>();

}  // namespace moonlet
