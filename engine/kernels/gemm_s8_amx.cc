// CONV_2D and TRANSPOSE_CONV of int8 by Intel's AMX: tdpbusd multiplies 16 patches of 64 elements
// with 16 channels. Weights are packed as for AVX-512 VNNI, which is how a tile register wants
// them: a row for each quad, the quads of 16 channels in it.
#include <immintrin.h>

#include <utility>

#include "engine/kernels/gemm_s8_raised.h"
#include "engine/kernels/gemm_s8_walk.h"

namespace moonlet::amx {
namespace {

constexpr int32_t kRows = 16;                         // of a tile register
constexpr std::ptrdiff_t kRowBytes = 64;              // at most
constexpr std::ptrdiff_t kMostQuads = 16;             // of a patch in a row
constexpr int kSums = 0, kPatches = 4, kWeights = 5;  // registers: the sums of four blocks, ...
constexpr int kPatchesEnd = 6, kWeightsEnd = 7;       // and what is left of a run

constexpr int32_t kTilePixels = 128;  // two units of one block

using Tile = GemmTile<uint8_t, kTilePixels>;

// body.operator()<0>() and so on.
template <int kCount, int kFrom = 0, typename Body>
[[gnu::always_inline]] inline void ForEach(const Body& body) {
  if constexpr (kFrom < kCount) {
    body.template operator()<kFrom>();
    ForEach<kCount, kFrom + 1>(body);
  }
}

// Instructions by name: gcc's functions take literal numbers of registers only, and tell it too
// little of what they read.
template <int kRegister>
[[gnu::always_inline]] inline void LoadTile(const void* from, std::ptrdiff_t step) {
  asm volatile("tileloadd (%0,%1,1), %%tmm%c2" : : "r"(from), "r"(step), "n"(kRegister) : "memory");
}
template <int kRegister>
[[gnu::always_inline]] inline void StoreTile(void* to, std::ptrdiff_t step) {
  asm volatile("tilestored %%tmm%c2, (%0,%1,1)" : : "r"(to), "r"(step), "n"(kRegister) : "memory");
}
template <int kTo, int kA, int kB>
[[gnu::always_inline]] inline void AddProducts() {
  asm volatile("tdpbusd %%tmm%c2, %%tmm%c1, %%tmm%c0" : : "n"(kTo), "n"(kA), "n"(kB));
}

// The shapes of the registers, set while a part is computed. Threads have registers of their own.
class Registers {
 public:
  [[gnu::always_inline]] Registers(std::ptrdiff_t run_quads, int32_t pixels) {
    const auto rows = static_cast<uint8_t>(pixels < kRows ? pixels : kRows);
    Shapes shapes = {};
    shapes.palette = 1;
    for (int i = 0; i < kBundleBlocks; ++i) shapes.Set(kSums + i, rows, kRowBytes);
    shapes.Set(kPatches, rows, kRowBytes);
    shapes.Set(kWeights, kRows, kRowBytes);
    const std::ptrdiff_t end = run_quads % kMostQuads;
    if (end > 0) {
      shapes.Set(kPatchesEnd, rows, end * kQuad);
      shapes.Set(kWeightsEnd, static_cast<uint8_t>(end), kRowBytes);
    }
    asm volatile("ldtilecfg %0" : : "m"(shapes));
  }
  [[gnu::always_inline]] ~Registers() { asm volatile("tilerelease"); }
  Registers(const Registers&) = delete;
  Registers& operator=(const Registers&) = delete;

 private:
  struct alignas(64) Shapes {
    uint8_t palette;
    uint8_t start_row;
    uint8_t reserved[14];
    uint16_t row_bytes[16];
    uint8_t rows[16];

    [[gnu::always_inline]] void Set(int i, uint8_t row_count, std::ptrdiff_t bytes) {
      rows[i] = row_count;
      row_bytes[i] = static_cast<uint16_t>(bytes);
    }
  };
};

// Four registers of sums: blocks of so many groups of 16 pixels.
template <int kBlocks>
constexpr int kGroups = kBlocks > 2 ? 1 : 4 / kBlocks;
template <int kBlocks>
constexpr int32_t kUnit = kGroups<kBlocks>* kRows;  // pixels

// In memory: block by block, there pixel by pixel.
struct Sums {
  alignas(64) int32_t of[kBundleBlocks * kRows][kChannelBlock];

