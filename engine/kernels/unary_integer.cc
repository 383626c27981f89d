#include "engine/kernels/unary_integer.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/kernels/each_element.h"

namespace moonlet {
namespace {

template <typename T>
T ClampTo(int32_t x) {
  using Limits = std::numeric_limits<T>;
  return static_cast<T>(std::clamp<int32_t>(x, Limits::min(), Limits::max()));
}

// A fraction of RSQRT's result before it is rescaled.
constexpr int kRootBits = 20;

// 1 / sqrt(v) for v >= 1, by Newton's iteration on v scaled to [1/4, 1).
Multiplier InverseRoot(int32_t v) {
  if (v <= 1) return {kInt32Max, 0};
  int exponent = 11;
  for (; v >= 1 << 29; v /= 4) ++exponent;
  const int pairs = (CountLeadingZeros(v) - 1) / 2 - 1;
  exponent -= pairs;
  v <<= 2 * pairs;
  const int32_t half = RoundingShiftRight(v >> 1, 1);
  constexpr int32_t kOneAndHalf = 3 << 27;  // in Q3, as the root
  constexpr int32_t kRootOfHalf = 1518500250;
  int32_t root = 1 << 28;
  for (int i = 0; i < 5; ++i) {
    const int32_t cube = SaturatingShiftLeft(HighMul(HighMul(root, root), root), 6);
    const int32_t next = WrapSub(HighMul(kOneAndHalf, root), HighMul(half, cube));
    root = SaturatingShiftLeft(next, 3);
  }
  root = HighMul(root, kRootOfHalf);
  if (exponent < 0) return {WrapShl(root, -exponent), 0};
  return {root, static_cast<int8_t>(-exponent)};
}

int32_t AbsInteger(const UnaryIntegerParams& p, int32_t x) {
  return WrapAdd(Rescale(std::abs(x - p.input_zero), p.scale), p.output_zero);
}

}  // namespace

bool MakeAbsScale(float input_scale, float output_scale, Multiplier* scale) {
  const float ratio = input_scale / output_scale;
  return MakeMultiplier(double{ratio}, scale);
}

ByteTable AbsTable(const UnaryIntegerParams& p) {
  return MakeByteTable([&p](int32_t x) { return ClampTo<int8_t>(AbsInteger(p, x)); });
}

bool AbsS16(const UnaryIntegerParams& p, const int16_t* input, size_t n, int16_t* output,
            const StopToken& stop) {
  return ForEachElement(input, n, output, stop,
                        [&p](int16_t x) { return ClampTo<int16_t>(AbsInteger(p, x)); });
}

bool PlainAbsS16(const int16_t* input, size_t n, int16_t* output, const StopToken& stop) {
  return ForEachElement(input, n, output, stop,
                        [](int16_t x) { return static_cast<int16_t>(std::abs(x)); });
}

bool MakeRsqrtScale(float input_scale, float output_scale, Multiplier* scale) {
  const float product = std::sqrt(input_scale) * output_scale;
  if (!MakeMultiplier(1 / double{product}, scale)) return false;
  const int shift = scale->shift - kRootBits;  // at least -51: what is left is 0
  scale->shift = static_cast<int8_t>(shift);
  return true;
}

int32_t RsqrtInteger(const UnaryIntegerParams& p, int32_t x) {
  const int32_t v = x - p.input_zero;
  if (v == 0) return kInt32Max;
  Multiplier root = InverseRoot(v);
  root.shift = static_cast<int8_t>(root.shift + kRootBits);
  return WrapAdd(Rescale(Rescale(1, root), p.scale), p.output_zero);
}

ByteTable RsqrtTable(const UnaryIntegerParams& p) {
  return MakeByteTable([&p](int32_t x) {
    return x < p.input_zero ? int8_t{0} : ClampTo<int8_t>(RsqrtInteger(p, x));
  });
}

bool RsqrtS16(const UnaryIntegerParams& p, const int16_t* input, size_t n, int16_t* output,
              const StopToken& stop) {
  return ForEachElement(input, n, output, stop,
                        [&p](int16_t x) { return ClampTo<int16_t>(RsqrtInteger(p, x)); });
}

template <typename T>
bool AllAtLeast(const T* input, size_t n, int32_t least, const StopToken& stop) {
  bool all = true;
  const bool finished = ForEachPiece(n, stop, [&](size_t first, size_t count) {
    for (size_t i = first; i < first + count; ++i) all &= input[i] >= least;
  });
  return finished && all;
}

template bool AllAtLeast(const int8_t*, size_t, int32_t, const StopToken&);
template bool AllAtLeast(const int16_t*, size_t, int32_t, const StopToken&);

}  // namespace moonlet
