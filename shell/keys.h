// shell/keys.h - the bytes of a terminal as keys.
#pragma once
#include <string_view>

#include "shell/serial_line.h"

namespace moonlet {

constexpr int Ctrl(char letter) { return letter & 0x1F; }

struct Key {
  // A control character stands for itself (Ctrl('A'), '\r', '\t'); these for the others.
  enum Code : int {
    kClosed = -1,  // the line is
    kBackspace = 0x7F,
    kText = 0x100,  // a character
    kLeft,
    kRight,
    kUp,
    kDown,
    kHome,
    kEnd,
    kDelete,
    kWordLeft,
    kWordRight,
    kKillWord,
    kKillWordBack,
    kPasteBegin,  // around what a terminal with bracketed paste sends by itself
    kPasteEnd,
    kSize,    // the terminal tells its size: `rows` and `columns`
    kColour,  // it tells that it has colours
    kUnknown,
  };
  int code;
  unsigned rows = 0;
  unsigned columns = 0;
  // One character in UTF-8, of kText.
  char bytes[4] = {};
  unsigned size = 0;
  std::string_view text() const { return {bytes, size}; }
};

// A control character ends whatever escape sequence or character it comes into, so that
// Ctrl-C works after any garbage. Bytes that are no UTF-8 are dropped.
class KeyReader {
 public:
  explicit KeyReader(SerialLine& line) : line_(line) {}
  Key Read();

 private:
  static constexpr int kNone = -2;

  int Byte();
  Key Character(int first);
  Key Escape();
  Key Sequence();

  SerialLine& line_;
  int held_ = kNone;       // a byte to be looked at again
  bool after_cr_ = false;  // "\r\n" is one Enter
};

}  // namespace moonlet
