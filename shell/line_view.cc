#include "shell/line_view.h"

#include <algorithm>
#include <cstdio>

#include "shell/style.h"
#include "shell/utf8_text.h"

namespace moonlet {
namespace {

// How far beyond the cursor a long line is moved, so that not every key moves it; in a narrow
// terminal half of the room.
constexpr size_t kJump = 20;
constexpr size_t kLeastRoom = 8;                 // beside a prompt that takes all of it
constexpr std::string_view kNewline = "\u21B5";  // stands for one inside the text

}  // namespace

// The last column stays free: a character there would move some terminals' cursor on.
size_t LineView::Room() const {
  const size_t taken = Width(prompt_) + 1;
  return std::max(display_.columns - std::min(display_.columns, taken), kLeastRoom);
}

void LineView::Start(std::string_view prompt) {
  prompt_ = prompt;
  start_ = 0;
  column_ = Width(prompt);
  echoing_ = true;
  WritePrompt();
}

void LineView::Typed(std::string_view text, size_t size) {
  const std::string_view typed = text.substr(text.size() - size);
  if (!echoing_) return Show(text, text.size());
  WriteText(typed);
  column_ += Width(typed);
}

void LineView::Deleted(std::string_view text, size_t width) {
  if (!echoing_ || column_ >= display_.columns || width != 1) return Show(text, text.size());
  line_.Write("\b \b");
  --column_;
}

void LineView::Move(std::string_view text, size_t cursor) {
  // Where the row of a line that was echoed begins, only the terminal knows.
  const bool known = !echoing_ || Width(text) <= Room();
  if (!known || cursor < start_ || NextCharacter(text, cursor) > End(text))
    return Show(text, cursor);
  GoTo(Width(prompt_) + Width(text.substr(start_, cursor - start_)));
}

void LineView::Show(std::string_view text, size_t cursor) {
  Scroll(text, cursor);
  line_.Write("\r");
  WritePrompt();
  const std::string_view shown = text.substr(start_, End(text) - start_);
  WriteText(shown);
  line_.Write("\x1b[K");
  column_ = Width(prompt_) + Width(shown);
  GoTo(Width(prompt_) + Width(text.substr(start_, cursor - start_)));
}

// Chooses start_ so that the character at the cursor is in view.
void LineView::Scroll(std::string_view text, size_t cursor) {
  const size_t jump = std::min(kJump, Room() / 2);
  echoing_ = Width(text) <= Room();
  if (echoing_) {
    start_ = 0;
  } else if (cursor < start_) {
    start_ = cursor;
    while (start_ > 0 && Width(text.substr(start_, cursor - start_)) < jump)
      start_ = PreviousCharacter(text, start_);
  } else if (NextCharacter(text, cursor) > End(text)) {
    while (Width(text.substr(start_, cursor - start_)) > Room() - jump)
      start_ = NextCharacter(text, start_);
  }
}

size_t LineView::End(std::string_view text) const {
  size_t end = start_;
  for (size_t width = 0; end < text.size();) {
    const size_t next = NextCharacter(text, end);
    width += Width(text.substr(end, next - end));
    if (width > Room()) break;
    end = next;
  }
  return end;
}

void LineView::WritePrompt() {
  if (display_.colour) line_.Write(StyleBegin(Style::kPrompt));
  line_.Write(prompt_);
  if (display_.colour) line_.Write(kStyleEnd);
}

// What a paste may hold is shown in one column each.
void LineView::WriteText(std::string_view text) {
  for (size_t end; (end = text.find_first_of("\n\t")) != text.npos; text.remove_prefix(end + 1)) {
    line_.Write(text.substr(0, end));
    line_.Write(text[end] == '\n' ? kNewline : " ");
  }
  line_.Write(text);
}

void LineView::GoTo(size_t column) {
  if (column == column_) return;
  const bool right = column > column_;
  const size_t steps = right ? column - column_ : column_ - column;
  char sequence[16];
  const int size = std::snprintf(sequence, sizeof(sequence), "\x1b[%u%c",
                                 static_cast<unsigned>(steps), right ? 'C' : 'D');
  line_.Write({sequence, static_cast<size_t>(size)});
  column_ = column;
}

}  // namespace moonlet
