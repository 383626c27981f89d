#include "engine/nn/operators/image.h"

#include "engine/nn/checks.h"

namespace moonlet {

Status MakeWindow(const ModelTensor& input, const ModelTensor& output, tflite::Padding padding,
                  const FilterSteps& steps, int32_t out_channels, Window* window) {
  if (Status s = CheckRank("input", input, 4); !s.ok()) return s;
  Padding how;
  if (Status s = CheckPadding(padding, &how); !s.ok()) return s;
  Window w;
  w.batches = input.dim(0);
  if (!MakeAxis(how, input.dim(1), steps.kernel_y, steps.stride_y, steps.dilation_y, &w.y) ||
      !MakeAxis(how, input.dim(2), steps.kernel_x, steps.stride_x, steps.dilation_x, &w.x))
    return Status::Invalid("a %d x %d filter, strides %d, %d, dilations %d, %d, on input %s",
                           steps.kernel_y, steps.kernel_x, steps.stride_y, steps.stride_x,
                           steps.dilation_y, steps.dilation_x, DimsText(input.shape()).text);
  const int32_t expected[] = {w.batches, w.y.output, w.x.output, out_channels};
  if (Status s = CheckShape("output", output, expected); !s.ok()) return s;
  *window = w;
  return Status();
}

Status CheckFilter(const Node& node, tflite::TensorType type) {
  Status s = CheckCounts(node, 2, 3);
  if (s.ok()) s = CheckType("filter", node.input(1), type);
  if (s.ok()) s = CheckConstant("filter", node.input(1));
  if (s.ok()) s = CheckAligned("input", node.input(0));
  return s;
}

Status CheckBias(const Node& node, tflite::TensorType type, int32_t channels, int input) {
  if (!node.has_input(input)) return Status();
  const ModelTensor bias = node.input(input);
  if (Status s = CheckConstant("bias", bias); !s.ok()) return s;
  if (Status s = CheckType("bias", bias, type); !s.ok()) return s;
  if (bias.elements() == channels) return Status();
  return Status::Invalid("%s has %lld values, expected %d", TensorLabel("bias", bias).text,
                         static_cast<long long>(bias.elements()), channels);
}

tflite::TensorType FilterTypeS8(const Node& node) {
  const bool packed = node.has_input(1) && node.input(1).type() == tflite::TensorType::INT4;
  return packed ? tflite::TensorType::INT4 : tflite::TensorType::INT8;
}

Status CheckFilterScales(const ModelTensor& filter, int axis, int32_t channels) {
  const int scales = filter.scales();
  if (scales != 1 && scales != channels)
    return Status::Invalid("%s has %d scales, expected 1 or %d", TensorLabel("filter", filter).text,
                           scales, channels);
  if (scales > 1 && filter.quantized_axis() != axis)
    return Status::Invalid("%s is quantised along axis %d, expected %d",
                           TensorLabel("filter", filter).text, filter.quantized_axis() + 1,
                           axis + 1);
  return Status();
}

Status MakeFactors(const ModelTensor& input, const ModelTensor& filter, const ModelTensor& output,
                   int axis, int32_t channels, Factors* factors, void* behind) {
  if (Status s = CheckFilterScales(filter, axis, channels); !s.ok()) return s;
  const int scales = filter.scales();
  if (scales > 1) factors->channels = channels;
  auto* values = static_cast<int32_t*>(behind);
  for (int c = 0; c < scales; ++c) {
    Multiplier m;
    if (!MakeChannelMultiplier(input.scale(), filter.scale(c), output.scale(), &m))
      return Status::Invalid(
          "scales %g * %g / %g of channel %d are out of range", static_cast<double>(input.scale()),
          static_cast<double>(filter.scale(c)), static_cast<double>(output.scale()), c + 1);
    if (scales == 1) {
      factors->single = m;
    } else if (values != nullptr) {
      values[c] = m.value;
      reinterpret_cast<int8_t*>(values + channels)[c] = m.shift;
    }
  }
  return Status();
}

Status MakeFactorsOf(const Node& node, int axis, int32_t channels, const Multiplier* single,
                     Factors* factors, void* behind) {
  if (single == nullptr)
    return MakeFactors(node.input(0), node.input(1), node.output(0), axis, channels, factors,
                       behind);
  factors->single = *single;
  return Status();
}

bool IsHybrid(const Node& node) {
  return node.has_input(1) && node.input(1).type() == tflite::TensorType::INT8;
}

Status CheckHybrid(const Node& node, int axis, int32_t channels) {
  const ModelTensor filter = node.input(1);
  if (Status s = CheckFilterScales(filter, axis, channels); !s.ok()) return s;
  if (filter.zero_point() == 0) return Status();
  return Status::Invalid("%s has zero point %d, expected 0", TensorLabel("filter", filter).text,
                         filter.zero_point());
}

tflite::TensorType SumTypeOf(const Node& node, tflite::TensorType without) {
  const tflite::TensorType type = node.has_input(2) ? node.input(2).type() : without;
  return type == tflite::TensorType::INT32 ? type : tflite::TensorType::INT64;
}

FilterOperands FilterOperandsOf(const Node& node, const StepWriter& writer) {
  const Operand bias = node.has_input(2) ? writer.At(node.input(2)) : Operand{};
  return {writer.At(node.input(0)), writer.At(node.input(1)), bias, writer.At(node.output(0))};
}

}  // namespace moonlet
