// vm/stop.h - how a running script is ended from outside, or by os.exit.
#pragma once
#include "vm/lua.h"

namespace moonlet {

// Prepares a new state: where Lua does not poll the stop flag by itself, a hook does.
void InstallStop(lua_State* L);
// Ends the script with this exit code; no error handler of the script sees the end.
[[noreturn]] void RaiseExit(lua_State* L, int exit_code);

}  // namespace moonlet
