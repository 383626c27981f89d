#include "engine/npu/compiler/mlw_plan.h"

#include <algorithm>
#include <array>
#include <bit>

#include "engine/npu/mlw.h"

namespace moonlet::npu {
namespace {

// Ways to write symbols: six divisors, the same with truncated quotients, uncompressed. The rows
// of the tables have room for sixteen.
constexpr size_t kSymbolModes = 13;
constexpr size_t kPlainMode = 12;
constexpr size_t kRow = 16;
// Ways to write runs: not at all, and four divisors.
constexpr size_t kRunModes = 5;
constexpr size_t kStates = kRunModes * kRow;

// Palettes whose slices are planned. More of them make recorded networks no smaller.
constexpr size_t kCandidates = 4;

constexpr uint32_t kMaxDirectOffset = 31;

constexpr float kNever = 1e9F;
// A header, and half of the last chunks' unary codes, which have no symbols.
constexpr float kSliceBits = 23 + 6;
constexpr float kRunSliceBits = kSliceBits + 5;

using Row = std::array<float, kRow>;
using Costs = std::array<float, kStates>;

MlwMode ModeOf(size_t state) {
  const size_t symbol = state % kRow;
  MlwMode mode;
  mode.uncompressed = symbol == kPlainMode;
  mode.truncated = !mode.uncompressed && symbol >= 6;
  mode.divisor = static_cast<int8_t>(mode.uncompressed ? 0 : symbol % 6);
  mode.run_divisor = static_cast<int8_t>(static_cast<int>(state / kRow) - 1);
  return mode;
}

// Bits of the symbol with this index.
Row SymbolBits(uint32_t index, const MlwPalette& palette) {
  Row row;
  row.fill(kNever);
  if (index == kMlwNoIndex) return row;
  for (uint32_t divisor = 0; divisor < 6; ++divisor) {
    const uint32_t quotient = index >> divisor;
    row[divisor] = static_cast<float>(quotient + 1 + divisor);
    if (quotient < 3) row[6 + divisor] = static_cast<float>(std::min(quotient, 1U) + 1 + divisor);
  }
  const int width = palette.plain_width();
  if (index >> width == 0) row[kPlainMode] = static_cast<float>(width);
  return row;
}

float Least(const Costs& costs) {
  Row least;
  std::copy_n(costs.begin(), kRow, least.begin());
  for (size_t begin = kRow; begin < kStates; begin += kRow)
    for (size_t s = 0; s < kRow; ++s) least[s] = std::min(least[s], costs[begin + s]);
  return *std::ranges::min_element(least);
}

float RunBits(size_t zeros, size_t divisor) {
  return static_cast<float>((zeros >> divisor) + 1 + divisor);
}

// A weight and the zeros behind it; a first one of zeros alone if there are some.
struct Token {
  size_t at;
  size_t zeros;
};

std::vector<Token> Tokens(std::span<const int16_t> weights) {
  std::vector<Token> tokens;
  for (size_t at = 0; at < weights.size();) {
    size_t next = at + 1;
    while (next < weights.size() && weights[next] == 0) ++next;
    tokens.push_back({at, next - at - 1});
    at = next;
  }
  return tokens;
}

// The cheapest way through the tokens, a state for each: a change of state begins a slice.
class SlicePath {
 public:
  SlicePath(std::span<const int16_t> weights, const MlwPalette& palette)
      : weights_(weights), indices_(palette.Indices()) {
    for (uint32_t value = 0; value < kMlwValues; ++value)
      rows_.push_back(SymbolBits(indices_[value], palette));
    tokens_ = Tokens(weights);
  }

  std::vector<MlwSlice> Slices() {
    Costs costs = {};
    from_.resize(tokens_.size());
    for (size_t i = 0; i < tokens_.size(); ++i) Step(i, &costs);
    const auto best = std::min_element(costs.begin(), costs.end());
    if (impossible_ || *best >= kNever) return {};
    return Trace(static_cast<size_t>(best - costs.begin()));
  }

