// engine/ml/elliptic_envelope.cc - outliers by their distance from a robust mean and covariance.
//
// FastMCD: Rousseeuw and Van Driessen, "A Fast Algorithm for the Minimum Covariance Determinant
// Estimator", 1999. Of the samples, a little more than half are sought whose covariance has the
// least determinant; then samples near them are taken in too.
#include <algorithm>
#include <cmath>
#include <utility>

#include "engine/base/libm.h"
#include "engine/ml/buffer.h"
#include "engine/ml/columns.h"
#include "engine/ml/covariance.h"
#include "engine/ml/gaussian.h"
#include "engine/ml/kinds.h"
#include "engine/tensor/random.h"

namespace moonlet::ml {
namespace elliptic_envelope {
namespace {

enum { kContamination, kSupport, kTrials, kSeed };
constexpr OptionSpec kOptions[] = {
    {"contamination", "", OptionType::kNumber, 0.1, 1e-6f, 0.5f},
    {"support", "support_fraction", OptionType::kNumber, -1, 0.5f, 1, "auto"},
    {"trials", "", OptionType::kWhole, 500, 1, 1e6f},
    {"seed", "random_state", OptionType::kSeed},
};

enum { kOffset = kPrecisionArray + 1 };
constexpr ArraySpec kArrays[] = {
    {"location", DType::kFloat64, "f"},
    {"covariance", DType::kFloat64, "ff"},
    {"precision", DType::kFloat64, "ff"},
    {"offset", DType::kFloat64, "o"},
};

constexpr Index kSmall = 600;  // samples that are searched as a whole
constexpr Index kPart = 300;   // else parts of so many,
constexpr Index kMostParts = 5;
constexpr Index kBest = 10;  // of which so many candidates go on
constexpr int kFewSteps = 2;
constexpr int kManySteps = 30;

// P(chi^2 with `freedom` degrees <= x), in closed form.
double ChiSquared(double x, Index freedom) {
  const double half = x / 2;
  double sum = 0;
  if (freedom % 2 == 0) {
    double term = moonlet_exp(-half);
    for (Index i = 1; i <= freedom / 2; term *= half / static_cast<double>(i++)) sum += term;
    return 1 - sum;
  }
  double term = moonlet_exp(-half) * 2 * std::sqrt(half / 3.141592653589793);
  for (Index i = 1; i <= freedom / 2; term *= half / (static_cast<double>(i++) + 0.5)) sum += term;
  return moonlet_erf(std::sqrt(half)) - sum;
}

// The x below which chi^2 lies with `share`; normal_quantile is that of a normal distribution, for
// the approximation of Wilson and Hilferty where the closed form leaves double's range.
double ChiSquaredQuantile(double share, double normal_quantile, Index freedom) {
  constexpr Index kMostFreedom = 700;
  const auto k = static_cast<double>(freedom);
  if (freedom > kMostFreedom) {
    const double root = 1 - 2 / (9 * k) + normal_quantile * std::sqrt(2 / (9 * k));
    return k * root * root * root;
  }
  double low = 0, high = k + 20 * std::sqrt(k) + 40;
  for (int i = 0; i < 100; ++i) {
    const double middle = 0.5 * (low + high);
    (ChiSquared(middle, freedom) < share ? low : high) = middle;
  }
  return 0.5 * (low + high);
}

// A mean and the factor of a covariance, and the logarithm of its determinant.
struct Candidate {
  double* location;
  double* factor;
  double log_det;
};

// Several, the best first, in one block.
class Candidates {
 public:
  Candidates(Allocator& memory, Index most, Index features)
      : values_(memory, most + 1, features * (features + 1)), list_(memory, most + 1), most_(most) {
    for (Index i = 0; ok() && i <= most; ++i) {
      list_[i].location = values_.data() + i * features * (features + 1);
      list_[i].factor = list_[i].location + features;
    }
  }
  bool ok() const { return values_.ok() && list_.ok(); }
  Status Refusal() const { return values_.Refusal(); }
  Index count() const { return count_; }
  Candidate& operator[](Index i) { return list_[i]; }
  // Where the next one is made; Add takes it in if it is among the best.
  Candidate& next() { return list_[count_]; }
  void Add() {
    Index i = count_;
    for (; i > 0 && list_[i].log_det < list_[i - 1].log_det; --i) std::swap(list_[i], list_[i - 1]);
    if (count_ < most_) ++count_;
  }
  void Clear() { count_ = 0; }

