// What the full profile adds to Lua's own `io`, `os`, `loadfile` and `dofile`: paths into
// /rom and /ram. All other arguments go to Lua's functions, in the very same call, so that
// their messages are what they always were.
#include <string_view>

#include "vm/libraries.h"
#include "vm/load_file.h"
#include "vm/volume_path.h"

namespace moonlet {
namespace {

int CallOwn(lua_State* L) { return lua_tocfunction(L, lua_upvalueindex(1))(L); }

bool IsInVolume(lua_State* L, int index) {
  return lua_type(L, index) == LUA_TSTRING && VolumeOf(lua_tostring(L, index)) != Volume::kBoard;
}

// `function` for a path into a volume as the first argument.
template <lua_CFunction function>
int ForPath(lua_State* L) {
  return IsInVolume(L, 1) ? function(L) : CallOwn(L);
}

int RenameAnywhere(lua_State* L) {
  return IsInVolume(L, 1) || IsInVolume(L, 2) ? RenameFile(L) : CallOwn(L);
}

// `function` for a file of ours.
template <lua_CFunction function>
int ForFile(lua_State* L) {
  return IsFileOfOurs(L, 1) ? function(L) : CallOwn(L);
}

// loadfile(path [, mode [, env]])
int LoadVolumeFile(lua_State* L) {
  const char* path = luaL_checkstring(L, 1);
  const char* mode = luaL_optstring(L, 2, nullptr);
  const bool has_environment = !lua_isnone(L, 3);
  if (LoadScript(L, path, mode) != LUA_OK) {
    luaL_pushfail(L);
    lua_insert(L, -2);
    return 2;
  }
  if (has_environment) {
    lua_pushvalue(L, 3);
    if (lua_setupvalue(L, -2, 1) == nullptr) lua_pop(L, 1);
  }
  return 1;
}

int AllResults(lua_State* L, int, lua_KContext) { return lua_gettop(L) - 1; }

// dofile(path), out of which a coroutine may yield.
int DoVolumeFile(lua_State* L) {
  lua_settop(L, 1);
  if (LoadScript(L, lua_tostring(L, 1), nullptr) != LUA_OK) return lua_error(L);
  lua_callk(L, 0, LUA_MULTRET, 0, AllResults);
  return AllResults(L, 0, 0);
}

struct Addition {
  const char* library;
  const char* name;
  lua_CFunction function;
};
constexpr Addition kAdditions[] = {
    {LUA_IOLIBNAME, "open", ForPath<OpenFile>},       {LUA_IOLIBNAME, "lines", ForPath<FileLines>},
    {LUA_IOLIBNAME, "type", ForFile<FileType>},       {LUA_IOLIBNAME, "close", ForFile<CloseFile>},
    {LUA_OSLIBNAME, "remove", ForPath<RemoveFile>},   {LUA_OSLIBNAME, "rename", RenameAnywhere},
    {LUA_GNAME, "loadfile", ForPath<LoadVolumeFile>}, {LUA_GNAME, "dofile", ForPath<DoVolumeFile>},
};

}  // namespace

void AddVolumes(lua_State* L) {
  for (const Addition& addition : kAdditions) {
    lua_getglobal(L, addition.library);
    if (lua_getfield(L, -1, addition.name) == LUA_TFUNCTION) {
      lua_pushcclosure(L, addition.function, 1);
      lua_setfield(L, -2, addition.name);
    } else {
      lua_pop(L, 1);
    }
    lua_pop(L, 1);
  }
}

}  // namespace moonlet
