// engine/npu/compiler/mlw_writer.h - weights in stream order as a compressed stream.
//
//   std::vector<uint8_t> stream;
//   npu::WriteMlw(weights, &stream);   // what MlwReader reads
#pragma once
#include <cstdint>
#include <span>
#include <vector>

namespace moonlet::npu {

// Appends slices, an end marker, and 0xFF up to a multiple of 16 bytes.
// Requires weights of -255 to 255, and a stream of a multiple of 16 bytes.
void WriteMlw(std::span<const int16_t> weights, std::vector<uint8_t>* stream);

}  // namespace moonlet::npu
