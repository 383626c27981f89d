// engine/ml/svm_fit.cc - the problems that samples make, and machines of their solutions.
#include <algorithm>
#include <cmath>
#include <utility>

#include "engine/ml/buffer.h"
#include "engine/ml/svm.h"
#include "engine/ml/svm_sigmoid.h"
#include "engine/ml/svm_smo.h"
#include "engine/tensor/random.h"

namespace moonlet::ml::svm {
namespace {

constexpr double kMebibyte = 0x1p20;

double Variance(const Samples& x) {
  const auto count = static_cast<double>(x.count) * static_cast<double>(x.width);
  double mean = 0, squares = 0;
  for (Index i = 0; i < x.count * x.width; ++i) mean += x.data[i];
  mean /= count;
  for (Index i = 0; i < x.count * x.width; ++i) squares += (x.data[i] - mean) * (x.data[i] - mean);
  return squares / count;
}

double GammaOf(const Fit& fit) {
  const double given = fit.options.Number(kGamma);
  if (given >= 0) return given;
  const auto width = static_cast<double>(fit.x.width);
  if (given < -1) return 1 / width;  // "auto"
  const double variance = Variance(fit.x);
  return variance > 0 ? 1 / (width * variance) : 1;
}

SmoProblem ProblemOf(const Fit& fit, const KernelFunction& kernel, const Samples& x) {
  SmoProblem problem = {};
  problem.x = x;
  problem.kernel = kernel;
  problem.variables = x.count;
  problem.tol = fit.options.Number(kTol);
  problem.iterations = fit.options.Whole(kIterations);
  problem.cache_bytes = fit.options.Number(kCache) * kMebibyte;
  return problem;
}

// What a problem's variables have besides their samples.
struct Variables {
  Variables(Allocator& memory, Index count)
      : y(memory, count), linear(memory, count), upper(memory, count), alpha(memory, count) {}
  Status Check() const {
    if (!y.ok()) return y.Refusal();
    if (!linear.ok()) return linear.Refusal();
    if (!upper.ok()) return upper.Refusal();
    return alpha.ok() ? Status() : alpha.Refusal();
  }
  Status Solve(SmoProblem problem, const Work& work, SmoSolution* solution) {
    problem.y = y.data();
    problem.linear = linear.data();
    problem.upper = upper.data();
    solution->alpha = alpha.data();
    return SolveSmo(problem, work, solution);
  }

  Buffer<int8_t> y;
  Buffer<double> linear;
  Buffer<double> upper;
  Buffer<double> alpha;
};

// The arrays of a machine: samples with a coefficient in any of `rows` rows of `coef` become
// support vectors; order[i] is the sample of column i (null: i).
Status MakeMachine(const Fit& fit, const double* coef, Index rows, const int32_t* order,
                   Index pairs, double gamma, State* state) {
  const Index count = fit.x.count, width = fit.x.width;
  const auto supports = [&](Index i) {
    for (Index r = 0; r < rows; ++r)
      if (coef[r * count + i] != 0) return true;
    return false;
  };
  Index vectors = 0;
  for (Index i = 0; i < count; ++i) vectors += supports(i);
  if (Status s = state->Make(kSupportVectors, DType::kFloat32, {vectors, width}); !s.ok()) return s;
  if (Status s = state->Make(kDualCoef, DType::kFloat64, {rows, vectors}); !s.ok()) return s;
  if (Status s = state->Make(kIntercept, DType::kFloat64, {pairs}); !s.ok()) return s;
  if (Status s = state->Make(kGammaArray, DType::kFloat64, {1}); !s.ok()) return s;
  if (Status s = state->Make(kIterationCounts, DType::kInt32, {pairs}); !s.ok()) return s;
  state->own<double>(kGammaArray)[0] = gamma;
  Index v = 0;
  for (Index i = 0; i < count; ++i) {
    if (!supports(i)) continue;
    const float* row = fit.x.row(order != nullptr ? order[i] : i);
    std::copy_n(row, width, state->own<float>(kSupportVectors) + v * width);
    for (Index r = 0; r < rows; ++r)
      state->own<double>(kDualCoef)[r * vectors + v] = coef[r * count + i];
    ++v;
  }
  return {};
}

void SetMachine(const SmoSolution& solution, Index pair, State* state) {
  state->own<double>(kIntercept)[pair] = -solution.rho;
  state->own<int32_t>(kIterationCounts)[pair] =
      static_cast<int32_t>(std::min<int64_t>(solution.iterations, INT32_MAX));
}

// Samples ordered by class: those of class k are first[k] .. first[k + 1] - 1 of `order`.
struct Groups {
  Groups(Allocator& memory, Index count, Index classes)
      : order(memory, count), first(memory, classes + 1) {}
  Buffer<int32_t> order;
  Buffer<int32_t> first;
};

Status GroupByClass(const Fit& fit, Groups* groups) {
  if (!groups->order.ok()) return groups->order.Refusal();
  if (!groups->first.ok()) return groups->first.Refusal();
  Index at = 0;
  for (Index k = 0; k < fit.classes; ++k) {
    groups->first[k] = static_cast<int32_t>(at);
    double weight = 0;
    for (Index i = 0; i < fit.x.count; ++i) {
      if (fit.codes[i] != k) continue;
      groups->order[at++] = static_cast<int32_t>(i);
      weight += fit.weight(i);
    }
    if (!(weight > 0)) return Status::Invalid("class %td: the weights of all samples are 0", k + 1);
  }
  groups->first[fit.classes] = static_cast<int32_t>(at);
  return {};
}

// Samples of two classes.
struct Pair {
  Pair(Allocator& memory, Index count) : samples(memory, count), y(memory, count) {}
  Status Check() const {
    return !samples.ok() ? samples.Refusal() : !y.ok() ? y.Refusal() : Status();
  }
  void Add(int32_t sample, int8_t sign) {
    samples[count] = sample;
    y[count++] = sign;
  }

