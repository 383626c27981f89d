#include "engine/kernels/prelu.h"

#include <limits>

#include "engine/kernels/broadcast_run.h"

namespace moonlet {

bool MakePreluScales(float input_scale, float alpha_scale, float output_scale, PreluParams* p) {
  return MakeMultiplier(double{input_scale} / double{output_scale}, &p->positive) &&
         MakeMultiplier(double{input_scale} * double{alpha_scale} / double{output_scale},
                        &p->negative);
}

template <typename T>
bool Prelu(const PreluParams& p, const BroadcastPair& shape, const T* input, const int8_t* alpha,
           T* output, const StopToken& stop) {
  const auto each = [&p](const T* x, const int8_t* a, T* out, int32_t count, int32_t step_x,
                         int32_t step_a) {
    for (int32_t i = 0; i < count; ++i, x += step_x, a += step_a) {
      const int32_t steps = *x - p.input_zero;
      const int32_t scaled = steps >= 0 ? Rescale(steps, p.positive)
                                        : Rescale(steps * (*a - p.alpha_zero), p.negative);
      const int32_t value = WrapAdd(scaled, p.output_zero);
      out[i] = static_cast<T>(
          std::clamp<int32_t>(value, std::numeric_limits<T>::min(), std::numeric_limits<T>::max()));
    }
  };
  return ForEachBroadcastRun(shape, input, alpha, output, stop, each);
}

template bool Prelu(const PreluParams&, const BroadcastPair&, const int8_t*, const int8_t*, int8_t*,
                    const StopToken&);
template bool Prelu(const PreluParams&, const BroadcastPair&, const int16_t*, const int8_t*,
                    int16_t*, const StopToken&);

bool PreluF32(const BroadcastPair& shape, const float* input, const float* alpha, float* output,
              const StopToken& stop) {
  const auto each = [](const float* x, const float* a, float* out, int32_t count, int32_t step_x,
                       int32_t step_a) {
    for (int32_t i = 0; i < count; ++i, x += step_x, a += step_a) out[i] = *x >= 0 ? *x : *x * *a;
  };
  return ForEachBroadcastRun(shape, input, alpha, output, stop, each);
}

}  // namespace moonlet
