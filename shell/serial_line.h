// shell/serial_line.h - the line between a device and whoever talks to it, byte by byte.
//
// On a device the board's console, in a test a list of bytes.
#pragma once
#include <string_view>

#include "vm/runtime.h"

namespace moonlet {

class SerialLine {
 public:
  static constexpr int kClosed = -1;  // nothing more will come; never on a device

  // Waits for the next byte: 0 to 255.
  virtual int Read() = 0;
  virtual void Write(std::string_view bytes) = 0;
  // From now on Ctrl-C, one that waits already too, is not to be read: it interrupts
  // `runtime`, and what came before it is dropped. Null: every byte is to be read, and an
  // interrupt that no script met is forgotten.
  virtual void SetRunning(Runtime* runtime) = 0;

 protected:
  ~SerialLine() = default;
};

// The console of boards/board.h.
class ConsoleLine final : public SerialLine {
 public:
  int Read() override;
  void Write(std::string_view bytes) override;
  void SetRunning(Runtime* runtime) override;

 private:
  Runtime* running_ = nullptr;
  bool attended_ = false;  // a byte was read since a script ran
};

}  // namespace moonlet
