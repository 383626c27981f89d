// shell/line_readline.h - lines edited with GNU readline: history and search in it,
// completion by TAB, pastes of several lines as one.
//
// For a terminal on standard input and output. While it waits it takes over SIGINT
// (clears the line), SIGTERM, SIGHUP and SIGTSTP (the terminal is put back first) and
// SIGWINCH; afterwards the handlers are what they were.
#pragma once
#include <string>

#include "shell/console.h"
#include "vm/lua.h"

namespace moonlet {

// One at a time: readline keeps its state in globals.
class ReadlineLineReader final : public LineReader {
 public:
  // Completes from `state`. `history_file` is made, with its folder, when the first line
  // is remembered; empty: none.
  ReadlineLineReader(lua_State* state, std::string history_file);
  ~ReadlineLineReader();
  ReadlineLineReader(const ReadlineLineReader&) = delete;
  ReadlineLineReader& operator=(const ReadlineLineReader&) = delete;

  Event Read(const char* prompt, std::string_view* line) override;
  void Remember(std::string_view entry) override;

 private:
  std::string history_file_;
  std::string line_;
  bool added_ = false;  // to the history file, by us
};

}  // namespace moonlet
