// bindings/board.cc - module `board`: lights, buttons, watchdog and the second serial line;
// updates of the application have a file of their own.
#include <algorithm>

#include "bindings/board_update.h"
#include "boards/board.h"
#include "vm/runtime.h"

namespace moonlet {
namespace {

// The position at `index` among `count` things, from 0.
unsigned CheckPosition(lua_State* L, int index, unsigned count, const char* what) {
  const lua_Integer position = luaL_checkinteger(L, index);
  if (position < 1 || position > count) {
    ArgumentError(L, index, "%s from 1 to %d expected, got %s", what, static_cast<int>(count),
                  Given(L, index));
  }
  return static_cast<unsigned>(position - 1);
}

bool CheckBoolean(lua_State* L, int index) {
  luaL_checktype(L, index, LUA_TBOOLEAN);
  return lua_toboolean(L, index) != 0;
}

int ReadLed(lua_State* L) {
  lua_pushboolean(L, board::Led(CheckPosition(L, 1, board::LedCount(), "light")));
  return 1;
}

int SwitchLed(lua_State* L) {
  const unsigned led = CheckPosition(L, 1, board::LedCount(), "light");
  board::SetLed(led, CheckBoolean(L, 2));
  return 0;
}

int ReadButton(lua_State* L) {
  lua_pushboolean(L, board::Button(CheckPosition(L, 1, board::ButtonCount(), "button")));
  return 1;
}

int PressButton(lua_State* L) {
  const unsigned button = CheckPosition(L, 1, board::ButtonCount(), "button");
  if (board::SetButton(button, CheckBoolean(L, 2))) {
    lua_pushboolean(L, true);
    return 1;
  }
  luaL_pushfail(L);
  lua_pushliteral(L, "this board's buttons are pressed by hand");
  return 2;
}

int StartWatchdog(lua_State* L) {
  constexpr lua_Integer kLongest = 86'400;
  const uint64_t microseconds = CheckSeconds(L, 1, kLongest);
  // A time too short to count is not the end of the watch.
  if (board::SetWatchdog(static_cast<uint32_t>((microseconds + 999) / 1000))) {
    lua_pushboolean(L, true);
    return 1;
  }
  luaL_pushfail(L);
  lua_pushliteral(L, "this board has no watchdog");
  return 2;
}

int Feed(lua_State*) {
  board::FeedWatchdog();
  return 0;
}

int SetSpeed(lua_State* L) {
  const lua_Integer speed = luaL_checkinteger(L, 1);
  constexpr lua_Integer kMost = 100'000'000;
  if (speed < 1 || speed > kMost || !board::SetUartSpeed(static_cast<uint32_t>(speed)))
    ArgumentError(L, 1, "no speed of this line: %s bits/s", Given(L, 1));
  return 0;
}

int WriteLine(lua_State* L) {
  size_t size;
  const char* bytes = luaL_checklstring(L, 1, &size);
  board::WriteUart({reinterpret_cast<const uint8_t*>(bytes), size});
  return 0;
}

// Fills `data` until it is full or that time has passed; gives how many bytes came.
size_t TakeWithin(std::span<uint8_t> data, uint64_t microseconds, const StopToken& stop) {
  constexpr uint64_t kSlice = 1000;
  const uint64_t end = board::Microseconds() + microseconds;
  size_t got = board::TakeUart(data);
  for (uint64_t now = board::Microseconds(); got < data.size() && now < end && !stop.raised();
       now = board::Microseconds()) {
    board::Sleep(std::min(kSlice, end - now), stop);
    got += board::TakeUart(data.subspan(got));
  }
  return got;
}

int ReadLine(lua_State* L) {
  constexpr lua_Integer kMost = 65536;
  constexpr lua_Integer kLongest = 1'000'000;
  const lua_Integer count = luaL_optinteger(L, 1, kMost);
  luaL_argcheck(L, count >= 0 && count <= kMost, 1, "a count from 0 to 65536 expected");
  const uint64_t wait = CheckSeconds(L, 2, kLongest);
  luaL_Buffer bytes;
  const auto room = static_cast<size_t>(count);
  auto* data = reinterpret_cast<uint8_t*>(luaL_buffinitsize(L, &bytes, room));
  const StopToken& stop = Runtime::Of(L).stop();
  const size_t got = TakeWithin({data, room}, wait, stop);
  if (stop.raised()) Runtime::RaiseStop(L);
  luaL_pushresultsize(&bytes, got);
  return 1;
}

void SetBoardFields(lua_State* L) {
  lua_pushstring(L, board::Name());
  lua_setfield(L, -2, "name");
  lua_pushinteger(L, board::LedCount());
  lua_setfield(L, -2, "leds");
  lua_pushinteger(L, board::ButtonCount());
  lua_setfield(L, -2, "buttons");
}

constexpr Entry kBoardTable[] = {
    {"led", ReadLed, "board.led(i) -> boolean", "i: from 1 to board.leds",
     Doc("Whether a light is on. On the host the lights are numbers in memory, for tests."),
     Doc("local board = require \"board\"\n"
         "board.set_led(1, true)\n"
         "print(board.led(1)) --> true")},
    {"set_led", SwitchLed, "board.set_led(i, on)", "i: from 1 to board.leds; on: boolean",
     Doc("Switches a light on or off."),
     Doc("for i = 1, board.leds do board.set_led(i, i % 2 == 0) end")},
    {"button", ReadButton, "board.button(i) -> boolean", "i: from 1 to board.buttons",
     Doc("Whether a button is pressed at this moment."), Doc("print(board.button(1)) --> false")},
    {"set_button", PressButton, "board.set_button(i, pressed) -> true | nil, message",
     "i: from 1 to board.buttons; pressed: boolean",
     Doc("Presses or releases a button of the host, so that a test can play the person. On a "
         "device it gives nil and a message."),
     Doc("if board.set_button(2, true) then\n"
         "  print(board.button(2)) --> true\n"
         "  board.set_button(2, false)\n"
         "end")},
    {"watchdog", StartWatchdog, "board.watchdog(seconds) -> true | nil, message",
     "seconds: up to 86400; 0 ends the watch",
     Doc("From now on the machine resets unless `board.feed()` is called at least that often, "
         "also when the script has ended; the first key at the prompt ends the watch. Gives nil "
         "and a message on the host, which has no watchdog."),
     Doc("if board.watchdog(2) then\n"
         "  board.feed()\n"
         "  board.watchdog(0)\n"
         "end")},
    {"feed", Feed, "board.feed()", "", Doc("Tells the watchdog that all is well."),
     Doc("board.feed()")},
    {"uart_speed", SetSpeed, "board.uart_speed(bits_per_second)", "8 data bits, no parity",
     Doc("Sets the speed of the second serial line, at first 115200. Raises when the line cannot "
         "have it."),
     Doc("board.uart_speed(115200)")},
    {"uart_write", WriteLine, "board.uart_write(bytes)", "bytes: string",
     Doc("Sends bytes over the second serial line, as they are. On the host they come back as "
         "input."),
     Doc("board.uart_write \"hello\\n\"")},
    {"uart_read", ReadLine, "board.uart_read([count [, seconds]]) -> string",
     "count: up to 65536; seconds: up to 1e6, default 0",
     Doc("What has arrived on the second serial line, at most `count` bytes; empty when there is "
         "nothing. With a time it waits until that many are there or the time has passed."),
     Doc("if board.name == \"host\" then\n"
         "  board.uart_read()\n"
         "  board.uart_write \"ping\"\n"
         "  print(board.uart_read(4, 0.1)) --> ping\n"
         "end")},
    {"name", nullptr, "board.name -> string", "", Doc("What sys.board says."), ""},
    {"leds", nullptr, "board.leds -> integer", "", Doc("How many lights there are."), ""},
    {"buttons", nullptr, "board.buttons -> integer", "", Doc("How many buttons there are."), ""},
};
const std::span<const Entry> kBoardParts[] = {kBoardTable, kBoardUpdateFunctions};
constexpr const Class* kBoardClasses[] = {&kUpdateClass};

}  // namespace

extern const Module kBoardModule;
const Module kBoardModule = {
    "board",
    Doc("The board's own parts: lights, buttons, watchdog, a second serial line, flash for an "
        "application. On the host they exist in memory, so that scripts and their tests run there "
        "too."),
    kBoardParts, kBoardClasses, SetBoardFields};

}  // namespace moonlet
