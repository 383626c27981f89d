// tests/engine/ml/samples.h - small sets of samples, and every kind fitted on one.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "engine/ml/estimator.h"
#include "engine/ml/kinds.h"

namespace moonlet::ml::fixtures {

// Three groups of rows, all values at least 0 and multiples of 1/16, and what belongs to them.
struct Set {
  std::vector<float> x;
  std::vector<int16_t> integers;
  std::vector<int32_t> codes;
  std::vector<double> targets;
  Index count = 0;
  Index width = 3;
  Index classes = 3;

  Samples samples() const { return {x.data(), nullptr, count, width}; }
  Samples integer_samples() const { return {nullptr, integers.data(), count, width}; }
};

inline Set MakeSet(Index count, uint32_t seed) {
  Set set;
  set.count = count;
  uint32_t state = seed;
  const auto next = [&state] { return (state = state * 1664525 + 1013904223) >> 16 & 31; };
  for (Index i = 0; i < count; ++i) {
    const auto group = static_cast<int32_t>(i % set.classes);
    double sum = 0;
    for (Index j = 0; j < set.width; ++j) {
      const double v = (group == j ? 3.0 : 1.0) + next() / 16.0;
      set.x.push_back(static_cast<float>(v));
      set.integers.push_back(static_cast<int16_t>(v * 16));
      sum += v * static_cast<double>(j + 1);
    }
    set.codes.push_back(group);
    set.targets.push_back(sum + next() / 64.0);
  }
  return set;
}

// Labels 0, 1, 2 as estimators keep them.
inline Tensor Labels(Index classes) {
  static int64_t numbers[] = {0, 1, 2, 3};
  Shape shape;
  shape.rank = 1;
  shape.dims[0] = classes;
  return RowMajor(numbers, DType::kInt64, shape);
}

inline Estimator Unfitted(const Kind& kind, Allocator& memory) {
  Estimator e;
  e.kind = &kind;
  e.options = Defaults(kind.options);
  e.state = State(memory);
  return e;
}

inline Status FitOn(const Set& set, const Samples& x, const Work& work, bool partial,
                    Estimator* e) {
  const bool classify = e->kind->task == Task::kClassify;
  const bool regress = e->kind->task == Task::kRegress;
  const Fit fit = {e->options,
                   x,
                   classify ? set.codes.data() : nullptr,
                   classify ? set.classes : 0,
                   regress ? set.targets.data() : nullptr,
                   nullptr,
                   partial && e->fitted() ? e : nullptr,
                   work};
  const Tensor labels = Labels(set.classes);
  return FitEstimator(fit, partial, classify ? &labels : nullptr, DType::kInt32, e);
}

// The methods of a kind, with the width of what they take.
struct NamedMethod {
  const char* name;
  const Method* method;
  bool inverse;
};
inline std::vector<NamedMethod> MethodsOf(const Kind& kind) {
  std::vector<NamedMethod> methods;
  for (const NamedMethod& m : {NamedMethod{"predict", &kind.predict, false},
                               {"proba", &kind.proba, false},
                               {"decision", &kind.decision, false},
                               {"transform", &kind.transform, false},
                               {"inverse", &kind.inverse, true},
                               {"scores", &kind.scores, false}})
    if (m.method->run != nullptr) methods.push_back(m);
  return methods;
}

// What every method gives of the set's rows, one after the other.
inline std::vector<float> Answers(const Estimator& e, const Set& set) {
  std::vector<float> answers;
  const StopToken stop;
  for (const NamedMethod& m : MethodsOf(*e.kind)) {
    const Index width = m.method->width(e);
    if (width == 0) continue;  // with these options it lacks the method
    std::vector<double> scratch(static_cast<size_t>(ScratchOf(e, *m.method)));
    std::vector<float> out(static_cast<size_t>(set.count * width));
    std::vector<float> rows;
    Samples x =
        e.kind->integers != nullptr && e.kind->integers(e) ? set.integer_samples() : set.samples();
    if (m.inverse) {
      rows.assign(static_cast<size_t>(set.count * e.kind->transform.width(e)), 1.0f);
      x = {rows.data(), nullptr, set.count, e.kind->transform.width(e)};
    }
    if (Compute(e, *m.method, x, scratch.data(), stop, out.data()).ok())
      answers.insert(answers.end(), out.begin(), out.end());
  }
  return answers;
}

inline std::vector<std::string> KindNames() {
  std::vector<std::string> names;
  for (const Kind* kind : Kinds()) names.push_back(kind->name);
  return names;
}

}  // namespace moonlet::ml::fixtures
