#include "shell/repl.h"

#include <algorithm>

#include "shell/show.h"
#include "shell/style.h"

namespace moonlet {
namespace {

constexpr const char* kPrompt = "> ";
constexpr const char* kContinued = ">> ";
constexpr const char* kChunkName = "=stdin";
constexpr std::string_view kMissingMore = "<eof>";  // the end of a message of Lua's compiler
constexpr std::string_view kTraceback = "\nstack traceback:";
constexpr std::string_view kTailCalls = "\t(...tail calls...)";

void WriteErrorLine(Output* output, std::string_view line, Style style) {
  const bool coloured = output->display().colour;
  if (coloured) output->WriteError(StyleBegin(style));
  output->WriteError(line);
  if (coloured) output->WriteError(kStyleEnd);
  output->WriteError("\n");
}

bool IsOfC(std::string_view frame) { return frame.starts_with("\t[C]:"); }

// Hands source to the compiler byte by byte, so that `read` tells how far it came.
struct Pieces {
  std::string_view first;
  std::string_view second;
  size_t read = 0;
};

const char* NextByte(lua_State*, void* data, size_t* size) {
  auto* pieces = static_cast<Pieces*>(data);
  const size_t i = pieces->read;
  if (i == pieces->first.size() + pieces->second.size()) {
    *size = 0;
    return nullptr;
  }
  ++pieces->read;
  *size = 1;
  return i < pieces->first.size() ? &pieces->first[i] : &pieces->second[i - pieces->first.size()];
}

struct Compiled {
  int status;
  size_t read;  // bytes of the source the compiler looked at
  bool unfinished;
};

// Leaves a function or a message on the top.
Compiled Compile(lua_State* L, std::string_view prefix, std::string_view source) {
  Pieces pieces = {prefix, source};
  Compiled result = {};
  result.status = lua_load(L, NextByte, &pieces, kChunkName, "t");
  result.read = pieces.read - std::min(pieces.read, prefix.size());
  if (result.status == LUA_ERRSYNTAX) {
    size_t size;
    const char* message = lua_tolstring(L, -1, &size);
    result.unfinished = std::string_view(message, size).ends_with(kMissingMore);
  }
  return result;
}

// Compiles `source` as an expression or as statements. Leaves a function (LUA_OK) or the
// message of whichever reading came further on the top; nothing when `unfinished`.
Compiled CompileEither(lua_State* L, std::string_view source) {
  const Compiled expression = Compile(L, "return ", source);
  // Interrupted, or out of memory: the other reading would not fare better.
  if (expression.status != LUA_ERRSYNTAX) return expression;
  const Compiled statements = Compile(L, "", source);
  if (statements.status != LUA_ERRSYNTAX) {
    lua_remove(L, -2);
    return statements;
  }
  if (expression.unfinished || statements.unfinished) {
    lua_pop(L, 2);
    return {LUA_ERRSYNTAX, 0, true};
  }
  const bool expression_came_further = expression.read > statements.read;
  lua_remove(L, expression_came_further ? -1 : -2);
  return expression_came_further ? expression : statements;
}

// Adds a line, after a newline unless it is the first. False when memory is short.
bool AddLine(TextBuffer* source, std::string_view line) {
  return (source->empty() || source->Append("\n")) && source->Append(line);
}

}  // namespace

// Reads lines until they make a chunk: a function or a message is on the top then.
LineReader::Event Repl::ReadChunk(TextBuffer* source) {
  lua_State* L = runtime_.state();
  while (true) {
    std::string_view line;
    // Before the line: one that comes right after it is meant for the chunk.
    runtime_.ClearInterrupt();
    const LineReader::Event event = lines_.Read(source->empty() ? kPrompt : kContinued, &line);
    if (event != LineReader::Event::kLine) return event;
    if (source->empty()) {
      line.remove_prefix(std::min(line.find_first_not_of(" \t\r\n"), line.size()));
      if (line.empty()) continue;
      if (line.starts_with('=')) line.remove_prefix(1);  // Lua 5.1's way to ask for a value
    }
    if (!AddLine(source, line)) {
      lua_pushliteral(L, "not enough memory");
      return event;
    }
    if (!CompileEither(L, source->text()).unfinished) return event;
  }
}

// Runs the function on the top, or shows the message there. False when it ended the script.
bool Repl::RunChunk() {
  lua_State* L = runtime_.state();
  const int base = lua_gettop(L) - 1;
  const bool compiled = lua_isfunction(L, -1);
  bool ok = compiled && runtime_.Call(0, LUA_MULTRET).ok();
  const int results = lua_gettop(L) - base;
  if (ok && results > 0) {
    lua_pushcfunction(L, ShowValues);
    lua_insert(L, base + 1);
    lua_pushlightuserdata(L, &output_);
    lua_insert(L, base + 2);
    ok = runtime_.Call(results + 1, 0).ok();
  }
  if (!ok) {
    size_t size;
    const char* message = lua_tolstring(L, -1, &size);
    WriteScriptError(&output_, {message, size});
  }
  lua_settop(L, base);
  return !compiled || !runtime_.exit_code();
}

Repl::End Repl::Run() {
  while (true) {
    TextBuffer source(runtime_.state());
    const LineReader::Event event = ReadChunk(&source);
    if (event == LineReader::Event::kEnd) return End::kInput;
    if (event == LineReader::Event::kInterrupt) continue;
    lines_.Remember(source.text());
    runtime_.SetBudget(runtime_.options().timeout_seconds);
    const bool goes_on = RunChunk();
    runtime_.SetBudget(0);
    if (!goes_on) return End::kExit;
  }
}

void WriteScriptError(Output* output, std::string_view message) {
  const size_t end = std::min(message.find(kTraceback), message.size());
  WriteErrorLine(output, message.substr(0, end), Style::kError);
  std::string_view frames = message.substr(end);
  // The chunk itself, and how it was called, say nothing new.
  while (!frames.empty()) {
    const size_t last = frames.rfind('\n');
    const std::string_view frame = frames.substr(last + 1);
    if (!IsOfC(frame) && frame != kTailCalls && !frame.ends_with(" in main chunk")) break;
    frames = frames.substr(0, last);
  }
  if (frames.size() <= kTraceback.size()) return;
  frames.remove_prefix(1);
  while (!frames.empty()) {
    const std::string_view frame = frames.substr(0, frames.find('\n'));
    frames.remove_prefix(std::min(frame.size() + 1, frames.size()));
    if (!IsOfC(frame)) WriteErrorLine(output, frame, Style::kNote);
  }
}

}  // namespace moonlet
