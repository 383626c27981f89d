#include "shell/watch.h"

#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <string_view>
#include <utility>
#include <vector>

#include "shell/device_script.h"
#include "shell/file_watch.h"
#include "shell/host_display.h"
#include "shell/host_files.h"
#include "shell/style.h"
#include "shell/target.h"

namespace moonlet {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kWaitedFor[] = {SIGINT, SIGTERM, SIGHUP, SIGCHLD};
constexpr int kGraceMs = 1000;  // for a run to end when it is interrupted
constexpr int kLinkLost = 75;   // exit code of a run whose device was lost: EX_TEMPFAIL

int Refuse(const char* what) {
  std::fflush(stdout);
  std::fprintf(stderr, "moonlet: %s\n", what);
  return kExitError;
}

// A line of ours between those of the script.
void Note(const std::string& text) {
  const bool colour = HostDisplay().colour;
  const std::string_view begin = colour ? StyleBegin(Style::kNote) : std::string_view();
  const std::string_view end = colour ? kStyleEnd : std::string_view();
  std::fprintf(stderr, "%.*s-- %s%.*s\n", static_cast<int>(begin.size()), begin.data(),
               text.c_str(), static_cast<int>(end.size()), end.data());
}

// Holds the signals back: they are read from a descriptor instead.
class SignalQueue {
 public:
  SignalQueue() {
    sigset_t taken;
    sigemptyset(&taken);
    for (const int signal : kWaitedFor) sigaddset(&taken, signal);
    sigprocmask(SIG_BLOCK, &taken, &before_);
    descriptor_ = signalfd(-1, &taken, SFD_CLOEXEC | SFD_NONBLOCK);
  }
  ~SignalQueue() {
    close(descriptor_);
    Release();
  }
  SignalQueue(const SignalQueue&) = delete;
  SignalQueue& operator=(const SignalQueue&) = delete;

  void Release() const { sigprocmask(SIG_SETMASK, &before_, nullptr); }
  int descriptor() const { return descriptor_; }
  // 0: none came.
  int Take() {
    signalfd_siginfo info;
    const bool came = read(descriptor_, &info, sizeof(info)) == sizeof(info);
    return came ? static_cast<int>(info.ssi_signo) : 0;
  }

 private:
  sigset_t before_;
  int descriptor_;
};

// The terminal as it was before a run, which may have crashed in the middle of anything.
class TerminalMode {
 public:
  TerminalMode() : known_(tcgetattr(STDIN_FILENO, &mode_) == 0) {}
  void Restore() const {
    if (known_) tcsetattr(STDIN_FILENO, TCSADRAIN, &mode_);
  }

 private:
  termios mode_ = {};
  bool known_;
};

// Where the script runs.
class Place {
 public:
  Place(const Command& command, std::string target)
      : command_(command), target_name_(std::move(target)) {}

  // Makes it ready for a run; `last` is the exit code of the one before, 0 at first.
  Status Prepare(int last) {
    if (target_name_.empty() || (ready_ && last != kLinkLost)) return {};
    Status status = target_.Open(target_name_);
    RawClient client(target_.line(), stop_);
    if (status.ok()) status = client.Enter();
    if (status.ok()) status = SetDeviceClock(client);
    ready_ = status.ok();
    return ready_ ? Status() : Status::Error(status.code(), "%s", target_.Explain(status).c_str());
  }
  // In a process of its own; returns its exit code.
  int Run() {
    if (target_name_.empty()) return RunCommand(command_);
    struct sigaction interrupt = {};
    interrupt.sa_handler = [](int) { stop_.Raise(); };
    sigaction(SIGINT, &interrupt, nullptr);
    int exit_code = 0;
    const Status status = RunThere(&exit_code);
    if (status.ok()) return exit_code;
    if (status.code() == Code::kStopped) return kExitInterrupted;
    Refuse(target_.Explain(status).c_str());
    return status.code() == Code::kIo ? kLinkLost : kExitError;
  }

