#include "vm/modules.h"

#include <cstring>
#include <string_view>

#include "vm/load_file.h"
#include "vm/runtime.h"

namespace moonlet {
namespace {

constexpr char kLoading = 0;  // registry key: the names being loaded, outermost first

bool IsName(std::string_view text) {
  const auto letter = [](char c) {
    return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  };
  if (text.empty() || !letter(text[0])) return false;
  for (char c : text)
    if (!letter(c) && !(c >= '0' && c <= '9')) return false;
  return true;
}

// Names and dots between them: nothing that could leave a folder.
bool IsModuleName(std::string_view text) {
  for (size_t dot; (dot = text.find('.')) != text.npos; text.remove_prefix(dot + 1))
    if (!IsName(text.substr(0, dot))) return false;
  return IsName(text);
}

// Pushes folder/a/b.lua for the module a.b.
const char* PushPath(lua_State* L, const char* folder, const char* name) {
  const char* file = luaL_gsub(L, name, ".", "/");
  const char* separator = folder[0] == '\0' || std::strcmp(folder, "/") == 0 ? "" : "/";
  const char* path = lua_pushfstring(L, "%s%s%s.lua", folder, separator, file);
  lua_remove(L, -2);
  return path;
}

// Closes a load that ended, well or by an error: takes the last name off the list.
int LeaveLoading(lua_State* L) {
  lua_rawgetp(L, LUA_REGISTRYINDEX, &kLoading);
  lua_pushnil(L);
  lua_rawseti(L, -2, static_cast<lua_Integer>(lua_rawlen(L, -2)));
  return 0;
}

// Raises when `name` is being loaded already, with the way round.
void CheckCycle(lua_State* L, const char* name) {
  lua_rawgetp(L, LUA_REGISTRYINDEX, &kLoading);
  const int list = lua_gettop(L);
  const auto count = static_cast<lua_Integer>(lua_rawlen(L, list));
  for (lua_Integer i = 1; i <= count; ++i) {
    lua_rawgeti(L, list, i);
    if (std::strcmp(lua_tostring(L, -1), name) != 0) {
      lua_pop(L, 1);
      continue;
    }
    for (lua_Integer j = i + 1; j <= count; ++j) {
      lua_pushliteral(L, " -> ");
      lua_rawgeti(L, list, j);
      lua_concat(L, 3);
    }
    luaL_error(L, "module '%s' requires itself (%s -> %s)", name, lua_tostring(L, -1), name);
  }
  lua_pop(L, 1);
}

// Pushes a value whose end of scope calls LeaveLoading, and enters `name`.
void EnterLoading(lua_State* L, const char* name) {
  lua_newuserdatauv(L, 0, 0);
  lua_createtable(L, 0, 1);
  lua_pushcfunction(L, LeaveLoading);
  lua_setfield(L, -2, "__close");
  lua_setmetatable(L, -2);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &kLoading);
  const auto count = static_cast<lua_Integer>(lua_rawlen(L, -1));
  lua_pushstring(L, name);
  lua_rawseti(L, -2, count + 1);
  lua_pop(L, 1);
  lua_toclose(L, -1);
}

// Modules in /rom, which a device has as its library anyway; null: none.
const char* RomLibrary(Runtime& runtime) {
  constexpr const char* kFolder = "/rom/lib";
  const char* library = runtime.options().library_dir;
  const bool is_library = library != nullptr && std::strcmp(library, kFolder) == 0;
  return runtime.files().has_rom() && !is_library ? kFolder : nullptr;
}

// Pushes the chunk in that folder and its path, or the line that tells of its absence.
bool Find(lua_State* L, const char* folder, const char* name) {
  const char* path = PushPath(L, folder, name);
  const int status = LoadScript(L, path, "t");
  if (status == LUA_OK) {
    lua_insert(L, -2);
    return true;
  }
  if (status == LUA_ERRMEM) lua_error(L);
  if (status != LUA_ERRFILE) {
    luaL_error(L, "error loading module '%s' from file '%s':\n\t%s", name, path,
               lua_tostring(L, -1));
  }
  lua_pushfstring(L, "\n\tno file '%s'", path);
  lua_replace(L, -3);
  lua_pop(L, 1);
  return false;
}

// Pushes the chunk and its path; raises with what was tried.
void FindFile(lua_State* L, const char* name) {
  Runtime& runtime = Runtime::Of(L);
  const char* folders[] = {runtime.script_dir(), RomLibrary(runtime),
                           runtime.options().library_dir};
  lua_pushfstring(L, "module '%s' not found:\n\tno built-in module '%s'", name, name);
  for (const char* folder : folders) {
    if (folder == nullptr) continue;
    if (Find(L, folder, name)) {
      lua_remove(L, -3);
      return;
    }
    lua_concat(L, 2);
  }
  lua_error(L);
}

// require(name) -> module [, path]
int Require(lua_State* L) {
  size_t size;
  const char* name = luaL_checklstring(L, 1, &size);
  luaL_argcheck(L, IsModuleName({name, size}), 1,
                "module name expected, such as 'nn' or 'lib.part'");
  lua_settop(L, 1);
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);  // at 2
  lua_getfield(L, 2, name);
  if (lua_toboolean(L, -1)) return 1;
  lua_settop(L, 2);
  const OpenBuiltin open_builtin = Runtime::Of(L).options().open_builtin;
  if (open_builtin != nullptr && open_builtin(L, name)) {
    lua_pushvalue(L, -1);
    lua_setfield(L, 2, name);
    return 1;
  }
  CheckCycle(L, name);
  EnterLoading(L, name);
  FindFile(L, name);
  lua_pushvalue(L, -1);
  lua_insert(L, -3);  // path, chunk, path
  lua_pushvalue(L, 1);
  lua_insert(L, -2);
  lua_call(L, 2, 1);
  if (!lua_isnil(L, -1)) {
    lua_setfield(L, 2, name);
  } else if (lua_pop(L, 1); lua_getfield(L, 2, name) == LUA_TNIL) {
    lua_pushboolean(L, true);
    lua_setfield(L, 2, name);
  }
  lua_settop(L, 4);
  lua_getfield(L, 2, name);
  lua_insert(L, 4);
  return 2;
}

