// dsp/wide.h - numbers of twice a double's precision, as sums of two doubles, after T. J. Dekker,
// "A floating-point technique for extending the available precision", 1971. Without fused
// steps, which not every target has.
#pragma once

namespace moonlet::dsp {

struct Wide {
  double high = 0;
  double low = 0;
};

Wide operator+(Wide a, Wide b);
inline Wide operator-(Wide a) { return {-a.high, -a.low}; }
Wide operator*(Wide a, Wide b);  // Requires what is below 2^990.

}  // namespace moonlet::dsp
