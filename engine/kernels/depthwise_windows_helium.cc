// A word of the four bytes that lie below one another in an image, or follow one another in a
// row, and four such words make a window of 16 inputs of one channel: one gathering load. Its
// products with the filter at four places in the window are four outputs.
#if defined(__ARM_FEATURE_MVE)
#include "engine/kernels/depthwise_windows_helium.h"

#include <arm_mve.h>

#include <algorithm>

#include "engine/kernels/each_constant.h"

namespace moonlet::mve {
namespace {

constexpr int32_t kGroup = 16;  // channels whose windows are made together
constexpr int32_t kWord = 4;    // inputs in a word
constexpr int32_t kColumn = kGroup * kWord;
constexpr int32_t kWords = 4;  // of a window

// Reads 16 channels of four inputs per column; an input that is not there is the zero point.
struct ColumnSource {
  const int8_t* at[kWord];
  std::ptrdiff_t step[kWord];  // to the next column's
};

// `columns` columns, [channel][input], at `to`.
void MakeColumns(ColumnSource source, mve_pred16_t live, int32_t columns, int8_t* to) {
  for (; columns > 0; --columns, to += kColumn) {
    int8x16x4_t v;
    Each<kWord>([&](auto k) __attribute__((always_inline)) {
      v.val[k] = vldrbq_z_s8(source.at[k], live);
      source.at[k] += source.step[k];
    });
    asm("" : "+r"(to));  // as requantize_helium.cc says of loads
    vst4q_s8(to, v);
  }
}

[[gnu::always_inline]] inline int32x4_t FromLanes(int32_t a, int32_t b, int32_t c, int32_t d) {
  int32x4_t v;
  asm("vmov %q0[2], %q0[0], %1, %3\n\tvmov %q0[3], %q0[1], %2, %4"
      : "=&w"(v)
      : "r"(a), "r"(b), "r"(c), "r"(d));
  return v;
}

[[gnu::always_inline]] inline int8x16_t LoadWords(const int8_t* at, uint32x4_t places) {
  const auto* words = reinterpret_cast<const int32_t*>(at);
  return vreinterpretq_s8_s32(vldrwq_gather_offset_s32(words, places));
}

// What the steps of all channels have in common.
struct Steps {
  std::ptrdiff_t window;  // bytes from a step's first window to the next's
  std::ptrdiff_t output;
  uint32x4_t places;  // of a step's four outputs
  int32_t filters;    // after so many of the four filters the first comes again
  int32_t count;
  mve_pred16_t last;  // the outputs of the last step
};

// Four outputs of a channel per step. With kOwnWindows they come from windows of their own, two
// columns apart, and one filter; else from one window and four filters.
template <bool kOwnWindows, Scaling kScaling>
void RunChannels(const int8_t* windows, const int8_t* filters, const Steps& steps,
                 const Requantizer& r, int32_t first, int32_t channels, int8_t* outputs) {
  const uint32x4_t words = vmulq_n_u32(vidupq_n_u32(0, 1), kColumn);
  const uint32x4_t places = steps.places;
  const int32x4_t least = vdupq_n_s32(r.output.min), most = vdupq_n_s32(r.output.max);
  const int32_t zero = r.output.zero;
  const std::ptrdiff_t window_step = steps.window, output_step = steps.output;
  constexpr int kFilters = kOwnWindows ? 1 : 4;
  for (; channels > 0; --channels, ++first, windows += kWord, filters += kWord, ++outputs) {
    const int32_t bias = r.constants.bias()[first];
    const int32_t multiplier = r.constants.multiplier()[first];
    const int32_t shift = r.constants.shift()[first];
    int8x16_t f[kFilters];
    Each<kFilters>([&](auto i) __attribute__((always_inline)) {
      const bool again = i >= steps.filters;
      f[i] = LoadWords(filters + (again ? i - 2 : i) * kWords * kColumn, words);
    });
    const int8_t* window = windows;
    int8_t* out = outputs;
    const auto four = [&]() __attribute__((always_inline)) {
      int32_t s[4];
      if constexpr (kOwnWindows) {
        Each<4>([&](auto i) __attribute__((always_inline)) {
          s[i] = vmladavq_s8(LoadWords(window + 2 * kColumn * i, words), f[0]);
        });
      } else {
        const int8x16_t x = LoadWords(window, words);
        Each<4>([&](auto i) __attribute__((always_inline)) { s[i] = vmladavq_s8(x, f[i]); });
      }
      int32x4_t v = vaddq_n_s32(FromLanes(s[0], s[1], s[2], s[3]), bias);
      v = vqrdmulhq_n_s32(v, multiplier);
      if constexpr (kScaling == Scaling::kRight) v = vqaddq_s32(v, vshrq_n_s32(v, 31));
      v = vaddq_n_s32(vrshlq_n_s32(v, shift), zero);
      return vminq_s32(vmaxq_s32(v, least), most);
    };
    for (int32_t more = steps.count - 1; more > 0; --more) {
      vstrbq_scatter_offset_s32(out, places, four());
      window += window_step;
      out += output_step;
    }
    vstrbq_scatter_offset_p_s32(out, places, four(), steps.last);
  }
}

mve_pred16_t FirstLanes(int32_t n) { return vctp32q(static_cast<uint32_t>(n)); }

}  // namespace

// What both shapes of window share: a group of channels at a time.
class DepthwiseWindows {
 public:
  DepthwiseWindows(const DepthwiseS8Params& p, const LayerS8& layer, const Requantizer& r)
      : p_(p), layer_(layer), r_(r), columns_(reinterpret_cast<int8_t*>(layer.scratch)) {
    std::fill_n(zeros_, kGroup, static_cast<int8_t>(p.input_zero));
  }

