// What a running model takes from any allocator: nothing. The script tests of module nn
// are in scripts/tests/nn_test.lua.
#include <gtest/gtest.h>

#include "bindings/modules.h"
#include "tests/bindings/heap_requests.h"
#include "vm/runtime.h"

namespace moonlet {
namespace nn_test {

class NnTest : public testing::Test {
 protected:
  void SetUp() override {
    RuntimeOptions options;
    options.open_builtin = OpenBuiltinModule;
    options.builtin_names = BuiltinNames();
    ASSERT_TRUE(runtime_.Open(options).ok());
  }
  void Run(const char* code) {
    const Status s = runtime_.RunString(code, "=test");
    ASSERT_TRUE(s.ok()) << s.what();
  }
  // Calls the global function `name` and gives what was asked of each heap meanwhile.
  HeapRequests During(const char* name) {
    lua_State* L = runtime_.state();
    lua_getglobal(L, name);
    const HeapRequests before = HeapRequests::Of(runtime_.heap());
    lua_call(L, 0, 0);
    return HeapRequests::Of(runtime_.heap()).Since(before);
  }

  Runtime runtime_;
};

TEST_F(NnTest, ARunAsksNoHeapForAnything) {
  Run(R"(
    local nn, tensor = require "nn", require "tensor"
    local path = "scripts/apps/digits.tflite"
    local model, floats = assert(nn.load(path)), assert(nn.load(path, {float_io = true}))
    local x = tensor.zeros(model.inputs[1].shape)
    local q = model.inputs[1].tensor:clone()
    function runs()
      for _ = 1, 100 do
        model:run()
        model:run(x)
        model:run(q)
        floats:run(x)
        local port = model.inputs[1]
        local t, scale, zero, count = port.tensor, port.scale, port.zero_point, #model.outputs
      end
    end
    function loads() nn.load(path) end
    collectgarbage("stop")
    runs())");
  const HeapRequests none = During("runs");
  EXPECT_EQ(none.lua, 0u);
  EXPECT_EQ(none.pools, 0u);
  EXPECT_EQ(none.c_library, 0);
  // The counters do count.
  const HeapRequests some = During("loads");
  EXPECT_GT(some.lua, 0u);
  EXPECT_GT(some.pools, 0u);
  EXPECT_EQ(some.c_library > 0, CountsCLibrary());
}

TEST_F(NnTest, ALoadThatIsRefusedAnywhereLeavesNothingBehind) {
  Run(R"(
    local nn = require "nn"
    function attempt()
      local ok, model, message = pcall(nn.load, "scripts/apps/digits.tflite")
      if ok and model then model:run() model:close() end
      return ok and model ~= nil
    end
    attempt()
    collectgarbage() collectgarbage())");
  lua_State* L = runtime_.state();
  Heap& heap = runtime_.heap();
  for (uint64_t granted = 0;; ++granted) {
    ASSERT_LT(granted, 10000u);
    heap.RefuseAfter(granted, 1000);
    lua_getglobal(L, "attempt");
    const int status = lua_pcall(L, 0, 1, 0);
    heap.RefuseNothing();
    const bool loaded = status == LUA_OK && lua_toboolean(L, -1);
    lua_pop(L, 1);
    lua_gc(L, LUA_GCCOLLECT);
    lua_gc(L, LUA_GCCOLLECT);
    EXPECT_EQ(heap.figures().engine, 0u) << granted;
    EXPECT_EQ(heap.figures().files, 0u) << granted;
    if (loaded) break;
  }
}

}  // namespace nn_test
}  // namespace moonlet
