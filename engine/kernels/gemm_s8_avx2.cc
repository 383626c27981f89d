// CONV_2D, FULLY_CONNECTED and TRANSPOSE_CONV of int8 by AVX2. vpmaddubsw would saturate, so
// patches and weights are widened to 16 bits for vpmaddwd: each of its sums is of 2 products, the
// halves of a channel's sum, which come together at the end.
#include "engine/kernels/gemm_s8_walk.h"
#include "engine/kernels/requantize_avx2.h"

namespace moonlet::avx2 {
namespace {

constexpr int32_t kMostTilePixels = 12;
using Tile = GemmTile<int16_t, kMostTilePixels>;

// Channels whose sums are computed together, and pixels: 8 registers of sums.
constexpr int kChannels = 8;
constexpr int kTogether = 4;

// The halves of 8 channels' sums.
struct Halves {
  __m256i first;
  __m256i second;
};

[[gnu::always_inline]] inline __m256i Widened(const int8_t* from) {
  return _mm256_cvtepi8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from)));
}

// For the pixels whose patches are `patches`. Sums are arrays that must become registers: their
// loops are unrolled before gcc decides that.
template <int kPixels>
[[gnu::always_inline]] inline void AddAll(const Tile& tile, const int16_t* const* patches,
                                          const int8_t* w, Halves (&sums)[kPixels]) {
  const int16_t* patch[kPixels];
#pragma GCC unroll 4
  for (int i = 0; i < kPixels; ++i) patch[i] = patches[i];
  const std::ptrdiff_t step = std::ptrdiff_t{tile.bundle_blocks} * kChannelBlock * kQuad;
#pragma GCC unroll 4
  for (int i = 0; i < kPixels; ++i) sums[i] = {_mm256_setzero_si256(), _mm256_setzero_si256()};
  for (int32_t row = 0; row < tile.run_rows; ++row) {
    for (int32_t column = 0; column < tile.run_columns; ++column) {
      std::ptrdiff_t at = row * tile.row_step + column * tile.column_step;
      const std::ptrdiff_t end = at + tile.run_quads * kQuad;
      for (; at < end; at += kQuad, w += step) {
        const __m256i first = Widened(w), second = Widened(w + 16);
#pragma GCC unroll 4
        for (int i = 0; i < kPixels; ++i) {
          int64_t four;
          __builtin_memcpy(&four, patch[i] + at, sizeof(four));
          const __m256i x = _mm256_set1_epi64x(four);
          sums[i].first = _mm256_add_epi32(sums[i].first, _mm256_madd_epi16(x, first));
          sums[i].second = _mm256_add_epi32(sums[i].second, _mm256_madd_epi16(x, second));
        }
      }
    }
  }
}

// In the order of the channels.
[[gnu::always_inline]] inline __m256i Joined(const Halves& halves) {
  return _mm256_permute4x64_epi64(_mm256_hadd_epi32(halves.first, halves.second), 0xD8);
}

// Channels 8 * `half` and 7 more of a block, rescaled, for pixels from `first` on.
template <int kPixels>
[[gnu::always_inline]] inline void HalfBlock(const Tile& tile, int32_t block, int half,
                                             int32_t first, __m256i (&results)[kPixels]) {
  const int8_t* w = tile.weights + block * (kChannelBlock * kQuad) + half * (kChannels * kQuad);
  Halves sums[kPixels];
  AddAll(tile, tile.patches + first, w, sums);
  const ChannelBlock& constants = tile.blocks[block];
  const Requantizer requantize(constants, half * kChannels);
  const __m256i bias =
      _mm256_loadu_si256(reinterpret_cast<const __m256i*>(constants.bias + half * kChannels));
#pragma GCC unroll 4
  for (int i = 0; i < kPixels; ++i) {
    __m256i sum = _mm256_add_epi32(Joined(sums[i]), bias);
    if (tile.has_starts) {
      const int32_t pixel = first + i < tile.pixels ? first + i : 0;
      sum = _mm256_add_epi32(sum, _mm256_set1_epi32(tile.starts[pixel]));
    }
    results[i] = requantize(sum);
  }
}