  void Image(const int8_t* image, int8_t* output) {
    for (int32_t c = 0; c < p_.channels; c += kGroup) {
      first_ = c;
      live_ = vctp8q(static_cast<uint32_t>(p_.channels - c));
      if (p_.window.y.kernel == 3 && p_.window.x.kernel == 3) {
        Squares(image + c, output + c);
      } else {
        Row(image + c, output + c);
      }
    }
  }

 private:
  // The filter's tap for input (word, place in it) of a window, for the output at a place in it.
  // -1: none.
  template <typename Tap>
  void MakeFilters(int32_t outputs, Tap tap) {
    const int8_t none[kGroup] = {};
    for (int32_t i = 0; i < outputs; ++i) {
      for (int32_t word = 0; word < kWords; ++word) {
        ColumnSource source;
        for (int32_t k = 0; k < kWord; ++k) {
          const int32_t t = tap(i, word, k);
          source.at[k] = t < 0 ? none : layer_.weights + std::ptrdiff_t{t} * p_.channels + first_;
          source.step[k] = 0;
        }
        MakeColumns(source, live_, 1, filters_ + (i * kWords + word) * kColumn);
      }
    }
  }

  // 3 x 3: a word is four rows of a column.
  void Squares(const int8_t* image, int8_t* output) {
    const int32_t stride = p_.window.y.stride;
    const int32_t side = stride == 1 ? 2 : 1;  // rows of outputs at a time
    MakeFilters(side * side, [](int32_t i, int32_t word, int32_t k) {
      const int32_t ky = k - i / 2, kx = word - i % 2;
      return ky >= 0 && ky < 3 && kx >= 0 && kx < 3 ? ky * 3 + kx : -1;
    });
    const int32_t most = device::kSquareColumns / stride;
    for (int32_t oy = 0; oy < p_.window.y.output; oy += side) {
      for (int32_t ox = 0; ox < p_.window.x.output; ox += most)
        Strip(image, oy, ox, std::min(most, p_.window.x.output - ox), output);
    }
  }

