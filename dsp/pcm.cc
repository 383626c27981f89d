#include "dsp/pcm.h"

#include <cassert>
#include <cstring>

namespace moonlet::dsp {
namespace {

struct Format {
  const char* name;
  size_t bytes;
};
constexpr Format kFormats[] = {{"u8", 1},  {"s16", 2}, {"s24", 3},
                               {"s32", 4}, {"f32", 4}, {"f64", 8}};

template <typename T>
T Load(const uint8_t* bytes) {
  T value;
  std::memcpy(&value, bytes, sizeof(value));
  return value;
}

float U8(const uint8_t* p) { return static_cast<float>(p[0] - 128) * 0x1p-7f; }
float S16(const uint8_t* p) { return static_cast<float>(Load<int16_t>(p)) * 0x1p-15f; }
// The three bytes stand at the top of 32 bits, so that the sign is where it belongs.
float S24(const uint8_t* p) {
  const uint32_t bits = uint32_t{p[0]} << 8 | uint32_t{p[1]} << 16 | uint32_t{p[2]} << 24;
  return static_cast<float>(static_cast<int32_t>(bits)) * 0x1p-31f;
}
float S32(const uint8_t* p) { return static_cast<float>(Load<int32_t>(p)) * 0x1p-31f; }
float F64(const uint8_t* p) { return static_cast<float>(Load<double>(p)); }

template <float (*kDecode)(const uint8_t*), size_t kBytes>
void DecodeAll(const uint8_t* bytes, std::span<float> samples) {
  for (float& sample : samples) {
    sample = kDecode(bytes);
    bytes += kBytes;
  }
}

}  // namespace

size_t BytesOf(PcmFormat format) { return kFormats[static_cast<size_t>(format)].bytes; }
const char* NameOf(PcmFormat format) { return kFormats[static_cast<size_t>(format)].name; }

bool PcmFormatByName(const char* name, PcmFormat* format) {
  for (size_t i = 0; i < std::size(kFormats); ++i) {
    if (std::strcmp(name, kFormats[i].name) != 0) continue;
    *format = static_cast<PcmFormat>(i);
    return true;
  }
  return false;
}

void DecodePcm(PcmFormat format, const uint8_t* bytes, std::span<float> samples) {
  switch (format) {
    case PcmFormat::kU8:
      return DecodeAll<U8, 1>(bytes, samples);
    case PcmFormat::kS16:
      return DecodeAll<S16, 2>(bytes, samples);
    case PcmFormat::kS24:
      return DecodeAll<S24, 3>(bytes, samples);
    case PcmFormat::kS32:
      return DecodeAll<S32, 4>(bytes, samples);
    case PcmFormat::kF32:  // every bit of a NaN stays
      std::memcpy(samples.data(), bytes, samples.size_bytes());
      return;
    case PcmFormat::kF64:
      return DecodeAll<F64, 8>(bytes, samples);
  }
}

void DecodePcmMean(PcmFormat format, const uint8_t* bytes, size_t channels,
                   std::span<float> means) {
  assert(channels >= 1 && channels <= kMaxPcmChannels);
  const size_t frame_bytes = channels * BytesOf(format);
  float frame[kMaxPcmChannels];
  for (float& mean : means) {
    DecodePcm(format, bytes, {frame, channels});
    float sum = frame[0];
    for (size_t c = 1; c < channels; ++c) sum += frame[c];
    mean = sum / static_cast<float>(channels);
    bytes += frame_bytes;
  }
}

}  // namespace moonlet::dsp
