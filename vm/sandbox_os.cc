// `os` of the sandbox: clocks, the files it may write, and its own end. The full profile
// removes and renames by it in /ram.
#include "vm/files.h"
#include "vm/libraries.h"
#include "vm/runtime.h"

namespace moonlet {
namespace {

int PushAnswer(lua_State* L, const char* path, const Status& status) {
  if (status.ok()) {
    lua_pushboolean(L, true);
    return 1;
  }
  luaL_pushfail(L);
  lua_pushfstring(L, "%s: %s", path, status.what());
  return 2;
}

// Only files: a folder is not a script's to remove or to move.
Status ResolveFile(lua_State* L, const char* path,
                   std::span<char, board::kMaxPath> resolved) noexcept {
  board::FileIdentity identity;
  if (Status s = ResolveAllowed(L, path, true, resolved); !s.ok()) return s;
  return Runtime::Of(L).files().Identify(resolved.data(), &identity);
}

Status RemoveAllowed(lua_State* L, const char* path) noexcept {
  char resolved[board::kMaxPath];
  if (Status s = ResolveFile(L, path, resolved); !s.ok()) return s;
  return Runtime::Of(L).files().Remove(resolved);
}

Status RenameAllowed(lua_State* L, const char* from, const char* to) noexcept {
  char source[board::kMaxPath];
  char target[board::kMaxPath];
  if (Status s = ResolveFile(L, from, source); !s.ok()) return s;
  if (Status s = ResolveAllowed(L, to, true, target); !s.ok()) return s;
  return Runtime::Of(L).files().Rename(source, target);
}

constexpr const char* kKept[] = {"clock", "date", "difftime", "time"};
constexpr luaL_Reg kOwn[] = {
    {"exit", ExitScript}, {"remove", RemoveFile}, {"rename", RenameFile}, {nullptr, nullptr}};

}  // namespace

int RemoveFile(lua_State* L) {
  const char* path = luaL_checkstring(L, 1);
  return PushAnswer(L, path, RemoveAllowed(L, path));
}

int RenameFile(lua_State* L) {
  const char* from = luaL_checkstring(L, 1);
  return PushAnswer(L, from, RenameAllowed(L, from, luaL_checkstring(L, 2)));
}

int OpenSandboxOsLibrary(lua_State* L) {
  lua_newtable(L);
  luaL_setfuncs(L, kOwn, 0);
  luaopen_os(L);
  for (const char* name : kKept) {
    lua_getfield(L, -1, name);
    lua_setfield(L, -3, name);
  }
  lua_pop(L, 1);
  return 1;
}

}  // namespace moonlet
