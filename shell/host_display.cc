#include "shell/host_display.h"

#include <cstdlib>
#include <string_view>

#include "boards/board.h"

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
  const board::ScreenSize size = board::Screen(board::Stream::kOutput);
  if (size.columns > 0) display.columns = static_cast<size_t>(size.columns);
  if (size.rows > 0) display.rows = static_cast<size_t>(size.rows);
  const std::string_view kind = Setting("TERM");
  display.answers = size.columns > 0 && !kind.empty() && kind != "dumb";
  display.colour = display.answers && board::HasTerminal() && Setting("NO_COLOR").empty();
  return display;
}

}  // namespace moonlet
