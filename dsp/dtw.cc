#include "dsp/dtw.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace moonlet::dsp {
namespace {

constexpr double kNoPath = std::numeric_limits<double>::infinity();

double Distance(const float* a, const float* b, size_t width) {
  double sum = 0;
  for (size_t k = 0; k < width; ++k) {
    const double d = static_cast<double>(a[k]) - static_cast<double>(b[k]);
    sum += d * d;
  }
  return std::sqrt(sum);
}

}  // namespace

double DtwDistance(const Sequence& a, const Sequence& b, size_t band, double* row,
                   const StopToken& stop) {
  band = std::max(band, a.length > b.length ? a.length - b.length : b.length - a.length);
  std::fill(row, row + b.length, kNoPath);
  for (size_t i = 0; i < a.length && !stop.raised(); ++i) {
    const size_t begin = i > band ? i - band : 0;
    const size_t end = band < b.length - std::min(i, b.length) ? i + band + 1 : b.length;
    double diagonal = i == 0 ? 0 : begin > 0 ? row[begin - 1] : kNoPath;
    double left = kNoPath;
    if (begin > 0) row[begin - 1] = kNoPath;
    for (size_t j = begin; j < end; ++j) {
      const double best = std::min({left, row[j], diagonal});
      diagonal = row[j];
      left = best + Distance(a.data + i * a.width, b.data + j * b.width, a.width);
      row[j] = left;
    }
  }
  return row[b.length - 1];
}

}  // namespace moonlet::dsp
