// bench/ml_bench.cc - classical models: one row, rows in batches of 1,000, and fits. Forests beside
// the same forest as C (ml_forest_c.cc writes it); scikit-learn's figures under the same names come
// from tools/bench_sklearn.py.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <string>

#include "bench/ml_forest.h"
#include "engine/ml/trees.h"

extern "C" int forest_0(const int16_t* x);
extern "C" int forest_1(const int16_t* x);

namespace moonlet::ml {
namespace {

using benchmark::Counter;

constexpr Index kBatch = 1000;
constexpr int (*kForestsInC[])(const int16_t*) = {forest_0, forest_1};
const StopToken kNeverStopped;

// Predicts rows of x one after the other, or in batches.
void PredictRows(benchmark::State& state, const Estimator& e, const Samples& x, Index batch) {
  const Prediction by = PredictionOf(e);
  std::vector<double> scratch(static_cast<size_t>(ScratchOf(e, *by.method)));
  std::vector<int32_t> codes(static_cast<size_t>(batch));
  Index at = 0;
  for (auto _ : state) {
    const Status s =
        PredictCodes(e, x.part(at, batch), scratch.data(), kNeverStopped, codes.data());
    if (!s.ok()) return state.SkipWithError(s.what());
    at = at + 2 * batch <= x.count ? at + batch : 0;
    benchmark::DoNotOptimize(codes.data());
    benchmark::ClobberMemory();
  }
  state.counters["row"] =
      Counter(static_cast<double>(state.iterations() * batch), Counter::kIsRate | Counter::kInvert);
  state.counters["bytes"] = static_cast<double>(e.state.bytes());
}

void Forest(benchmark::State& state, int number, bool integers, Index batch) {
  const BenchForest& forest = kBenchForests[number];
  const BenchSamples samples = ForestSamples(forest);
  Estimator e;
  FitForest(forest, samples, integers, &e);
  const Samples all = integers ? samples.Integers() : samples.Floats();
  PredictRows(state, e, all.part(kBenchTrained, kBenchRows), batch);
}

// Whether the C code votes as the leaves of our forest do.
bool VotesAlike(int number, const BenchSamples& samples) {
  Estimator e;
  FitForest(kBenchForests[number], samples, true, &e);
  std::vector<int32_t> leaves(static_cast<size_t>(TreeCount(e)));
  for (Index i = 0; i < kBatch; ++i) {
    const Samples row = samples.Integers().part(kBenchTrained + i, 1);
    FindLeaves(e, row, leaves.data());
    int votes[kBenchClasses] = {}, best = 0;
    for (const int32_t leaf : leaves) {
      const float* values = e.state.get<float>(kTreeLeaves) + leaf * e.classes;
      ++votes[std::max_element(values, values + e.classes) - values];
    }
    for (int k = 1; k < kBenchClasses; ++k) best = votes[k] > votes[best] ? k : best;
    if (kForestsInC[number](row.integers) != best) return false;
  }
  return true;
}

// range: rows that it sees again and again.
void ForestInC(benchmark::State& state, int number) {
  const BenchSamples samples = ForestSamples(kBenchForests[number]);
  if (!VotesAlike(number, samples)) return state.SkipWithError("answers differ from ours");
  const Samples x = samples.Integers().part(kBenchTrained, kBenchRows);
  Index at = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(kForestsInC[number](x.integers + at * x.width));
    at = at + 1 < x.count ? at + 1 : 0;
  }
  state.counters["row"] =
      Counter(static_cast<double>(state.iterations()), Counter::kIsRate | Counter::kInvert);
}

// Estimators of other kinds, as the tables have them.
struct Case {
  const char* name;
  const char* kind;
  Index trained, features;
  int classes;
  std::vector<BenchOption> options;
};
const Case kCases[] = {
    {"gaussian_nb_20", "gaussian_nb", 1000, 20, 4, {}},
    {"knn_200x10", "knn", 200, 10, 4, {{"neighbors", 5}}},
    {"logistic_20", "logistic", 1000, 20, 4, {}},
    {"svc_rbf_10", "svc", 300, 10, 2, {}},
    {"gmm_4_full_10", "gmm", 1000, 10, 4, {{"components", 4}, {"seed", 1}}},
    {"isolation_forest_100", "isolation_forest", 1000, 10, 4, {{"seed", 1}}},
    {"mlp_20_32_4", "mlp", 1000, 20, 4, {{"hidden", 32}, {"iterations", 20}, {"seed", 1}}},
    {"qda_20", "qda", 1000, 20, 4, {}},
    {"kmeans_8x20", "kmeans", 1000, 20, 4, {{"clusters", 8}, {"runs", 1}, {"seed", 1}}},
    {"lof_200x10", "lof", 200, 10, 4, {}},
};

// Scaled: kernels and networks want numbers around 1.
std::vector<float> Scaled(const BenchSamples& samples) {
  std::vector<float> scaled(samples.floats);
  for (float& x : scaled) x /= 8000;
  return scaled;
}

void Predict(benchmark::State& state, const Case& c, Index batch) {
  const BenchSamples samples(c.trained + 2 * kBatch, c.features, c.classes);
  const std::vector<float> scaled = Scaled(samples);
  const Samples x = {scaled.data(), nullptr, samples.count, samples.width};
  Estimator e;
  FitBench(*FindKind(c.kind), c.options, x.part(0, c.trained), samples, &e);
  PredictRows(state, e, x.part(c.trained, 2 * kBatch), batch);
}

void FitCase(benchmark::State& state, const Case& c) {
  const BenchSamples samples(c.trained, c.features, c.classes);
  const std::vector<float> scaled = Scaled(samples);
  const Samples x = {scaled.data(), nullptr, samples.count, samples.width};
  for (auto _ : state) {
    Estimator e;
    FitBench(*FindKind(c.kind), c.options, x, samples, &e);
  }
}

void FitForestOf(benchmark::State& state) {
  const BenchSamples samples(state.range(0), 20, kBenchClasses);
  for (auto _ : state) {
    Estimator e;
    FitBench(*FindKind("forest"), {{"trees", 100}, {"depth", 10}, {"seed", 1}}, samples.Floats(),
             samples, &e);
  }
}

void RegisterForest(int number) {
  const std::string name = std::string("forest_") + kBenchForests[number].name;
  const auto add = [&](const char* suffix, auto run) {
    benchmark::RegisterBenchmark((name + suffix).c_str(), run);
  };
  add("/int16/one", [number](benchmark::State& s) { Forest(s, number, true, 1); });
  add("/float32/one", [number](benchmark::State& s) { Forest(s, number, false, 1); });
  add("/C/one", [number](benchmark::State& s) { ForestInC(s, number); });
  add("/int16/batch", [number](benchmark::State& s) { Forest(s, number, true, kBatch); });
  add("/float32/batch", [number](benchmark::State& s) { Forest(s, number, false, kBatch); });
}

const int kRegistered = [] {
  for (const int number : {0, 1}) RegisterForest(number);
  for (const Case& c : kCases) {
    if (FindKind(c.kind) == nullptr) continue;
    const std::string name = c.name;
    benchmark::RegisterBenchmark((name + "/one").c_str(),
                                 [&c](benchmark::State& s) { Predict(s, c, 1); });
    benchmark::RegisterBenchmark((name + "/batch").c_str(),
                                 [&c](benchmark::State& s) { Predict(s, c, kBatch); });
    benchmark::RegisterBenchmark((name + "/fit").c_str(), [&c](benchmark::State& s) {
      FitCase(s, c);
    })->Unit(benchmark::kMicrosecond);
  }
  benchmark::RegisterBenchmark("fit_forest_100x10_20", FitForestOf)
      ->Arg(1000)
      ->Arg(10000)
      ->Unit(benchmark::kMillisecond)
      ->Iterations(1);
  return 0;
}();

}  // namespace
}  // namespace moonlet::ml
