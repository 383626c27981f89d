// The tables of the specification itself.
#include "engine/kernels/elementwise_scalar.h"
#include "engine/kernels/float_kernels.h"
#include "engine/kernels/float_math_scalar.h"
#include "engine/kernels/matmul_scalar.h"
#include "engine/kernels/reduce_scalar.h"

namespace moonlet::MOONLET_SCALAR {
namespace {

template <typename T>
inline constexpr auto kDots = Dots<T>;
#if defined(__AVX2__)
template <>
inline constexpr auto kDots<float> = DotsInLanes;
#endif

template <typename T>
constexpr FloatKernels<T> Table() {
  return {
      .add = Add<T>,
      .add_products = AddProducts<T>,
      .add_deviations = AddDeviations<T>,
      .multiply = Multiply<T>,
      .take_min = TakeMin<T>,
      .take_max = TakeMax<T>,
      .sum_lanes = SumLanes<T>,
      .multiply_lanes = MultiplyLanes<T>,
      .min_lanes = MinLanes<T>,
      .max_lanes = MaxLanes<T>,
      .dots = kDots<T>,
      .tile = Tile<T>,
      .exp = ExpEach<T>,
      .log = LogEach<T>,
      .sin = SinEach<T>,
      .cos = CosEach<T>,
      .tanh = TanhEach<T>,
      .sqrt = SqrtEach<T>,
      .plus = PlusEach<T>,
      .minus = MinusEach<T>,
      .times = TimesEach<T>,
      .divide = DivideEach<T>,
  };
}

}  // namespace

constinit const FloatKernels<float> kFloat32 = Table<float>();
constinit const FloatKernels<double> kFloat64 = Table<double>();

}  // namespace moonlet::MOONLET_SCALAR
