// RESIZE_BILINEAR and RESIZE_NEAREST_NEIGHBOR: an image, its constant new height and width.
#include "engine/kernels/resize.h"

#include "engine/nn/checks.h"
#include "engine/nn/operators/operators.h"
#include "engine/nn/operators/step_lists.h"

namespace moonlet {
namespace {

using tflite::TensorType;

struct ResizeRecord {
  ResizeParams p;
  int32_t element_bytes;
  Operand input;
  Operand output;
};

template <typename T, auto kKernel>
bool RunBilinear(const void* record, const RunContext& run) {
  const auto* r = static_cast<const ResizeRecord*>(record);
  return kKernel(r->p, run.Read<T>(r->input), run.Write<T>(r->output), run.stop);
}

bool RunNearest(const void* record, const RunContext& run) {
  const auto* r = static_cast<const ResizeRecord*>(record);
  return ResizeNearest(r->p, r->element_bytes, run.Address(r->input), run.Write<uint8_t>(r->output),
                       run.stop);
}

// Scales are not compared, as in the reference: raw values move.
Status CheckResize(const Node& node, ResizeParams* p) {
  if (Status s = CheckCounts(node, 2, 2); !s.ok()) return s;
  const ModelTensor input = node.input(0);
  const ModelTensor size = node.input(1);
  const ModelTensor output = node.output(0);
  constexpr int32_t kTwo = 2;
  Status s = CheckType("output", output, input.type());
  if (s.ok()) s = CheckAligned("input", input);
  if (s.ok()) s = CheckRank("input", input, 4);
  if (s.ok()) s = CheckType("size", size, TensorType::INT32);
  if (s.ok()) s = CheckConstant("size", size);
  if (s.ok()) s = CheckShape("size", size, {&kTwo, 1});
  if (!s.ok()) return s;
  const Unaligned<int32_t> values(size.data().data());
  p->batches = input.dim(0);
  p->y = {input.dim(1), values[0]};
  p->x = {input.dim(2), values[1]};
  p->channels = input.dim(3);
  const int32_t expected[] = {p->batches, p->y.output, p->x.output, p->channels};
  return CheckShape("output", output, expected);
}

void WriteResize(const Node& node, const ResizeParams& p, RunStep run, StepWriter& writer) {
  auto* r = writer.Add<ResizeRecord>(run);
  if (r == nullptr) return;
  *r = {p, BitsOf(node.input(0).type()) / 8, writer.At(node.input(0)), writer.At(node.output(0))};
}

}  // namespace

Status PrepareResizeBilinear(const Node& node, StepWriter& writer) {
  const tflite::ResizeBilinearOptions* options =
      node.table().builtin_options_as_ResizeBilinearOptions();
  if (options == nullptr) return MissingOptions();
  ResizeParams p;
  p.align_corners = options->align_corners();
  p.half_pixels = options->half_pixel_centers();
  if (p.align_corners && p.half_pixels)
    return Status::Invalid("align_corners and half_pixel_centers contradict each other");
  if (Status s = CheckResize(node, &p); !s.ok()) return s;
  const bool quantized = node.input(0).type() == TensorType::INT8;
  WriteResize(
      node, p,
      quantized ? RunBilinear<int8_t, ResizeBilinearS8> : RunBilinear<float, ResizeBilinearF32>,
      writer);
  return Status();
}

Status PrepareResizeNearest(const Node& node, StepWriter& writer) {
  const tflite::ResizeNearestNeighborOptions* options =
      node.table().builtin_options_as_ResizeNearestNeighborOptions();
  if (options == nullptr) return MissingOptions();
  ResizeParams p;
  p.align_corners = options->align_corners();
  p.half_pixels = options->half_pixel_centers();
  if (Status s = CheckResize(node, &p); !s.ok()) return s;
  WriteResize(node, p, RunNearest, writer);
  return Status();
}

const StepList kResizeSteps = ListSteps<Step<ResizeRecord, RunBilinear<int8_t, ResizeBilinearS8>>,
                                        Step<ResizeRecord, RunBilinear<float, ResizeBilinearF32>>,
                                        Step<ResizeRecord, RunNearest>>();

}  // namespace moonlet
