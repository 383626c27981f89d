// engine/ml/minibatch_kmeans.cc - k-means from a few samples at a time (Sculley, "Web-Scale K-Means
// Clustering", 2010): each center is the mean of all samples that ever fell to it.
#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/ml/kinds.h"
#include "engine/ml/kmeans.h"

namespace moonlet::ml {
namespace minibatch_kmeans {
namespace {

enum { kBatch = kKMeansOptions, kPatience, kReassign };
constexpr OptionSpec kOptions[] = {
    {"clusters", "n_clusters", OptionType::kWhole, 8, 1, 1e6f},
    {"init", "", OptionType::kWord, 0, 0, 0, kStartWords},
    {"runs", "n_init", OptionType::kWhole, 3, 1, 1e4f},
    {"iterations", "max_iter", OptionType::kWhole, 100, 1, 1e6f},
    {"tol", "", OptionType::kNumber, 0, 0, 1e30f},
    {"seed", "random_state", OptionType::kSeed},
    {"batch", "batch_size", OptionType::kWhole, 1024, 1, 1e6f},
    {"patience", "max_no_improvement", OptionType::kWhole, 10, 1, 1e6f},
    {"reassign", "reassignment_ratio", OptionType::kNumber, 0.01, 0, 1},
};

enum { kCounts = kKMeansArrays, kSteps };
constexpr ArraySpec kArrays[] = {
    kCentersSpec,
    kLabelsSpec,
    kInertiaSpec,
    kIterationsSpec,
    {"counts", DType::kFloat64, "c"},
    {"n_steps", DType::kInt32, "o"},
};

struct Step {
  const Fit& fit;  // its samples are the batch
  double* centers;
  double* counts;
  double* sums;  // to work with: {clusters, width + 1}
  int32_t steps;
  Random* random;
};

// Centers that hardly any sample fell to start again at samples of the batch.
void Reassign(const Step& step) {
  const Index count = InitCount(step.fit.options), f = step.fit.x.width, n = step.fit.x.count;
  const double bound =
      step.fit.options.Number(kReassign) * *std::max_element(step.counts, step.counts + count);
  double least = std::numeric_limits<double>::infinity();
  for (Index c = 0; c < count; ++c)
    if (step.counts[c] >= bound) least = std::min(least, step.counts[c]);
  Index left = n / 2;
  for (Index c = 0; c < count && left > 0; ++c) {
    if (step.counts[c] >= bound) continue;
    const auto i = static_cast<Index>(step.random->UpTo(static_cast<uint64_t>(n - 1)));
    std::copy_n(step.fit.x.row(i), f, step.centers + c * f);
    step.counts[c] = least;
    --left;
  }
}

// `*inertia` is the batch's before the centers move, `*shift` the sum of their squared ways.
Status Take(const Step& step, double* inertia, double* shift) {
  const Index count = InitCount(step.fit.options), f = step.fit.x.width;
  double* weights = step.sums + count * f;
  std::fill_n(step.sums, count * (f + 1), 0.0);
  const bool empty = std::find(step.counts, step.counts + count, 0.0) != step.counts + count;
  const int64_t every = std::max<int64_t>(10 * count / std::max<Index>(step.fit.x.count, 1), 1);
  *inertia = *shift = 0;
  const Centers centers = {{}, step.centers, count, f};
  Status s =
      EachAssignment(step.fit.work, step.fit.x, centers, [&](Index i, Index number, double rank) {
        const double w = step.fit.weight(i);
        const float* row = step.fit.x.row(i);
        double* sum = step.sums + number * f;
        for (Index j = 0; j < f; ++j) sum[j] += w * row[j];
        weights[number] += w;
        *inertia += w * rank;
      });
  if (!s.ok()) return s;
  for (Index c = 0; c < count; ++c) {
    if (!(weights[c] > 0)) continue;
    const double all = step.counts[c] + weights[c];
    for (Index j = 0; j < f; ++j) {
      double& center = step.centers[c * f + j];
      const double mean = (center * step.counts[c] + step.sums[c * f + j]) / all;
      *shift += (mean - center) * (mean - center);
      center = mean;
    }
    step.counts[c] = all;
  }
  if (empty || step.steps % every == 0) Reassign(step);
  return {};
}

// Rows drawn from those of `fit`, each as likely as the other, with their weights.
class Batch {
 public:
  Batch(const Fit& fit, Index count)
      : fit_(fit),
        count_(count),
        rows_(fit.work.memory, count, fit.x.width),
        weights_(fit.work.memory, count) {}
  Status Check() const {
    if (!rows_.ok()) return rows_.Refusal();
    return weights_.ok() ? Status() : weights_.Refusal();
  }
  Fit Draw(Random* random) {
    const Index f = fit_.x.width;
    for (Index i = 0; i < count_; ++i) {
      const auto from = static_cast<Index>(random->UpTo(static_cast<uint64_t>(fit_.x.count - 1)));
      std::copy_n(fit_.x.row(from), f, rows_.data() + i * f);
      weights_[i] = fit_.weight(from);
    }
    const Samples x = {rows_.data(), nullptr, count_, f};
    return {fit_.options, x, nullptr, 0, nullptr, weights_.data(), nullptr, fit_.work, fit_.init};
  }

