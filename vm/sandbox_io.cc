// `io` of the sandbox: open, lines, read, write and type, as Lua's manual describes
// them, over files that vm/files.h lets through and the console. The full profile has
// files of this kind in /rom and /ram.
#include <cctype>
#include <cstring>
#include <new>
#include <string_view>

#include "vm/files.h"
#include "vm/libraries.h"
#include "vm/runtime.h"
#include "vm/stream.h"

namespace moonlet {
namespace {

constexpr const char* kFileType = "moonlet.file";
constexpr char kConsole = 0;  // registry key of the console's Stream
constexpr int kMaxFormats = 250;
static_assert(std::is_trivially_destructible_v<Stream>);

Stream* CheckStream(lua_State* L, int index) {
  auto* stream = static_cast<Stream*>(luaL_checkudata(L, index, kFileType));
  if (!stream->is_open()) luaL_error(L, "attempt to use a closed file");
  return stream;
}

Stream* Console(lua_State* L) {
  lua_rawgetp(L, LUA_REGISTRYINDEX, &kConsole);
  auto* stream = static_cast<Stream*>(lua_touserdata(L, -1));
  lua_pop(L, 1);
  return stream;
}

Stream* PushStream(lua_State* L);

// nil and the message, for the world's refusals. An interrupted read raises.
int PushRefusal(lua_State* L, const char* path, const Status& status) {
  if (status.code() == Code::kStopped) Runtime::RaiseStop(L);
  luaL_pushfail(L);
  if (path != nullptr) {
    lua_pushfstring(L, "%s: %s", path, status.what());
  } else {
    lua_pushstring(L, status.what());
  }
  return 2;
}

int PushDone(lua_State* L, const Status& status) {
  if (!status.ok()) return PushRefusal(L, nullptr, status);
  lua_pushboolean(L, true);
  return 1;
}

// ---- reading ----

// Pushes a line without or with its end; false at the end of the file.
bool ReadLine(lua_State* L, Stream* stream, bool keep_end, Status* status) {
  luaL_Buffer line;
  luaL_buffinit(L, &line);
  bool any = false;
  for (bool ended = false; !ended;) {
    if (Runtime::Of(L).stop().raised()) Runtime::RaiseStop(L);
    const std::span<const uint8_t> rest = stream->Buffered(status);
    if (rest.empty()) break;
    any = true;
    const void* end = std::memchr(rest.data(), '\n', rest.size());
    ended = end != nullptr;
    const size_t length =
        ended ? static_cast<size_t>(static_cast<const uint8_t*>(end) - rest.data()) : rest.size();
    luaL_addlstring(&line, reinterpret_cast<const char*>(rest.data()), length);
    if (ended && keep_end) luaL_addchar(&line, '\n');
    stream->Skip(length + (ended ? 1 : 0));
  }
  luaL_pushresult(&line);
  return any;
}

// Pushes up to `count` bytes; false when there are none.
bool ReadCount(lua_State* L, Stream* stream, lua_Unsigned count, Status* status) {
  luaL_Buffer text;
  luaL_buffinit(L, &text);
  bool any = count == 0 && stream->Peek(status) != Stream::kEnd;
  while (count > 0) {
    if (Runtime::Of(L).stop().raised()) Runtime::RaiseStop(L);
    const std::span<const uint8_t> rest = stream->Buffered(status);
    if (rest.empty()) break;
    any = true;
    const size_t length = rest.size() < count ? rest.size() : static_cast<size_t>(count);
    luaL_addlstring(&text, reinterpret_cast<const char*>(rest.data()), length);
    stream->Skip(length);
    count -= length;
  }
  luaL_pushresult(&text);
  return any;
}

// The longest text that could begin a numeral, as io.read("n") takes it.
class NumeralReader {
 public:
  NumeralReader(lua_State* L, Stream* stream, Status* status)
      : L_(L), stream_(stream), status_(status) {}

