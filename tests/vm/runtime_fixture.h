// Runs scripts and gives what they return as text.
#pragma once
#include <gtest/gtest.h>

#include <string>

#include "vm/runtime.h"

namespace moonlet {

class RuntimeTest : public testing::Test {
 protected:
  // Opens with these options, in place of the state there was.
  void Open(const RuntimeOptions& options) {
    runtime_.Close();
    const Status status = runtime_.Open(options);
    ASSERT_TRUE(status.ok()) << status.what();
  }

  // The chunk's results through tostring, ", " between them; or "error: " and the first line.
  std::string Run(const std::string& script) {
    if (runtime_.state() == nullptr) Open({});
    lua_State* L = runtime_.state();
    lua_settop(L, 0);
    Status status = runtime_.LoadString(script, "=script");
    if (status.ok()) status = runtime_.Call(0, LUA_MULTRET);
    if (!status.ok()) return std::string("error: ") + status.what();
    std::string text;
    const int count = lua_gettop(L);
    for (int i = 1; i <= count; ++i) {
      size_t size;
      const char* value = luaL_tolstring(L, i, &size);
      text += (i > 1 ? ", " : "") + std::string(value, size);
      lua_pop(L, 1);
    }
    return text;
  }

  Runtime runtime_;
};

// A folder of its own for each test, gone afterwards.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::string& path() const { return path_; }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  // Writes a file there, making the folders in its name; gives its path.
  std::string Write(const std::string& name, const std::string& content) const;

 private:
  std::string path_;
};

}  // namespace moonlet
