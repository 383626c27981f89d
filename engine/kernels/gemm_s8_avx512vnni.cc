// CONV_2D, FULLY_CONNECTED and TRANSPOSE_CONV of int8 by AVX-512 VNNI: vpdpbusd takes unsigned
// activations, so panels have each raised by 128.
#include "engine/kernels/gemm_s8_raised.h"
#include "engine/kernels/gemm_s8_walk.h"

namespace moonlet::avx512vnni {
namespace {

constexpr int32_t kMostTilePixels = 12;
using Tile = GemmTile<uint8_t, kMostTilePixels>;

// Sums are arrays that must become registers: their loops are unrolled before gcc decides that.

using avx512::First;
using avx512::kVector;

// sum + 4 products for each of 16 channels. As an instruction by name, because gcc 12 moves
// sums to memory and back around the intrinsic.
[[gnu::always_inline]] inline void AddProducts(__m512i& sum, __m512i activations, __m512i weights) {
  asm("vpdpbusd %2, %1, %0" : "+v"(sum) : "v"(activations), "v"(weights));
}

[[gnu::always_inline]] inline __m512i FourOf(const uint8_t* row) {
  int32_t four;
  __builtin_memcpy(&four, row, sizeof(four));
  return _mm512_set1_epi32(four);
}

template <int kPixels, int kBlocks>
[[gnu::always_inline]] inline void AddAll(const Tile& tile, __m512i (&sums)[kPixels][kBlocks]) {
  const uint8_t* patches[kPixels];
#pragma GCC unroll 12
  for (int i = 0; i < kPixels; ++i) patches[i] = tile.patches[i];
  const int8_t* w = tile.weights;
  for (int32_t row = 0; row < tile.run_rows; ++row) {
    for (int32_t column = 0; column < tile.run_columns; ++column) {
      std::ptrdiff_t at = row * tile.row_step + column * tile.column_step;
      const std::ptrdiff_t end = at + tile.run_quads * kQuad;
      for (; at < end; at += kQuad, w += kBlocks * sizeof(__m512i)) {
        __m512i weights[kBlocks];
#pragma GCC unroll 12
        for (int b = 0; b < kBlocks; ++b) weights[b] = _mm512_loadu_si512(w + b * sizeof(__m512i));
#pragma GCC unroll 12
        for (int i = 0; i < kPixels; ++i) {
          const __m512i four = FourOf(patches[i] + at);
#pragma GCC unroll 12
          for (int b = 0; b < kBlocks; ++b) AddProducts(sums[i][b], four, weights[b]);
        }
      }
    }
  }
}

// One pixel has few sums, each waiting for itself: neighbouring quads go to sums of their own.
template <int kBlocks>
[[gnu::always_inline]] inline void AddAll(const Tile& tile, __m512i (&sums)[1][kBlocks]) {
  constexpr int kChains = kBlocks == 1 ? 4 : 2;
  constexpr std::ptrdiff_t kStep = kBlocks * sizeof(__m512i);
  const int8_t* w = tile.weights;
  __m512i chains[kChains][kBlocks];
#pragma GCC unroll 12
  for (int i = 0; i < kChains * kBlocks; ++i)
    chains[i / kBlocks][i % kBlocks] = i < kBlocks ? sums[0][i % kBlocks] : _mm512_setzero_si512();
  for (int32_t row = 0; row < tile.run_rows; ++row) {
    for (int32_t column = 0; column < tile.run_columns; ++column) {
      const uint8_t* run = tile.patches[0] + row * tile.row_step + column * tile.column_step;
      std::ptrdiff_t quad = tile.run_quads;
      for (; quad >= kChains; quad -= kChains) {
#pragma GCC unroll 12
        for (int i = 0; i < kChains; ++i, run += kQuad, w += kStep) {
          const __m512i four = FourOf(run);
#pragma GCC unroll 12
          for (int b = 0; b < kBlocks; ++b)
            AddProducts(chains[i][b], four, _mm512_loadu_si512(w + b * sizeof(__m512i)));
        }
      }
      for (; quad > 0; --quad, run += kQuad, w += kStep) {
        const __m512i four = FourOf(run);
#pragma GCC unroll 12
        for (int b = 0; b < kBlocks; ++b)
          AddProducts(chains[0][b], four, _mm512_loadu_si512(w + b * sizeof(__m512i)));
      }
    }
  }
#pragma GCC unroll 12
  for (int b = 0; b < kBlocks; ++b) {
    sums[0][b] = chains[0][b];
#pragma GCC unroll 12
    for (int i = 1; i < kChains; ++i) sums[0][b] = _mm512_add_epi32(sums[0][b], chains[i][b]);
  }
}

// Rare, and kept out of the way of the registers.
[[gnu::noinline]] void RequantizeAny(const ChannelBlock& block, int32_t zero, int count,
                                     __m512i* sums) {
  const avx512::Requantizer requantize(block, zero);
  for (int k = 0; k < count; ++k) sums[k] = requantize(sums[k]);
}

template <typename Rescale, int kPixels, int kBlocks>
[[gnu::always_inline]] inline void RequantizeColumn(const Rescale& rescale, int block,
                                                    __m512i (&sums)[kPixels][kBlocks]) {
#pragma GCC unroll 12
  for (int i = 0; i < kPixels; ++i) sums[i][block] = rescale(sums[i][block]);
}

template <int kPixels, int kBlocks>
[[gnu::always_inline]] inline void RequantizeBlock(const Tile& tile, const OutputS8& output,
                                                   int block, __m512i (&sums)[kPixels][kBlocks]) {
  const ChannelBlock& constants = tile.blocks[block];
  if (avx512::ReluRequantizer::Has(constants, output)) {
    RequantizeColumn(avx512::ReluRequantizer(constants, output.zero), block, sums);
  } else if (avx512::RightRequantizer::Has(constants)) {
    RequantizeColumn(avx512::RightRequantizer(constants, output.zero), block, sums);
  } else {
    __m512i column[kPixels];
#pragma GCC unroll 12
    for (int i = 0; i < kPixels; ++i) column[i] = sums[i][block];
    RequantizeAny(constants, output.zero, kPixels, column);
#pragma GCC unroll 12
    for (int i = 0; i < kPixels; ++i) sums[i][block] = column[i];
  }
}

// One block: four pixels fill a vector.
template <int kPixels>
[[gnu::always_inline]] inline void StoreAll(const Tile& tile, const OutputS8& output,
                                            __m512i (&sums)[kPixels][1]) {
  const avx512::ClampPackerS8 pack(output);
#pragma GCC unroll 12
  for (int i = 0; i < kPixels; i += 4) {
    if (i >= tile.pixels) break;
    const auto at = [&](int k) __attribute__((always_inline)) {
      return sums[i + k < kPixels ? i + k : kPixels - 1][0];
    };
    avx512::StoreFourPixels(tile, i, pack(at(0), at(1), at(2), at(3)));
  }
}

// More blocks: a vector has one pixel's results.
template <int kPixels, int kBlocks>
[[gnu::always_inline]] inline void StoreAll(const Tile& tile, const OutputS8& output,
                                            __m512i (&sums)[kPixels][kBlocks]) {
  const avx512::ClampPackerS8 pack(output);
#pragma GCC unroll 12
  for (int i = 0; i < kPixels; ++i) {
    if (i >= tile.pixels) break;
    const __m512i bytes =
        pack(sums[i][0], sums[i][1], sums[i][kBlocks > 2 ? 2 : 1], sums[i][kBlocks > 3 ? 3 : 1]);
    avx512::StorePixel(tile, i, bytes);
  }
}

template <int kPixels, int kBlocks>
void RunTile(const Tile& tile, const OutputS8& output) {
  __m512i sums[kPixels][kBlocks];
#pragma GCC unroll 12
  for (int b = 0; b < kBlocks; ++b) {
    const __m512i bias = _mm512_loadu_si512(tile.blocks[b].bias);
#pragma GCC unroll 12
    for (int i = 0; i < kPixels; ++i) {
      sums[i][b] = bias;
      if (tile.has_starts)
        sums[i][b] =
            _mm512_add_epi32(bias, _mm512_set1_epi32(tile.starts[i < tile.pixels ? i : 0]));
    }
  }
  AddAll(tile, sums);
#pragma GCC unroll 12
  for (int b = 0; b < kBlocks; ++b) RequantizeBlock(tile, output, b, sums);
  StoreAll(tile, output, sums);
}

// The widest that leaves registers for weights and activations; of one block, enough sums that
// none waits for its last product.
constexpr int32_t kTilePixels[kBundleBlocks] = {12, 12, 8, 6};

struct Machine : avx512::RaisedPanel {
  using Registers = NoGemmRegisters;
  static constexpr const char* kName = "avx512vnni";
  static constexpr int32_t kMostPixels = kMostTilePixels;

