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

}  // namespace

// What C and Lua call back; a friend of Runtime.
struct RuntimeHooks {
  static void Stop(lua_State* L) {
    Runtime& runtime = Runtime::Of(L);
    if (runtime.exiting_) luaL_error(L, "exit");
    if (runtime.budget_spent_) luaL_error(L, "time budget of %s s exceeded", runtime.budget_text_);
    // Lowered before the reason is taken: one that comes in between raises it again.
    runtime.LowerStop();
    if (runtime.interrupted_.exchange(false)) luaL_error(L, "interrupted");
  }

  static void Exit(lua_State* L, int exit_code) {
    Runtime& runtime = Runtime::Of(L);
    runtime.exit_code_ = exit_code;
    runtime.exiting_ = true;
    runtime.stop_.Raise();
  }
};

extern "C" void moonlet_onstop(lua_State* L) { RuntimeHooks::Stop(L); }

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

void Runtime::SetBudget(double seconds) {
  board::CancelAlarm();
  budget_spent_ = false;
  budget_seconds_ = std::clamp(seconds, 0.0, kLongestBudget);
  LowerStop();
  if (interrupted_) stop_.Raise();
  std::snprintf(budget_text_, sizeof(budget_text_), "%g", budget_seconds_);
  if (budget_seconds_ > 0)
    board::SetAlarm(static_cast<uint64_t>(budget_seconds_ * 1e6), OnAlarm, this);
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
