// AVERAGE_POOL_2D and MAX_POOL_2D: one input, one output.
#include "engine/kernels/pool.h"

#include <cmath>

#include "engine/nn/checks.h"
#include "engine/nn/operators/image.h"
#include "engine/nn/operators/operators.h"

namespace moonlet {
namespace {

struct PoolS8Record {
  PoolS8Params p;
  Operand input;
  Operand output;
};

template <auto kPool>
bool RunPoolS8(const void* record, const RunContext& run) {
  const auto* r = static_cast<const PoolS8Record*>(record);
  return kPool(r->p, run.Read<int8_t>(r->input), run.Write<int8_t>(r->output), run.stop);
}

struct PoolF32Record {
  PoolF32Params p;
  Operand input;
  Operand output;
};

template <auto kPool>
bool RunPoolF32(const void* record, const RunContext& run) {
  const auto* r = static_cast<const PoolF32Record*>(record);
  return kPool(r->p, run.Read<float>(r->input), run.Write<float>(r->output), run.stop);
}

bool IsAverage(const Node& node) { return node.code() == tflite::BuiltinOperator::AVERAGE_POOL_2D; }

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
  return MakeWindow(input, node.output(0), options->padding(), steps, input.dim(3), window);
}

}  // namespace

Status PreparePoolS8(const Node& node, StepWriter& writer) {
  Window window;
  Activation activation;
  OutputS8 range;
  Status s = CheckPool(node, &window, &activation);
  if (s.ok()) s = CheckQuantized("input", node.input(0));
  if (s.ok()) s = CheckOutputS8(node.output(0), activation, &range);
  if (!s.ok()) return s;
  const ModelTensor input = node.input(0);
  const ModelTensor output = node.output(0);
  // Raw values are pooled, so both sides must mean the same by them.
  const double difference = std::fabs(double{input.scale()} - double{output.scale()});
  if (difference > 1.0e-6 || input.zero_point() != output.zero_point())
    return Status::Invalid("%s has scale %g, zero point %d, expected the input's %g, %d",
                           TensorLabel("output", output).text, static_cast<double>(output.scale()),
                           output.zero_point(), static_cast<double>(input.scale()),
                           input.zero_point());
  auto* r =
      writer.Add<PoolS8Record>(IsAverage(node) ? RunPoolS8<AveragePoolS8> : RunPoolS8<MaxPoolS8>);
  if (r == nullptr) return s;
  r->p = {window, input.dim(3), range.min, range.max};
  r->input = writer.At(input);
  r->output = writer.At(output);
  return s;
}

Status PreparePoolF32(const Node& node, StepWriter& writer) {
  Window window;
  Activation activation;
  if (Status s = CheckPool(node, &window, &activation); !s.ok()) return s;
  auto* r = writer.Add<PoolF32Record>(IsAverage(node) ? RunPoolF32<AveragePoolF32>
                                                      : RunPoolF32<MaxPoolF32>);
  if (r == nullptr) return Status();
  r->p = {window, node.input(0).dim(3), MakeRangeF32(activation)};
  r->input = writer.At(node.input(0));
  r->output = writer.At(node.output(0));
  return Status();
}

}  // namespace moonlet
