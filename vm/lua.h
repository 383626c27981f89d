// vm/lua.h - the Lua headers, as every C++ file of ours includes them.
#pragma once

extern "C" {
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
}
