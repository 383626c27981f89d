// engine/nn/operators/image.h - what CONV_2D, DEPTHWISE_CONV_2D, the pooling operators
// and FULLY_CONNECTED check alike.
#pragma once
#include <cstddef>
#include <cstdint>

#include "engine/base/status.h"
#include "engine/kernels/fixed_point.h"
#include "engine/kernels/window.h"
#include "engine/nn/graph.h"
#include "engine/nn/prepare.h"

namespace moonlet {

struct FilterSteps {
  int32_t kernel_y;
  int32_t kernel_x;
  int32_t stride_y;
  int32_t stride_x;
  int32_t dilation_y = 1;
  int32_t dilation_x = 1;
};

// The window of an operator from an image to an image. Checks both ranks, and the
// output's shape against {batches, ..., ..., out_channels}.
Status MakeWindow(const ModelTensor& input, const ModelTensor& output, tflite::Padding padding,
                  const FilterSteps& steps, int32_t out_channels, Window* window);

// A bias as int8 operators want it, or null: `channels` values of `type`.
Status CheckBias(const Node& node, tflite::TensorType type, int32_t channels);
inline Operand BiasAt(const Node& node, const StepWriter& writer) {
  return node.has_input(2) ? writer.At(node.input(2)) : Operand{};
}

// The factors from accumulator to output, in the record when one is for all channels,
// behind the record when each channel has its own.
struct Factors {
  Multiplier single;
  int32_t channels = 0;  // 0: use `single`

  // Bytes behind the record.
  static size_t Bytes(int scales) {
    return scales > 1 ? static_cast<size_t>(scales) * (sizeof(int32_t) + sizeof(int8_t)) : 0;
  }
  // What the kernel takes; `record` is the one that ends where the factors begin.
  template <typename Record>
  ChannelScales Scales(const Record* record) const {
    if (channels == 0) return ChannelScales(single);
    const auto* values = reinterpret_cast<const int32_t*>(record + 1);
    return ChannelScales(values, reinterpret_cast<const int8_t*>(values + channels));
  }
};

// input scale * filter scale / output scale, per channel in double, for a filter with one
// scale or one for each of the channels along `axis`. With null `factors` it only checks.
Status MakeFactors(const ModelTensor& input, const ModelTensor& filter, const ModelTensor& output,
                   int axis, int32_t channels, Factors* factors, void* behind);

}  // namespace moonlet
