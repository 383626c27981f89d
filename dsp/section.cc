#include "dsp/section.h"

#include <cassert>
#include <cmath>

namespace moonlet::dsp {

Status SectionsFrom(std::span<const double> rows, std::span<Section> sections) {
  assert(rows.size() == 6 * sections.size());
  for (size_t i = 0; i < sections.size(); ++i) {
    const double* row = rows.data() + 6 * i;
    float c[6];
    for (int j = 0; j < 6; ++j) {
      c[j] = static_cast<float>(row[j] / row[3]);
      if (!std::isfinite(c[j]))
        return Status::Invalid("section %d: coefficients must be finite, a0 not 0",
                               static_cast<int>(i + 1));
    }
    sections[i] = {c[0], c[1], c[2], c[4], c[5], 0, 0};
  }
  return Status();
}

Status SettleAtOne(std::span<Section> sections) {
  double x = 1;
  int number = 0;
  for (Section& s : sections) {
    ++number;
    const double sum = 1 + static_cast<double>(s.a1) + static_cast<double>(s.a2);
    if (sum == 0) return Status::Invalid("section %d never comes to rest: a pole at 1", number);
    const double b0 = static_cast<double>(s.b0), b2 = static_cast<double>(s.b2);
    const double y = (b0 + static_cast<double>(s.b1) + b2) / sum * x;
    s.s1 = static_cast<float>(y - b0 * x);
    s.s2 = static_cast<float>(b2 * x - static_cast<double>(s.a2) * y);
    x = y;
  }
  return Status();
}

}  // namespace moonlet::dsp