 private:
  void Step(size_t i, Costs* costs) {
    // A run in front of the first weight is of that weight's slice.
    if (i > 0) Change(i > 1 || weights_[0] != 0, &from_[i], costs);
    const Token& token = tokens_[i];
    const auto zeros = static_cast<float>(token.zeros);
    const int16_t weight = weights_[token.at];
    const Row& symbol = rows_[MlwValue(weight)];
    const Row& zero = rows_[0];
    for (size_t s = 0; s < kRow; ++s) (*costs)[s] += symbol[s] + zeros * zero[s];
    // The stream's first zeros are a run before its first symbol. Where there are runs, zero is no
    // symbol: without any weight there are none.
    const bool first_run = weight == 0 && tokens_.size() > 1;
    for (size_t run = 1; run < kRunModes; ++run) {
      const float bits =
          weight == 0 && !first_run ? kNever : RunBits(token.zeros + (first_run ? 1 : 0), run - 1);
      float* row = costs->data() + run * kRow;
      for (size_t s = 0; s < kRow; ++s) row[s] += bits + (first_run ? 0 : symbol[s]);
    }
  }

  // The state that each state's cost comes from: its own, or the best and a new slice.
  void Change(bool allowed, std::array<uint8_t, kStates>* from, Costs* costs) {
    const float best = Least(*costs);
    const auto best_state =
        static_cast<uint8_t>(std::find(costs->begin(), costs->end(), best) - costs->begin());
    impossible_ = impossible_ || best >= kNever;
    for (size_t s = 0; s < kStates; ++s) {
      // Costs stay small, and so exact.
      const float changed = !allowed ? kNever : s < kRow ? kSliceBits : kRunSliceBits;
      const float same = (*costs)[s] - best;
      (*costs)[s] = std::min(same, changed);
      (*from)[s] = same <= changed ? static_cast<uint8_t>(s) : best_state;
    }
  }

  std::vector<MlwSlice> Trace(size_t state) const {
    std::vector<MlwSlice> slices;
    size_t end = weights_.size();
    for (size_t i = tokens_.size(); i-- > 0;) {
      const size_t before = i > 0 ? from_[i][state] : state;
      if (i > 0 && before == state) continue;
      slices.push_back({tokens_[i].at, end, ModeOf(state)});
      end = tokens_[i].at;
      state = before;
    }
    std::reverse(slices.begin(), slices.end());
    return slices;
  }

  std::span<const int16_t> weights_;
  std::vector<uint32_t> indices_;
  std::vector<Row> rows_;
  std::vector<Token> tokens_;
  std::vector<std::array<uint8_t, kStates>> from_;
  bool impossible_ = false;
};

// Cuts slices of too many symbols, those with runs at symbols.
std::vector<MlwSlice> Cut(std::span<const int16_t> weights, const std::vector<MlwSlice>& slices) {
  std::vector<MlwSlice> cut;
  for (const MlwSlice& slice : slices) {
    MlwSlice part = slice;
    size_t symbols = 0;
    for (size_t at = slice.begin; at < slice.end; ++at) {
      if (slice.mode.has_runs() && weights[at] == 0 && at > part.begin) continue;
      if (symbols++ < kMaxMlwSymbols) continue;
      part.end = at;
      cut.push_back(part);
      part.begin = at;
      part.end = slice.end;
      symbols = 1;
    }
    cut.push_back(part);
  }
  return cut;
}

// The values that weights have, the most frequent ones first.
class ValuesByCount {
 public:
  ValuesByCount(std::span<const int16_t> weights, bool zeros) {
    std::array<size_t, kMlwValues> counts = {};
    for (const int16_t weight : weights) ++counts[MlwValue(weight)];
    for (uint32_t value = zeros ? 0 : 1; value < kMlwValues; ++value)
      if (counts[value] > 0) values_.push_back(value);
    std::ranges::stable_sort(values_,
                             [&](uint32_t a, uint32_t b) { return counts[a] > counts[b]; });
  }
  size_t size() const { return values_.size(); }

