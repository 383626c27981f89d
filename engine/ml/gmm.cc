// engine/ml/gmm.cc - a mixture of normal distributions, by expectation and maximisation.
//
// Dempster, Laird and Rubin, "Maximum Likelihood from Incomplete Data via the EM Algorithm", 1977;
// Bishop, Pattern Recognition and Machine Learning, 9.2. Both steps share one pass over the
// samples, so that fitting needs no memory for their responsibilities.
#include "engine/ml/gmm.h"

#include <algorithm>
#include <cmath>

#include "engine/base/libm.h"
#include "engine/ml/components.h"
#include "engine/ml/kinds.h"
#include "engine/ml/softmax.h"

namespace moonlet::ml {
namespace gmm {
namespace {

enum { kComponents, kCovariance, kTol, kReg, kIterations, kRuns, kInit, kSeed };
constexpr OptionSpec kOptions[] = {
    {"components", "n_components", OptionType::kWhole, 1, 1, 1e6f},
    {"covariance", "covariance_type", OptionType::kWord, 0, 0, 0, kSpreadWords},
    {"tol", "", OptionType::kNumber, 1e-3, 0, 1e9f},
    {"reg_covar", "", OptionType::kNumber, 1e-6, 0, 1e9f},
    {"iterations", "max_iter", OptionType::kWhole, 100, 1, 1e6f},
    {"runs", "n_init", OptionType::kWhole, 1, 1, 1e6f},
    {"init", "init_params", OptionType::kWord, 0, 0, 0, "kmeans|k-means++"},
    {"seed", "random_state", OptionType::kSeed},
};

enum { kWeights, kMeans, kFactors, kCovariances, kLowerBound, kIterationCount };
constexpr ArraySpec kArrays[] = {
    {"weights", DType::kFloat64, "m"},
    {"means", DType::kFloat64, "mf"},
    {"precisions_cholesky", DType::kFloat64, "cab"},
    {"covariances", DType::kFloat64, "cab", true},
    {"lower_bound", DType::kFloat64, "s", true},
    {"n_iter", DType::kFloat64, "t", true},
};
constexpr const char* kWhat = "component";

Components ComponentsOf(const Estimator& e) {
  return {static_cast<Spread>(e.options.Word(kCovariance)), e.state[kWeights].dim(0), e.features};
}

Status Check(const Estimator& e) {
  const Components c = ComponentsOf(e);
  if (c.count < 1) return Status::Invalid("array 'weights' is empty");
  return CheckComponents(c, e.state[kFactors], "precisions_cholesky");
}

// log P(component) + log p(row | component) of up to kBlockRows rows.
void Joint(const Components& c, const double* weights, const double* means, const double* factors,
           const Samples& x, double* out, double* scratch) {
  LogDensities(c, means, factors, x, out, scratch);
  for (Index k = 0; k < c.count; ++k) {
    const double log_weight = moonlet_log(weights[k]);
    for (Index i = 0; i < x.count; ++i) out[i * c.count + k] += log_weight;
  }
}

// What one run works on.
struct Mixture {
  const Fit& fit;
  Components c;
  Buffer<double> weights, means, covariances, factors;
  Buffer<double> joint, scratch;
  Moments moments;
  double bound = -HUGE_VAL;
  int64_t iteration = 0;

