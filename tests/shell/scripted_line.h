// tests/shell/scripted_line.h - a serial line whose other end is a test, and a device at it.
#pragma once
#include <sys/mman.h>
#include <unistd.h>

#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "boards/board.h"
#include "boards/files.h"
#include "shell/device_session.h"

namespace moonlet::testing {

// While it lives, the process's standard output goes here: what `print` writes and what
// the console takes, in order.
class CapturedOutput {
 public:
  CapturedOutput() {
    std::fflush(stdout);
    before_ = dup(STDOUT_FILENO);
    file_ = memfd_create("output", 0);
    dup2(file_, STDOUT_FILENO);
  }
  ~CapturedOutput() {
    std::fflush(stdout);
    dup2(before_, STDOUT_FILENO);
    close(before_);
    close(file_);
  }
  CapturedOutput(const CapturedOutput&) = delete;
  CapturedOutput& operator=(const CapturedOutput&) = delete;

  // What came since the last call, as a board sends it: a lone "\n" becomes "\r\n".
  std::string Take() {
    std::fflush(stdout);
    std::string sent;
    char bytes[4096];
    for (ssize_t got; (got = pread(file_, bytes, sizeof(bytes), taken_)) > 0; taken_ += got) {
      for (const char byte : std::string_view(bytes, static_cast<size_t>(got))) {
        if (byte == '\n' && last_ != '\r') sent += '\r';
        sent += last_ = byte;
      }
    }
    return sent;
  }

 private:
  int before_;
  int file_;
  off_t taken_ = 0;
  char last_ = '\0';
};

// Sends one piece after another, each once the device waits for it, and keeps what the
// device answered to each.
class ScriptedLine final : public SerialLine {
 public:
  explicit ScriptedLine(std::vector<std::string> pieces) : pieces_(std::move(pieces)) {}

  int Read() override {
    while (next_ == 0 || at_ == pieces_[next_ - 1].size()) {
      answers.push_back(output_.Take());
      if (next_ == pieces_.size()) return kClosed;
      ++next_;
      at_ = 0;
    }
    return static_cast<unsigned char>(pieces_[next_ - 1][at_++]);
  }
  void Write(std::string_view bytes) override { board::WriteConsole(bytes); }

  // Ctrl-C that follows at once arrives while the script runs.
  void SetRunning(Runtime* runtime) override {
    if (runtime == nullptr && running_ != nullptr) running_->ClearInterrupt();
    running_ = runtime;
    const size_t piece = next_ == 0 ? 0 : next_ - 1;
    if (runtime == nullptr || piece == pieces_.size()) return;
    if (at_ == pieces_[piece].size() || pieces_[piece][at_] != '\x03') return;
    if (next_ == 0) {  // before anything was read
      answers.push_back(output_.Take());
      next_ = 1;
    }
    ++at_;
    runtime->Interrupt();
  }

  // answers[0] came before the first piece, answers[i] after the i-th.
  std::vector<std::string> answers;

 private:
  std::vector<std::string> pieces_;
  size_t next_ = 0;  // pieces begun
  size_t at_ = 0;    // in the last of them
  Runtime* running_ = nullptr;
  CapturedOutput output_;
};

// What a device answers to these pieces, from its start on.
inline std::vector<std::string> Converse(std::vector<std::string> pieces, DeviceSetup setup) {
  ScriptedLine line(std::move(pieces));
  const Status status = RunDevice(setup, line);
  if (!status.ok()) line.answers.push_back(status.what());
  return line.answers;
}

inline DeviceSetup TestDevice() {
  DeviceSetup setup;
  setup.runtime = DeviceRuntime();
  setup.runtime.memory_cap = 4 << 20;
  setup.wait_us = 0;
  setup.paste_window = 64;
  return setup;
}

inline std::vector<std::string> Converse(std::vector<std::string> pieces) {
  return Converse(std::move(pieces), TestDevice());
}

}  // namespace moonlet::testing
