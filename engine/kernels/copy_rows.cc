#include "engine/kernels/copy_rows.h"

#include <cstring>

#include "engine/kernels/work_meter.h"

namespace moonlet {

// A row of no bytes costs something too.
constexpr int64_t kRowWork = 8;

bool CopyRows(const RowCopy& p, const uint8_t* from, uint8_t* to, const StopToken& stop) {
  WorkMeter meter(stop);
  for (uint32_t row = 0; row < p.rows; ++row) {
    if (!meter.Spend(p.bytes / 8 + kRowWork)) return false;
    std::memcpy(to, from, p.bytes);
    from += p.from_step;
    to += p.to_step;
  }
  return true;
}

}  // namespace moonlet
