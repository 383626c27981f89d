#include "vm/libraries.h"

#include <cstring>
#include <span>
#include <string_view>

#include "boards/files.h"
#include "vm/runtime.h"
#include "vm/stop.h"

namespace moonlet {
namespace {

// The same numbers from math.random in every run.
constexpr lua_Integer kRandomSeed = 0x4d6f6f6e;

// setmetatable(table, metatable) without __gc: a finalizer would run outside every limit.
int SetMetatable(lua_State* L) {
  const int type = lua_type(L, 2);
  luaL_checktype(L, 1, LUA_TTABLE);
  luaL_argexpected(L, type == LUA_TNIL || type == LUA_TTABLE, 2, "nil or table");
  if (luaL_getmetafield(L, 1, "__metatable") != LUA_TNIL)
    return luaL_error(L, "cannot change a protected metatable");
  lua_settop(L, 2);
  if (type == LUA_TTABLE) {
    lua_pushliteral(L, "__gc");
    if (lua_rawget(L, 2) != LUA_TNIL)
      return luaL_argerror(L, 2, "scripts cannot set __gc; __close works");
    lua_pop(L, 1);
  }
  lua_setmetatable(L, 1);
  return 1;
}

// collectgarbage([option [, argument]]) of the sandbox: nothing that lets garbage pile up.
int CollectGarbage(lua_State* L) {
  static constexpr const char* kOptions[] = {"collect", "count", "step", nullptr};
  switch (luaL_checkoption(L, 1, "collect", kOptions)) {
    case 0:
      lua_pushinteger(L, lua_gc(L, LUA_GCCOLLECT));
      return 1;
    case 1:
      lua_pushnumber(L, lua_gc(L, LUA_GCCOUNT) + lua_gc(L, LUA_GCCOUNTB) / 1024.0);
      return 1;
    default:
      lua_pushboolean(L, lua_gc(L, LUA_GCSTEP, static_cast<int>(luaL_optinteger(L, 2, 0))));
      return 1;
  }
}

#if defined(MOONLET_SYSTEM_LUA)
// load(chunk [, name [, mode [, env]]]): Lua of others would load binary chunks.
int LoadText(lua_State* L) {
  const char* mode = luaL_optstring(L, 3, "bt");
  if (std::strchr(mode, 't') == nullptr) {
    luaL_pushfail(L);
    lua_pushfstring(L, "attempt to load a text chunk (mode is '%s')", mode);
    return 2;
  }
  if (lua_gettop(L) < 3) lua_settop(L, 3);
  lua_pushliteral(L, "t");
  lua_replace(L, 3);
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_insert(L, 1);
  lua_call(L, lua_gettop(L) - 1, LUA_MULTRET);
  return lua_gettop(L);
}

// A message handler around the script's own, upvalue 1. Lua would call it for the error
// that a hook raises inside of it, with hooks switched off, and nothing could end it.
int GuardedHandler(lua_State* L) {
  if (Runtime::Of(L).stop().raised()) return 1;
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_insert(L, 1);
  lua_call(L, lua_gettop(L) - 1, 1);
  return 1;
}

// xpcall(f, handler, ...) that skips the handler while the stop flag is up.
int GuardedXpcall(lua_State* L) {
  luaL_checktype(L, 2, LUA_TFUNCTION);
  lua_pushvalue(L, 2);
  lua_pushcclosure(L, GuardedHandler, 1);
  lua_replace(L, 2);
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_insert(L, 1);
  lua_call(L, lua_gettop(L) - 1, LUA_MULTRET);
  return lua_gettop(L);
}

void Wrap(lua_State* L, const char* name, lua_CFunction wrapper) {
  lua_getglobal(L, name);
  lua_pushcclosure(L, wrapper, 1);
  lua_setglobal(L, name);
}
#endif

// warn() writes to the error output once "@on" was said, as lua(1) does.
struct Warnings {
  bool on = false;
  bool continues = false;
};

void Warn(void* context, const char* message, int to_be_continued) {
  Warnings& warnings = *static_cast<Warnings*>(context);
  if (!warnings.continues && !to_be_continued && message[0] == '@') {
    if (std::strcmp(message, "@on") == 0) warnings.on = true;
    if (std::strcmp(message, "@off") == 0) warnings.on = false;
    return;
  }
  if (warnings.on) {
    if (!warnings.continues) board::WriteError(std::string_view("Lua warning: "));
    board::WriteError(std::string_view(message));
    if (!to_be_continued) board::WriteError(std::string_view("\n"));
  }
  warnings.continues = to_be_continued != 0;
}

void Remove(lua_State* L, const char* library, std::span<const char* const> names) {
  lua_getglobal(L, library);
  for (const char* name : names) {
    lua_pushnil(L);
    lua_setfield(L, -2, name);
  }
  lua_pop(L, 1);
}

void Replace(lua_State* L, const char* library, const char* name, lua_CFunction function) {
  lua_getglobal(L, library);
  lua_pushcfunction(L, function);
  lua_setfield(L, -2, name);
  lua_pop(L, 1);
}

constexpr luaL_Reg kBoth[] = {
    {LUA_GNAME, luaopen_base},       {LUA_COLIBNAME, luaopen_coroutine},
    {LUA_TABLIBNAME, luaopen_table}, {LUA_STRLIBNAME, luaopen_string},
    {LUA_MATHLIBNAME, luaopen_math}, {LUA_UTF8LIBNAME, luaopen_utf8},
};
constexpr luaL_Reg kFull[] = {
    {LUA_IOLIBNAME, luaopen_io},
    {LUA_OSLIBNAME, luaopen_os},
    {LUA_DBLIBNAME, OpenDebugLibrary},
};
constexpr luaL_Reg kSandbox[] = {
    {LUA_IOLIBNAME, OpenSandboxIoLibrary},
    {LUA_OSLIBNAME, OpenSandboxOsLibrary},
};

void Open(lua_State* L, std::span<const luaL_Reg> libraries) {
  for (const luaL_Reg& library : libraries) {
    luaL_requiref(L, library.name, library.func, 1);
    lua_pop(L, 1);
  }
}

void OpenWarnings(lua_State* L) {
  auto* warnings = static_cast<Warnings*>(lua_newuserdatauv(L, sizeof(Warnings), 0));
  *warnings = {};
  static constexpr char kKey = 0;
  lua_rawsetp(L, LUA_REGISTRYINDEX, &kKey);
  lua_setwarnf(L, Warn, warnings);
}

void SeedRandom(lua_State* L) {
  lua_getglobal(L, "math");
  lua_getfield(L, -1, "randomseed");
  lua_pushinteger(L, kRandomSeed);
  lua_call(L, 1, 0);
  lua_pop(L, 1);
}

}  // namespace

int ExitScript(lua_State* L) {
  int code = 0;
  if (lua_isboolean(L, 1)) {
    code = lua_toboolean(L, 1) ? 0 : 1;
  } else {
    code = static_cast<int>(luaL_optinteger(L, 1, 0));
  }
  RaiseExit(L, code);
}

void OpenLibraries(lua_State* L) {
  static constexpr const char* kDump[] = {"dump"};
  static constexpr const char* kLoaders[] = {"dofile", "loadfile"};
  static constexpr const char* kLocale[] = {"setlocale"};
  const bool sandbox = !kFullProfile || Runtime::Of(L).options().sandbox;
  OpenWarnings(L);
  Open(L, kBoth);
  SeedRandom(L);
  Remove(L, LUA_STRLIBNAME, kDump);
  Replace(L, LUA_GNAME, "setmetatable", SetMetatable);
  if (sandbox || !kSameBitsEverywhere) Remove(L, LUA_GNAME, kLoaders);
#if defined(MOONLET_SYSTEM_LUA)
  static constexpr const char* kOfLua53[] = {"atan2", "cosh", "frexp", "ldexp",
                                             "log10", "pow",  "sinh",  "tanh"};
  Remove(L, LUA_MATHLIBNAME, kOfLua53);
  Wrap(L, "load", LoadText);
  Wrap(L, "xpcall", GuardedXpcall);
#endif
  if (sandbox) {
    Replace(L, LUA_GNAME, "collectgarbage", CollectGarbage);
    Open(L, kSandbox);
  } else {
    Open(L, kFull);
    Remove(L, LUA_OSLIBNAME, kLocale);
    Replace(L, LUA_OSLIBNAME, "exit", ExitScript);
    AddVolumes(L);
  }
}

}  // namespace moonlet
