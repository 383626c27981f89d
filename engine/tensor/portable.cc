#include "engine/tensor/portable.h"

#include <cstring>
#include <limits>

#include "engine/tensor/dispatch.h"
#include "engine/tensor/strided.h"

namespace moonlet {

Status CopyPortable(const Tensor& t, uint8_t* bytes, const StopToken& stop) noexcept {
  return WithFloatOrWidth(t.dtype, [&](auto zero) {
    using T = decltype(zero);
    return ForEachRun({&t}, stop, [bytes](const StridedRun& run) {
      const T* from = run.at<const T>(0);
      uint8_t* to = bytes + run.first * static_cast<Index>(sizeof(T));
      for (Index i = 0; i < run.n; ++i, to += sizeof(T)) {
        T value = from[i * run.step[0]];
        if constexpr (std::numeric_limits<T>::has_quiet_NaN) {
          if (value != value) value = std::numeric_limits<T>::quiet_NaN();
        }
        std::memcpy(to, &value, sizeof(T));
      }
    });
  });
}

}  // namespace moonlet
