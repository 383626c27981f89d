// tests/engine/npu/mlw_fields.h - weight streams made by hand.
#pragma once
#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <vector>

namespace moonlet::npu::testing {

// A stream written field by field.
class MlwFields {
 public:
  MlwFields& Put(uint32_t value, int bits) {
    for (int i = 0; i < bits; ++i, ++count_) {
      if (count_ % 8 == 0) bytes_.push_back(0);
      bytes_.back() = static_cast<uint8_t>(bytes_.back() | (value >> i & 1) << count_ % 8);
    }
    return *this;
  }
  MlwFields& Header(uint32_t run_code, uint32_t symbols, uint32_t weight_code,
                    bool truncated = false, bool palette = false) {
    return Put(run_code, 3)
        .Put(symbols - 1, 15)
        .Put(weight_code, 3)
        .Put(truncated, 1)
        .Put(palette, 1);
  }
  // The entries are as the stream has them: sign below the magnitude.
  MlwFields& Palette(uint32_t offset, int bits, std::initializer_list<uint32_t> entries = {}) {
    const auto size = static_cast<uint32_t>(entries.size());
    Put(offset, 5).Put(size > 0 ? size - 1 : 0, 5).Put(static_cast<uint32_t>(bits - 2), 3);
    for (const uint32_t entry : entries) Put(entry, bits);
    return *this;
  }
  // Twelve bits of unary code, in the stream's order.
  MlwFields& Unary(std::initializer_list<uint32_t> bits, int width = 12) {
    int left = width;
    for (const uint32_t bit : bits) {
      Put(bit, 1);
      --left;
    }
    return Put(0, left);
  }
  MlwFields& Marker() {
    Put(7, 3);
    while (count_ % 8 != 0) Put(1, 1);
    return *this;
  }
  // Ended by a marker and padded.
  std::vector<uint8_t> Stream() const {
    MlwFields copy = *this;
    copy.Marker();
    while (copy.bytes_.size() % 16 != 0) copy.bytes_.push_back(0xFF);
    return copy.bytes_;
  }
  std::vector<uint8_t> Raw() const { return bytes_; }

 private:
  std::vector<uint8_t> bytes_;
  int count_ = 0;
};

// The weights as they are, in 9 bits each.
inline std::vector<uint8_t> UncompressedMlw(std::span<const int16_t> weights) {
  constexpr size_t kMaxSymbols = 32768;
  MlwFields fields;
  for (size_t begin = 0; begin < weights.size(); begin += kMaxSymbols) {
    const size_t count = std::min(kMaxSymbols, weights.size() - begin);
    fields.Header(6, static_cast<uint32_t>(count), 7, false, begin == 0);
    if (begin == 0) fields.Palette(0, 9);
    for (const int16_t weight : weights.subspan(begin, count)) {
      const uint32_t magnitude = static_cast<uint32_t>(weight < 0 ? -weight : weight);
      fields.Put(magnitude << 1 | (weight < 0 ? 1 : 0), 9);
    }
  }
  return fields.Stream();
}

}  // namespace moonlet::npu::testing
