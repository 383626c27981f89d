#include "engine/kernels/compare.h"

#include <utility>

#include "engine/kernels/broadcast_run.h"

namespace moonlet {
namespace {

template <typename T, typename Holds>
bool CompareEach(const BroadcastPair& shape, const T* a, const T* b, uint8_t* output,
                 const StopToken& stop, Holds holds) {
  const auto run = [&holds](const T* x, const T* y, uint8_t* out, int32_t count, int32_t step_x,
                            int32_t step_y) {
    for (int32_t i = 0; i < count; ++i, x += step_x, y += step_y) out[i] = holds(*x, *y) ? 1 : 0;
  };
  return ForEachBroadcastRun(shape, a, b, output, stop, run);
}

BroadcastPair Swapped(BroadcastPair shape) {
  for (int32_t axis = 0; axis < shape.rank; ++axis)
    std::swap(shape.stride_a[axis], shape.stride_b[axis]);
  return shape;
}

// a < b is b > a: the vector unit of the device takes a NaN for smaller.
bool NeedsSwap(Comparison how) { return how == Comparison::kLess || how == Comparison::kLessEqual; }
Comparison Turned(Comparison how) {
  return how == Comparison::kLess ? Comparison::kGreater : Comparison::kGreaterEqual;
}

}  // namespace

template <typename T>
bool Compare(Comparison how, const BroadcastPair& shape, const T* a, const T* b, uint8_t* output,
             const StopToken& stop) {
  if (NeedsSwap(how)) return Compare(Turned(how), Swapped(shape), b, a, output, stop);
  switch (how) {
    case Comparison::kEqual:
      return CompareEach(shape, a, b, output, stop, [](T x, T y) { return x == y; });
    case Comparison::kNotEqual:
      return CompareEach(shape, a, b, output, stop, [](T x, T y) { return x != y; });
    case Comparison::kGreater:
      return CompareEach(shape, a, b, output, stop, [](T x, T y) { return x > y; });
    default:
      return CompareEach(shape, a, b, output, stop, [](T x, T y) { return x >= y; });
  }
}

template <typename T>
bool CompareScaled(const ScaledComparison& p, const BroadcastPair& shape, const T* a, const T* b,
                   uint8_t* output, const StopToken& stop) {
  if (NeedsSwap(p.how)) {
    const ScaledComparison turned = {Turned(p.how), p.zero_b, p.zero_a, p.scale_b, p.scale_a};
    return CompareScaled(turned, Swapped(shape), b, a, output, stop);
  }
  constexpr int kFractionBits = 8;
  const auto holds = [&p](T x, T y) {
    const int32_t first = Rescale((x - p.zero_a) * (1 << kFractionBits), p.scale_a);
    const int32_t second = Rescale((y - p.zero_b) * (1 << kFractionBits), p.scale_b);
    switch (p.how) {
      case Comparison::kEqual:
        return first == second;
      case Comparison::kNotEqual:
        return first != second;
      case Comparison::kGreater:
        return first > second;
      default:
        return first >= second;
    }
  };
  return CompareEach(shape, a, b, output, stop, holds);
}

bool LogicalAnd(const BroadcastPair& shape, const uint8_t* a, const uint8_t* b, uint8_t* output,
                const StopToken& stop) {
  return CompareEach(shape, a, b, output, stop,
                     [](uint8_t x, uint8_t y) { return x != 0 && y != 0; });
}

bool LogicalOr(const BroadcastPair& shape, const uint8_t* a, const uint8_t* b, uint8_t* output,
               const StopToken& stop) {
  return CompareEach(shape, a, b, output, stop,
                     [](uint8_t x, uint8_t y) { return x != 0 || y != 0; });
}

void LogicalNot(const uint8_t* input, size_t n, uint8_t* output) {
  for (size_t i = 0; i < n; ++i) output[i] = input[i] == 0 ? 1 : 0;
}

template bool Compare(Comparison, const BroadcastPair&, const float*, const float*, uint8_t*,
                      const StopToken&);
template bool Compare(Comparison, const BroadcastPair&, const uint8_t*, const uint8_t*, uint8_t*,
                      const StopToken&);
template bool Compare(Comparison, const BroadcastPair&, const int16_t*, const int16_t*, uint8_t*,
                      const StopToken&);
template bool Compare(Comparison, const BroadcastPair&, const int32_t*, const int32_t*, uint8_t*,
                      const StopToken&);
template bool Compare(Comparison, const BroadcastPair&, const uint32_t*, const uint32_t*, uint8_t*,
                      const StopToken&);
template bool Compare(Comparison, const BroadcastPair&, const int64_t*, const int64_t*, uint8_t*,
                      const StopToken&);
template bool CompareScaled(const ScaledComparison&, const BroadcastPair&, const int8_t*,
                            const int8_t*, uint8_t*, const StopToken&);
template bool CompareScaled(const ScaledComparison&, const BroadcastPair&, const uint8_t*,
                            const uint8_t*, uint8_t*, const StopToken&);

}  // namespace moonlet
