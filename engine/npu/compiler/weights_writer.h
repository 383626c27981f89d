// engine/npu/compiler/weights_writer.h - the weights of one CONV or DEPTHWISE, from filters in
// plain order (engine/npu/weights.h) to the compressed stream.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "engine/npu/config.h"
#include "engine/npu/operation.h"

namespace moonlet::npu {

// Whether a CONV's weights are better read part-kernel-first: when fewer of the places are
// padding. A fully connected layer is depth-first whatever this says.
bool TraversalFor(const Kernel& kernel, int32_t ifm_depth, int ifm_bytes);

// Appends the weights as DecodeWeights reads them, padded to a multiple of 16 bytes. Of the
// operation it reads kind, depths of IFM and OFM, the IFM's element, kernel and block depth.
// Requires WeightCount weights of -255 to 255, zero points removed.
void WriteWeights(const Operation& operation, const Config& config,
                  std::span<const int16_t> weights, std::vector<uint8_t>* stream);

}  // namespace moonlet::npu
