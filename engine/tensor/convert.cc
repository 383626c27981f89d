#include "engine/tensor/convert.h"

#include <cstring>
#include <type_traits>

#include "engine/tensor/chunk.h"
#include "engine/tensor/dispatch.h"
#include "engine/tensor/elementwise_loops.h"
#include "engine/tensor/strided.h"

namespace moonlet {
namespace {

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

template <typename C>
void ConvertChunk(const C* from, DType dtype, Index step, Index n, void* to) {
  if constexpr (std::is_floating_point_v<C>) {
    if (!IsFloat(dtype) && dtype != DType::kBool)
      return Loops<C>().to_integers(from, dtype, step, static_cast<size_t>(n), to);
  }
  WithType(dtype, [=](auto zero) {
    using T = decltype(zero);
    if constexpr (std::is_floating_point_v<C> && std::is_integral_v<T> && !std::is_same_v<T, bool>)
      return;
    T* y = static_cast<T*>(to);
    for (Index i = 0; i < n; ++i) y[i * step] = ConvertElement<T>(from[i]);
  });
}
template void ConvertChunk(const double*, DType, Index, Index, void*);
template void ConvertChunk(const int64_t*, DType, Index, Index, void*);

Status Convert(const Tensor& from, const Tensor& to, const StopToken& stop) noexcept {
  if (from.dtype == to.dtype) {
    return WithWidth(from.dtype, [&](auto bits) {
      return ForEachRun({&from, &to}, stop, CopyRun<decltype(bits)>);
    });
  }
  // Exactly to one of few types, then to the one of the result.
  return WithComputeType(from.dtype, [&](auto zero) {
    return ForEachRun({&from, &to}, stop, [&](const StridedRun& run) {
      decltype(zero) chunk[kChunk];
      ForEachChunk(run.n, [&](Index first, Index n) {
        LoadChunk(run.at(0, first, from.dtype), from.dtype, run.step[0], n, chunk);
        ConvertChunk(chunk, to.dtype, run.step[1], n, run.at(1, first, to.dtype));
      });
    });
  });
}

}  // namespace moonlet
