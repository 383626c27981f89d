local progress, sys, tensor, test = require "progress", require "sys", require "tensor", require "test"
local describe, it, expect = test.describe, test.it, test.expect

-- What the loop would write to a terminal.
local written
local terminal = {
  write = function(self, ...)
    for _, text in ipairs {...} do written[#written + 1] = text end
    return self
  end,
  flush = function() end,
}

test.before_each(function()
  written = {}
  progress._out = terminal
end)

local function collect(...)
  local list = {}
  for a, b in ... do list[#list + 1] = {a, b} end
  return list
end

describe("iter", function()
  it("gives what the loop would give without it", function()
    for _, out in ipairs {terminal, false} do
      progress._out = out
      expect(collect(progress.iter(3))):equals {{1}, {2}, {3}}
      expect(collect(progress.iter(0))):equals {}
      expect(collect(progress.iter(-5))):equals {}
      expect(collect(progress.iter {"a", "b"})):equals {{1, "a"}, {2, "b"}}
      expect(collect(progress.iter(tensor.new({7, 8}, "int8")))):equals {{1, 7}, {2, 8}}
      expect(collect(progress.iter(("x y"):gmatch "%a"))):equals {{"x"}, {"y"}}
      expect(collect(progress.iter(("k=v"):gmatch "(%a)=(%a)", 1))):equals {{"k", "v"}}
    end
  end)
  it("shows nothing for a loop that is soon over", function()
    for _ in progress.iter(100) do end
    expect(written):equals {}
  end)
  it("shows place, rate and what is left", function()
    for _ in progress.iter(5) do sys.sleep(0.09) end
    local text = table.concat(written)
    expect(text):matches("\r[2-4]/5 %[#+%.+%] [%d.]+/s, %d:%d%d left\27%[K")
    expect(text):matches("\r5/5 %[#+%] .*\n$")
    for line in text:gmatch "\r([^\r\27]*)" do assert(#line <= 79, line) end
  end)
  it("keeps to the width of the terminal", function()
    local screen, columns = sys.screen, 0
    sys.screen = function() return columns, 24 end
    local shown = {}
    for _, width in ipairs {120, 40, 30, 20, 10, 5} do
      columns, written = width, {}
      for _ in progress.iter(2) do sys.sleep(0.31) end
      shown[width] = table.concat(written):match "([^\r]*)\27%[K\n$"
    end
    sys.screen = screen
    for width, text in pairs(shown) do assert(#text < width, text) end
    expect(#shown[120]):equals(119)
    expect(shown[40]):matches "^2/2 %[#+%] [%d.]+/s, 0:00 left$"
    expect(shown[20]):equals "2/2 [#############]"
    expect(shown[10]):equals "2/2"
    expect(shown[5]):equals "2/2"
  end)
  it("counts without a total", function()
    local left = 5
    for _ in progress.iter(function() left = left - 1 return left >= 0 or nil end) do
      sys.sleep(0.09)
    end
    expect(table.concat(written)):matches("\r5  [%d.]+/s, 0:00\27%[K\n$")
  end)
  it("ends its line after break and after an error", function()
    for i in progress.iter(9) do
      sys.sleep(0.2)
      if i == 3 then break end
    end
    expect(written[#written]):equals("\n")
    written = {}
    expect(function()
      for i in progress.iter(9) do
        sys.sleep(0.2)
        if i == 3 then error("lost") end
      end
    end):raises("lost")
    expect(written[#written]):equals("\n")
    expect(select(2, table.concat(written):gsub("\n", ""))):equals(1)
  end)
  it("costs little in a fast loop", function()
    local reads, ticks = 0, sys.ticks_us
    sys.ticks_us = function() reads = reads + 1 return ticks() end
    for _ in progress.iter(200000) do end
    sys.ticks_us = ticks
    assert(reads < 200, reads)
  end)
  it("refuses what has no length and no order", function()
    expect(progress.iter):raises("integer, list or iterator expected, got nil")
    expect(progress.iter, 2.5):raises("got number")
    expect(progress.iter, 3, "x"):raises("bad argument #2 to 'iter' (integer expected, got string)")
  end)
end)
