#include "engine/tensor/compare.h"

#include <cmath>

#include "engine/tensor/dispatch.h"
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
  return WithType(a.dtype, [&](auto zero) {
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
  return WithType(a.dtype, [&](auto zero_a) {
    using A = decltype(zero_a);
    return WithType(b.dtype, [&](auto zero_b) {
      using B = decltype(zero_b);
      return ForEachRun({&a, &b}, stop, [=](const StridedRun& run) {
        const A* x = run.at<const A>(0);
        const B* y = run.at<const B>(1);
        for (Index i = 0; *close && i < run.n; ++i)
          *close = Close(static_cast<double>(x[i * run.step[0]]),
                         static_cast<double>(y[i * run.step[1]]), relative, absolute);
      });
    });
  });
}

}  // namespace moonlet
