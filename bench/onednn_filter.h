// bench/onednn_filter.h - a CONV_2D, DEPTHWISE_CONV_2D or FULLY_CONNECTED as oneDNN sees it:
// a grouped convolution, with the model's zero points folded into a bias.
#pragma once
#include <cstdint>
#include <dnnl.hpp>
#include <vector>

#include "engine/nn/graph.h"

namespace moonlet {

// How an activation lies: as uint8, the int8 value + 128, or as float32 when `scale` is 0.
struct Quant {
  float scale = 0;
  int32_t zero_point = 0;
};
// Throws std::runtime_error for what is not an int8 activation.
Quant QuantOf(const ModelTensor& tensor);

struct Filter {
  using Dim = dnnl::memory::dim;
  using Dims = dnnl::memory::dims;

  // `node` is one of the three; throws std::runtime_error when it has no such form.
  explicit Filter(const Node& node);

  // A source that is padded with its zero point: the primitive must know that one.
  bool PadsWith(Quant source) const { return padded && source.zero_point != 0; }
  // What turns an accumulator into the destination's units, one per output.
  std::vector<float> Scales(Quant source, Quant destination) const;
  // In the units of the accumulator. `addend` lies in the destination and is added to what is
  // stored there; of scale 0: none.
  std::vector<float> FoldedBias(Quant source, Quant destination, Quant addend) const;

  Dim batch = 1, groups = 1, inputs, outputs;  // channels of all groups
  Dims size{1, 1}, out_size{1, 1}, kernel{1, 1}, strides{1, 1}, dilations{0, 0};
  Dims pads_before{0, 0}, pads_after{0, 0};
  bool padded = false;
  std::vector<int8_t> weights;       // [outputs, inputs of a group, rows, columns]
  std::vector<float> weight_scales;  // of each output
  std::vector<int32_t> bias;         // of each output
  tflite::ActivationFunctionType activation;

 private:
  void SetMatrix(const Node& node);
  template <typename Options>
  void SetWindow(const Node& node, const Options& options);
  // `at` are the strides of the filter in the file, in the order of `weights`.
  void SetWeights(const ModelTensor& filter, const Dims& at);
  void SetBias(const Node& node);
};

}  // namespace moonlet
