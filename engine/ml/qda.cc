// engine/ml/qda.cc - quadratic discriminant analysis: one normal distribution per class.
//
// Hastie, Tibshirani and Friedman, The Elements of Statistical Learning, 2nd edition, 4.3. The
// covariances are kept as the factors of engine/ml/gaussian.h, in place of scikit-learn's rotations
// and scalings.
#include <algorithm>

#include "engine/base/libm.h"
#include "engine/ml/buffer.h"
#include "engine/ml/gaussian.h"
#include "engine/ml/kinds.h"
#include "engine/ml/softmax.h"

namespace moonlet::ml {
namespace qda {
namespace {

enum { kReg, kFitPrior, kStoreCovariance };
constexpr OptionSpec kOptions[] = {
    {"reg", "reg_param", OptionType::kNumber, 0, 0, 1},
    {"fit_prior", "priors", OptionType::kFlag, 1},
    {"store_covariance", "", OptionType::kFlag, 0},
};

enum { kMeans, kPriors, kFactors, kCovariance };
constexpr ArraySpec kArrays[] = {
    {"means", DType::kFloat64, "kf"},
    {"priors", DType::kFloat64, "k"},
    {"precisions_cholesky", DType::kFloat64, "kff"},
    {"covariance", DType::kFloat64, "kff", true},
};

Status FitQda(const Fit& fit, State* state) {
  const Index k = fit.classes, f = fit.x.width;
  if (Status s = state->Make(kMeans, DType::kFloat64, {k, f}); !s.ok()) return s;
  if (Status s = state->Make(kPriors, DType::kFloat64, {k}); !s.ok()) return s;
  if (Status s = state->Make(kFactors, DType::kFloat64, {k, f, f}); !s.ok()) return s;
  if (fit.options.Flag(kStoreCovariance))
    if (Status s = state->Make(kCovariance, DType::kFloat64, {k, f, f}); !s.ok()) return s;
  Buffer<double> row(fit.work.memory, f);
  if (!row.ok()) return row.Refusal();
  const double reg = fit.options.Number(kReg);
  for (Index c = 0; c < k; ++c) {
    if (Status s = fit.work.Done(static_cast<double>(c) / static_cast<double>(k)); !s.ok())
      return s;
    double* matrix = state->own<double>(kFactors) + c * f * f;
    double count;
    if (Status s = SumAround(fit, static_cast<int32_t>(c), state->own<double>(kMeans) + c * f,
                             matrix, row.data(), &count);
        !s.ok())
      return s;
    if (count < 2)
      return Status::Invalid("class %td has a single sample, its covariance is singular", c + 1);
    for (Index i = 0; i < f * f; ++i)
      matrix[i] = (1 - reg) * matrix[i] / (count - 1) + (i % (f + 1) == 0 ? reg : 0.0);
    if (state->has(kCovariance))
      std::copy_n(matrix, f * f, state->own<double>(kCovariance) + c * f * f);
    const Status s = FactorPrecision(matrix, f, fit.work.stop);
    if (s.code() == Code::kInvalid)
      return Status::Invalid("class %td: its covariance is singular; a larger 'reg' helps", c + 1);
    if (!s.ok()) return s;
    state->own<double>(kPriors)[c] = fit.options.Flag(kFitPrior)
                                         ? count / static_cast<double>(fit.x.count)
                                         : 1 / static_cast<double>(k);
  }
  return {};
}

// log P(class) + log P(row | class), but for a constant.
void RunJoint(const Estimator& e, const Samples& x, double* out, double* scratch) {
  const Index k = e.classes, f = e.features;
  for (Index c = 0; c < k; ++c) {
    const double* factor = e.state.get<double>(kFactors) + c * f * f;
    SquaredDistances(Measure::kFactor, x, e.state.get<double>(kMeans) + c * f, factor, out + c, k,
                     scratch);
    const double constant =
        LogOfProduct(factor, f, f + 1) + moonlet_log(e.state.get<double>(kPriors)[c]);
    for (Index i = 0; i < x.count; ++i) out[i * k + c] = constant - 0.5 * out[i * k + c];
  }
}

void RunProba(const Estimator& e, const Samples& x, double* out, double* scratch) {
  RunJoint(e, x, out, scratch);
  for (Index i = 0; i < x.count; ++i) Softmax(out + i * e.classes, e.classes);
}

Index DecisionWidth(const Estimator& e) { return e.classes == 2 ? 1 : e.classes; }

void RunDecision(const Estimator& e, const Samples& x, double* out, double* scratch) {
  if (e.classes != 2) return RunJoint(e, x, out, scratch);
  double* joint = scratch + DistanceScratch(e.features);
  RunJoint(e, x, joint, scratch);
  for (Index i = 0; i < x.count; ++i) out[i] = joint[2 * i + 1] - joint[2 * i];
}

Index Scratch(const Estimator& e) { return DistanceScratch(e.features) + 2 * kBlockRows; }
Index WorkPerRow(const Estimator& e) { return e.classes * e.features * e.features / 2 + 1; }

}  // namespace
}  // namespace qda

const Kind kQda = {
    .name = "qda",
    .sklearn = "QuadraticDiscriminantAnalysis",
    .task = Task::kClassify,
    .options = qda::kOptions,
    .arrays = qda::kArrays,
    .fit = qda::FitQda,
    .proba = {Classes, qda::RunProba, qda::Scratch, qda::WorkPerRow},
    .decision = {qda::DecisionWidth, qda::RunDecision, qda::Scratch, qda::WorkPerRow},
};

}  // namespace moonlet::ml
