// engine/nn/operators/image.h - the window of CONV_2D, DEPTHWISE_CONV_2D and the pooling
// operators.
#pragma once
#include <cstdint>

#include "engine/base/status.h"
#include "engine/kernels/window.h"
#include "engine/nn/graph.h"

namespace moonlet {

struct FilterSteps {
  int32_t kernel_y;
  int32_t kernel_x;
  int32_t stride_y;
  int32_t stride_x;
  int32_t dilation_y = 1;
  int32_t dilation_x = 1;
};

// Of CONV_2D and DEPTHWISE_CONV_2D, whose options speak of the same things.
template <typename Options>
FilterSteps StepsOf(const ModelTensor& filter, const Options& options) {
  return {filter.dim(1),
          filter.dim(2),
          options.stride_h(),
          options.stride_w(),
          options.dilation_h_factor(),
          options.dilation_w_factor()};
}

// The window of an operator from its first input, an image, to an image. Checks both ranks,
// and the output's shape against {batches, ..., ..., out_channels}.
Status MakeWindow(const Node& node, tflite::Padding padding, const FilterSteps& steps,
                  int32_t out_channels, Window* window);

}  // namespace moonlet
