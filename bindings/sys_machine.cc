// Module `sys`: what changes the machine for everybody.
#include "bindings/sys_parts.h"
#include "boards/board.h"

namespace moonlet {
namespace {

constexpr lua_Number kLastSecond = 253402300799;  // of the year 9999

int SetTime(lua_State* L) {
  const lua_Number seconds = luaL_checknumber(L, 1);
  if (!(seconds >= 0 && seconds <= kLastSecond))
    ArgumentError(L, 1, "seconds since 1970 expected, got %s", Given(L, 1));
  if (!board::SetTime(static_cast<int64_t>(seconds * 1e6))) {
    luaL_pushfail(L);
    lua_pushliteral(L, "the clock is not this program's to set");
    return 2;
  }
  lua_pushboolean(L, true);
  return 1;
}

int InterruptChar(lua_State* L) {
  constexpr lua_Integer kLastControl = 31;
  luaL_checkany(L, 1);
  int byte = board::kNoByte;
  if (!lua_isnil(L, 1)) {
    const lua_Integer given = luaL_checkinteger(L, 1);
    if (given < 0 || given > kLastControl)
      ArgumentError(L, 1, "nil or 0 to 31 expected, got %s", Given(L, 1));
    byte = static_cast<int>(given);
  }
  const int before = board::InterruptByte();
  board::SetInterruptByte(byte);
  if (before == board::kNoByte) {
    lua_pushnil(L);
  } else {
    lua_pushinteger(L, before);
  }
  return 1;
}

int ResetMachine(lua_State*) { board::Reset(); }

constexpr Entry kMachineTable[] = {
    {"set_time", SetTime, "sys.set_time(seconds) -> true | nil, message",
     "seconds since 1970, UTC: number from 0 to the end of the year 9999",
     Doc("Sets the clock that `os.time` and `os.date` read. A device without power forgets the "
         "time, so the host tells it when it connects. On a host the system keeps the clock: nil "
         "and a message."),
     Doc("print(sys.board == \"host\" and sys.set_time(0) == nil or sys.set_time(os.time())) "
         "--> true")},
    {"interrupt_char", InterruptChar, "sys.interrupt_char(byte) -> byte before",
     "nil, or a control byte from 0 to 31",
     Doc("Which byte of the console interrupts the running script: 3, Ctrl-C, from the start. nil "
         "means none, so that an application can read binary data from the console; until it "
         "sets the byte again only a reset ends it. On a host the terminal decides, and the "
         "byte is only kept."),
     Doc("local before = sys.interrupt_char(nil)\n"
         "print(sys.interrupt_char(before)) --> nil")},
    {"reset", ResetMachine, "sys.reset()", "",
     Doc("Starts the machine anew, as its reset button does: `/ram` is empty then, and what open "
         "files have not written is lost. On a host it ends the process."),
     Doc("print(type(sys.reset)) --> function")},
};

}  // namespace

extern const std::span<const Entry> kSysMachineFunctions;
const std::span<const Entry> kSysMachineFunctions = kMachineTable;

}  // namespace moonlet
