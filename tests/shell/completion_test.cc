#include "shell/completion.h"

#include <set>
#include <string>

#include "bindings/modules.h"
#include "gtest/gtest.h"
#include "vm/runtime.h"

namespace moonlet {
namespace completion_test {

using Names = std::set<std::string>;

class CompletionTest : public ::testing::Test, private CandidateSink {
 protected:
  void SetUp() override {
    RuntimeOptions options;
    options.open_builtin = OpenBuiltinModule;
    options.builtin_names = BuiltinNames();
    options.modules_as_globals = true;
    ASSERT_TRUE(runtime_.Open(options).ok());
  }

  void Run(const char* code) {
    ASSERT_TRUE(runtime_.RunString(code, "=test").ok()) << lua_tostring(runtime_.state(), -1);
  }
  Names Of(std::string_view word) {
    found_.clear();
    Complete(runtime_.state(), word, this);
    EXPECT_EQ(lua_gettop(runtime_.state()), 0);
    return found_;
  }
  bool Has(std::string_view word, const char* candidate) { return Of(word).contains(candidate); }

  Runtime runtime_;

 private:
  void Add(std::string_view candidate) override { found_.emplace(candidate); }
  Names found_;
};

TEST_F(CompletionTest, OffersGlobalsKeywordsAndModules) {
  Run("whale = 1; _hidden = 2");
  EXPECT_EQ(Of("wh"), (Names{"whale", "while"}));
  EXPECT_EQ(Of("_hid"), (Names{"_hidden"}));
  EXPECT_TRUE(Has("ten", "tensor"));
  EXPECT_TRUE(Has("", "print"));
  EXPECT_FALSE(Has("", "_hidden"));
  EXPECT_EQ(Of("nothing_starts_so"), Names{});
}

TEST_F(CompletionTest, KnowsAModuleBeforeItIsOpened) {
  EXPECT_TRUE(Has("tensor.ze", "tensor.zeros"));
  lua_getglobal(runtime_.state(), "_G");
  lua_pushliteral(runtime_.state(), "tensor");
  EXPECT_EQ(lua_rawget(runtime_.state(), -2), LUA_TNIL) << "completion opened it";
  lua_settop(runtime_.state(), 0);
  Run("local t = tensor");
  EXPECT_TRUE(Has("tensor.ze", "tensor.zeros"));
}

TEST_F(CompletionTest, FollowsTablesByTheirStringKeys) {
  Run("config = {net = {ssid = 'x', speed = 1, ['two words'] = 2, ['end'] = 3, [1] = 4}}");
  EXPECT_EQ(Of("config.net.s"), (Names{"config.net.ssid", "config.net.speed"}));
  EXPECT_EQ(Of("config.net."), (Names{"config.net.ssid", "config.net.speed"}));
  EXPECT_EQ(Of("config.nothing.s"), Names{});
  EXPECT_EQ(Of("nothing.s"), Names{});
}

TEST_F(CompletionTest, FollowsListPositions) {
  Run("list = {{name = 1}, {rate = 2}}");
  EXPECT_EQ(Of("list[2].r"), (Names{"list[2].rate"}));
  EXPECT_EQ(Of("list[3].r"), Names{});
}

TEST_F(CompletionTest, OffersMethodsAfterAColonOnly) {
  Run("account = {balance = 1, deposit = function() end}");
  EXPECT_EQ(Of("account:"), (Names{"account:deposit"}));
  Run("s = 'text'");
  EXPECT_EQ(Of("s:rep"), (Names{"s:rep"}));
}

TEST_F(CompletionTest, InheritsThroughTablesAndNeverCallsAFunction) {
  Run("Base = {greet = print}; derived = setmetatable({own = print}, {__index = Base})");
  EXPECT_EQ(Of("derived:"), (Names{"derived:greet", "derived:own"}));
  Run("called = 0; trap = setmetatable({}, {__index = function() called = called + 1 end})");
  EXPECT_EQ(Of("trap.x"), Names{});
  EXPECT_EQ(Of("trap.a.x"), Names{});
  Run("assert(called == 0)");
  Run("loop = {x = 1}; setmetatable(loop, {__index = loop})");
  EXPECT_EQ(Of("loop."), (Names{"loop.x"}));
}

TEST_F(CompletionTest, OffersTheMethodsOfOurObjects) {
  Run("t = tensor.zeros({2})");
  size_t functions = 0;
  for (const Module* module : Modules()) {
    for (const Class* one : module->classes) {
      if (std::string_view(one->type_name) != "moonlet.tensor") continue;
      for (const auto& part : one->methods) {
        for (const Entry& entry : part) {
          if (entry.function == nullptr) continue;
          ++functions;
          EXPECT_TRUE(Has("t:", (std::string("t:") + entry.name).c_str())) << entry.name;
        }
      }
    }
  }
  EXPECT_GT(functions, 0u);
}

TEST(WordToComplete, IsTheNameBeforeTheCursor) {
  EXPECT_EQ(WordToComplete("print(mo"), "mo");
  EXPECT_EQ(WordToComplete("x = model.inputs[1].sh"), "model.inputs[1].sh");
  EXPECT_EQ(WordToComplete("t[model:ru"), "model:ru");
  EXPECT_EQ(WordToComplete("t[i].na"), ".na");
  EXPECT_EQ(WordToComplete("'a'..na"), "na");
  EXPECT_EQ(WordToComplete("f() "), "");
  EXPECT_EQ(WordToComplete("t[1]"), "");
  EXPECT_EQ(WordToComplete(""), "");
}

TEST(ContextAtEnd, TellsStringsAndCommentsFromCode) {
  EXPECT_EQ(ContextAtEnd("x = 'it"), Context::kString);
  EXPECT_EQ(ContextAtEnd("x = 'it\\'s"), Context::kString);
  EXPECT_EQ(ContextAtEnd("x = 'it' .. y"), Context::kCode);
  EXPECT_EQ(ContextAtEnd("x = 1 -- it's"), Context::kComment);
  EXPECT_EQ(ContextAtEnd("x = '--'"), Context::kCode);
}

}  // namespace completion_test
}  // namespace moonlet
