// Scripts that do not end by themselves, in every disguise we know, and what ends them.
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <ostream>
#include <string>
#include <string_view>

#include "vm/runtime.h"

namespace moonlet {
namespace stop_test {

constexpr double kBudget = 0.1;  // seconds
constexpr double kGrace = 1;     // and so much more for noticing

class Seconds {
 public:
  double Passed() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

struct Loop {
  const char* name;
  const char* script;
};
void PrintTo(const Loop& loop, std::ostream* out) { *out << loop.name; }

constexpr Loop kLoops[] = {
    {"Plain", "while true do end"},
    {"Repeat", "repeat until false"},
    {"Goto", "::top:: goto top"},
    {"NumericFor", "for i = 1, math.huge do end"},
    {"GenericFor", "for _ in function() return 1 end do end"},
    {"GenericForOverC", "for _ in pcall do end"},
    {"TailCalls", "local function f() return f() end f()"},
    {"Pcall", "while true do pcall(function() while true do end end) end"},
    {"PcallOfC", "while true do pcall(error, 1) end"},
    {"NestedPcall", "local function f() while true do pcall(f) end end f()"},
    {"Coroutine",
     "while true do coroutine.resume(coroutine.create(function() while true do end end)) end"},
    {"CoroutineWrap", "while true do pcall(coroutine.wrap(function() while true do end end)) end"},
    {"CoroutineYield",
     "local c = coroutine.wrap(function() while true do coroutine.yield() end end)\n"
     "while true do pcall(c) end"},
    {"CoroutineClose",
     "while true do local c = coroutine.create(function()\n"
     "  local x <close> = setmetatable({}, {__close = function() while true do end end})\n"
     "  coroutine.yield() end)\n"
     "  coroutine.resume(c) coroutine.close(c) end"},
    {"XpcallHandler", "while true do xpcall(error, function() while true do end end, 1) end"},
    {"XpcallHandlerThatFails", "while true do xpcall(error, error, 1) end"},
    {"XpcallHandlerOfC", "while true do xpcall(error, pcall, 1) end"},
    {"XpcallHandlerInCoroutine",
     "while true do xpcall(error, coroutine.wrap(function() while true do end end)) end"},
    {"Close",
     "while true do pcall(function()\n"
     "  local x <close> = setmetatable({}, {__close = function() while true do end end})\n"
     "end) end"},
    {"CloseAfterError",
     "pcall(function()\n"
     "  local x <close> = setmetatable({}, {__close = function() while true do end end})\n"
     "  error('x') end) while true do end"},
    {"LateGc",
     "while true do local mt = {} setmetatable({}, mt)\n"
     "mt.__gc = function() while true do end end end"},
    {"GcOfAnObjectOfOurs",
     "local mt = {} local f = io.write('') if debug then mt = debug.getmetatable(f) end\n"
     "mt.__gc = coroutine.wrap(function() while true do end end)\n"
     "while true do io.open('/dev/null') collectgarbage() end"},
    {"Pack", "while true do string.pack('c1000000', '') end"},
    {"TableConcat",
     "table.concat(setmetatable({}, {__index = math.tointeger and string.lower and function() "
     "return '' end}), '', 1, 1 << 60)"},
    {"SortWithBadOrder",
     "local t = {} for i = 1, 1e5 do t[i] = i end\n"
     "while true do pcall(table.sort, t, function() return true end) end"},
    {"NestedLoad", "local function f() while true do pcall(load('while true do end')) end end f()"},
    {"LoadReader", "load(function() return 'x = 1 ' end)"},
    {"Metamethods",
     "local t = setmetatable({}, {__index = function(t, k) return t[k + 1] end})\n"
     "while true do pcall(function() return t[1] end) end"},
    {"ToString",
     "while true do pcall(tostring, setmetatable({}, {__tostring = function() while true do end "
     "end})) end"},
    {"Require", "while true do pcall(require, 'no_such_module') end"},
    {"GsubCallback",
     "while true do pcall(string.gsub, 'x', '.', function() while true do end end) end"},
};

// Loops in Lua's own C code, and coroutines that make coroutines: a hook, which is all
// there is with the system's Lua, ends none of these in time.
#if !defined(MOONLET_SYSTEM_LUA)
constexpr Loop kLoopsBeyondHooks[] = {
    {"NestedCoroutines", "local function f() while true do pcall(coroutine.wrap(f)) end end f()"},
    {"PatternBacktracking", "(('a'):rep(30)):find(('a?'):rep(30) .. ('a'):rep(31))"},
    {"PatternStars", "(('a'):rep(5000)):find(('.*'):rep(9) .. 'b')"},
    {"PatternLazy", "(('a'):rep(5000)):match(('.-'):rep(9) .. 'b')"},
    {"PatternGmatch", "for _ in (('a'):rep(5000)):gmatch(('.*'):rep(9) .. 'b') do end"},
    {"PatternGsub", "(('a'):rep(5000)):gsub(('.*'):rep(9) .. 'b', '')"},
    {"PatternSet", "(('a'):rep(1e6)):find('[' .. ('b'):rep(1e6) .. 'a]*c')"},
    {"PlainFind",
     "local s = ('a'):rep(2e6) s:find(('a'):rep(1e6) .. 'b', 1, true)\n"
     "while true do s:find(('a'):rep(1e6) .. 'b', 1, true) end"},
    {"RepOfNothing", "(''):rep(1 << 60)"},
    {"TableMove",
     "table.move(setmetatable({}, {__index = rawlen, __newindex = rawequal}), 1, 1 << 60, 2)"},
    {"TableMoveDown", "table.move({}, 1, 1 << 60, 2)"},
    {"TableInsert",
     "table.insert(setmetatable({}, {__len = function() return 1 << 53 end}), 1, 1)"},
    {"TableRemove", "table.remove(setmetatable({}, {__len = function() return 1 << 53 end}), 1)"},
    {"TableSort",
     "table.sort(setmetatable({}, {__len = function() return 1 << 30 end, __index = rawlen}))"},
    {"LoadReaderOfC", "load(math.random)"},
    {"LoadLong", "local s = ('x = 1 '):rep(1e5) while true do load(s) end"},
};
#endif

class EndlessLoop : public ::testing::TestWithParam<Loop> {};

TEST_P(EndlessLoop, EndsWithTheBudget) {
  for (bool sandbox : {false, true}) {
    RuntimeOptions options;
    options.sandbox = sandbox;
    options.memory_cap = 256 << 20;
    Runtime runtime;
    ASSERT_TRUE(runtime.Open(options).ok());
    runtime.SetBudget(kBudget);
    const Seconds clock;
    const Status status = runtime.RunString(GetParam().script, "=script");
    EXPECT_LT(clock.Passed(), kBudget + kGrace);
    EXPECT_EQ(status.code(), Code::kStopped) << status.what();
    EXPECT_NE(std::string_view(status.what()).find("time budget of 0.1 s exceeded"),
              std::string_view::npos)
        << status.what();
    EXPECT_TRUE(runtime.budget_spent());
    runtime.Close();
    EXPECT_LT(clock.Passed(), kBudget + kGrace);
  }
}

std::string NameOf(const ::testing::TestParamInfo<Loop>& loop) { return loop.param.name; }

INSTANTIATE_TEST_SUITE_P(Disguises, EndlessLoop, ::testing::ValuesIn(kLoops), NameOf);
#if !defined(MOONLET_SYSTEM_LUA)
INSTANTIATE_TEST_SUITE_P(BeyondHooks, EndlessLoop, ::testing::ValuesIn(kLoopsBeyondHooks), NameOf);
#endif

class StopTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(runtime_.Open({}).ok()); }
  Runtime runtime_;
};

TEST_F(StopTest, ABudgetThatIsNotSpentChangesNothing) {
  runtime_.SetBudget(10);
  EXPECT_TRUE(runtime_.RunString("local x = 0 for i = 1, 1000 do x = x + i end", "=x").ok());
  EXPECT_FALSE(runtime_.budget_spent());
}

TEST_F(StopTest, ANewBudgetTakesBackASpentOne) {
  runtime_.SetBudget(0.01);
  EXPECT_EQ(runtime_.RunString("while true do end", "=x").code(), Code::kStopped);
  EXPECT_EQ(runtime_.RunString("x = 1", "=x").code(), Code::kStopped);
  runtime_.SetBudget(0);
  EXPECT_TRUE(runtime_.RunString("x = 1", "=x").ok());
}

TEST_F(StopTest, TheMessageTellsWhere) {
  runtime_.SetBudget(0.01);
  const Status status = runtime_.RunString("\n\nwhile true do end", "=script");
  EXPECT_STREQ(status.what(), "script:3: time budget of 0.01 s exceeded");
  EXPECT_NE(std::string_view(lua_tostring(runtime_.state(), -1)).find("stack traceback:"),
            std::string_view::npos);
}

TEST_F(StopTest, AnInterruptIsRaisedOnceAndMayBeCaught) {
  lua_pushcfunction(runtime_.state(), [](lua_State* L) {
    Runtime::Of(L).Interrupt();
    return 0;
  });
  lua_setglobal(runtime_.state(), "interrupt");
  const Status status = runtime_.RunString(
      "local ok, message = pcall(function() interrupt() while true do end end)\n"
      "assert(not ok and message == 'script:1: interrupted', message)\n"
      "for i = 1, 1000 do end",
      "=script");
  EXPECT_TRUE(status.ok()) << status.what();
  EXPECT_FALSE(runtime_.stop().raised());
}

TEST_F(StopTest, AnInterruptAtThePromptCanBeForgotten) {
  runtime_.Interrupt();
  runtime_.ClearInterrupt();
  EXPECT_TRUE(runtime_.RunString("for i = 1, 10 do end", "=x").ok());
}

TEST_F(StopTest, AnInterruptFromASignalEndsALoop) {
  static Runtime* target;
  target = &runtime_;
  std::signal(SIGUSR1, [](int) { target->Interrupt(); });
  lua_pushcfunction(runtime_.state(), [](lua_State*) {
    std::raise(SIGUSR1);
    return 0;
  });
  lua_setglobal(runtime_.state(), "signal");
  const Status status = runtime_.RunString("signal() while true do end", "=script");
  EXPECT_STREQ(status.what(), "script:1: interrupted");
}

#if !defined(MOONLET_SYSTEM_LUA)  // what the patches of Lua are for
// Called with the flag up and no instruction of Lua before it, only the function itself
// can notice.
TEST_F(StopTest, FunctionsThatGoThroughAStringNotice) {
  const char* const calls[] = {
      "string.upper, text",
      "string.lower, text",
      "string.reverse, text",
      "string.rep, text, 3",
      "string.find, text, 'y*x'",
      "string.find, text, 'xy', 1, true",
      "string.format, '%q', text",
      "string.pack, 'c2000', text",
      "utf8.len, text",
      "load, (' '):rep(1000)",
      "load, '--' .. text",
      "load, '--[[' .. text .. ']]'",
      "load, 'return \"' .. text .. '\"'",
      "load, text .. ' = 1'",
      "load, string.char",
      "table.concat, {text, text}",
      "table.move, {1, 2}, 1, 2, 3",
      "table.sort, {2, 1}",
      "table.insert, {1, 2}, 1, 3",
      "table.remove, {1, 2}, 1",
  };
  lua_State* L = runtime_.state();
  for (const char* call : calls) {
    SCOPED_TRACE(call);
    lua_settop(L, 0);
    const std::string script = std::string("local text = ('x'):rep(1000) return ") + call;
    ASSERT_TRUE(runtime_.LoadString(script, "=script").ok());
    ASSERT_TRUE(runtime_.Call(0, LUA_MULTRET).ok());
    runtime_.Interrupt();
    // load answers nil and the message, the others raise.
    const bool raised = lua_pcall(L, lua_gettop(L) - 1, 2, 0) != LUA_OK;
    const char* message = lua_tostring(L, -1);
    ASSERT_NE(message, nullptr) << raised;
    EXPECT_NE(std::string_view(message).find("interrupted"), std::string_view::npos) << message;
    EXPECT_FALSE(runtime_.stop().raised());
  }
}

TEST_F(StopTest, AGmatchThatWasInterruptedGoesOn) {
  lua_pushcfunction(runtime_.state(), [](lua_State* L) {
    Runtime::Of(L).Interrupt();
    return 0;
  });
  lua_setglobal(runtime_.state(), "interrupt");
  const Status status = runtime_.RunString(
      "local words = ('one two'):gmatch('(%a)(%a)%a')\n"
      "for i = 1, 300 do pcall(function() interrupt() words() end) end\n"
      "assert(words() == 'o')",
      "=script");
  EXPECT_TRUE(status.ok()) << status.what();
}
#endif

TEST_F(StopTest, ExitCannotBeCaught) {
  const char* const scripts[] = {
      "os.exit(3)",
      "pcall(os.exit, 3)",
      "while true do pcall(os.exit, 3) end",
      "xpcall(os.exit, function() while true do end end, 3) while true do end",
      "coroutine.wrap(os.exit)(3) while true do end",
      "coroutine.resume(coroutine.create(os.exit), 3) while true do end",
  };
  for (const char* script : scripts) {
    SCOPED_TRACE(script);
    EXPECT_EQ(runtime_.RunString(script, "=x").code(), Code::kStopped);
    EXPECT_EQ(runtime_.exit_code(), 3);
    lua_settop(runtime_.state(), 0);
    EXPECT_TRUE(runtime_.RunString("x = 1", "=x").ok());
    EXPECT_EQ(runtime_.exit_code(), std::nullopt);
  }
}

TEST_F(StopTest, ExitTakesABooleanOrNothing) {
  EXPECT_EQ(runtime_.RunString("os.exit(true)", "=x").code(), Code::kStopped);
  EXPECT_EQ(runtime_.exit_code(), 0);
  EXPECT_EQ(runtime_.RunString("os.exit(false)", "=x").code(), Code::kStopped);
  EXPECT_EQ(runtime_.exit_code(), 1);
  EXPECT_EQ(runtime_.RunString("os.exit()", "=x").code(), Code::kStopped);
  EXPECT_EQ(runtime_.exit_code(), 0);
}

// What would hold the process in a system call: it ends, with the exit code of
// timeout(1), one second after the budget.
TEST(StopDeathTest, ABlockingSystemCallEndsTheProcess) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        Runtime runtime;
        if (!runtime.Open({}).ok()) std::exit(1);
        runtime.SetBudget(0.1);
        (void)runtime.RunString("os.execute 'sleep 3'", "=x");
        std::exit(2);
      },
      testing::ExitedWithCode(124), "time budget");
}

