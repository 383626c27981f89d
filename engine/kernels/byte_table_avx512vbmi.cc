#include <immintrin.h>

#include "engine/kernels/byte_table.h"
#include "engine/kernels/byte_table_lanes.h"

namespace moonlet {

void avx512vbmi::MapBytes(const int8_t* entries, const int8_t* input, size_t n, int8_t* output) {
  const TableLanes table(entries);
  size_t i = 0;
  for (; i + 64 <= n; i += 64)
    _mm512_storeu_si512(output + i, table(_mm512_loadu_si512(input + i)));
  if (i == n) return;
  const __mmask64 live = (uint64_t{1} << (n - i)) - 1;
  _mm512_mask_storeu_epi8(output + i, live, table(_mm512_maskz_loadu_epi8(live, input + i)));
}

}  // namespace moonlet
