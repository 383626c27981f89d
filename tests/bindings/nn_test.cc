// What a running model takes from any allocator: nothing. The script tests of module nn
// are in scripts/tests/nn_test.lua.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>

#include "bindings/modules.h"
#include "vm/runtime.h"

// Every request to the C library's heap is counted. The sanitizers bring a heap of their
// own, which leaves the counter at 0.
static std::atomic<long> g_requests{0};

#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__)
extern "C" {
void* __libc_malloc(size_t size);
void* __libc_calloc(size_t count, size_t size);
void* __libc_realloc(void* block, size_t size);
void* __libc_memalign(size_t alignment, size_t size);

void* malloc(size_t size) {
  ++g_requests;
  return __libc_malloc(size);
}
void* calloc(size_t count, size_t size) {
  ++g_requests;
  return __libc_calloc(count, size);
}
void* realloc(void* block, size_t size) {
  ++g_requests;
  return __libc_realloc(block, size);
}
void* aligned_alloc(size_t alignment, size_t size) {
  ++g_requests;
  return __libc_memalign(alignment, size);
}
}
constexpr bool kCounts = true;
#else
constexpr bool kCounts = false;
#endif

namespace moonlet {
namespace nn_test {

struct Requests {
  uint64_t lua, pools;
  long c_library;
};

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
  Requests During(const char* name) {
    lua_State* L = runtime_.state();
    lua_getglobal(L, name);
    const Heap& heap = runtime_.heap();
    const Requests before = {heap.lua_grants(), heap.pool_grants(), g_requests};
    lua_call(L, 0, 0);
    return {heap.lua_grants() - before.lua, heap.pool_grants() - before.pools,
            g_requests - before.c_library};
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
  const Requests none = During("runs");
  EXPECT_EQ(none.lua, 0u);
  EXPECT_EQ(none.pools, 0u);
  EXPECT_EQ(none.c_library, 0);
  // The counters do count.
  const Requests some = During("loads");
  EXPECT_GT(some.lua, 0u);
  EXPECT_GT(some.pools, 0u);
  EXPECT_EQ(some.c_library > 0, kCounts);
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
