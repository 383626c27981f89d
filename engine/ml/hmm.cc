// engine/ml/hmm.cc - a hidden Markov model whose states give normally distributed rows.
//
// Rabiner, "A Tutorial on Hidden Markov Models", 1989: forward and backward recursions, Viterbi,
// and fitting by Baum and Welch, all in logarithms, so that no sequence is too long.
#include "engine/ml/hmm.h"

#include <algorithm>
#include <cmath>

#include "engine/base/libm.h"
#include "engine/ml/components.h"
#include "engine/ml/kinds.h"
#include "engine/ml/softmax.h"

namespace moonlet::ml {
namespace hmm {
namespace {

enum { kStates, kCovariance, kTol, kReg, kIterations, kSeed };
constexpr OptionSpec kOptions[] = {
    {"states", "n_components", OptionType::kWhole, 2, 1, 1e4f},
    {"covariance", "covariance_type", OptionType::kWord, 2, 0, 0, kSpreadWords},
    {"tol", "", OptionType::kNumber, 1e-2, 0, 1e9f},
    {"reg_covar", "min_covar", OptionType::kNumber, 1e-3, 0, 1e9f},
    {"iterations", "n_iter", OptionType::kWhole, 100, 1, 1e6f},
    {"seed", "random_state", OptionType::kSeed},
};

enum { kStart, kTransition, kMeans, kFactors, kCovariances, kLogLikelihood, kIterationCount };
constexpr ArraySpec kArrays[] = {
    {"startprob", DType::kFloat64, "s"},      {"transmat", DType::kFloat64, "ss"},
    {"means", DType::kFloat64, "sf"},         {"precisions_cholesky", DType::kFloat64, "cab"},
    {"covars", DType::kFloat64, "cab", true}, {"log_likelihood", DType::kFloat64, "l", true},
    {"n_iter", DType::kFloat64, "t", true},
};
constexpr const char* kWhat = "state";

Components ComponentsOf(const Estimator& e) {
  return {static_cast<Spread>(e.options.Word(kCovariance)), StatesOf(e), e.features};
}

Status Check(const Estimator& e) {
  const Components c = ComponentsOf(e);
  if (c.count < 1) return Status::Invalid("array 'startprob' is empty");
  return CheckComponents(c, e.state[kFactors], "precisions_cholesky");
}

// A model in logarithms, and what the recursions along a sequence work on.
struct Chain {
  Components c;
  const double* means;
  const double* factors;
  double* log_start;       // states
  double* log_transition;  // states x states
  double* row;             // states
  double* distances;       // DistanceScratch
  double* emitted;         // rows x states: log p(row | state)
  double* forward;         // rows x states
  double* backward;        // rows x states

