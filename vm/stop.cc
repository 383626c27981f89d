#include "vm/stop.h"

#include <algorithm>
#include <cstdio>

#include "boards/board.h"
#include "vm/runtime.h"

namespace moonlet {
namespace {

// How long a script may take to notice that its budget is spent.
constexpr uint64_t kGraceMicroseconds = 1'000'000;
constexpr double kLongestBudget = 1e9;  // seconds

// Raises with the position of the Lua code that runs: at level 0, or at level 1 when a
// C function of Lua's libraries looked at the flag.
void Raise(lua_State* L, const char* message) {
  lua_checkstack(L, LUA_MINSTACK);  // without it the message uses Lua's reserve
  lua_Debug frame;
  const bool in_lua =
      lua_getstack(L, 0, &frame) && lua_getinfo(L, "S", &frame) && frame.what[0] != 'C';
  luaL_where(L, in_lua ? 0 : 1);
  lua_pushstring(L, message);
  lua_concat(L, 2);
  lua_error(L);
}

}  // namespace

// What C and Lua call back; a friend of Runtime.
struct RuntimeHooks {
  // Raises, or returns when the flag turns out to stand for nothing any more.
  static void Stop(lua_State* L) {
    Runtime& runtime = Runtime::Of(L);
    if (runtime.exiting_) Raise(L, "exit");
    if (runtime.budget_spent_) Raise(L, runtime.deadline_of_);
    // Lowered before the reason is taken: one that comes in between raises it again.
    runtime.LowerStop();
    if (runtime.interrupted_.exchange(false)) Raise(L, "interrupted");
  }

  static bool SkipHandler(lua_State* L, lua_CFunction handler) {
    const Runtime& runtime = Runtime::Of(L);
    return runtime.exiting_ || (runtime.budget_spent_ && handler != Traceback);
  }

  static void Exit(lua_State* L, int exit_code) {
    Runtime& runtime = Runtime::Of(L);
    runtime.exit_code_ = exit_code;
    runtime.exiting_ = true;
    runtime.stop_.Raise();
  }
};

extern "C" void moonlet_onstop(lua_State* L) { RuntimeHooks::Stop(L); }

extern "C" int moonlet_skiphandler(lua_State* L, lua_CFunction handler) {
  return RuntimeHooks::SkipHandler(L, handler);
}

void Runtime::RaiseStop(lua_State* L) {
  RuntimeHooks::Stop(L);
  luaL_error(L, "stopped");
  __builtin_unreachable();
}

void RaiseExit(lua_State* L, int exit_code) {
  RuntimeHooks::Exit(L, exit_code);
  Runtime::RaiseStop(L);
}

void Runtime::LowerStop() {
  stop_.Lower();
  // The alarm may have come just before.
  if (budget_spent_ || exiting_) stop_.Raise();
}

void Runtime::Interrupt() {
  interrupted_ = true;
  stop_.Raise();
}

void Runtime::ClearInterrupt() {
  interrupted_ = false;
  LowerStop();
}

// Ends what runs at that time of the board's clock; 0: at none.
void Runtime::StartBudget(uint64_t deadline, const char* text) {
  board::CancelAlarm();
  deadline_ = deadline;
  deadline_of_ = text;
  const uint64_t now = board::Microseconds();
  budget_spent_ = deadline != 0 && now >= deadline;
  LowerStop();
  if (interrupted_) stop_.Raise();
  if (deadline != 0)
    board::SetAlarm(budget_spent_ ? kGraceMicroseconds : deadline - now, OnAlarm, this);
}

void Runtime::SetBudget(double seconds) {
  seconds = std::clamp(seconds, 0.0, kLongestBudget);
  std::snprintf(budget_text_, sizeof(budget_text_), "time budget of %g s exceeded", seconds);
  const uint64_t now = board::Microseconds();
  StartBudget(seconds > 0 ? now + static_cast<uint64_t>(seconds * 1e6) + 1 : 0, budget_text_);
}

int Runtime::CallWithin(lua_State* L, double seconds, int arguments, int handler) {
  Runtime& runtime = Of(L);
  const uint64_t before = runtime.deadline_;
  const char* const before_of = runtime.deadline_of_;
  const uint64_t deadline =
      board::Microseconds() + static_cast<uint64_t>(std::min(seconds, kLongestBudget) * 1e6) + 1;
  const bool shorter = before == 0 || deadline < before;
  char text[48];
  std::snprintf(text, sizeof(text), "time limit of %g s exceeded", seconds);
  if (shorter) runtime.StartBudget(deadline, text);
  const int status = lua_pcall(L, arguments, LUA_MULTRET, handler);
  if (shorter) runtime.StartBudget(before, before_of);
  return status;
}

uint64_t Runtime::OnAlarm(void* context) {
  Runtime& runtime = *static_cast<Runtime*>(context);
  if (!runtime.budget_spent_.exchange(true)) {
    runtime.stop_.Raise();
    return kGraceMicroseconds;
  }
  if (runtime.depth_ > 0)
    board::GiveUp("moonlet: time budget exceeded in a call that cannot be interrupted");
  return 0;
}

#if defined(MOONLET_SYSTEM_LUA)
namespace {

// Lua of others polls nothing, so a hook looks at the flag. It is set for each
// coroutine as it is made, from its maker.
constexpr int kInstructionsPerPoll = 1000;

void Poll(lua_State* L, lua_Debug*) {
  const bool stopped = Runtime::Of(L).stop().raised();
  // Whatever catches the error meets it again at the next instruction.
  const int count = stopped ? 1 : kInstructionsPerPoll;
  if (lua_gethookcount(L) != count) lua_sethook(L, Poll, LUA_MASKCOUNT, count);
  if (stopped) RuntimeHooks::Stop(L);
}

}  // namespace

void InstallStop(lua_State* L) { lua_sethook(L, Poll, LUA_MASKCOUNT, kInstructionsPerPoll); }
#else
void InstallStop(lua_State*) {}
#endif

}  // namespace moonlet
