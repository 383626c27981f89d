#include "shell/completion.h"

#include <set>
#include <string>

#include "bindings/modules.h"
#include "bindings/pages.h"
#include "gtest/gtest.h"
#include "shell/cursor_place.h"
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
    options.library_dir = "scripts/lib";
    options.modules_as_globals = true;
    ASSERT_TRUE(runtime_.Open(options).ok());
  }

  void Run(const char* code) {
    ASSERT_TRUE(runtime_.RunString(code, "=test").ok()) << lua_tostring(runtime_.state(), -1);
  }
  // What the text may become.
  Names Of(std::string_view text) {
    candidates_.clear();
    const std::string_view start = Complete(runtime_.state(), text, this);
    EXPECT_EQ(lua_gettop(runtime_.state()), 0);
    EXPECT_TRUE(text.ends_with(start));
    Names whole;
    for (const std::string& candidate : candidates_) {
      EXPECT_TRUE(candidate.starts_with(start)) << candidate;
      whole.insert(std::string(text.substr(0, text.size() - start.size())) + candidate);
    }
    return whole;
  }
  bool Has(std::string_view text, const std::string& whole) { return Of(text).contains(whole); }
  // The options offered for a call such as "nn.load('x', {".
  Names Options(std::string_view call) {
    Names options;
    Of(call);
    for (const std::string& candidate : candidates_)
      if (candidate.ends_with(" = ")) options.insert(candidate.substr(0, candidate.size() - 3));
    return options;
  }

  Runtime runtime_;

 private:
  void Add(std::string_view candidate) override { candidates_.emplace(candidate); }
  Names candidates_;
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

TEST_F(CompletionTest, KnowsModulesWrittenInLua) {
  EXPECT_TRUE(Has("prog", "progress"));
  EXPECT_EQ(Of("progress.it"), (Names{"progress.iter"}));
  EXPECT_EQ(Of("nosuch.it"), Names{});
}

// ---- options ----

TEST_F(CompletionTest, OffersTheOptionsOfACall) {
  EXPECT_EQ(Options("nn.load('x', {"), (Names{"map", "float_io", "ram", "threads", "prepared"}));
  EXPECT_EQ(Of("m = nn.load('x', {ra"), (Names{"m = nn.load('x', {ram = "}));
  EXPECT_EQ(Of("nn.load('x', {map = true, th"), (Names{"nn.load('x', {map = true, threads = "}));
  EXPECT_EQ(Of("f = dsp.one_pole {cut"), (Names{"f = dsp.one_pole {cutoff = "}));
  EXPECT_EQ(Options("x = f(nn.load('x', {"), Options("nn.load('x', {"));
}

TEST_F(CompletionTest, OffersOptionsWhereAKeyBegins) {
  EXPECT_EQ(Options("nn.load('x', {map = th"), Names{});
  EXPECT_EQ(Options("nn.load('x', {map = f({"), Names{});
  EXPECT_EQ(Options("nn.load('x', {}, ra"), Names{});
  EXPECT_EQ(Options("{nn.load('x'), "), Names{});
  EXPECT_EQ(Options("nosuch.thing {"), Names{});
  EXPECT_TRUE(Has("nn.load('x', {map = tr", "nn.load('x', {map = true"));
}

TEST_F(CompletionTest, KnowsTheOptionsOfMethodsAndOfLuaModules) {
  Run("nb = ml.gaussian_nb()");
  EXPECT_EQ(Options("nb:fit(x, y, {"), (Names{"weights", "init", "lengths", "verbose"}));
  EXPECT_TRUE(Options("plot.line(y, {").contains("height"));
}

TEST_F(CompletionTest, FollowsOptionsToOtherPages) {
  EXPECT_TRUE(Options("dsp.mfcc {").contains("sample_rate"));
  const Names svc = Options("ml.svc {");
  const Names svr = Options("ml.svr {");
  EXPECT_TRUE(svc.contains("shape"));
  EXPECT_FALSE(svr.contains("shape")) << "without it";
  EXPECT_TRUE(svr.contains("kernel"));
  EXPECT_TRUE(svr.contains("epsilon"));
  EXPECT_TRUE(Options("ml.forest {").contains("depth"));
  EXPECT_FALSE(Options("ml.forest {").contains("splitter"));
  EXPECT_TRUE(Options("dsp.butter(4, 100, {").contains("btype"));
  EXPECT_TRUE(Options("dsp.iirpeak(4, 100, {").contains("sample_rate"));
  EXPECT_EQ(Options("dsp.csd(x, y, {"), Options("dsp.welch(x, {"));
}

