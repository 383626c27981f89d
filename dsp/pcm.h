// dsp/pcm.h - samples as they lie in WAV files and come over serial lines, little-endian.
//
//   PcmFormat format;
//   if (PcmFormatByName("s16", &format)) DecodePcm(format, bytes, samples);
//
// Full scale becomes -1 to 1: integers of n bits are divided by 2^(n-1), "u8" is centred on
// 128 first. All but "s32" and "f64" are exact; those round once.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

namespace moonlet::dsp {

enum class PcmFormat : uint8_t { kU8, kS16, kS24, kS32, kF32, kF64 };

size_t BytesOf(PcmFormat format);  // of one sample
const char* NameOf(PcmFormat format);
// "u8" "s16" "s24" "s32" "f32" "f64"; false for other names.
bool PcmFormatByName(const char* name, PcmFormat* format);

// Decodes samples.size() samples from `bytes`, which may lie anywhere. A frame of several
// channels is that many samples. Call it inside of a FlushDenormals.
void DecodePcm(PcmFormat format, const uint8_t* bytes, std::span<float> samples);

// A frame has at most as many channels.
inline constexpr size_t kMaxPcmChannels = 64;

// One sample for each frame: the mean of its channels, summed in their order. Requires
// 1 <= channels <= kMaxPcmChannels.
void DecodePcmMean(PcmFormat format, const uint8_t* bytes, size_t channels, std::span<float> means);

}  // namespace moonlet::dsp
