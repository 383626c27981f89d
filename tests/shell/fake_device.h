// tests/shell/fake_device.h - a device in a process of its own, at the other end of a
// socket: raw and raw-paste modes over a sandboxed Runtime. And a line that does harm.
//
//   FakeDevice device;
//   Link link(device.TakeLine());
#pragma once
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "bindings/modules.h"
#include "vm/runtime.h"

namespace moonlet {

class FakeDevice {
 public:
  struct Options {
    size_t window = 128;
    bool paste = true;        // answers the question for raw-paste mode
    bool knows_paste = true;  // false: takes the question for Ctrl-A
    std::string allow = {};   // a folder for scripts, to read and write
  };

  FakeDevice() : FakeDevice(Options()) {}
  explicit FakeDevice(const Options& options) {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) std::abort();
    process_ = fork();
    if (process_ == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      close(ends[0]);
      Machine(options, ends[1]).Serve();
      _exit(0);
    }
    close(ends[1]);
    line_ = ends[0];
  }
  ~FakeDevice() {
    Kill();
    if (line_ >= 0) close(line_);
  }
  FakeDevice(const FakeDevice&) = delete;
  FakeDevice& operator=(const FakeDevice&) = delete;

  int TakeLine() { return std::exchange(line_, -1); }
  void Kill() {
    if (process_ == 0) return;
    kill(process_, SIGKILL);
    waitpid(std::exchange(process_, 0), nullptr, 0);
  }

 private:
  // The device's process. Input comes through a thread: what is an interrupt cannot wait
  // until a script reads it.
  class Machine {
   public:
    Machine(const Options& options, int line) : options_(options), line_(line) {
      int input[2];
      if (pipe(input) != 0) std::abort();
      dup2(input[0], STDIN_FILENO);
      dup2(line, STDOUT_FILENO);
      struct sigaction wake = {};
      wake.sa_handler = [](int) {};
      sigaction(SIGUSR1, &wake, nullptr);
      main_ = pthread_self();
      input_ = input[1];
      std::setvbuf(stdout, nullptr, _IOLBF, 4096);
      Restart();
      std::thread([this] { Pump(); }).detach();
    }

    [[noreturn]] void Serve() {
      std::string code;
      while (true) {
        const int byte = Next();
        if (byte == 1) raw_ = true;
        if (byte == 2) raw_ = false;
        if (byte <= 3) code.clear();
        if (byte == 1) Say(kBanner);
        if (byte == 2) Say("\r\nfriendly\r\n> ");
        if (!raw_) continue;
        if (byte == 4) code.empty() ? SoftReset() : RunPlain(std::exchange(code, {}));
        if (byte == 5 && code.empty()) Paste();
        if (byte > 5) code.push_back(static_cast<char>(byte));
      }
    }

   private:
    static constexpr std::string_view kBanner = "\r\nraw REPL; CTRL-B to exit\r\n>";

    void Pump() {
      char bytes[4096];
      ssize_t size;
      while ((size = read(line_, bytes, sizeof(bytes))) > 0) {
        for (ssize_t i = 0; i < size; ++i) {
          if (bytes[i] == 3 && running_) {
            runtime_->Interrupt();
            pthread_kill(main_, SIGUSR1);
          } else if (write(input_, &bytes[i], 1) != 1) {
            break;
          }
        }
      }
      _exit(0);
    }

    void Restart() {
      runtime_ = std::make_unique<Runtime>();
      allow_ = options_.allow + ":rw";
      folders_[0] = allow_.c_str();
      RuntimeOptions options;
      options.sandbox = true;
      options.open_builtin = OpenBuiltinModule;
      options.builtin_names = BuiltinNames();
      if (!options_.allow.empty()) options.allow = folders_;
      if (!runtime_->Open(options).ok()) _exit(1);
    }

    int Next() {
      std::fflush(stdout);
      int byte = EOF;
      while ((byte = std::getc(stdin)) == EOF) std::clearerr(stdin);
      return byte;
    }
    void Say(std::string_view text) { std::fwrite(text.data(), 1, text.size(), stdout); }

