// engine/kernels/byte_table.h - a function of one int8 value as the table of its 256
// results, made once: then the most expensive function costs one load per element.
// Stopping as engine/kernels/conv.h says.
#pragma once
#include <cstddef>
#include <cstdint>

#include "engine/base/stop_token.h"

namespace moonlet {

struct ByteTable {
  int8_t entries[256] = {};  // entry i is the result of i - 128
};

template <typename Function>
ByteTable MakeByteTable(Function f) {
  ByteTable table;
  for (int32_t x = -128; x <= 127; ++x) table.entries[x + 128] = f(x);
  return table;
}

// What a kernel does to each byte: f(input, n, output).
template <typename Kernel>
ByteTable TableOfKernel(Kernel f) {
  ByteTable all = MakeByteTable([](int32_t x) { return static_cast<int8_t>(x); });
  ByteTable table;
  f(all.entries, sizeof(all.entries), table.entries);
  return table;
}

// One function after the other.
inline ByteTable Composed(const ByteTable& first, const ByteTable& second) {
  return MakeByteTable([&](int32_t x) { return second.entries[first.entries[x + 128] + 128]; });
}

// A real result in steps of 1 / inverse_scale: the product, rounded with ties away from
// zero, + zero, saturated. NaN is the zero point.
int8_t QuantizeByInverse(float real, float inverse_scale, int32_t zero);

// `output` may be `input`.
[[nodiscard]] bool MapBytes(const ByteTable& table, const int8_t* input, size_t n, int8_t* output,
                            const StopToken& stop);

#if defined(__x86_64__)
namespace avx512vbmi {  // runs where HostHasVbmi()
void MapBytes(const int8_t* entries, const int8_t* input, size_t n, int8_t* output);
}  // namespace avx512vbmi
#endif
}  // namespace moonlet
