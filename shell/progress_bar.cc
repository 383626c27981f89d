#include "shell/progress_bar.h"

#include <unistd.h>

#include <cstdio>
#include <string>

namespace moonlet {

ProgressBar::ProgressBar() : shown_(isatty(STDERR_FILENO) != 0) {}

ProgressBar::~ProgressBar() {
  if (drawn_) std::fputc('\n', stderr);
}

// "   12/100 KiB [####......]", as the module progress draws.
void ProgressBar::Moved(size_t done, size_t total) {
  if (!shown_ || total == 0) return;
  constexpr size_t kWidth = 40;
  const size_t full = kWidth * done / total;
  const std::string bar = std::string(full, '#') + std::string(kWidth - full, '.');
  const auto kibibytes = [](size_t bytes) { return (bytes + 1023) / 1024; };
  std::fprintf(stderr, "\r%6zu/%zu KiB [%s]\033[K", kibibytes(done), kibibytes(total), bar.c_str());
  drawn_ = true;
}

}  // namespace moonlet
