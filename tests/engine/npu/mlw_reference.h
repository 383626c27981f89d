// tests/engine/npu/mlw_reference.h - weight streams read the plain way: bit by bit, a slice's
// symbols collected first. It defines what MlwReader gives.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

namespace moonlet::npu::testing {

class PlainMlw {
 public:
  explicit PlainMlw(std::span<const uint8_t> bytes) : bytes_(bytes) {}

  // Whether the stream is well formed; the weights are in `weights` then. Stops at `limit`.
  bool Read(size_t limit) {
    bool fresh = true;
    while (left() >= 3 && weights.size() < limit) {
      const uint32_t run_code = Field(3);
      if (run_code == 7) {
        while (at_ % 8 != 0) ++at_;
        fresh = true;
        continue;
      }
      if (!ReadSlice(run_code, fresh)) return false;
      fresh = false;
    }
    return true;
  }

  size_t position() const { return static_cast<size_t>(at_); }  // in bits

  std::vector<int16_t> weights;
  int slices = 0;
  int uncompressed = 0, truncated = 0, with_runs = 0, palettes = 0, without_palette = 0;

 private:
  int64_t left() const { return static_cast<int64_t>(bytes_.size() * 8) - at_; }
  uint32_t Field(int bits) {
    uint32_t value = 0;
    for (int i = 0; i < bits; ++i, ++at_) {
      const auto byte = static_cast<size_t>(at_ / 8);
      if (byte < bytes_.size()) value |= static_cast<uint32_t>(bytes_[byte] >> at_ % 8 & 1) << i;
    }
    return value;
  }

  bool ReadSlice(uint32_t run_code, bool fresh) {
    if (run_code == 4 || run_code == 5) return false;
    const bool has_runs = run_code < 4;
    const size_t count = Field(15) + 1;
    const uint32_t weight_code = Field(3);
    if (weight_code == 6) return false;
    const bool truncate = Field(1) != 0;
    const bool new_palette = Field(1) != 0;
    if (fresh && !new_palette) return false;
    if (new_palette) ReadPalette();
    if (left() < 0) return false;
    std::vector<uint32_t> symbols, runs;
    const size_t run_count = has_runs ? count + (new_palette ? 1 : 0) : 0;
    if (!ReadSymbols(count, weight_code, truncate, run_count, run_code, &symbols, &runs))
      return false;
    size_t run = 0;
    if (has_runs && new_palette) weights.insert(weights.end(), runs[run++], 0);
    for (const uint32_t symbol : symbols) {
      int16_t weight;
      if (!WeightOf(symbol, &weight)) return false;
      weights.push_back(weight);
      if (has_runs) weights.insert(weights.end(), runs[run++], 0);
    }
    ++slices;
    uncompressed += weight_code == 7 ? 1 : 0;
    truncated += truncate && weight_code != 7 ? 1 : 0;
    with_runs += has_runs ? 1 : 0;
    (new_palette ? palettes : without_palette) += 1;
    return true;
  }

  void ReadPalette() {
    offset_ = Field(5);
    const uint32_t size = Field(5);
    entry_bits_ = static_cast<int>(Field(3)) + 2;
    palette_.assign(size > 0 ? size + 1 : 0, 0);
    for (uint32_t& entry : palette_) entry = Field(entry_bits_);
  }

  bool WeightOf(uint32_t index, int16_t* weight) const {
    const uint32_t value = index < palette_.size()
                               ? palette_[index]
                               : index - static_cast<uint32_t>(palette_.size()) + offset_;
    if (value > 511) return false;
    *weight = static_cast<int16_t>((value & 1) != 0 ? -static_cast<int>(value / 2)
                                                    : static_cast<int>(value / 2));
    return true;
  }

  int PlainWidth() const {
    if (palette_.empty()) return entry_bits_;
    int width = 0;
    while (1U << width < palette_.size()) ++width;
    return width;
  }

  bool ReadSymbols(size_t count, uint32_t weight_code, bool truncate, size_t run_count,
                   uint32_t run_code, std::vector<uint32_t>* symbols, std::vector<uint32_t>* runs) {
    const bool plain = weight_code == 7;
    const int divisor = plain ? PlainWidth() : static_cast<int>(weight_code);
    std::vector<uint32_t> owed, owed_runs;
    int64_t parsed = 0, parsed_runs = 0;
    uint32_t sum = 0, run_sum = 0;
    for (;;) {
      const int64_t balance = run_count > 0 ? parsed - parsed_runs : 0;
      const bool some = balance < 8 && parsed < static_cast<int64_t>(count);
      const bool some_runs = balance >= 0 && parsed_runs < static_cast<int64_t>(run_count);
      if (!some && !some_runs && owed.empty() && owed_runs.empty()) return true;
      const uint32_t first = some && !plain ? Field(12) : 0;
      const int run_width = run_code == 3 ? 8 : 12;
      const uint32_t run_bits = some_runs ? Field(run_width) : 0;
      int ones = 0;
      for (int i = 0; i < 12; ++i) ones += static_cast<int>(first >> i & 1);
      uint32_t second = Field(ones);
      for (const uint32_t quotient : owed)
        symbols->push_back((quotient << divisor) + Field(divisor));
      for (const uint32_t quotient : owed_runs)
        runs->push_back((quotient << run_code) + Field(static_cast<int>(run_code)));
      owed.clear();
      owed_runs.clear();
      if (some) {
        const int positions = plain && divisor > 5 ? 8 : 12;
        for (int i = 0; i < positions; ++i) {
          uint32_t code = 0;
          if ((first >> i & 1) != 0) {
            code = 1 + (second & 1);
            second >>= 1;
          }
          sum += code;
          if (!plain && code == 2 && !truncate) continue;
          if (parsed++ < static_cast<int64_t>(count)) owed.push_back(sum);
          sum = 0;
        }
      }
      if (some_runs) {
        for (int i = 0; i < run_width; ++i) {
          if ((run_bits >> i & 1) != 0) {
            ++run_sum;
            continue;
          }
          if (parsed_runs++ < static_cast<int64_t>(run_count)) owed_runs.push_back(run_sum);
          run_sum = 0;
        }
      }
      if (left() < 0) return false;
    }
  }

  std::span<const uint8_t> bytes_;
  int64_t at_ = 0;
  std::vector<uint32_t> palette_;
  uint32_t offset_ = 0;
  int entry_bits_ = 2;
};

}  // namespace moonlet::npu::testing
