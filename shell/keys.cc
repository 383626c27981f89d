#include "shell/keys.h"

#include <iterator>

namespace moonlet {
namespace {

constexpr int kEscape = 0x1B;

bool IsControl(int byte) { return byte < 0x20 || byte == Key::kBackspace; }

// The bytes of a character that starts with this one; 0: none does.
unsigned SizeOf(int first) {
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first < 0xE0) return 2;
  if (first >= 0xE0 && first < 0xF0) return 3;
  if (first >= 0xF0 && first < 0xF5) return 4;
  return 0;
}

// Of "ESC [ 1 ; 5 C" the end, and the numbers before it.
int KeyOf(int end, int first, bool modified) {
  switch (end) {
    case 'A':
      return Key::kUp;
    case 'B':
      return Key::kDown;
    case 'C':
      return modified ? Key::kWordRight : Key::kRight;
    case 'D':
      return modified ? Key::kWordLeft : Key::kLeft;
    case 'H':
      return Key::kHome;
    case 'F':
      return Key::kEnd;
    case '~':
      break;
    default:
      return Key::kUnknown;
  }
  switch (first) {
    case 1:
    case 7:
      return Key::kHome;
    case 4:
    case 8:
      return Key::kEnd;
    case 3:
      return Key::kDelete;
    case 200:
      return Key::kPasteBegin;
    case 201:
      return Key::kPasteEnd;
    default:
      return Key::kUnknown;
  }
}

// What a terminal says of itself: "ESC [ 8 ; rows ; columns t" is its size, a 22 among its
// attributes, "ESC [ ? 62 ; 22 c", means that it has colours.
Key ReportOf(int end, int first, int second, int last) {
  if (end == 't' && first == 8)
    return {Key::kSize, static_cast<unsigned>(second), static_cast<unsigned>(last)};
  return {end == 'c' && last == 22 ? Key::kColour : Key::kUnknown};
}

}  // namespace

int KeyReader::Byte() {
  if (held_ == kNone) return line_.Read();
  const int byte = held_;
  held_ = kNone;
  return byte;
}

Key KeyReader::Read() {
  while (true) {
    const int byte = Byte();
    const bool second = after_cr_ && byte == '\n';
    after_cr_ = byte == '\r';
    if (second) continue;
    if (byte == kEscape) return Escape();
    if (IsControl(byte)) return {byte == '\n' ? '\r' : byte};
    return Character(byte);
  }
}

Key KeyReader::Character(int first) {
  Key key = {.code = Key::kText};
  const unsigned size = SizeOf(first);
  if (size == 0) return {Key::kUnknown};
  int byte = first;
  while (true) {
    key.bytes[key.size++] = static_cast<char>(byte);
    if (key.size == size) return key;
    byte = Byte();
    if ((byte & 0xC0) != 0x80) {
      held_ = byte;
      return {Key::kUnknown};
    }
  }
}

Key KeyReader::Escape() {
  const int byte = Byte();
  switch (byte) {
    case '[':
      return Sequence();
    case 'O': {  // what some terminals send for arrows, home and end
      const int end = Byte();
      if (IsControl(end)) held_ = end;
      return {KeyOf(end, 0, false)};
    }
    case 'b':
      return {Key::kWordLeft};
    case 'f':
      return {Key::kWordRight};
    case 'd':
      return {Key::kKillWord};
    case '\b':
    case Key::kBackspace:
      return {Key::kKillWordBack};
    default:
      if (IsControl(byte)) held_ = byte;
      return {Key::kUnknown};
  }
}

// What follows "ESC [": numbers with semicolons, then a letter or "~". A question mark before
// them marks reports.
Key KeyReader::Sequence() {
  int numbers[2] = {};  // the first two
  size_t before = 0;    // semicolons
  int last = 0;
  while (true) {
    const int byte = Byte();
    if (byte >= '0' && byte <= '9') {
      last = (last * 10 + (byte - '0')) % 1000;
      if (before < std::size(numbers)) numbers[before] = last;
    } else if (byte == ';') {
      ++before;
      last = 0;
    } else if (byte == 't' || byte == 'c') {
      return ReportOf(byte, numbers[0], numbers[1], last);
    } else if (byte != '?') {
      if (IsControl(byte)) held_ = byte;
      return {KeyOf(byte, numbers[0], last > 1)};
    }
  }
}

}  // namespace moonlet
