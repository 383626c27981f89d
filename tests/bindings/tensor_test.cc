#include "bindings/tensor.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "bindings/modules.h"
#include "vm/runtime.h"

namespace moonlet {
namespace tensor_test {

class TensorTest : public testing::Test {
 protected:
  void SetUp() override {
    options_.open_builtin = OpenBuiltinModule;
    options_.builtin_names = BuiltinNames();
    options_.modules_as_globals = true;
    ASSERT_TRUE(runtime_.Open(options_).ok());
    L = runtime_.state();
  }
  // "" or the error's message.
  std::string Run(const char* script) {
    const Status s = runtime_.RunString(script, "=script");
    if (s.ok()) return "";
    lua_settop(L, 0);
    return s.what();
  }

  RuntimeOptions options_;
  Runtime runtime_;
  lua_State* L = nullptr;
};

Shape Vector(Index n) { return Shape{1, {n}}; }

TEST_F(TensorTest, MakesTensorsBeforeTheModuleIsOpened) {
  Tensor* t = NewTensor(L, DType::kInt32, Vector(3));
  EXPECT_EQ(reinterpret_cast<uintptr_t>(t->data) % 64, 0u);
  EXPECT_TRUE(t->contiguous());
  EXPECT_EQ(TestTensor(L, -1), t);
  lua_setglobal(L, "t");
  EXPECT_EQ(Run("t:fill_(4) assert(t == require('tensor').new({4, 4, 4}, 'int32'))"), "");
}

TEST_F(TensorTest, TellsTensorsFromEverythingElse) {
  lua_newuserdatauv(L, sizeof(Tensor), 1);
  lua_pushlightuserdata(L, this);
  luaL_newmetatable(L, kTensorType);
  lua_setmetatable(L, -3);
  lua_newtable(L);
  lua_pushnil(L);
  for (int i = 1; i <= lua_gettop(L); ++i) EXPECT_EQ(TestTensor(L, i), nullptr) << i;
  EXPECT_EQ(TestTensor(L, lua_gettop(L) + 1), nullptr);
}

TEST_F(TensorTest, ViewsHoldTheOwnerAndNoViewBetween) {
  Tensor* owner = NewTensor(L, DType::kFloat32, Vector(4));
  NewView(L, *owner, 1);
  NewView(L, *owner, 2);
  lua_getiuservalue(L, 3, 1);
  EXPECT_TRUE(lua_rawequal(L, -1, 1));
  // Anything may own memory, a model for instance.
  lua_newtable(L);
  NewView(L, *owner, -1);
  NewView(L, *owner, -1);
  lua_getiuservalue(L, -1, 1);
  EXPECT_TRUE(lua_rawequal(L, -1, 5));
}

TEST_F(TensorTest, OutIsIdenticalToAnInputOrDisjoint) {
  EXPECT_EQ(Run("local x = tensor.arange(4)\n"
                "assert(rawequal(x:clone(x), x))\n"
                "assert(rawequal(x:slice({1, 2}):clone(x:slice({3, 4})), nil) == false)\n"
                "assert(x == tensor.new{0, 1, 0, 1})"),
            "");
  EXPECT_NE(Run("local x = tensor.arange(4) x:slice({1, 3}):clone(x:slice({2, 4}))")
                .find("bad argument #1 to 'clone' (shares memory"),
            std::string::npos);
}

// Every allocation of this script fails once. What was there before is as it was.
TEST_F(TensorTest, SurvivesEachRefusedAllocation) {
  constexpr const char* kScript =
      "local x = tensor.new({{1, 2, 3}, {4, 5, 6}}, 'int32')\n"
      "local y = tensor.concat({x, x:slice({1, 1})})\n"
      "y = tensor.stack({y, y}, 2):transpose():reshape({-1})\n"
      "y = y:mask(tensor.full({#y}, true)):astype('float32'):quantize(0.5, 1)\n"
      "y:mask_fill_(tensor.full({#y}, true), x:reshape(6)[1])\n"
      "for row in x:rows() do row[1] = row[2] end\n"
      "assert(#tostring(y) > 0 and #y:tobytes() == #y and #y:totable() == #y)\n"
      "assert(#x:split(2) == 2 and x.shape[1] == 2)\n"
      "x:copy_(x:slice({-1, 1, -1}))\n"
      "local path = os.tmpname()\n"
      "local saved, message = tensor.save(path, x)\n"
      "local loaded, reason = tensor.load(path)\n"
      "for _, deflate in ipairs{false, true} do\n"
      "  assert(tensor.save(path, {x = x, y = y}, {deflate = deflate}))\n"
      "  local all = assert(tensor.load(path))\n"
      "  assert(all.x == x and all.y == y)\n"
      "end\n"
      "os.remove(path)\n"
      "assert(saved, message) assert(loaded, reason) assert(loaded == x)\n";
  ASSERT_EQ(Run(kScript), "");
  ASSERT_EQ(Run("kept = tensor.arange(100)"), "");
  uint64_t refused = 0;
  for (uint64_t count = 0;; ++count) {
    runtime_.heap().RefuseAfter(count, 2);
    const std::string message = Run(kScript);
    const bool finished = runtime_.heap().refusals() == 0;
    runtime_.heap().RefuseNothing();
    if (finished) break;
    ++refused;
    if (!message.empty()) {
      EXPECT_NE(message.find("memory"), std::string::npos) << count << ": " << message;
    }
    ASSERT_EQ(Run("assert(kept == tensor.arange(100))"), "") << count;
  }
  EXPECT_GT(refused, 50u);
  lua_gc(L, LUA_GCCOLLECT);
  EXPECT_EQ(runtime_.memory().files, 0u);
}

}  // namespace tensor_test
}  // namespace moonlet
