#include "engine/ml/ranks.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace moonlet::ml {
namespace {

constexpr int kDigitBits = 8;
constexpr Index kFewSamples = 32;  // are sorted by insertion

// An unsigned number whose order is that of the value. -0 is 0.
uint32_t Ordered(const Samples& x, Index row, Index feature) {
  const Index at = row * x.width + feature;
  if (x.integers != nullptr) return static_cast<uint32_t>(x.integers[at] + 0x8000);
  const auto bits = std::bit_cast<uint32_t>(x.data[at] + 0.0f);
  return (bits & 0x80000000u) != 0 ? ~bits : bits | 0x80000000u;
}

void SortByInsertion(uint64_t* keys, Index count) {
  for (Index i = 1; i < count; ++i) {
    const uint64_t key = keys[i];
    Index j = i;
    for (; j > 0 && Ranks::RankOf(keys[j - 1]) > Ranks::RankOf(key); --j) keys[j] = keys[j - 1];
    keys[j] = key;
  }
}

// By the upper halves, stable, from digit to digit. Gives where the sorted keys are: in `keys` or
// in `other`.
const uint64_t* SortByRadix(uint64_t* keys, uint64_t* other, Index count, uint32_t most) {
  const int bits = std::bit_width(most);
  const int passes = (bits + kDigitBits - 1) / kDigitBits;
  const int digit = (bits + passes - 1) / passes;
  for (int pass = 0; pass < passes; ++pass) {
    const int shift = 32 + pass * digit;
    const uint64_t mask = (uint64_t{1} << digit) - 1;
    uint32_t places[1 << kDigitBits] = {};
    for (Index i = 0; i < count; ++i) ++places[keys[i] >> shift & mask];
    uint32_t place = 0;
    for (uint64_t d = 0; d <= mask; ++d) place += std::exchange(places[d], place);
    for (Index i = 0; i < count; ++i) other[places[keys[i] >> shift & mask]++] = keys[i];
    std::swap(keys, other);
  }
  return keys;
}

}  // namespace

Ranks::Ranks(const Work& work, const Samples& x, bool needed)
    : work_(work),
      x_(x),
      ranks_(work.memory, needed ? x.count : 0, x.width),
      keys_(work.memory, needed ? x.count : 0),
      other_(work.memory, needed ? x.count : 0) {}

Status Ranks::Prepare() {
  if (!ranks_.ok()) return ranks_.Refusal();
  if (!keys_.ok()) return keys_.Refusal();
  if (!other_.ok()) return other_.Refusal();
  for (Index j = 0; j < x_.width; ++j) {
    if (Status s = work_.Poll(); !s.ok()) return s;
    for (Index i = 0; i < x_.count; ++i)
      keys_[i] = static_cast<uint64_t>(Ordered(x_, i, j)) << 32 | static_cast<uint64_t>(i);
    const uint64_t* sorted = SortByRadix(keys_.data(), other_.data(), x_.count, UINT32_MAX);
    uint32_t* ranks = ranks_.data() + j * x_.count;
    uint32_t rank = 0;
    for (Index i = 0; i < x_.count; ++i) {
      if (i > 0 && RankOf(sorted[i]) != RankOf(sorted[i - 1])) ++rank;
      ranks[SampleOf(sorted[i])] = rank;
    }
  }
  return {};
}

const uint64_t* Ranks::Sort(Index feature, const int32_t* samples, Index count) {
  const uint32_t* ranks = ranks_.data() + feature * x_.count;
  uint32_t least = UINT32_MAX, most = 0;
  for (Index i = 0; i < count; ++i) {
    const uint32_t rank = ranks[samples[i]];
    least = std::min(least, rank);
    most = std::max(most, rank);
  }
  if (least >= most) return nullptr;
  for (Index i = 0; i < count; ++i)
    keys_[i] =
        static_cast<uint64_t>(ranks[samples[i]] - least) << 32 | static_cast<uint64_t>(samples[i]);
  if (count > kFewSamples) return SortByRadix(keys_.data(), other_.data(), count, most - least);
  SortByInsertion(keys_.data(), count);
  return keys_.data();
}

}  // namespace moonlet::ml
