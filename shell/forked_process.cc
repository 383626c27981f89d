#include "shell/forked_process.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>

namespace moonlet {

ForkedProcess::Side ForkedProcess::Fork() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return Side::kFailed;
  std::fflush(stdout);
  process_ = fork();
  if (process_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(ends[1], STDOUT_FILENO);
    close(ends[0]);
    close(ends[1]);
    return Side::kChild;
  }
  close(ends[1]);
  output_ = ends[0];
  fcntl(output_, F_SETFL, O_NONBLOCK);
  return process_ > 0 ? Side::kParent : Side::kFailed;
}

// Not _exit: a sanitizer looks for leaks at the end.
void ForkedProcess::ExitChild() { std::exit(0); }

bool ForkedProcess::Read(std::string* text, int milliseconds) {
  if (output_ < 0) return false;
  // A process that the child has left behind may keep the pipe open for ever.
  const bool ended = HasEnded();
  pollfd end = {output_, POLLIN, 0};
  if (poll(&end, 1, ended ? 0 : milliseconds) == 0) return !ended;
  char piece[65536];
  const ssize_t size = read(output_, piece, sizeof(piece));
  if (size > 0) text->append(piece, static_cast<size_t>(size));
  if (size == 0) close(std::exchange(output_, -1));
  return size != 0;
}

bool ForkedProcess::HasEnded() {
  if (!ended_ && process_ > 0) ended_ = waitpid(process_, &status_, WNOHANG) == process_;
  return ended_;
}

std::string ForkedProcess::Finish() {
  if (process_ <= 0) return {};
  const bool killed = !HasEnded();
  if (killed) {
    kill(process_, SIGKILL);
    waitpid(process_, &status_, 0);
  }
  process_ = 0;
  if (output_ >= 0) close(std::exchange(output_, -1));
  if (killed) return "it does not end";
  if (WIFSIGNALED(status_)) return "crashed, signal " + std::to_string(WTERMSIG(status_));
  const int code = WEXITSTATUS(status_);
  return code != 0 ? "ended with status " + std::to_string(code) : std::string();
}

}  // namespace moonlet