 private:
  Status RunThere(int* exit_code) {
    std::vector<uint8_t> text;
    if (Status s = ReadHostFile(command_.file, &text); !s.ok()) {
      return Status::Error(Code::kNotFound, "%s", s.what());
    }
    RawClient client(target_.line(), stop_);
    if (Status s = client.Enter(); !s.ok()) return s;
    if (Status s = client.SoftReset(); !s.ok()) return s;
    std::vector<std::string> words = {command_.file};
    words.insert(words.end(), command_.arguments.begin(), command_.arguments.end());
    const std::string_view code(reinterpret_cast<const char*>(text.data()), text.size());
    return RunOnDevice(client, WithArguments(code, words), exit_code);
  }

  static inline StopToken stop_;  // of a signal's handler
  const Command& command_;
  const std::string target_name_;
  Target target_;
  bool ready_ = false;
};

class Watcher {
 public:
  Watcher(const Command& command, const std::string& target)
      : script_(command.file), place_(command, target) {}
  int Run();

 private:
  // Why a wait ended.
  enum class Why { kSaved, kStop, kGone };

  bool Start();
  void TakeEnd();
  void EndRun();
  Why Wait();

  const std::string script_;
  Place place_;
  FileWatch files_;
  SignalQueue signals_;
  TerminalMode terminal_;
  pid_t run_ = 0;  // the process; 0: it has ended
  Clock::time_point start_;
  int last_ = 0;  // its exit code
  int stop_signal_ = 0;
};

// Says why it cannot, and false.
bool Watcher::Start() {
  if (Status s = place_.Prepare(last_); !s.ok()) {
    Refuse(s.what());
    return false;
  }
  Note(script_);
  std::fflush(stdout);
  start_ = Clock::now();
  run_ = fork();
  if (run_ != 0) return run_ > 0;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  signals_.Release();
  const int code = place_.Run();
  std::fflush(stdout);
  _exit(code);
}

// Takes note of a run that has ended.
void Watcher::TakeEnd() {
  int status;
  if (run_ == 0 || waitpid(run_, &status, WNOHANG) != run_) return;
  run_ = 0;
  terminal_.Restore();
  const std::chrono::duration<double> taken = Clock::now() - start_;
  char text[80];
  if (WIFSIGNALED(status)) {
    last_ = kExitError;
    std::snprintf(text, sizeof(text), "crashed, signal %d, after %.2f s", WTERMSIG(status),
                  taken.count());
  } else {
    last_ = WEXITSTATUS(status);
    const char* format = last_ == 0 ? "%.2f s" : "%.2f s, exit code %d";
    std::snprintf(text, sizeof(text), format, taken.count(), last_);
  }
  Note(text);
}

// Ends a run that goes on, by Ctrl-C if that is enough.
void Watcher::EndRun() {
  if (run_ == 0) return;
  kill(run_, SIGINT);
  const Deadline deadline(kGraceMs);
  pollfd signals = {signals_.descriptor(), POLLIN, 0};
  while (run_ != 0 && !deadline.over()) {
    if (poll(&signals, 1, deadline.Left(kGraceMs)) > 0 && signals_.Take() == SIGCHLD) TakeEnd();
  }
  if (run_ == 0) return;
  kill(run_, SIGKILL);
  waitpid(std::exchange(run_, 0), nullptr, 0);
  terminal_.Restore();
}

Watcher::Why Watcher::Wait() {
  while (true) {
    pollfd events[] = {{signals_.descriptor(), POLLIN, 0}, {files_.descriptor(), POLLIN, 0}};
    poll(events, 2, -1);
    while (const int signal = signals_.Take()) {
      if (signal == SIGCHLD) {
        TakeEnd();
      } else {
        stop_signal_ = signal;
        return Why::kStop;
      }
    }
    const FileWatch::Event event = files_.Take();
    if (event == FileWatch::Event::kGone) return Why::kGone;
    if (event == FileWatch::Event::kSaved) return Why::kSaved;
  }
}

// Ctrl-C is how a watch ends: no failure.
int Watcher::Run() {
  if (Status s = files_.Open(script_); !s.ok()) return Refuse(s.what());
  while (Start()) {
    const Why why = Wait();
    EndRun();
    if (why == Why::kGone) return Refuse((script_ + ": its folder is gone").c_str());
    if (why == Why::kStop) return stop_signal_ == SIGINT ? 0 : 128 + stop_signal_;
  }
  return kExitError;
}

}  // namespace

int RunWatchCommand(const Command& command, const std::string& target) {
  return Watcher(command, target == "host" ? "" : target).Run();
}

}  // namespace moonlet
