#include "engine/ml/metrics_ranking.h"

#include <algorithm>

#include "engine/base/libm.h"

namespace moonlet::ml {
namespace {

// The area for one class as positive.
double AreaOf(const Ranked& ranked, int32_t* order, CurvePoint* points) {
  return RocArea(points, ThresholdCurve(ranked, order, points));
}

double ShareOf(const Rankings& r, int32_t code) {
  double sum = 0;
  for (Index i = 0; i < r.count; ++i)
    if (r.codes[i] == code) sum += r.weights != nullptr ? r.weights[i] : 1.0;
  return sum;
}

bool Corner(const CurvePoint& a, const CurvePoint& b, const CurvePoint& c) {
  return c.negatives - b.negatives != b.negatives - a.negatives ||
         c.positives - b.positives != b.positives - a.positives;
}

}  // namespace

Index ThresholdCurve(const Ranked& ranked, int32_t* order, CurvePoint* points) {
  Index n = 0;
  for (Index i = 0; i < ranked.count; ++i) {
    const int32_t code = ranked.codes[i];
    if (ranked.negative < 0 || code == ranked.positive || code == ranked.negative)
      order[n++] = static_cast<int32_t>(i);
  }
  std::sort(order, order + n, [&](int32_t a, int32_t b) {
    return ranked.score(a) != ranked.score(b) ? ranked.score(a) > ranked.score(b) : a < b;
  });
  CurvePoint sum = {};
  Index count = 0;
  for (Index i = 0; i < n; ++i) {
    const Index sample = order[i];
    const double w = ranked.weights != nullptr ? ranked.weights[sample] : 1.0;
    (ranked.codes[sample] == ranked.positive ? sum.positives : sum.negatives) += w;
    sum.threshold = ranked.score(sample);
    if (i + 1 == n || ranked.score(order[i + 1]) != sum.threshold) points[count++] = sum;
  }
  return count;
}

Index KeepCorners(CurvePoint* points, Index n) {
  if (n <= 2) return n;
  Index kept = 1;
  CurvePoint before = points[0];
  for (Index i = 1; i + 1 < n; ++i) {
    const CurvePoint here = points[i];
    if (Corner(before, here, points[i + 1])) points[kept++] = here;
    before = here;
  }
  points[kept++] = points[n - 1];
  return kept;
}

double RocArea(const CurvePoint* points, Index n) {
  double area = 0;
  CurvePoint before = {};
  for (Index i = 0; i < n; ++i) {
    area +=
        0.5 * (points[i].negatives - before.negatives) * (points[i].positives + before.positives);
    before = points[i];
  }
  return area / (before.negatives * before.positives);
}

double AveragePrecision(const CurvePoint* points, Index n) {
  const double all = points[n - 1].positives;
  double sum = 0, before = 0;
  for (Index i = 0; i < n; ++i) {
    const double above = points[i].positives + points[i].negatives;
    const double precision = above > 0 ? points[i].positives / above : 0;
    sum += (points[i].positives - before) / all * precision;
    before = points[i].positives;
  }
  return sum;
}

double OneVersusRest(const Rankings& r, bool weighted, int32_t* order, CurvePoint* points) {
  double sum = 0, weights = 0;
  for (Index k = 0; k < r.classes; ++k) {
    const auto code = static_cast<int32_t>(k);
    const Ranked ranked = {r.scores + k, r.classes, r.codes, code, -1, r.count, r.weights};
    const double weight = weighted ? ShareOf(r, code) : 1;
    sum += weight * AreaOf(ranked, order, points);
    weights += weight;
  }
  return sum / weights;
}

double OneVersusOne(const Rankings& r, bool weighted, int32_t* order, CurvePoint* points) {
  double sum = 0, weights = 0;
  for (Index a = 0; a < r.classes; ++a) {
    for (Index b = a + 1; b < r.classes; ++b) {
      const auto i = static_cast<int32_t>(a), j = static_cast<int32_t>(b);
      const Ranked first = {r.scores + a, r.classes, r.codes, i, j, r.count, nullptr};
      const Ranked second = {r.scores + b, r.classes, r.codes, j, i, r.count, nullptr};
      const double weight = weighted ? ShareOf(r, i) + ShareOf(r, j) : 1;
      sum += weight * 0.5 * (AreaOf(first, order, points) + AreaOf(second, order, points));
      weights += weight;
    }
  }
  return sum / weights;
}

double LogLoss(const Rankings& r, Index columns, double least, bool mean) {
  double loss = 0, weights = 0;
  for (Index i = 0; i < r.count; ++i) {
    const double* row = r.scores + i * columns;
    const Index code = r.codes[i];
    double sum = 0, own = 0;
    for (Index k = 0; k < r.classes; ++k) {
      double p = std::clamp(columns > 1 ? row[k] : row[0], least, 1 - least);
      if (columns == 1 && k == 0) p = 1 - p;
      sum += p;
      if (k == code) own = p;
    }
    const double w = r.weights != nullptr ? r.weights[i] : 1.0;
    loss -= w * moonlet_log(own / sum);
    weights += w;
  }
  return mean ? loss / weights : loss;
}

}  // namespace moonlet::ml
