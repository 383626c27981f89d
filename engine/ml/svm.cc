// engine/ml/svm.cc - support vector machines: two classes and more, values, outliers.
//
// Cortes and Vapnik, "Support-Vector Networks" (1995); Smola and Schoelkopf, "A Tutorial on
// Support Vector Regression" (2004); Schoelkopf et al., "Estimating the Support of a
// High-Dimensional Distribution" (2001). More than two classes: one machine for each pair, as
// libsvm (Chang and Lin, 2011) has them.
#include "engine/ml/svm.h"

#include <algorithm>
#include <cmath>

#include "engine/ml/kinds.h"
#include "engine/ml/svm_sigmoid.h"

namespace moonlet::ml {
namespace svm {
namespace {

constexpr OptionSpec kKernelOption = {"kernel", "", OptionType::kWord,        0,
                                      0,        0,  "rbf|linear|poly|sigmoid"};
constexpr OptionSpec kDegreeOption = {"degree", "", OptionType::kWhole, 3, 0, 1000};
constexpr OptionSpec kGammaOption = {"gamma", "", OptionType::kNumber, -1, 0, 1e30f, "scale|auto"};
constexpr OptionSpec kCoef0Option = {"coef0", "", OptionType::kNumber, 0, -1e30f, 1e30f};
constexpr OptionSpec kTolOption = {"tol", "", OptionType::kNumber, 1e-3, 1e-12f, 1e6f};
constexpr OptionSpec kIterationsOption = {"iterations", "max_iter", OptionType::kWhole,
                                          -1,           -1,         2e9f};
constexpr OptionSpec kCacheOption = {"cache", "cache_size", OptionType::kNumber, 200, 0, 1e5f};
constexpr OptionSpec kCOption = {"C", "", OptionType::kNumber, 1, 1e-30f, 1e30f};

constexpr OptionSpec kSvcOptions[] = {
    kKernelOption,
    kDegreeOption,
    kGammaOption,
    kCoef0Option,
    kTolOption,
    kIterationsOption,
    kCacheOption,
    kCOption,
    {"shape", "decision_function_shape", OptionType::kWord, 0, 0, 0, "ovr|ovo"},
    {"probability", "", OptionType::kFlag, 0},
    {"seed", "random_state", OptionType::kSeed},
};
constexpr OptionSpec kSvrOptions[] = {
    kKernelOption, kDegreeOption, kGammaOption,
    kCoef0Option,  kTolOption,    kIterationsOption,
    kCacheOption,  kCOption,      {"epsilon", "", OptionType::kNumber, 0.1, 0, 1e30f},
};
constexpr OptionSpec kOneClassOptions[] = {
    kKernelOption, kDegreeOption,     kGammaOption, kCoef0Option,
    kTolOption,    kIterationsOption, kCacheOption, {"nu", "", OptionType::kNumber, 0.5, 1e-6f, 1},
};
// 'v' support vectors; 'p' machines, each between two classes; 'r' = classes - 1, else 1.
constexpr ArraySpec kArrays[] = {
    {"support_vectors", DType::kFloat32, "vf"}, {"dual_coef", DType::kFloat64, "rv"},
    {"intercept", DType::kFloat64, "p"},        {"gamma", DType::kFloat64, "g"},
    {"n_iter", DType::kInt32, "p", true},       {"n_support", DType::kInt32, "k"},
    {"probA", DType::kFloat64, "p", true},      {"probB", DType::kFloat64, "p", true},
};
constexpr std::span<const ArraySpec> kSingleArrays = std::span(kArrays).first(kFirstSvcArray);

Index VectorsOf(const Estimator& e) { return e.state[kSupportVectors].dim(0); }

void KernelValues(const Estimator& e, const float* x, double* values) {
  const KernelFunction kernel = KernelOf(e.options, e.state.get<double>(kGammaArray)[0]);
  KernelRow(kernel, x, e.state.get<float>(kSupportVectors), VectorsOf(e), e.features, values);
}

// In libsvm's order, so that what cancels out there does here too.
double DotFrom(double sum, const double* coef, const double* values, Index first, Index count) {
  for (Index v = first; v < first + count; ++v) sum += coef[v] * values[v];
  return sum;
}

// The single machine's value: of two classes, a regressor, an outlier detector.
void RunSingle(const Estimator& e, const Samples& x, double* out, double* values) {
  for (Index i = 0; i < x.count; ++i) {
    KernelValues(e, x.row(i), values);
    out[i] = DotFrom(0, e.state.get<double>(kDualCoef), values, 0, VectorsOf(e)) +
             e.state.get<double>(kIntercept)[0];
  }
}

Index SingleScratch(const Estimator& e) { return VectorsOf(e); }

// Each pair's value of a row: above 0 for the first of the two.
void PairValues(const Estimator& e, const float* x, double* values, double* pairs) {
  KernelValues(e, x, values);
  const int32_t* counts = e.state.get<int32_t>(kSupportCounts);
  const double* coef = e.state.get<double>(kDualCoef);
  const double* intercept = e.state.get<double>(kIntercept);
  const Index vectors = VectorsOf(e);
  Index first_a = 0;
  for (Index a = 0; a < e.classes; first_a += counts[a], ++a) {
    Index first_b = first_a + counts[a];
    for (Index b = a + 1; b < e.classes; first_b += counts[b], ++b) {
      const double sum = DotFrom(0, coef + (b - 1) * vectors, values, first_a, counts[a]);
      *pairs++ = DotFrom(sum, coef + a * vectors, values, first_b, counts[b]) + *intercept++;
    }
  }
}

// Votes of all pairs, with their sums of values as what decides between equals.
void OneVersusRest(const double* pairs, Index classes, double* confidence, double* out) {
  std::fill_n(confidence, classes, 0.0);
  std::fill_n(out, classes, 0.0);
  for (Index a = 0; a < classes; ++a)
    for (Index b = a + 1; b < classes; ++b, ++pairs) {
      confidence[a] += *pairs;
      confidence[b] -= *pairs;
      out[*pairs < 0 ? b : a] += 1;
    }
  for (Index k = 0; k < classes; ++k)
    out[k] += confidence[k] / (3 * (std::fabs(confidence[k]) + 1));
}

Index DecisionWidth(const Estimator& e) {
  if (e.classes == 2) return 1;
  return e.options.Word(kShape) == kOvo ? PairsOf(e.classes) : e.classes;
}

void RunDecision(const Estimator& e, const Samples& x, double* out, double* scratch) {
  if (e.classes == 2) return RunSingle(e, x, out, scratch);
  double* pairs = scratch + VectorsOf(e);
  double* confidence = pairs + PairsOf(e.classes);
  const bool ovo = e.options.Word(kShape) == kOvo;
  const Index width = DecisionWidth(e);
  for (Index i = 0; i < x.count; ++i) {
    PairValues(e, x.row(i), scratch, ovo ? out + i * width : pairs);
    if (!ovo) OneVersusRest(pairs, e.classes, confidence, out + i * width);
  }
}

// The class that wins most pairs, the first of equals.
void RunPredict(const Estimator& e, const Samples& x, double* out, double* scratch) {
  if (e.classes == 2) {
    RunSingle(e, x, out, scratch);
    for (Index i = 0; i < x.count; ++i) out[i] = out[i] > 0 ? 1 : 0;
    return;
  }
  double* pairs = scratch + VectorsOf(e);
  double* votes = pairs + PairsOf(e.classes);
  for (Index i = 0; i < x.count; ++i) {
    PairValues(e, x.row(i), scratch, pairs);
    std::fill_n(votes, e.classes, 0.0);
    const double* value = pairs;
    for (Index a = 0; a < e.classes; ++a)
      for (Index b = a + 1; b < e.classes; ++b) votes[*value++ > 0 ? a : b] += 1;
    out[i] = static_cast<double>(std::max_element(votes, votes + e.classes) - votes);
  }
}

Index ProbaWidth(const Estimator& e) {
  return e.state.has(kProbA) && e.state.has(kProbB) ? e.classes : 0;
}

// Each pair's probability of its first class, and what they say together.
void RunProba(const Estimator& e, const Samples& x, double* out, double* scratch) {
  constexpr double kLeast = 1e-7;
  const Index k = e.classes;
  double* decisions = scratch + VectorsOf(e);
  double* pairs = decisions + PairsOf(k);
  for (Index i = 0; i < x.count; ++i) {
    PairValues(e, x.row(i), scratch, decisions);
    Index pair = 0;
    for (Index a = 0; a < k; ++a)
      for (Index b = a + 1; b < k; ++b, ++pair) {
        const Sigmoid sigmoid = {e.state.get<double>(kProbA)[pair],
                                 e.state.get<double>(kProbB)[pair]};
        const double decision = k == 2 ? -decisions[pair] : decisions[pair];
        const double p = std::clamp(sigmoid.Of(decision), kLeast, 1 - kLeast);
        pairs[a * k + b] = p;
        pairs[b * k + a] = 1 - p;
      }
    CouplePairs(pairs, k, pairs + k * k, out + i * k);
  }
}

// Kernel values, pairs' decisions, and the larger of what votes and coupling need.
Index SvcScratch(const Estimator& e) {
  const Index own = ProbaWidth(e) > 0 ? 2 * e.classes * e.classes : 0;
  return VectorsOf(e) + PairsOf(e.classes) + own + e.classes;
}

void RunInside(const Estimator& e, const Samples& x, double* out, double* scratch) {
  RunSingle(e, x, out, scratch);
  for (Index i = 0; i < x.count; ++i) out[i] = out[i] > 0 ? 1 : -1;
}

// The decision without what it is measured from.
void RunScores(const Estimator& e, const Samples& x, double* out, double* scratch) {
  RunSingle(e, x, out, scratch);
  for (Index i = 0; i < x.count; ++i) out[i] -= e.state.get<double>(kIntercept)[0];
}

constexpr Index kWorkOfFunction = 20;  // an exponential, in multiply-adds

Index WorkPerRow(const Estimator& e) {
  const Index rows = e.state[kDualCoef].dim(0);
  return VectorsOf(e) * (e.features + kWorkOfFunction + rows);
}

Index ProbaWork(const Estimator& e) {
  constexpr int64_t kRoundsOfCoupling = 100;
  const int64_t coupling = kRoundsOfCoupling * e.classes * e.classes;
  return static_cast<Index>(std::min<int64_t>(WorkPerRow(e) + coupling, INT32_MAX));
}

Status CheckMachine(const Estimator& e, Index rows, Index pairs) {
  if (e.state[kDualCoef].dim(0) != rows)
    return Status::Invalid("array 'dual_coef' has %td rows, expected %td",
                           e.state[kDualCoef].dim(0), rows);
  if (e.state[kIntercept].dim(0) != pairs)
    return Status::Invalid("array 'intercept' has %td numbers, expected %td",
                           e.state[kIntercept].dim(0), pairs);
  if (e.state[kGammaArray].dim(0) != 1) return Status::Invalid("array 'gamma': 1 number expected");
  return {};
}

Status CheckSvc(const Estimator& e) {
  if (e.classes < 2 || e.classes > 1 + e.state[kDualCoef].dim(0))
    return Status::Invalid("%td classes do not fit the array 'dual_coef'", e.classes);
  if (Status s = CheckMachine(e, e.classes - 1, PairsOf(e.classes)); !s.ok()) return s;
  int64_t vectors = 0;
  for (Index k = 0; k < e.classes; ++k) {
    const int32_t count = e.state.get<int32_t>(kSupportCounts)[k];
    if (count < 0) return Status::Invalid("array 'n_support' has a number below 0");
    vectors += count;
  }
  if (vectors != VectorsOf(e))
    return Status::Invalid("array 'n_support' adds up to %lld, but there are %td vectors",
                           static_cast<long long>(vectors), VectorsOf(e));
  return {};
}

Status CheckSingle(const Estimator& e) { return CheckMachine(e, 1, 1); }

}  // namespace
}  // namespace svm

const Kind kSvc = {
    .name = "svc",
    .sklearn = "SVC",
    .task = Task::kClassify,
    .options = svm::kSvcOptions,
    .arrays = svm::kArrays,
    .fit = svm::FitSvc,
    .check = svm::CheckSvc,
    .predict = {One, svm::RunPredict, svm::SvcScratch, svm::WorkPerRow},
    .proba = {svm::ProbaWidth, svm::RunProba, svm::SvcScratch, svm::ProbaWork},
    .decision = {svm::DecisionWidth, svm::RunDecision, svm::SvcScratch, svm::WorkPerRow},
    .weights = true,
};

const Kind kSvr = {
    .name = "svr",
    .sklearn = "SVR",
    .task = Task::kRegress,
    .options = svm::kSvrOptions,
    .arrays = svm::kSingleArrays,
    .fit = svm::FitSvr,
    .check = svm::CheckSingle,
    .predict = {One, svm::RunSingle, svm::SingleScratch, svm::WorkPerRow},
    .weights = true,
};

const Kind kOneClassSvm = {
    .name = "one_class_svm",
    .sklearn = "OneClassSVM",
    .task = Task::kOutliers,
    .options = svm::kOneClassOptions,
    .arrays = svm::kSingleArrays,
    .fit = svm::FitOneClass,
    .check = svm::CheckSingle,
    .predict = {One, svm::RunInside, svm::SingleScratch, svm::WorkPerRow},
    .decision = {One, svm::RunSingle, svm::SingleScratch, svm::WorkPerRow},
    .scores = {One, svm::RunScores, svm::SingleScratch, svm::WorkPerRow},
    .weights = true,
};

}  // namespace moonlet::ml