  // Pushes the number, or nil.
  bool Read() {
    while (std::isspace(Peek())) {
      if (Runtime::Of(L_).stop().raised()) Runtime::RaiseStop(L_);
      stream_->Skip();
    }
    Accept("+-");
    bool hex = false;
    int digits = 0;
    if (Accept("0")) {
      hex = Accept("xX");
      digits = hex ? 0 : 1;
    }
    digits += Digits(hex);
    if (Accept(".")) digits += Digits(hex);
    if (digits > 0 && Accept(hex ? "pP" : "eE")) {
      Accept("+-");
      Digits(false);
    }
    text_[length_] = '\0';
    if (!overflow_ && lua_stringtonumber(L_, text_) != 0) return true;
    lua_pushnil(L_);
    return false;
  }

 private:
  int Peek() { return stream_->Peek(status_); }
  bool Take() {
    if (length_ + 1 >= sizeof(text_)) {
      overflow_ = true;
      return false;
    }
    text_[length_++] = static_cast<char>(Peek());
    stream_->Skip();
    return true;
  }
  bool Accept(const char* set) {
    const int c = Peek();
    return c > 0 && std::strchr(set, c) != nullptr && Take();
  }
  int Digits(bool hex) {
    int count = 0;
    for (int c = Peek(); c != Stream::kEnd && (hex ? std::isxdigit(c) : std::isdigit(c)) && Take();
         c = Peek())
      ++count;
    return count;
  }

