// tests/shell/process.h - runs the built command, or another, on pipes or on a terminal.
//
//   Process p({"-e", "print(1)"});
//   EXPECT_EQ(p.Finish().code, 0);
//
// Nothing here sleeps: whoever waits for a text waits until it comes, or gives up after
// kPatience, which only a hanging command meets.
#pragma once
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

namespace moonlet {

inline constexpr auto kPatience = std::chrono::seconds(20);

struct Ending {
  int code = -1;  // -1: killed by `signal`
  int signal = 0;
};

class Process {
 public:
  enum class On { kPipes, kTerminal };
  using Variables = std::vector<std::pair<std::string, std::string>>;

  explicit Process(const std::vector<std::string>& arguments, On on = On::kPipes,
                   const Variables& variables = {}, const char* command = MOONLET_COMMAND,
                   unsigned short columns = 80) {
    std::vector<char*> words = {const_cast<char*>(command)};
    for (const std::string& word : arguments) words.push_back(const_cast<char*>(word.c_str()));
    words.push_back(nullptr);
    on == On::kTerminal ? ForkOnTerminal(columns) : ForkOnPipes();
    if (pid_ != 0) return;
    for (const auto& [name, value] : variables) setenv(name.c_str(), value.c_str(), 1);
    signal(SIGINT, SIG_DFL);
    signal(SIGPIPE, SIG_DFL);
    execv(words[0], words.data());
    _exit(127);
  }
  ~Process() {
    if (pid_ > 0) kill(pid_, SIGKILL);
    if (pid_ > 0) waitpid(pid_, nullptr, 0);
    CloseInput();
    if (output_ >= 0) close(output_);
    if (errors_ >= 0) close(errors_);
  }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  void Type(std::string_view text) {
    while (!text.empty()) {
      const ssize_t written = write(input_, text.data(), text.size());
      if (written < 0) return;  // it has ended
      text.remove_prefix(static_cast<size_t>(written));
    }
  }
  void CloseInput() {
    if (input_ >= 0 && input_ != output_) close(input_);
    input_ = -1;
  }
  void CloseOutput() {
    close(output_);
    output_ = -1;
    output_open_ = false;
  }
  // The same on standard error, from its start.
  bool WaitForError(std::string_view text) {
    while (errors.find(text) == errors.npos) {
      if (ReadMore()) continue;
      ADD_FAILURE() << "waited for the error \"" << text << "\" after: " << errors;
      return false;
    }
    return true;
  }
  void Signal(int signal) { kill(pid_, signal); }

  // Waits until `text` is written, after whatever the last WaitFor found.
  bool WaitFor(std::string_view text) {
    while (true) {
      const size_t found = written.find(text, seen_);
      if (found != written.npos) {
        seen_ = found + text.size();
        return true;
      }
      if (!ReadMore()) break;
    }
    ADD_FAILURE() << "waited for \"" << text << "\" after: " << written.substr(seen_)
                  << "\nerrors: " << errors;
    return false;
  }

  // Waits for more of either stream.
  bool Wait() { return ReadMore(); }

  // Ends the input and waits for the end of the command.
  Ending Finish() {
    if (input_ != output_) CloseInput();
    while (ReadMore()) {
    }
    int status = 0;
    waitpid(std::exchange(pid_, 0), &status, 0);
    Ending ending;
    if (WIFEXITED(status)) ending.code = WEXITSTATUS(status);
    if (WIFSIGNALED(status)) ending.signal = WTERMSIG(status);
    return ending;
  }

  termios TerminalMode() const {
    termios mode = {};
    tcgetattr(output_, &mode);
    return mode;
  }

  std::string written;  // standard output so far; on a terminal, everything
  std::string errors;   // standard error so far

 private:
  void ForkOnTerminal(unsigned short columns) {
    winsize size = {24, columns, 0, 0};
    pid_ = forkpty(&output_, nullptr, nullptr, &size);
    input_ = output_;
    errors_open_ = false;
  }

  void ForkOnPipes() {
    int in[2], out[2], err[2];
    if (pipe2(in, O_CLOEXEC) + pipe2(out, O_CLOEXEC) + pipe2(err, O_CLOEXEC) != 0) std::abort();
    pid_ = fork();
    if (pid_ == 0) {
      dup2(in[0], STDIN_FILENO);
      dup2(out[1], STDOUT_FILENO);
      dup2(err[1], STDERR_FILENO);
      return;
    }
    close(in[0]);
    close(out[1]);
    close(err[1]);
    input_ = in[1];
    output_ = out[0];
    errors_ = err[0];
  }

  // False at the end of both streams, and when patience is at its end.
  bool ReadMore() {
    if (!output_open_ && !errors_open_) return false;
    pollfd streams[] = {{output_open_ ? output_ : -1, POLLIN, 0},
                        {errors_open_ ? errors_ : -1, POLLIN, 0}};
    const auto patience = std::chrono::milliseconds(kPatience).count();
    if (poll(streams, 2, static_cast<int>(patience)) <= 0) {
      ADD_FAILURE() << "the command hangs after: " << written << errors;
      kill(pid_, SIGKILL);
      return false;
    }
    if (streams[0].revents != 0) output_open_ = ReadFrom(output_, &written);
    if (streams[1].revents != 0) errors_open_ = ReadFrom(errors_, &errors);
    return true;
  }

  static bool ReadFrom(int stream, std::string* text) {
    char bytes[4096];
    const ssize_t size = read(stream, bytes, sizeof(bytes));
    if (size > 0) text->append(bytes, static_cast<size_t>(size));
    return size > 0;
  }

  pid_t pid_ = 0;
  int input_ = -1;
  int output_ = -1;
  int errors_ = -1;
  bool output_open_ = true;
  bool errors_open_ = true;
  size_t seen_ = 0;
};

}  // namespace moonlet
