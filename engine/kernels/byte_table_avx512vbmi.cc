#include <immintrin.h>

#include "engine/kernels/byte_table.h"

namespace moonlet {
namespace {

// The table in four registers, two of which one instruction looks up in.
class TableLanes {
 public:
  explicit TableLanes(const int8_t* entries)
      : quarters_{_mm512_loadu_si512(entries), _mm512_loadu_si512(entries + 64),
                  _mm512_loadu_si512(entries + 128), _mm512_loadu_si512(entries + 192)} {}
  __m512i operator()(__m512i x) const {
    const __m512i place = _mm512_xor_si512(x, _mm512_set1_epi8(-128));
    const __m512i low = _mm512_permutex2var_epi8(quarters_[0], place, quarters_[1]);
    const __m512i high = _mm512_permutex2var_epi8(quarters_[2], place, quarters_[3]);
    return _mm512_mask_blend_epi8(_mm512_movepi8_mask(place), low, high);
  }

 private:
  __m512i quarters_[4];
};

}  // namespace

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
