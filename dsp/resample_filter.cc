#include "dsp/resample_filter.h"

#include <algorithm>

#include "dsp/fir_design.h"

namespace moonlet::dsp {

size_t ResampleLength(uint32_t up, uint32_t down) {
  constexpr size_t kCrossings = 10;
  const size_t longer = std::max(up, down);
  return longer == 1 ? 1 : 2 * kCrossings * longer + 1;
}

Status ResampleTaps(uint32_t up, uint32_t down, std::span<double> work, std::span<float> taps,
                    const StopToken& stop) noexcept {
  work[0] = 1;
  if (work.size() > 1) {
    const double cutoff = 1.0 / std::max(up, down);
    WindowedDesign design;
    design.cutoffs = {&cutoff, 1};
    design.window = {WindowKind::kKaiser, {5}};
    if (Status s = DesignFirwin(design, work, stop); !s.ok()) return s;
  }
  for (size_t i = 0; i < taps.size(); ++i) taps[i] = static_cast<float>(work[i] * up);
  return Status();
}

}  // namespace moonlet::dsp
