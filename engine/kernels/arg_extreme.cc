#include "engine/kernels/arg_extreme.h"

#include <cstddef>
#include <cstring>

#include "engine/kernels/work_meter.h"

namespace moonlet {
namespace {

template <typename T>
int32_t FindExtreme(const T* input, int32_t length, int32_t step, bool smallest) {
  T best = input[0];
  int32_t found = 0;
  for (int32_t i = 1; i < length; ++i) {
    const T x = input[std::ptrdiff_t{i} * step];
    if (smallest ? best > x : x > best) {
      best = x;
      found = i;
    }
  }
  return found;
}

}  // namespace

template <typename T>
bool ArgExtreme(const ArgExtremeParams& p, const T* input, uint8_t* output, const StopToken& stop) {
  WorkMeter meter(stop);
  const size_t bytes = p.wide ? sizeof(int64_t) : sizeof(int32_t);
  for (int32_t o = 0; o < p.outer; ++o, input += std::ptrdiff_t{p.length} * p.inner) {
    for (int32_t i = 0; i < p.inner; ++i, output += bytes) {
      if (!meter.Spend(p.length)) return false;
      const int64_t found = FindExtreme(input + i, p.length, p.inner, p.smallest);
      std::memcpy(output, &found, bytes);  // the low bytes come first
    }
  }
  return true;
}

template bool ArgExtreme(const ArgExtremeParams&, const float*, uint8_t*, const StopToken&);
template bool ArgExtreme(const ArgExtremeParams&, const int8_t*, uint8_t*, const StopToken&);
template bool ArgExtreme(const ArgExtremeParams&, const uint8_t*, uint8_t*, const StopToken&);
template bool ArgExtreme(const ArgExtremeParams&, const int16_t*, uint8_t*, const StopToken&);
template bool ArgExtreme(const ArgExtremeParams&, const int32_t*, uint8_t*, const StopToken&);

}  // namespace moonlet
