#include "shell/host_display.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <string_view>

namespace moonlet {
namespace {

// An empty variable counts as none.
std::string_view Setting(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

}  // namespace

Display HostDisplay() {
  Display display;
  winsize size;
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
    display.columns = size.ws_col;
  const std::string_view kind = Setting("TERM");
  display.answers = !kind.empty() && kind != "dumb" && isatty(STDOUT_FILENO) != 0;
  display.colour = display.answers && isatty(STDERR_FILENO) != 0 && Setting("NO_COLOR").empty();
  return display;
}

}  // namespace moonlet
