// Inputs stay in registers while the filters of all channels pass by: of the products of two
// pixels with 64 bytes of filter, which are eight instructions, six are loads.
#if defined(__ARM_FEATURE_MVE)
#include "engine/kernels/dot_helium.h"

#include <arm_mve.h>

#include <algorithm>
#include <array>
#include <utility>

#include "engine/kernels/each_constant.h"

namespace moonlet::mve {
namespace {

constexpr int32_t kChunk = 16;  // bytes of a vector

// Single instructions in the order written: the compiler's own order of loads and products
// needs more registers than there are.
using Bytes = int8_t[kChunk];
[[gnu::always_inline]] inline int8x16_t LoadNext(const int8_t*& at) {
  int8x16_t v;
  asm volatile("vldrb.8 %q0, [%1], #16"
               : "=w"(v), "+r"(at)
               : "m"(*reinterpret_cast<const Bytes*>(at)));
  return v;
}
template <int kOffset>
[[gnu::always_inline]] inline int8x16_t LoadAt(const int8_t* base) {
  int8x16_t v;
  asm volatile("vldrb.8 %q0, [%1, %2]"
               : "=w"(v)
               : "r"(base), "i"(kOffset), "m"(*reinterpret_cast<const Bytes*>(base + kOffset)));
  return v;
}
[[gnu::always_inline]] inline int32_t Product(int8x16_t a, int8x16_t b) {
  int32_t sum;
  asm volatile("vmladav.s8 %0, %q1, %q2" : "=Te"(sum) : "w"(a), "w"(b));
  return sum;
}
[[gnu::always_inline]] inline void AddProduct(int32_t& sum, int8x16_t a, int8x16_t b) {
  asm volatile("vmladava.s8 %0, %q1, %q2" : "+Te"(sum) : "w"(a), "w"(b));
}

// How a block's filters lie, besides the chunks one after another.
enum class Layout : uint8_t {
  kTight,  // the next filter follows the last chunk
  kTail,   // the last chunk ends where the filter does and the next begins
  kApart,  // the next filter is further away
  kShort,  // a filter has less than a chunk
};

// What a block multiplies: chunks of each x[p] from `begin` on, with filters from `at` on.
struct BlockInputs {
  const int8_t* const* x;
  std::ptrdiff_t begin;
  std::ptrdiff_t last;    // kTail: where the last chunk begins
  std::ptrdiff_t zeroed;  // lanes that count as zero, because other chunks have them: the first
                          // of the last chunk with kTail, of the first chunk with kApart
};
struct Filters {
  const int8_t* at;
  std::ptrdiff_t step;  // kTail: from where the last chunk would be to where it is;
                        // kApart: from behind the last chunk to the next filter;
                        // kShort: from filter to filter
  mve_pred16_t live;    // kShort: its lanes
};

// Of the inputs' chunks, those in registers; others are loaded again for each filter.
constexpr int ChunksHeld(int pixels, int chunks) {
  return pixels * chunks > 7 ? 6 : pixels * chunks;
}

// The products of kPixels inputs with a filter after another.
template <int kPixels, int kChunks, Layout kLayout>
struct BlockProducts {
  int8x16_t held[kPixels][kChunks];
  const int8_t* x;

  [[gnu::always_inline]] BlockProducts(const BlockInputs& inputs, mve_pred16_t live) {
    const mve_pred16_t zeroed = vctp8q(static_cast<uint32_t>(inputs.zeroed));
    Each<kPixels>([&](auto p) __attribute__((always_inline)) {
      Each<kChunks>([&](auto i) __attribute__((always_inline)) {
        constexpr bool kIsTail = kLayout == Layout::kTail && i == kChunks - 1;
        if constexpr (IsHeld(p, i)) {
          const int8_t* at = inputs.x[p] + (kIsTail ? inputs.last : inputs.begin + kChunk * i);
          int8x16_t v = kLayout == Layout::kShort ? vldrbq_z_s8(at, live) : vldrbq_s8(at);
          if constexpr (kIsTail || (kLayout == Layout::kApart && i == 0))
            v = vpselq_s8(vdupq_n_s8(0), v, zeroed);
          held[p][i] = v;
        }
      });
    });
    x = inputs.x[kPixels - 1] + inputs.begin;
  }

