// shell/raw_repl.h - the prompt for programs: the raw and raw-paste modes that MicroPython
// made a convention, so that any client of them can drive a device.
//
//   raw        code, Ctrl-D       -> "OK", output, 04, error, 04, ">"
//   raw-paste  05 'A' 01          -> 'R' 01, window, 01; then data with a 01 after each window
//              code, Ctrl-D       -> 04, output, 04, error, 04, ">"
//
// In raw-paste mode the compiler reads the code as it comes; an error there is answered by
// 04 at once, and what still comes is dropped up to Ctrl-C or Ctrl-D.
#pragma once
#include <cstddef>
#include <cstdint>

#include "shell/serial_line.h"
#include "shell/text_buffer.h"
#include "vm/runtime.h"

namespace moonlet {

class RawRepl {
 public:
  enum class End {
    kFriendly,  // Ctrl-B
    kReset,     // Ctrl-D without code; "OK\r\n" was said
    kClosed,    // the line is
  };

  // Both outlive the RawRepl. Twice `window` bytes may come before any is read: they must
  // fit into the line's buffer.
  RawRepl(SerialLine& line, Runtime& runtime, uint16_t window)
      : line_(line), runtime_(runtime), window_(window), code_(runtime.state()) {}

  // Says that this is raw mode and answers until it is left.
  End Run();

 private:
  void Greet();
  void TakeCode(int byte);
  void DropCode();
  bool AsksForPaste() const;
  void RunCode();
  void RunPaste();
  void Execute(bool loaded);
  void Answer(std::string_view error);

  SerialLine& line_;
  Runtime& runtime_;
  uint16_t window_;
  TextBuffer code_;
  bool fits_ = true;  // code_ holds all of the code
};

}  // namespace moonlet
