// shell/repl.h - the prompt: reads a chunk of Lua, runs it, shows what it gives.
//
//   Repl repl(runtime, lines, output);
//   repl.Run();
//
// A chunk is an expression, whose values are shown, or statements; it is complete as
// soon as Lua's compiler no longer misses something at its end. The first of the values is
// the global `_` until others are shown. An error ends the chunk, never the session. Used
// on host and device alike.
#pragma once
#include <string_view>

#include "shell/console.h"
#include "shell/text_buffer.h"
#include "vm/runtime.h"

namespace moonlet {

class Repl {
 public:
  // All three outlive the Repl.
  Repl(Runtime& runtime, LineReader& lines, Output& output)
      : runtime_(runtime), lines_(lines), output_(output) {}
  Repl(const Repl&) = delete;
  Repl& operator=(const Repl&) = delete;

  enum class End {
    kInput,  // no more lines
    kExit,   // a chunk called os.exit
  };
  End Run();

 private:
  LineReader::Event ReadChunk(TextBuffer* source);
  bool RunChunk();

  Runtime& runtime_;
  LineReader& lines_;
  Output& output_;
};

// Writes an error message; of its traceback only the frames that are the script's.
void WriteScriptError(Output* output, std::string_view message);

}  // namespace moonlet
