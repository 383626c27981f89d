// engine/kernels/filter_s8.h - what the int8 operators with a filter have in common: the layer
// as its file holds it, and kernels for one instruction set each.
//
//   const FilterKernelS8<ConvS8Params>& kernel = ConvS8Kernel();
//   ... prepared: kernel.prepared_bytes(p) bytes, scratch: kernel.scratch_bytes(p) bytes ...
//   kernel.prepare(p, {weights, bias, scales}, prepared);                     // once
//   bool finished = kernel.run(p, input, {weights, prepared, scratch}, output, {}, stop);
//
// CONV_2D, DEPTHWISE_CONV_2D, FULLY_CONNECTED and TRANSPOSE_CONV have such kernels: conv.h,
// depthwise.h, fully_connected.h, transpose_conv.h. Whichever runs, the output is that of the
// scalar specification, bit for bit.
#pragma once
#include <cstddef>
#include <cstdint>

#include "engine/base/stop_token.h"
#include "engine/kernels/fixed_point.h"
#include "engine/kernels/unaligned.h"

namespace moonlet {

// Of prepared memory and of scratch. Memory that is prepared once and kept begins at a cache
// line.
inline constexpr size_t kKernelAlignment = 16;

// A layer's constants where they lie: weights at any address, a bias or none, and the factor
// of each output channel.
struct FilterS8 {
  const int8_t* weights;
  Unaligned<int32_t> bias;
  ChannelScales scales;
};

// What a run reads of a layer besides its input. Weights are those that were prepared: kernels
// that pack them leave these alone, and they may be null then.
struct LayerS8 {
  const int8_t* weights;
  const uint8_t* prepared;
  uint8_t* scratch;
};

// Which share of a layer's output a call computes, of `count` that together are all of it. What
// shares write is disjoint, and each has scratch of its own.
struct Share {
  int32_t index = 0;
  int32_t count = 1;
};

// Parameters are those of the family. What is prepared does not depend on how many rows an image
// has and where its padding is (window.y.input, output and pad), so that a run may be given a part
// of the rows; the fewer there are, the less scratch it takes, if anything. Nothing allocates;
// `run` returns false when the StopToken ended it early, the output then unspecified. No byte
// outside the tensors is read or written.
template <typename Params>
struct FilterKernelS8 {
  const char* name;
  // What `prepare` writes. Both functions are the same on every machine, so that a host can
  // prepare for a device.
  size_t (*prepared_bytes)(const Params& p);
  // Packs the weights, adds up what the input's zero point contributes, derives multipliers.
  void (*prepare)(const Params& p, const FilterS8& filter, uint8_t* prepared);
  // What each share of a run may write to besides the output.
  size_t (*scratch_bytes)(const Params& p);
  bool (*run)(const Params& p, const int8_t* input, const LayerS8& layer, int8_t* output,
              Share share, const StopToken& stop);
};

}  // namespace moonlet
