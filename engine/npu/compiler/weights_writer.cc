#include "engine/npu/compiler/weights_writer.h"

#include <cassert>

#include "engine/npu/compiler/mlw_writer.h"
#include "engine/npu/weight_order.h"
#include "engine/npu/weights.h"

namespace moonlet::npu {
namespace {

int64_t RoundUp(int64_t value, int64_t multiple) {
  return (value + multiple - 1) / multiple * multiple;
}

}  // namespace

bool TraversalFor(const Kernel& kernel, int32_t ifm_depth, int ifm_bytes) {
  if (ifm_depth <= 8) return true;
  const int64_t taps = int64_t{kernel.height} * kernel.width;
  const bool wide = ifm_bytes > 1;
  // depth / up(depth, 8) * taps / up(taps, 4) >= depth / up(depth, 32), without fractions.
  return taps * RoundUp(ifm_depth, wide ? 16 : 32) >=
         RoundUp(ifm_depth, 8) * RoundUp(taps, wide ? 2 : 4);
}

void WriteWeights(const Operation& operation, const Config& config,
                  std::span<const int16_t> weights, std::vector<uint8_t>* stream) {
  assert(static_cast<uint64_t>(WeightCount(operation)) == weights.size());
  std::vector<int16_t> places;
  [[maybe_unused]] const Status s = WeightOrder(operation, config).Walk([&](const WeightRun& run) {
    const auto begin = weights.begin() + static_cast<ptrdiff_t>(run.index);
    places.insert(places.end(), begin, begin + run.count);
    places.insert(places.end(), static_cast<size_t>(run.padding), 0);
    return Status();
  });
  assert(s.ok());
  WriteMlw(places, stream);
}

}  // namespace moonlet::npu
