#include "engine/tensor/convert.h"

#include <cstring>

#include "engine/tensor/dispatch.h"
#include "engine/tensor/strided.h"

namespace moonlet {
namespace {

template <typename From, typename To>
void ConvertRun(const StridedRun& run) {
  const From* from = run.at<const From>(0);
  To* to = run.at<To>(1);
  if (run.unit_steps(2)) {
    for (Index i = 0; i < run.n; ++i) to[i] = ConvertElement<To>(from[i]);
  } else {
    for (Index i = 0; i < run.n; ++i)
      to[i * run.step[1]] = ConvertElement<To>(from[i * run.step[0]]);
  }
}

template <typename T>
void CopyRun(const StridedRun& run) {
  const T* from = run.at<const T>(0);
  T* to = run.at<T>(1);
  if (run.unit_steps(2)) {
    std::memmove(to, from, static_cast<size_t>(run.n) * sizeof(T));
  } else {
    for (Index i = 0; i < run.n; ++i) to[i * run.step[1]] = from[i * run.step[0]];
  }
}

}  // namespace

Status Convert(const Tensor& from, const Tensor& to, const StopToken& stop) noexcept {
  if (from.dtype == to.dtype) {
    return WithType(from.dtype, [&](auto zero) {
      return ForEachRun({&from, &to}, stop, CopyRun<decltype(zero)>);
    });
  }
  return WithType(from.dtype, [&](auto source) {
    return WithType(to.dtype, [&](auto target) {
      return ForEachRun({&from, &to}, stop, ConvertRun<decltype(source), decltype(target)>);
    });
  });
}

}  // namespace moonlet
