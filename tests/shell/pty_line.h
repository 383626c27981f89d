// tests/shell/pty_line.h - a device in a process of this host at the end of a serial line that
// has a path.
//
//   DeviceOnLine device;
//   Process p({"device", "--target", device.path(), "repl"}, Process::On::kTerminal);
#pragma once
#include <fcntl.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#include <optional>
#include <string>

#include "tests/shell/device_line.h"

namespace moonlet {

class DeviceOnLine {
 public:
  DeviceOnLine() : end_(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)) {
    termios mode;
    if (grantpt(end_) != 0 || unlockpt(end_) != 0 || tcgetattr(end_, &mode) != 0) std::abort();
    cfmakeraw(&mode);
    tcsetattr(end_, TCSANOW, &mode);
    near_ = open(ptsname(end_), O_RDWR | O_NOCTTY | O_CLOEXEC);  // keeps the line there
    device_.emplace(end_);
  }
  ~DeviceOnLine() {
    close(near_);
    close(end_);
  }
  DeviceOnLine(const DeviceOnLine&) = delete;
  DeviceOnLine& operator=(const DeviceOnLine&) = delete;

  std::string path() const { return ptsname(end_); }

 private:
  int end_;
  int near_ = -1;
  std::optional<HostDevice> device_;
};

}  // namespace moonlet
