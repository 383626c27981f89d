#include "vm/runtime.h"

#include <cstring>
#include <string>
#include <string_view>

#include "tests/vm/runtime_fixture.h"

namespace moonlet {
namespace runtime_test {

class RunTest : public RuntimeTest {
 protected:
  void SetUp() override { Open({}); }
  std::string_view Top() {
    size_t size;
    const char* text = lua_tolstring(runtime_.state(), -1, &size);
    return text == nullptr ? std::string_view() : std::string_view(text, size);
  }
  Status Load(std::string_view line, bool* incomplete) {
    lua_settop(runtime_.state(), 0);
    return runtime_.LoadLine(line, incomplete);
  }
  TemporaryFolder folder_;
};

TEST_F(RunTest, AFileGetsItsArgumentsAndItsFolder) {
  folder_.Write("part.lua", "return 5");
  const std::string path = folder_.Write(
      "main.lua",
      "a, b, n = ..., select('#', ...) zero, one = arg[0], arg[1] part = require 'part'");
  const char* const arguments[] = {"x y", "2"};
  ASSERT_TRUE(runtime_.RunFile(path.c_str(), arguments).ok());
  EXPECT_EQ(Run("return a, one, zero, #arg, part"), "x y, x y, " + path + ", 2, 5");
}

TEST_F(RunTest, AnErrorHasPlaceAndTraceback) {
  const std::string path = folder_.Write("main.lua", "\nlocal function f() error 'bad' end\nf()\n");
  const Status status = runtime_.RunFile(path.c_str(), {});
  EXPECT_EQ(status.code(), Code::kInvalid);
  EXPECT_STREQ(status.what(), (path + ":2: bad").c_str());
  EXPECT_NE(Top().find("stack traceback:\n"), std::string_view::npos);
  EXPECT_NE(Top().find(path + ":3: in main chunk"), std::string_view::npos);
  EXPECT_EQ(lua_gettop(runtime_.state()), 1);
}

TEST_F(RunTest, AFileThatIsNotThereOrNotLuaIsAStatus) {
  EXPECT_NE(std::string_view(runtime_.RunFile((folder_ / "none.lua").c_str(), {}).what())
                .find("cannot open"),
            std::string_view::npos);
  const std::string path = folder_.Write("bad.lua", "x x");
  EXPECT_STREQ(runtime_.RunFile(path.c_str(), {}).what(),
               (path + ":1: syntax error near 'x'").c_str());
}

TEST_F(RunTest, AnyValueMayBeRaised) {
  EXPECT_EQ(Run("error({})"), "error: (error object is a table value)");
  EXPECT_EQ(Run("error()"), "error: (error object is a nil value)");
  EXPECT_EQ(Run("error(setmetatable({}, {__tostring = function() return 'mine' end}))"),
            "error: mine");
  EXPECT_EQ(Run("error(setmetatable({}, {__tostring = error}))").rfind("error: ", 0), 0u);
  EXPECT_EQ(Run("error(12)").substr(0, 9), "error: 12");
}

TEST_F(RunTest, ALineIsAnExpressionFirst) {
  bool incomplete;
  ASSERT_TRUE(Load("1 + 1, 'x'", &incomplete).ok());
  ASSERT_TRUE(runtime_.Call(0, LUA_MULTRET).ok());
  EXPECT_EQ(lua_gettop(runtime_.state()), 2);
  ASSERT_TRUE(Load("x = 1", &incomplete).ok());
  for (const char* line : {"for i = 1, 2 do", "f(", "x = {", "[[text", "return function()"}) {
    EXPECT_FALSE(Load(line, &incomplete).ok()) << line;
    EXPECT_TRUE(incomplete) << line;
  }
  EXPECT_FALSE(Load("x x", &incomplete).ok());
  EXPECT_FALSE(incomplete);
  EXPECT_EQ(Top(), "stdin:1: syntax error near 'x'");
}

TEST_F(RunTest, ProtectKeepsAnErrorInside) {
  const int value = 42;
  EXPECT_TRUE(runtime_
                  .Protect(
                      [](lua_State* L) {
                        lua_pushinteger(L, Runtime::Context<int>(L));
                        lua_setglobal(L, "value");
                        return 0;
                      },
                      &value)
                  .ok());
  EXPECT_EQ(Run("return value"), "42");
  lua_settop(runtime_.state(), 0);
  EXPECT_STREQ(runtime_.Protect([](lua_State* L) { return luaL_error(L, "no"); }, nullptr).what(),
               "no");
}

TEST_F(RunTest, AStateCanBeOpenedAgain) {
  Run("x = 1");
  Open({});
  EXPECT_EQ(Run("return x"), "nil");
}

TEST_F(RunTest, WarningsAreSilentUntilSwitchedOn) {
  ::testing::internal::CaptureStderr();
  Run("warn('one') warn('@on') warn('two', ' parts') warn('@off') warn('three')");
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "Lua warning: two parts\n");
}

// Promised for host and device alike: what stock builds leave to chance.
TEST_F(RunTest, OrderAndRandomnessRepeat) {
  const char* script =
      "local t = {} for i = 1, 50 do t['key' .. i] = i end local s = {}\n"
      "for k in pairs(t) do s[#s + 1] = k end return table.concat(s, ' '), math.random(1 << 40)";
  const std::string first = Run(script);
  Open({});
  if (kSameBitsEverywhere) {
    EXPECT_EQ(Run(script), first);
  }
}

}  // namespace runtime_test
}  // namespace moonlet
