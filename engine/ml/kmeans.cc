// engine/ml/kmeans.cc - clusters around means (Lloyd, "Least Squares Quantization in PCM", 1982).
#include "engine/ml/kmeans.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "engine/base/libm.h"
#include "engine/ml/kinds.h"
#include "engine/ml/linear_model.h"

namespace moonlet::ml {
namespace kmeans {
namespace {

constexpr OptionSpec kOptions[] = {
    {"clusters", "n_clusters", OptionType::kWhole, 8, 1, 1e6f},
    {"init", "", OptionType::kWord, 0, 0, 0, kStartWords},
    {"runs", "n_init", OptionType::kWhole, 10, 1, 1e4f},
    {"iterations", "max_iter", OptionType::kWhole, 300, 1, 1e6f},
    {"tol", "", OptionType::kNumber, 1e-4, 0, 1e30f},
    {"seed", "random_state", OptionType::kSeed},
};
constexpr ArraySpec kArrays[] = {kCentersSpec, kLabelsSpec, kInertiaSpec, kIterationsSpec};

Centers CentersOf(const Estimator& e) {
  return {{}, e.state.get<double>(kClusterCenters), e.state[kClusterCenters].dim(0), e.features};
}

// The squared distance of a sample to each, in pieces between which the token is looked at.
Status RanksTo(const Fit& fit, Index sample, double* ranks) {
  const Index rows = std::clamp<Index>(1000000 / fit.x.width, 1, fit.x.count);
  for (Index first = 0; first < fit.x.count; first += rows) {
    if (Status s = fit.work.Poll(); !s.ok()) return s;
    const Index count = std::min(rows, fit.x.count - first);
    RowRanks({}, fit.x.row(sample), fit.x.row(first), count, fit.x.width, ranks + first);
  }
  return {};
}

// A sample, as probable as its share of the sum of weighted `ranks`.
Index Draw(const Fit& fit, const double* ranks, double sum, Random* random) {
  const double at = Fraction(random) * sum;
  double reached = 0;
  for (Index i = 0; i < fit.x.count; ++i) {
    reached += fit.weight(i) * ranks[i];
    if (reached > at) return i;
  }
  return static_cast<Index>(random->UpTo(static_cast<uint64_t>(fit.x.count - 1)));
}

// The weighted sum of what is nearer: the centers so far, or one more.
double PotentialWith(const Fit& fit, const double* nearest, const double* ranks) {
  double sum = 0;
  for (Index i = 0; i < fit.x.count; ++i) sum += fit.weight(i) * std::min(nearest[i], ranks[i]);
  return sum;
}

// Of a few drawn, the one that leaves the least distances is the next center.
Status ChoosePlusPlus(const Fit& fit, Index count, Random* random, double* centers) {
  const Index n = fit.x.count, f = fit.x.width;
  const int trials = 2 + static_cast<int>(moonlet_log(static_cast<double>(count)));
  Buffer<double> memory(fit.work.memory, n, 2);
  if (!memory.ok()) return memory.Refusal();
  double *nearest = memory.data(), *ranks = nearest + n;
  std::fill_n(nearest, n, 1.0);
  double potential = 0;
  for (Index i = 0; i < n; ++i) potential += fit.weight(i);
  for (Index c = 0; c < count; ++c) {
    Index best = -1;
    double least = 0;
    for (int trial = 0; trial < (c == 0 ? 1 : trials); ++trial) {
      const Index sample = Draw(fit, nearest, potential, random);
      if (Status s = RanksTo(fit, sample, ranks); !s.ok()) return s;
      const double left = PotentialWith(fit, nearest, ranks);
      if (best >= 0 && !(left < least)) continue;
      best = sample;
      least = left;
    }
    if (Status s = RanksTo(fit, best, ranks); !s.ok()) return s;
    for (Index i = 0; i < n; ++i) nearest[i] = c == 0 ? ranks[i] : std::min(nearest[i], ranks[i]);
    potential = c == 0 ? PotentialWith(fit, nearest, nearest) : least;
    std::copy_n(fit.x.row(best), f, centers + c * f);
  }
  return {};
}

Status ChooseAny(const Fit& fit, Index count, Random* random, double* centers) {
  const Index n = fit.x.count;
  Buffer<int32_t> order(fit.work.memory, n);
  if (!order.ok()) return order.Refusal();
  for (Index i = 0; i < n; ++i) order[i] = static_cast<int32_t>(i);
  for (Index c = 0; c < count; ++c) {
    const auto other = static_cast<Index>(random->UpTo(static_cast<uint64_t>(n - 1 - c)));
    std::swap(order[c], order[c + other]);
    std::copy_n(fit.x.row(order[c]), fit.x.width, centers + c * fit.x.width);
  }
  return {};
}

// One run: centers and what they move by, labels from 0 and those before.
struct Lloyd {
  const Fit& fit;
  Index count;
  double* centers;
  double* sums;     // {count, width}: the new centers
  double* weights;  // {count}
  int32_t* labels;
};

// Assigns all samples and adds them up; `*moved` tells whether a label changed.
Status Assign(const Lloyd& run, bool* moved) {
  const Index f = run.fit.x.width;
  *moved = false;
  std::fill_n(run.sums, run.count * f, 0.0);
  std::fill_n(run.weights, run.count, 0.0);
  const Centers centers = {{}, run.centers, run.count, f};
  return EachAssignment(run.fit.work, run.fit.x, centers, [&](Index i, Index number, double) {
    const auto label = static_cast<int32_t>(number);
    *moved |= run.labels[i] != label;
    run.labels[i] = label;
    const double w = run.fit.weight(i);
    const float* row = run.fit.x.row(i);
    double* sum = run.sums + number * f;
    OverDoubles().add_scaled_floats(sum, row, w, f);
    run.weights[number] += w;
  });
}

double SquaredDistance(const float* row, const double* center, Index width) {
  double sum = 0;
  for (Index j = 0; j < width; ++j) sum += (row[j] - center[j]) * (row[j] - center[j]);
  return sum;
}

// Each cluster without samples takes the sample that is farthest from its center, and next ones.
Status FillEmpty(const Lloyd& run) {
  const Index f = run.fit.x.width;
  double last = std::numeric_limits<double>::infinity();
  Index last_sample = -1;
  for (Index c = 0; c < run.count; ++c) {
    if (run.weights[c] > 0) continue;
    if (Status s = run.fit.work.Poll(); !s.ok()) return s;
    Index farthest = -1;
    double most = 0;
    for (Index i = 0; i < run.fit.x.count; ++i) {
      const double d = SquaredDistance(run.fit.x.row(i), run.centers + run.labels[i] * f, f);
      const bool taken = d > last || (d == last && i <= last_sample);
      if (taken || !(d > most) || !(run.fit.weight(i) > 0)) continue;
      most = d;
      farthest = i;
    }
    if (farthest < 0) break;  // all lie on their centers
    const double w = run.fit.weight(farthest);
    const float* row = run.fit.x.row(farthest);
    const int32_t from = run.labels[farthest];
    for (Index j = 0; j < f; ++j) {
      run.sums[from * f + j] -= w * row[j];
      run.sums[c * f + j] = w * row[j];
    }
    run.weights[from] -= w;
    run.weights[c] = w;
    last = most;
    last_sample = farthest;
  }
  return {};
}

// Moves centers to the means; gives the sum of squared ways.
Status Move(const Lloyd& run, double* shift) {
  if (Status s = FillEmpty(run); !s.ok()) return s;
  const Index f = run.fit.x.width;
  *shift = 0;
  for (Index c = 0; c < run.count; ++c) {
    if (!(run.weights[c] > 0)) continue;
    for (Index j = 0; j < f; ++j) {
      const double mean = run.sums[c * f + j] / run.weights[c];
      const double d = mean - run.centers[c * f + j];
      *shift += d * d;
      run.centers[c * f + j] = mean;
    }
  }
  return {};
}

Status Iterate(const Lloyd& run, double tol, double from, double share, int32_t* iterations) {
  const int64_t most = run.fit.options.Whole(kIterations);
  std::fill_n(run.labels, run.fit.x.count, -1);
  for (*iterations = 1;; ++*iterations) {
    bool moved;
    const double part = static_cast<double>(*iterations) / static_cast<double>(most);
    if (Status s = run.fit.work.Done(from + share * part); !s.ok()) return s;
    if (Status s = Assign(run, &moved); !s.ok()) return s;
    double shift = 0;
    if (Status s = Move(run, &shift); !s.ok()) return s;
    if (!moved || shift <= tol || *iterations >= most) return {};
  }
}

// `tol` is relative to the mean variance of features, of samples counted once each. `work` has room
// for two numbers of each feature.
Status ScaledTol(const Fit& fit, double* work, double* tol) {
  Fit all = fit;
  all.weights = nullptr;
  const Index f = fit.x.width;
  const auto n = static_cast<double>(fit.x.count);
  if (Status s = SumFeatures(all, work); !s.ok()) return s;
  for (Index j = 0; j < f; ++j) work[j] /= n;
  if (Status s = SumSquares(all, work, work + f); !s.ok()) return s;
  double sum = 0;
  for (Index j = 0; j < f; ++j) sum += work[f + j] / n;
  *tol = fit.options.Number(kTol) * sum / static_cast<double>(f);
  return {};
}

Status FitKMeans(const Fit& fit, State* state) {
  if (Status s = CheckClusters(fit); !s.ok()) return s;
  if (Status s = MakeCenterArrays(fit, state); !s.ok()) return s;
  const Index count = InitCount(fit.options), f = fit.x.width;
  Buffer<double> memory(fit.work.memory, count, 2 * f + 1);
  Buffer<int32_t> labels(fit.work.memory, fit.x.count);
  if (!memory.ok()) return memory.Refusal();
  if (!labels.ok()) return labels.Refusal();
  double *centers = memory.data(), *sums = centers + count * f;
  const Lloyd run = {fit, count, centers, sums, sums + count * f, labels.data()};
  double tol = 0;
  if (Status s = ScaledTol(fit, memory.data(), &tol); !s.ok()) return s;
  const auto runs = static_cast<int>(fit.init != nullptr ? 1 : fit.options.Whole(kRuns));
  Random random(fit.options.Seed(kSeed));
  double& least = state->own<double>(kInertia)[0];
  for (int i = 0; i < runs; ++i) {
    if (Status s = StartingCenters(fit, &random, centers); !s.ok()) return s;
    int32_t iterations;
    if (Status s = Iterate(run, tol, 1.0 * i / runs, 1.0 / runs, &iterations); !s.ok()) return s;
    double inertia;
    if (Status s = MakeLabels(fit, {{}, centers, count, f}, labels.data(), &inertia); !s.ok())
      return s;
    if (i > 0 && !(inertia < least)) continue;
    least = inertia;
    std::copy_n(centers, count * f, state->own<double>(kClusterCenters));
    std::copy_n(labels.data(), fit.x.count, state->own<int32_t>(kLabels));
    state->own<int32_t>(kIterationsDone)[0] = iterations;
  }
  return {};
}

}  // namespace
}  // namespace kmeans

void PredictCluster(const Estimator& e, const Samples& x, double* out, double* scratch) {
  FindNearestCenters(kmeans::CentersOf(e), x, out, scratch, scratch + kBlockRows);
}

void ClusterScores(const Estimator& e, const Samples& x, double* out, double* scratch) {
  FindNearestCenters(kmeans::CentersOf(e), x, scratch, out, scratch + kBlockRows);
  for (Index i = 0; i < x.count; ++i) out[i] = -out[i];
}

void ClusterDistances(const Estimator& e, const Samples& x, double* out, double* scratch) {
  CenterDistances(kmeans::CentersOf(e), x, out, scratch);
}

Index ClusterScratch(const Estimator& e) { return kBlockRows + CentersRoom(e.features); }
Index CenterCount(const Estimator& e) { return kmeans::CentersOf(e).count; }
Index CenterWork(const Estimator& e) { return CenterCount(e) * e.features; }

Status EachAssignment(const Work& work, const Samples& x, const Centers& centers,
                      TakeAssignment take, const void* context) {
  constexpr Index kMostWork = 1000000;
  const Index per_row = std::max<Index>(centers.count * centers.width, 1);
  const Index rows = std::clamp<Index>(kMostWork / per_row, 1, kBlockRows);
  Buffer<double> memory(work.memory, 2 * kBlockRows + CentersRoom(centers.width));
  if (!memory.ok()) return memory.Refusal();
  double *numbers = memory.data(), *ranks = numbers + kBlockRows;
  for (Index first = 0; first < x.count; first += rows) {
    if (Status s = work.Poll(); !s.ok()) return s;
    const Index count = std::min(rows, x.count - first);
    FindNearestCenters(centers, x.part(first, count), numbers, ranks, ranks + kBlockRows);
    for (Index i = 0; i < count; ++i)
      take(context, first + i, static_cast<Index>(numbers[i]), ranks[i]);
  }
  return {};
}

Index InitCount(const Options& options) { return static_cast<Index>(options.Whole(kClusters)); }

Status CheckCenters(const Estimator& e) {
  return CenterCount(e) > 0 ? Status() : Status::Invalid("no centers");
}

Status CheckClusters(const Fit& fit) {
  const Index count = InitCount(fit.options);
  if (count <= fit.x.count) return {};
  return Status::Invalid("%ld clusters asked of %ld samples", static_cast<long>(count),
                         static_cast<long>(fit.x.count));
}

Status MakeCenterArrays(const Fit& fit, State* state) {
  const Index count = InitCount(fit.options);
  if (Status s = state->Make(kClusterCenters, DType::kFloat64, {count, fit.x.width}); !s.ok())
    return s;
  if (Status s = state->Make(kLabels, DType::kInt32, {fit.x.count}); !s.ok()) return s;
  if (Status s = state->Make(kInertia, DType::kFloat64, {1}); !s.ok()) return s;
  return state->Make(kIterationsDone, DType::kInt32, {1});
}

Status StartingCenters(const Fit& fit, Random* random, double* centers) {
  const Index count = InitCount(fit.options);
  if (fit.init == nullptr)
    return ChooseCenters(fit, static_cast<Start>(fit.options.Word(kInit)), count, random, centers);
  std::copy_n(fit.init, count * fit.x.width, centers);
  return {};
}

Status ChooseCenters(const Fit& fit, Start start, Index count, Random* random, double* centers) {
  return (start == Start::kPlusPlus ? kmeans::ChoosePlusPlus : kmeans::ChooseAny)(fit, count,
                                                                                  random, centers);
}

Status MakeLabels(const Fit& fit, const Centers& centers, int32_t* labels, double* inertia) {
  *inertia = 0;
  return EachAssignment(fit.work, fit.x, centers, [&](Index i, Index number, double rank) {
    labels[i] = static_cast<int32_t>(number) + 1;
    *inertia += fit.weight(i) * rank;
  });
}

const Kind kKMeans = {
    .name = "kmeans",
    .sklearn = "KMeans",
    .task = Task::kCluster,
    .options = kmeans::kOptions,
    .arrays = kmeans::kArrays,
    .fit = kmeans::FitKMeans,
    .check = CheckCenters,
    .predict = {One, PredictCluster, ClusterScratch, CenterWork},
    .transform = {CenterCount, ClusterDistances, ClusterScratch, CenterWork},
    .scores = {One, ClusterScores, ClusterScratch, CenterWork},
    .weights = true,
    .init = InitCount,
};

}  // namespace moonlet::ml
