#include "engine/kernels/quantize.h"

#include <algorithm>
#include <limits>
#include <type_traits>

#include "engine/kernels/integer_loops.h"
#include "engine/kernels/round_half_away.h"

namespace moonlet {
namespace {

// x + zero, saturated: x is brought to where the sum fits T first.
template <typename T>
class Place {
 public:
  explicit Place(int32_t zero)
      : zero_(zero),
        low_(Limit(std::numeric_limits<T>::min())),
        high_(Limit(std::numeric_limits<T>::max())) {}
  [[gnu::always_inline]] T operator()(int32_t x) const {
    return static_cast<T>((x < low_ ? low_ : high_ < x ? high_ : x) + zero_);
  }

 private:
  int32_t Limit(int64_t value) const {
    return static_cast<int32_t>(std::clamp<int64_t>(value - zero_, kInt32Min, kInt32Max));
  }

  int32_t zero_;
  int32_t low_;
  int32_t high_;
};

// Types whose loops have variants.
template <typename T>
constexpr bool kIsByte = std::is_same_v<T, int8_t>;
template <typename T>
constexpr bool kIsWord = std::is_same_v<T, int16_t>;

}  // namespace

template <typename T>
void scalar::Quantize(const float* input, size_t n, float scale, int32_t zero, T* output) {
  const Place<T> place(zero);
  for (size_t i = 0; i < n; ++i) output[i] = place(RoundHalfAway(input[i] / scale));
}

template <typename T>
void scalar::Dequantize(const T* input, size_t n, float scale, int32_t zero, float* output) {
  // Steps that float32 holds: then its product is the same, rounded once.
  constexpr int32_t kMost = 1 << 16;
  if (sizeof(T) <= 2 && zero >= -kMost && zero <= kMost) {
    for (size_t i = 0; i < n; ++i) output[i] = static_cast<float>(input[i] - zero) * scale;
    return;
  }
  for (size_t i = 0; i < n; ++i) {
    const double steps = static_cast<double>(input[i]) - static_cast<double>(zero);
    output[i] = static_cast<float>(double{scale} * steps);
  }
}

template <typename From, typename To>
void scalar::Requantize(const RequantizeParams& p, const From* input, size_t n, To* output) {
  const Place<To> place(p.output_zero);
  for (size_t i = 0; i < n; ++i)
    output[i] = place(Rescale(WrapSub(input[i], p.input_zero), p.scale));
}

template <typename T>
void Quantize(const float* input, size_t n, float scale, int32_t zero, T* output) {
  const IntegerLoops& loops = BestIntegerLoops();
  if constexpr (kIsByte<T>)
    loops.quantize_s8(input, n, scale, zero, output);
  else if constexpr (kIsWord<T>)
    loops.quantize_s16(input, n, scale, zero, output);
  else
    scalar::Quantize(input, n, scale, zero, output);
}

template <typename T>
void Dequantize(const T* input, size_t n, float scale, int32_t zero, float* output) {
  const IntegerLoops& loops = BestIntegerLoops();
  if constexpr (kIsByte<T>)
    loops.dequantize_s8(input, n, scale, zero, output);
  else if constexpr (kIsWord<T>)
    loops.dequantize_s16(input, n, scale, zero, output);
  else
    scalar::Dequantize(input, n, scale, zero, output);
}

template <typename From, typename To>
void Requantize(const RequantizeParams& p, const From* input, size_t n, To* output) {
  const IntegerLoops& loops = BestIntegerLoops();
  if constexpr (kIsByte<From> && kIsByte<To>)
    loops.requantize_s8(p, input, n, output);
  else if constexpr (kIsByte<From> && kIsWord<To>)
    loops.requantize_s8_to_s16(p, input, n, output);
  else if constexpr (kIsWord<From> && kIsByte<To>)
    loops.requantize_s16_to_s8(p, input, n, output);
  else if constexpr (kIsWord<From> && kIsWord<To>)
    loops.requantize_s16(p, input, n, output);
  else
    scalar::Requantize(p, input, n, output);
}

template void scalar::Quantize(const float*, size_t, float, int32_t, int8_t*);
template void scalar::Quantize(const float*, size_t, float, int32_t, int16_t*);
template void scalar::Dequantize(const int8_t*, size_t, float, int32_t, float*);
template void scalar::Dequantize(const int16_t*, size_t, float, int32_t, float*);
template void scalar::Requantize(const RequantizeParams&, const int8_t*, size_t, int8_t*);
template void scalar::Requantize(const RequantizeParams&, const int8_t*, size_t, int16_t*);
template void scalar::Requantize(const RequantizeParams&, const int16_t*, size_t, int8_t*);
template void scalar::Requantize(const RequantizeParams&, const int16_t*, size_t, int16_t*);
template void Quantize(const float*, size_t, float, int32_t, int8_t*);
template void Quantize(const float*, size_t, float, int32_t, uint8_t*);
template void Quantize(const float*, size_t, float, int32_t, int16_t*);
template void Quantize(const float*, size_t, float, int32_t, int32_t*);
template void Dequantize(const int8_t*, size_t, float, int32_t, float*);
template void Dequantize(const uint8_t*, size_t, float, int32_t, float*);
template void Dequantize(const int16_t*, size_t, float, int32_t, float*);
template void Dequantize(const int32_t*, size_t, float, int32_t, float*);
template void Requantize(const RequantizeParams&, const int8_t*, size_t, int8_t*);
template void Requantize(const RequantizeParams&, const int8_t*, size_t, uint8_t*);
template void Requantize(const RequantizeParams&, const int8_t*, size_t, int16_t*);
template void Requantize(const RequantizeParams&, const int8_t*, size_t, int32_t*);
template void Requantize(const RequantizeParams&, const int16_t*, size_t, int8_t*);
template void Requantize(const RequantizeParams&, const int16_t*, size_t, int16_t*);
template void Requantize(const RequantizeParams&, const int16_t*, size_t, int32_t*);
template void Requantize(const RequantizeParams&, const int32_t*, size_t, int8_t*);
template void Requantize(const RequantizeParams&, const int32_t*, size_t, int16_t*);
template void Requantize(const RequantizeParams&, const uint8_t*, size_t, int8_t*);

}  // namespace moonlet
