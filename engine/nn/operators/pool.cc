// AVERAGE_POOL_2D, MAX_POOL_2D and L2_POOL_2D: one input, one output.
#include "engine/kernels/pool.h"

#include <cmath>

#include "engine/nn/checks.h"
#include "engine/nn/operators/image.h"
#include "engine/nn/operators/operators.h"
#include "engine/nn/operators/step_lists.h"

namespace moonlet {
namespace {

template <typename Params>
struct PoolRecord {
  Params p;
  Operand input;
  Operand output;
};

template <typename T, auto kPool, typename Params>
bool RunPool(const void* record, const RunContext& run) {
  const auto* r = static_cast<const PoolRecord<Params>*>(record);
  return kPool(r->p, run.Read<T>(r->input), run.Write<T>(r->output), run.stop);
}

template <typename Params>
void WritePool(const Node& node, const Params& p, RunStep run, StepWriter& writer) {
  auto* r = writer.Add<PoolRecord<Params>>(run);
  if (r != nullptr) *r = {p, writer.At(node.input(0)), writer.At(node.output(0))};
}
// One kernel for AVERAGE_POOL_2D, the other for MAX_POOL_2D.
template <typename T, auto kAverage, auto kMax, typename Params>
void WritePool(const Node& node, const Params& p, StepWriter& writer) {
  const bool average = node.code() == tflite::BuiltinOperator::AVERAGE_POOL_2D;
  WritePool(node, p, average ? RunPool<T, kAverage, Params> : RunPool<T, kMax, Params>, writer);
}

Status CheckPool(const Node& node, Window* window, Activation* activation) {
  if (Status s = CheckCounts(node, 1, 1); !s.ok()) return s;
  const tflite::Pool2DOptions* options = node.table().builtin_options_as_Pool2DOptions();
  if (options == nullptr) return MissingOptions();
  const ModelTensor input = node.input(0);
  Status s = CheckActivation(options->fused_activation_function(), activation);
  if (s.ok()) s = CheckRank("input", input, 4);
  if (s.ok()) s = CheckAligned("input", input);
  if (!s.ok()) return s;
  const FilterSteps steps = {options->filter_height(), options->filter_width(), options->stride_h(),
                             options->stride_w()};
  return MakeWindow(node, options->padding(), steps, input.dim(3), window);
}

// Raw values are pooled, so both sides must mean the same by them.
Status CheckPoolScales(const ModelTensor& input, const ModelTensor& output) {
  const double difference = std::fabs(double{input.scale()} - double{output.scale()});
  if (difference <= 1.0e-6 && input.zero_point() == output.zero_point()) return Status();
  return Status::Invalid("%s has scale %g, zero point %d, expected the input's %g, %d",
                         TensorLabel("output", output).text, static_cast<double>(output.scale()),
                         output.zero_point(), static_cast<double>(input.scale()),
                         input.zero_point());
}

}  // namespace

Status PreparePoolS8(const Node& node, StepWriter& writer) {
  Window window;
  Activation activation;
  OutputS8 range;
  Status s = CheckPool(node, &window, &activation);
  if (s.ok()) s = CheckQuantized("input", node.input(0));
  if (s.ok()) s = CheckOutputS8(node, activation, &range);
  if (s.ok()) s = CheckPoolScales(node.input(0), node.output(0));
  if (!s.ok()) return s;
  const PoolS8Params p = {window, node.input(0).dim(3), range.min, range.max};
  WritePool<int8_t, AveragePoolS8, MaxPoolS8>(node, p, writer);
  return s;
}

Status PreparePoolS16(const Node& node, StepWriter& writer) {
  Window window;
  Activation activation;
  OutputS16 range;
  Status s = CheckPool(node, &window, &activation);
  if (s.ok()) s = CheckQuantized("input", node.input(0));
  if (s.ok()) s = CheckOutputS16(node, activation, &range);
  if (s.ok()) s = CheckPoolScales(node.input(0), node.output(0));
  if (!s.ok()) return s;
  const PoolS16Params p = {window, node.input(0).dim(3), range.min, range.max};
  WritePool<int16_t, AveragePoolS16, MaxPoolS16>(node, p, writer);
  return s;
}

Status PreparePoolF32(const Node& node, StepWriter& writer) {
  Window window;
  Activation activation;
  if (Status s = CheckPool(node, &window, &activation); !s.ok()) return s;
  const PoolF32Params p = {window, node.input(0).dim(3), MakeRangeF32(activation)};
  if (node.code() == tflite::BuiltinOperator::L2_POOL_2D) {
    WritePool(node, p, RunPool<float, L2PoolF32, PoolF32Params>, writer);
  } else {
    WritePool<float, AveragePoolF32, MaxPoolF32>(node, p, writer);
  }
  return Status();
}

const StepList kPoolSteps =
    ListSteps<Step<PoolRecord<PoolS8Params>, RunPool<int8_t, AveragePoolS8, PoolS8Params>>,
              Step<PoolRecord<PoolS8Params>, RunPool<int8_t, MaxPoolS8, PoolS8Params>>,
              Step<PoolRecord<PoolS16Params>, RunPool<int16_t, AveragePoolS16, PoolS16Params>>,
              Step<PoolRecord<PoolS16Params>, RunPool<int16_t, MaxPoolS16, PoolS16Params>>,
              Step<PoolRecord<PoolF32Params>, RunPool<float, AveragePoolF32, PoolF32Params>>,
              Step<PoolRecord<PoolF32Params>, RunPool<float, MaxPoolF32, PoolF32Params>>,
              Step<PoolRecord<PoolF32Params>, RunPool<float, L2PoolF32, PoolF32Params>>>();

}  // namespace moonlet
