// bindings/modules.h - the script modules written in C++, by name.
#pragma once
#include <span>
#include <string_view>

#include "bindings/registry.h"

namespace moonlet {

// All of them, in the order help() lists them.
std::span<const Module* const> Modules();

const Module* FindModule(std::string_view name);  // null: none
// Their names, in the same order. For RuntimeOptions::builtin_names.
std::span<const char* const> BuiltinNames();

// Pushes the table of the module `name`, freshly made, and returns true, or pushes
// nothing. For RuntimeOptions::open_builtin; `require` keeps the table.
bool OpenBuiltinModule(lua_State* L, const char* name);

}  // namespace moonlet
