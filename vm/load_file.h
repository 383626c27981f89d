// vm/load_file.h - script files become chunks, as luaL_loadfilex would make them, from
// whatever a path leads to and without the C library's files.
#pragma once
#include "vm/lua.h"

namespace moonlet {

// Pushes the compiled chunk, or the message, and returns what lua_load does; LUA_ERRFILE when
// the file cannot be read. "-" is standard input. A byte order mark is skipped, a first line
// that begins with "#" too; a source in /rom is compiled where it lies. The sandbox is not
// asked. Raises when there is no memory for the message or the name.
int LoadScript(lua_State* L, const char* path, const char* mode);

}  // namespace moonlet
