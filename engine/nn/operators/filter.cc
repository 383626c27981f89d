#include "engine/nn/operators/filter.h"

#include "engine/kernels/unaligned.h"
#include "engine/nn/checks.h"

namespace moonlet {

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

namespace {

// The channel with the largest scale: if its factor is in range, so are all.
int LargestScale(const ModelTensor& filter) {
  const Unaligned<float> scales(filter.scale_bytes());
  const int count = filter.scales();
  int largest = 0;
  for (int c = 1; c < count; ++c)
    if (scales[c] > scales[largest]) largest = c;
  return largest;
}

}  // namespace

Status MakeFactors(const ModelTensor& input, const ModelTensor& filter, const ModelTensor& output,
                   int axis, int32_t channels, const StepWriter& writer, LayerFactors* factors) {
  if (Status s = CheckFilterScales(filter, axis, channels); !s.ok()) return s;
  const int c = LargestScale(filter);
  const float scale = filter.scale(c);
  Multiplier m;
  if (!MakeChannelMultiplier(input.scale(), scale, output.scale(), &m))
    return Status::Invalid("scales %g * %g / %g of channel %d are out of range",
                           static_cast<double>(input.scale()), static_cast<double>(scale),
                           static_cast<double>(output.scale()), c + 1);
  *factors = {m, {}, input.scale(), output.scale()};
  if (filter.scales() > 1) factors->scales = writer.AtScales(filter);
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
