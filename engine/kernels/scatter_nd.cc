#include "engine/kernels/scatter_nd.h"

#include <algorithm>
#include <cstddef>

#include "engine/kernels/work_meter.h"

namespace moonlet {
namespace {

constexpr int32_t kScatterPiece = 1 << 16;

// Calls piece(first, count) for pieces of `elements` elements.
template <typename Piece>
bool InScatterPieces(int32_t elements, WorkMeter& meter, Piece piece) {
  for (int32_t i = 0; i < elements; i += kScatterPiece) {
    const int32_t count = std::min(kScatterPiece, elements - i);
    if (!meter.Spend(count)) return false;
    piece(i, count);
  }
  return true;
}

}  // namespace

template <typename T>
bool ScatterNd(const ScatterNdParams& p, const IntegerArray& indices, const T* updates, T* output,
               const StopToken& stop, OutsideIndex* outside) {
  WorkMeter meter(stop);
  const auto clear = [output](int32_t first, int32_t count) {
    std::fill_n(output + first, count, T{});
  };
  if (!InScatterPieces(p.elements, meter, clear)) return false;
  for (int32_t i = 0; i < p.tuples; ++i, updates += p.slice) {
    int64_t at;
    if (!meter.Spend(p.tuple.depth) || !p.tuple.Find(indices, i, &at, outside)) return false;
    T* target = output + static_cast<std::ptrdiff_t>(at);
    const auto add = [target, updates](int32_t first, int32_t count) {
      for (int32_t k = first; k < first + count; ++k)
        target[k] = static_cast<T>(target[k] + updates[k]);
    };
    if (!InScatterPieces(p.slice, meter, add)) return false;
  }
  return true;
}

template bool ScatterNd(const ScatterNdParams&, const IntegerArray&, const float*, float*,
                        const StopToken&, OutsideIndex*);
template bool ScatterNd(const ScatterNdParams&, const IntegerArray&, const uint8_t*, uint8_t*,
                        const StopToken&, OutsideIndex*);
template bool ScatterNd(const ScatterNdParams&, const IntegerArray&, const uint16_t*, uint16_t*,
                        const StopToken&, OutsideIndex*);
template bool ScatterNd(const ScatterNdParams&, const IntegerArray&, const uint32_t*, uint32_t*,
                        const StopToken&, OutsideIndex*);
template bool ScatterNd(const ScatterNdParams&, const IntegerArray&, const uint64_t*, uint64_t*,
                        const StopToken&, OutsideIndex*);

}  // namespace moonlet
