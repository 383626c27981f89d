#include "engine/kernels/add_n.h"

#include <algorithm>

namespace moonlet {
namespace {

constexpr int kHeadRoom = 20;

int32_t ScaleBelowOne(int32_t x, Multiplier m) {
  return RoundingShiftRight(HighMul(x, m.value), -m.shift);
}

// finish(i, add(add(start, a[i]), b[i]) ..) for the inputs a, b, ..
template <typename T, typename Sum, typename Add, typename Finish>
bool AddEach(std::span<const T* const> inputs, size_t n, Sum start, const StopToken& stop, Add add,
             Finish finish) {
  constexpr size_t kPiece = 256;
  Sum sums[kPiece];
  for (size_t first = 0; first < n; first += kPiece) {
    const size_t count = std::min(kPiece, n - first);
    std::fill_n(sums, count, start);
    for (const T* input : inputs) {
      if (stop.raised()) return false;
      for (size_t i = 0; i < count; ++i) sums[i] = add(sums[i], input[first + i]);
    }
    for (size_t i = 0; i < count; ++i) finish(first + i, sums[i]);
  }
  return true;
}

}  // namespace

bool MakeAddNScales(float input_scale, float output_scale, AddNParams* p) {
  const double common = 2 * double{input_scale};
  return MakeMultiplierBelowOne(double{input_scale} / common, &p->input) &&
         MakeMultiplierBelowOne(common / ((1 << kHeadRoom) * double{output_scale}), &p->output);
}

bool AddNS8(const AddNParams& p, std::span<const int8_t* const> inputs, size_t n, int8_t* output,
            const StopToken& stop) {
  const auto scaled = [&p](int32_t x) {
    return ScaleBelowOne(WrapShl(x - p.input_zero, kHeadRoom), p.input);
  };
  const auto add = [&](int32_t sum, int8_t x) { return WrapAdd(sum, scaled(x)); };
  return AddEach(inputs, n, scaled(0), stop, add, [&](size_t i, int32_t sum) {
    const int32_t value = WrapAdd(ScaleBelowOne(sum, p.output), p.output_zero);
    output[i] = static_cast<int8_t>(std::clamp<int32_t>(value, -128, 127));
  });
}

bool AddNF32(std::span<const float* const> inputs, size_t n, float* output, const StopToken& stop) {
  const auto add = [](float sum, float x) { return sum + x; };
  return AddEach(inputs, n, 0.0f, stop, add, [&](size_t i, float sum) { output[i] = sum; });
}

}  // namespace moonlet