  // Of the most frequent ones; the others have indices behind it.
  MlwPalette Palette(size_t size) const {
    const auto end = values_.begin() + static_cast<ptrdiff_t>(std::min(size, values_.size()));
    MlwPalette palette;
    palette.entries.assign(values_.begin(), end);
    // The stream has no palette of one entry.
    if (palette.entries.size() == 1) palette.entries.push_back(values_[0]);
    uint32_t first = kMaxDirectOffset, last = 0;
    for (auto value = end; value != values_.end(); ++value) {
      first = std::min(first, *value);
      last = std::max(last, *value);
    }
    palette.direct_offset = first;
    uint32_t widest = last > first ? last - first : 0;
    if (!palette.entries.empty()) widest = std::ranges::max(palette.entries);
    palette.bits = std::max(2, static_cast<int>(std::bit_width(widest)));
    return palette;
  }

 private:
  std::vector<uint32_t> values_;
};

struct RankedPalette {
  float bits;
  MlwPalette palette;
};

// Bits of all symbols and runs in the best one of modes, a palette as it is.
class ModeCosts {
 public:
  explicit ModeCosts(std::span<const int16_t> weights) {
    for (const int16_t weight : weights) ++values_[MlwValue(weight)];
    for (const Token& token : Tokens(weights))
      for (size_t run = 1; run < kRunModes; ++run) runs_[run] += RunBits(token.zeros, run - 1);
  }
  float Of(const MlwPalette& palette) const {
    const std::vector<uint32_t> indices = palette.Indices();
    Row symbols = {}, zeros = {};
    for (uint32_t value = 0; value < kMlwValues; ++value) {
      if (values_[value] == 0) continue;
      const Row bits = SymbolBits(indices[value], palette);
      for (size_t s = 0; s < kRow; ++s)
        (value == 0 ? zeros : symbols)[s] += static_cast<float>(values_[value]) * bits[s];
    }
    float best = kNever;
    for (size_t s = 0; s < kSymbolModes; ++s) best = std::min(best, symbols[s] + zeros[s]);
    for (size_t run = 1; run < kRunModes; ++run)
      best = std::min(best, *std::ranges::min_element(symbols) + runs_[run]);
    return best + static_cast<float>(palette.bits) * static_cast<float>(palette.entries.size());
  }

 private:
  std::array<size_t, kMlwValues> values_ = {};
  std::array<float, kRunModes> runs_ = {};
};

}  // namespace

uint32_t MlwValue(int16_t weight) {
  return weight < 0 ? static_cast<uint32_t>(-2 * weight + 1) : static_cast<uint32_t>(2 * weight);
}

int MlwPalette::plain_width() const {
  return entries.empty() ? bits : static_cast<int>(std::bit_width(entries.size() - 1));
}

std::vector<uint32_t> MlwPalette::Indices() const {
  std::vector<uint32_t> indices(kMlwValues, kMlwNoIndex);
  const auto size = static_cast<uint32_t>(entries.size());
  for (uint32_t value = direct_offset; value < kMlwValues; ++value)
    indices[value] = value - direct_offset + size;
  for (uint32_t i = size; i-- > 0;) indices[entries[i]] = i;
  return indices;
}

std::vector<MlwPalette> CandidatePalettes(std::span<const int16_t> weights) {
  const ModeCosts costs(weights);
  std::vector<RankedPalette> ranked;
  // With zeros as symbols, and with zeros in runs alone.
  for (const bool zeros : {true, false}) {
    const ValuesByCount values(weights, zeros);
    for (const size_t size : {0, 2, 3, 4, 6, 8, 12, 16, 20, 24, 28, 32}) {
      MlwPalette palette = values.Palette(size);
      const float bits = costs.Of(palette);
      ranked.push_back({bits, std::move(palette)});
      if (size >= values.size()) break;
    }
  }
  std::ranges::stable_sort(ranked, {}, &RankedPalette::bits);
  ranked.resize(std::min(ranked.size(), kCandidates));
  std::vector<MlwPalette> palettes;
  for (RankedPalette& candidate : ranked) palettes.push_back(std::move(candidate.palette));
  return palettes;
}

std::vector<MlwSlice> PlanSlices(std::span<const int16_t> weights, const MlwPalette& palette) {
  return Cut(weights, SlicePath(weights, palette).Slices());
}

}  // namespace moonlet::npu
