// vm/modules.h - `require`, and where modules come from.
//
// Built-in modules first, then the running script's folder, then the library folder.
// "a.b" is the file a/b.lua there.
#pragma once
#include "vm/lua.h"

namespace moonlet {

// Sets the global `require`; with RuntimeOptions::modules_as_globals also what opens a
// module when its name is first used as a global.
void OpenModules(lua_State* L);

// Pushes an array of the names that `require` would find built in or in the library
// folder, for completion. May raise.
void PushModuleNames(lua_State* L);

}  // namespace moonlet
