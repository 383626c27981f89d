// bindings/modules.h - the script modules written in C++, by name.
#pragma once
#include <span>

#include "bindings/registry.h"

namespace moonlet {

// All of them, in the order help() lists them.
std::span<const Module* const> Modules();

// Pushes the table of the module `name`, freshly made, and returns true. Returns false
// and pushes nothing when there is none. For `require`, which keeps the table.
bool OpenBuiltin(lua_State* L, const char* name);

}  // namespace moonlet