    void SoftReset() {
      Say("OK\r\nsoft reboot\r\n");
      Restart();
      Say(kBanner);
    }

    void RunPlain(const std::string& code) {
      Say("OK");
      Run(code);
    }

    void Paste() {
      if (Next() != 'A' || Next() != 1) return Say(std::string_view("R\0", 2));
      if (!options_.knows_paste) return Say(kBanner);
      if (!options_.paste) return Say(std::string_view("R\0", 2));
      const char answer[] = {'R', 1, static_cast<char>(options_.window & 255),
                             static_cast<char>(options_.window >> 8), 1};
      Say({answer, sizeof(answer)});
      std::string code;
      for (int byte; (byte = Next()) != 4;) {
        if (byte == 3) return Say("\x04\x04interrupted\x04>");
        code.push_back(static_cast<char>(byte));
        if (code.size() % options_.window == 0) Say("\x01");
        if (!code.ends_with("!stop!")) continue;  // stands for an error seen early
        Say("\x04");
        while (Next() != 4) {
        }
        return Say("\x04stopped\x04>");
      }
      Say("\x04");
      Run(code);
    }

    void Run(const std::string& code) {
      std::fflush(stdout);
      runtime_->ClearInterrupt();
      running_ = true;
      const Status status = runtime_->RunString(code.c_str(), "=stdin");
      running_ = false;
      runtime_->ClearInterrupt();
      std::fflush(stdout);
      Say("\x04");
      if (!status.ok()) Say(lua_tostring(runtime_->state(), -1));
      Say("\x04>");
    }

    const Options options_;
    const int line_;
    int input_ = -1;
    pthread_t main_ = {};
    std::atomic<bool> running_ = false;
    bool raw_ = false;
    std::string allow_;
    const char* folders_[1] = {};
    std::unique_ptr<Runtime> runtime_;
  };

  pid_t process_ = 0;
  int line_ = -1;
};

// A line between two ends that loses, changes and doubles bytes.
class NoisyLine {
 public:
  // Of `per_thousand` bytes in a thousand a third suffers each.
  NoisyLine(int far_end, unsigned per_thousand, unsigned seed)
      : far_(far_end), per_thousand_(per_thousand), random_(seed) {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) std::abort();
    near_ = ends[0];
    line_ = ends[1];
    thread_ = std::thread([this] { Relay(); });
  }
  ~NoisyLine() {
    shutdown(near_, SHUT_RDWR);
    shutdown(far_, SHUT_RDWR);
    thread_.join();
    close(near_);
    close(far_);
    if (line_ >= 0) close(line_);
  }
  NoisyLine(const NoisyLine&) = delete;
  NoisyLine& operator=(const NoisyLine&) = delete;

  int TakeLine() { return std::exchange(line_, -1); }

 private:
  void Relay() {
    pollfd ends[] = {{near_, POLLIN, 0}, {far_, POLLIN, 0}};
    while (poll(ends, 2, -1) >= 0) {
      if (ends[0].revents != 0 && !Pass(near_, far_)) break;
      if (ends[1].revents != 0 && !Pass(far_, near_)) break;
    }
    shutdown(near_, SHUT_RDWR);
    shutdown(far_, SHUT_RDWR);
  }

  bool Pass(int from, int to) {
    char bytes[4096];
    const ssize_t size = read(from, bytes, sizeof(bytes));
    if (size <= 0) return false;
    std::string sent;
    for (ssize_t i = 0; i < size; ++i) {
      const bool harm = random_() % 1000 < per_thousand_;
      const auto kind = harm ? random_() % 3 : 3;
      if (kind == 0) continue;
      sent.push_back(kind == 1 ? static_cast<char>(bytes[i] ^ 1 << random_() % 8) : bytes[i]);
      if (kind == 2) sent.push_back(bytes[i]);
    }
    return send(to, sent.data(), sent.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(sent.size());
  }

  const int far_;
  const unsigned per_thousand_;
  std::mt19937 random_;
  int near_ = -1;
  int line_ = -1;
  std::thread thread_;
};

}  // namespace moonlet
