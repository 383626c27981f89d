#include "vm/heap.h"

#include <cstdint>
#include <string>

#include "tests/vm/runtime_fixture.h"

namespace moonlet {
namespace heap_test {

TEST(Heap, CountsLuaAndPoolsApart) {
  Heap heap;
  void* lua = Heap::LuaAlloc(&heap, nullptr, LUA_TTABLE, 100);
  lua = Heap::LuaAlloc(&heap, lua, 100, 300);
  lua = Heap::LuaAlloc(&heap, lua, 300, 50);
  void* engine = heap.engine().Allocate(1000, 64);
  void* packed = heap.packed().Allocate(10, 1);
  void* files = heap.files().Allocate(20, 1);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(engine) % 64, 0u);
  MemoryFigures figures = heap.figures();
  EXPECT_EQ(figures.lua, 50u);
  EXPECT_EQ(figures.lua_peak, 300u);
  EXPECT_EQ(figures.engine, 1000u);
  EXPECT_EQ(figures.packed, 10u);
  EXPECT_EQ(figures.files, 20u);
  Heap::LuaAlloc(&heap, lua, 50, 0);
  heap.engine().Free(engine, 1000);
  heap.packed().Free(packed, 10);
  heap.files().Free(files, 20);
  figures = heap.figures();
  EXPECT_EQ(figures.lua + figures.engine + figures.files + figures.packed, 0u);
  EXPECT_EQ(figures.engine_peak, 1000u);
  heap.ResetPeaks();
  EXPECT_EQ(heap.figures().engine_peak, 0u);
}

TEST(Heap, HoldsTheCapForTheSum) {
  Heap heap;
  heap.set_cap(1000);
  void* engine = heap.engine().Allocate(600, 16);
  ASSERT_NE(engine, nullptr);
  EXPECT_EQ(Heap::LuaAlloc(&heap, nullptr, 0, 401), nullptr);
  EXPECT_EQ(heap.files().Allocate(401, 16), nullptr);
  EXPECT_EQ(heap.files().Allocate(SIZE_MAX, 16), nullptr);
  void* lua = Heap::LuaAlloc(&heap, nullptr, 0, 400);
  ASSERT_NE(lua, nullptr);
  EXPECT_EQ(Heap::LuaAlloc(&heap, lua, 400, 401), nullptr);
  lua = Heap::LuaAlloc(&heap, lua, 400, 300);  // less is always granted
  EXPECT_NE(lua, nullptr);
  Heap::LuaAlloc(&heap, lua, 300, 0);
  heap.engine().Free(engine, 600);
}

TEST(Heap, RefusesTheRequestATestAsksFor) {
  Heap heap;
  heap.RefuseAfter(1, 1);
  void* first = heap.engine().Allocate(8, 8);
  EXPECT_NE(first, nullptr);
  EXPECT_EQ(heap.engine().Allocate(8, 8), nullptr);
  EXPECT_EQ(heap.refusals(), 1u);
  void* third = Heap::LuaAlloc(&heap, nullptr, 0, 8);
  EXPECT_NE(third, nullptr);
  heap.engine().Free(first, 8);
  Heap::LuaAlloc(&heap, third, 8, 0);
}

class HeapTest : public RuntimeTest {};

TEST_F(HeapTest, AScriptMeetsTheCapAsAnErrorAndGoesOn) {
  RuntimeOptions options;
  options.memory_cap = 1 << 20;
  Open(options);
  EXPECT_EQ(Run("return pcall(string.rep, 'x', 1 << 21)"), "false, not enough memory");
  EXPECT_EQ(Run("local t = {} for i = 1, 1e9 do t[i] = i end"), "error: not enough memory");
  EXPECT_EQ(Run("local n = 0 for i = 1, 100 do n = n + #('x'):rep(1 << 17) end return n"),
            std::to_string(100 << 17));
  EXPECT_LE(runtime_.memory().lua_peak, options.memory_cap);
}

// The engine's memory is given back by finalizers of userdata, so a refusal collects first.
TEST_F(HeapTest, AFullEngineCollectsGarbageAndRetries) {
  struct Block {
    static int Free(lua_State* L) {
      void* block = *static_cast<void**>(lua_touserdata(L, 1));
      Runtime::Of(L).engine_memory().Free(block, 600'000);
      return 0;
    }
    static int New(lua_State* L) {
      auto** block = static_cast<void**>(lua_newuserdatauv(L, sizeof(void*), 0));
      *block = nullptr;
      if (luaL_newmetatable(L, "block")) {
        lua_pushcfunction(L, Free);
        lua_setfield(L, -2, "__gc");
      }
      lua_setmetatable(L, -2);
      *block = Runtime::Of(L).engine_memory().Allocate(600'000, 64);
      lua_pushboolean(L, *block != nullptr);
      lua_insert(L, -2);
      return 2;
    }
  };
  RuntimeOptions options;
  options.memory_cap = 1'000'000;
  Open(options);
  lua_pushcfunction(runtime_.state(), Block::New);
  lua_setglobal(runtime_.state(), "block");
  EXPECT_EQ(Run("collectgarbage('stop') for i = 1, 5 do assert(block()) end return 'all'"), "all");
  EXPECT_EQ(Run("local kept, one = block() local refused = block() return kept, refused"),
            "true, false");
  EXPECT_EQ(Run("return coroutine.wrap(function() block() return (block()) end)()"), "true");
  runtime_.Close();
  EXPECT_EQ(runtime_.memory().engine, 0u);
}

TEST_F(HeapTest, NothingIsLeftWhenTheStateCloses) {
  Open({});
  EXPECT_EQ(Run("keep = {} for i = 1, 100 do keep[i] = tostring(i) end return 1"), "1");
  EXPECT_GT(runtime_.memory().lua, 0u);
  runtime_.Close();
  EXPECT_EQ(runtime_.memory().lua, 0u);
}

TEST_F(HeapTest, AStateThatDoesNotFitIsAStatus) {
  for (size_t cap = 256; cap < 64 << 10; cap += 1111) {
    RuntimeOptions options;
    options.memory_cap = cap;
    options.sandbox = cap % 2 == 0;
    const Status status = runtime_.Open(options);
    if (!status.ok()) {
      EXPECT_EQ(status.code(), Code::kNoMemory) << status.what();
    }
    runtime_.Close();
    EXPECT_EQ(runtime_.memory().lua, 0u);
  }
}

}  // namespace heap_test
}  // namespace moonlet
