#include "bindings/options.h"

#include <gtest/gtest.h>

#include <string>

#include "vm/runtime.h"

namespace moonlet {
namespace options_test {

constexpr const char* kNames[] = {"map", "float_io", "ram", "part", "scale"};
constexpr const char* kScales[] = {"htk", "slaney", "linear"};

int Take(lua_State* L) {
  const OptionTable options(L, 1, kNames);
  lua_pushboolean(L, options.Boolean("map", false));
  lua_pushinteger(L, options.Integer("ram", 7, 0, 1000));
  return 2;
}

int TakeMore(lua_State* L) {
  const OptionTable options(L, 1, kNames);
  lua_pushnumber(L, options.Number("part", 0.5, 0, 1));
  lua_pushinteger(L, options.Choice("scale", 1, kScales));
  lua_pushboolean(L, options.Has("part"));
  return 3;
}

// The message of the error that `code` raises, "" for none.
std::string ErrorOf(const char* code) {
  Runtime runtime;
  EXPECT_TRUE(runtime.Open({}).ok());
  lua_register(runtime.state(), "take", Take);
  lua_register(runtime.state(), "take_more", TakeMore);
  const Status s = runtime.RunString(code, "=test");
  return s.ok() ? "" : s.what();
}

TEST(OptionTable, TakesWhatIsGivenAndDefaults) {
  EXPECT_EQ(ErrorOf("local m, r = take() assert(m == false and r == 7)"), "");
  EXPECT_EQ(ErrorOf("local m, r = take{map = true, ram = 0} assert(m == true and r == 0)"), "");
  EXPECT_EQ(ErrorOf("local m, r = take{ram = 1e3} assert(r == 1000)"), "");
}

TEST(OptionTable, RefusalsNameOptionExpectedAndGot) {
  EXPECT_NE(ErrorOf("take{mpa = true}").find("no option 'mpa'; did you mean 'map'?"),
            std::string::npos);
  EXPECT_NE(ErrorOf("take{floatio = 1}").find("did you mean 'float_io'?"), std::string::npos);
  EXPECT_NE(ErrorOf("take{something_else = 1}").find("(no option 'something_else')"),
            std::string::npos);
  EXPECT_NE(ErrorOf("take{map = 'yes'}").find("option 'map': boolean expected, got string"),
            std::string::npos);
  EXPECT_NE(ErrorOf("take{ram = 1001}")
                .find("option 'ram': whole number from 0 to 1000 expected, got 1001"),
            std::string::npos);
  EXPECT_NE(ErrorOf("take{ram = 0.5}").find("expected, got 0.5"), std::string::npos);
  EXPECT_NE(ErrorOf("take{ram = '5'}").find("expected, got string"), std::string::npos);
  EXPECT_NE(ErrorOf("take{true}").find("option names are strings, got a number"),
            std::string::npos);
  EXPECT_NE(ErrorOf("take(3)").find("table expected, got number"), std::string::npos);
}

TEST(OptionTable, TakesNumbersAndWords) {
  EXPECT_EQ(ErrorOf("local p, s, g = take_more() assert(p == 0.5 and s == 1 and not g)"), "");
  EXPECT_EQ(ErrorOf("local p, s, g = take_more{part = 1, scale = 'linear'} "
                    "assert(p == 1 and s == 2 and g)"),
            "");
  EXPECT_NE(
      ErrorOf("take_more{part = 1.5}").find("'part': number from 0.0 to 1.0 expected, got 1.5"),
      std::string::npos);
  EXPECT_NE(ErrorOf("take_more{part = 0/0}").find("expected, got nan"), std::string::npos);
  EXPECT_NE(ErrorOf("take_more{part = '1'}").find("expected, got string"), std::string::npos);
  EXPECT_NE(ErrorOf("take_more{scale = 'mel'}")
                .find("'scale': \"htk\", \"slaney\" or \"linear\" expected, got \"mel\""),
            std::string::npos);
  EXPECT_NE(ErrorOf("take_more{scale = 2}").find("expected, got number"), std::string::npos);
}

TEST(NearestName, CountsEdits) {
  EXPECT_STREQ(NearestName("map", kNames), "map");
  EXPECT_STREQ(NearestName("flaot_io", kNames), "float_io");
  EXPECT_EQ(NearestName("", kNames), nullptr);
  EXPECT_EQ(NearestName("completely", kNames), nullptr);
  const std::string longest(1000, 'm');
  EXPECT_EQ(NearestName(longest.c_str(), kNames), nullptr);
}

}  // namespace options_test
}  // namespace moonlet
