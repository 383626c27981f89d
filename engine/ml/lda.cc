// engine/ml/lda.cc - linear discriminant analysis: a classifier, and a projection that keeps
// classes apart.
//
// Hastie, Tibshirani and Friedman, The Elements of Statistical Learning, 2nd edition, 4.3. Both
// solvers of scikit-learn: "svd" whitens by the within-class covariance in the directions it spans,
// "eigen" inverts that covariance, which may be shrunk towards a multiple of the identity.
#include <algorithm>
#include <cmath>

#include "engine/base/libm.h"
#include "engine/ml/affine.h"
#include "engine/ml/buffer.h"
#include "engine/ml/gaussian.h"
#include "engine/ml/kinds.h"
#include "engine/ml/softmax.h"
#include "engine/tensor/eigh.h"

namespace moonlet::ml {
namespace lda {
namespace {

enum { kSolver, kShrinkage, kComponents, kTol, kFitPrior };
enum { kSvd, kEigen };
constexpr OptionSpec kOptions[] = {
    {"solver", "", OptionType::kWord, 0, 0, 0, "svd|eigen"},
    {"shrinkage", "", OptionType::kNumber, 0, 0, 1},
    {"components", "n_components", OptionType::kWhole, -1, 1, 1e6f, "all"},
    {"tol", "", OptionType::kNumber, 1e-4, 0, 1},
    {"fit_prior", "priors", OptionType::kFlag, 1},
};

enum { kCoef, kIntercept, kMeans, kPriors, kXbar, kScalings, kRatio };
constexpr ArraySpec kArrays[] = {
    {"coef", DType::kFloat64, "df"},
    {"intercept", DType::kFloat64, "d"},
    {"means", DType::kFloat64, "kf", true},
    {"priors", DType::kFloat64, "k", true},
    {"xbar", DType::kFloat64, "f", true},
    {"scalings", DType::kFloat64, "fc", true},
    {"explained_variance_ratio", DType::kFloat64, "c", true},
};

Index DecisionWidth(const Estimator& e) { return e.classes == 2 ? 1 : e.classes; }

Status Check(const Estimator& e) {
  if (e.state[kCoef].dim(0) != DecisionWidth(e))
    return Status::Invalid("array 'coef' has %td rows, expected %td", e.state[kCoef].dim(0),
                           DecisionWidth(e));
  if (e.state.has(kScalings) != e.state.has(kXbar))
    return Status::Invalid("arrays 'scalings' and 'xbar': one is missing");
  return {};
}

// A symmetric matrix and its eigenvectors: row i of `vectors` belongs to values[i], ascending.
struct Eigen {
  Buffer<double> matrix, vectors, values;
  Index n;

  Eigen(Allocator& memory, Index size)
      : matrix(memory, size, size), vectors(memory, size, size), values(memory, size), n(size) {}
  bool ok() const { return matrix.ok() && vectors.ok() && values.ok(); }
  Status Refusal() const { return vectors.Refusal(); }
  // The lower triangle of `matrix` counts. Overwrites it.
  Status Solve(const StopToken& stop) {
    Mirror(matrix.data(), n);
    double most = 0;
    for (Index i = 0; i < n * n; ++i) most = std::max(most, std::fabs(matrix[i]));
    if (!std::isfinite(most)) return Status::Invalid("samples are too large");
    const double scale = most > 0 ? most : 1.0;
    for (Index i = 0; i < n * n; ++i) matrix[i] /= scale;
    if (Status s = JacobiEigh(matrix.data(), n, values.data(), vectors.data(), stop); !s.ok())
      return s;
    for (Index i = 0; i < n; ++i) values[i] *= scale;
    return {};
  }
};

// What both solvers work on.
struct Lda {
  const Fit& fit;
  State* state;
  Index classes, features;
  Buffer<double> within;  // the sum of squares around the classes' means; the factor of eigen
  Buffer<double> square, row;
  Buffer<double> counts;
  Buffer<double> coef;  // classes x features
  Buffer<double> intercept;
  Index components = 0;

