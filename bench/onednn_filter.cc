#include "bench/onednn_filter.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <numeric>
#include <stdexcept>
#include <string>

namespace moonlet {

using tflite::BuiltinOperator;

Quant QuantOf(const ModelTensor& tensor) {
  if (tensor.type() != tflite::TensorType::INT8 || tensor.scales() != 1)
    throw std::runtime_error("no int8 tensor of one scale: " + std::string(tensor.name()));
  return {tensor.scale(), tensor.zero_point() + 128};
}

Filter::Filter(const Node& node) {
  const ModelTensor filter = node.input(1);
  const auto& table = node.table();
  if (node.code() == BuiltinOperator::FULLY_CONNECTED) {
    SetMatrix(node);
    SetWeights(filter, {inputs, 1, 0, 0});
  } else if (node.code() == BuiltinOperator::CONV_2D) {
    // In the file: [outputs, rows, columns, inputs of a group].
    groups = node.input(0).dim(3) / filter.dim(3);
    SetWindow(node, *table.builtin_options_as_Conv2DOptions());
    const Dim column = filter.dim(3), row = kernel[1] * column;
    SetWeights(filter, {kernel[0] * row, 1, row, column});
  } else {
    // In the file: [1, rows, columns, outputs].
    groups = node.input(0).dim(3);
    SetWindow(node, *table.builtin_options_as_DepthwiseConv2DOptions());
    SetWeights(filter, {1, 0, kernel[1] * outputs, outputs});
  }
  SetBias(node);
}

void Filter::SetMatrix(const Node& node) {
  outputs = node.input(1).dim(0);
  inputs = node.input(1).dim(1);
  batch = node.input(0).elements() / inputs;
  activation = node.table().builtin_options_as_FullyConnectedOptions()->fused_activation_function();
}

template <typename Options>
void Filter::SetWindow(const Node& node, const Options& options) {
  const ModelTensor source = node.input(0);
  const ModelTensor destination = node.output(0);
  batch = source.dim(0);
  inputs = source.dim(3);
  outputs = destination.dim(3);
  size = {source.dim(1), source.dim(2)};
  out_size = {destination.dim(1), destination.dim(2)};
  kernel = {node.input(1).dim(1), node.input(1).dim(2)};
  strides = {options.stride_h(), options.stride_w()};
  // Ours count steps, theirs the elements left out.
  dilations = {options.dilation_h_factor() - 1, options.dilation_w_factor() - 1};
  activation = options.fused_activation_function();
  for (size_t i = 0; i < 2; ++i) {
    const Dim reach = (kernel[i] - 1) * (dilations[i] + 1) + 1;
    const Dim total = (out_size[i] - 1) * strides[i] + reach - size[i];
    // A negative total: columns at the end that no window reaches.
    pads_before[i] = std::max<Dim>(total, 0) / 2;
    pads_after[i] = total - pads_before[i];
    padded |= total > 0;
  }
}

void Filter::SetWeights(const ModelTensor& filter, const Dims& at) {
  if (filter.type() != tflite::TensorType::INT8 || !filter.constant())
    throw std::runtime_error("no constant int8 filter: " + std::string(filter.name()));
  for (Dim output = 0; output < outputs; ++output) {
    for (Dim input = 0; input < inputs / groups; ++input) {
      for (Dim y = 0; y < kernel[0]; ++y) {
        for (Dim x = 0; x < kernel[1]; ++x) {
          const Dim from = output * at[0] + input * at[1] + y * at[2] + x * at[3];
          weights.push_back(static_cast<int8_t>(filter.data()[static_cast<size_t>(from)]));
        }
      }
    }
    weight_scales.push_back(filter.scale(filter.scales() == 1 ? 0 : static_cast<int>(output)));
  }
}

void Filter::SetBias(const Node& node) {
  bias.resize(weight_scales.size());
  if (node.has_input(2))
    std::memcpy(bias.data(), node.input(2).data().data(), bias.size() * sizeof(bias[0]));
}

std::vector<float> Filter::Scales(Quant source, Quant destination) const {
  std::vector<float> scales;
  for (const float scale : weight_scales)
    scales.push_back(source.scale * scale / (destination.scale == 0 ? 1 : destination.scale));
  return scales;
}

std::vector<float> Filter::FoldedBias(Quant source, Quant destination, Quant addend) const {
  const std::vector<float> scales = Scales(source, destination);
  const auto taps = static_cast<std::ptrdiff_t>(weights.size() / bias.size());
  double stored = destination.zero_point;
  if (addend.scale != 0)
    stored -= static_cast<double>(addend.scale) * addend.zero_point / destination.scale;
  std::vector<float> folded;
  auto first = weights.begin();
  for (size_t i = 0; i < bias.size(); ++i, first += taps) {
    double sum = bias[i];
    if (!PadsWith(source)) sum -= source.zero_point * std::accumulate(first, first + taps, 0.0);
    if (stored != 0) sum += stored / scales[i];
    folded.push_back(static_cast<float>(sum));
  }
  return folded;
}

}  // namespace moonlet
