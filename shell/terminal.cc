#include "shell/terminal.h"

#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <string_view>

#include "shell/device_session.h"
#include "shell/host_display.h"

namespace moonlet {
namespace {

constexpr char kLeave = 0x1D;     // Ctrl-]
constexpr int kSilenceMs = 1000;  // after the end of the input

bool WriteAll(std::string_view text) {
  while (!text.empty()) {
    const ssize_t size = write(STDOUT_FILENO, text.data(), text.size());
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return false;
    text.remove_prefix(static_cast<size_t>(size));
  }
  return true;
}

class RawTerminal {
 public:
  RawTerminal() {
    if (tcgetattr(STDIN_FILENO, &before_) != 0) return;
    changed_ = true;
    termios raw = before_;
    cfmakeraw(&raw);
    tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
  }
  ~RawTerminal() {
    // What a device may have turned on: marks around pastes, a colour.
    if (changed_ && HostDisplay().answers) WriteAll("\x1b[?2004l\x1b[0m");
    if (changed_) tcsetattr(STDIN_FILENO, TCSADRAIN, &before_);
  }
  RawTerminal(const RawTerminal&) = delete;
  RawTerminal& operator=(const RawTerminal&) = delete;

 private:
  termios before_ = {};
  bool changed_ = false;
};

// Sees a device come to its prompt after it greeted, as it does when it starts and when it
// leaves raw mode: only there a report of the terminal is safe, for it comes as keys.
class PromptFinder {
 public:
  // More of what the device says.
  bool Find(std::string_view text) {
    tail_ += text;
    if (const size_t hint = tail_.rfind(kDeviceHint); hint != tail_.npos) {
      greeted_ = true;
      tail_.erase(0, hint + 1);
    }
    const bool found = greeted_ && tail_.ends_with("\n> ");
    if (found) greeted_ = false;
    tail_.erase(0, tail_.size() - std::min(tail_.size(), std::string_view(kDeviceHint).size()));
    return found;
  }

 private:
  std::string tail_;
  bool greeted_ = false;
};

// What the device takes for the terminal's answers (keys.h): its size, and that it has colours.
std::string ReportOf(const Display& display) {
  if (!display.answers) return {};
  const std::string size =
      "\x1b[8;" + std::to_string(display.rows) + ";" + std::to_string(display.columns) + "t";
  return display.colour ? size + "\x1b[?62;22c" : size;
}

// Passes what was typed. *open: there may be more.
Status PassKeys(Link& line, bool* open) {
  char keys[256];
  const ssize_t size = read(STDIN_FILENO, keys, sizeof(keys));
  if (size < 0 && errno == EINTR) return {};
  const std::string_view typed(keys, size > 0 ? static_cast<size_t>(size) : 0);
  const size_t leave = typed.find(kLeave);
  *open = !typed.empty() && leave == typed.npos;
  if (line.Write(typed.substr(0, leave))) return leave == typed.npos ? Status() : Status::Stopped();
  return LostLink();
}

Status Pass(Link& line) {
  bool typing = true;
  PromptFinder prompt;
  while (true) {
    pollfd ends[] = {{line.descriptor(), POLLIN, 0}, {typing ? STDIN_FILENO : -1, POLLIN, 0}};
    const int ready = poll(ends, 2, typing ? -1 : kSilenceMs);
    if (ready == 0) return {};
    if (ready < 0 && errno != EINTR) return Status::Error(Code::kIo, "no terminal");
    if (ready < 0) continue;
    std::string text;
    if (ends[0].revents != 0 && line.Read(&text, 0) == Link::Event::kLost) {
      return LostLink();
    }
    if (!WriteAll(text)) return {};
    if (prompt.Find(text) && !line.Write(ReportOf(HostDisplay()))) return LostLink();
    if (ends[1].revents == 0) continue;
    if (Status s = PassKeys(line, &typing); !s.ok()) return s;
  }
}

}  // namespace

Status AttachTerminal(Link& line) {
  const RawTerminal raw;
  const Status status = Pass(line);
  return status.code() == Code::kStopped ? Status() : status;
}

}  // namespace moonlet