  lua_State* L_;
  Stream* stream_;
  Status* status_;
  size_t length_ = 0;
  bool overflow_ = false;
  char text_[201];
};

// Pushes what the format at `index` asks for, or something to be replaced by nil.
bool ReadFormat(lua_State* L, Stream* stream, int index, Status* status) {
  if (lua_type(L, index) == LUA_TNUMBER)
    return ReadCount(L, stream, static_cast<lua_Unsigned>(luaL_checkinteger(L, index)), status);
  const char* format = luaL_checkstring(L, index);
  if (*format == '*') ++format;  // as older scripts write it
  switch (*format) {
    case 'n':
      return NumeralReader(L, stream, status).Read();
    case 'l':
      return ReadLine(L, stream, false, status);
    case 'L':
      return ReadLine(L, stream, true, status);
    case 'a':
      ReadCount(L, stream, LUA_MAXINTEGER, status);
      return true;
    default:
      return luaL_argerror(L, index, "invalid format") != 0;
  }
}

// Reads by the formats from index `first` on, or a line.
int Read(lua_State* L, Stream* stream, int first) {
  const int count = lua_gettop(L) - first + 1;
  luaL_checkstack(L, count + LUA_MINSTACK, "too many arguments");
  Status status;
  bool going = true;
  int results = 0;
  if (count <= 0) {
    going = ReadLine(L, stream, false, &status);
    results = 1;
  }
  for (int i = 0; i < count && going && status.ok(); ++i, ++results)
    going = ReadFormat(L, stream, first + i, &status);
  if (!status.ok()) return PushRefusal(L, nullptr, status);
  if (!going) {
    lua_pop(L, 1);
    luaL_pushfail(L);
  }
  return results;
}

// The iterator of lines(): upvalues are the file, the number of formats, whether to
// close it at its end, and the formats.
int NextLine(lua_State* L) {
  auto* stream = static_cast<Stream*>(lua_touserdata(L, lua_upvalueindex(1)));
  const auto count = static_cast<int>(lua_tointeger(L, lua_upvalueindex(2)));
  if (!stream->is_open()) return luaL_error(L, "file is already closed");
  lua_settop(L, 1);
  luaL_checkstack(L, count, "too many arguments");
  for (int i = 1; i <= count; ++i) lua_pushvalue(L, lua_upvalueindex(3 + i));
  const int results = Read(L, stream, 2);
  if (lua_toboolean(L, -results)) return results;
  if (results > 1) return luaL_error(L, "%s", lua_tostring(L, -results + 1));
  if (lua_toboolean(L, lua_upvalueindex(3))) (void)stream->Close();
  return 0;
}

// Makes the iterator of the file at index 1 with the formats above it.
void PushLines(lua_State* L, bool close) {
  const int count = lua_gettop(L) - 1;
  luaL_argcheck(L, count <= kMaxFormats, kMaxFormats + 2, "too many arguments");
  lua_pushvalue(L, 1);
  lua_pushinteger(L, count);
  lua_pushboolean(L, close);
  lua_rotate(L, 2, 3);
  lua_pushcclosure(L, NextLine, 3 + count);
}

// ---- writing ----

// Writes the arguments from index `first` on; `file` is what a success returns.
int Write(lua_State* L, Stream* stream, int first, int file) {
  const int last = lua_gettop(L);
  Status status;
  for (int i = first; i <= last && status.ok(); ++i) {
    size_t size;
    const char* text = luaL_checklstring(L, i, &size);
    status = stream->Write({reinterpret_cast<const uint8_t*>(text), size});
  }
  if (!status.ok()) return PushRefusal(L, nullptr, status);
  lua_pushvalue(L, file);
  return 1;
}

// ---- methods ----

int FileRead(lua_State* L) { return Read(L, CheckStream(L, 1), 2); }
int FileWrite(lua_State* L) { return Write(L, CheckStream(L, 1), 2, 1); }
int FileFlush(lua_State* L) { return PushDone(L, CheckStream(L, 1)->Flush()); }
int CloseMethod(lua_State* L) { return PushDone(L, CheckStream(L, 1)->Close()); }

int LinesMethod(lua_State* L) {
  CheckStream(L, 1);
  PushLines(L, false);
  return 1;
}

int FileSeek(lua_State* L) {
  static constexpr const char* kWhence[] = {"set", "cur", "end", nullptr};
  Stream* stream = CheckStream(L, 1);
  const int whence = luaL_checkoption(L, 2, "cur", kWhence);
  const lua_Integer offset = luaL_optinteger(L, 3, 0);
  int64_t position = 0;
  if (Status s = stream->Seek(offset, whence, &position); !s.ok())
    return PushRefusal(L, nullptr, s);
  lua_pushinteger(L, position);
  return 1;
}

// The buffer is as it is; scripts that set it run all the same.
int FileSetBuffer(lua_State* L) {
  static constexpr const char* kModes[] = {"no", "full", "line", nullptr};
  CheckStream(L, 1);
  luaL_checkoption(L, 2, nullptr, kModes);
  lua_pushboolean(L, true);
  return 1;
}

int FileToString(lua_State* L) {
  auto* stream = static_cast<Stream*>(luaL_checkudata(L, 1, kFileType));
  if (stream->is_open()) {
    lua_pushfstring(L, "file (%p)", static_cast<void*>(stream));
  } else {
    lua_pushliteral(L, "file (closed)");
  }
  return 1;
}

int FileFinish(lua_State* L) {
  (void)static_cast<Stream*>(luaL_checkudata(L, 1, kFileType))->Close();
  return 0;
}

constexpr luaL_Reg kMethods[] = {
    {"read", FileRead},   {"write", FileWrite},   {"lines", LinesMethod},     {"seek", FileSeek},
    {"flush", FileFlush}, {"close", CloseMethod}, {"setvbuf", FileSetBuffer}, {nullptr, nullptr}};
constexpr luaL_Reg kMetamethods[] = {{"__gc", FileFinish},
                                     {"__close", FileFinish},
                                     {"__tostring", FileToString},
                                     {nullptr, nullptr}};

// The class is made with the first file.
Stream* PushStream(lua_State* L) {
  auto* stream = new (lua_newuserdatauv(L, sizeof(Stream), 0)) Stream;
  if (luaL_newmetatable(L, kFileType)) {
    luaL_setfuncs(L, kMetamethods, 0);
    luaL_newlibtable(L, kMethods);
    luaL_setfuncs(L, kMethods, 0);
    lua_setfield(L, -2, "__index");
    lua_pushliteral(L, "file");
    lua_setfield(L, -2, "__metatable");
  }
  lua_setmetatable(L, -2);
  return stream;
}

// ---- functions ----

// [rwa]%+?b? to flags of boards/files.h; 0 when malformed.
unsigned ParseMode(std::string_view mode) {
  unsigned flags = 0;
  if (mode.starts_with('r')) flags = board::kRead;
  if (mode.starts_with('w')) flags = board::kWrite | board::kCreate | board::kTruncate;
  if (mode.starts_with('a')) flags = board::kWrite | board::kCreate | board::kAppend;
  if (flags == 0) return 0;
  mode.remove_prefix(1);
  if (mode.starts_with('+')) {
    flags |= board::kRead | board::kWrite;
    mode.remove_prefix(1);
  }
  return mode.empty() || mode == "b" ? flags : 0;
}

Status OpenStream(lua_State* L, const char* path, unsigned flags, Stream* stream) noexcept {
  char resolved[board::kMaxPath];
  const bool writes = (flags & board::kWrite) != 0;
  if (Status s = ResolveAllowed(L, path, writes, resolved); !s.ok()) return s;
  File file;
  if (Status s = Runtime::Of(L).files().Open(resolved, flags | board::kNoLink, &file); !s.ok())
    return s;
  stream->OpenFile(file, (flags & board::kRead) != 0, writes);
  return {};
}

int IoRead(lua_State* L) { return Read(L, Console(L), 1); }

int IoWrite(lua_State* L) {
  lua_rawgetp(L, LUA_REGISTRYINDEX, &kConsole);
  lua_insert(L, 1);
  return Write(L, Console(L), 2, 1);
}

constexpr luaL_Reg kFunctions[] = {{"open", OpenFile}, {"lines", FileLines}, {"read", IoRead},
                                   {"write", IoWrite}, {"type", FileType},   {nullptr, nullptr}};

}  // namespace

int OpenFile(lua_State* L) {
  const char* path = luaL_checkstring(L, 1);
  const unsigned flags = ParseMode(luaL_optstring(L, 2, "r"));
  luaL_argcheck(L, flags != 0, 2, "invalid mode");
  if (Status s = OpenStream(L, path, flags, PushStream(L)); !s.ok()) return PushRefusal(L, path, s);
  return 1;
}

int FileLines(lua_State* L) {
  if (lua_isnoneornil(L, 1)) {
    if (lua_gettop(L) == 0) lua_pushnil(L);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &kConsole);
    lua_replace(L, 1);
    PushLines(L, false);
    return 1;
  }
  const char* path = luaL_checkstring(L, 1);
  if (Status s = OpenStream(L, path, board::kRead, PushStream(L)); !s.ok())
    return luaL_error(L, "%s: %s", path, s.what());
  lua_replace(L, 1);
  PushLines(L, true);
  lua_pushnil(L);
  lua_pushnil(L);
  lua_pushvalue(L, 1);  // closed when the loop ends, however it does
  return 4;
}

int FileType(lua_State* L) {
  luaL_checkany(L, 1);
  const auto* stream = static_cast<Stream*>(luaL_testudata(L, 1, kFileType));
  if (stream == nullptr) {
    luaL_pushfail(L);
  } else {
    lua_pushstring(L, stream->is_open() ? "file" : "closed file");
  }
  return 1;
}

int CloseFile(lua_State* L) { return CloseMethod(L); }

bool IsFileOfOurs(lua_State* L, int index) {
  return luaL_testudata(L, index, kFileType) != nullptr;
}

int OpenSandboxIoLibrary(lua_State* L) {
  PushStream(L)->OpenConsole(Runtime::Of(L).stop());
  lua_rawsetp(L, LUA_REGISTRYINDEX, &kConsole);
  luaL_newlibtable(L, kFunctions);
  luaL_setfuncs(L, kFunctions, 0);
  return 1;
}

}  // namespace moonlet
