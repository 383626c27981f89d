// engine/kernels/gather_helium.h - short runs of bytes with Helium, neither reading nor writing
// beyond them.
#pragma once
#include <arm_mve.h>

#include <cstddef>
#include <cstdint>

namespace moonlet::mve {

// `rows` runs of n bytes.
[[gnu::always_inline]] inline void CopyRows(int8_t* to, std::ptrdiff_t to_step, const int8_t* from,
                                            std::ptrdiff_t from_step, int32_t rows,
                                            std::ptrdiff_t n) {
  const mve_pred16_t rest = vctp8q(static_cast<uint32_t>(n) % 16);
  if (n < 16) {
    for (; rows > 0; --rows, to += to_step, from += from_step)
      vstrbq_p_s8(to, vldrbq_z_s8(from, rest), rest);
    return;
  }
  const std::ptrdiff_t chunks = n / 16;
  for (; rows > 0; --rows, to += to_step, from += from_step) {
    int8_t* t = to;
    const int8_t* f = from;
    for (std::ptrdiff_t i = chunks; i > 0; --i, t += 16, f += 16) vstrbq_s8(t, vldrbq_s8(f));
    if (n % 16 != 0) vstrbq_p_s8(t, vldrbq_z_s8(f, rest), rest);
  }
}

[[gnu::always_inline]] inline void FillBytes(int8_t* to, int8_t value, std::ptrdiff_t n) {
  for (; n > 0; n -= 16, to += 16)
    vstrbq_p_s8(to, vdupq_n_s8(value), vctp8q(static_cast<uint32_t>(n)));
}

}  // namespace moonlet::mve