// Their texts are all there is to know options by: so none may be misread.
TEST_F(CompletionTest, EveryConstructorTakesTheOptionsOffered) {
  constexpr const char* kIsRefused = R"lua(
    local call, option = ...
    local module, name = call:match "(%w+)%.(.+)"
    local _, why = pcall(require(module)[name], {[option] = coroutine.running()})
    return tostring(why):find "no option" ~= nil)lua";
  lua_State* L = runtime_.state();
  size_t count = 0;
  AnyDocumented([&](const Documented& d) {
    const std::string_view signature = d.entry->signature;
    const std::string name(PageOf(d).name());
    if (signature.find("options") == signature.npos || d.cls != nullptr) return false;
    if (name == "ml.estimator" || name == "ml.clone") return false;  // those of another kind
    const Names options = Options(name + " {");
    EXPECT_FALSE(options.empty()) << signature;
    if (!signature.substr(name.size()).starts_with("(options)") &&
        !signature.substr(name.size()).starts_with("([options])"))
      return false;
    for (const std::string& option : options) {
      EXPECT_TRUE(runtime_.LoadString(std::string_view(kIsRefused), "=call").ok());
      lua_pushstring(L, name.c_str());
      lua_pushstring(L, option.c_str());
      EXPECT_TRUE(runtime_.Call(2, 1).ok());
      EXPECT_FALSE(lua_toboolean(L, -1)) << name << " has no option " << option;
      lua_settop(L, 0);
      ++count;
    }
    return false;
  });
  EXPECT_GT(count, 300u);
}

// ---- files ----

TEST_F(CompletionTest, OffersFilesInStrings) {
  EXPECT_EQ(Of("io.open('scripts/li"), (Names{"io.open('scripts/lib/"}));
  EXPECT_TRUE(Has("x = 'scripts/lib/", "x = 'scripts/lib/csv.lua"));
  EXPECT_EQ(Of("x = 'scripts/lib/cs"), (Names{"x = 'scripts/lib/csv.lua"}));
  EXPECT_EQ(Of("x = 'no such folder/"), Names{});
  EXPECT_TRUE(Has("x = \"/r", "x = \"/ram/")) << "a volume of ours";
  Run("local f = io.open('/ram/notes.txt', 'w') f:close()");
  EXPECT_EQ(Of("'/ram/"), (Names{"'/ram/notes.txt"}));
  EXPECT_FALSE(Has("'", "'.git")) << "hidden";
}

// ---- where the cursor is ----

TEST(WordAtEnd, IsTheNameBeforeTheCursor) {
  EXPECT_EQ(WordAtEnd("print(mo"), "mo");
  EXPECT_EQ(WordAtEnd("x = model.inputs[1].sh"), "model.inputs[1].sh");
  EXPECT_EQ(WordAtEnd("t[model:ru"), "model:ru");
  EXPECT_EQ(WordAtEnd("t[i].na"), ".na");
  EXPECT_EQ(WordAtEnd("'a'..na"), "na");
  EXPECT_EQ(WordAtEnd("f() "), "");
  EXPECT_EQ(WordAtEnd("t[1]"), "");
  EXPECT_EQ(WordAtEnd(""), "");
}

TEST(PlaceAtEnd, TellsStringsAndCommentsFromCode) {
  using Kind = CursorPlace::Kind;
  EXPECT_EQ(PlaceAtEnd("x = 'it").kind, Kind::kString);
  EXPECT_EQ(PlaceAtEnd("x = 'it").quoted, "it");
  EXPECT_EQ(PlaceAtEnd("x = 'it\\'s").quoted, "it\\'s");
  EXPECT_EQ(PlaceAtEnd("x = 'it' .. y").kind, Kind::kCode);
  EXPECT_EQ(PlaceAtEnd("x = 1 -- it's").kind, Kind::kComment);
  EXPECT_EQ(PlaceAtEnd("x = '--'").kind, Kind::kCode);
}

TEST(PlaceAtEnd, SurvivesAnyBrackets) {
  EXPECT_EQ(PlaceAtEnd(")}]" + std::string(100, '{')).called, "");
  EXPECT_EQ(PlaceAtEnd(std::string(100, '(') + std::string(100, ')') + "f {a").called, "f");
  EXPECT_EQ(PlaceAtEnd("{").called, "");
}

}  // namespace completion_test
}  // namespace moonlet