  static constexpr bool IsHeld(int p, int i) {
    return p * kChunks + i < ChunksHeld(kPixels, kChunks);
  }

  template <bool kAdd>
  [[gnu::always_inline]] void With(Filters& filters, int32_t (&sums)[kPixels]) const {
    Each<kChunks>([&](auto i) __attribute__((always_inline)) {
      if constexpr (kLayout == Layout::kTail && i == kChunks - 1) filters.at += filters.step;
      const int8x16_t w = Load(filters);
      Each<kPixels>([&](auto p) __attribute__((always_inline)) {
        const int8x16_t in = Input<p, i>();
        if constexpr (kAdd || i > 0) {
          AddProduct(sums[p], in, w);
        } else {
          sums[p] = Product(in, w);
        }
      });
    });
    if constexpr (kLayout == Layout::kApart || kLayout == Layout::kShort)
      filters.at += filters.step;
  }

 private:
  static int8x16_t Load(Filters& filters) {
    if constexpr (kLayout == Layout::kShort) {
      return vldrbq_z_s8(filters.at, filters.live);
    } else {
      return LoadNext(filters.at);
    }
  }
  template <int p, int i>
  [[gnu::always_inline]] int8x16_t Input() const {
    if constexpr (IsHeld(p, i)) {
      return held[p][i];
    } else {
      return LoadAt<kChunk * i>(x);
    }
  }
};

// sums[c * kPixels + p] = or, with kAdd, += the product of input p with filter c.
template <int kPixels, int kChunks, Layout kLayout, bool kAdd>
void MultiplyBlock(const BlockInputs& inputs, Filters filters, int32_t channels, int32_t* sums) {
  const BlockProducts<kPixels, kChunks, kLayout> products(inputs, filters.live);
  const auto load = [&](int32_t(&s)[kPixels], int c) __attribute__((always_inline)) {
    if constexpr (kAdd) {
      Each<kPixels>([&](auto p) __attribute__((always_inline)) { s[p] = sums[c * kPixels + p]; });
    }
  };
  const auto store = [&](const int32_t(&s)[kPixels], int c) __attribute__((always_inline)) {
    Each<kPixels>([&](auto p) __attribute__((always_inline)) { sums[c * kPixels + p] = s[p]; });
  };
  for (int32_t pairs = channels / 2; pairs > 0; --pairs) {
    int32_t a[kPixels], b[kPixels];
    load(a, 0);
    if constexpr (kPixels == 1) {  // one store of two sums
      load(b, 1);
      products.template With<kAdd>(filters, a);
    } else {
      products.template With<kAdd>(filters, a);
      store(a, 0);
      load(b, 1);
    }
    products.template With<kAdd>(filters, b);
    if constexpr (kPixels == 1) store(a, 0);
    store(b, 1);
    sums += 2 * kPixels;
  }
  if (channels % 2 != 0) {
    int32_t a[kPixels];
    load(a, 0);
    products.template With<kAdd>(filters, a);
    store(a, 0);
  }
}

// Chunks up to which inputs are taken as one block, and how many blocks have otherwise.
constexpr int kMostChunks[] = {0, 7, 4, 0, 1};
constexpr int kBlockChunks[] = {0, 7, 3, 0, 1};

using MultiplyBlockFunction = void (*)(const BlockInputs&, Filters, int32_t, int32_t*);

template <int kPixels, Layout kLayout, bool kAdd>
MultiplyBlockFunction BlockFunction(int32_t chunks) {
  constexpr int kMost = kLayout == Layout::kTight ? kMostChunks[kPixels] : kBlockChunks[kPixels];
  static constexpr auto kFunctions = []<int... I>(std::integer_sequence<int, I...>) {
    return std::array<MultiplyBlockFunction, sizeof...(I)>{
        MultiplyBlock<kPixels, I + 1, kLayout, kAdd>...};
  }
  (std::make_integer_sequence<int, kMost>());
  return kFunctions[static_cast<size_t>(chunks - 1)];
}

// Deep filters, a few chunks at a time; the last block overlaps the one before where the depth
// is no multiple of a chunk.
template <int kPixels>
void MultiplyInBlocks(const LayerPart& part, const int8_t* weights, const int8_t* const* x,
                      int32_t channels, int32_t* sums) {
  auto left = static_cast<int32_t>((part.depth + kChunk - 1) / kChunk);
  int32_t blocks = (left + kBlockChunks[kPixels] - 1) / kBlockChunks[kPixels];
  if (part.depth % kChunk != 0) blocks = std::max<int32_t>(blocks, 2);
  std::ptrdiff_t fresh = 0;
  for (; blocks > 0; --blocks) {
    const int32_t chunks = (left + blocks - 1) / blocks;
    const std::ptrdiff_t begin = std::min<std::ptrdiff_t>(fresh, part.depth - kChunk * chunks);
    const auto multiply = fresh == 0 ? BlockFunction<kPixels, Layout::kApart, false>(chunks)
                                     : BlockFunction<kPixels, Layout::kApart, true>(chunks);
    multiply({x, begin, 0, fresh - begin}, {weights + begin, part.stride - kChunk * chunks, 0},
             channels, sums);
    left -= chunks;
    fresh = begin + kChunk * chunks;
  }
}

// sums[c * kPixels + p] = product of x[p] with the filter of channel c at `weights`.
template <int kPixels>
void Multiply(const LayerPart& part, const int8_t* weights, const int8_t* const* x,
              int32_t channels, int32_t* sums) {
  const std::ptrdiff_t depth = part.depth;
  const auto chunks = static_cast<int32_t>((depth + kChunk - 1) / kChunk);
  const std::ptrdiff_t over = kChunk * chunks - depth;
  if (depth < kChunk) {
    const mve_pred16_t live = vctp8q(static_cast<uint32_t>(depth));
    MultiplyBlock<kPixels, 1, Layout::kShort, false>({x, 0, 0, 0}, {weights, part.stride, live},
                                                     channels, sums);
  } else if (part.stride == depth && over == 0 && chunks <= kMostChunks[kPixels]) {
    BlockFunction<kPixels, Layout::kTight, false>(chunks)({x, 0, 0, 0}, {weights, 0, 0}, channels,
                                                          sums);
  } else if (part.stride == depth && chunks <= kBlockChunks[kPixels]) {
    BlockFunction<kPixels, Layout::kTail, false>(chunks)({x, 0, depth - kChunk, over},
                                                         {weights, -over, 0}, channels, sums);
  } else {
    MultiplyInBlocks<kPixels>(part, weights, x, channels, sums);
  }
}

// Where sums are kept, with what the last step of four channels may read beyond.
constexpr int32_t kSums = 240;

template <int kPixels>
void Finish(const LayerPart& part, const int8_t* const* x, const int32_t* terms, int8_t* out,
            std::ptrdiff_t stride) {
  int32_t sums[kSums + 16];
  for (int32_t c = 0; c < part.channels; c += kSums / kPixels) {
    const int32_t count = std::min(kSums / kPixels, part.channels - c);
    Multiply<kPixels>(part, part.weights + c * part.stride, x, count, sums);
    for (int32_t i = 0; terms != nullptr && i < count * kPixels; ++i)
      sums[i] = WrapAdd(sums[i], terms[i % kPixels]);
    part.requantizer.Finish(sums, kPixels, part.first + c, count, out + c, stride);
  }
}

}  // namespace

void FinishPixels(const LayerPart& part, const int8_t* const* x, int32_t pixels,
                  const int32_t* terms, int8_t* out, std::ptrdiff_t stride) {
  switch (pixels) {
    case 1:
      return Finish<1>(part, x, terms, out, stride);
    case 2:
      return Finish<2>(part, x, terms, out, stride);
    default:
      return Finish<4>(part, x, terms, out, stride);
  }
}

}  // namespace moonlet::mve
#endif
