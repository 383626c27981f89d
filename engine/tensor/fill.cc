#include "engine/tensor/fill.h"

#include <algorithm>

#include "engine/tensor/chunk.h"
#include "engine/tensor/convert.h"
#include "engine/tensor/dispatch.h"
#include "engine/tensor/strided.h"

namespace moonlet {

Status Fill(const Tensor& t, const void* element, const StopToken& stop) noexcept {
  return WithWidth(t.dtype, [&](auto bits) {
    using T = decltype(bits);
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

// Writes value(i), a C, for the row-major position i of each element.
template <typename C, typename Value>
Status FillBy(const Tensor& t, const StopToken& stop, Value value) {
  return ForEachRun({&t}, stop, [&](const StridedRun& run) {
    C chunk[kChunk];
    ForEachChunk(run.n, [&](Index first, Index n) {
      for (Index i = 0; i < n; ++i) chunk[i] = value(run.first + first + i);
      ConvertChunk(chunk, t.dtype, run.step[0], n, run.at(0, first, t.dtype));
    });
  });
}

}  // namespace

Status FillSequence(const Tensor& t, double start, double step, const StopToken& stop) noexcept {
  return FillBy<double>(t, stop, [=](Index i) { return start + static_cast<double>(i) * step; });
}

Status FillSequence(const Tensor& t, int64_t start, int64_t step, const StopToken& stop) noexcept {
  return FillBy<int64_t>(t, stop, [=](Index i) {
    return static_cast<int64_t>(static_cast<uint64_t>(start) +
                                static_cast<uint64_t>(i) * static_cast<uint64_t>(step));
  });
}

}  // namespace moonlet
