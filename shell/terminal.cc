#include "shell/terminal.h"

#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <string_view>

namespace moonlet {
namespace {

constexpr char kLeave = 0x1D;     // Ctrl-]
constexpr int kSilenceMs = 1000;  // after the end of the input

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
    if (changed_) tcsetattr(STDIN_FILENO, TCSADRAIN, &before_);
  }
  RawTerminal(const RawTerminal&) = delete;
  RawTerminal& operator=(const RawTerminal&) = delete;

 private:
  termios before_ = {};
  bool changed_ = false;
};

bool WriteAll(std::string_view text) {
  while (!text.empty()) {
    const ssize_t size = write(STDOUT_FILENO, text.data(), text.size());
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return false;
    text.remove_prefix(static_cast<size_t>(size));
  }
  return true;
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
