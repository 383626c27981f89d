// shell/console.h - where the prompt's lines come from and where its answers go.
//
// On the host a terminal (line_readline.h, line_plain.h), in a test a list of strings,
// on a device the serial line.
#pragma once
#include <cstddef>
#include <string_view>

namespace moonlet {

class LineReader {
 public:
  enum class Event {
    kLine,
    kInterrupt,  // Ctrl-C: what was typed so far is dropped
    kEnd,        // Ctrl-D, or nothing more to come
  };
  // Shows `prompt` and waits. `line` comes without its end of line, may hold several
  // (a paste) and is valid until the next call.
  virtual Event Read(const char* prompt, std::string_view* line) = 0;
  // Keeps a whole entry for recall.
  virtual void Remember(std::string_view entry) = 0;

 protected:
  ~LineReader() = default;
};

// What is known of the terminal at the other end.
struct Display {
  size_t columns = 80;
  size_t rows = 24;
  bool colour = false;
  bool answers = false;  // it told its size by itself: it understands sequences
};

class Output {
 public:
  virtual void Write(std::string_view text) = 0;
  // What went wrong. Comes after everything written before.
  virtual void WriteError(std::string_view text) = 0;
  // As it is now: people change the size of their windows.
  virtual Display display() const { return {}; }

 protected:
  ~Output() = default;
};

}  // namespace moonlet