#if !defined(MOONLET_SYSTEM_LUA)  // what the patches of Lua are for
TEST_F(StopTest, ABlockingReadEndsWithTheBudget) {
  runtime_.SetBudget(0.1);
  const Seconds clock;
  const Status status = runtime_.RunString("io.popen('sleep 0.5'):read('a') x = 1", "=x");
  EXPECT_EQ(status.code(), Code::kStopped) << status.what();
  EXPECT_LT(clock.Passed(), kBudget + kGrace);
}
#endif

TEST_F(StopTest, ScriptsCannotSetAFinalizer) {
  const Status status = runtime_.RunString(
      "local ok, message = pcall(setmetatable, {}, {__gc = print})\n"
      "assert(not ok and message:find('scripts cannot set __gc', 1, true), message)\n"
      "local mt = {} local t = setmetatable({}, mt)\n"
      "local ran = false mt.__gc = function() ran = true end\n"
      "t = nil collectgarbage() assert(not ran)",
      "=script");
  EXPECT_TRUE(status.ok()) << status.what();
}

#if !defined(MOONLET_SYSTEM_LUA)  // what the patches of Lua are for
TEST_F(StopTest, ScriptsCannotReplaceAFinalizer) {
  const Status status = runtime_.RunString(
      "local ran = false\n"
      "getmetatable(io.stdout).__gc = function() ran = true end\n"
      "io.open('/dev/null') collectgarbage() assert(not ran)",
      "=script");
  EXPECT_TRUE(status.ok()) << status.what();
}
#endif

