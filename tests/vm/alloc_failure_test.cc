#include "tests/vm/allocation_failure.h"
#include "tests/vm/runtime_fixture.h"

namespace moonlet {
namespace alloc_failure_test {

constexpr const char* kScripts[] = {
    "local t = {} for i = 1, 40 do t[i] = {tostring(i)} end table.sort(t, function(a, b) return "
    "a[1] < b[1] end)",
    "local s = ('x'):rep(3000):gsub('x', {x = 'yz'}):upper() assert(#s == 6000)",
    "for word in ('a bc def'):gmatch('%a+') do local _ = word .. '!' end",
    "local f = assert(load('local a, b = ... return function(c) return a + b + c end')) "
    "assert(f(1, 2)(3) == 6)",
    "local c = coroutine.wrap(function(...) for i = 1, 5 do coroutine.yield(i, ...) end end) for i "
    "= 1, 5 do c({}) end",
    "local ok, e = pcall(error, {code = 1}) assert(ok or e.code == 1 or e == 'not enough memory')",
    "do local x <close> = setmetatable({}, {__close = function() local _ = {1, 2, 3} end}) end",
    "local t = table.pack(table.unpack({1, 2, 3})) t = table.concat(t, ', ') t = string.format('%q "
    "%5.2f %a', t, 1, 2)",
    "local m = require 'part' assert(m.value == 7) assert(require 'part' == m)",
    "local f = assert(io.open(folder .. '/new', 'w')) f:write(('x'):rep(5000)) f:close()\n"
    "for line in io.lines(folder .. '/part.lua', 'L') do local _ = line end os.remove(folder .. "
    "'/new')",
    "local f = assert(io.open('/ram/a', 'w')) for i = 1, 20 do assert(f:write(('x'):rep(500))) end "
    "f:close()\nf = assert(io.open('/ram/b', 'w')) assert(f:write('y')) assert(f:close())\n"
    "assert(os.rename('/ram/b', '/ram/a')) assert(io.open('/ram/a'):read 'a' == 'y')",
};

class AllocFailureTest : public ::testing::TestWithParam<bool> {};

TEST_P(AllocFailureTest, EveryScriptSurvives) {
  const TemporaryFolder folder;
  const std::string part =
      folder.Write("part.lua", "local inner = {} return {value = 7, inner = inner}\n");
  const std::string allowed = folder.path() + ":rw";
  const char* const allow[] = {allowed.c_str()};
  RuntimeOptions options;
  options.sandbox = GetParam();
  options.allow = allow;
  for (const char* script : kScripts) {
    const std::string whole = "local folder = '" + folder.path() + "' " + script;
    ExpectSurvivesFailingAllocations(options, whole, part.c_str());
  }
}

INSTANTIATE_TEST_SUITE_P(Profiles, AllocFailureTest, testing::Bool(),
                         [](const auto& sandbox) { return sandbox.param ? "Sandbox" : "Full"; });

// Opening the state itself, the libraries among it.
TEST(AllocFailure, OpenGivesAStatusForEveryAllocation) {
  for (const bool sandbox : {false, true}) {
    RuntimeOptions options;
    options.sandbox = sandbox;
    options.modules_as_globals = true;
    bool refused = true;
    for (uint64_t first = 0; refused; ++first) {
      Runtime runtime;
      runtime.heap().RefuseAfter(first, UINT64_MAX);
      const Status status = runtime.Open(options);
      refused = runtime.heap().refusals() > 0;
      ASSERT_EQ(status.ok(), !refused) << status.what();
      if (refused) {
        ASSERT_EQ(status.code(), Code::kNoMemory) << status.what();
      }
      runtime.Close();
      ASSERT_EQ(runtime.memory().lua, 0u);
    }
  }
}

}  // namespace alloc_failure_test
}  // namespace moonlet