  [[gnu::always_inline]] static int32_t TilePixels(int32_t blocks, bool) {
    return kTilePixels[blocks < kBundleBlocks ? blocks - 1 : kBundleBlocks - 1];
  }
  static int32_t Sum(const uint8_t* from, std::ptrdiff_t count) {
    __m512i sums = _mm512_setzero_si512();
    const __m512i ones = _mm512_set1_epi8(1);
    for (std::ptrdiff_t left = count; left > 0; left -= kVector, from += kVector)
      AddProducts(sums, _mm512_maskz_loadu_epi8(First(left), from), ones);
    return _mm512_reduce_add_epi32(sums);
  }
  [[gnu::always_inline]] static void Tile(const avx512vnni::Tile& tile, const OutputS8& output) {
    constexpr void (*kOne[])(const avx512vnni::Tile&, const OutputS8&) = {
        RunTile<1, 1>, RunTile<1, 2>, RunTile<1, 3>, RunTile<1, 4>};
    constexpr void (*kMany[])(const avx512vnni::Tile&, const OutputS8&) = {
        RunTile<kTilePixels[0], 1>, RunTile<kTilePixels[1], 2>, RunTile<kTilePixels[2], 3>,
        RunTile<kTilePixels[3], 4>};
    (tile.pixels == 1 ? kOne : kMany)[tile.bundle_blocks - 1](tile, output);
  }
};

}  // namespace

const FilterKernelS8<ConvS8Params> kConvS8 = kGemmKernel<Machine, ConvS8Params>;
const FilterKernelS8<FullyConnectedS8Params> kFullyConnectedS8 =
    kGemmKernel<Machine, FullyConnectedS8Params>;
const FilterKernelS8<TransposeConvS8Params> kTransposeConvS8 =
    kGemmKernel<Machine, TransposeConvS8Params>;

}  // namespace moonlet::avx512vnni