  static Index Room(const Components& c) {
    return c.count * (c.count + 2) + DistanceScratch(c.width);
  }
  // Parts of `memory`, which has Room and three times rows x states.
  void Place(double* memory, Index rows) {
    const Index s = c.count;
    log_start = memory;
    log_transition = log_start + s;
    row = log_transition + s * s;
    distances = row + s;
    emitted = distances + DistanceScratch(c.width);
    forward = emitted + rows * s;
    backward = forward + rows * s;
  }
  void TakeLogs(const double* start, const double* transition) {
    for (Index i = 0; i < c.count; ++i) log_start[i] = moonlet_log(start[i]);
    for (Index i = 0; i < c.count * c.count; ++i) log_transition[i] = moonlet_log(transition[i]);
  }
};

Status Emit(const Chain& chain, const Samples& x, const StopToken& stop) {
  for (Index first = 0; first < x.count; first += kPointLanes) {
    if (stop.raised()) return Status::Stopped();
    LogDensities(chain.c, chain.means, chain.factors,
                 x.part(first, std::min<Index>(kPointLanes, x.count - first)),
                 chain.emitted + first * chain.c.count, chain.distances);
  }
  return {};
}

// log p(rows up to t, state at t).
Status GoForward(const Chain& chain, Index rows, const StopToken& stop) {
  const Index s = chain.c.count;
  for (Index j = 0; j < s; ++j) chain.forward[j] = chain.log_start[j] + chain.emitted[j];
  for (Index t = 1; t < rows; ++t) {
    if (stop.raised()) return Status::Stopped();
    const double* before = chain.forward + (t - 1) * s;
    for (Index j = 0; j < s; ++j) {
      for (Index i = 0; i < s; ++i) chain.row[i] = before[i] + chain.log_transition[i * s + j];
      chain.forward[t * s + j] = LogSumExp(chain.row, s) + chain.emitted[t * s + j];
    }
  }
  return {};
}

// log p(rows after t | state at t).
Status GoBackward(const Chain& chain, Index rows, const StopToken& stop) {
  const Index s = chain.c.count;
  std::fill_n(chain.backward + (rows - 1) * s, s, 0.0);
  for (Index t = rows - 2; t >= 0; --t) {
    if (stop.raised()) return Status::Stopped();
    const double* after = chain.backward + (t + 1) * s;
    const double* emitted = chain.emitted + (t + 1) * s;
    for (Index i = 0; i < s; ++i) {
      for (Index j = 0; j < s; ++j)
        chain.row[j] = chain.log_transition[i * s + j] + emitted[j] + after[j];
      chain.backward[t * s + i] = LogSumExp(chain.row, s);
    }
  }
  return {};
}

Chain ChainOf(const Estimator& e, double* scratch, Index rows) {
  Chain chain;
  chain.c = ComponentsOf(e);
  chain.means = e.state.get<double>(kMeans);
  chain.factors = e.state.get<double>(kFactors);
  chain.Place(scratch, rows);
  chain.TakeLogs(e.state.get<double>(kStart), e.state.get<double>(kTransition));
  return chain;
}

// Baum and Welch: a model, and sums of what was expected of its states.
struct Learner {
  const Fit& fit;
  Components c;
  Index longest;
  Buffer<double> start, transition, means, covariances, factors;
  Buffer<double> starts, transitions, memory;
  Moments moments;
  Chain chain;
  double log_likelihood = -HUGE_VAL;

