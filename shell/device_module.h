// shell/device_module.h - module `device`, for the command's own programs in Lua: a device by its
// name, files to it and back, code that runs there.
//
//   local board <close> = device.open("sim", {"kws.tflite"})
//   print(board:run "print(6 * 7)")
//
// device.open(target, paths [, counts]) starts an emulator whose ROM image holds the library and
// the host's files `paths`, the i-th as /rom/files/i/NAME, and whose clock, with `counts`, counts
// instructions; another device it interrupts. It raises what keeps a device from being reached.
// board:run(code) gives what the code prints, in a new Lua state each time; board:put(path, place)
// and board:get(place, path) give true; or nil and a message. The end of `board` ends the emulator;
// from another device it removes the files that it was brought (scripts/lib/model/there.lua).
//
// Host only.
#pragma once
#include "vm/lua.h"

namespace moonlet {

// Pushes the table of the module `name`, this one or a built-in one, and returns true, or pushes
// nothing. For RuntimeOptions::open_builtin.
bool OpenCommandModule(lua_State* L, const char* name);

}  // namespace moonlet
