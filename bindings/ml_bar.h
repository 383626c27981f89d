// bindings/ml_bar.h - the bar of `fit{verbose = true}`: what module `progress` draws, from C++.
#pragma once
#include <cstdint>

#include "engine/ml/estimator.h"

namespace moonlet {

// One line on standard error, where that is a terminal; nothing for work that is soon over. The
// line is ended when the bar goes. It never raises.
class FitBar final : public ml::Progress {
 public:
  explicit FitBar(bool shown);
  ~FitBar();
  FitBar(const FitBar&) = delete;
  FitBar& operator=(const FitBar&) = delete;

  void Show(double share) override;

 private:
  void Draw(double share, uint64_t now);

  const bool shown_;
  bool drawn_ = false;
  double share_ = 0;
  uint64_t start_;
  uint64_t due_;  // when it is drawn next
};

}  // namespace moonlet
