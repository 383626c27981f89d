#if defined(__ARM_FEATURE_MVE)
#include "engine/kernels/requantize_helium.h"

#include "engine/kernels/each_constant.h"

namespace moonlet::mve {
namespace {

Scaling ScalingOf(const ChannelConstants& constants, int32_t channels, const OutputS8& output) {
  int8_t most = -128;
  for (int32_t c = 0; c < channels; c += 16) {
    const mve_pred16_t live = vctp8q(static_cast<uint32_t>(channels - c));
    most = vmaxvq_p_s8(most, vldrbq_z_s8(constants.shift() + c, live), live);
  }
  if (most >= 0) return Scaling::kAny;
  return output.min >= output.zero ? Scaling::kRightOfZero : Scaling::kRight;
}

// Loads that move their pointer on, in the order written: left to itself the compiler copies
// pointers about and keeps less in registers.
template <int N>
[[gnu::always_inline]] inline const int32_t (&Words(const int32_t* at))[N] {
  return *reinterpret_cast<const int32_t(*)[N]>(at);
}
[[gnu::always_inline]] inline int32x4_t NextWords(const int32_t*& at) {
  int32x4_t v;
  asm volatile("vldrw.32 %q0, [%1], #16" : "=w"(v), "+r"(at) : "m"(Words<4>(at)));
  return v;
}
[[gnu::always_inline]] inline int32x4_t NextBytes(const int8_t*& at) {
  int32x4_t v;
  asm volatile("vldrb.s32 %q0, [%1], #4"
               : "=w"(v), "+l"(at)
               : "m"(*reinterpret_cast<const int8_t(*)[4]>(at)));
  return v;
}

// The sums of four channels, pixel p's in v[p].
template <int kPixels>
struct FourChannels {
  int32x4_t v[kPixels];

  [[gnu::always_inline]] void Load(const int32_t*& sums) {
    if constexpr (kPixels == 1) {
      v[0] = NextWords(sums);
    } else if constexpr (kPixels == 2) {
      register int32x4_t a asm("q0"), b asm("q1");
      asm volatile("vld20.32 {%q0, %q1}, [%2]\n\tvld21.32 {%q0, %q1}, [%2]!"
                   : "=&w"(a), "=&w"(b), "+r"(sums)
                   : "m"(Words<8>(sums)));
      v[0] = a;
      v[1] = b;
    } else {
      register int32x4_t a asm("q0"), b asm("q1"), c asm("q2"), d asm("q3");
      asm volatile(
          "vld40.32 {%q0, %q1, %q2, %q3}, [%4]\n\tvld41.32 {%q0, %q1, %q2, %q3}, [%4]\n\t"
          "vld42.32 {%q0, %q1, %q2, %q3}, [%4]\n\tvld43.32 {%q0, %q1, %q2, %q3}, [%4]!"
          : "=&w"(a), "=&w"(b), "=&w"(c), "=&w"(d), "+r"(sums)
          : "m"(Words<16>(sums)));
      v[0] = a;
      v[1] = b;
      v[2] = c;
      v[3] = d;
    }
  }
};

// The output's zero point and range.
struct Range {
  int32_t zero;
  int32x4_t min;
  int32x4_t max;

  [[gnu::always_inline]] explicit Range(const OutputS8& output)
      : zero(output.zero), min(vdupq_n_s32(output.min)), max(vdupq_n_s32(output.max)) {}

  [[gnu::always_inline]] int32x4_t Place(int32x4_t x) const {
    return vminq_s32(vmaxq_s32(vaddq_n_s32(x, zero), min), max);
  }
};

// Two pixels' outputs in 16 bits, taking turns.
struct PairRange {
  int16_t zero;
  int16x8_t min;
  int16x8_t max;
  uint16x8_t places;

  [[gnu::always_inline]] PairRange(const OutputS8& output, std::ptrdiff_t stride)
      : zero(output.zero), min(vdupq_n_s16(output.min)), max(vdupq_n_s16(output.max)) {
    const uint16x8_t lane = vidupq_n_u16(0, 1);
    const uint16x8_t channel = vshrq_n_u16(lane, 1);
    const uint16x8_t pixel = vandq_u16(lane, vdupq_n_u16(1));
    places = vaddq_u16(channel, vmulq_n_u16(pixel, static_cast<uint16_t>(stride)));
  }

