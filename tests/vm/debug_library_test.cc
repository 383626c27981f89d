#include <string>

#include "tests/vm/runtime_fixture.h"

namespace moonlet {
namespace debug_library_test {

class DebugLibraryTest : public RuntimeTest {};

TEST_F(DebugLibraryTest, HasNothingThatReachesIntoC) {
  EXPECT_EQ(Run("return debug.sethook, debug.getregistry, debug.setuservalue, debug.setmetatable"),
            "nil, nil, nil, nil");
  EXPECT_EQ(Run("return debug.getupvalue(('x'):gmatch('x'), 3)"), "");
  EXPECT_EQ(Run("return debug.setupvalue(('x'):gmatch('x'), 3, 1)"), "");
  EXPECT_EQ(Run("return (('x'):gsub('x', function() return tostring((debug.getlocal(2, 1))) end))"),
            "nil");
}

TEST_F(DebugLibraryTest, ReadsAndSetsNamedVariables) {
  EXPECT_EQ(Run("local a, b = 1, 2 return debug.getlocal(1, 2)"), "b, 2");
  EXPECT_EQ(Run("local a = 1 debug.setlocal(1, 1, 5) return a"), "5");
  EXPECT_EQ(Run("return debug.getlocal(function(x, y) end, 2)"), "y");
  EXPECT_EQ(Run("local u = 1 local function f() return u end return debug.getupvalue(f, 1)"),
            "u, 1");
  EXPECT_EQ(Run("local u = 1 local function f() return u end debug.setupvalue(f, 1, 8) return f()"),
            "8");
  EXPECT_EQ(Run("local c = coroutine.create(function(p) coroutine.yield() return p end) "
                "coroutine.resume(c, 7)\n"
                "local n, v = debug.getlocal(c, 1, 1) debug.setlocal(c, 1, 1, 9) return n, v, "
                "coroutine.resume(c)"),
            "p, 7, true, 9");
  EXPECT_EQ(Run("return pcall(debug.getlocal, 99, 1)"),
            "false, bad argument #1 to 'debug.getlocal' (level out of range)");
}

// Lua trusts what it holds between two instructions.
TEST_F(DebugLibraryTest, LeavesLuasOwnValuesAlone) {
  EXPECT_EQ(Run("function f() for i = 1, 20 do debug.setlocal(2, i, 5) end return 1 end\n"
                "for i = 1, 2 do f() end return #{f(), f(), f()}"),
            "3");
}

}  // namespace debug_library_test
}  // namespace moonlet