  template <int kBlocks>
  [[gnu::always_inline]] int32_t (*Block(int block))[kChannelBlock] {
    return of + block * kUnit<kBlocks>;
  }
};

// Patches from pixel `first` on: as they lie, or copied together.
template <int kRegister>
[[gnu::always_inline]] inline void LoadPatches(const Tile& tile, int32_t first, std::ptrdiff_t at) {
  const uint8_t* const* patches = tile.patches + first;
  const bool even = first + kRows <= tile.pixels &&
                    patches[kRows - 1] - patches[0] == (kRows - 1) * tile.patch_step;
  if (even) {
    LoadTile<kRegister>(patches[0] + at, tile.patch_step);
    return;
  }
  alignas(64) uint8_t rows[kRows][kRowBytes];
#pragma GCC unroll 16
  for (int i = 0; i < kRows; ++i) _mm512_store_si512(rows[i], _mm512_loadu_si512(patches[i] + at));
  LoadTile<kRegister>(rows, kRowBytes);
}

template <int kBlocks, int kA, int kB>
[[gnu::always_inline]] inline void AddChunk(const Tile& tile, int32_t first, std::ptrdiff_t at,
                                            const int8_t* w) {
  constexpr std::ptrdiff_t kStep = kBlocks * kRowBytes;
  ForEach<kGroups<kBlocks>>([&]<int kGroup>() __attribute__((always_inline)) {
    if (first + kGroup * kRows >= tile.pixels) return;
    LoadPatches<kA>(tile, first + kGroup * kRows, at);
    ForEach<kBlocks>([&]<int kBlock>() __attribute__((always_inline)) {
      if (kBlocks > 1 || kGroup == 0) LoadTile<kB>(w + kBlock * kRowBytes, kStep);
      AddProducts<kSums + kBlock * kGroups<kBlocks> + kGroup, kA, kB>();
    });
  });
}

// The sums of a unit's pixels, `first` and those after it.
template <int kBlocks>
[[gnu::always_inline]] inline void AddAll(const Tile& tile, int32_t first, Sums& sums) {
  constexpr std::ptrdiff_t kStep = kBlocks * kRowBytes;
  // A step of 0: each row begins with the biases.
  ForEach<kBlocks * kGroups<kBlocks>>([&]<int k>() __attribute__((always_inline)) {
    LoadTile<kSums + k>(tile.blocks[k / kGroups<kBlocks>].bias, 0);
  });
  const int8_t* w = tile.weights;
  for (int32_t row = 0; row < tile.run_rows; ++row) {
    for (int32_t column = 0; column < tile.run_columns; ++column) {
      std::ptrdiff_t at = row * tile.row_step + column * tile.column_step;
      std::ptrdiff_t quads = tile.run_quads;
      for (; quads >= kMostQuads; quads -= kMostQuads, at += kRowBytes, w += kMostQuads * kStep)
        AddChunk<kBlocks, kPatches, kWeights>(tile, first, at, w);
      if (quads > 0) AddChunk<kBlocks, kPatchesEnd, kWeightsEnd>(tile, first, at, w);
      w += quads * kStep;
    }
  }
  ForEach<kBlocks * kGroups<kBlocks>>([&]<int k>() __attribute__((always_inline)) {
    StoreTile<kSums + k>(sums.of[k * kRows], kRowBytes);
  });
}

// One block: four pixels fill a vector.
template <typename Requantizer>
[[gnu::always_inline]] inline void FinishPixels(const Tile& tile, const OutputS8& output,
                                                int32_t first, int32_t pixels, Sums& sums,
                                                const Requantizer (&requantize)[1]) {
  const avx512::ClampPackerS8 pack(output);
  for (int32_t i = 0; i < pixels; i += 4) {
    const auto at = [&](int k) __attribute__((always_inline)) {
      return requantize[0](_mm512_load_si512(sums.of[i + k]));
    };
    avx512::StoreFourPixels(tile, first + i, pack(at(0), at(1), at(2), at(3)));
  }
}

// Two: a vector has two pixels' results.
template <typename Requantizer>
[[gnu::always_inline]] inline void FinishPixels(const Tile& tile, const OutputS8& output,
                                                int32_t first, int32_t pixels, Sums& sums,
                                                const Requantizer (&requantize)[2]) {
  const avx512::ClampPackerS8 pack(output);
  for (int32_t i = 0; i < pixels; i += 2) {
    const auto at = [&](int block, int k) __attribute__((always_inline)) {
      return requantize[block](_mm512_load_si512(sums.Block<2>(block)[i + k]));
    };
    avx512::StoreTwoPixels(tile, first + i, pack(at(0, 0), at(1, 0), at(0, 1), at(1, 1)));
  }
}

// More: a vector has one pixel's results. Constants of a block serve four pixels.
template <typename Requantizer, int kBlocks>
[[gnu::always_inline]] inline void FinishPixels(const Tile& tile, const OutputS8& output,
                                                int32_t first, int32_t pixels, Sums& sums,
                                                const Requantizer (&requantize)[kBlocks]) {
  const avx512::ClampPackerS8 pack(output);
  for (int32_t i = 0; i < pixels; i += 4) {
    __m512i results[kBlocks][4];
#pragma GCC unroll 4
    for (int b = 0; b < kBlocks; ++b) {
#pragma GCC unroll 4
      for (int k = 0; k < 4; ++k)
        results[b][k] = requantize[b](_mm512_load_si512(sums.Block<kBlocks>(b)[i + k]));
    }
#pragma GCC unroll 4
    for (int k = 0; k < 4; ++k) {
      if (i + k >= pixels) break;
      avx512::StorePixel(
          tile, first + i + k,
          pack(results[0][k], results[1][k], results[2][k], results[kBlocks - 1][k]));
    }
  }
}

template <typename Requantizer, int... kBlock>
[[gnu::always_inline]] inline void FinishAs(const Tile& tile, const OutputS8& output, int32_t first,
                                            Sums& sums, std::integer_sequence<int, kBlock...>) {
  constexpr int kBlocks = sizeof...(kBlock);
  const Requantizer requantize[kBlocks] = {Requantizer(tile.blocks[kBlock], output.zero)...};
  FinishPixels(tile, output, first, GemmLeast(kUnit<kBlocks>, tile.pixels - first), sums,
               requantize);
}

// In the cheapest way that suits all blocks.
template <int kBlocks>
[[gnu::always_inline]] inline void Finish(const Tile& tile, const OutputS8& output, int32_t first,
                                          Sums& sums) {
  constexpr std::make_integer_sequence<int, kBlocks> kEach;
  bool relu = true, right = true;
  for (int b = 0; b < kBlocks; ++b) {
    relu = relu && avx512::ReluRequantizer::Has(tile.blocks[b], output);
    right = right && avx512::RightRequantizer::Has(tile.blocks[b]);
  }
  if (relu) {
    FinishAs<avx512::ReluRequantizer>(tile, output, first, sums, kEach);
  } else if (right) {
    FinishAs<avx512::RightRequantizer>(tile, output, first, sums, kEach);
  } else {
    FinishAs<avx512::Requantizer>(tile, output, first, sums, kEach);
  }
}

// While one unit is finished, the products of the next are under way.
template <int kBlocks>
void RunTile(const Tile& tile, const OutputS8& output) {
  Sums sums[2];
  AddAll<kBlocks>(tile, 0, sums[0]);
  for (int32_t first = 0, next, unit = 0; first < tile.pixels; first = next, unit ^= 1) {
    next = first + kUnit<kBlocks>;
    if (next < tile.pixels) AddAll<kBlocks>(tile, next, sums[unit ^ 1]);
    Finish<kBlocks>(tile, output, first, sums[unit]);
  }
}

struct Machine : avx512::RaisedPanel {
  using Registers = amx::Registers;
  static constexpr const char* kName = "amx";
  static constexpr int32_t kMostPixels = kTilePixels;

