// vm/libraries.h - what a script finds in its globals before it requires anything.
#pragma once
#include "vm/lua.h"

namespace moonlet {

// Opens the libraries of the Runtime's profile, full or sandbox.
void OpenLibraries(lua_State* L);

}  // namespace moonlet
