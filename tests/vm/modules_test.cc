#include "vm/modules.h"

#include <cstring>
#include <string>

#include "tests/vm/runtime_fixture.h"

namespace moonlet {
namespace modules_test {

bool OpenTestBuiltin(lua_State* L, const char* name) {
  if (std::strcmp(name, "part") != 0 && std::strcmp(name, "other") != 0) return false;
  lua_createtable(L, 0, 1);
  lua_pushstring(L, name);
  lua_setfield(L, -2, "builtin");
  return true;
}

class ModulesTest : public RuntimeTest {
 protected:
  void SetUp() override { Open(); }
  void Open(bool globals = false) {
    options_.open_builtin = OpenTestBuiltin;
    options_.builtin_names = kNames;
    options_.library_dir = library_.path().c_str();
    options_.modules_as_globals = globals;
    RuntimeTest::Open(options_);
    runtime_.SetScriptOf((script_ / "main.lua").c_str());
  }

  static constexpr const char* kNames[] = {"part", "other"};
  RuntimeOptions options_;
  TemporaryFolder script_;
  TemporaryFolder library_;
};

TEST_F(ModulesTest, BuiltinsComeFirstThenTheScriptsFolderThenTheLibrary) {
  script_.Write("part.lua", "return 'script'");
  script_.Write("both.lua", "return 'script'");
  library_.Write("both.lua", "return 'library'");
  library_.Write("only.lua", "return ...");
  EXPECT_EQ(Run("return require('part').builtin"), "part");
  EXPECT_EQ(Run("return (require 'both')"), "script");
  EXPECT_EQ(Run("return require 'only'"), "only, " + library_ / "only.lua");
}

TEST_F(ModulesTest, AModuleRunsOnceAndKeepsItsValue) {
  script_.Write("counted.lua", "count = (count or 0) + 1 return {}");
  EXPECT_EQ(Run("return require 'counted' == require 'counted', count"), "true, 1");
  script_.Write("silent.lua", "");
  EXPECT_EQ(Run("return (require 'silent')"), "true");
}

TEST_F(ModulesTest, ADotIsAFolder) {
  script_.Write("a/b/c.lua", "return ...");
  EXPECT_EQ(Run("return require 'a.b.c'"), "a.b.c, " + script_ / "a/b/c.lua");
}

TEST_F(ModulesTest, NamesCannotLeaveTheFolders) {
  for (const char* name : {"../x", "/etc/passwd", "a..b", ".a", "a.", "", "a/b", "a b", "a\\0b"}) {
    EXPECT_NE(
        Run(std::string("return pcall(require, '") + name + "')").find("module name expected"),
        std::string::npos)
        << name;
  }
}

TEST_F(ModulesTest, WhatIsNotFoundSaysWhatWasTried) {
  EXPECT_EQ(Run("return select(2, pcall(require, 'none'))"),
            "module 'none' not found:\n\tno built-in module 'none'\n\tno file '" +
                script_ / "none.lua" + "'\n\tno file '" + library_ / "none.lua" + "'");
}

TEST_F(ModulesTest, ACycleIsAnErrorThatShowsTheWay) {
  script_.Write("a.lua", "return require 'b'");
  script_.Write("b.lua", "return require 'c'");
  script_.Write("c.lua", "return require 'a'");
  EXPECT_NE(Run("require 'a'").find("module 'a' requires itself (a -> b -> c -> a)"),
            std::string::npos);
  script_.Write("c.lua", "return 3");
  EXPECT_EQ(Run("return (require 'a')"), "3");
}

TEST_F(ModulesTest, AFailedModuleCanBeTriedAgain) {
  script_.Write("late.lua", "error 'not yet'");
  EXPECT_NE(Run("return pcall(require, 'late')").find("not yet"), std::string::npos);
  script_.Write("late.lua", "return )");
  EXPECT_NE(Run("return pcall(require, 'late')").find("error loading module 'late'"),
            std::string::npos);
  script_.Write("late.lua", "return 5");
  EXPECT_EQ(Run("return (require 'late')"), "5");
}

TEST_F(ModulesTest, FilesMayBeginWithAMarkAndAShellLine) {
  script_.Write("marked.lua", "\xEF\xBB\xBF#!/usr/bin/env moonlet\nreturn 7");
  EXPECT_EQ(Run("return (require 'marked')"), "7");
  script_.Write("binary.lua", "\x1bLua\x54");
  const char* refusal = kSameBitsEverywhere ? "only text can be loaded" : "mode is 't'";
  EXPECT_NE(Run("return pcall(require, 'binary')").find(refusal), std::string::npos);
}

TEST_F(ModulesTest, GlobalsOpenModulesOnlyWhenAsked) {
  library_.Write("written.lua", "return {lua = true}");
  EXPECT_EQ(Run("return part, written"), "nil, nil");
  Open(true);
  EXPECT_EQ(Run("for name in pairs(_G) do assert(name ~= 'part') end return 'none open'"),
            "none open");
  EXPECT_EQ(Run("return part.builtin, rawget(_G, 'part') == require 'part', written.lua"),
            "part, true, true");
  EXPECT_EQ(Run("return unknown, _G[1]"), "nil, nil");
  EXPECT_EQ(Run("part = nil return part.builtin"), "part");
}

TEST_F(ModulesTest, NamesAreListedOnce) {
  library_.Write("written.lua", "");
  library_.Write("part.lua", "");
  library_.Write("no-name.lua", "");
  library_.Write("text.txt", "");
  PushModuleNames(runtime_.state());
  lua_setglobal(runtime_.state(), "names");
  EXPECT_EQ(Run("return table.concat(names, ' ')"), "part other written");
}

}  // namespace modules_test
}  // namespace moonlet
