// bindings/sys.cc - module `sys`: the machine below the script.
#include "bindings/sys_parts.h"
#include "boards/board.h"
#include "engine/base/crc32.h"
#include "engine/base/isa.h"
#include "vm/runtime.h"

namespace moonlet {
namespace {

int TicksUs(lua_State* L) {
  lua_pushinteger(L, static_cast<lua_Integer>(board::Microseconds()));
  return 1;
}

constexpr lua_Integer kLongestTime = 1'000'000'000;  // 31 years

int Sleep(lua_State* L) {
  luaL_checknumber(L, 1);
  const uint64_t microseconds = CheckSeconds(L, 1, kLongestTime);
  const StopToken& stop = Runtime::Of(L).stop();
  board::Sleep(microseconds, stop);
  if (stop.raised()) Runtime::RaiseStop(L);
  return 0;
}

// sys.limit(seconds, body [, handler]) -> true, ... | false, message
int Limit(lua_State* L) {
  const lua_Number seconds = luaL_checknumber(L, 1);
  if (!(seconds > 0 && seconds <= static_cast<lua_Number>(kLongestTime)))
    ArgumentError(L, 1, "seconds above 0, up to 1e9, expected, got %s", Given(L, 1));
  luaL_checktype(L, 2, LUA_TFUNCTION);
  lua_settop(L, 3);
  const bool handled = !lua_isnil(L, 3);
  if (handled) luaL_checktype(L, 3, LUA_TFUNCTION);
  lua_pushvalue(L, 2);
  const int status = Runtime::CallWithin(L, seconds, 0, handled ? 3 : 0);
  lua_pushboolean(L, status == LUA_OK);
  lua_replace(L, 3);
  return lua_gettop(L) - 2;
}

void SetFigure(lua_State* L, const char* name, size_t bytes) {
  lua_pushinteger(L, static_cast<lua_Integer>(bytes));
  lua_setfield(L, -2, name);
}

int Mem(lua_State* L) {
  constexpr int kFigures = 9;
  lua_settop(L, 1);
  if (lua_isnil(L, 1)) {
    lua_createtable(L, 0, kFigures);
  } else {
    luaL_checktype(L, 1, LUA_TTABLE);
  }
  const MemoryFigures memory = Runtime::Of(L).memory();
  SetFigure(L, "lua", memory.lua);
  SetFigure(L, "lua_peak", memory.lua_peak);
  SetFigure(L, "engine", memory.engine);
  SetFigure(L, "engine_peak", memory.engine_peak);
  SetFigure(L, "files", memory.files);
  SetFigure(L, "packed", memory.packed);
  SetFigure(L, "cap", memory.cap);
  SetFigure(L, "stack", board::StackSize());
  SetFigure(L, "stack_peak", board::StackPeak());
  return 1;
}

// sys.crc32(bytes [, so_far]) -> integer
int Crc32Of(lua_State* L) {
  size_t size;
  const char* data = luaL_checklstring(L, 1, &size);
  const lua_Integer so_far = luaL_optinteger(L, 2, 0);
  if (so_far < 0 || so_far > 0xFFFFFFFF)
    ArgumentError(L, 2, "a checksum expected, got %s", Given(L, 2));
  const std::span bytes(reinterpret_cast<const uint8_t*>(data), size);
  lua_pushinteger(L, Crc32(bytes, static_cast<uint32_t>(so_far)));
  return 1;
}

// sys.traceback([message [, thread]]) -> string
int Traceback(lua_State* L) {
  const char* message = luaL_optstring(L, 1, nullptr);
  lua_State* thread = L;
  if (!lua_isnoneornil(L, 2)) {
    luaL_checktype(L, 2, LUA_TTHREAD);
    thread = lua_tothread(L, 2);
  }
  luaL_traceback(L, thread, message, thread == L ? 1 : 0);
  return 1;
}

// sys.screen([stream]) -> integer, integer [, true] | nil
int Screen(lua_State* L) {
  constexpr const char* kStreams[] = {"output", "error", nullptr};
  const int stream = luaL_checkoption(L, 1, kStreams[0], kStreams);
  const board::ScreenSize size = board::Screen(static_cast<board::Stream>(stream));
  if (size.columns == 0) {
    luaL_pushfail(L);
    return 1;
  }
  lua_pushinteger(L, size.columns);
  lua_pushinteger(L, size.rows);
  if (!size.colored) return 2;
  lua_pushboolean(L, true);
  return 3;
}

void SetFields(lua_State* L) {
  lua_pushliteral(L, MOONLET_VERSION);
  lua_setfield(L, -2, "version");
  lua_pushstring(L, board::Name());
  lua_setfield(L, -2, "board");
  lua_pushliteral(L, MOONLET_VERSION " " MOONLET_BUILD " " MOONLET_TARGET);
  lua_setfield(L, -2, "build");
  lua_pushstring(L, IsaName(HostIsa()));
  lua_setfield(L, -2, "isa");
  lua_pushboolean(L, board::HasTerminal());
  lua_setfield(L, -2, "terminal");
}

constexpr Entry kSysTable[] = {
    {"ticks_us", TicksUs, "sys.ticks_us() -> integer", "microseconds",
     Doc("A clock that only goes forward, from an arbitrary zero. The difference of two readings "
         "is the time between them."),
     Doc("local start = sys.ticks_us()\n"
         "sys.sleep(0.002)\n"
         "print(sys.ticks_us() - start >= 2000) --> true")},
    {"sleep", Sleep, "sys.sleep(seconds)", "seconds: number from 0 to 1e9",
     Doc("Waits; the machine idles meanwhile. Ctrl-C and a spent time budget end the wait early "
         "with their errors."),
     Doc("sys.sleep(0.001)")},
    {"limit", Limit, "sys.limit(seconds, body [, handler]) -> true, ... | false, message",
     "seconds: number above 0, up to 1e9; body: function(); handler: function(message) -> message",
     Doc("Calls `body` as xpcall does, with so much wall time at most. What runs longer is stopped "
         "wherever it is, inside a kernel too, cannot catch that, and no handler sees it. A time "
         "budget that ends sooner holds all the same. `body` cannot yield out of it."),
     Doc("print(sys.limit(1, function() return 6 * 7 end)) --> true 42\n"
         "local ok, why = sys.limit(0.01, function() while true do end end)\n"
         "print(ok, why) --> false example:2: time limit of 0.01 s exceeded")},
    {"mem", Mem, "sys.mem([out]) -> table", "bytes",
     Doc("What the memory is used for. `lua`: the heap of values; `engine`: what models, signal "
         "blocks and long computations ask for beside it; `files`: bytes of files held in memory, "
         "in `/ram` too; "
         "`packed`: weights rearranged for this machine, and what its kernels work in. `lua_peak` "
         "and `engine_peak` are the "
         "highest so far. `cap` is the limit of the sum, 0 for none. `stack` and `stack_peak` are "
         "the "
         "size and the deepest use of the stack beside it on a device, 0 on the host. The figures "
         "come in a fresh "
         "table, or in `out`, which then costs no memory."),
     Doc("local m = sys.mem()\n"
         "print(m.lua > 0, m.lua_peak >= m.lua) --> true true\n"
         "print(sys.mem(m) == m) --> true")},
    {"crc32", Crc32Of, "sys.crc32(bytes [, so_far]) -> integer", "0 to 0xFFFFFFFF",
     Doc("The checksum of a string as zip, gzip and PNG have it: CRC-32, polynomial 0xEDB88320. "
         "With the checksum of what came before it goes on from there."),
     Doc("print((\"%08x\"):format(sys.crc32 \"123456789\")) --> cbf43926\n"
         "print(sys.crc32(\"6789\", sys.crc32 \"12345\") == sys.crc32 \"123456789\") --> true")},
    {"traceback", Traceback, "sys.traceback([message [, thread]]) -> string",
     "thread: coroutine, the running one unless given",
     Doc("What functions a coroutine is in, innermost first, behind a message: where it waits, or, "
         "if an error ended it, where that was raised."),
     Doc("local thread = coroutine.create(function() error \"no signal\" end)\n"
         "local _, message = coroutine.resume(thread)\n"
         "print(sys.traceback(message, thread):find(\"in function\") ~= nil) --> true")},
    {"screen", Screen, "sys.screen([stream]) -> integer, integer [, true] | nil",
     "stream: \"output\" unless given, or \"error\"; results: columns, rows, colours",
     Doc("The size of the terminal that standard output, or standard error, comes to; nil where it "
         "goes to a file or a pipe, and on a device whose terminal has not told its size, as "
         "`moonlet sim` does. That also tells of colours; on a host $TERM does."),
     Doc("print((sys.screen() or 80) > 0) --> true")},
    {"version", nullptr, "sys.version -> string", "major.minor.patch",
     Doc("The version of Moonlet."), ""},
    {"board", nullptr, "sys.board -> string", "",
     Doc("The machine the script runs on: `host`, or the name of the device's board."), ""},
    {"build", nullptr, "sys.build -> string", "",
     Doc("Version, kind of build and processor family of this program, for reports."), ""},
    {"isa", nullptr, "sys.isa -> string", "",
     Doc("Which instruction set the kernels use here. It changes speed alone, no result."), ""},
    {"terminal", nullptr, "sys.terminal -> boolean", "",
     Doc("Whether messages on standard error come to a terminal, where a person may watch."), ""},
};
const std::span<const Entry> kSysParts[] = {kSysTable, kSysFileFunctions, kSysMachineFunctions};

}  // namespace

extern const Module kSysModule;
const Module kSysModule = {"sys",
                           Doc("The machine below the script: clock, memory, files, names."),
                           kSysParts,
                           {},
                           SetFields};

}  // namespace moonlet
