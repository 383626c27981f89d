#include "engine/ml/metrics_clusters.h"

#include <algorithm>
#include <cmath>

#include "engine/base/libm.h"
#include "engine/ml/buffer.h"

namespace moonlet::ml {
namespace {

Status CheckClusters(const Clustered& c) {
  if (c.clusters >= 2 && c.clusters < c.x.count) return {};
  return Status::Invalid("from 2 to %td clusters of %td samples expected, got %td", c.x.count - 1,
                         c.x.count, c.clusters);
}

template <typename A, typename B>
double SquaredDistance(const A* a, const B* b, Index n) {
  double sum = 0;
  for (Index j = 0; j < n; ++j) {
    const double d = static_cast<double>(a[j]) - static_cast<double>(b[j]);
    sum += d * d;
  }
  return sum;
}

// The means of clusters, and how many samples each has.
struct Centres {
  Buffer<double> means, sizes;

  Centres(Allocator& memory, const Clustered& c)
      : means(memory, c.clusters, c.x.width), sizes(memory, c.clusters) {}
  bool ok() const { return means.ok() && sizes.ok(); }
  const double* of(Index k, Index width) const { return means.data() + k * width; }
};

void FindCentres(const Clustered& c, Centres* centres) {
  const Index f = c.x.width;
  for (Index i = 0; i < c.x.count; ++i) {
    const Index k = c.codes[i];
    centres->sizes[k] += 1;
    for (Index j = 0; j < f; ++j) centres->means[k * f + j] += c.x.row(i)[j];
  }
  for (Index k = 0; k < c.clusters; ++k)
    for (Index j = 0; j < f; ++j) centres->means[k * f + j] /= centres->sizes[k];
}

// Adds to near[i * clusters + k] what sample i is away from all samples of cluster k together.
Status SumDistances(const Clustered& c, const StopToken& stop, Buffer<double>& near) {
  constexpr Index kMostWork = 1000000;  // multiply-adds between two looks at the stop token
  const Index rows = std::max<Index>(1, kMostWork / std::max<Index>(1, c.x.count * c.x.width));
  for (Index i = 0; i < c.x.count; ++i) {
    if (i % rows == 0 && stop.raised()) return Status::Stopped();
    for (Index j = i + 1; j < c.x.count; ++j) {
      const double d = std::sqrt(SquaredDistance(c.x.row(i), c.x.row(j), c.x.width));
      near[i * c.clusters + c.codes[j]] += d;
      near[j * c.clusters + c.codes[i]] += d;
    }
  }
  return {};
}

// Of one sample, from its sums of distances to the clusters.
double SilhouetteOf(const double* near, Index own, const double* sizes, Index clusters) {
  if (sizes[own] == 1) return 0;
  const double inside = near[own] / (sizes[own] - 1);
  double outside = HUGE_VAL;
  for (Index k = 0; k < clusters; ++k)
    if (k != own) outside = std::min(outside, near[k] / sizes[k]);
  const double larger = std::max(inside, outside);
  return larger == 0 ? 0 : (outside - inside) / larger;
}

double PairsOf(double n) { return n * n; }

double Entropy(const double* sums, Index parts, double all) {
  double entropy = 0;
  for (Index i = 0; i < parts; ++i) {
    const double share = sums[i] / all;
    if (share > 0) entropy -= share * moonlet_log(share);
  }
  return entropy;
}

}  // namespace

Status Silhouettes(const Clustered& c, Allocator& memory, const StopToken& stop, double* values) {
  if (Status s = CheckClusters(c); !s.ok()) return s;
  Buffer<double> near(memory, c.x.count, c.clusters), sizes(memory, c.clusters);
  if (!near.ok() || !sizes.ok()) return near.Refusal();
  for (Index i = 0; i < c.x.count; ++i) sizes[c.codes[i]] += 1;
  if (Status s = SumDistances(c, stop, near); !s.ok()) return s;
  for (Index i = 0; i < c.x.count; ++i)
    values[i] = SilhouetteOf(near.data() + i * c.clusters, c.codes[i], sizes.data(), c.clusters);
  return {};
}

Status DaviesBouldin(const Clustered& c, Allocator& memory, const StopToken& stop, double* score) {
  if (Status s = CheckClusters(c); !s.ok()) return s;
  const Index f = c.x.width;
  Centres centres(memory, c);
  Buffer<double> spread(memory, c.clusters);
  if (!centres.ok() || !spread.ok()) return centres.means.Refusal();
  FindCentres(c, &centres);
  for (Index i = 0; i < c.x.count; ++i)
    spread[c.codes[i]] += std::sqrt(SquaredDistance(c.x.row(i), centres.of(c.codes[i], f), f));
  for (Index k = 0; k < c.clusters; ++k) spread[k] /= centres.sizes[k];
  double sum = 0;
  for (Index a = 0; a < c.clusters; ++a) {
    if (stop.raised()) return Status::Stopped();
    double worst = 0;
    for (Index b = 0; b < c.clusters; ++b) {
      const double apart = std::sqrt(SquaredDistance(centres.of(a, f), centres.of(b, f), f));
      if (apart > 0) worst = std::max(worst, (spread[a] + spread[b]) / apart);
    }
    sum += worst;
  }
  *score = sum / static_cast<double>(c.clusters);
  return {};
}

Status CalinskiHarabasz(const Clustered& c, Allocator& memory, const StopToken& stop,
                        double* score) {
  if (Status s = CheckClusters(c); !s.ok()) return s;
  const Index f = c.x.width;
  Centres centres(memory, c);
  Buffer<double> mean(memory, f);
  if (!centres.ok() || !mean.ok()) return centres.means.Refusal();
  FindCentres(c, &centres);
  if (stop.raised()) return Status::Stopped();
  const auto n = static_cast<double>(c.x.count), clusters = static_cast<double>(c.clusters);
  double inside = 0, outside = 0;
  for (Index i = 0; i < c.x.count; ++i) {
    inside += SquaredDistance(c.x.row(i), centres.of(c.codes[i], f), f);
    for (Index j = 0; j < f; ++j) mean[j] += c.x.row(i)[j];
  }
  for (Index j = 0; j < f; ++j) mean[j] /= n;
  for (Index k = 0; k < c.clusters; ++k)
    outside += centres.sizes[k] * SquaredDistance(centres.of(k, f), mean.data(), f);
  *score = inside == 0 ? 1 : outside * (n - clusters) / (inside * (clusters - 1));
  return {};
}

Contingency Tabulate(const int32_t* first, Index rows, const int32_t* second, Index columns,
                     Index count, double* room) {
  double* row_sums = room + rows * columns;
  double* column_sums = row_sums + rows;
  std::fill_n(room, ContingencyRoom(rows, columns), 0.0);
  for (Index i = 0; i < count; ++i) {
    room[first[i] * columns + second[i]] += 1;
    row_sums[first[i]] += 1;
    column_sums[second[i]] += 1;
  }
  return {rows, columns, room, row_sums, column_sums};
}

double AdjustedRand(const Contingency& c) {
  double all = 0, both = 0, first = 0, second = 0;  // pairs that lie together
  for (Index i = 0; i < c.rows; ++i) {
    all += c.row_sums[i];
    first += PairsOf(c.row_sums[i]);
  }
  for (Index i = 0; i < c.rows * c.columns; ++i) both += PairsOf(c.table[i]);
  for (Index j = 0; j < c.columns; ++j) second += PairsOf(c.column_sums[j]);
  const double together = both - all, only_first = first - both, only_second = second - both;
  const double apart = all * all - only_first - only_second - both;
  if (only_first == 0 && only_second == 0) return 1;
  return 2 * (together * apart - only_first * only_second) /
         ((together + only_first) * (only_first + apart) +
          (together + only_second) * (only_second + apart));
}

double NormalizedMutualInformation(const Contingency& c) {
  constexpr double kLeast = 0x1p-52;  // less is what rounding leaves of 0
  if (c.rows == 1 && c.columns == 1) return 1;
  double all = 0, information = 0;
  for (Index i = 0; i < c.rows; ++i) all += c.row_sums[i];
  for (Index i = 0; i < c.rows; ++i) {
    for (Index j = 0; j < c.columns; ++j) {
      const double n = c.table[i * c.columns + j];
      if (n > 0) information += n / all * moonlet_log(n * all / (c.row_sums[i] * c.column_sums[j]));
    }
  }
  if (information <= kLeast) return 0;
  return 2 * information /
         (Entropy(c.row_sums, c.rows, all) + Entropy(c.column_sums, c.columns, all));
}

}  // namespace moonlet::ml
