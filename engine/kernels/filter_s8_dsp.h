// engine/kernels/filter_s8_dsp.h - runs of a device's int8 kernels with a filter
// (filter_s8_device.h) by the DSP extension, for cores that have it and no Helium.
#pragma once
#include <cstdint>

#include "engine/base/stop_token.h"
#include "engine/kernels/conv.h"
#include "engine/kernels/depthwise.h"
#include "engine/kernels/filter_s8.h"
#include "engine/kernels/fully_connected.h"

namespace moonlet::armdsp {

[[nodiscard]] bool ConvS8(const ConvS8Params& p, const int8_t* input, const LayerS8& layer,
                          int8_t* output, Share share, const StopToken& stop);
[[nodiscard]] bool DepthwiseS8(const DepthwiseS8Params& p, const int8_t* input,
                               const LayerS8& layer, int8_t* output, Share share,
                               const StopToken& stop);
[[nodiscard]] bool FullyConnectedS8(const FullyConnectedS8Params& p, const int8_t* input,
                                    const LayerS8& layer, int8_t* output, Share share,
                                    const StopToken& stop);

}  // namespace moonlet::armdsp
