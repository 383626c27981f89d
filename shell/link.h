// shell/link.h - the line to a device: bytes both ways over a file descriptor.
//
//   Link link;
//   if (Status s = link.OpenSerial("/dev/ttyACM0"); !s.ok()) ...
//   link.Write("\x03");
//   std::string bytes;
//   while (link.Read(&bytes, 1000) == Link::Event::kBytes) ...
//
// Host only. A Link belongs to one thread.
#pragma once
#include <chrono>
#include <string>
#include <string_view>
#include <utility>

#include "engine/base/status.h"

namespace moonlet {

// A moment until which somebody waits.
class Deadline {
 public:
  // A negative time never comes.
  explicit Deadline(int milliseconds)
      : never_(milliseconds < 0), end_(Clock::now() + std::chrono::milliseconds(milliseconds)) {}

  bool over() const { return !never_ && Clock::now() >= end_; }
  // Milliseconds until then, at most `most`; 0 once it is over.
  int Left(int most) const;

 private:
  using Clock = std::chrono::steady_clock;
  bool never_;
  Clock::time_point end_;
};

class Link {
 public:
  enum class Event { kBytes, kNothing, kLost };

  Link() = default;
  // Takes over the descriptor of an open stream.
  explicit Link(int descriptor);
  ~Link() { Close(); }
  Link(Link&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  Link& operator=(Link&& other) noexcept;

  // A terminal device, at 115,200 bits per second, 8N1, bytes as they are, for this
  // process alone. kNotFound, kIo.
  Status OpenSerial(const std::string& path);
  // "HOST:PORT", or "[ADDRESS]:PORT" for IPv6. kInvalid, kIo.
  Status Connect(const std::string& address);
  void Close();

  int descriptor() const { return descriptor_; }

  // Waits until something arrives and appends it, or until that time has passed or a
  // signal came (kNothing). kLost: the other end is gone.
  Event Read(std::string* bytes, int milliseconds);
  // Sends everything. False: the other end is gone, or takes nothing for ten seconds.
  bool Write(std::string_view bytes);

 private:
  int descriptor_ = -1;
};

// kIo: what to say of a line whose other end is gone.
Status LostLink();

}  // namespace moonlet
