#include "dsp/octave_bands.h"

#include <algorithm>

#include "engine/base/libm.h"

namespace moonlet::dsp {

double BandCentre(int fraction, int band) { return 1000 * moonlet_pow(10, 0.3 * band / fraction); }

double BandEdge(int fraction, int band) {
  return 1000 * moonlet_pow(10, 0.3 * (band - 0.5) / fraction);
}

double BandPower(const Row& power, double spacing, double low, double high) {
  double bin = 0;
  double sum = 0;
  ForEach(power, [&](double v) {
    const double part = std::min(bin + 0.5, high / spacing) - std::max(bin - 0.5, low / spacing);
    if (part > 0) sum += v * std::min(part, 1.0);
    bin += 1;
  });
  return sum;
}

}  // namespace moonlet::dsp