  Lda(const Fit& f, State* s)
      : fit(f),
        state(s),
        classes(f.classes),
        features(f.x.width),
        within(f.work.memory, features, features),
        square(f.work.memory, features, features),
        row(f.work.memory, features),
        counts(f.work.memory, classes),
        coef(f.work.memory, classes, features),
        intercept(f.work.memory, classes) {}
  bool ok() const {
    return within.ok() && square.ok() && row.ok() && counts.ok() && coef.ok() && intercept.ok();
  }
  Status Refusal() const { return within.Refusal(); }
  double* means() { return state->own<double>(kMeans); }
  double* priors() { return state->own<double>(kPriors); }
  double* xbar() { return state->own<double>(kXbar); }
};

// Adds `share` of the covariance in lda.square, shrunk, to `sum`.
void AddShrunk(Lda& lda, double share, double samples, double* sum) {
  const Index f = lda.features;
  const double shrinkage = lda.fit.options.Number(kShrinkage);
  double trace = 0;
  for (Index j = 0; j < f; ++j) trace += lda.square[j * (f + 1)] / samples;
  const double mean = trace / static_cast<double>(f);
  for (Index i = 0; i < f * f; ++i)
    sum[i] += share * ((1 - shrinkage) * lda.square[i] / samples +
                       (i % (f + 1) == 0 ? shrinkage * mean : 0.0));
}

// Means, priors, and what is within classes: plain sums of squares for svd, for eigen the
// covariances of classes by their priors.
Status Summarise(Lda& lda) {
  const Index k = lda.classes, f = lda.features;
  const bool eigen = lda.fit.options.Word(kSolver) == kEigen;
  for (Index c = 0; c < k; ++c) {
    if (Status s = lda.fit.work.Done(0.5 * static_cast<double>(c) / static_cast<double>(k));
        !s.ok())
      return s;
    if (Status s = SumAround(lda.fit, static_cast<int32_t>(c), lda.means() + c * f,
                             lda.square.data(), lda.row.data(), &lda.counts[c]);
        !s.ok())
      return s;
    lda.priors()[c] = lda.fit.options.Flag(kFitPrior)
                          ? lda.counts[c] / static_cast<double>(lda.fit.x.count)
                          : 1 / static_cast<double>(k);
    if (eigen) {
      AddShrunk(lda, lda.priors()[c], lda.counts[c], lda.within.data());
    } else {
      for (Index i = 0; i < f * f; ++i) lda.within[i] += lda.square[i];
    }
  }
  return {};
}

// The direction's sign that the largest of its weights is positive for, the same on all machines.
double SignOf(const double* scalings, Index features, Index step) {
  Index best = 0;
  for (Index j = 1; j < features; ++j)
    if (std::fabs(scalings[j * step]) > std::fabs(scalings[best * step]) * (1 + 1e-9)) best = j;
  return scalings[best * step] < 0 ? -1 : 1;
}

// Keeps the leading `found` directions, columns of `scalings`, up to the number asked for.
Status KeepScalings(Lda& lda, const double* scalings, const double* values, Index found) {
  const Index f = lda.features;
  const auto asked = lda.fit.options.Whole(kComponents);
  Index kept = std::min({found, lda.classes - 1, f});
  if (asked > 0) kept = std::min<Index>(kept, static_cast<Index>(asked));
  if (Status s = lda.state->Make(kScalings, DType::kFloat64, {f, kept}); !s.ok()) return s;
  if (Status s = lda.state->Make(kRatio, DType::kFloat64, {kept}); !s.ok()) return s;
  double total = 0;
  for (Index c = 0; c < found; ++c) total += values[c];
  for (Index c = 0; c < kept; ++c) {
    const double sign = SignOf(scalings + c, f, found);
    for (Index j = 0; j < f; ++j)
      lda.state->own<double>(kScalings)[j * kept + c] = sign * scalings[j * found + c];
    lda.state->own<double>(kRatio)[c] = total > 0 ? values[c] / total : 0;
  }
  return {};
}

// Directions that whiten what is within classes, columns of `white` (features x *rank).
Status Whiten(Lda& lda, Buffer<double>& white, Index* rank) {
  const Index f = lda.features;
  const auto samples = static_cast<double>(lda.fit.x.count);
  const double freedom = samples - static_cast<double>(lda.classes);
  Eigen eigen(lda.fit.work.memory, f);
  if (!eigen.ok()) return eigen.Refusal();
  double* deviation = lda.row.data();
  for (Index j = 0; j < f; ++j) {
    deviation[j] = std::sqrt(lda.within[j * (f + 1)] / samples);
    if (!(deviation[j] > 0)) deviation[j] = 1;
  }
  for (Index i = 0; i < f; ++i)
    for (Index j = 0; j <= i; ++j)
      eigen.matrix[i * f + j] = lda.within[i * f + j] / (deviation[i] * deviation[j]) / freedom;
  if (Status s = eigen.Solve(lda.fit.work.stop); !s.ok()) return s;
  const double tol = lda.fit.options.Number(kTol);
  *rank = 0;
  for (Index c = f - 1; c >= 0; --c) {
    const double s = std::sqrt(std::max(eigen.values[c], 0.0));
    if (!(s > tol)) continue;
    for (Index j = 0; j < f; ++j)
      white[j * f + *rank] = eigen.vectors[c * f + j] / deviation[j] / s;
    ++*rank;
  }
  if (*rank == 0) return Status::Invalid("the samples of a class are all the same");
  return {};
}

// How the classes' means spread, seen through the columns of `white`.
Status SpreadOfMeans(Lda& lda, const double* white, Eigen& eigen) {
  const Index k = lda.classes, f = lda.features, rank = eigen.n;
  const auto samples = static_cast<double>(lda.fit.x.count);
  for (Index c = 0; c < k; ++c) {
    if (Status s = lda.fit.work.Poll(); !s.ok()) return s;
    double* row = lda.row.data();
    std::fill_n(row, rank, 0.0);
    for (Index j = 0; j < f; ++j)
      for (Index r = 0; r < rank; ++r)
        row[r] += (lda.means()[c * f + j] - lda.xbar()[j]) * white[j * f + r];
    const double weight = samples * lda.priors()[c] / static_cast<double>(k - 1);
    AddOuter(row, weight, rank, eigen.matrix.data());
  }
  return eigen.Solve(lda.fit.work.stop);
}

// The leading `found` directions, columns of `scalings`: `white` times eigenvectors. Their
// eigenvalues go to lda.row.
Status Directions(Lda& lda, const double* white, const Eigen& eigen, Index found,
                  double* scalings) {
  const Index f = lda.features, rank = eigen.n;
  for (Index c = 0; c < found; ++c) {
    if (Status s = lda.fit.work.Poll(); !s.ok()) return s;
    const double* vector = eigen.vectors.data() + (rank - 1 - c) * rank;
    lda.row[c] = eigen.values[rank - 1 - c];
    for (Index j = 0; j < f; ++j) {
      double sum = 0;
      for (Index r = 0; r < rank; ++r) sum += white[j * f + r] * vector[r];
      scalings[j * found + c] = sum;
    }
  }
  return {};
}

// Scores of classes from their means' places along the directions.
Status ScoresAlong(Lda& lda, const double* scalings, Index found) {
  const Index f = lda.features;
  Buffer<double> place(lda.fit.work.memory, found);
  if (!place.ok()) return place.Refusal();
  for (Index c = 0; c < lda.classes; ++c) {
    if (Status s = lda.fit.work.Poll(); !s.ok()) return s;
    double squares = 0;
    for (Index d = 0; d < found; ++d) {
      place[d] = 0;
      for (Index j = 0; j < f; ++j)
        place[d] += (lda.means()[c * f + j] - lda.xbar()[j]) * scalings[j * found + d];
      squares += place[d] * place[d];
    }
    double* coef = lda.coef.data() + c * f;
    double at_xbar = 0;
    for (Index j = 0; j < f; ++j) {
      for (Index d = 0; d < found; ++d) coef[j] += place[d] * scalings[j * found + d];
      at_xbar += lda.xbar()[j] * coef[j];
    }
    lda.intercept[c] = -0.5 * squares + moonlet_log(lda.priors()[c]) - at_xbar;
  }
  return {};
}

// Of the whitened means, the directions they spread in.
Status SolveSvd(Lda& lda) {
  const Index k = lda.classes, f = lda.features;
  Buffer<double> white(lda.fit.work.memory, f, f), scalings(lda.fit.work.memory, f, f);
  if (!white.ok() || !scalings.ok()) return white.Refusal();
  for (Index j = 0; j < f; ++j)
    for (Index c = 0; c < k; ++c) lda.xbar()[j] += lda.priors()[c] * lda.means()[c * f + j];
  Index rank = 0;
  if (Status s = Whiten(lda, white, &rank); !s.ok()) return s;
  Eigen eigen(lda.fit.work.memory, rank);
  if (!eigen.ok()) return eigen.Refusal();
  if (Status s = SpreadOfMeans(lda, white.data(), eigen); !s.ok()) return s;
  const auto deviation = [&](Index i) { return std::sqrt(std::max(eigen.values[i], 0.0)); };
  const double least = lda.fit.options.Number(kTol) * deviation(rank - 1);
  Index found = 0;
  while (found < std::min(rank, k) && deviation(rank - 1 - found) > least) ++found;
  if (Status s = Directions(lda, white.data(), eigen, found, scalings.data()); !s.ok()) return s;
  if (Status s = ScoresAlong(lda, scalings.data(), found); !s.ok()) return s;
  return KeepScalings(lda, scalings.data(), lda.row.data(), found);
}

// The covariance between classes as seen by the factor of the one within: U^T (T - W) U.
Status Between(Lda& lda, const double* factor, double* mean, Eigen& eigen) {
  const Index f = lda.features;
  Fit all = lda.fit;
  all.codes = nullptr;
  double samples;
  if (Status s = SumAround(all, 0, mean, lda.square.data(), lda.row.data(), &samples); !s.ok())
    return s;
  for (Index i = 0; i < f * f; ++i) lda.within[i] = -lda.within[i];
  AddShrunk(lda, 1, samples, lda.within.data());
  double* half = lda.square.data();  // (T - W) U
  for (Index i = 0; i < f; ++i) {
    if (Status s = lda.fit.work.Poll(); !s.ok()) return s;
    for (Index j = 0; j < f; ++j) {
      half[i * f + j] = 0;
      for (Index m = 0; m <= j; ++m) half[i * f + j] += lda.within[i * f + m] * factor[m * f + j];
    }
  }
  for (Index i = 0; i < f; ++i) {
    if (Status s = lda.fit.work.Poll(); !s.ok()) return s;
    for (Index j = 0; j <= i; ++j)
      for (Index m = 0; m <= i; ++m) eigen.matrix[i * f + j] += factor[m * f + i] * half[m * f + j];
  }
  return eigen.Solve(lda.fit.work.stop);
}

// Scores of classes by the inverse of the covariance within them.
Status ScoresBy(Lda& lda, const double* inverse) {
  const Index f = lda.features;
  for (Index c = 0; c < lda.classes; ++c) {
    if (Status s = lda.fit.work.Poll(); !s.ok()) return s;
    const double* mean = lda.means() + c * f;
    double at_mean = 0;
    for (Index j = 0; j < f; ++j) {
      double sum = 0;
      for (Index m = 0; m < f; ++m) sum += mean[m] * inverse[m * f + j];
      lda.coef[c * f + j] = sum;
      at_mean += mean[j] * sum;
    }
    lda.intercept[c] = -0.5 * at_mean + moonlet_log(lda.priors()[c]);
  }
  return {};
}

Status SolveEigen(Lda& lda) {
  const Index f = lda.features;
  const StopToken& stop = lda.fit.work.stop;
  Buffer<double> factor(lda.fit.work.memory, f, f), other(lda.fit.work.memory, f, f),
      mean(lda.fit.work.memory, f);
  Eigen eigen(lda.fit.work.memory, f);
  if (!factor.ok() || !other.ok() || !mean.ok() || !eigen.ok()) return eigen.Refusal();
  std::copy_n(lda.within.data(), f * f, factor.data());
  const Status factored = FactorPrecision(factor.data(), f, stop);
  if (factored.code() == Code::kInvalid)
    return Status::Invalid(
        "the covariance within classes is singular; 'shrinkage' above 0 or solver \"svd\" helps");
  if (!factored.ok()) return factored;
  if (Status s = PrecisionOf(factor.data(), f, stop, other.data()); !s.ok()) return s;
  if (Status s = ScoresBy(lda, other.data()); !s.ok()) return s;
  if (Status s = Between(lda, factor.data(), mean.data(), eigen); !s.ok()) return s;
  double* scalings = other.data();
  if (Status s = Directions(lda, factor.data(), eigen, f, scalings); !s.ok()) return s;
  return KeepScalings(lda, scalings, lda.row.data(), f);
}

// Two classes are told apart by the difference of their scores.
Status KeepCoefficients(Lda& lda) {
  const Index f = lda.features;
  const Index rows = lda.classes == 2 ? 1 : lda.classes;
  if (Status s = lda.state->Make(kCoef, DType::kFloat64, {rows, f}); !s.ok()) return s;
  if (Status s = lda.state->Make(kIntercept, DType::kFloat64, {rows}); !s.ok()) return s;
  double* coef = lda.state->own<double>(kCoef);
  double* intercept = lda.state->own<double>(kIntercept);
  std::copy_n(lda.coef.data(), rows * f, coef);
  std::copy_n(lda.intercept.data(), rows, intercept);
  if (rows > 1) return {};
  for (Index j = 0; j < f; ++j) coef[j] = lda.coef[f + j] - lda.coef[j];
  intercept[0] = lda.intercept[1] - lda.intercept[0];
  return {};
}

Status FitLda(const Fit& fit, State* state) {
  const Index k = fit.classes, f = fit.x.width;
  const bool svd = fit.options.Word(kSolver) == kSvd;
  const auto most = static_cast<int64_t>(std::min(k - 1, f));
  if (fit.x.count <= k)
    return Status::Invalid("%td samples of %td classes: more samples than classes expected",
                           fit.x.count, k);
  if (svd && fit.options.Number(kShrinkage) > 0)
    return Status::Invalid("option 'shrinkage' needs solver = \"eigen\"");
  if (fit.options.Whole(kComponents) > most)
    return Status::Invalid(
        "option 'components': at most %d, the lesser of the features and the "
        "classes less 1",
        static_cast<int>(most));
  if (Status s = state->Make(kMeans, DType::kFloat64, {k, f}); !s.ok()) return s;
  if (Status s = state->Make(kPriors, DType::kFloat64, {k}); !s.ok()) return s;
  if (Status s = state->Make(kXbar, DType::kFloat64, {f}); !s.ok()) return s;
  Lda lda(fit, state);
  if (!lda.ok()) return lda.Refusal();
  if (Status s = Summarise(lda); !s.ok()) return s;
  if (Status s = svd ? SolveSvd(lda) : SolveEigen(lda); !s.ok()) return s;
  return KeepCoefficients(lda);
}

void RunDecision(const Estimator& e, const Samples& x, double* out, double*) {
  ApplyAffine({e.state.get<double>(kCoef), DecisionWidth(e), e.features, 1,
               e.state.get<double>(kIntercept)},
              x, out);
}

void RunProba(const Estimator& e, const Samples& x, double* out, double* scratch) {
  if (e.classes != 2) {
    RunDecision(e, x, out, scratch);
    for (Index i = 0; i < x.count; ++i) Softmax(out + i * e.classes, e.classes);
    return;
  }
  RunDecision(e, x, scratch, nullptr);
  for (Index i = 0; i < x.count; ++i) {
    out[2 * i + 1] = 1 / (1 + moonlet_exp(-scratch[i]));
    out[2 * i] = 1 - out[2 * i + 1];
  }
}

Index TransformWidth(const Estimator& e) {
  return e.state.has(kScalings) ? e.state[kScalings].dim(1) : 0;
}

void RunTransform(const Estimator& e, const Samples& x, double* out, double*) {
  const Index width = TransformWidth(e);
  if (width == 0) return;
  ApplyAffine(
      {e.state.get<double>(kScalings), width, 1, width, nullptr, e.state.get<double>(kXbar)}, x,
      out);
}

Index Scratch(const Estimator&) { return kBlockRows; }
Index WorkPerRow(const Estimator& e) { return e.classes * e.features; }

}  // namespace
}  // namespace lda

const Kind kLda = {
    .name = "lda",
    .sklearn = "LinearDiscriminantAnalysis",
    .task = Task::kClassify,
    .options = lda::kOptions,
    .arrays = lda::kArrays,
    .fit = lda::FitLda,
    .check = lda::Check,
    .proba = {Classes, lda::RunProba, lda::Scratch, lda::WorkPerRow},
    .decision = {lda::DecisionWidth, lda::RunDecision, nullptr, lda::WorkPerRow},
    .transform = {lda::TransformWidth, lda::RunTransform, nullptr, lda::WorkPerRow},
};

}  // namespace moonlet::ml
