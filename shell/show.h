// shell/show.h - values as the prompt shows them.
//
//   > 1, "two", {3, x = {y = true}}
//   1	two	{3, x = {y = true}}
//
// Numbers, strings and objects appear as `print` writes them. A plain table appears by
// its content, keys in order: on one row if it fits the terminal, else over more, a screen
// at most; without running any code of the script, and whatever the table's size or cycles.
#pragma once
#include "shell/console.h"
#include "vm/lua.h"

namespace moonlet {

// A Lua function for a protected call: writes its arguments 2, 3, ..., separated by
// tabs, and a newline to the Output that argument 1, a light userdata, points to. The
// first of them is the global `_` from then on.
int ShowValues(lua_State* L);

}  // namespace moonlet
