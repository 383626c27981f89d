-- On a device the stack is a fixed piece of memory. The deepest nests a script can make must
-- fit: each ends by Lua's own limit, long before the stack does.

local sys, test = require "sys", require "test"
local describe, it, expect = test.describe, test.it, test.expect

-- Nests until an error comes, inside of a C function that keeps much on the stack.
local function exhaust(nest)
  local function deeper(...) return nest(deeper, ...) end
  expect(pcall(deeper)):is_false()
end

local function with(event, handler) return setmetatable({}, {[event] = handler}) end

local nests = {
  gsub = function(deeper) return (("x"):gsub("x", deeper)) end,
  ["gsub through captures"] = function(deeper)
    return (("abc"):rep(20):gsub("((a)(b)(c))", deeper))
  end,
  sort = function(deeper) return table.sort({1, 2, 3}, deeper) end,
  load = function(deeper) return assert(load(function() return deeper() end)) end,
  ["load in load"] = function(deeper)
    return assert(load(function() return deeper() end, "=" .. ("n"):rep(60)))
  end,
  pcall = function(deeper) error(select(2, pcall(deeper)), 0) end,
  xpcall = function(deeper) error(select(2, xpcall(deeper, tostring)), 0) end,
  coroutine = function(deeper) return coroutine.wrap(deeper)() end,
  __index = function(deeper) return with("__index", deeper).x end,
  ["string.format"] = function(deeper) return ("%s %99.99f"):format(with("__tostring", deeper), 1e308) end,
  ["table.concat"] = function(deeper) return table.concat({1, with("__index", deeper)[1]}) end,
  tostring = function(deeper) return tostring(with("__tostring", deeper)) end,
}

describe("the stack", function()
  for name, nest in pairs(nests) do
    it("holds the deepest nest of " .. name, function() exhaust(nest) end)
  end
  it("holds the deepest source text", function()
    for _, text in ipairs {"(", "{", "function() return ", "a[", "1 ..", "1^", "if x then ", "do "} do
      local statement = text == "do " or text:find "^if"
      expect(load((statement and "" or "return ") .. text:rep(400))):equals(nil)
    end
  end)
  it("holds the longest patterns", function()
    expect(string.find, ("x"):rep(400), ("x?"):rep(400)):raises "pattern too complex"
    expect(string.find(("()"):rep(150), ("%b()"):rep(150))):equals(1)
  end)
  it("was never used by more than three quarters", function()
    local memory = sys.mem()
    if memory.stack == 0 then return expect(memory.stack_peak):equals(0) end
    assert(memory.stack_peak > 10000, memory.stack_peak)
    assert(memory.stack_peak < memory.stack * 3 // 4, memory.stack_peak)
  end)
end)
