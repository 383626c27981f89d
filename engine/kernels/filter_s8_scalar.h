// engine/kernels/filter_s8_scalar.h - the scalar specification of an int8 operator with a
// filter as a kernel like any other (filter_s8.h): it keeps bias, multipliers and shifts as they
// are, and reads the weights where they lie.
#pragma once
#include "engine/kernels/channel_constants.h"
#include "engine/kernels/filter_s8.h"

namespace moonlet::scalar {

// kChannels(p) tells the output channels.
template <typename Params, auto kChannels>
size_t ScalarPreparedBytes(const Params& p) {
  return ChannelConstants::Bytes(kChannels(p));
}

template <typename Params, auto kChannels>
void ScalarPrepare(const Params& p, const FilterS8& filter, uint8_t* prepared) {
  MakeChannelConstants(filter, kChannels(p), {}, 0, 0, prepared);
}

template <typename Params>
size_t ScalarScratchBytes(const Params&) {
  return 0;
}

// All of the output is the first share's: whole layers are what the specification speaks of.
template <typename Params, auto kChannels, auto kSpecification>
bool ScalarRun(const Params& p, const int8_t* input, const LayerS8& layer, int8_t* output,
               Share share, const StopToken& stop) {
  if (share.index > 0) return true;
  const ChannelConstants constants(layer.prepared, kChannels(p));
  return kSpecification(p, input, layer.weights, Unaligned<int32_t>(constants.bias()),
                        ChannelScales(constants.multiplier(), constants.shift()), output, stop);
}

template <typename Params, auto kChannels, auto kSpecification>
inline constexpr FilterKernelS8<Params> kScalarFilter = {
    "scalar", ScalarPreparedBytes<Params, kChannels>, ScalarPrepare<Params, kChannels>,
    ScalarScratchBytes<Params>, ScalarRun<Params, kChannels, kSpecification>};

}  // namespace moonlet::scalar
