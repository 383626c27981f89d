// engine/nn/operators/share_f32.h - float32 layers cut into shares for threads: what is left to
// compute is again a layer, so that kernels know nothing of it.
#pragma once
#include <cstddef>
#include <cstdint>

#include "engine/kernels/conv.h"
#include "engine/kernels/depthwise.h"
#include "engine/kernels/filter_s8.h"
#include "engine/kernels/fully_connected.h"
#include "engine/kernels/transpose_conv.h"
#include "engine/kernels/unaligned.h"
#include "engine/kernels/window.h"

namespace moonlet {

template <typename Params>
struct LayerF32 {
  Params p;
  const float* input;
  Unaligned<float> filter;
  Unaligned<float> bias;
  float* output;
};

// Where a share of n things begins; that of the next one is its end.
inline int32_t BeginOf(Share share, int32_t n) {
  return static_cast<int32_t>(int64_t{n} * share.index / share.count);
}
inline int32_t EndOf(Share share, int32_t n) { return BeginOf({share.index + 1, share.count}, n); }

// Each of these narrows a layer to a share of its output and tells whether there is any. Several
// images, or rows, stay with the first share.

// Rows of the output: those above are as if the image had less padding, or none and less of itself.
inline bool NarrowRows(Share share, Window* w, int32_t channels, float** output) {
  if (w->batches != 1) return share.index == 0;
  const int32_t first = BeginOf(share, w->y.output);
  const int32_t rows = EndOf(share, w->y.output) - first;
  w->y.output = rows;
  w->y.pad -= first * w->y.stride;
  *output += std::ptrdiff_t{first} * w->x.output * channels;
  return rows > 0;
}
inline bool Narrow(Share share, LayerF32<ConvF32Params>* layer) {
  return NarrowRows(share, &layer->p.window, layer->p.out_channels, &layer->output);
}
inline bool Narrow(Share share, LayerF32<DepthwiseF32Params>* layer) {
  return NarrowRows(share, &layer->p.window, layer->p.channels * layer->p.multiplier,
                    &layer->output);
}
// Its window is the one from output to input.
inline bool Narrow(Share share, LayerF32<TransposeConvF32Params>* layer) {
  Window& w = layer->p.window;
  if (w.batches != 1) return share.index == 0;
  const int32_t first = BeginOf(share, w.y.input);
  const int32_t rows = EndOf(share, w.y.input) - first;
  w.y.input = rows;
  w.y.pad += first;
  layer->output += std::ptrdiff_t{first} * w.x.input * layer->p.out_channels;
  return rows > 0;
}
inline bool Narrow(Share share, LayerF32<FullyConnectedF32Params>* layer) {
  FullyConnectedF32Params& p = layer->p;
  if (p.batches != 1) return share.index == 0;
  const int32_t first = BeginOf(share, p.outputs);
  p.outputs = EndOf(share, p.outputs) - first;
  layer->filter = layer->filter + std::ptrdiff_t{first} * p.depth;
  if (layer->bias) layer->bias = layer->bias + first;
  layer->output += first;
  return p.outputs > 0;
}

}  // namespace moonlet
