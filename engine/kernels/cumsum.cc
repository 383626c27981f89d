#include "engine/kernels/cumsum.h"

#include <algorithm>
#include <cstddef>

#include "engine/kernels/work_meter.h"

namespace moonlet {
namespace {

// Steps of the input, 2^-19 of a unit of the sum.
constexpr int kCumsumBits = 19;

// Along every line: total = add(total, x), and out(total) before or after.
template <typename T, typename Sum, typename Add, typename Out>
bool ForEachLine(const CumsumShape& shape, const T* input, T* output, const StopToken& stop,
                 Sum start, Add add, Out out) {
  WorkMeter meter(stop);
  const std::ptrdiff_t step = shape.reverse ? -shape.inner : shape.inner;
  const std::ptrdiff_t first = shape.reverse ? std::ptrdiff_t{shape.length - 1} * shape.inner : 0;
  const std::ptrdiff_t block = std::ptrdiff_t{shape.length} * shape.inner;
  for (int32_t o = 0; o < shape.outer; ++o) {
    for (int32_t i = 0; i < shape.inner; ++i) {
      Sum total = start;
      std::ptrdiff_t at = o * block + first + i;
      for (int32_t k = 0; k < shape.length; ++k, at += step) {
        if (!meter.Spend(1)) return false;
        const Sum next = add(total, input[at]);
        output[at] = out(shape.exclusive ? total : next);
        total = next;
      }
    }
  }
  return true;
}

}  // namespace

bool CumsumF32(const CumsumShape& shape, const float* input, float* output, const StopToken& stop) {
  const auto add = [](float total, float x) { return total + x; };
  return ForEachLine(shape, input, output, stop, 0.0f, add, [](float total) { return total; });
}

bool MakeCumsumScale(float input_scale, float output_scale, Multiplier* scale) {
  const double one_step = 2.0 * double{input_scale};
  return MakeMultiplierBelowOne(one_step / ((2 << kCumsumBits) * double{output_scale}), scale);
}

bool CumsumS8(const CumsumS8Params& p, const CumsumShape& shape, const int8_t* input,
              int8_t* output, const StopToken& stop) {
  const auto add = [&p](int32_t total, int8_t x) {
    return WrapAdd(total, WrapShl(x - p.input_zero, kCumsumBits));
  };
  const auto out = [&p](int32_t total) {
    const int32_t value = WrapAdd(Rescale(total, p.scale), p.output_zero);
    return static_cast<int8_t>(std::clamp<int32_t>(value, -128, 127));
  };
  return ForEachLine(shape, input, output, stop, WrapShl(-p.input_zero, kCumsumBits), add, out);
}

}  // namespace moonlet