  Learner(const Fit& f, const Components& shape, Index most)
      : fit(f),
        c(shape),
        longest(most),
        start(f.work.memory, c.count),
        transition(f.work.memory, c.count, c.count),
        means(f.work.memory, c.count, c.width),
        covariances(f.work.memory, c.matrices(), c.size()),
        factors(f.work.memory, c.matrices(), c.size()),
        starts(f.work.memory, c.count),
        transitions(f.work.memory, c.count, c.count),
        memory(f.work.memory, 3 * longest + c.count + 2 + DistanceScratch(c.width) / c.count + 1,
               c.count),
        moments(f.work.memory, c) {}
  bool ok() const {
    return start.ok() && transition.ok() && means.ok() && covariances.ok() && factors.ok() &&
           starts.ok() && transitions.ok() && memory.ok() && moments.ok();
  }
  ComponentArrays arrays() { return {means.data(), covariances.data(), factors.data()}; }
  double reg() const { return fit.options.Number(kReg); }
};

Status Begin(Learner& m) {
  constexpr int kLloyd = 100;
  Random random(m.fit.options.Seed(kSeed));
  Buffer<int32_t> labels(m.fit.work.memory, m.fit.x.count);
  if (!labels.ok()) return labels.Refusal();
  if (Status s = SeedMeans(m.fit.x, m.c.count, kLloyd, kWhat, &random, m.fit.work, m.means.data(),
                           labels.data());
      !s.ok())
    return s;
  std::fill_n(m.start.data(), m.c.count, 1 / static_cast<double>(m.c.count));
  std::fill_n(m.transition.data(), m.c.count * m.c.count, 1 / static_cast<double>(m.c.count));
  return TakeLabels(m.fit.x, labels.data(), m.reg(), kWhat, m.fit.work, &m.moments, m.arrays());
}

// Adds how often each state follows each, which is expected of the sequence.
Status AddTransitions(Learner& m, Index rows, double log_likelihood) {
  const Index s = m.c.count;
  const Chain& chain = m.chain;
  for (Index t = 0; t + 1 < rows; ++t) {
    if (Status status = m.fit.work.Poll(); !status.ok()) return status;
    const double* next = chain.emitted + (t + 1) * s;
    const double* after = chain.backward + (t + 1) * s;
    for (Index i = 0; i < s; ++i) {
      const double here = chain.forward[t * s + i] - log_likelihood;
      for (Index j = 0; j < s; ++j)
        m.transitions[i * s + j] +=
            moonlet_exp(here + chain.log_transition[i * s + j] + next[j] + after[j]);
    }
  }
  return {};
}

Status AddSequence(Learner& m, const Samples& x) {
  const Index s = m.c.count;
  const Chain& chain = m.chain;
  const StopToken& stop = m.fit.work.stop;
  if (Status status = Emit(chain, x, stop); !status.ok()) return status;
  if (Status status = GoForward(chain, x.count, stop); !status.ok()) return status;
  if (Status status = GoBackward(chain, x.count, stop); !status.ok()) return status;
  const double log_likelihood = LogSumExp(chain.forward + (x.count - 1) * s, s);
  if (!std::isfinite(log_likelihood))
    return Status::Invalid("samples are too far apart for doubles");
  m.log_likelihood += log_likelihood;
  if (Status status = AddTransitions(m, x.count, log_likelihood); !status.ok()) return status;
  for (Index t = 0; t < x.count; ++t) {
    if (Status status = m.fit.work.Poll(); !status.ok()) return status;
    double* shares = chain.forward + t * s;
    for (Index i = 0; i < s; ++i) shares[i] += chain.backward[t * s + i];
    Softmax(shares, s);
    for (Index i = 0; i < s && t == 0; ++i) m.starts[i] += shares[i];
    m.moments.Add(x.row(t), shares, m.means.data());
  }
  return {};
}

// Sums to probabilities; where nothing was summed they stay.
void Normalise(const double* sums, Index n, double* probabilities) {
  double total = 0;
  for (Index i = 0; i < n; ++i) total += sums[i];
  for (Index i = 0; i < n && total > 0; ++i) probabilities[i] = sums[i] / total;
}

Status Iterate(Learner& m) {
  const Index s = m.c.count;
  m.moments.Clear();
  std::fill_n(m.starts.data(), s, 0.0);
  std::fill_n(m.transitions.data(), s * s, 0.0);
  m.chain.TakeLogs(m.start.data(), m.transition.data());
  m.log_likelihood = 0;
  Index first = 0;
  for (Index i = 0; i < std::max<Index>(m.fit.sequences, 1); ++i) {
    const Index rows = m.fit.sequences > 0 ? m.fit.lengths[i] : m.fit.x.count;
    if (Status status = AddSequence(m, m.fit.x.part(first, rows)); !status.ok()) return status;
    first += rows;
  }
  Normalise(m.starts.data(), s, m.start.data());
  for (Index i = 0; i < s; ++i)
    Normalise(m.transitions.data() + i * s, s, m.transition.data() + i * s);
  return m.moments.Take(m.reg(), kWhat, m.fit.work.stop, m.arrays());
}

Status MakeArrays(const Components& c, State* state) {
  if (Status s = state->Make(kStart, DType::kFloat64, {c.count}); !s.ok()) return s;
  if (Status s = state->Make(kTransition, DType::kFloat64, {c.count, c.count}); !s.ok()) return s;
  if (Status s = state->Make(kMeans, DType::kFloat64, {c.count, c.width}); !s.ok()) return s;
  for (const int array : {kFactors, kCovariances})
    if (Status s = state->Make(array, DType::kFloat64, {c.matrices(), c.rows(), c.columns()});
        !s.ok())
      return s;
  for (const int array : {kLogLikelihood, kIterationCount})
    if (Status s = state->Make(array, DType::kFloat64, {1}); !s.ok()) return s;
  return {};
}

void Keep(const Learner& m, int64_t iterations, State* state) {
  const Components& c = m.c;
  std::copy_n(m.start.data(), c.count, state->own<double>(kStart));
  std::copy_n(m.transition.data(), c.count * c.count, state->own<double>(kTransition));
  std::copy_n(m.means.data(), c.count * c.width, state->own<double>(kMeans));
  std::copy_n(m.covariances.data(), c.matrices() * c.size(), state->own<double>(kCovariances));
  std::copy_n(m.factors.data(), c.matrices() * c.size(), state->own<double>(kFactors));
  state->own<double>(kLogLikelihood)[0] = m.log_likelihood;
  state->own<double>(kIterationCount)[0] = static_cast<double>(iterations);
}

Status FitHmm(const Fit& fit, State* state) {
  const Components c = {static_cast<Spread>(fit.options.Word(kCovariance)),
                        static_cast<Index>(fit.options.Whole(kStates)), fit.x.width};
  if (fit.x.count < c.count)
    return Status::Invalid("%td states asked of %td samples", c.count, fit.x.count);
  Index longest = fit.sequences > 0 ? 0 : fit.x.count;
  for (Index i = 0; i < fit.sequences; ++i) longest = std::max<Index>(longest, fit.lengths[i]);
  if (Status s = MakeArrays(c, state); !s.ok()) return s;
  Learner m(fit, c, longest);
  if (!m.ok()) return m.memory.Refusal();
  m.chain.c = c;
  m.chain.means = m.means.data();
  m.chain.factors = m.factors.data();
  m.chain.Place(m.memory.data(), longest);
  if (Status s = Begin(m); !s.ok()) return s;
  const int64_t iterations = fit.options.Whole(kIterations);
  double before = -HUGE_VAL;
  int64_t done = 0;
  while (done < iterations) {
    const double share = static_cast<double>(done) / static_cast<double>(iterations);
    if (Status s = fit.work.Done(share); !s.ok()) return s;
    if (Status s = Iterate(m); !s.ok()) return s;
    ++done;
    if (m.log_likelihood - before < fit.options.Number(kTol)) break;
    before = m.log_likelihood;
  }
  Keep(m, done, state);
  return {};
}

}  // namespace
}  // namespace hmm

const Kind kHmm = {
    .name = "hmm",
    .sklearn = "",
    .task = Task::kDensity,
    .options = hmm::kOptions,
    .arrays = hmm::kArrays,
    .fit = hmm::FitHmm,
    .check = hmm::Check,
    .sequences = true,
};

Index StatesOf(const Estimator& e) { return e.state[hmm::kStart].dim(0); }

Index SequenceScratch(const Estimator& e, Index rows) {
  return hmm::Chain::Room(hmm::ComponentsOf(e)) + 3 * rows * StatesOf(e);
}

Status LikeliestStates(const Estimator& e, const Samples& x, double* scratch, const StopToken& stop,
                       int32_t* states, double* log_likelihood) {
  const hmm::Chain chain = hmm::ChainOf(e, scratch, x.count);
  const Index s = chain.c.count;
  if (Status status = hmm::Emit(chain, x, stop); !status.ok()) return status;
  // The best way to each state at t, as far as it has come; then back along it.
  double* best = chain.forward;
  for (Index j = 0; j < s; ++j) best[j] = chain.log_start[j] + chain.emitted[j];
  for (Index t = 1; t < x.count; ++t) {
    if (stop.raised()) return Status::Stopped();
    for (Index j = 0; j < s; ++j) {
      double most = -HUGE_VAL;
      for (Index i = 0; i < s; ++i)
        most = std::max(most, best[(t - 1) * s + i] + chain.log_transition[i * s + j]);
      best[t * s + j] = most + chain.emitted[t * s + j];
    }
  }
  const double* last = best + (x.count - 1) * s;
  Index state = std::max_element(last, last + s) - last;
  *log_likelihood = last[state];
  for (Index t = x.count - 1;; --t) {
    states[t] = static_cast<int32_t>(state + 1);
    if (t == 0) return {};
    for (Index i = 0; i < s; ++i)
      chain.row[i] = best[(t - 1) * s + i] + chain.log_transition[i * s + state];
    state = std::max_element(chain.row, chain.row + s) - chain.row;
  }
}

Status StateProbabilities(const Estimator& e, const Samples& x, double* scratch,
                          const StopToken& stop, float* out, double* log_likelihood) {
  const hmm::Chain chain = hmm::ChainOf(e, scratch, x.count);
  const Index s = chain.c.count;
  if (Status status = hmm::Emit(chain, x, stop); !status.ok()) return status;
  if (Status status = hmm::GoForward(chain, x.count, stop); !status.ok()) return status;
  *log_likelihood = LogSumExp(chain.forward + (x.count - 1) * s, s);
  if (out == nullptr) return {};
  if (Status status = hmm::GoBackward(chain, x.count, stop); !status.ok()) return status;
  for (Index t = 0; t < x.count; ++t) {
    double* row = chain.forward + t * s;
    for (Index i = 0; i < s; ++i) row[i] += chain.backward[t * s + i];
    Softmax(row, s);
    for (Index i = 0; i < s; ++i) out[t * s + i] = static_cast<float>(row[i]);
  }
  return {};
}

}  // namespace moonlet::ml
