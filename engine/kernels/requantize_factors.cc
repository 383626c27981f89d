#include "engine/kernels/requantize_factors.h"

namespace moonlet {

Multiplier BlockMultiplier(Multiplier m) {
  if (m.value == 0 || m.shift < -31 || m.shift > 31) return {0, -1};
  return m;
}

}  // namespace moonlet
