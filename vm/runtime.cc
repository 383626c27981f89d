#include "vm/runtime.h"

#include <algorithm>
#include <cstring>
#include <string_view>

#include "boards/board.h"
#include "vm/libraries.h"
#include "vm/load_file.h"
#include "vm/modules.h"
#include "vm/stop.h"

namespace moonlet {
namespace {

// Texts that Lua or we need when there may be no memory left to make them. Short
// strings exist once each, so holding them makes their creation free.
constexpr const char* kAnchoredTexts[] = {"error in error handling", "C stack overflow"};
constexpr char kAnchor = 0;

void AnchorTexts(lua_State* L) {
  lua_createtable(L, static_cast<int>(std::size(kAnchoredTexts)), 0);
  for (size_t i = 0; i < std::size(kAnchoredTexts); ++i) {
    lua_pushstring(L, kAnchoredTexts[i]);
    lua_rawseti(L, -2, static_cast<lua_Integer>(i + 1));
  }
  lua_rawsetp(L, LUA_REGISTRYINDEX, &kAnchor);
}

int OpenState(lua_State* L) {
  AnchorTexts(L);
  OpenLibraries(L);
  OpenModules(L);
  return 0;
}

// Pieces of a chunk, for lua_load.
struct Pieces {
  std::span<const std::span<const char>> list;
  size_t next = 0;
};

const char* NextPiece(lua_State*, void* context, size_t* size) {
  Pieces& pieces = *static_cast<Pieces*>(context);
  if (pieces.next == pieces.list.size()) return nullptr;
  const std::span<const char> piece = pieces.list[pieces.next++];
  *size = piece.size();
  return piece.data();
}

int LoadPieces(lua_State* L, std::span<const std::span<const char>> list, const char* name) {
  Pieces pieces{list};
  return lua_load(L, NextPiece, &pieces, name, "t");
}

// The message on top says that more text could complete the chunk.
bool EndsAtEof(lua_State* L) {
  size_t size;
  const char* message = lua_tolstring(L, -1, &size);
  constexpr std::string_view kMark = "<eof>";
  return message != nullptr && std::string_view(message, size).ends_with(kMark);
}

struct Run {
  const char* path;
  std::span<const char* const> arguments;
};

// Leaves the chunk and its arguments, and sets `arg`.
int PrepareRun(lua_State* L) {
  const Run& run = Runtime::Context<Run>(L);
  const int count = static_cast<int>(run.arguments.size());
  if (LoadScript(L, run.path, "t") != LUA_OK) return lua_error(L);
  luaL_checkstack(L, count + 2, "too many arguments");
  lua_createtable(L, count, 1);
  lua_pushstring(L, run.path);
  lua_rawseti(L, -2, 0);
  for (int i = 0; i < count; ++i) {
    lua_pushstring(L, run.arguments[static_cast<size_t>(i)]);
    lua_rawseti(L, -2, i + 1);
  }
  lua_setglobal(L, "arg");
  for (const char* argument : run.arguments) lua_pushstring(L, argument);
  return count + 1;
}

int LoadFileFunction(lua_State* L) {
  return LoadScript(L, &Runtime::Context<char>(L), "t") == LUA_OK ? 1 : lua_error(L);
}

}  // namespace

int Traceback(lua_State* L) {
  const char* message = lua_tostring(L, 1);
  if (message == nullptr) {
    if (luaL_callmeta(L, 1, "__tostring") && lua_type(L, -1) == LUA_TSTRING) return 1;
    message = lua_pushfstring(L, "(error object is a %s value)", luaL_typename(L, 1));
  }
  luaL_traceback(L, L, message, 1);
  return 1;
}

Runtime::~Runtime() { Close(); }

Status Runtime::Open(const RuntimeOptions& options) {
  Close();
  options_ = options;
  heap_.set_cap(options.memory_cap);
  state_ = lua_newstate(Heap::LuaAlloc, &heap_);
  if (state_ == nullptr) return Status::NoMemory(options.memory_cap);
  StopToken* stop = &stop_;
  std::memcpy(lua_getextraspace(state_), &stop, sizeof(stop));
  heap_.set_state(state_);
  files_ = options.files != nullptr ? options.files : &own_files_;
  heap_.set_ram(files_->ram().used());
  files_->ram().set_memory(heap_.ram());
  InstallStop(state_);
  if (Status s = Protect(OpenState, nullptr); !s.ok()) {
    Close();
    return s;
  }
  if (options.timeout_seconds > 0) SetBudget(options.timeout_seconds);
  return {};
}

void Runtime::Close() {
  if (state_ == nullptr) return;
  lua_close(state_);
  state_ = nullptr;
  heap_.set_state(nullptr);
  heap_.set_ram(0);
  files_->ram().set_memory(MallocAllocator());
  if (deadline_ != 0) SetBudget(0);
}

Runtime& Runtime::Of(lua_State* L) {
  // The stop flag is the first member, and every thread's extra space points to it.
  Runtime* runtime;
  std::memcpy(&runtime, lua_getextraspace(L), sizeof(runtime));
  return *runtime;
}

Status Runtime::RunFile(const char* path, std::span<const char* const> arguments) {
  SetScriptOf(path);
  const Run run = {path, arguments};
  const int base = lua_gettop(state_);
  if (Status s = Guard(PrepareRun, &run, LUA_MULTRET); !s.ok()) return s;
  return Call(lua_gettop(state_) - base - 1, 0);
}

Status Runtime::RunString(const char* text, const char* chunk_name) {
  if (Status s = LoadString({text, std::strlen(text)}, chunk_name); !s.ok()) return s;
  return Call(0, 0);
}

Status Runtime::LoadFile(const char* path) { return Guard(LoadFileFunction, path, 1); }

Status Runtime::LoadString(std::span<const char> text, const char* chunk_name) {
  return Failure(LoadPieces(state_, {&text, 1}, chunk_name));
}

Status Runtime::LoadLine(std::span<const char> text, bool* incomplete) {
  constexpr const char* kName = "=stdin";
  constexpr std::string_view kReturn = "return ";
  const std::span<const char> expression[] = {kReturn, text};
  *incomplete = false;
  if (LoadPieces(state_, expression, kName) == LUA_OK) return {};
  lua_pop(state_, 1);
  const int status = LoadPieces(state_, {&text, 1}, kName);
  *incomplete = status == LUA_ERRSYNTAX && EndsAtEof(state_);
  return Failure(status);
}

Status Runtime::Call(int arguments, int results) {
  return CallBelow(arguments, results, Traceback);
}

Status Runtime::Protect(lua_CFunction function, const void* context) {
  return Guard(function, context, 0);
}

Status Runtime::Guard(lua_CFunction function, const void* context, int results) {
  // A new state has room for these; later ones may have to grow the stack.
  if (!lua_checkstack(state_, 3)) return Status::NoMemory(3 * sizeof(void*) * 2);
  lua_pushcfunction(state_, function);
  lua_pushlightuserdata(state_, const_cast<void*>(context));
  return CallBelow(1, results, nullptr);
}

Status Runtime::CallBelow(int arguments, int results, lua_CFunction handler) {
  const int base = lua_gettop(state_) - arguments;
  if (handler != nullptr) {
    if (!lua_checkstack(state_, 1)) return Status::NoMemory(sizeof(void*) * 2);
    lua_pushcfunction(state_, handler);
    lua_insert(state_, base);
  }
  if (depth_ == 0) exit_code_.reset();
  ++depth_;
  int status = lua_pcall(state_, arguments, results, handler != nullptr ? base : 0);
  --depth_;
  if (handler != nullptr) lua_remove(state_, base);
  if (exiting_ && status == LUA_OK) {
    // It caught os.exit and came to its end before the flag was looked at again.
    lua_settop(state_, base - 1);
    lua_pushnil(state_);
    status = LUA_ERRRUN;
  }
  Status answer = Failure(status);
  if (depth_ == 0 && exiting_) {
    exiting_ = false;
    LowerStop();
  }
  return answer;
}

Status Runtime::Failure(int lua_status) {
  if (lua_status == LUA_OK) return {};
  if (lua_type(state_, -1) != LUA_TSTRING) {
    lua_pop(state_, 1);
    lua_rawgetp(state_, LUA_REGISTRYINDEX, &kAnchor);
    lua_rawgeti(state_, -1, 1);
    lua_remove(state_, -2);
  }
  size_t size;
  const char* message = lua_tolstring(state_, -1, &size);
  const size_t line = std::min(std::string_view(message, size).find('\n'), size);
  Code code = Code::kInvalid;
  if (lua_status == LUA_ERRMEM) code = Code::kNoMemory;
  if (exiting_ || budget_spent_) code = Code::kStopped;
  return Status::Error(code, "%.*s", static_cast<int>(line), message);
}

void Runtime::SetScriptOf(const char* path) {
  const char* slash = std::strrchr(path, '/');
  SetScriptDir({path, slash == nullptr ? 0 : static_cast<size_t>(slash - path) + (slash == path)});
}

void Runtime::SetScriptDir(std::string_view folder) {
  if (folder.size() >= sizeof(script_dir_)) return;
  script_dir_[folder.copy(script_dir_, folder.size())] = '\0';
}

}  // namespace moonlet
