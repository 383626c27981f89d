// engine/kernels/byte_table_lanes.h - a table of 256 bytes in the registers of AVX-512 VBMI.
#pragma once
#include <immintrin.h>

#include <cstdint>

namespace moonlet::avx512vbmi {

// The table in four registers, two of which one instruction looks up in.
class TableLanes {
 public:
  TableLanes() = default;
  // Entry i is what i - 128 becomes.
  [[gnu::always_inline]] explicit TableLanes(const int8_t* entries)
      : quarters_{_mm512_loadu_si512(entries), _mm512_loadu_si512(entries + 64),
                  _mm512_loadu_si512(entries + 128), _mm512_loadu_si512(entries + 192)} {}
  [[gnu::always_inline]] __m512i operator()(__m512i x) const {
    const __m512i place = _mm512_xor_si512(x, _mm512_set1_epi8(-128));
    const __m512i low = _mm512_permutex2var_epi8(quarters_[0], place, quarters_[1]);
    const __m512i high = _mm512_permutex2var_epi8(quarters_[2], place, quarters_[3]);
    return _mm512_mask_blend_epi8(_mm512_movepi8_mask(place), low, high);
  }

 private:
  __m512i quarters_[4];
};

}  // namespace moonlet::avx512vbmi