  // Outputs of one or two rows.
  void Strip(const int8_t* image, int32_t oy, int32_t ox, int32_t count, int8_t* output) {
    const Axis& y = p_.window.y;
    const Axis& x = p_.window.x;
    const int32_t iy = oy * y.stride - y.pad, ix = ox * x.stride - x.pad;
    const int32_t columns = (count - 1) * x.stride + 3;
    const int32_t before = std::clamp(-ix, int32_t{0}, columns);
    const int32_t inside = std::clamp(x.input - (ix + before), int32_t{0}, columns - before);
    ColumnSource outside, source;
    for (int32_t k = 0; k < kWord; ++k) {
      outside.at[k] = zeros_;
      outside.step[k] = 0;
      const bool there = iy + k >= 0 && iy + k < y.input;
      const std::ptrdiff_t pixel = std::ptrdiff_t{iy + k} * x.input + ix + before;
      source.at[k] = there ? image + pixel * p_.channels : zeros_;
      source.step[k] = there ? p_.channels : 0;
    }
    MakeColumns(outside, live_, before, columns_);
    MakeColumns(source, live_, inside, columns_ + before * kColumn);
    MakeColumns(outside, live_, columns - before - inside, columns_ + (before + inside) * kColumn);
    const std::ptrdiff_t row = std::ptrdiff_t{x.output} * p_.channels;
    int8_t* out = output + oy * row + std::ptrdiff_t{ox} * p_.channels;
    if (y.stride == 1) {
      // Where there is no row below, the upper row is written twice.
      const bool both = oy + 1 < y.output;
      const uint32x4_t lane = vidupq_n_u32(0, 1);
      uint32x4_t places = vmulq_n_u32(vandq_u32(lane, vdupq_n_u32(1)), Unsigned(p_.channels));
      if (both) places = vaddq_u32(places, vmulq_n_u32(vshrq_n_u32(lane, 1), Unsigned(row)));
      const mve_pred16_t last = count % 2 != 0 ? 0x0F0F : 0xFFFF;
      Channels<false>({2 * kColumn, 2 * p_.channels, places, both ? 4 : 2, (count + 1) / 2, last},
                      out);
    } else {
      Channels<true>(FourApart(8 * kColumn, count), out);
    }
  }

  // One row: a word is four neighbours in it.
  void Row(const int8_t* image, int8_t* output) {
    const Axis& axis = device::RowAxis(p_);
    MakeFilters(4, [&](int32_t i, int32_t word, int32_t k) {
      const int32_t t = word * kWord + k - i;
      return t < axis.kernel ? t : -1;
    });
    const int32_t columns = (axis.output + 3) / 4 + kWords - 1;
    for (int32_t column = 0; column < columns; ++column) {
      ColumnSource source;
      for (int32_t k = 0; k < kWord; ++k) {
        const int32_t at = column * kWord + k - axis.pad;
        const bool there = at >= 0 && at < axis.input;
        source.at[k] = there ? image + std::ptrdiff_t{at} * p_.channels : zeros_;
        source.step[k] = 0;
      }
      MakeColumns(source, live_, 1, columns_ + column * kColumn);
    }
    Channels<false>(FourApart(kColumn, axis.output), output);
  }

  template <bool kOwnWindows>
  void Channels(const Steps& steps, int8_t* out) {
    const auto run = r_.scaling == Scaling::kRightOfZero
                         ? RunChannels<kOwnWindows, Scaling::kRightOfZero>
                         : RunChannels<kOwnWindows, Scaling::kRight>;
    run(columns_, filters_, steps, r_, first_, std::min(kGroup, p_.channels - first_), out);
  }

  static uint32_t Unsigned(std::ptrdiff_t n) { return static_cast<uint32_t>(n); }
  // Steps of four neighbours, `outputs` in all.
  Steps FourApart(std::ptrdiff_t window, int32_t outputs) const {
    const uint32x4_t places = vmulq_n_u32(vidupq_n_u32(0, 1), Unsigned(p_.channels));
    const int32_t steps = (outputs + 3) / 4;
    return {window, 4 * p_.channels, places, 4, steps, FirstLanes(outputs - 4 * (steps - 1))};
  }

  const DepthwiseS8Params& p_;
  const LayerS8& layer_;
  const Requantizer& r_;
  int8_t* columns_;  // [column][channel][input]
  int32_t first_ = 0;
  mve_pred16_t live_ = 0;
  int8_t zeros_[kGroup];
  alignas(4) int8_t filters_[4 * kWords * kColumn];  // [output][word][channel][input]
};

void RunDepthwiseWindows(const DepthwiseS8Params& p, const LayerS8& layer, const Requantizer& r,
                         const int8_t* image, int8_t* output) {
  DepthwiseWindows(p, layer, r).Image(image, output);
}

}  // namespace moonlet::mve
#endif