[[gnu::always_inline]] inline void Store(__m128i bytes, int32_t count, int8_t* to) {
  if (count >= kChannelBlock) {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to), bytes);
    return;
  }
  alignas(16) int8_t all[kChannelBlock];
  _mm_store_si128(reinterpret_cast<__m128i*>(all), bytes);
  for (int32_t i = 0; i < count; ++i) to[i] = all[i];
}

// Pixels from `first` on of one block.
template <int kPixels>
void RunBlock(const Tile& tile, int32_t block, int32_t first, const OutputPackerS8& pack) {
  const int32_t at = block * kChannelBlock;
  __m256i low[kPixels], high[kPixels];
  HalfBlock(tile, block, 0, first, low);
#pragma GCC unroll 4
  for (int i = 0; i < kPixels; ++i) high[i] = _mm256_setzero_si256();
  if (tile.channels - at > kChannels) HalfBlock(tile, block, 1, first, high);
#pragma GCC unroll 4
  for (int i = 0; i < kPixels; ++i) {
    if (first + i >= tile.pixels) break;
    Store(pack(low[i], high[i]), tile.channels - at,
          tile.outputs[first + i] + tile.first_channel + at);
  }
}

void RunTile(const Tile& tile, const OutputS8& output) {
  const OutputPackerS8 pack(output);
  for (int32_t block = 0; block < tile.bundle_blocks; ++block) {
    int32_t first = 0;
    for (; tile.pixels - first > 1; first += kTogether)
      RunBlock<kTogether>(tile, block, first, pack);
    if (first < tile.pixels) RunBlock<1>(tile, block, first, pack);
  }
}

struct Machine {
  using Element = int16_t;
  using Registers = NoGemmRegisters;
  static constexpr int32_t kMostPixels = kMostTilePixels;
  static constexpr const char* kName = "avx2";
  static constexpr int32_t kRaise = 0;

  [[gnu::always_inline]] static int32_t TilePixels(int32_t, bool) { return kMostTilePixels; }
  [[gnu::always_inline]] static void Copy(const int8_t* from, std::ptrdiff_t count, int16_t* to) {
    for (; count >= 16; count -= 16, from += 16, to += 16)
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), Widened(from));
    // What is left in pieces of 8, 4 and single ones.
    if (count >= 8) {
      const __m128i eight = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(from));
      _mm_storeu_si128(reinterpret_cast<__m128i*>(to), _mm_cvtepi8_epi16(eight));
      count -= 8, from += 8, to += 8;
    }
    for (std::ptrdiff_t i = 0; i < count; ++i) to[i] = from[i];
  }
  [[gnu::always_inline]] static void Fill(int8_t value, std::ptrdiff_t count, int16_t* to) {
    const __m256i values = _mm256_set1_epi16(value);
    for (; count > 0; count -= 16, to += 16)
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), values);
  }
  static int32_t Sum(const int16_t* row, std::ptrdiff_t count) {
    uint32_t sum = 0;
    for (std::ptrdiff_t i = 0; i < count; ++i) sum += static_cast<uint32_t>(int32_t{row[i]});
    return static_cast<int32_t>(sum);
  }
  [[gnu::always_inline]] static void Tile(const avx2::Tile& tile, const OutputS8& output) {
    RunTile(tile, output);
  }
};

}  // namespace

const FilterKernelS8<ConvS8Params> kConvS8 = kGemmKernel<Machine, ConvS8Params>;
const FilterKernelS8<FullyConnectedS8Params> kFullyConnectedS8 =
    kGemmKernel<Machine, FullyConnectedS8Params>;
const FilterKernelS8<TransposeConvS8Params> kTransposeConvS8 =
    kGemmKernel<Machine, TransposeConvS8Params>;

}  // namespace moonlet::avx2
