#include "engine/kernels/decode.h"

#include <cstring>
#include <limits>

#include "engine/kernels/work_meter.h"

namespace moonlet {
namespace {

constexpr int64_t kDecodedWork = 8;  // of an element, in multiply-adds

// Zeros follow the last bit.
class BitStream {
 public:
  BitStream(const uint8_t* data, uint32_t bytes) : data_(data), bits_(uint64_t{bytes} * 8) {}

  // Requires n <= 16.
  uint32_t Read(uint32_t n) {
    uint32_t value = 0;
    for (uint64_t at = at_; at < at_ + n; ++at)
      value = value << 1 | (at < bits_ ? data_[at / 8] >> (7 - at % 8) & 1u : 0u);
    at_ += n;
    return value;
  }
  void PutBack(uint32_t n) { at_ -= n; }
  // Read beyond the last bit.
  bool overrun() const { return at_ > bits_; }

 private:
  const uint8_t* data_;
  uint64_t bits_;
  uint64_t at_ = 0;
};

}  // namespace

DecodeEnd DecodeByTable(const DecodeParams& p, const uint8_t* codes, const uint8_t* table,
                        uint8_t* output, const StopToken& stop) {
  WorkMeter meter(stop);
  BitStream stream(codes, p.code_bytes);
  const uint32_t entries = p.table_bytes / p.element_bytes;
  for (uint32_t i = 0; i < p.elements; ++i) {
    if (!meter.Spend(kDecodedWork)) return DecodeEnd::kStopped;
    const uint32_t channel = i / p.run % p.channels;
    const uint64_t entry = uint64_t{channel} * p.stride + stream.Read(p.bits);
    if (stream.overrun() || entry >= entries) return DecodeEnd::kDamaged;
    if (output == nullptr) continue;
    std::memcpy(output, table + entry * p.element_bytes, p.element_bytes);
    output += p.element_bytes;
  }
  return DecodeEnd::kDone;
}

DecodeEnd DecodeByMask(const DecodeParams& p, const uint8_t* codes, const uint8_t* table,
                       const uint8_t* zeros, uint8_t* output, const StopToken& stop) {
  WorkMeter meter(stop);
  BitStream stream(codes, p.code_bytes);
  uint32_t values = p.table_bytes / p.element_bytes;
  for (uint32_t i = 0; i < p.elements; ++i) {
    if (!meter.Spend(kDecodedWork)) return DecodeEnd::kStopped;
    const bool pass = stream.Read(1) != 0;
    if (stream.overrun() || (pass && values == 0)) return DecodeEnd::kDamaged;
    if (pass) --values;
    if (output == nullptr) continue;
    if (pass) {
      std::memcpy(output, table, p.element_bytes);
      table += p.element_bytes;
    } else {
      std::memset(output, p.element_bytes == 1 ? zeros[i / p.run % p.channels] : 0,
                  p.element_bytes);
    }
    output += p.element_bytes;
  }
  return DecodeEnd::kDone;
}

template <typename Entry, typename T>
DecodeEnd DecodeByPrefix(const DecodeParams& p, const uint8_t* codes, Unaligned<Entry> table,
                         T* output, const StopToken& stop) {
  constexpr int kRest = std::numeric_limits<Entry>::digits - 5;  // bits below flag and count
  WorkMeter meter(stop);
  BitStream stream(codes, p.code_bytes);
  const uint64_t entries = p.table_bytes / sizeof(Entry);
  for (uint32_t i = 0; i < p.elements; ++i) {
    uint32_t bits = p.bits;
    uint64_t index = stream.Read(bits);
    for (;;) {
      if (!meter.Spend(kDecodedWork)) return DecodeEnd::kStopped;
      if (index >= entries) return DecodeEnd::kDamaged;
      const Entry entry = table[static_cast<std::ptrdiff_t>(index)];
      const uint32_t count = static_cast<uint32_t>(entry >> kRest) & 15u;
      const uint32_t rest = static_cast<uint32_t>(entry) & ((1u << kRest) - 1);
      if (static_cast<uint32_t>(entry >> kRest) < 16) {
        if (stream.overrun()) return DecodeEnd::kDamaged;
        bits = count + 1;
        index += rest + stream.Read(bits);
        continue;
      }
      if (count > bits) return DecodeEnd::kDamaged;
      stream.PutBack(bits - count);
      if (stream.overrun()) return DecodeEnd::kDamaged;
      if (output != nullptr) *output++ = static_cast<T>(rest);
      break;
    }
  }
  return DecodeEnd::kDone;
}

template DecodeEnd DecodeByPrefix(const DecodeParams&, const uint8_t*, Unaligned<uint16_t>, int8_t*,
                                  const StopToken&);
template DecodeEnd DecodeByPrefix(const DecodeParams&, const uint8_t*, Unaligned<uint32_t>, int8_t*,
                                  const StopToken&);
template DecodeEnd DecodeByPrefix(const DecodeParams&, const uint8_t*, Unaligned<uint32_t>,
                                  int16_t*, const StopToken&);

}  // namespace moonlet
