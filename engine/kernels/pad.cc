#include "engine/kernels/pad.h"

#include <algorithm>

#include "engine/kernels/work_meter.h"

namespace moonlet {

// The border is thin in most models, so everything is filled first, the inside too.
template <typename T>
bool Pad(const PadParams& p, const T* input, T value, T* output, const StopToken& stop) {
  constexpr int32_t kPiece = 1 << 16;
  WorkMeter meter(stop);
  const int32_t elements = p.output_bytes / static_cast<int32_t>(sizeof(T));
  for (int32_t i = 0; i < elements; i += kPiece) {
    const int32_t count = std::min(kPiece, elements - i);
    if (!meter.Spend(count)) return false;
    std::fill_n(output + i, count, value);
  }
  return CopyStrided(p.inside, reinterpret_cast<const uint8_t*>(input),
                     reinterpret_cast<uint8_t*>(output) + p.first, stop);
}

template bool Pad(const PadParams&, const int8_t*, int8_t, int8_t*, const StopToken&);
template bool Pad(const PadParams&, const int16_t*, int16_t, int16_t*, const StopToken&);
template bool Pad(const PadParams&, const int32_t*, int32_t, int32_t*, const StopToken&);
template bool Pad(const PadParams&, const float*, float, float*, const StopToken&);

}  // namespace moonlet
