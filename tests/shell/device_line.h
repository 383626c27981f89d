// tests/shell/device_line.h - what is at the far end of a Link in tests: a device in a
// process of this host, a peer that plays a part, and a line that does harm.
//
//   HostDevice device;
//   Link link(device.TakeLine());
#pragma once
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace moonlet {

// tests/shell/host_device.cc at the other end of a socket, or of a descriptor that is given.
class HostDevice {
 public:
  HostDevice() {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) std::abort();
    line_ = ends[0];
    Start(ends[1]);
    close(ends[1]);
  }
  explicit HostDevice(int line) { Start(line); }
  ~HostDevice() {
    Kill();
    if (line_ >= 0) close(line_);
  }
  HostDevice(const HostDevice&) = delete;
  HostDevice& operator=(const HostDevice&) = delete;

  int TakeLine() { return std::exchange(line_, -1); }
  void Kill() {
    if (process_ == 0) return;
    kill(process_, SIGKILL);
    waitpid(std::exchange(process_, 0), nullptr, 0);
  }

 private:
  void Start(int line) {
    process_ = fork();
    if (process_ != 0) return;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(line, STDIN_FILENO);
    dup2(line, STDOUT_FILENO);
    execl(MOONLET_DEVICE, MOONLET_DEVICE, nullptr);
    _exit(127);
  }

  pid_t process_ = 0;
  int line_ = -1;
};

// Waits for a text, says another, and so on.
class ScriptedPeer {
 public:
  struct Exchange {
    std::string awaited;
    std::string answer;
  };

  explicit ScriptedPeer(std::vector<Exchange> script) : script_(std::move(script)) {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) std::abort();
    line_ = ends[0];
    far_ = ends[1];
    thread_ = std::thread([this] { Play(); });
  }
  ~ScriptedPeer() {
    shutdown(far_, SHUT_RDWR);
    thread_.join();
    close(far_);
    if (line_ >= 0) close(line_);
  }
  ScriptedPeer(const ScriptedPeer&) = delete;
  ScriptedPeer& operator=(const ScriptedPeer&) = delete;

  int TakeLine() { return std::exchange(line_, -1); }

 private:
  void Play() {
    std::string heard;
    for (const auto& [awaited, answer] : script_) {
      while (heard.find(awaited) == heard.npos) {
        char bytes[256];
        const ssize_t size = read(far_, bytes, sizeof(bytes));
        if (size <= 0) return;
        heard.append(bytes, static_cast<size_t>(size));
      }
      heard.erase(0, heard.find(awaited) + awaited.size());
      if (send(far_, answer.data(), answer.size(), MSG_NOSIGNAL) < 0) return;
    }
  }

  const std::vector<Exchange> script_;
  int far_ = -1;
  int line_ = -1;
  std::thread thread_;
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
  void SetHarm(unsigned per_thousand) { per_thousand_ = per_thousand; }

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
  std::atomic<unsigned> per_thousand_;
  std::mt19937 random_;
  int near_ = -1;
  int line_ = -1;
  std::thread thread_;
};

}  // namespace moonlet