  Mixture(const Fit& f, const Components& shape)
      : fit(f),
        c(shape),
        weights(f.work.memory, c.count),
        means(f.work.memory, c.count, c.width),
        covariances(f.work.memory, c.matrices(), c.size()),
        factors(f.work.memory, c.matrices(), c.size()),
        joint(f.work.memory, kBlockRows, c.count),
        scratch(f.work.memory, DistanceScratch(c.width)),
        moments(f.work.memory, c) {}
  bool ok() const {
    return weights.ok() && means.ok() && covariances.ok() && factors.ok() && joint.ok() &&
           scratch.ok() && moments.ok();
  }
  ComponentArrays fitted() { return {means.data(), covariances.data(), factors.data()}; }
  double reg() const { return fit.options.Number(kReg); }
  void TakeWeights() {
    double total = 0;
    for (Index k = 0; k < c.count; ++k) total += moments.weight(k);
    for (Index k = 0; k < c.count; ++k) weights[k] = moments.weight(k) / total;
  }
};

Status Start(Mixture& m, Random* random) {
  constexpr int kLloyd = 100;
  const Work& work = m.fit.work;
  const bool plain = m.fit.options.Word(kInit) == 1;
  Buffer<int32_t> labels(work.memory, m.fit.x.count);
  if (!labels.ok()) return labels.Refusal();
  if (Status s = SeedMeans(m.fit.x, m.c.count, plain ? 0 : kLloyd, kWhat, random, work,
                           m.means.data(), labels.data());
      !s.ok())
    return s;
  if (Status s = TakeLabels(m.fit.x, labels.data(), m.reg(), kWhat, work, &m.moments, m.fitted());
      !s.ok())
    return s;
  m.TakeWeights();
  return {};
}

// One pass: responsibilities of each row, added up; then the components they make.
Status Iterate(Mixture& m) {
  const Samples& x = m.fit.x;
  double sum = 0;
  m.moments.Clear();
  for (Index first = 0; first < x.count; first += kBlockRows) {
    const Samples part = x.part(first, std::min(kBlockRows, x.count - first));
    Joint(m.c, m.weights.data(), m.means.data(), m.factors.data(), part, m.joint.data(),
          m.scratch.data());
    for (Index i = 0; i < part.count; ++i) {
      if (Status s = m.fit.work.Poll(); !s.ok()) return s;
      double* row = m.joint.data() + i * m.c.count;
      sum += LogSumExp(row, m.c.count);
      Softmax(row, m.c.count);
      m.moments.Add(part.row(i), row, m.means.data());
    }
  }
  m.bound = sum / static_cast<double>(x.count);
  if (!std::isfinite(m.bound)) return Status::Invalid("samples are too far apart for doubles");
  m.TakeWeights();
  return m.moments.Take(m.reg(), kWhat, m.fit.work.stop, m.fitted());
}

Status Keep(const Mixture& m, State* state) {
  std::copy_n(m.weights.data(), m.c.count, state->own<double>(kWeights));
  std::copy_n(m.means.data(), m.c.count * m.c.width, state->own<double>(kMeans));
  std::copy_n(m.covariances.data(), m.c.matrices() * m.c.size(), state->own<double>(kCovariances));
  std::copy_n(m.factors.data(), m.c.matrices() * m.c.size(), state->own<double>(kFactors));
  state->own<double>(kLowerBound)[0] = m.bound;
  state->own<double>(kIterationCount)[0] = static_cast<double>(m.iteration);
  return {};
}

Status MakeArrays(const Components& c, State* state) {
  if (Status s = state->Make(kWeights, DType::kFloat64, {c.count}); !s.ok()) return s;
  if (Status s = state->Make(kMeans, DType::kFloat64, {c.count, c.width}); !s.ok()) return s;
  for (const int array : {kFactors, kCovariances})
    if (Status s = state->Make(array, DType::kFloat64, {c.matrices(), c.rows(), c.columns()});
        !s.ok())
      return s;
  for (const int array : {kLowerBound, kIterationCount})
    if (Status s = state->Make(array, DType::kFloat64, {1}); !s.ok()) return s;
  return {};
}

Status FitMixture(const Fit& fit, State* state) {
  const Components c = {static_cast<Spread>(fit.options.Word(kCovariance)),
                        static_cast<Index>(fit.options.Whole(kComponents)), fit.x.width};
  if (fit.x.count < c.count)
    return Status::Invalid("%td components asked of %td samples", c.count, fit.x.count);
  if (Status s = MakeArrays(c, state); !s.ok()) return s;
  Mixture m(fit, c);
  if (!m.ok()) return m.covariances.Refusal();
  Random random(fit.options.Seed(kSeed));
  const int64_t runs = fit.options.Whole(kRuns), iterations = fit.options.Whole(kIterations);
  for (int64_t run = 0; run < runs; ++run) {
    if (Status s = Start(m, &random); !s.ok()) return s;
    double before = -HUGE_VAL;
    for (m.iteration = 1; m.iteration <= iterations; ++m.iteration) {
      const double done = static_cast<double>(m.iteration - 1) / static_cast<double>(iterations);
      const double share = (static_cast<double>(run) + done) / static_cast<double>(runs);
      if (Status s = fit.work.Done(share); !s.ok()) return s;
      if (Status s = Iterate(m); !s.ok()) return s;
      if (std::fabs(m.bound - before) < fit.options.Number(kTol)) break;
      before = m.bound;
    }
    m.iteration = std::min(m.iteration, iterations);
    if (run > 0 && !(m.bound > state->get<double>(kLowerBound)[0])) continue;
    if (Status s = Keep(m, state); !s.ok()) return s;
  }
  return {};
}

Index ComponentCount(const Estimator& e) { return e.state[kWeights].dim(0); }

void RunJoint(const Estimator& e, const Samples& x, double* out, double* scratch) {
  Joint(ComponentsOf(e), e.state.get<double>(kWeights), e.state.get<double>(kMeans),
        e.state.get<double>(kFactors), x, out, scratch);
}

void RunProba(const Estimator& e, const Samples& x, double* out, double* scratch) {
  RunJoint(e, x, out, scratch);
  const Index count = ComponentCount(e);
  for (Index i = 0; i < x.count; ++i) Softmax(out + i * count, count);
}

void RunPredict(const Estimator& e, const Samples& x, double* out, double* scratch) {
  const Index count = ComponentCount(e);
  double* joint = scratch + DistanceScratch(e.features);
  RunJoint(e, x, joint, scratch);
  for (Index i = 0; i < x.count; ++i) {
    const double* row = joint + i * count;
    out[i] = static_cast<double>(std::max_element(row, row + count) - row);
  }
}

void RunScores(const Estimator& e, const Samples& x, double* out, double* scratch) {
  const Index count = ComponentCount(e);
  double* joint = scratch + DistanceScratch(e.features);
  RunJoint(e, x, joint, scratch);
  for (Index i = 0; i < x.count; ++i) out[i] = LogSumExp(joint + i * count, count);
}

Index Scratch(const Estimator& e) {
  return DistanceScratch(e.features) + kBlockRows * ComponentCount(e);
}
Index WorkPerRow(const Estimator& e) { return DensityWork(ComponentsOf(e)); }

}  // namespace
}  // namespace gmm

const Kind kGmm = {
    .name = "gmm",
    .sklearn = "GaussianMixture",
    .task = Task::kDensity,
    .options = gmm::kOptions,
    .arrays = gmm::kArrays,
    .fit = gmm::FitMixture,
    .check = gmm::Check,
    .predict = {One, gmm::RunPredict, gmm::Scratch, gmm::WorkPerRow},
    .proba = {gmm::ComponentCount, gmm::RunProba, gmm::Scratch, gmm::WorkPerRow},
    .scores = {One, gmm::RunScores, gmm::Scratch, gmm::WorkPerRow},
};

Status MixtureLogLikelihood(const Estimator& e, const Samples& x, double* scratch,
                            const StopToken& stop, double* sum) {
  const Index count = gmm::ComponentCount(e);
  double* joint = scratch + DistanceScratch(e.features);
  *sum = 0;
  for (Index first = 0; first < x.count; first += kBlockRows) {
    if (stop.raised()) return Status::Stopped();
    const Samples part = x.part(first, std::min(kBlockRows, x.count - first));
    gmm::RunJoint(e, part, joint, scratch);
    for (Index i = 0; i < part.count; ++i) *sum += LogSumExp(joint + i * count, count);
  }
  return {};
}

Index MixtureParameters(const Estimator& e) {
  const Components c = gmm::ComponentsOf(e);
  return c.parameters() + c.count - 1;
}

Index SampleScratch(const Estimator& e) { return kBlockRows * (e.features + 1) + e.features; }

Status SampleMixture(const Estimator& e, Index count, Random* random, double* scratch,
                     const StopToken& stop, float* samples, int32_t* components) {
  const Components c = gmm::ComponentsOf(e);
  const Index f = c.width;
  const Tensor uniform = RowMajor(scratch, DType::kFloat64, {1, {kBlockRows}});
  const Tensor normal = RowMajor(scratch + kBlockRows, DType::kFloat64, {1, {kBlockRows * f}});
  double* offset = scratch + kBlockRows * (f + 1);
  for (Index i = 0; i < count; ++i) {
    if (i % kBlockRows == 0) {
      if (Status s = FillUniform(uniform, random, stop); !s.ok()) return s;
      if (Status s = FillNormal(normal, random, stop); !s.ok()) return s;
    }
    double left = uniform.as<double>()[i % kBlockRows];
    Index k = 0;
    while (k + 1 < c.count && !(left < e.state.get<double>(gmm::kWeights)[k]))
      left -= e.state.get<double>(gmm::kWeights)[k++];
    const double* factor = e.state.get<double>(gmm::kFactors) + c.at(k);
    const double* z = normal.as<double>() + i % kBlockRows * f;
    for (Index j = 0; j < f; ++j) {  // U^T offset = z
      double rest = z[j];
      for (Index m = 0; m < j && c.square(); ++m) rest -= factor[m * f + j] * offset[m];
      offset[j] = rest / factor[c.square() ? j * (f + 1) : j % c.columns()];
      const double mean = e.state.get<double>(gmm::kMeans)[k * f + j];
      samples[i * f + j] = static_cast<float>(mean + offset[j]);
    }
    components[i] = static_cast<int32_t>(k + 1);
  }
  return {};
}

}  // namespace moonlet::ml