bool IsBuiltin(const Runtime& runtime, std::string_view name) {
  for (const char* builtin : runtime.options().builtin_names)
    if (name == builtin) return true;
  return false;
}

bool IsIn(lua_State* L, const char* folder, const char* name) {
  if (folder == nullptr) return false;
  board::FileIdentity identity;
  const char* path = PushPath(L, folder, name);
  const bool found = Runtime::Of(L).files().Identify(path, &identity).ok();
  lua_pop(L, 1);
  return found;
}

bool IsInLibrary(lua_State* L, const char* name) {
  Runtime& runtime = Runtime::Of(L);
  return IsIn(L, RomLibrary(runtime), name) || IsIn(L, runtime.options().library_dir, name);
}

// The names of the modules in a folder, each with a zero behind it; as many as fit.
struct NameList {
  size_t size = 0;
  char text[8192];
};

void AddName(std::string_view name, void* context) {
  constexpr std::string_view kSuffix = ".lua";
  NameList& list = *static_cast<NameList*>(context);
  if (!name.ends_with(kSuffix)) return;
  name.remove_suffix(kSuffix.size());
  if (!IsName(name) || name.size() + 1 > sizeof(list.text) - list.size) return;
  list.size += name.copy(list.text + list.size, name.size());
  list.text[list.size++] = '\0';
}

// __index of the globals: the module of that name, opened and kept as a global.
int OpenGlobal(lua_State* L) {
  if (lua_type(L, 2) != LUA_TSTRING) return 0;
  const char* name = lua_tostring(L, 2);
  if (!IsName(name) || !(IsBuiltin(Runtime::Of(L), name) || IsInLibrary(L, name))) return 0;
  lua_pushcfunction(L, Require);
  lua_pushvalue(L, 2);
  lua_call(L, 1, 1);
  lua_pushvalue(L, 2);
  lua_pushvalue(L, -2);
  lua_rawset(L, 1);
  return 1;
}

}  // namespace

void OpenModules(lua_State* L) {
  lua_newtable(L);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &kLoading);
  lua_pushcfunction(L, Require);
  lua_setglobal(L, "require");
  if (!Runtime::Of(L).options().modules_as_globals) return;
  lua_pushglobaltable(L);
  lua_createtable(L, 0, 1);
  lua_pushcfunction(L, OpenGlobal);
  lua_setfield(L, -2, "__index");
  lua_setmetatable(L, -2);
  lua_pop(L, 1);
}

void PushModuleNames(lua_State* L) {
  Runtime& runtime = Runtime::Of(L);
  lua_newtable(L);
  lua_Integer count = 0;
  for (const char* name : runtime.options().builtin_names) {
    lua_pushstring(L, name);
    lua_rawseti(L, -2, ++count);
  }
  if (runtime.options().library_dir == nullptr) return;
  NameList list;
  if (!runtime.files().List(runtime.options().library_dir, AddName, &list).ok()) return;
  for (size_t at = 0; at < list.size; at += std::strlen(list.text + at) + 1) {
    if (IsBuiltin(runtime, list.text + at)) continue;
    lua_pushstring(L, list.text + at);
    lua_rawseti(L, -2, ++count);
  }
}

}  // namespace moonlet