  [[gnu::always_inline]] void Store(int8_t* out, int32x4_t a, int32x4_t b) const {
    int16x8_t x;
    asm("vqmovnb.s32 %q0, %q1" : "=w"(x) : "w"(a));  // the intrinsic would need lanes to keep
    vstrbq_scatter_offset_s16(out, places, Place(vqmovntq_s32(x, b)));
  }

 private:
  [[gnu::always_inline]] int16x8_t Place(int16x8_t x) const {
    return vminq_s16(vmaxq_s16(vqaddq_n_s16(x, zero), min), max);
  }
};

// Strides up to which a pair's places fit 16 bits.
constexpr std::ptrdiff_t kMostPairStride = 60'000;

// Any shifts and any number of channels.
void FinishAny(const Requantizer& r, const int32_t* sums, int32_t pixels, int32_t first,
               int32_t count, int8_t* out) {
  const uint32x4_t places = vmulq_n_u32(vidupq_n_u32(0, 1), static_cast<uint32_t>(pixels));
  for (int32_t c = 0; c < count; c += 4) {
    const mve_pred16_t live = vctp32q(static_cast<uint32_t>(count - c));
    int32x4_t x = vldrwq_gather_shifted_offset_z_s32(sums + c * pixels, places, live);
    x = vaddq_s32(x, vldrwq_z_s32(r.constants.bias() + first + c, live));
    const int32x4_t multiplier = vldrwq_z_s32(r.constants.multiplier() + first + c, live);
    const int32x4_t shift = vldrbq_z_s32(r.constants.shift() + first + c, live);
    x = Rescale<Scaling::kAny>(x, multiplier, shift);
    vstrbq_p_s32(out + c, Range(r.output).Place(x), live);
  }
}

// Shifts to the right, and a multiple of four channels.
template <int kPixels, Scaling kScaling>
void FinishFours(const Requantizer& r, const int32_t* sums, int32_t first, int32_t count,
                 int8_t* out, std::ptrdiff_t stride) {
  const int32_t* bias = r.constants.bias() + first;
  const int32_t* multiplier = r.constants.multiplier() + first;
  const int8_t* shift = r.constants.shift() + first;
  const Range range(r.output);
  const PairRange pairs(r.output, stride);
  for (int32_t fours = count / 4; fours > 0; --fours) {
    FourChannels<kPixels> four;
    four.Load(sums);
    const int32x4_t b = NextWords(bias);
    Each<kPixels>([&](auto p)
                      __attribute__((always_inline)) { four.v[p] = vaddq_s32(four.v[p], b); });
    const int32x4_t m = NextWords(multiplier), s = NextBytes(shift);
    Each<kPixels>([&](auto p) __attribute__((always_inline)) {
      four.v[p] = Rescale<kScaling>(four.v[p], m, s);
    });
    if constexpr (kPixels == 1) {
      vstrbq_s32(out, range.Place(four.v[0]));
    } else {
      pairs.Store(out, four.v[0], four.v[1]);
    }
    if constexpr (kPixels == 4) pairs.Store(out + 2 * stride, four.v[2], four.v[3]);
    out += 4;
  }
}

template <int kPixels>
void FinishSums(const Requantizer& r, const int32_t* sums, int32_t first, int32_t count,
                int8_t* out, std::ptrdiff_t stride) {
  int32_t done = 0;
  if (r.scaling != Scaling::kAny && stride <= kMostPairStride) {
    done = count & ~3;
    if (r.scaling == Scaling::kRightOfZero) {
      FinishFours<kPixels, Scaling::kRightOfZero>(r, sums, first, done, out, stride);
    } else {
      FinishFours<kPixels, Scaling::kRight>(r, sums, first, done, out, stride);
    }
  }
  if (done == count) return;
  for (int32_t p = 0; p < kPixels; ++p)
    FinishAny(r, sums + done * kPixels + p, kPixels, first + done, count - done,
              out + p * stride + done);
}

}  // namespace

Requantizer::Requantizer(const uint8_t* prepared, int32_t channels, const OutputS8& output)
    : constants(prepared, channels),
      scaling(ScalingOf(constants, channels, output)),
      output(output) {}

void Requantizer::Finish(const int32_t* sums, int32_t pixels, int32_t first, int32_t count,
                         int8_t* out, std::ptrdiff_t stride) const {
  switch (pixels) {
    case 1:
      return FinishSums<1>(*this, sums, first, count, out, stride);
    case 2:
      return FinishSums<2>(*this, sums, first, count, out, stride);
    default:
      return FinishSums<4>(*this, sums, first, count, out, stride);
  }
}

}  // namespace moonlet::mve
#endif
