#include "engine/kernels/byte_table.h"

#include "engine/base/isa.h"
#include "engine/kernels/each_element.h"
#include "engine/kernels/integer_loops.h"
#include "engine/kernels/round_half_away.h"

namespace moonlet {

int8_t QuantizeByInverse(float real, float inverse_scale, int32_t zero) {
  const int64_t steps = int64_t{RoundHalfAway(real * inverse_scale)} + zero;
  return static_cast<int8_t>(std::clamp<int64_t>(steps, -128, 127));
}

// The one place that says which variant runs: one instruction set has a level of its own here.
static decltype(&scalar::MapBytes) BestMapBytes() {
#if defined(__x86_64__)
  if (HostHasVbmi()) return avx512vbmi::MapBytes;
#endif
  return BestIntegerLoops().map_bytes;
}

bool MapBytes(const ByteTable& table, const int8_t* input, size_t n, int8_t* output,
              const StopToken& stop) {
  static const auto loop = BestMapBytes();
  return ForEachPiece(n, stop, [&](size_t first, size_t count) {
    loop(table.entries, input + first, count, output + first);
  });
}

}  // namespace moonlet
