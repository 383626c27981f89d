#include "dsp/pcen.h"

#include <algorithm>
#include <cmath>

#include "engine/base/libm.h"
#include "engine/kernels/float_kernels.h"

namespace moonlet::dsp {
namespace {

// What is smaller never comes back, and its last bits would depend on the target.
constexpr float kSilence = 0x1p-100f;

}  // namespace

Pcen::Pcen(Arena& arena, const PcenSpec& spec)
    : spec_(spec),
      root_of_bias_(static_cast<float>(moonlet_pow(spec.bias, spec.power))),
      smooth_(arena.Take<float>(spec.channels)) {}

size_t Pcen::Push(const void* in, size_t count, void* out) {
  const auto* x = static_cast<const float*>(in);
  auto* y = static_cast<float*>(out);
  for (size_t i = 0; i < count; ++i) {
    Smooth(x + i * spec_.channels);
    Normalize(x + i * spec_.channels, y + i * spec_.channels);
  }
  return count;
}

void Pcen::Smooth(const float* energies) {
  if (!started_) std::copy_n(energies, spec_.channels, smooth_);
  started_ = true;
  const auto part = static_cast<float>(spec_.smoothing);
  for (size_t i = 0; i < spec_.channels; ++i) {
    const float next = smooth_[i] + part * (energies[i] - smooth_[i]);
    smooth_[i] = std::fabs(next) < kSilence ? 0.0f : next;
  }
}

// Powers through exp and log, 16 channels at a time.
void Pcen::Normalize(const float* energies, float* out) const {
  const FloatKernels<float>& kernels = Kernels<float>();
  const auto gain = static_cast<float>(-spec_.gain);
  const auto bias = static_cast<float>(spec_.bias);
  const auto power = static_cast<float>(spec_.power);
  const auto floor = static_cast<float>(spec_.floor);
  for (size_t first = 0; first < spec_.channels; first += kLanes) {
    const size_t n = std::min(kLanes, spec_.channels - first);
    float* y = out + first;
    for (size_t i = 0; i < n; ++i) y[i] = floor + smooth_[first + i];
    kernels.log(y, y, n);
    for (size_t i = 0; i < n; ++i) y[i] *= gain;
    kernels.exp(y, y, n);
    for (size_t i = 0; i < n; ++i) y[i] = energies[first + i] * y[i] + bias;
    kernels.log(y, y, n);
    for (size_t i = 0; i < n; ++i) y[i] *= power;
    kernels.exp(y, y, n);
    for (size_t i = 0; i < n; ++i) y[i] -= root_of_bias_;
  }
}

}  // namespace moonlet::dsp
