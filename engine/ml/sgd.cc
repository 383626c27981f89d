#include "engine/ml/sgd.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "engine/base/libm.h"
#include "engine/kernels/double_loops.h"
#include "engine/ml/buffer.h"
#include "engine/ml/sgd_loss.h"
#include "engine/tensor/random.h"

namespace moonlet::ml {
namespace {

constexpr double kSteepest = 1e12;   // slopes beyond are cut
constexpr double kLeastRate = 1e-6;  // of the adaptive schedule

// The parameters of one linear function.
struct Line {
  double* coef;
  double* intercept;
};

// What it takes to learn one linear function.
class Learner {
 public:
  Learner(const Fit& fit, const SgdPlan& plan)
      : fit_(fit),
        plan_(plan),
        features_(fit.x.width),
        average_(fit.options.Whole(kSgdAverage)),
        order_(fit.work.memory, fit.x.count),
        paid_(fit.work.memory, paying() ? features_ : 0) {}

  // `average` is where there is averaging. Counts samples on from *t.
  Status Learn(Index row, Line line, Line average, double* t, int64_t iterations);

 private:
  bool paying() const {
    return plan_.penalty == Penalty::kL1 || plan_.penalty == Penalty::kElasticNet;
  }
  void Shuffle(Random* random);
  Status Round(Index row, double* loss);
  void Step(Index i, Index row, double* loss);
  double Update(Index i, double p, double y);
  double Rate() const;
  void Pay();
  bool Finite() const;

