// engine/kernels/gemm_s8_raised.h - what gemm_s8.h kernels have in common that multiply unsigned
// activations and have AVX-512: panels whose elements are raised by 128, and ways to store results.
#pragma once
#include <immintrin.h>

#include "engine/kernels/gemm_s8.h"
#include "engine/kernels/requantize_avx512.h"

namespace moonlet::avx512 {

constexpr std::ptrdiff_t kVector = 64;

// A mask of the first `count` of 64 bytes, at least 1; more are all.
[[gnu::always_inline]] inline uint64_t First(std::ptrdiff_t count) {
  return count >= kVector ? ~uint64_t{0} : ~uint64_t{0} >> (kVector - count);
}

struct RaisedPanel {
  using Element = uint8_t;
  static constexpr int32_t kRaise = 128;

  [[gnu::always_inline]] static __m512i Raised(__m512i elements) {
    return _mm512_xor_si512(elements, _mm512_set1_epi8(-128));
  }
  [[gnu::always_inline]] static void Fill(int8_t value, std::ptrdiff_t count, uint8_t* to) {
    const __m512i values = Raised(_mm512_set1_epi8(value));
    for (; count > 0; count -= kVector, to += kVector) _mm512_storeu_si512(to, values);
  }
  [[gnu::always_inline]] static void Copy(const int8_t* from, std::ptrdiff_t count, uint8_t* to) {
    for (; count >= kVector; count -= kVector, from += kVector, to += kVector)
      _mm512_storeu_si512(to, Raised(_mm512_loadu_si512(from)));
    if (count > 0) _mm512_storeu_si512(to, Raised(_mm512_maskz_loadu_epi8(First(count), from)));
  }
};

// Results of a quarter of the vector go to one pixel, `count` of them.
template <int kQuarter>
[[gnu::always_inline]] inline void StoreQuarter(__m512i bytes, int32_t count, int8_t* to) {
  const __m128i quarter = _mm512_extracti32x4_epi32(bytes, kQuarter);
  if (count == kChannelBlock) {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to), quarter);
  } else {
    _mm_mask_storeu_epi8(to, static_cast<__mmask16>(0xFFFF >> (16 - count)), quarter);
  }
}

// One block's results of pixels `first` to first + 3, or as many as the tile has.
template <typename Tile>
[[gnu::always_inline]] inline void StoreFourPixels(const Tile& tile, int first, __m512i bytes) {
  if (tile.dense && tile.channels == kChannelBlock && first + 4 <= tile.pixels) {
    _mm512_storeu_si512(tile.outputs[first], bytes);
    return;
  }
  const auto store = [&]<int kQuarter>() __attribute__((always_inline)) {
    if (first + kQuarter < tile.pixels)
      StoreQuarter<kQuarter>(bytes, tile.channels,
                             tile.outputs[first + kQuarter] + tile.first_channel);
  };
  store.template operator()<0>();
  store.template operator()<1>();
  store.template operator()<2>();
  store.template operator()<3>();
}

// Two blocks' results of pixels `first` and first + 1, if the tile has it.
template <typename Tile>
[[gnu::always_inline]] inline void StoreTwoPixels(const Tile& tile, int first, __m512i bytes) {
  const auto mask = static_cast<__mmask32>(First(tile.channels));
  _mm256_mask_storeu_epi8(tile.outputs[first] + tile.first_channel, mask,
                          _mm512_castsi512_si256(bytes));
  if (first + 1 < tile.pixels) {
    _mm256_mask_storeu_epi8(tile.outputs[first + 1] + tile.first_channel, mask,
                            _mm512_extracti64x4_epi64(bytes, 1));
  }
}

// A bundle's results of one pixel.
template <typename Tile>
[[gnu::always_inline]] inline void StorePixel(const Tile& tile, int pixel, __m512i bytes) {
  int8_t* to = tile.outputs[pixel] + tile.first_channel;
  if (tile.channels == kBundleChannels) {
    _mm512_storeu_si512(to, bytes);
  } else {
    _mm512_mask_storeu_epi8(to, First(tile.channels), bytes);
  }
}

}  // namespace moonlet::avx512
