#include "shell/raw_repl.h"

#include <cstdio>

#include "shell/keys.h"

namespace moonlet {
namespace {

constexpr const char* kPastedName = "=stdin";
constexpr std::string_view kEndOfPart = "\x04";
constexpr std::string_view kWindowTaken = "\x01";
constexpr char kPaste = 'A';  // the one kind of paste there is

bool EndsCode(int byte) {
  return byte == Ctrl('C') || byte == Ctrl('D') || byte == SerialLine::kClosed;
}

// Code on its way from the line to the compiler.
struct PastedCode {
  static constexpr int kMore = -2;

  SerialLine& line;
  const uint16_t window;
  uint16_t left;    // bytes until the sender learns of a window taken
  int end = kMore;  // the byte that ended it
  char byte = '\0';

  void Drain() {
    while (end == kMore)
      if (const int next = line.Read(); EndsCode(next)) end = next;
  }
};

const char* NextPasted(lua_State*, void* context, size_t* size) {
  PastedCode& code = *static_cast<PastedCode*>(context);
  *size = 0;
  if (code.end != PastedCode::kMore) return nullptr;
  const int byte = code.line.Read();
  if (EndsCode(byte)) {
    code.end = byte;
    return nullptr;
  }
  if (--code.left == 0) {
    code.line.Write(kWindowTaken);
    code.left = code.window;
  }
  code.byte = static_cast<char>(byte);
  *size = 1;
  return &code.byte;
}

}  // namespace

RawRepl::End RawRepl::Run() {
  line_.SetRunning(nullptr);
  Greet();
  while (true) {
    const int byte = line_.Read();
    switch (byte) {
      case SerialLine::kClosed:
        return End::kClosed;
      case Ctrl('A'):
        AsksForPaste() ? RunPaste() : Greet();
        DropCode();
        break;
      case Ctrl('B'):
        line_.Write("\r\n");
        return End::kFriendly;
      case Ctrl('C'):
        DropCode();
        break;
      case Ctrl('D'):
        line_.Write("OK");
        if (code_.empty() && fits_) {
          line_.Write("\r\n");
          return End::kReset;
        }
        RunCode();
        break;
      default:
        TakeCode(byte);
    }
  }
}

void RawRepl::Greet() { line_.Write("raw REPL; CTRL-B to exit\r\n>"); }

void RawRepl::TakeCode(int byte) {
  const char bytes[] = {static_cast<char>(byte)};
  if (fits_ && code_.Append({bytes, 1})) return;
  fits_ = false;
  code_.Release();
}

void RawRepl::DropCode() {
  code_.Release();
  fits_ = true;
}

// Ctrl-E and a letter before Ctrl-A are no code.
bool RawRepl::AsksForPaste() const { return code_.size() == 2 && code_.text()[0] == Ctrl('E'); }

void RawRepl::RunCode() {
  const bool fits = fits_;
  const std::string_view code = code_.text();
  const bool loaded = fits && runtime_.LoadString({code.data(), code.size()}, kPastedName).ok();
  DropCode();
  if (!fits) return Answer("not enough memory\r\n");
  Execute(loaded);
}

void RawRepl::RunPaste() {
  if (code_.text()[1] != kPaste) return line_.Write({"R\0", 2});
  const char window[] = {static_cast<char>(window_ & 0xFF), static_cast<char>(window_ >> 8)};
  line_.Write("R\x01");
  line_.Write({window, 2});
  line_.Write(kWindowTaken);
  PastedCode code = {line_, window_, window_};
  const bool loaded = lua_load(runtime_.state(), NextPasted, &code, kPastedName, "t") == LUA_OK;
  line_.Write(kEndOfPart);
  code.Drain();
  if (code.end == Ctrl('D')) return Execute(loaded);
  lua_pop(runtime_.state(), 1);
  Answer("interrupted\r\n");
}

// Runs the function on the top, or answers with the message there.
void RawRepl::Execute(bool loaded) {
  lua_State* L = runtime_.state();
  line_.SetRunning(&runtime_);
  const bool ok = loaded && runtime_.Call(0, 0).ok();
  line_.SetRunning(nullptr);
  if (ok) return Answer("");
  if (loaded && runtime_.exit_code()) {
    char text[32] = "";
    if (*runtime_.exit_code() != 0)
      std::snprintf(text, sizeof(text), "os.exit(%d)\r\n", *runtime_.exit_code());
    Answer(text);
  } else {
    size_t size;
    const char* message = lua_tolstring(L, -1, &size);
    Answer({message, size});
  }
  lua_pop(L, 1);
}

// Ends the output; then comes what went wrong.
void RawRepl::Answer(std::string_view error) {
  line_.Write(kEndOfPart);
  line_.Write(error);
  if (!error.empty() && !error.ends_with('\n')) line_.Write("\r\n");
  line_.Write(kEndOfPart);
  line_.Write(">");
}

}  // namespace moonlet
