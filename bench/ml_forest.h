// bench/ml_forest.h - the samples and estimators that the bench measures, and from which
// ml_forest_c.cc writes its peer in C. All of it repeats to the last bit.
#pragma once
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "engine/ml/kinds.h"

namespace moonlet::ml {

// Two clouds per class, of width 0.6 around places in [-1, 1]: numbers as tools/bench_sklearn.py
// draws them too.
class BenchSamples {
 public:
  BenchSamples(Index count, Index width, int classes)
      : count(count), width(width), classes(classes) {
    std::vector<double> centers(static_cast<size_t>(2 * classes * width));
    for (double& c : centers) c = 2 * Draw() - 1;
    for (Index i = 0; i < count; ++i) {
      const auto cloud = static_cast<Index>(2 * classes * Draw());
      codes.push_back(static_cast<int32_t>(cloud % classes));
      for (Index j = 0; j < width; ++j) {
        const double noise = Draw() + Draw() + Draw() + Draw() - 2;
        const double x = centers[static_cast<size_t>(cloud * width + j)] + noise;
        integers.push_back(static_cast<int16_t>(std::floor(8000 * x + 0.5)));
        floats.push_back(static_cast<float>(integers.back()));
      }
    }
  }

  Samples Floats() const { return {floats.data(), nullptr, count, width}; }
  Samples Integers() const { return {nullptr, integers.data(), count, width}; }

  Index count, width;
  int classes;
  std::vector<int16_t> integers;
  std::vector<float> floats;
  std::vector<int32_t> codes;

 private:
  double Draw() {
    state_ = state_ * 1664525 + 1013904223;
    return (state_ >> 8) * 0x1p-24;
  }

  uint32_t state_ = 1;
};

struct BenchOption {
  const char* name;
  double value;
};

inline void FitBench(const Kind& kind, std::vector<BenchOption> options, const Samples& x,
                     const BenchSamples& samples, Estimator* e) {
  static const StopToken never;
  e->kind = &kind;
  e->options = Defaults(kind.options);
  e->state = State(MallocAllocator());
  for (const BenchOption& option : options) {
    const int at = FindOption(kind.options, option.name);
    if (at < 0) continue;
    e->options.values[at] = option.value;
    if (kind.options[static_cast<size_t>(at)].type == OptionType::kList) {
      e->options.list[0] = option.value;
      e->options.listed = 1;
    }
  }
  const Work work = {MallocAllocator(), never};
  const bool classes = kind.task == Task::kClassify;
  const Fit fit = {e->options,
                   x,
                   classes ? samples.codes.data() : nullptr,
                   classes ? samples.classes : 0,
                   nullptr,
                   nullptr,
                   nullptr,
                   work};
  const Status s = FitEstimator(fit, false, nullptr, DType::kInt32, e);
  if (s.ok()) return;
  std::fprintf(stderr, "%s: %s\n", kind.name, s.what());
  std::exit(1);
}

// The forests of the tables: of int16 samples, as emlearn's are.
struct BenchForest {
  const char* name;
  double trees, depth;
  Index features;
};
inline constexpr BenchForest kBenchForests[] = {{"100x10", 100, 10, 20}, {"10x8", 10, 8, 10}};
inline constexpr Index kBenchTrained = 1000;  // samples that they are fitted on
inline constexpr Index kBenchRows = 16384;    // more than a branch predictor learns by heart
inline constexpr int kBenchClasses = 4;

inline BenchSamples ForestSamples(const BenchForest& forest) {
  return BenchSamples(kBenchTrained + kBenchRows, forest.features, kBenchClasses);
}
inline void FitForest(const BenchForest& forest, const BenchSamples& samples, bool integers,
                      Estimator* e) {
  const Samples all = integers ? samples.Integers() : samples.Floats();
  FitBench(*FindKind("forest"), {{"trees", forest.trees}, {"depth", forest.depth}, {"seed", 1}},
           all.part(0, kBenchTrained), samples, e);
}

}  // namespace moonlet::ml
