// bindings/dsp_window.h - windows as arguments and options: "hann", {"kaiser", 8.6}.
#pragma once
#include "dsp/window.h"
#include "vm/lua.h"

namespace moonlet {

// The window at `index`: a name, or a table of a name and its parameters. Raises for anything
// else, naming argument `argument`; `otherwise` (may be null: required) stands for nil or none.
dsp::WindowSpec CheckWindowSpec(lua_State* L, int index, int argument, const char* otherwise);

}  // namespace moonlet