  [[gnu::always_inline]] static int32_t TilePixels(int32_t blocks, bool alone) {
    if (alone) return kTilePixels;
    return blocks == 1 ? kUnit<1> : blocks == 2 ? kUnit<2> : kUnit<4>;
  }
  // A filter's zero point is one of a FULLY_CONNECTED.
  static int32_t Sum(const uint8_t*, std::ptrdiff_t) { return 0; }
  [[gnu::always_inline]] static void Tile(const amx::Tile& tile, const OutputS8& output) {
    constexpr void (*kRun[])(const amx::Tile&, const OutputS8&) = {RunTile<1>, RunTile<2>,
                                                                   RunTile<3>, RunTile<4>};
    kRun[tile.bundle_blocks - 1](tile, output);
  }
};

// Multiply-adds for which it is worth while to set the registers up, and to have what follows run
// at the lower clock that processors take for them.
constexpr int64_t kLeastProducts = 400'000;

// Whether a layer is large, and its runs fill enough of a register. Vectors are quicker where not:
// what is prepared and the panels are the same.
bool Pays(const GemmLayer& layer) {
  const GemmPart part = layer.Part(0, 0, 0, 0);
  const GemmRuns runs(part);
  const int64_t outputs =
      int64_t{layer.batches} * part.y.output * part.x.output * part.out_channels;
  const std::ptrdiff_t chunks = (runs.run_quads() + kMostQuads - 1) / kMostQuads;
  return outputs * runs.quads() * kQuad >= kLeastProducts &&
         4 * chunks * runs.rows * runs.columns <= runs.quads() + 8;
}

template <typename Params, const FilterKernelS8<Params>* kTiles,
          const FilterKernelS8<Params>* kVectors>
bool RunBest(const Params& p, const int8_t* input, const LayerS8& layer, int8_t* output,
             Share share, const StopToken& stop) {
  return (Pays(MakeGemmLayer(p)) ? kTiles : kVectors)->run(p, input, layer, output, share, stop);
}

template <typename Params, typename Run>
constexpr FilterKernelS8<Params> WithRun(FilterKernelS8<Params> kernel, Run run) {
  kernel.run = run;
  return kernel;
}

}  // namespace

const FilterKernelS8<ConvS8Params> kConvS8 = kGemmKernel<Machine, ConvS8Params>;
const FilterKernelS8<TransposeConvS8Params> kTransposeConvS8 =
    kGemmKernel<Machine, TransposeConvS8Params>;

constinit const FilterKernelS8<ConvS8Params> kBestConvS8 = WithRun(
    kGemmKernel<Machine, ConvS8Params>, RunBest<ConvS8Params, &kConvS8, &avx512vnni::kConvS8>);
constinit const FilterKernelS8<TransposeConvS8Params> kBestTransposeConvS8 =
    WithRun(kGemmKernel<Machine, TransposeConvS8Params>,
            RunBest<TransposeConvS8Params, &kTransposeConvS8, &avx512vnni::kTransposeConvS8>);

}  // namespace moonlet::amx
