// The transforms one number at a time: what defines their results (engine/kernels/scalar.h).
#include "engine/kernels/scalar.h"

#include <cstddef>

namespace moonlet::dsp {
namespace {

template <class V>
struct Complex;

using Wide = float;
using Medium = float;
using Narrow = float;
inline constexpr bool kSmallCode = false;
using MOONLET_SCALAR::Fma;
template <class V>
inline constexpr size_t Width = 1;
template <class V>
inline V Load(const float* x) {
  return *x;
}
template <class V>
inline V Broadcast(float x) {
  return x;
}
inline void Store(float* y, float x) { *y = x; }
inline float Reverse(float x) { return x; }
template <class V>
inline Complex<V> LoadPairs(const float* z) {
  return {z[0], z[1]};
}
inline void StorePairs(float* z, float re, float im) {
  z[0] = re;
  z[1] = im;
}

}  // namespace
}  // namespace moonlet::dsp

#include "dsp/fft_passes.h"

namespace moonlet::dsp::MOONLET_SCALAR {
extern const FftKernels kFft;
const FftKernels kFft = kTable;
}  // namespace moonlet::dsp::MOONLET_SCALAR