 private:
  const Fit& fit_;
  Index count_;
  Buffer<float> rows_;
  Buffer<double> weights_;
};

// Of some starts over part of the samples, the one with the least inertia.
Status Begin(const Fit& fit, Index size, Random* random, double* centers) {
  const Index count = InitCount(fit.options), f = fit.x.width;
  const auto runs = static_cast<int>(fit.init != nullptr ? 1 : fit.options.Whole(kRuns));
  if (runs == 1 && fit.init != nullptr) return StartingCenters(fit, random, centers);
  Batch batch(fit, std::max(std::min(3 * size, fit.x.count), count));
  Buffer<double> trial(fit.work.memory, count, f);
  if (Status s = batch.Check(); !s.ok()) return s;
  if (!trial.ok()) return trial.Refusal();
  const Fit part = batch.Draw(random);
  double least = std::numeric_limits<double>::infinity();
  for (int i = 0; i < runs; ++i) {
    if (Status s = StartingCenters(part, random, trial.data()); !s.ok()) return s;
    double inertia = 0;
    Status s =
        EachAssignment(fit.work, part.x, {{}, trial.data(), count, f},
                       [&](Index row, Index, double rank) { inertia += part.weight(row) * rank; });
    if (!s.ok()) return s;
    if (i > 0 && !(inertia < least)) continue;
    least = inertia;
    std::copy_n(trial.data(), count * f, centers);
  }
  return {};
}

// Whether steps still make the mean inertia less: a running mean, as smooth as batches are small.
class Trend {
 public:
  Trend(double share, int64_t patience) : share_(std::min(share, 1.0)), patience_(patience) {}
  bool Ended(double inertia) {
    mean_ = first_ ? inertia : mean_ * (1 - share_) + inertia * share_;
    first_ = false;
    worse_ = mean_ < least_ ? 0 : worse_ + 1;
    least_ = std::min(least_, mean_);
    return worse_ >= patience_;
  }

