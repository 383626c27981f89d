// shell/line_editor.h - lines typed on a serial terminal, with editing, history and search in
// it, completion, and a mode to paste source.
//
// On an empty line Ctrl-A, B, C, D and E do what programs on the other end rely on: raw
// mode, banner, cancel, soft reset, paste mode. Elsewhere they edit, as in readline.
// While Read waits every byte is a key; when it returned a line, Ctrl-C interrupts.
//
// A terminal is asked nothing, as many that are programs would take that for an answer. One
// that tells its size, by itself or when Ctrl-L asks, gets rows of that length, and is told
// to mark what people paste.
#pragma once
#include <cstddef>
#include <string_view>

#include "shell/console.h"
#include "shell/keys.h"
#include "shell/line_history.h"
#include "shell/line_view.h"
#include "shell/text_buffer.h"

namespace moonlet {

class LineEditor final : public LineReader {
 public:
  // All four outlive the editor, which must not outlive the runtime's state. It keeps
  // `display` up to date.
  LineEditor(SerialLine& line, Runtime& runtime, LineHistory& history, Display& display);

  // kEnd comes with left_by().
  Event Read(const char* prompt, std::string_view* line) override;
  void Remember(std::string_view entry) override { history_.Add(entry); }

  // What the last kEnd stands for: Ctrl('A'), Ctrl('B'), Ctrl('D') or Key::kClosed.
  int left_by() const { return left_by_; }

 private:
  enum class Step { kMore, kLine, kInterrupt, kEnd };

  void Start(const char* prompt);
  void MarkPastes(bool on);
  Step Take(const Key& key);
  Step TakeOnEmptyLine(const Key& key);
  void Edit(const Key& key);
  bool EditMove(const Key& key);
  bool EditKill(const Key& key);

  void Learn(const Key& key);
  void Insert(std::string_view text);
  void Backspace();
  void MoveTo(size_t cursor);
  void Kill(size_t from, size_t to);
  void Yank();
  void Transpose();
  void Recall(bool older);
  void CompleteWord(bool again);
  size_t WordLeft() const;
  size_t WordRight() const;
  Step ReadPaste();
  Step ReadMarkedPaste();
  Step Search();

  SerialLine& line_;
  Runtime& runtime_;
  LineHistory& history_;
  Display& display_;
  const char* prompt_ = "";
  KeyReader keys_;
  LineView view_;
  TextBuffer text_;
  TextBuffer killed_;
  TextBuffer newest_;    // what was typed before an older entry was looked at
  size_t cursor_ = 0;    // a byte of text_
  size_t recalled_ = 0;  // which entry of the history is shown, from 1; 0: none
  int last_key_ = Key::kUnknown;
  int left_by_ = Key::kClosed;
};

}  // namespace moonlet