 private:
  Buffer<double> values_;
  Buffer<Candidate> list_;
  Index most_;
  Index count_ = 0;
};

struct Search {
  const Fit& fit;
  Index samples, features;
  Buffer<double> distances, scratch, row;
  Buffer<float> gathered;
  Buffer<int32_t> chosen, shuffled;
  Random random;

  explicit Search(const Fit& f)
      : fit(f),
        samples(f.x.count),
        features(f.x.width),
        distances(f.work.memory, samples),
        scratch(f.work.memory, DistanceScratch(features)),
        row(f.work.memory, features),
        gathered(f.work.memory, kBlockRows, features),
        chosen(f.work.memory, samples),
        shuffled(f.work.memory, samples),
        random(f.options.Seed(kSeed)) {}
  bool ok() const {
    return distances.ok() && scratch.ok() && row.ok() && gathered.ok() && chosen.ok() &&
           shuffled.ok();
  }
};

// Samples by their numbers, `count` of them, of which `half` are to be found.
struct Subset {
  const int32_t* rows;
  Index count;
  Index half;
};

// Mean and covariance of samples; `factor` keeps the covariance with `whole`.
Status FitRows(Search& s, const int32_t* rows, Index count, Candidate* c, bool whole = false) {
  const Index f = s.features;
  std::fill_n(c->location, f, 0.0);
  std::fill_n(c->factor, f * f, 0.0);
  for (Index i = 0; i < count; ++i) {
    if (Status status = s.fit.work.Poll(); !status.ok()) return status;
    OverDoubles().add_scaled_floats(c->location, s.fit.x.row(rows[i]), 1, f);
  }
  for (Index j = 0; j < f; ++j) c->location[j] /= static_cast<double>(count);
  for (Index i = 0; i < count; ++i) {
    if (Status status = s.fit.work.Poll(); !status.ok()) return status;
    for (Index j = 0; j < f; ++j) s.row[j] = s.fit.x.row(rows[i])[j] - c->location[j];
    AddOuter(s.row.data(), 1, f, c->factor);
  }
  Mirror(c->factor, f);
  for (Index i = 0; i < f * f; ++i) c->factor[i] /= static_cast<double>(count);
  if (whole) return {};
  if (Status status = FactorPrecision(c->factor, f, s.fit.work.stop); !status.ok()) return status;
  c->log_det = -2 * LogOfProduct(c->factor, f, f + 1);
  return {};
}

// Squared distances of a subset, in its order.
Status MeasureRows(Search& s, const Subset& subset, const Candidate& c) {
  const Index f = s.features;
  for (Index first = 0; first < subset.count; first += kBlockRows) {
    if (Status status = s.fit.work.Poll(); !status.ok()) return status;
    const Index rows = std::min(kBlockRows, subset.count - first);
    for (Index i = 0; i < rows; ++i)
      std::copy_n(s.fit.x.row(subset.rows[first + i]), f, s.gathered.data() + i * f);
    double* out = s.distances.data() + first;
    SquaredDistances(Measure::kFactor, {s.gathered.data(), nullptr, rows, f}, c.location, c.factor,
                     out, 1, s.scratch.data());
    for (Index i = 0; i < rows; ++i)
      if (std::isnan(out[i])) out[i] = HUGE_VAL;
  }
  return {};
}

// To the half of the subset that lies nearest; the determinant never grows.
Status Step(Search& s, const Subset& subset, Candidate* c) {
  if (Status status = MeasureRows(s, subset, *c); !status.ok()) return status;
  int32_t* order = s.chosen.data();
  for (Index i = 0; i < subset.count; ++i) order[i] = static_cast<int32_t>(i);
  const double* distance = s.distances.data();
  std::nth_element(order, order + subset.half - 1, order + subset.count,
                   [distance](int32_t a, int32_t b) {
                     return distance[a] != distance[b] ? distance[a] < distance[b] : a < b;
                   });
  std::sort(order, order + subset.half);  // sums run in one order everywhere
  for (Index i = 0; i < subset.half; ++i) order[i] = subset.rows[order[i]];
  return FitRows(s, order, subset.half, c);
}

Status Steps(Search& s, const Subset& subset, int most, Candidate* c) {
  for (int i = 0; i < most; ++i) {
    const double before = c->log_det;
    if (Status status = Step(s, subset, c); !status.ok()) return status;
    if (i > 0 && !(c->log_det < before - 1e-12 * std::fabs(before))) break;
  }
  return {};
}

// As few samples as have a covariance, drawn from the subset.
Status Draw(Search& s, const Subset& subset, Candidate* c) {
  int32_t* drawn = s.chosen.data();
  std::copy_n(subset.rows, subset.count, drawn);
  Index count = 0;
  Status status;
  do {
    const Index more = std::min(count + s.features + 1, subset.half);
    for (; count < more; ++count) {
      const auto left = static_cast<uint64_t>(subset.count - count - 1);
      std::swap(drawn[count], drawn[count + static_cast<Index>(s.random.UpTo(left))]);
    }
    status = FitRows(s, drawn, count, c);
  } while (status.code() == Code::kInvalid && count < subset.half);
  return status;
}

Status Try(Search& s, const Subset& subset, int64_t trials, Candidates* best) {
  for (int64_t i = 0; i < trials; ++i) {
    if (Status status = Draw(s, subset, &best->next()); !status.ok()) return status;
    if (Status status = Steps(s, subset, kFewSteps, &best->next()); !status.ok()) return status;
    best->Add();
  }
  return {};
}

// Takes candidates on with another subset; the best of them go to `to`.
Status Refine(Search& s, const Subset& subset, int steps, Candidates& from, Candidates* to) {
  const Index f = s.features;
  for (Index i = 0; i < from.count(); ++i) {
    Candidate& c = to->next();
    std::copy_n(from[i].location, f, c.location);
    std::copy_n(from[i].factor, f * f, c.factor);
    c.log_det = from[i].log_det;
    if (Status status = Steps(s, subset, steps, &c); !status.ok()) return status;
    to->Add();
  }
  return {};
}

// Candidates found in parts of many samples, and taken on with all of these.
Status SearchParts(Search& s, Index half, Candidates& best, Candidates* merged) {
  const Work& work = s.fit.work;
  int32_t* rows = s.shuffled.data();
  const Index parts = std::min(kMostParts, s.samples / kPart);
  for (Index i = 0; i < parts * kPart; ++i) {
    const auto left = static_cast<uint64_t>(s.samples - i - 1);
    std::swap(rows[i], rows[i + static_cast<Index>(s.random.UpTo(left))]);
  }
  const auto half_of = [&](Index count) { return (count * half + s.samples - 1) / s.samples; };
  Candidates pooled(work.memory, kBest * kMostParts, s.features);
  if (!pooled.ok()) return pooled.Refusal();
  const int64_t trials = std::max<int64_t>(s.fit.options.Whole(kTrials) / parts, 1);
  for (Index i = 0; i < parts; ++i) {
    const double share = 0.6 * static_cast<double>(i) / static_cast<double>(parts);
    if (Status status = work.Done(share); !status.ok()) return status;
    const Subset part = {rows + i * kPart, kPart, half_of(kPart)};
    best.Clear();
    if (Status status = Try(s, part, trials, &best); !status.ok()) return status;
    if (Status status = Refine(s, part, 1, best, &pooled); !status.ok()) return status;
  }
  const Subset pool = {rows, parts * kPart, half_of(parts * kPart)};
  return Refine(s, pool, kFewSteps, pooled, merged);
}

// The best candidate of all samples, as result[0].
Status FindMinimum(Search& s, Index half, Candidates* result) {
  Candidates best(s.fit.work.memory, kBest, s.features);
  Candidates merged(s.fit.work.memory, kBest, s.features);
  if (!best.ok() || !merged.ok()) return best.Refusal();
  for (Index i = 0; i < s.samples; ++i) s.shuffled[i] = static_cast<int32_t>(i);
  const Subset all = {s.shuffled.data(), s.samples, half};
  const bool small = s.samples <= kSmall;
  const Status found = small ? Try(s, all, s.fit.options.Whole(kTrials), &best)
                             : SearchParts(s, half, best, &merged);
  if (!found.ok()) return found;
  if (Status status = s.fit.work.Done(0.8); !status.ok()) return status;
  return Refine(s, all, kManySteps, small ? best : merged, result);
}

// The number at `share` between the least and the largest, between neighbours in proportion.
double Percentile(double* values, Index count, double share) {
  Sort(values, count);
  const double at = share * static_cast<double>(count - 1);
  const auto low = static_cast<Index>(at);
  const Index high = std::min(low + 1, count - 1);
  return values[low] + (at - static_cast<double>(low)) * (values[high] - values[low]);
}

// Takes in all samples that lie as near as normally distributed ones would.
Status Reweight(Search& s, Candidate* c, double* covariance) {
  constexpr double kMedianNormal = 0, kNearNormal = 1.959963984540054;
  constexpr double kNear = 0.975;
  const Index f = s.features;
  const Subset all = {s.shuffled.data(), s.samples, s.samples};
  if (Status status = MeasureRows(s, all, *c); !status.ok()) return status;
  Buffer<double> sorted(s.fit.work.memory, s.samples);
  if (!sorted.ok()) return sorted.Refusal();
  std::copy_n(s.distances.data(), s.samples, sorted.data());
  const double median = Percentile(sorted.data(), s.samples, 0.5);
  const double correction = median / ChiSquaredQuantile(0.5, kMedianNormal, f);
  const double limit = ChiSquaredQuantile(kNear, kNearNormal, f) * correction;
  Index count = 0;
  for (Index i = 0; i < s.samples; ++i)
    if (s.distances[i] < limit) s.chosen[count++] = s.shuffled[i];
  if (count < 2) return Status::Invalid("no samples lie near each other");
  std::sort(s.chosen.data(), s.chosen.data() + count);
  if (Status status = FitRows(s, s.chosen.data(), count, c, true); !status.ok()) return status;
  std::copy_n(c->factor, f * f, covariance);
  return FactorPrecision(c->factor, f, s.fit.work.stop);
}

Status FitSearch(Search& s, State* state) {
  const Index f = s.features, n = s.samples;
  const double support = s.fit.options.Number(kSupport);
  const Index half = support > 0 ? static_cast<Index>(support * static_cast<double>(n))
                                 : std::min((n + f + 2) / 2, n);
  Candidates result(s.fit.work.memory, 1, f);
  Buffer<double> covariance(s.fit.work.memory, f, f);
  if (!result.ok() || !covariance.ok()) return result.Refusal();
  if (Status status = FindMinimum(s, std::max<Index>(half, 1), &result); !status.ok())
    return status;
  if (Status status = Reweight(s, &result[0], covariance.data()); !status.ok()) return status;
  if (Status status = MeasureRows(s, {s.shuffled.data(), n, n}, result[0]); !status.ok())
    return status;
  if (Status status = KeepCovariance(result[0].location, covariance.data(), result[0].factor, f,
                                     s.fit.work.stop, state);
      !status.ok())
    return status;
  if (Status status = state->Make(kOffset, DType::kFloat64, {1}); !status.ok()) return status;
  state->own<double>(kOffset)[0] =
      -Percentile(s.distances.data(), n, 1 - s.fit.options.Number(kContamination));
  return {};
}

Status FitEnvelope(const Fit& fit, State* state) {
  if (fit.x.count < 2) return Status::Invalid("at least 2 samples expected, got 1");
  Search s(fit);
  if (!s.ok()) return s.distances.Refusal();
  const Status status = FitSearch(s, state);
  if (status.code() != Code::kInvalid) return status;
  return Status::Invalid(
      "the covariance of half of %td samples of %td features is singular: they "
      "lie in a plane, or are too few",
      fit.x.count, fit.x.width);
}

void RunScores(const Estimator& e, const Samples& x, double* out, double* scratch) {
  kMahalanobis.run(e, x, out, scratch);
  for (Index i = 0; i < x.count; ++i) out[i] = -out[i];
}

void RunDecision(const Estimator& e, const Samples& x, double* out, double* scratch) {
  RunScores(e, x, out, scratch);
  for (Index i = 0; i < x.count; ++i) out[i] -= e.state.get<double>(kOffset)[0];
}

void RunPredict(const Estimator& e, const Samples& x, double* out, double* scratch) {
  RunDecision(e, x, out, scratch);
  for (Index i = 0; i < x.count; ++i) out[i] = out[i] >= 0 ? 1 : -1;
}

Status Check(const Estimator& e) {
  return e.state[kOffset].dim(0) == 1 ? Status() : Status::Invalid("array 'offset' is no number");
}

Index Scratch(const Estimator& e) { return DistanceScratch(e.features); }
Index WorkPerRow(const Estimator& e) { return e.features * e.features; }

}  // namespace
}  // namespace elliptic_envelope

const Kind kEllipticEnvelope = {
    .name = "elliptic_envelope",
    .sklearn = "EllipticEnvelope",
    .task = Task::kOutliers,
    .options = elliptic_envelope::kOptions,
    .arrays = elliptic_envelope::kArrays,
    .fit = elliptic_envelope::FitEnvelope,
    .check = elliptic_envelope::Check,
    .predict = {One, elliptic_envelope::RunPredict, elliptic_envelope::Scratch,
                elliptic_envelope::WorkPerRow},
    .decision = {One, elliptic_envelope::RunDecision, elliptic_envelope::Scratch,
                 elliptic_envelope::WorkPerRow},
    .scores = {One, elliptic_envelope::RunScores, elliptic_envelope::Scratch,
               elliptic_envelope::WorkPerRow},
};

}  // namespace moonlet::ml