struct Recursion {
  const char* name;
  const char* script;
};
void PrintTo(const Recursion& recursion, std::ostream* out) { *out << recursion.name; }

constexpr Recursion kRecursions[] = {
    {"Lua", "local function f() return 1 + f() end f()"},
    {"Pcall", "local function f() local ok, m = pcall(f) error(m, 0) end f()"},
    {"Gsub", "local function f() return (('x'):gsub('x', f)) end f()"},
    {"Sort", "local function f() table.sort({1, 2, 3}, f) end f()"},
    {"Metamethod",
     "local t = setmetatable({}, {}) getmetatable(t).__index = function(t, k) return t[k] end "
     "return t.x"},
    {"IndexLoop", "local t = setmetatable({}, {}) getmetatable(t).__index = t return t.x"},
    {"ToString", "local t = setmetatable({}, {__tostring = tostring}) tostring(t)"},
    {"Coroutine", "local function f() coroutine.wrap(f)() end f()"},
    {"Load", "local function f() return load(f) end assert(load(f))"},
    {"Close", "local function f() local x <close> = setmetatable({}, {__close = f}) end f()"},
    {"Parser", "assert(load(('('):rep(1e5) .. '1' .. (')'):rep(1e5)))"},
    {"ParserBlocks", "assert(load(('do '):rep(1e5) .. ('end '):rep(1e5)))"},
    {"ParserTables", "assert(load('return ' .. ('{'):rep(1e5)))"},
    {"Concat", "assert(load('return ' .. ('a..'):rep(1e5) .. 'a'))()"},
    {"Pattern", "(('x'):rep(1000)):find(('(x'):rep(300))"},
    {"PatternDepth", "(('x'):rep(1e5)):find(('x?'):rep(1000))"},
    {"Unpack", "table.unpack({}, 1, 1e6)"},
    {"Handler", "local function f() error(1) end assert(xpcall(f, f))"},
    {"Byte", "(('x'):rep(1e6)):byte(1, -1)"},
};

class EndlessRecursion : public ::testing::TestWithParam<Recursion> {};

TEST_P(EndlessRecursion, IsAnError) {
  Runtime runtime;
  ASSERT_TRUE(runtime.Open({}).ok());
  runtime.SetBudget(10);
  const Status status = runtime.RunString(GetParam().script, "=script");
  EXPECT_EQ(status.code(), Code::kInvalid) << status.what();
  lua_settop(runtime.state(), 0);
  EXPECT_TRUE(runtime.RunString("local t = {} for i = 1, 100 do t[i] = i end", "=x").ok());
}

INSTANTIATE_TEST_SUITE_P(Kinds, EndlessRecursion, ::testing::ValuesIn(kRecursions),
                         [](const auto& recursion) { return recursion.param.name; });

}  // namespace stop_test
}  // namespace moonlet
