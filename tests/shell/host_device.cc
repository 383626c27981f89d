// A device on this machine: a terminal or a pipe is its serial line. For tests of clients
// and by hand:
//
//   socat PTY,link=/tmp/device,raw,echo=0 EXEC:build/host/tests/shell/host_device &
//   mpremote connect /tmp/device exec "print('hello')"
#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <string>
#include <thread>

#include "boards/board.h"
#include "shell/device_session.h"
#include "shell/keys.h"

namespace moonlet {
namespace {

void SetRaw(int terminal) {
  termios mode;
  if (tcgetattr(terminal, &mode) != 0) return;
  cfmakeraw(&mode);
  tcsetattr(terminal, TCSANOW, &mode);
}

// As a board sends text: a lone "\n" becomes "\r\n".
ssize_t Send(void*, const char* bytes, size_t size) {
  static char last = '\0';
  for (size_t i = 0; i < size; ++i) {
    if (bytes[i] == '\n' && last != '\r' && write(STDOUT_FILENO, "\r", 1) != 1) return -1;
    if (write(STDOUT_FILENO, &bytes[i], 1) != 1) return -1;
    last = bytes[i];
  }
  return static_cast<ssize_t>(size);
}

// Looks at each byte as it arrives, as a board's interrupt handler does; those to be read
// go through a pipe that takes the place of standard input.
class HostLine final : public SerialLine {
 public:
  HostLine() {
    const int line = dup(STDIN_FILENO);
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) std::abort();
    dup2(ends[0], STDIN_FILENO);
    console_ = ends[1];
    std::setvbuf(stdin, nullptr, _IONBF, 0);
    stdout = fopencookie(nullptr, "w", {nullptr, Send, nullptr, nullptr});
    std::setvbuf(stdout, nullptr, _IONBF, 0);
    std::thread([this, line] { Receive(line); }).detach();
  }

  int Read() override {
    unsigned char byte;
    return read(STDIN_FILENO, &byte, 1) == 1 ? byte : kClosed;
  }
  void Write(std::string_view bytes) override {
    if (!bytes.empty()) std::fwrite(bytes.data(), 1, bytes.size(), stdout);
  }

  void SetRunning(Runtime* runtime) override {
    const std::lock_guard lock(mutex_);
    if (runtime == nullptr && running_ != nullptr) running_->ClearInterrupt();
    running_ = runtime;
    board::SetInterruptByte(runtime != nullptr ? Ctrl('C') : board::kNoByte);
    if (runtime != nullptr) FindInterrupt();
  }

 private:
  void Receive(int line) {
    char byte;
    while (read(line, &byte, 1) == 1) {
      const std::lock_guard lock(mutex_);
      Take(byte);
    }
    _exit(0);
  }

  // A script may have said that Ctrl-C is a byte as any other.
  void Take(char byte) {
    if (static_cast<unsigned char>(byte) == board::InterruptByte() && running_ != nullptr) {
      TakeWaiting();
      running_->Interrupt();
    } else if (write(console_, &byte, 1) != 1) {
      _exit(1);
    }
  }

  std::string TakeWaiting() {
    std::string waiting(65536, '\0');
    fcntl(STDIN_FILENO, F_SETFL, O_NONBLOCK);
    const ssize_t size = read(STDIN_FILENO, waiting.data(), waiting.size());
    fcntl(STDIN_FILENO, F_SETFL, 0);
    waiting.resize(size > 0 ? static_cast<size_t>(size) : 0);
    return waiting;
  }

  void FindInterrupt() {
    for (const char byte : TakeWaiting()) Take(byte);
  }

  std::mutex mutex_;
  Runtime* running_ = nullptr;
  int console_;
};

}  // namespace
}  // namespace moonlet

int main() {
  moonlet::SetRaw(STDIN_FILENO);
  static moonlet::HostLine line;
  moonlet::DeviceSetup setup;
  setup.runtime = moonlet::DeviceRuntime();
  setup.runtime.memory_cap = 8 << 20;
  const moonlet::Status status = moonlet::RunDevice(setup, line);
  if (!status.ok()) std::fprintf(stderr, "%s\n", status.what());
  return status.ok() ? 0 : 1;
}
