#include "engine/tensor/compare.h"

#include <cmath>

#include "engine/tensor/chunk.h"
#include "engine/tensor/dispatch.h"
#include "engine/tensor/doubles.h"
#include "engine/tensor/strided.h"

namespace moonlet {
namespace {

bool Close(double a, double b, double relative, double absolute) {
  if (a == b) return true;
  if (!std::isfinite(a) || !std::isfinite(b)) return false;
  return std::fabs(a - b) <= absolute + relative * std::fabs(b);
}

}  // namespace

Status Equal(const Tensor& a, const Tensor& b, const StopToken& stop, bool* equal) noexcept {
  *equal = a.dtype == b.dtype && a.shape == b.shape;
  if (!*equal) return {};
  return WithFloatOrWidth(a.dtype, [&](auto zero) {
    using T = decltype(zero);
    return ForEachRun({&a, &b}, stop, [equal](const StridedRun& run) {
      const T* x = run.at<const T>(0);
      const T* y = run.at<const T>(1);
      for (Index i = 0; *equal && i < run.n; ++i) *equal = x[i * run.step[0]] == y[i * run.step[1]];
    });
  });
}

Status AllClose(const Tensor& a, const Tensor& b, double relative, double absolute,
                const StopToken& stop, bool* close) noexcept {
  *close = true;
  return ForEachRun({&a, &b}, stop, [&](const StridedRun& run) {
    double x[kChunk];
    double y[kChunk];
    ForEachChunk(run.n, [&](Index first, Index n) {
      if (!*close) return;
      LoadDoubles(run.at(0, first, a.dtype), a.dtype, run.step[0], n, x);
      LoadDoubles(run.at(1, first, b.dtype), b.dtype, run.step[1], n, y);
      for (Index i = 0; *close && i < n; ++i) *close = Close(x[i], y[i], relative, absolute);
    });
  });
}

}  // namespace moonlet
