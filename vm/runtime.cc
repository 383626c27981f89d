#include "vm/runtime.h"

#include <cstring>

namespace moonlet {
namespace {

constexpr luaL_Reg kLibraries[] = {
    {LUA_GNAME, luaopen_base},       {LUA_COLIBNAME, luaopen_coroutine},
    {LUA_TABLIBNAME, luaopen_table}, {LUA_STRLIBNAME, luaopen_string},
    {LUA_MATHLIBNAME, luaopen_math}, {LUA_UTF8LIBNAME, luaopen_utf8},
    {LUA_IOLIBNAME, luaopen_io},     {LUA_OSLIBNAME, luaopen_os},
    {LUA_DBLIBNAME, luaopen_debug},
};

int Traceback(lua_State* L) {
  const char* message = lua_tostring(L, 1);
  if (message == nullptr) message = luaL_tolstring(L, 1, nullptr);
  luaL_traceback(L, L, message, 1);
  return 1;
}

}  // namespace

void OnStop(lua_State* L) {
  Runtime& runtime = Runtime::Of(L);
  if (!runtime.interrupted_) return;
  runtime.interrupted_ = false;
  runtime.stop_.Lower();
  luaL_error(L, "interrupted");
}

extern "C" void moonlet_onstop(lua_State* L) { OnStop(L); }

Runtime::~Runtime() { Close(); }

Status Runtime::Open(const RuntimeOptions&) {
  state_ = luaL_newstate();
  if (state_ == nullptr) return Status::NoMemory(0);
  StopToken* stop = &stop_;
  std::memcpy(lua_getextraspace(state_), &stop, sizeof(stop));
  for (const luaL_Reg& library : kLibraries) {
    luaL_requiref(state_, library.name, library.func, 1);
    lua_pop(state_, 1);
  }
  return {};
}

void Runtime::Close() {
  if (state_ != nullptr) lua_close(state_);
  state_ = nullptr;
}

Runtime& Runtime::Of(lua_State* L) {
  // The stop flag is the first member, and every thread's extra space points to it.
  Runtime* runtime;
  std::memcpy(&runtime, lua_getextraspace(L), sizeof(runtime));
  return *runtime;
}

void Runtime::Interrupt() {
  interrupted_ = true;
  stop_.Raise();
}

Status Runtime::RunFile(const char* path, std::span<const char* const> arguments) {
  if (luaL_loadfilex(state_, path, "t") != LUA_OK)
    return Status::Invalid("%s", lua_tostring(state_, -1));
  for (const char* argument : arguments) lua_pushstring(state_, argument);
  return Call(static_cast<int>(arguments.size()), 0);
}

Status Runtime::RunString(const char* text, const char* chunk_name) {
  if (luaL_loadbufferx(state_, text, std::strlen(text), chunk_name, "t") != LUA_OK)
    return Status::Invalid("%s", lua_tostring(state_, -1));
  return Call(0, 0);
}

Status Runtime::Call(int arguments, int results) {
  const int base = lua_gettop(state_) - arguments;
  lua_pushcfunction(state_, Traceback);
  lua_insert(state_, base);
  const int status = lua_pcall(state_, arguments, results, base);
  lua_remove(state_, base);
  if (status != LUA_OK) return Status::Invalid("%s", lua_tostring(state_, -1));
  return {};
}

}  // namespace moonlet
