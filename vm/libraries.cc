#include "vm/libraries.h"

namespace moonlet {
namespace {

constexpr luaL_Reg kFull[] = {
    {LUA_GNAME, luaopen_base},       {LUA_COLIBNAME, luaopen_coroutine},
    {LUA_TABLIBNAME, luaopen_table}, {LUA_STRLIBNAME, luaopen_string},
    {LUA_MATHLIBNAME, luaopen_math}, {LUA_UTF8LIBNAME, luaopen_utf8},
    {LUA_IOLIBNAME, luaopen_io},     {LUA_OSLIBNAME, luaopen_os},
    {LUA_DBLIBNAME, luaopen_debug},
};

}  // namespace

void OpenLibraries(lua_State* L) {
  for (const luaL_Reg& library : kFull) {
    luaL_requiref(L, library.name, library.func, 1);
    lua_pop(L, 1);
  }
}

}  // namespace moonlet
