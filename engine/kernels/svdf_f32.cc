#include <algorithm>
#include <bit>
#include <cstring>

#include "engine/kernels/float_kernels.h"
#include "engine/kernels/fully_connected.h"
#include "engine/kernels/svdf.h"

namespace moonlet {
namespace {

// Each filter's inner product with a frame or with what it remembers is a FULLY_CONNECTED.
FullyConnectedF32Params Dot(int32_t depth, int32_t outputs) {
  return {1, depth, outputs, MakeRangeF32(Activation::kNone)};
}

// Forgets the oldest number of each filter and remembers this frame's.
bool RememberFrame(const SvdfF32Params& p, const float* input, Unaligned<float> features,
                   float* state, float* numbers, const StopToken& stop) {
  if (!FullyConnectedF32(Dot(p.depth, p.filters), input, features, {}, numbers, stop)) return false;
  for (int32_t f = 0; f < p.filters; ++f, state += p.memory) {
    std::memmove(state, state + 1, static_cast<size_t>(p.memory - 1) * sizeof(float));
    state[p.memory - 1] = numbers[f];
  }
  return true;
}

void Activate(Activation activation, float* x, size_t n) {
  if (activation == Activation::kTanh) return Kernels<float>().tanh(x, x, n);
  for (size_t i = 0; i < n; ++i) {
    if (activation == Activation::kSignBit)
      x[i] = std::bit_cast<uint32_t>(x[i]) >> 31 != 0 ? 1.0f : 0.0f;
    else
      x[i] = Clamp(x[i], MakeRangeF32(activation));
  }
}

}  // namespace

bool SvdfF32(const SvdfF32Params& p, const float* input, Unaligned<float> features,
             Unaligned<float> times, Unaligned<float> bias, float* state, float* numbers,
             float* output, const StopToken& stop) {
  const int32_t units = p.filters / p.rank;
  for (int32_t n = 0; n < p.batches; ++n, input += p.depth, output += units) {
    if (!RememberFrame(p, input, features, state, numbers, stop)) return false;
    for (int32_t f = 0; f < p.filters; ++f, state += p.memory)
      if (!FullyConnectedF32(Dot(p.memory, 1), state, times + std::ptrdiff_t{f} * p.memory, {},
                             numbers + f, stop))
        return false;
    for (int32_t u = 0; u < units; ++u) {
      output[u] = bias ? bias[u] : 0.0f;
      for (int32_t i = 0; i < p.rank; ++i) output[u] += numbers[u * p.rank + i];
    }
    Activate(p.activation, output, static_cast<size_t>(units));
  }
  return true;
}

}  // namespace moonlet
