#include "engine/tensor/quantize.h"

#include "engine/base/float_mode.h"
#include "engine/kernels/quantize.h"
#include "engine/tensor/dispatch.h"
#include "engine/tensor/strided.h"

namespace moonlet {
namespace {

template <typename T>
constexpr bool kIsQuantized = std::is_same_v<T, int8_t> || std::is_same_v<T, uint8_t> ||
                              std::is_same_v<T, int16_t> || std::is_same_v<T, int32_t>;

// Calls kernel(from, n, to) for pieces as long as both sides are without gaps.
template <typename From, typename To, typename Kernel>
Status Apply(const Tensor& from, const Tensor& to, const StopToken& stop, Kernel kernel) {
  const FlushDenormals flush;
  return ForEachRun({&from, &to}, stop, [&](const StridedRun& run) {
    const From* x = run.at<const From>(0);
    To* y = run.at<To>(1);
    if (run.unit_steps(2)) return kernel(x, static_cast<size_t>(run.n), y);
    for (Index i = 0; i < run.n; ++i) kernel(x + i * run.step[0], 1, y + i * run.step[1]);
  });
}

Status Refuse(const Tensor& from, const Tensor& to) {
  return Status::Unsupported("%s to %s is no pair of a float32 and a quantised dtype",
                             NameOf(from.dtype), NameOf(to.dtype));
}

}  // namespace

bool IsQuantizedDType(DType dtype) {
  return WithType(dtype, [](auto zero) { return kIsQuantized<decltype(zero)>; });
}

Status QuantizeTensor(const Tensor& from, float scale, int32_t zero_point, const Tensor& to,
                      const StopToken& stop) noexcept {
  if (from.dtype != DType::kFloat32) return Refuse(from, to);
  return WithType(to.dtype, [&](auto zero) -> Status {
    using To = decltype(zero);
    if constexpr (kIsQuantized<To>) {
      return Apply<float, To>(from, to, stop, [=](const float* x, size_t n, To* y) {
        Quantize(x, n, scale, zero_point, y);
      });
    }
    return Refuse(from, to);
  });
}

Status DequantizeTensor(const Tensor& from, float scale, int32_t zero_point, const Tensor& to,
                        const StopToken& stop) noexcept {
  if (to.dtype != DType::kFloat32) return Refuse(from, to);
  return WithType(from.dtype, [&](auto zero) -> Status {
    using From = decltype(zero);
    if constexpr (kIsQuantized<From>) {
      return Apply<From, float>(from, to, stop, [=](const From* x, size_t n, float* y) {
        Dequantize(x, n, scale, zero_point, y);
      });
    }
    return Refuse(from, to);
  });
}

}  // namespace moonlet
