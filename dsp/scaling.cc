#include "dsp/scaling.h"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "dsp/response.h"
#include "dsp/special.h"

namespace moonlet::dsp {
namespace {

// Where a section is loudest, if its poles are a complex pair.
double PoleAngle(const Section& s) {
  const double radius = std::sqrt(std::fabs(s.a[2]));
  if (radius == 0) return 0;
  return moonlet_acos(std::clamp(-s.a[1] / (2 * radius), -1.0, 1.0));
}

void Scale(Section* s, double factor) {
  for (double& b : s->b) b *= factor;
}

}  // namespace

void ScaleSections(std::span<Section> sections, std::span<double> scratch) {
  const size_t n = scratch.size() / 2, spread = n - sections.size();
  assert(scratch.size() == ScalingScratch(sections.size()));
  const std::span<double> angles = scratch.first(n), gains = scratch.subspan(n);
  for (size_t i = 0; i < n; ++i) {
    angles[i] = i < spread ? kPi * static_cast<double>(i) / static_cast<double>(spread - 1)
                           : PoleAngle(sections[i - spread]);
    gains[i] = 1;
  }
  for (size_t k = 0; k + 1 < sections.size(); ++k) {
    double peak = 0;
    for (size_t i = 0; i < n; ++i) {
      gains[i] *= Abs(ResponseAt({{}, {}, {&sections[k], 1}}, angles[i]));
      peak = std::max(peak, gains[i]);
    }
    if (!(peak > 0 && std::isfinite(peak))) return;
    Scale(&sections[k], 1 / peak);
    Scale(&sections[k + 1], peak);
    for (double& gain : gains) gain /= peak;
  }
}

}  // namespace moonlet::dsp
