#include "engine/kernels/byte_table.h"

#include "engine/kernels/each_element.h"
#include "engine/kernels/integer_loops.h"
#include "engine/kernels/round_half_away.h"

namespace moonlet {

int8_t QuantizeByInverse(float real, float inverse_scale, int32_t zero) {
  const int64_t steps = int64_t{RoundHalfAway(real * inverse_scale)} + zero;
  return static_cast<int8_t>(std::clamp<int64_t>(steps, -128, 127));
}

bool MapBytes(const ByteTable& table, const int8_t* input, size_t n, int8_t* output,
              const StopToken& stop) {
  const auto map = BestIntegerLoops().map_bytes;
  return ForEachPiece(n, stop, [&](size_t first, size_t count) {
    map(table.entries, input + first, count, output + first);
  });
}

}  // namespace moonlet
