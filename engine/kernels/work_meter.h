// engine/kernels/work_meter.h - looks at a StopToken as often as its contract demands:
// at the first step and then about every 10^6 units of work.
#pragma once
#include <cstdint>

#include "engine/base/stop_token.h"

namespace moonlet {

class WorkMeter {
 public:
  [[gnu::always_inline]] explicit WorkMeter(const StopToken& stop) : stop_(stop) {}

  // Accounts for `work` multiply-adds about to be done. False: stop now.
  [[gnu::always_inline]] bool Spend(int64_t work) {
    left_ -= work;
    if (left_ >= 0) return true;
    left_ = kInterval;
    return !stop_.raised();
  }

 private:
  static constexpr int64_t kInterval = 1'000'000;
  const StopToken& stop_;
  int64_t left_ = 0;
};

}  // namespace moonlet