  const Fit& fit_;
  const SgdPlan& plan_;
  Index features_;
  int64_t average_;
  Buffer<int32_t> order_;  // of samples
  Buffer<double> paid_;    // of the penalty on sizes, by each coefficient
  Line line_ = {}, mean_ = {};
  double t_ = 1, start_ = 0, eta_ = 0, due_ = 0;
};

void Learner::Shuffle(Random* random) {
  for (Index i = fit_.x.count - 1; i > 0; --i)
    std::swap(order_[i], order_[static_cast<Index>(random->UpTo(static_cast<uint64_t>(i)))]);
}

double Learner::Rate() const {
  if (plan_.schedule == Schedule::kOptimal) return 1 / (plan_.alpha * (start_ + t_ - 1));
  if (plan_.schedule == Schedule::kInvScaling) return plan_.eta0 / moonlet_pow(t_, plan_.power_t);
  return eta_;
}

// What sample i times this is added to the coefficients.
double Learner::Update(Index i, double p, double y) {
  if (plan_.schedule != Schedule::kPa1 && plan_.schedule != Schedule::kPa2) {
    const double slope = SlopeOf(plan_.loss, plan_.epsilon, p, y);
    return -eta_ * std::clamp(slope, -kSteepest, kSteepest);
  }
  const float* x = fit_.x.row(i);
  double length = 0;
  for (Index j = 0; j < features_; ++j) length += static_cast<double>(x[j]) * x[j];
  const double loss = LossOf(plan_.loss, plan_.epsilon, p, y);
  const double side = plan_.loss == Loss::kHinge ? y : (y < p ? -1 : 1);
  if (plan_.schedule == Schedule::kPa2) return side * loss / (length + 0.5 / plan_.c);
  return length > 0 ? side * std::min(plan_.c, loss / length) : 0;
}

// The penalty on sizes that is due, never beyond 0.
void Learner::Pay() {
  due_ += (plan_.penalty == Penalty::kL1 ? 1 : plan_.l1_ratio) * eta_ * plan_.alpha;
  for (Index j = 0; j < features_; ++j) {
    double& c = line_.coef[j];
    const double before = c;
    if (before > 0) c = std::max(0.0, before - (due_ + paid_[j]));
    if (before < 0) c = std::min(0.0, before + (due_ - paid_[j]));
    paid_[j] += c - before;
  }
}

void Learner::Step(Index i, Index row, double* loss) {
  const float* x = fit_.x.row(i);
  const double y = TargetOf(fit_, i, row);
  const double p = DotOfFit(x, line_.coef, features_) + *line_.intercept;
  eta_ = Rate();
  *loss += LossOf(plan_.loss, plan_.epsilon, p, y);
  const double update = Update(i, p, y) * fit_.weight(i);
  if (plan_.penalty == Penalty::kL2 || plan_.penalty == Penalty::kElasticNet) {
    const double share = plan_.penalty == Penalty::kL2 ? 1 : 1 - plan_.l1_ratio;
    const double keep = std::max(0.0, 1 - share * eta_ * plan_.alpha);
    for (Index j = 0; j < features_; ++j) line_.coef[j] *= keep;
  }
  if (update != 0) {
    OverDoubles().add_scaled_floats(line_.coef, x, update, features_);
    if (fit_.options.Flag(kSgdFitIntercept)) *line_.intercept += update;
  }
  if (paying()) Pay();
  const auto from = static_cast<double>(average_);
  if (average_ > 0 && from <= t_) {
    const double share = 1 / (t_ - from + 1);
    for (Index j = 0; j < features_; ++j) mean_.coef[j] += (line_.coef[j] - mean_.coef[j]) * share;
    *mean_.intercept += (*line_.intercept - *mean_.intercept) * share;
  }
  t_ += 1;
}

bool Learner::Finite() const {
  bool finite = std::isfinite(*line_.intercept);
  for (Index j = 0; j < features_; ++j) finite &= static_cast<bool>(std::isfinite(line_.coef[j]));
  return finite;
}

// Once over all samples.
Status Learner::Round(Index row, double* loss) {
  constexpr Index kMostWork = 1 << 19;  // multiply-adds between two looks at the stop token
  const Index between = std::max<Index>(1, kMostWork / features_);
  *loss = 0;
  for (Index i = 0; i < fit_.x.count; ++i) {
    if (i % between == 0)
      if (Status s = fit_.work.Poll(); !s.ok()) return s;
    Step(order_[i], row, loss);
  }
  if (Finite()) return {};
  return Status::Invalid("coefficients grow beyond all bounds: scale the features%s",
                         plan_.schedule == Schedule::kOptimal ? "" : ", or lower eta0");
}

Status Learner::Learn(Index row, Line line, Line average, double* t, int64_t iterations) {
  if (!order_.ok()) return order_.Refusal();
  if (!paid_.ok()) return paid_.Refusal();
  for (Index i = 0; i < fit_.x.count; ++i) order_[i] = static_cast<int32_t>(i);
  std::fill_n(paid_.data(), paying() ? features_ : 0, 0.0);
  line_ = line;
  mean_ = average;
  t_ = *t;
  due_ = 0;
  eta_ = plan_.eta0;
  if (plan_.schedule == Schedule::kOptimal) {
    const double typical = std::sqrt(1 / std::sqrt(plan_.alpha));
    const double steep = SlopeOf(plan_.loss, plan_.epsilon, -typical, 1);
    start_ = std::max(1.0, steep) / (typical * plan_.alpha);
  }
  Random random(fit_.options.Seed(kSgdSeed) + static_cast<uint64_t>(row));
  const double tol = fit_.options.Number(kSgdTol) * static_cast<double>(fit_.x.count);
  double best = std::numeric_limits<double>::infinity();
  int64_t idle = 0;
  for (int64_t round = 0; round < iterations; ++round) {
    const double share = static_cast<double>(round) / static_cast<double>(iterations);
    if (Status s = fit_.work.Done(share); !s.ok()) return s;
    if (fit_.options.Flag(kSgdShuffle)) Shuffle(&random);
    double loss;
    if (Status s = Round(row, &loss); !s.ok()) return s;
    idle = tol >= 0 && loss > best - tol ? idle + 1 : 0;
    best = std::min(best, loss);
    if (idle < fit_.options.Whole(kSgdPatience)) continue;
    if (plan_.schedule != Schedule::kAdaptive || eta_ <= kLeastRate) break;
    eta_ /= 5;
    idle = 0;
  }
  *t = t_;
  return {};
}

// Arrays, with what was learnt before.
Status MakeSgd(const Fit& fit, bool partial, State* state) {
  if (Status s = MakeLinear(fit, state); !s.ok()) return s;
  if (Status s = state->Make(kT, DType::kFloat64, {1}); !s.ok()) return s;
  const bool averaging = fit.options.Whole(kSgdAverage) > 0;
  if (averaging) {
    if (Status s = state->Make(kStandardCoef, DType::kFloat64, (*state)[kCoef].shape); !s.ok())
      return s;
    if (Status s = state->Make(kStandardIntercept, DType::kFloat64, (*state)[kIntercept].shape);
        !s.ok())
      return s;
  }
  state->own<double>(kT)[0] = 1;
  if (!partial || fit.before == nullptr) return {};
  constexpr int kArrays[] = {kCoef, kIntercept, kT, kStandardCoef, kStandardIntercept};
  for (const int array : kArrays)
    if (fit.before->state.has(array))
      if (Status s = state->Copy(array, fit.before->state[array]); !s.ok()) return s;
  return {};
}

Status CheckPlan(const SgdPlan& plan) {
  if (plan.schedule == Schedule::kOptimal && !(plan.alpha > 0))
    return Status::Invalid("schedule 'optimal' needs alpha above 0");
  if (plan.schedule <= Schedule::kAdaptive && plan.schedule != Schedule::kOptimal &&
      !(plan.eta0 > 0))
    return Status::Invalid("this schedule needs eta0 above 0");
  return {};
}

}  // namespace

Status FitSgd(const Fit& fit, const SgdPlan& plan, bool partial, State* state) {
  if (Status s = CheckPlan(plan); !s.ok()) return s;
  if (Status s = MakeSgd(fit, partial, state); !s.ok()) return s;
  Learner learner(fit, plan);
  const bool averaging = fit.options.Whole(kSgdAverage) > 0;
  const double before = state->own<double>(kT)[0];
  const auto from = fit.options.Number(kSgdAverage);
  // Until there is an average, `coef` is what is learnt.
  if (averaging && before <= from) {
    std::fill_n(state->own<double>(kCoef), (*state)[kCoef].size(), 0.0);
    std::fill_n(state->own<double>(kIntercept), (*state)[kIntercept].dim(0), 0.0);
  }
  const Index rows = (*state)[kIntercept].dim(0);
  double latest = before;
  for (Index r = 0; r < rows; ++r) {
    const Line shown = {state->own<double>(kCoef) + r * fit.x.width,
                        state->own<double>(kIntercept) + r};
    Line line = shown;
    if (averaging)
      line = {state->own<double>(kStandardCoef) + r * fit.x.width,
              state->own<double>(kStandardIntercept) + r};
    double t = before;
    const int64_t iterations = partial ? 1 : fit.options.Whole(kSgdIterations);
    if (Status s = learner.Learn(r, line, shown, &t, iterations); !s.ok()) return s;
    if (averaging && t <= from) {
      std::copy_n(line.coef, fit.x.width, shown.coef);
      *shown.intercept = *line.intercept;
    }
    latest = std::max(latest, t);
  }
  state->own<double>(kT)[0] = latest;
  return {};
}

Status CheckSgd(const Estimator& e) {
  const bool classify = e.kind->task == Task::kClassify;
  if (Status s = classify ? CheckLinearClassifier(e) : CheckLinearRegressor(e); !s.ok()) return s;
  if (e.state[kT].dim(0) != 1) return Status::Invalid("array 't' is %td long", e.state[kT].dim(0));
  const bool averaging = e.options.Whole(kSgdAverage) > 0;
  if (averaging != e.state.has(kStandardCoef) || averaging != e.state.has(kStandardIntercept))
    return Status::Invalid("arrays of an average are %s", averaging ? "missing" : "not asked");
  return {};
}

}  // namespace moonlet::ml
