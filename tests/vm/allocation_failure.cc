#include "tests/vm/allocation_failure.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string_view>

namespace moonlet {
namespace {

// Whether an allocation was refused, so that a later one is to be tried.
bool RunWithRefusals(const RuntimeOptions& options, const std::string& script,
                     const char* folder_of, const char* before, uint64_t first, uint64_t refusals) {
  Runtime runtime;
  if (Status s = runtime.Open(options); !s.ok()) {
    ADD_FAILURE() << s.what();
    return false;
  }
  if (folder_of != nullptr) runtime.SetScriptOf(folder_of);
  const Status ready = runtime.RunString(before, "=before");
  EXPECT_TRUE(ready.ok()) << ready.what();
  lua_settop(runtime.state(), 0);
  runtime.heap().RefuseAfter(first, refusals);
  const Status status = runtime.RunString(script.c_str(), "=script");
  const bool refused = runtime.heap().refusals() > 0;
  runtime.heap().RefuseNothing();
  if (!status.ok()) {
    EXPECT_TRUE(refused) << status.what();
    EXPECT_NE(std::string_view(status.what()).find("not enough memory"), std::string_view::npos)
        << status.what();
  }
  lua_settop(runtime.state(), 0);
  const Status after = runtime.RunString("local t = {} for i = 1, 20 do t[i] = {i} end", "=after");
  EXPECT_TRUE(after.ok()) << after.what();
  runtime.Close();
  const MemoryFigures left = runtime.memory();
  EXPECT_EQ(left.lua + left.engine + left.files + left.packed, 0u);
  return refused;
}

}  // namespace

void ExpectSurvivesFailingAllocations(const RuntimeOptions& options, const std::string& script,
                                      const char* folder_of, const char* before) {
  constexpr uint64_t kMostAllocations = 100'000;
  for (const uint64_t refusals : {uint64_t{2}, UINT64_MAX}) {
    uint64_t first = 0;
    while (first < kMostAllocations && !::testing::Test::HasFailure() &&
           RunWithRefusals(options, script, folder_of, before, first, refusals)) {
      ++first;
    }
    EXPECT_LT(first, kMostAllocations);
    EXPECT_FALSE(::testing::Test::HasFailure()) << "at allocation " << first + 1 << " of\n"
                                                << script;
  }
}

}  // namespace moonlet
