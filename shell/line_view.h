// shell/line_view.h - one line of text on a VT100 terminal, which is not asked for its size:
// it has 80 columns unless it has told of others.
//
// What is typed at the end of a line is echoed as it is, however long the line, so that
// terminals without any sequences and programs see exactly their characters. Everything
// else works on the cursor's row alone and scrolls a long line sideways, which is right on
// wider terminals, too.
#pragma once
#include <cstddef>
#include <string_view>

#include "shell/console.h"
#include "shell/serial_line.h"

namespace moonlet {

class LineView {
 public:
  // Both outlive the view.
  LineView(SerialLine& line, const Display& display) : line_(line), display_(display) {}

  // Begins an empty line after `prompt`, which must outlive it.
  void Start(std::string_view prompt);
  // Another one from the next Show on.
  void SetPrompt(std::string_view prompt) { prompt_ = prompt; }
  // The last `size` bytes of `text` were added at its end.
  void Typed(std::string_view text, size_t size);
  // A character of `width` columns was taken away from the end.
  void Deleted(std::string_view text, size_t width);
  // Only the cursor moved.
  void Move(std::string_view text, size_t cursor);
  // Anything may have changed.
  void Show(std::string_view text, size_t cursor);
  // What else is on the terminal.
  void NewRow() { line_.Write("\r\n"); }
  void Bell() { line_.Write("\a"); }

 private:
  size_t Room() const;
  void Scroll(std::string_view text, size_t cursor);
  // Where the part that is shown ends.
  size_t End(std::string_view text) const;
  void WritePrompt();
  void WriteText(std::string_view text);
  void GoTo(size_t column);

  SerialLine& line_;
  const Display& display_;
  std::string_view prompt_;
  size_t start_ = 0;     // the first byte shown
  size_t column_ = 0;    // of the cursor
  bool echoing_ = true;  // all of the text is shown, as typed
};

}  // namespace moonlet
