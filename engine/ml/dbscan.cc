// engine/ml/dbscan.cc - clusters of any shape where samples lie dense (Ester, Kriegel, Sander, Xu,
// "A Density-Based Algorithm for Discovering Clusters", 1996).
//
// A sample is at the core of a cluster if enough samples, itself among them, lie within eps.
// Clusters grow from core samples in order; what none reaches is noise. Each sample's neighbours
// are looked up once, among all, so memory grows with samples only.
#include <algorithm>
#include <cmath>

#include "engine/ml/buffer.h"
#include "engine/ml/distance.h"
#include "engine/ml/kinds.h"

namespace moonlet::ml {
namespace dbscan {
namespace {

enum { kEps = kSpaceOptions, kMinSamples };
constexpr OptionSpec kOptions[] = {
    kMetricSpec,
    kPowerSpec,
    {"eps", "", OptionType::kNumber, 0.5, 0, 1e30f},
    {"min_samples", "", OptionType::kWhole, 5, 1, 1e9f},
};

enum { kLabels, kCores };
constexpr ArraySpec kArrays[] = {
    {"labels", DType::kInt32, "n"},
    {"core_sample_indices", DType::kInt32, "c"},
};

enum : uint8_t { kUnseen, kBorder, kCore };

struct Search {
  const Fit& fit;
  Space space;
  double eps;          // as a rank
  int32_t* neighbors;  // places for all samples
  uint8_t* seen;
};

// Finds the samples within eps of one, and whether it is a core sample.
Status Look(const Search& search, Index sample, Index* found) {
  constexpr Index kStretch = 32, kMostWork = 1000000;
  const Samples& x = search.fit.x;
  double ranks[kStretch], weight = 0;
  Index work = 0;
  *found = 0;
  for (Index first = 0; first < x.count; first += kStretch) {
    const Index count = std::min(kStretch, x.count - first);
    RowRanks(search.space, x.row(sample), x.row(first), count, x.width, ranks);
    for (Index i = 0; i < count; ++i) {
      if (!(ranks[i] <= search.eps)) continue;
      weight += search.fit.weight(first + i);
      search.neighbors[(*found)++] = static_cast<int32_t>(first + i);
    }
    work += count * x.width;
    if (work < kMostWork) continue;
    if (Status s = search.fit.work.Poll(); !s.ok()) return s;
    work = 0;
  }
  search.seen[sample] = weight >= search.fit.options.Number(kMinSamples) ? kCore : kBorder;
  return {};
}

// Labels the cluster of the core sample whose `found` neighbours were looked up just now.
Status Grow(const Search& search, Index found, int32_t label, int32_t* labels, int32_t* open,
            Index* done) {
  Index count = 0;
  for (;;) {
    for (Index i = 0; i < found; ++i) {
      const int32_t neighbor = search.neighbors[i];
      if (labels[neighbor] != 0) continue;
      labels[neighbor] = label;
      if (search.seen[neighbor] == kUnseen) open[count++] = neighbor;
    }
    found = 0;
    if (count == 0) return {};
    const int32_t next = open[--count];
    const auto all = static_cast<double>(search.fit.x.count);
    if (Status s = search.fit.work.Done(static_cast<double>(++*done) / all); !s.ok()) return s;
    if (Status s = Look(search, next, &found); !s.ok()) return s;
    if (search.seen[next] != kCore) found = 0;
  }
}

Status MakeCores(const Search& search, State* state) {
  const Index n = search.fit.x.count;
  const Index count = std::count(search.seen, search.seen + n, kCore);
  if (Status s = state->Make(kCores, DType::kInt32, {count}); !s.ok()) return s;
  auto* cores = state->own<int32_t>(kCores);
  for (Index i = 0; i < n; ++i)
    if (search.seen[i] == kCore) *cores++ = static_cast<int32_t>(i + 1);
  return {};
}

Status FitDbscan(const Fit& fit, State* state) {
  const Index n = fit.x.count;
  Buffer<int32_t> places(fit.work.memory, n, 2);
  Buffer<uint8_t> seen(fit.work.memory, n);
  if (!places.ok()) return places.Refusal();
  if (!seen.ok()) return seen.Refusal();
  if (Status s = state->Make(kLabels, DType::kInt32, {n}); !s.ok()) return s;
  const Space space = SpaceOf(fit.options);
  const double eps = RankOf(space, fit.options.Number(kEps));
  const Search search = {fit, space, eps, places.data(), seen.data()};
  auto* labels = state->own<int32_t>(kLabels);
  int32_t clusters = 0;
  Index done = 0;
  for (Index i = 0; i < n; ++i) {
    if (seen[i] != kUnseen) continue;
    Index found;
    if (Status s = fit.work.Done(static_cast<double>(++done) / static_cast<double>(n)); !s.ok())
      return s;
    if (Status s = Look(search, i, &found); !s.ok()) return s;
    if (seen[i] != kCore) continue;
    labels[i] = ++clusters;
    if (Status s = Grow(search, found, clusters, labels, places.data() + n, &done); !s.ok())
      return s;
  }
  return MakeCores(search, state);
}

}  // namespace
}  // namespace dbscan

const Kind kDbscan = {
    .name = "dbscan",
    .sklearn = "DBSCAN",
    .task = Task::kCluster,
    .options = dbscan::kOptions,
    .arrays = dbscan::kArrays,
    .fit = dbscan::FitDbscan,
    .weights = true,
};

}  // namespace moonlet::ml
