// bindings/ml_mixture.cc - mixtures, hidden Markov models and covariances: constructors, and the
// methods that these alone have.
#include "bindings/ml_estimator.h"
#include "bindings/ml_parts.h"
#include "bindings/tensor_parts.h"
#include "engine/base/libm.h"
#include "engine/ml/covariance.h"
#include "engine/ml/gmm.h"
#include "engine/ml/hmm.h"
#include "engine/tensor/convert.h"

namespace moonlet {
namespace {

Shape MixtureShape(std::initializer_list<Index> dims) {
  Shape shape;
  for (const Index d : dims) shape.dims[shape.rank++] = d;
  return shape;
}

// The fitted estimator at 1, which must be of one of two kinds.
const ml::Estimator& CheckOneOf(lua_State* L, const ml::Kind& kind, const ml::Kind& other,
                                const char* method) {
  const ml::Estimator& e = CheckFitted(L, 1);
  if (e.kind != &kind && e.kind != &other)
    ArgumentError(L, 1, "%s has no %s", e.kind->name, method);
  return e;
}

// Mixtures.

// -2 log(likelihood) of the samples at 2, and `*rows` of them.
double Deviance(lua_State* L, const ml::Estimator& e, Index* rows) {
  const ml::Samples x = CheckSamples(L, 2, e, e.features, false, nullptr);
  double* scratch = ScratchOfBox(L, 1, ml::ScratchOf(e, e.kind->scores));
  double sum;
  RaiseIf(L, ml::MixtureLogLikelihood(e, x, scratch, StopOf(L), &sum));
  *rows = x.count;
  return -2 * sum;
}

int Aic(lua_State* L) {
  const ml::Estimator& e = CheckOneOf(L, ml::kGmm, ml::kGmm, "aic");
  Index rows;
  const double deviance = Deviance(L, e, &rows);
  lua_pushnumber(L, deviance + 2 * static_cast<double>(ml::MixtureParameters(e)));
  return 1;
}

int Bic(lua_State* L) {
  const ml::Estimator& e = CheckOneOf(L, ml::kGmm, ml::kGmm, "bic");
  Index rows;
  const double deviance = Deviance(L, e, &rows);
  lua_pushnumber(L, deviance + static_cast<double>(ml::MixtureParameters(e)) *
                                   moonlet_log(static_cast<double>(rows)));
  return 1;
}

// The seed at `index`, or one from the generator of math.random.
uint64_t MixtureSeed(lua_State* L, int index) {
  if (!lua_isnoneornil(L, index)) return static_cast<uint64_t>(luaL_checkinteger(L, index));
  lua_getglobal(L, "math");
  lua_getfield(L, -1, "random");
  lua_pushinteger(L, 0);
  lua_call(L, 1, 1);
  const auto seed = static_cast<uint64_t>(lua_tointeger(L, -1));
  lua_pop(L, 2);
  return seed;
}

int SampleMethod(lua_State* L) {
  const ml::Estimator& e = CheckOneOf(L, ml::kGmm, ml::kGmm, "sample");
  const lua_Integer count = luaL_checkinteger(L, 2);
  luaL_argcheck(L, count >= 1 && count <= INT32_MAX, 2, "a number of samples from 1 expected");
  Random random(MixtureSeed(L, 3));
  const auto n = static_cast<Index>(count);
  auto* samples = NewTensor(L, DType::kFloat32, MixtureShape({n, e.features}))->as<float>();
  auto* components = NewTensor(L, DType::kInt32, MixtureShape({n}))->as<int32_t>();
  double* scratch = ScratchOfBox(L, 1, ml::SampleScratch(e));
  RaiseIf(L, ml::SampleMixture(e, n, &random, scratch, StopOf(L), samples, components));
  return 2;
}

// Covariances.

int Mahalanobis(lua_State* L) {
  const ml::Estimator& e = CheckOneOf(L, ml::kCovariance, ml::kEllipticEnvelope, "mahalanobis");
  lua_settop(L, 3);
  return PushComputed(L, ml::kMahalanobis, 2, 3, e.features, true);
}

// Sequences.

ml::Samples CheckSequence(lua_State* L, const ml::Estimator& e, double** scratch) {
  const ml::Samples x = CheckSamples(L, 2, e, e.features, false, nullptr);
  *scratch = ScratchOfBox(L, 1, ml::SequenceScratch(e, x.count));
  return x;
}

// Pushes the likeliest states, or writes them to the tensor at `out`.
double PushStates(lua_State* L, int out) {
  const ml::Estimator& e = CheckFitted(L, 1);
  double* scratch;
  const ml::Samples x = CheckSequence(L, e, &scratch);
  const Tensor& result = *NewOrOut(L, out, DType::kInt32, MixtureShape({x.count}));
  const Tensor& made =
      result.contiguous() ? result : *NewTensor(L, DType::kInt32, MixtureShape({x.count}));
  double log_likelihood;
  RaiseIf(L, ml::LikeliestStates(e, x, scratch, StopOf(L), made.as<int32_t>(), &log_likelihood));
  if (&made != &result) {
    RaiseIf(L, Convert(made, result, StopOf(L)));
    lua_pop(L, 1);
  }
  return log_likelihood;
}

int Viterbi(lua_State* L) {
  CheckOneOf(L, ml::kHmm, ml::kHmm, "viterbi");
  lua_settop(L, 2);
  const double log_likelihood = PushStates(L, 3);
  lua_pushnumber(L, log_likelihood);
  return 2;
}

constexpr Entry kMixtureTable[] = {
    {"covariance", New<ml::kCovariance>, "ml.covariance([options]) -> estimator",
     "options: shrinkage: 0 to 1, 0",
     Doc("Mean and covariance of samples (scikit-learn's EmpiricalCovariance, and with "
         "`shrinkage` ShrunkCovariance): fields `location`, `covariance` and `precision`, and "
         "distances by `mahalanobis`. Raises when the covariance is singular."),
     Doc("local x = tensor.new {{0, 0}, {2, 0}, {0, 4}, {2, 4}}\n"
         "local normal = ml.covariance():fit(x)\n"
         "print(normal:mahalanobis(tensor.new {1, 8})) --> 9.0")},
    {"elliptic_envelope", New<ml::kEllipticEnvelope>,
     "ml.elliptic_envelope([options]) -> estimator",
     "options: contamination: share of outliers, 0.1; support: share or \"auto\" (default); "
     "trials: 500; seed",
     Doc("Outliers by their Mahalanobis distance from a mean and a covariance that outliers do not "
         "draw to them (scikit-learn's EllipticEnvelope, FastMCD). `support` is the share of "
         "samples that the narrowest covariance is sought of, a little more than half unless "
         "given. `predict` gives -1 for outliers, `contamination` of the samples fitted."),
     Doc("local x = tensor.randn({100, 2}, 1)\n"
         "local model = ml.elliptic_envelope{contamination = 0.01, seed = 1}:fit(x)\n"
         "print(model:predict(tensor.new {0, 0}), model:predict(tensor.new {9, 9})) --> 1 -1")},
    {"gmm", New<ml::kGmm>, "ml.gmm([options]) -> estimator",
     "options: components: 1; covariance: \"full\" (default), \"tied\", \"diag\" or \"spherical\"; "
     "tol: 0.001; reg_covar: 1e-6; iterations: 100; runs: 1; init: \"kmeans\" (default) or "
     "\"k-means++\"; seed",
     Doc("A mixture of normal distributions (scikit-learn's GaussianMixture). `score_samples` "
         "tells how likely samples are, `predict` the component from 1, `predict_proba` the share "
         "of each; `n_iter` equal to `iterations` means that it did not settle to `tol`. The best "
         "of `runs` from different starts is kept."),
     Doc("local x = tensor.new {{0}, {1}, {2}, {20}, {21}, {22}}\n"
         "local model = ml.gmm{components = 2, seed = 1}:fit(x)\n"
         "print(model:predict(tensor.new {1}) ~= model:predict(tensor.new {19})) --> true")},
    {"hmm", New<ml::kHmm>, "ml.hmm([options]) -> estimator",
     "options: states: 2; covariance: \"diag\" (default), \"full\", \"tied\" or \"spherical\"; "
     "tol: 0.01; reg_covar: 0.001; iterations: 100; seed",
     Doc("A hidden Markov model with normally distributed observations (hmmlearn's GaussianHMM): "
         "rows are a sequence. `fit` takes several sequences below each other, with `lengths`. "
         "`predict` gives the likeliest states of the whole sequence, `predict_proba` how probable "
         "each state is at each row, `score` the log-likelihood."),
     Doc("local x = tensor.new {{0}, {1}, {0}, {9}, {8}, {9}, {1}, {0}, {1}, {8}, {9}}\n"
         "local model = ml.hmm{states = 2, seed = 1}:fit(x)\n"
         "local states = model:predict(x)\n"
         "print(states[1] == states[2], states[1] == states[4]) --> true false")},
};

constexpr Entry kMixtureMethodTable[] = {
    {"aic", Aic, "estimator:aic(x) -> number", "x: {samples, features}",
     Doc("Akaike's information criterion of a gmm: the lower, the better the model for its size."),
     Doc("local x = tensor.randn({100, 1}, 1)\n"
         "print(ml.gmm{seed = 1}:fit(x):aic(x) < ml.gmm{components = 9, seed = 1}:fit(x):aic(x)) "
         "--> true")},
    {"bic", Bic, "estimator:bic(x) -> number", "x: {samples, features}",
     Doc("The Bayesian information criterion of a gmm: the lower, the better the model for its "
         "size."),
     Doc("local x = tensor.randn({100, 1}, 1)\n"
         "print(ml.gmm{seed = 1}:fit(x):bic(x) < ml.gmm{components = 9, seed = 1}:fit(x):bic(x)) "
         "--> true")},
    {"mahalanobis", Mahalanobis, "estimator:mahalanobis(x [, out]) -> tensor | number",
     "x: {samples, features} or {features}; result: float32 {samples}",
     Doc("Squared Mahalanobis distances from the mean of a covariance or elliptic_envelope."),
     Doc("local normal = ml.covariance():fit(tensor.new {{-1}, {1}})\n"
         "print(normal:mahalanobis(tensor.new {{2}, {3}}):totable()[2]) --> 9.0")},
    {"sample", SampleMethod, "estimator:sample(n [, seed]) -> tensor, tensor",
     "result: float32 {n, features}, int32 {n}",
     Doc("Random samples of a gmm, and the component of each from 1."),
     Doc("local model = ml.gmm():fit(tensor.new {{0, 0}, {2, 4}, {1, 8}})\n"
         "print(model:sample(5, 1):dim(2)) --> 2")},
    {"viterbi", Viterbi, "estimator:viterbi(x) -> tensor, number",
     "x: {samples, features}; result: int32 {samples}",
     Doc("The likeliest states of an hmm, from 1, for the whole sequence, and the logarithm of how "
         "likely they and the samples are."),
     Doc("local x = tensor.new {{0}, {1}, {0}, {9}, {8}, {9}, {1}, {0}, {1}, {8}, {9}}\n"
         "local states, log_likelihood = ml.hmm{seed = 1}:fit(x):viterbi(x)\n"
         "print(#states, log_likelihood < 0) --> 11 true")},
};

}  // namespace

const std::span<const Entry> kMlMixture = kMixtureTable;
const std::span<const Entry> kMlMixtureMethods = kMixtureMethodTable;

int SequencePredict(lua_State* L) {
  lua_settop(L, 3);
  PushStates(L, 3);
  return 1;
}

int SequenceProba(lua_State* L) {
  const ml::Estimator& e = CheckFitted(L, 1);
  lua_settop(L, 3);
  double* scratch;
  const ml::Samples x = CheckSequence(L, e, &scratch);
  const Shape shape = MixtureShape({x.count, ml::StatesOf(e)});
  const Tensor& result = *NewOrOut(L, 3, DType::kFloat32, shape);
  const Tensor& made = result.contiguous() ? result : *NewTensor(L, DType::kFloat32, shape);
  double log_likelihood;
  RaiseIf(L, ml::StateProbabilities(e, x, scratch, StopOf(L), made.as<float>(), &log_likelihood));
  if (&made != &result) {
    RaiseIf(L, Convert(made, result, StopOf(L)));
    lua_pop(L, 1);
  }
  return 1;
}

int SequenceScore(lua_State* L) {
  const ml::Estimator& e = CheckFitted(L, 1);
  double* scratch;
  const ml::Samples x = CheckSequence(L, e, &scratch);
  double log_likelihood;
  RaiseIf(L, ml::StateProbabilities(e, x, scratch, StopOf(L), nullptr, &log_likelihood));
  lua_pushnumber(L, log_likelihood);
  return 1;
}

}  // namespace moonlet
