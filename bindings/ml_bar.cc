#include "bindings/ml_bar.h"

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "boards/board.h"
#include "vm/lua.h"

namespace moonlet {
namespace {

// As in scripts/lib/progress.lua.
constexpr uint64_t kFirst = 300000;   // microseconds: work that is over by then shows nothing
constexpr uint64_t kRedraw = 100000;  // the eye takes no more, and drawing costs
constexpr size_t kWidth = 50;         // of the bar alone

// 75 -> "1:15", 3675 -> "1:01:15"
void WriteClock(double seconds, char* text, size_t room) {
  constexpr double kLongest = 359999;  // what two digits of hours hold
  const auto whole = static_cast<unsigned>(std::clamp(seconds + 0.5, 0.0, kLongest));
  const unsigned hours = whole / 3600, minutes = whole / 60 % 60;
  if (hours > 0) {
    std::snprintf(text, room, "%u:%02u:%02u", hours, minutes, whole % 60);
  } else {
    std::snprintf(text, room, "%u:%02u", minutes, whole % 60);
  }
}

}  // namespace

FitBar::FitBar(bool shown)
    : shown_(shown && board::HasTerminal()),
      start_(shown_ ? board::Microseconds() : 0),
      due_(start_ + kFirst) {}

FitBar::~FitBar() {
  if (!drawn_) return;
  Draw(share_, board::Microseconds());
  lua_writestringerror("%s", "\n");
}

void FitBar::Show(double share) {
  if (!shown_) return;
  share_ = share > 0 ? std::min(share, 1.0) : 0;  // NaN too
  const uint64_t now = board::Microseconds();
  if (now < due_) return;
  due_ = now + kRedraw;
  Draw(share_, now);
}

// "  45% [######.......] 0:17 left"
void FitBar::Draw(double share, uint64_t now) {
  const double seconds = static_cast<double>(now - start_) * 1e-6;
  char left[16] = "";
  if (share > 0) WriteClock(seconds / share * (1 - share), left, sizeof(left));
  char bar[kWidth + 1];
  const auto full = static_cast<size_t>(share * kWidth);
  std::memset(bar, '#', full);
  std::memset(bar + full, '.', kWidth - full);
  bar[kWidth] = '\0';
  char text[kWidth + 48];
  std::snprintf(text, sizeof(text), "\r%4d%% [%s] %s%s\033[K", static_cast<int>(share * 100), bar,
                left, *left != '\0' ? " left" : "");
  lua_writestringerror("%s", text);
  drawn_ = true;
}

}  // namespace moonlet
