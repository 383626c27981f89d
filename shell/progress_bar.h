// shell/progress_bar.h - how far a transfer came, on a terminal; elsewhere nothing.
#pragma once
#include <cstddef>

#include "shell/transfer.h"

namespace moonlet {

// One line on standard error, ended when the bar goes.
class ProgressBar final : public TransferWatcher {
 public:
  ProgressBar();
  ~ProgressBar();
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  void Moved(size_t done, size_t total) override;

 private:
  const bool shown_;
  bool drawn_ = false;
};

}  // namespace moonlet
