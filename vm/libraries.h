// vm/libraries.h - what a script finds in its globals before it requires anything.
#pragma once
#include "vm/lua.h"

namespace moonlet {

// Opens the libraries of the Runtime's profile, full or sandbox (docs/sandbox.md lists
// the latter; tests/vm/sandbox_globals.txt is the list a test holds it to).
void OpenLibraries(lua_State* L);

// Push a library's table. Each replaces Lua's own in one of the profiles or in both.
int OpenDebugLibrary(lua_State* L);      // what cannot break Lua's own data
int OpenSandboxIoLibrary(lua_State* L);  // `io` over vm/files
int OpenSandboxOsLibrary(lua_State* L);

// Functions over vm/files.h: the sandbox's, and the full profile's for /rom and /ram.
int OpenFile(lua_State* L);    // io.open
int FileLines(lua_State* L);   // io.lines
int FileType(lua_State* L);    // io.type
int CloseFile(lua_State* L);   // io.close, of a file of ours
int RemoveFile(lua_State* L);  // os.remove
int RenameFile(lua_State* L);  // os.rename
bool IsFileOfOurs(lua_State* L, int index);

// Makes the full profile's functions take paths into /rom and /ram.
void AddVolumes(lua_State* L);

// os.exit([code]): ends the script, not the process.
int ExitScript(lua_State* L);

}  // namespace moonlet
