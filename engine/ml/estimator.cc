#include "engine/ml/estimator.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "engine/kernels/double_loops.h"

namespace moonlet::ml {
namespace {

Index RowsOf(const Estimator& e, const Method& method) {
  constexpr Index kMostWork = 1000000;  // multiply-adds between two looks at the stop token
  const Index work = method.work != nullptr ? method.work(e) : 1;
  return std::clamp<Index>(kMostWork / std::max<Index>(work, 1), 1, kBlockRows);
}

// Calls take(first row, rows, values) for each block.
template <typename Take>
Status EachBlock(const Estimator& e, const Method& method, const Samples& x, double* scratch,
                 const StopToken& stop, Take take) {
  const Index rows = RowsOf(e, method), width = method.width(e);
  double* values = scratch;
  for (Index first = 0; first < x.count; first += rows) {
    if (stop.raised()) return Status::Stopped();
    const Index count = std::min(rows, x.count - first);
    if (method.check != nullptr)
      if (Status s = method.check(e, x.part(first, count)); !s.ok()) return s;
    method.run(e, x.part(first, count), values, scratch + rows * width);
    take(first, count, values);
  }
  return {};
}

int32_t CodeOf(const Estimator& e, const double* row, Index width) {
  if (width == 1) return e.classes > 1 && row[0] > 0 ? 1 : 0;
  return static_cast<int32_t>(std::max_element(row, row + width) - row);
}

}  // namespace

Status Work::Poll() const { return stop.raised() ? Status::Stopped() : Status(); }

Status Work::Done(double share) const {
  if (progress != nullptr) progress->Show(share);
  return Poll();
}

Prediction PredictionOf(const Estimator& e) {
  const Kind& kind = *e.kind;
  if (kind.predict.run != nullptr) return {&kind.predict, false};
  if (kind.task != Task::kClassify) return {nullptr, false};
  return {kind.decision.run != nullptr ? &kind.decision : &kind.proba, true};
}

Index ScratchOf(const Estimator& e, const Method& method) {
  const Index own = method.scratch != nullptr ? method.scratch(e) : 0;
  return RowsOf(e, method) * method.width(e) + own;
}

Status Compute(const Estimator& e, const Method& method, const Samples& x, double* scratch,
               const StopToken& stop, float* out) {
  const Index width = method.width(e);
  return EachBlock(e, method, x, scratch, stop, [&](Index first, Index rows, const double* values) {
    for (Index i = 0; i < rows * width; ++i) out[first * width + i] = static_cast<float>(values[i]);
  });
}

Status PredictCodes(const Estimator& e, const Samples& x, double* scratch, const StopToken& stop,
                    int32_t* codes) {
  const Prediction by = PredictionOf(e);
  const Index width = by.method->width(e);
  return EachBlock(
      e, *by.method, x, scratch, stop, [&](Index first, Index rows, const double* values) {
        for (Index i = 0; i < rows; ++i)
          codes[first + i] =
              by.largest ? CodeOf(e, values + i * width, width) : static_cast<int32_t>(values[i]);
      });
}

Status FitEstimator(const Fit& fit, bool partial, const Tensor* labels, DType label_dtype,
                    Estimator* e) {
  if (e->kind->task == Task::kClassify && !partial && fit.classes < 2)
    return Status::Invalid("at least 2 classes expected, got %td", fit.classes);
  Estimator fresh;
  fresh.kind = e->kind;
  fresh.options = e->options;
  fresh.state = State(fit.work.memory);
  fresh.features = fit.x.width;
  fresh.classes = fit.classes;
  fresh.label_dtype = label_dtype;
  if (Status s = (partial ? e->kind->partial_fit : e->kind->fit)(fit, &fresh.state); !s.ok())
    return s;
  if (labels != nullptr)
    if (Status s = fresh.state.Copy(kLabelArray, *labels); !s.ok()) return s;
  if (Status s = fit.work.Poll(); !s.ok()) return s;
  *e = std::move(fresh);
  return {};
}

Status CheckEstimator(const Estimator& e) {
  if (e.features < 1) return Status::Invalid("no features");
  const Index fewest = e.kind->partial_fit != nullptr ? 1 : 2;
  if (e.kind->task == Task::kClassify && e.classes < fewest)
    return Status::Invalid("at least %td classes expected, got %td", fewest, e.classes);
  if (Status s = CheckArrays(e.kind->arrays, e.state, e.features, e.classes); !s.ok()) return s;
  return e.kind->check != nullptr ? e.kind->check(e) : Status();
}

Index FirstNotFinite(const Samples& x, bool nan) {
  constexpr Index kAtOnce = 4096;
  if (x.data == nullptr) return -1;
  const auto& finite = OverDoubles().finite;
  const Index size = x.count * x.width;
  for (Index first = 0; first < size; first += kAtOnce) {
    if (finite(x.data + first, std::min(kAtOnce, size - first), nan)) continue;
    Index bad = first;
    while (finite(x.data + bad, 1, nan)) ++bad;
    return bad / x.width;
  }
  return -1;
}

}  // namespace moonlet::ml
