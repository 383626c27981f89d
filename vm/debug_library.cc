// `debug` as far as it cannot break what Lua and our modules rely on. Lua trusts its
// own C functions: with the registry, user values, upvalues of C functions, values
// between two instructions or another metatable for a userdata a script can crash the
// process. Hooks would replace the one that ends a script.
#include "vm/libraries.h"

namespace moonlet {
namespace {

// debug.getlocal and setlocal take an optional thread first.
lua_State* ThreadOf(lua_State* L, int* first) {
  *first = lua_isthread(L, 1) ? 2 : 1;
  return lua_isthread(L, 1) ? lua_tothread(L, 1) : L;
}

// Calls the library's own function, upvalue 1, with all arguments.
int CallOriginal(lua_State* L) {
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_insert(L, 1);
  lua_call(L, lua_gettop(L) - 1, LUA_MULTRET);
  return lua_gettop(L);
}

// Whether level `level` of `thread` runs Lua code. Without such a level: true, and the
// library says so itself.
bool RunsLua(lua_State* thread, int level) {
  lua_Debug frame;
  return !lua_getstack(thread, level, &frame) ||
         (lua_getinfo(thread, "S", &frame) && frame.what[0] != 'C');
}

// debug.getlocal([thread,] f, local): of Lua functions.
int GetLocal(lua_State* L) {
  int first;
  lua_State* thread = ThreadOf(L, &first);
  lua_Debug frame;
  if (lua_isfunction(L, first)) {
    lua_settop(L, first + 1);
    const auto local = static_cast<int>(luaL_checkinteger(L, first + 1));
    lua_pushvalue(L, first);
    lua_pushstring(L, lua_getlocal(L, nullptr, local));
    return 1;
  }
  const auto level = static_cast<int>(luaL_checkinteger(L, first));
  const auto local = static_cast<int>(luaL_checkinteger(L, first + 1));
  if (!lua_getstack(thread, level, &frame)) return luaL_argerror(L, first, "level out of range");
  if (!RunsLua(thread, level)) return 0;
  if (thread != L) luaL_argcheck(L, lua_checkstack(thread, 1), 1, "stack overflow");
  const char* name = lua_getlocal(thread, &frame, local);
  if (name == nullptr) return 0;
  if (thread != L) lua_xmove(thread, L, 1);
  lua_pushstring(L, name);
  lua_insert(L, -2);
  return 2;
}

// debug.setlocal([thread,] level, local, value): of a named variable of a Lua function.
int SetLocal(lua_State* L) {
  int first;
  lua_State* thread = ThreadOf(L, &first);
  lua_Debug frame;
  const auto level = static_cast<int>(luaL_checkinteger(L, first));
  const auto local = static_cast<int>(luaL_checkinteger(L, first + 1));
  luaL_checkany(L, first + 2);
  lua_settop(L, first + 2);
  if (!lua_getstack(thread, level, &frame)) return luaL_argerror(L, first, "level out of range");
  if (!RunsLua(thread, level)) return 0;
  if (thread != L) luaL_argcheck(L, lua_checkstack(thread, 1), 1, "stack overflow");
  const char* name = lua_getlocal(thread, &frame, local);
  if (name == nullptr) return 0;
  lua_pop(thread, 1);
  if (name[0] == '(' && local > 0) return 0;  // a value Lua holds for itself
  if (thread != L) lua_xmove(L, thread, 1);
  lua_pushstring(L, lua_setlocal(thread, &frame, local));
  return 1;
}

// debug.getupvalue(f, n) and setupvalue(f, n, value): of Lua functions.
int Upvalue(lua_State* L) {
  luaL_checktype(L, 1, LUA_TFUNCTION);
  return lua_iscfunction(L, 1) ? 0 : CallOriginal(L);
}

}  // namespace

int OpenDebugLibrary(lua_State* L) {
  static constexpr const char* kKept[] = {"getinfo", "getmetatable", "traceback", "upvaluejoin"};
  static constexpr const char* kWrapped[] = {"getupvalue", "setupvalue"};
  lua_newtable(L);
  luaopen_debug(L);
  for (const char* name : kKept) {
    lua_getfield(L, -1, name);
    lua_setfield(L, -3, name);
  }
  for (const char* name : kWrapped) {
    lua_getfield(L, -1, name);
    lua_pushcclosure(L, Upvalue, 1);
    lua_setfield(L, -3, name);
  }
  lua_pop(L, 1);
  lua_pushcfunction(L, GetLocal);
  lua_setfield(L, -2, "getlocal");
  lua_pushcfunction(L, SetLocal);
  lua_setfield(L, -2, "setlocal");
  return 1;
}

}  // namespace moonlet
