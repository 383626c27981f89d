#include "engine/tensor/quantile.h"

#include <cmath>

#include "engine/tensor/doubles.h"
#include "engine/tensor/strided.h"

namespace moonlet {
namespace {

// Where the quantile lies: `part` of the way from element `low` to the next.
struct QuantilePlace {
  Index low;
  double part;
};

QuantilePlace PlaceOf(double q, Index n, QuantileMethod method) {
  const double place = q * static_cast<double>(n - 1);
  double low = std::floor(place);
  double part = place - low;
  switch (method) {
    case QuantileMethod::kLinear:
      break;
    case QuantileMethod::kLower:
      part = 0;
      break;
    case QuantileMethod::kHigher:
      low = std::ceil(place);
      part = 0;
      break;
    case QuantileMethod::kMidpoint:
      part = part > 0 ? 0.5 : 0;
      break;
    case QuantileMethod::kNearest:  // of two as near the even one
      low = std::rint(place);
      part = 0;
      break;
  }
  return {static_cast<Index>(low), part};
}

// From the nearer end, so that both ends are met exactly. Equal ends may be infinite.
double Between(double a, double b, double part) {
  if (part == 0 || a == b) return a;
  if (part == 0.5) return 0.5 * a + 0.5 * b;
  return part < 0.5 ? a + (b - a) * part : b - (b - a) * (1 - part);
}

}  // namespace

Status Quantile(const Tensor& sorted, double q, QuantileMethod method, const Tensor& out,
                const StopToken& stop) noexcept {
  const int last = sorted.rank() - 1;
  const Index n = sorted.dim(last);
  if (n == 0) return out.size() == 0 ? Status() : Status::Invalid("no elements to choose from");
  const QuantilePlace place = PlaceOf(q, n, method);
  const Index step = sorted.strides[last] * static_cast<Index>(SizeOf(sorted.dtype));
  Tensor heads = sorted;
  --heads.shape.rank;
  return ForEachRun({&heads, &out}, stop, [&](const StridedRun& run) {
    const auto row_step = run.step[0] * static_cast<Index>(SizeOf(sorted.dtype));
    const auto out_step = run.step[1] * static_cast<Index>(SizeOf(out.dtype));
    for (Index i = 0; i < run.n; ++i) {
      const uint8_t* row = run.data[0] + i * row_step;
      const auto element = [&](Index position) {
        double value;
        LoadDoubles(row + position * step, sorted.dtype, 1, 1, &value);
        return value;
      };
      const double greatest = element(n - 1);
      double value = greatest;
      if (greatest == greatest) {
        const double low = element(place.low);
        value = place.part == 0 ? low : Between(low, element(place.low + 1), place.part);
      }
      StoreDoubles(&value, out.dtype, 1, 1, run.data[1] + i * out_step);
    }
  });
}

}  // namespace moonlet