 private:
  double share_;
  int64_t patience_;
  double mean_ = 0, least_ = std::numeric_limits<double>::infinity();
  int64_t worse_ = 0;
  bool first_ = true;
};

Status MakeArrays(const Fit& fit, State* state) {
  if (Status s = MakeCenterArrays(fit, state); !s.ok()) return s;
  if (Status s = state->Make(kCounts, DType::kFloat64, {InitCount(fit.options)}); !s.ok()) return s;
  return state->Make(kSteps, DType::kInt32, {1});
}

Status Finish(const Fit& fit, State* state) {
  const Centers centers = {
      {}, state->get<double>(kClusterCenters), InitCount(fit.options), fit.x.width};
  return MakeLabels(fit, centers, state->own<int32_t>(kLabels), state->own<double>(kInertia));
}

Status FitBatches(const Fit& fit, State* state) {
  if (Status s = CheckClusters(fit); !s.ok()) return s;
  if (Status s = MakeArrays(fit, state); !s.ok()) return s;
  const Index n = fit.x.count, f = fit.x.width;
  const Index size = std::min(static_cast<Index>(fit.options.Whole(kBatch)), n);
  Random random(fit.options.Seed(kSeed));
  auto* centers = state->own<double>(kClusterCenters);
  if (Status s = Begin(fit, size, &random, centers); !s.ok()) return s;
  Batch batch(fit, size);
  Buffer<double> sums(fit.work.memory, InitCount(fit.options), f + 1);
  if (Status s = batch.Check(); !s.ok()) return s;
  if (!sums.ok()) return sums.Refusal();
  int32_t& steps = state->own<int32_t>(kSteps)[0];
  const double most = std::max(std::floor(fit.options.Number(kIterations) * static_cast<double>(n) /
                                          static_cast<double>(size)),
                               1.0);
  Trend trend(2.0 * static_cast<double>(size) / static_cast<double>(n + 1),
              fit.options.Whole(kPatience));
  const double tol = fit.options.Number(kTol);
  for (bool ended = false; !ended && steps < most && steps < INT32_MAX;) {
    if (Status s = fit.work.Done(steps / most); !s.ok()) return s;
    const Fit part = batch.Draw(&random);
    const Step step = {part, centers, state->own<double>(kCounts), sums.data(), ++steps, &random};
    double inertia, shift;
    if (Status s = Take(step, &inertia, &shift); !s.ok()) return s;
    if (steps == 1) continue;  // its inertia is that of the start
    ended = trend.Ended(inertia / static_cast<double>(size)) || (tol > 0 && shift <= tol);
  }
  state->own<int32_t>(kIterationsDone)[0] = static_cast<int32_t>(
      std::ceil(static_cast<double>(steps) * static_cast<double>(size) / static_cast<double>(n)));
  return Finish(fit, state);
}

Status PartialFit(const Fit& fit, State* state) {
  if (fit.before == nullptr)
    if (Status s = CheckClusters(fit); !s.ok()) return s;
  if (Status s = MakeArrays(fit, state); !s.ok()) return s;
  auto* centers = state->own<double>(kClusterCenters);
  int32_t& steps = state->own<int32_t>(kSteps)[0];
  if (fit.before != nullptr) {
    const State& before = fit.before->state;
    std::copy_n(before.get<double>(kClusterCenters), InitCount(fit.options) * fit.x.width, centers);
    std::copy_n(before.get<double>(kCounts), InitCount(fit.options), state->own<double>(kCounts));
    steps = std::clamp<int32_t>(before.get<int32_t>(kSteps)[0], 0, INT32_MAX - 1);
  }
  // Another stream of random numbers at each step, and the same one wherever it is taken.
  constexpr uint64_t kStride = 0x9E3779B97F4A7C15u;
  Random random(fit.options.Seed(kSeed) + static_cast<uint64_t>(steps) * kStride);
  if (fit.before == nullptr)
    if (Status s = StartingCenters(fit, &random, centers); !s.ok()) return s;
  Buffer<double> sums(fit.work.memory, InitCount(fit.options), fit.x.width + 1);
  if (!sums.ok()) return sums.Refusal();
  const Step step = {fit, centers, state->own<double>(kCounts), sums.data(), ++steps, &random};
  double inertia, shift;
  if (Status s = Take(step, &inertia, &shift); !s.ok()) return s;
  state->own<int32_t>(kIterationsDone)[0] = steps;
  return Finish(fit, state);
}

Status Check(const Estimator& e) {
  if (Status s = CheckCenters(e); !s.ok()) return s;
  if (CenterCount(e) != InitCount(e.options))
    return Status::Invalid("not as many centers as asked");
  return e.state[kSteps].dim(0) == 1 ? Status()
                                     : Status::Invalid("array 'n_steps' is not one number");
}

}  // namespace
}  // namespace minibatch_kmeans

const Kind kMiniBatchKMeans = {
    .name = "minibatch_kmeans",
    .sklearn = "MiniBatchKMeans",
    .task = Task::kCluster,
    .options = minibatch_kmeans::kOptions,
    .arrays = minibatch_kmeans::kArrays,
    .fit = minibatch_kmeans::FitBatches,
    .partial_fit = minibatch_kmeans::PartialFit,
    .check = minibatch_kmeans::Check,
    .predict = {One, PredictCluster, ClusterScratch, CenterWork},
    .transform = {CenterCount, ClusterDistances, ClusterScratch, CenterWork},
    .scores = {One, ClusterScores, ClusterScratch, CenterWork},
    .weights = true,
    .init = InitCount,
};

}  // namespace moonlet::ml
