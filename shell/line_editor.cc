#include "shell/line_editor.h"

#include <algorithm>

#include "boards/board.h"
#include "shell/candidate_list.h"
#include "shell/history_search.h"
#include "shell/names.h"
#include "shell/utf8_text.h"

namespace moonlet {
namespace {

constexpr std::string_view kIndent = "  ";
constexpr const char* kPastePrompt = "=== ";

bool IsWordByte(char byte) { return IsNameChar(byte) || (byte & 0x80) != 0; }

}  // namespace

LineEditor::LineEditor(SerialLine& line, Runtime& runtime, LineHistory& history, Display& display)
    : line_(line),
      runtime_(runtime),
      history_(history),
      display_(display),
      keys_(line),
      view_(line, display),
      text_(runtime.state()),
      killed_(runtime.state()),
      newest_(runtime.state()) {}

LineReader::Event LineEditor::Read(const char* prompt, std::string_view* line) {
  line_.SetRunning(nullptr);
  Start(prompt);
  Step step = Step::kMore;
  while (step == Step::kMore) {
    const Key key = keys_.Read();
    step = Take(key);
    last_key_ = key.code;
  }
  MarkPastes(false);
  if (step == Step::kInterrupt) return Event::kInterrupt;
  if (step == Step::kEnd) return Event::kEnd;
  *line = text_.text();
  if (!text_.empty()) line_.SetRunning(&runtime_);  // else nothing will run
  return Event::kLine;
}

void LineEditor::Start(const char* prompt) {
  text_.Release();  // one long line shall not cost the script its memory for ever
  newest_.Release();
  cursor_ = recalled_ = 0;
  prompt_ = prompt;
  MarkPastes(true);
  view_.Start(prompt);
}

// Only while a line is typed: a script that reads the console gets pastes as they are.
void LineEditor::MarkPastes(bool on) {
  if (display_.answers) line_.Write(on ? "\x1b[?2004h" : "\x1b[?2004l");
}

LineEditor::Step LineEditor::Take(const Key& key) {
  if (key.code == Key::kClosed) {
    left_by_ = key.code;
    return Step::kEnd;
  }
  if (key.code == '\r' || key.code == Ctrl('C')) {
    view_.NewRow();
    return key.code == '\r' ? Step::kLine : Step::kInterrupt;
  }
  if (key.code == Key::kPasteBegin) return ReadMarkedPaste();
  if (key.code == Ctrl('R')) return Search();
  if (text_.empty()) {
    if (const Step step = TakeOnEmptyLine(key); step != Step::kMore) return step;
  }
  Edit(key);
  return Step::kMore;
}

LineEditor::Step LineEditor::TakeOnEmptyLine(const Key& key) {
  switch (key.code) {
    case Ctrl('A'):
    case Ctrl('B'):
    case Ctrl('D'):
      view_.NewRow();
      left_by_ = key.code;
      return Step::kEnd;
    case Ctrl('E'):
      return ReadPaste();
    default:
      return Step::kMore;
  }
}

// ---- keys ----

void LineEditor::Edit(const Key& key) {
  if (EditMove(key) || EditKill(key)) return;
  switch (key.code) {
    case Key::kText:
      return Insert(key.text());
    case '\t':
      return CompleteWord(last_key_ == '\t');
    case Key::kSize:
    case Key::kColour:
      return Learn(key);
    case Ctrl('L'):
      line_.Write("\x1b[H\x1b[2J\x1b[18t");  // clears, and asks for the size
      return view_.Show(text_.text(), cursor_);
    case Ctrl('N'):
    case Key::kDown:
      return Recall(false);
    case Ctrl('P'):
    case Key::kUp:
      return Recall(true);
    case Ctrl('T'):
      return Transpose();
    case Ctrl('Y'):
      return Yank();
    default:
      return;
  }
}

bool LineEditor::EditMove(const Key& key) {
  const std::string_view text = text_.text();
  switch (key.code) {
    case Ctrl('A'):
    case Key::kHome:
      MoveTo(0);
      return true;
    case Ctrl('B'):
    case Key::kLeft:
      MoveTo(PreviousCharacter(text, cursor_));
      return true;
    case Ctrl('E'):
    case Key::kEnd:
      MoveTo(text.size());
      return true;
    case Ctrl('F'):
    case Key::kRight:
      MoveTo(NextCharacter(text, cursor_));
      return true;
    case Key::kWordLeft:
      MoveTo(WordLeft());
      return true;
    case Key::kWordRight:
      MoveTo(WordRight());
      return true;
    default:
      return false;
  }
}

bool LineEditor::EditKill(const Key& key) {
  switch (key.code) {
    case '\b':
    case Key::kBackspace:
      Backspace();
      return true;
    case Ctrl('D'):
    case Key::kDelete:
      text_.Erase(cursor_, NextCharacter(text_.text(), cursor_) - cursor_);
      view_.Show(text_.text(), cursor_);
      return true;
    case Ctrl('K'):
      Kill(cursor_, text_.size());
      return true;
    case Ctrl('U'):
      Kill(0, cursor_);
      return true;
    case Ctrl('W'):
    case Key::kKillWordBack:
      Kill(WordLeft(), cursor_);
      return true;
    case Key::kKillWord:
      Kill(cursor_, WordRight());
      return true;
    default:
      return false;
  }
}

// ---- what they do ----

// What the terminal says of itself. A size that no terminal has is none.
void LineEditor::Learn(const Key& key) {
  constexpr unsigned kNarrowest = 10;
  if (key.code == Key::kColour) {
    display_.colour = true;
  } else if (key.columns >= kNarrowest) {
    display_.columns = key.columns;
    display_.rows = key.rows;
    display_.answers = true;
    MarkPastes(true);
  }
  if (display_.answers) {
    board::SetScreen(
        {static_cast<int>(display_.columns), static_cast<int>(display_.rows), display_.colour});
  }
  view_.Show(text_.text(), cursor_);
}

void LineEditor::Insert(std::string_view text) {
  const bool at_end = cursor_ == text_.size();
  if (!text_.Insert(cursor_, text)) return view_.Bell();
  cursor_ += text.size();
  if (at_end) {
    view_.Typed(text_.text(), text.size());
  } else {
    view_.Show(text_.text(), cursor_);
  }
}

void LineEditor::Backspace() {
  const size_t start = PreviousCharacter(text_.text(), cursor_);
  if (start == cursor_) return;
  if (cursor_ < text_.size()) {
    text_.Erase(start, cursor_ - start);
    cursor_ = start;
    return view_.Show(text_.text(), cursor_);
  }
  const size_t width = Width(text_.text().substr(start));
  text_.Erase(start, cursor_ - start);
  cursor_ = start;
  view_.Deleted(text_.text(), width);
}

void LineEditor::MoveTo(size_t cursor) {
  if (cursor == cursor_) return;
  cursor_ = cursor;
  view_.Move(text_.text(), cursor_);
}

void LineEditor::Kill(size_t from, size_t to) {
  if (from == to) return;
  if (!killed_.Assign(text_.text().substr(from, to - from))) return view_.Bell();
  text_.Erase(from, to - from);
  cursor_ = from;
  view_.Show(text_.text(), cursor_);
}

void LineEditor::Yank() {
  if (!killed_.empty()) Insert(killed_.text());
}

// Swaps the characters around the cursor, at the end of the line the last two.
void LineEditor::Transpose() {
  const std::string_view text = text_.text();
  const size_t right = cursor_ == text.size() ? PreviousCharacter(text, cursor_) : cursor_;
  const size_t left = PreviousCharacter(text, right);
  if (left == right) return;
  const size_t end = NextCharacter(text, right);
  std::rotate(text_.data() + left, text_.data() + right, text_.data() + end);
  cursor_ = end;
  view_.Show(text_.text(), cursor_);
}

void LineEditor::Recall(bool older) {
  if (!older && recalled_ == 0) return;
  std::string_view entry;
  if (older) {
    entry = history_.Entry(recalled_);
    if (entry.empty()) return view_.Bell();
    if (recalled_ == 0 && !newest_.Assign(text_.text())) return view_.Bell();
  } else {
    entry = recalled_ == 1 ? newest_.text() : history_.Entry(recalled_ - 2);
  }
  if (!text_.Assign(entry)) return view_.Bell();
  recalled_ = older ? recalled_ + 1 : recalled_ - 1;
  cursor_ = text_.size();
  view_.Show(text_.text(), cursor_);
}

// Indents at the margin, completes elsewhere; the second time lists what is possible.
void LineEditor::CompleteWord(bool again) {
  const std::string_view before = text_.text().substr(0, cursor_);
  if (before.find_first_not_of(' ') == before.npos) return Insert(kIndent);
  CommonStart common;
  const size_t there = Complete(runtime_.state(), before, &common).size();
  if (common.found() && common.text().size() > there) {
    Insert(common.text().substr(there));
  } else if (common.several() && again) {
    view_.NewRow();
    ListCandidates(runtime_.state(), before, display_.columns, &line_);
    view_.Show(text_.text(), cursor_);
  } else {
    view_.Bell();
  }
}

size_t LineEditor::WordLeft() const {
  const std::string_view text = text_.text();
  size_t i = cursor_;
  while (i > 0 && !IsWordByte(text[i - 1])) --i;
  while (i > 0 && IsWordByte(text[i - 1])) --i;
  return i;
}

size_t LineEditor::WordRight() const {
  const std::string_view text = text_.text();
  size_t i = cursor_;
  while (i < text.size() && !IsWordByte(text[i])) ++i;
  while (i < text.size() && IsWordByte(text[i])) ++i;
  return i;
}

// ---- search ----

// Shows the newest entry that holds what is typed. Ctrl-R looks further back, Ctrl-G gives up;
// any other key takes the entry and does with it what it always does.
LineEditor::Step LineEditor::Search() {
  HistorySearch search(history_);
  while (true) {
    view_.SetPrompt(search.prompt());
    view_.Show(search.entry(), search.position());
    const Key key = keys_.Read();
    bool found = true;
    if (key.code == Key::kText) {
      found = search.Type(key.text());
    } else if (key.code == Key::kBackspace || key.code == '\b') {
      search.Erase();
    } else if (key.code == Ctrl('R')) {
      found = search.Older();
    } else {
      const bool taken = key.code != Ctrl('G') && !search.entry().empty();
      if (taken && text_.Assign(search.entry())) cursor_ = search.position();
      view_.SetPrompt(prompt_);
      view_.Show(text_.text(), cursor_);
      return key.code == Ctrl('G') ? Step::kMore : Take(key);
    }
    if (!found) view_.Bell();
  }
}

// ---- pastes ----

// Takes everything between the marks of a paste into the line: nothing of it completes,
// indents or runs. Ctrl-C drops the line.
LineEditor::Step LineEditor::ReadMarkedPaste() {
  bool fits = true;
  const auto add = [&](std::string_view text) {
    fits = fits && text_.Insert(cursor_, text);
    if (fits) cursor_ += text.size();
  };
  while (true) {
    const Key key = keys_.Read();
    if (key.code == Key::kClosed || key.code == Ctrl('C')) return Take(key);
    if (key.code == Key::kPasteEnd) break;
    if (key.code == '\r') add("\n");
    if (key.code == '\t') add("\t");
    if (key.code == Key::kText) add(key.text());
  }
  view_.Show(text_.text(), cursor_);
  if (!fits) view_.Bell();
  return Step::kMore;
}

// Takes lines as they come, until Ctrl-D: nothing of them completes, indents or recalls.
LineEditor::Step LineEditor::ReadPaste() {
  line_.Write("\r\npaste mode; Ctrl-C to cancel, Ctrl-D to finish\r\n");
  line_.Write(kPastePrompt);
  bool fits = true;
  while (true) {
    const Key key = keys_.Read();
    if (key.code == Key::kClosed) return Take(key);
    if (key.code == Ctrl('C') || key.code == Ctrl('D')) {
      view_.NewRow();
      if (key.code == Ctrl('C')) return Step::kInterrupt;
      if (fits) return Step::kLine;
      line_.Write("not enough memory\r\n");
      return Step::kInterrupt;
    }
    if (key.code == '\r') {
      fits = text_.Append("\n") && fits;
      view_.NewRow();
      line_.Write(kPastePrompt);
    } else if (key.code == '\t' || key.code == Key::kText) {
      const std::string_view text = key.code == '\t' ? "\t" : key.text();
      fits = text_.Append(text) && fits;
      line_.Write(text);
    }
  }
}

}  // namespace moonlet