  Buffer<int32_t> samples;
  Buffer<int8_t> y;  // 1 for the first class, -1 for the second
  Index count = 0;
  double share = 0;  // of the whole work that is done before this pair
};

// The solution for the first pair.count samples of a pair.
class PairMachine {
 public:
  PairMachine(const Fit& fit, const KernelFunction& kernel, const Pair& pair)
      : fit_(fit),
        kernel_(kernel),
        pair_(pair),
        rows_(fit.work.memory, pair.count, fit.x.width),
        variables_(fit.work.memory, pair.count) {}

  Status Solve();
  // Of a sample; `values` has room for one of each of the pair's samples.
  double Decision(const float* x, double* values) const;
  double coef(Index t) const { return pair_.y[t] * variables_.alpha[t]; }
  const SmoSolution& solution() const { return solution_; }

 private:
  const Fit& fit_;
  const KernelFunction& kernel_;
  const Pair& pair_;
  Buffer<float> rows_;
  Variables variables_;
  SmoSolution solution_ = {};
};

Status PairMachine::Solve() {
  if (!rows_.ok()) return rows_.Refusal();
  if (Status s = variables_.Check(); !s.ok()) return s;
  for (Index t = 0; t < pair_.count; ++t) {
    const Index sample = pair_.samples[t];
    std::copy_n(fit_.x.row(sample), fit_.x.width, rows_.data() + t * fit_.x.width);
    variables_.y[t] = pair_.y[t];
    variables_.linear[t] = -1;
    variables_.upper[t] = fit_.options.Number(kC) * fit_.weight(sample);
  }
  const Samples x = {rows_.data(), nullptr, pair_.count, fit_.x.width};
  SmoProblem problem = ProblemOf(fit_, kernel_, x);
  problem.share = pair_.share;
  return variables_.Solve(problem, fit_.work, &solution_);
}

double PairMachine::Decision(const float* x, double* values) const {
  KernelRow(kernel_, x, rows_.data(), pair_.count, fit_.x.width, values);
  double sum = -solution_.rho;
  for (Index t = 0; t < pair_.count; ++t) sum += coef(t) * values[t];
  return sum;
}

// Decisions of the samples from `first` to `last` by a machine fitted on the others.
Status DecideHeldBack(const Fit& fit, const KernelFunction& kernel, const Pair& pair, Index first,
                      Index last, double* decisions) {
  Pair others(fit.work.memory, pair.count);
  if (Status s = others.Check(); !s.ok()) return s;
  others.share = pair.share;
  double weights[2] = {0, 0};
  for (Index t = 0; t < pair.count; ++t) {
    if (t >= first && t < last) continue;
    others.Add(pair.samples[t], pair.y[t]);
    weights[pair.y[t] > 0] += fit.weight(pair.samples[t]);
  }
  if (!(weights[0] > 0 && weights[1] > 0)) {  // nothing but one class
    const double decision = weights[1] > 0 ? 1 : weights[0] > 0 ? -1 : 0;
    std::fill(decisions + first, decisions + last, decision);
    return {};
  }
  PairMachine machine(fit, kernel, others);
  if (Status s = machine.Solve(); !s.ok()) return s;
  Buffer<double> values(fit.work.memory, others.count);
  if (!values.ok()) return values.Refusal();
  for (Index t = first; t < last; ++t) {
    if (Status s = fit.work.Poll(); !s.ok()) return s;
    decisions[t] = machine.Decision(fit.x.row(pair.samples[t]), values.data());
  }
  return {};
}

// A pair's sigmoid, of decisions by machines that did not see the samples.
Status CalibratePair(const Fit& fit, const KernelFunction& kernel, Pair* pair, Random* random,
                     Sigmoid* sigmoid) {
  constexpr Index kFolds = 5;
  for (Index t = pair->count - 1; t > 0; --t) {
    const auto other = static_cast<Index>(random->UpTo(static_cast<uint64_t>(t)));
    std::swap(pair->samples[t], pair->samples[other]);
    std::swap(pair->y[t], pair->y[other]);
  }
  Buffer<double> decisions(fit.work.memory, pair->count);
  if (!decisions.ok()) return decisions.Refusal();
  for (Index fold = 0; fold < kFolds; ++fold) {
    const Index first = fold * pair->count / kFolds, last = (fold + 1) * pair->count / kFolds;
    Status s = DecideHeldBack(fit, kernel, *pair, first, last, decisions.data());
    if (!s.ok()) return s;
  }
  *sigmoid = FitSigmoid(decisions.data(), pair->y.data(), pair->count);
  return {};
}

// What fitting finds for each pair.
struct PairResult {
  SmoSolution solution;
  Sigmoid sigmoid;
};

// The machine between classes a and b; its coefficients go to where `coef` (classes - 1 rows, a
// column for each sample by class) has those of the two against each other.
Status FitPair(const Fit& fit, const KernelFunction& kernel, const Groups& groups, Index a, Index b,
               double share, Random* random, double* coef, PairResult* result) {
  const Index count_a = groups.first[a + 1] - groups.first[a];
  Pair pair(fit.work.memory, count_a + groups.first[b + 1] - groups.first[b]);
  if (Status s = pair.Check(); !s.ok()) return s;
  pair.share = share;
  for (Index i = groups.first[a]; i < groups.first[a + 1]; ++i) pair.Add(groups.order[i], 1);
  for (Index i = groups.first[b]; i < groups.first[b + 1]; ++i) pair.Add(groups.order[i], -1);
  {
    PairMachine machine(fit, kernel, pair);
    if (Status s = machine.Solve(); !s.ok()) return s;
    result->solution = machine.solution();
    for (Index t = 0; t < count_a; ++t)
      coef[(b - 1) * fit.x.count + groups.first[a] + t] = machine.coef(t);
    for (Index t = count_a; t < pair.count; ++t)
      coef[a * fit.x.count + groups.first[b] + t - count_a] = machine.coef(t);
  }
  if (!fit.options.Flag(kProbability)) return {};
  return CalibratePair(fit, kernel, &pair, random, &result->sigmoid);
}

// For two classes a decision above 0 stands for the second one, for a pair of more the first.
void FlipSigns(Index count, double* coef, SmoSolution* solution) {
  solution->rho = -solution->rho;
  for (Index i = 0; i < count; ++i) coef[i] = -coef[i];
}

Status CountSupport(const Fit& fit, Groups& groups, const double* coef, State* state) {
  if (Status s = state->Make(kSupportCounts, DType::kInt32, {fit.classes}); !s.ok()) return s;
  for (Index k = 0; k < fit.classes; ++k)
    for (Index i = groups.first[k]; i < groups.first[k + 1]; ++i) {
      bool supports = false;
      for (Index r = 0; r < fit.classes - 1; ++r) supports |= coef[r * fit.x.count + i] != 0;
      state->own<int32_t>(kSupportCounts)[k] += supports;
    }
  return {};
}

Status KeepSigmoids(const Buffer<PairResult>& results, Index pairs, State* state) {
  for (const int array : {kProbA, kProbB})
    if (Status s = state->Make(array, DType::kFloat64, {pairs}); !s.ok()) return s;
  for (Index pair = 0; pair < pairs; ++pair) {
    state->own<double>(kProbA)[pair] = results[pair].sigmoid.a;
    state->own<double>(kProbB)[pair] = results[pair].sigmoid.b;
  }
  return {};
}

// Solves for coefficients that are alpha, or the difference of a sample's two alphas.
Status FitSingle(const Fit& fit, Variables& variables, Index count, State* state) {
  const double gamma = GammaOf(fit);
  SmoProblem problem = ProblemOf(fit, KernelOf(fit.options, gamma), fit.x);
  problem.variables = count;
  SmoSolution solution = {};
  if (Status s = variables.Solve(problem, fit.work, &solution); !s.ok()) return s;
  double* coef = variables.alpha.data();
  if (count > fit.x.count)
    for (Index i = 0; i < fit.x.count; ++i) coef[i] -= coef[fit.x.count + i];
  if (Status s = MakeMachine(fit, coef, 1, nullptr, 1, gamma, state); !s.ok()) return s;
  SetMachine(solution, 0, state);
  return {};
}

}  // namespace

Status FitSvc(const Fit& fit, State* state) {
  const Index pairs = PairsOf(fit.classes);
  const double gamma = GammaOf(fit);
  const KernelFunction kernel = KernelOf(fit.options, gamma);
  Groups groups(fit.work.memory, fit.x.count, fit.classes);
  if (Status s = GroupByClass(fit, &groups); !s.ok()) return s;
  Buffer<double> coef(fit.work.memory, fit.x.count, fit.classes - 1);
  if (!coef.ok()) return coef.Refusal();
  Buffer<PairResult> results(fit.work.memory, pairs);
  if (!results.ok()) return results.Refusal();
  Random random(fit.options.Seed(kSeed));
  Index pair = 0;
  for (Index a = 0; a < fit.classes; ++a)
    for (Index b = a + 1; b < fit.classes; ++b, ++pair) {
      const double share = static_cast<double>(pair) / static_cast<double>(pairs);
      if (Status s = fit.work.Done(share); !s.ok()) return s;
      Status s = FitPair(fit, kernel, groups, a, b, share, &random, coef.data(), &results[pair]);
      if (!s.ok()) return s;
    }
  if (fit.classes == 2) FlipSigns(fit.x.count, coef.data(), &results[0].solution);
  Status s =
      MakeMachine(fit, coef.data(), fit.classes - 1, groups.order.data(), pairs, gamma, state);
  if (!s.ok()) return s;
  for (pair = 0; pair < pairs; ++pair) SetMachine(results[pair].solution, pair, state);
  if (fit.options.Flag(kProbability))
    if (s = KeepSigmoids(results, pairs, state); !s.ok()) return s;
  return CountSupport(fit, groups, coef.data(), state);
}

Status FitSvr(const Fit& fit, State* state) {
  const Index count = fit.x.count;
  Variables variables(fit.work.memory, 2 * count);
  if (Status s = variables.Check(); !s.ok()) return s;
  const double epsilon = fit.options.Number(kEpsilon);
  for (Index i = 0; i < count; ++i) {
    variables.y[i] = 1;
    variables.y[count + i] = -1;
    variables.linear[i] = epsilon - fit.targets[i];
    variables.linear[count + i] = epsilon + fit.targets[i];
    variables.upper[i] = variables.upper[count + i] = fit.options.Number(kC) * fit.weight(i);
  }
  return FitSingle(fit, variables, 2 * count, state);
}

Status FitOneClass(const Fit& fit, State* state) {
  const Index count = fit.x.count;
  Variables variables(fit.work.memory, count);
  if (Status s = variables.Check(); !s.ok()) return s;
  double left = 0;
  for (Index i = 0; i < count; ++i) {
    variables.y[i] = 1;
    variables.upper[i] = fit.weight(i);
    left += fit.weight(i) * fit.options.Number(kNu);
  }
  for (Index i = 0; i < count && left > 0; ++i) {
    variables.alpha[i] = std::min(variables.upper[i], left);
    left -= variables.alpha[i];
  }
  return FitSingle(fit, variables, count, state);
}

}  // namespace moonlet::ml::svm
