#include "engine/tensor/fill.h"

#include <algorithm>

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

}  // namespace moonlet
