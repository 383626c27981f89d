local sys, test = require "sys", require "test"
local describe, it, expect = test.describe, test.it, test.expect

describe("the clock", function()
  it("goes forward by what was slept", function()
    local start = sys.ticks_us()
    sys.sleep(0.01)
    local passed = sys.ticks_us() - start
    assert(passed >= 10000 and passed < 10000000, passed)
    expect(math.type(start)):equals("integer")
  end)
  it("refuses to sleep for no time that exists", function()
    for _, seconds in ipairs {-1, 0 / 0, 1 / 0, -1 / 0, 2e9} do
      expect(sys.sleep, seconds):raises("seconds from 0 to 1000000000 expected")
    end
    expect(sys.sleep, "soon"):raises("number expected, got string")
  end)
end)

describe("limit", function()
  -- What ends `body` after that time, without the place.
  local function ends(body, seconds)
    local ok, message = sys.limit(seconds or 0.02, body)
    expect(ok):is_false()
    expect(message):matches "sys_test.lua:%d+: time limit of"
    return message:match "time limit.*"
  end

  it("gives what the function gives", function()
    expect({sys.limit(5, function() return 1, "two" end)}):equals {true, 1, "two"}
    expect({sys.limit(5, function() end)}):equals {true}
    expect({sys.limit(5, function() error {code = 7} end)}):equals {false, {code = 7}}
  end)
  it("calls the handler where the error was raised, but for the limit", function()
    local function handler(message) return "seen: " .. message end
    expect({sys.limit(5, function() error("x", 0) end, handler)}):equals {false, "seen: x"}
    local _, message = sys.limit(0.02, function() while true do end end, handler)
    expect(message):matches "^[^ ]*sys_test.lua:%d+: time limit of 0.02 s exceeded$"
  end)
  it("ends loops, also those that catch all errors", function()
    expect(ends(function() while true do end end)):equals "time limit of 0.02 s exceeded"
    ends(function() while true do pcall(function() while true do end end) end end)
    ends(function() coroutine.wrap(function() while true do pcall(error) end end)() end)
  end)
  it("ends waiting and kernels", function()
    local start = sys.ticks_us()
    ends(function() sys.sleep(100) end)
    assert(sys.ticks_us() - start < 50000000)
    ends(function() while true do local _ = ("x"):rep(100):find(("x*"):rep(30) .. "y") end end)
    local x = require "tensor".ones {200, 200}
    ends(function() while true do x:matmul(x) end end)
  end)
  it("leaves everything as it was", function()
    ends(function() while true do end end)
    local sum = 0
    for i = 1, 100000 do sum = sum + i end
    expect(sum):equals(5000050000)
  end)
  it("holds within another, which goes on", function()
    local inner
    expect(ends(function()
      inner = ends(function() while true do end end, 0.01)
      while true do end
    end, 0.1)):equals "time limit of 0.1 s exceeded"
    expect(inner):equals "time limit of 0.01 s exceeded"
    -- The outer one is shorter: it ends both, and nothing in between runs on.
    local reached = false
    ends(function()
      sys.limit(100, function() while true do end end)
      reached = true
    end)
    expect(reached):is_false()
  end)
  it("refuses times that do not exist", function()
    for _, seconds in ipairs {0, -1, 0 / 0, 1 / 0} do
      expect(sys.limit, seconds, print):raises "seconds above 0, up to 1e9, expected, got"
    end
    expect(sys.limit, 1):raises "function expected"
    expect(sys.limit, 1, print, "handler"):raises "function expected"
  end)
end)

describe("mem", function()
  it("follows what a script holds", function()
    collectgarbage()
    local before = sys.mem()
    local held = string.rep("x", 100000)
    local after = sys.mem()
    assert(after.lua - before.lua >= #held, after.lua - before.lua)
    assert(after.lua_peak >= after.lua)
    for _, name in ipairs {"cap", "engine", "engine_peak", "files", "packed"} do
      expect(math.type(after[name])):equals("integer")
    end
  end)
  it("fills a given table without allocating", function()
    local figures = sys.mem()
    local count = collectgarbage "count"
    for _ = 1, 1000 do sys.mem(figures) end
    expect(collectgarbage "count"):equals(count)
    expect(sys.mem, 1):raises("table expected, got number")
  end)
end)

describe("the machine", function()
  it("keeps its interrupt byte", function()
    local before = sys.interrupt_char(7)
    expect(sys.interrupt_char(nil)):equals(7)
    expect(sys.interrupt_char(before)):is_nil()
    for _, wrong in ipairs {-1, 32} do
      expect(sys.interrupt_char, wrong):raises "nil or 0 to 31 expected, got"
    end
    expect(sys.interrupt_char):raises "value expected"
    expect(sys.interrupt_char, "C"):raises "number expected, got string"
  end)
  it("takes the time where it keeps it", function()
    local now = os.time()
    if sys.board == "host" then
      expect(sys.set_time(now)):fails "not this program's to set"
    else
      assert(sys.set_time(1000000000.5))
      expect(os.date("!%Y-%m-%d %H:%M", os.time())):equals "2001-09-09 01:46"
      assert(sys.set_time(now))
    end
    for _, wrong in ipairs {-1, 0 / 0, 1e12} do
      expect(sys.set_time, wrong):raises "seconds since 1970 expected, got"
    end
  end)
end)

describe("the screen", function()
  it("has a size, or is none", function()
    for _, stream in ipairs {"output", "error"} do
      local columns, rows = sys.screen(stream)
      expect(columns == nil or columns > 0 and rows > 0):is_true()
      if sys.board ~= "host" then expect(columns):is_nil() end
    end
    expect(sys.screen("error") ~= nil):equals(sys.terminal)
    expect(sys.screen, "input"):raises "#1 to 'sys.screen' (invalid option 'input')"
  end)
end)

describe("names", function()
  it("are text", function()
    expect(sys.version):matches("^%d+%.%d+%.%d+$")
    expect(sys.board):matches("^[%w-]+$")
  end)
end)

describe("find", function()
  it("looks beside the script first", function()
    local path = sys.find "sys_test.lua"
    expect(path):matches("sys_test.lua$")
    expect(io.open(path):read "l"):matches("^local sys")
  end)
  it("finds what comes with Moonlet", function()
    expect(sys.find "digits.tflite"):matches("apps/digits.tflite$")
    expect(sys.find "lib/test.lua"):matches("lib/test.lua$")
  end)
  it("says so when there is nothing", function()
    expect(sys.find "no_such_file"):fails("no_such_file: neither beside the script")
    expect(sys.find ""):fails("neither")
  end)
end)
