// engine/kernels/depthwise_windows_helium.h - int8 depthwise layers whose windows are few inputs
// (device::HasWindows), with Helium.
#pragma once
#include <cstdint>

#include "engine/kernels/filter_s8_device.h"
#include "engine/kernels/requantize_helium.h"

namespace moonlet::mve {

// One image. The scaling is not kAny. Takes 1 KiB of stack.
void RunDepthwiseWindows(const DepthwiseS8Params& p, const LayerS8& layer, const Requantizer& r,
                         const int8_t* image, int8_t* output);

}  // namespace moonlet::mve
