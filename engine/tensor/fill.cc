#include "engine/tensor/fill.h"

#include <algorithm>

#include "engine/tensor/convert.h"
#include "engine/tensor/dispatch.h"
#include "engine/tensor/strided.h"

namespace moonlet {

Status Fill(const Tensor& t, const void* element, const StopToken& stop) noexcept {
  return WithType(t.dtype, [&](auto zero) {
    using T = decltype(zero);
    const T value = *static_cast<const T*>(element);
    return ForEachRun({&t}, stop, [value](const StridedRun& run) {
      T* to = run.at<T>(0);
      if (run.step[0] == 1) {
        std::fill_n(to, run.n, value);
      } else {
        for (Index i = 0; i < run.n; ++i) to[i * run.step[0]] = value;
      }
    });
  });
}

namespace {

// Calls value(i) for the row-major position i of each element.
template <typename Value>
Status FillBy(const Tensor& t, const StopToken& stop, Value value) {
  return WithType(t.dtype, [&](auto zero) {
    using T = decltype(zero);
    return ForEachRun({&t}, stop, [&](const StridedRun& run) {
      T* to = run.at<T>(0);
      for (Index i = 0; i < run.n; ++i)
        to[i * run.step[0]] = ConvertElement<T>(value(run.first + i));
    });
  });
}

}  // namespace

Status FillSequence(const Tensor& t, double start, double step, const StopToken& stop) noexcept {
  return FillBy(t, stop, [=](Index i) { return start + static_cast<double>(i) * step; });
}

Status FillSequence(const Tensor& t, int64_t start, int64_t step, const StopToken& stop) noexcept {
  return FillBy(t, stop, [=](Index i) {
    return static_cast<int64_t>(static_cast<uint64_t>(start) +
                                static_cast<uint64_t>(i) * static_cast<uint64_t>(step));
  });
}

}  // namespace moonlet
