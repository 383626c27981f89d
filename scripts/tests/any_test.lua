-- Random values for property tests: their ranges, that a seed repeats them, how they shrink.

local any, tensor, test = require "any", require "tensor", require "test"
local describe, it, expect = test.describe, test.it, test.expect

-- The values of 200 draws.
local function drawn(generator, seed)
  local values = {}
  any.check({generator}, function(value)
    values[#values + 1] = value
    return true
  end, {runs = 200, seed = seed})
  return values
end

describe("any.integer", function()
  it("stays in its range and meets both ends", function()
    local low, high = math.huge, -math.huge
    for _, n in ipairs(drawn(any.integer(-7, 1000))) do
      expect(math.type(n)):equals "integer"
      low, high = math.min(low, n), math.max(high, n)
    end
    expect(low):equals(-7)
    expect(high):equals(1000)
  end)
  it("knows the widest ranges", function()
    for _, range in ipairs {{math.mininteger, math.maxinteger}, {-1, math.maxinteger},
                            {math.mininteger, 0}, {5, 5}} do
      for _, n in ipairs(drawn(any.integer(range[1], range[2]))) do
        assert(n >= range[1] and n <= range[2])
      end
    end
  end)
  it("repeats with a seed and differs without", function()
    expect(drawn(any.integer(0, 1 << 40), 7)):equals(drawn(any.integer(0, 1 << 40), 7))
    expect(drawn(any.integer(0, 1 << 40), 7)):differs(drawn(any.integer(0, 1 << 40), 8))
  end)
  it("shrinks to the nearest to zero that fails", function()
    local found = any.check({any.integer(-1000, 1000)}, function(n) return math.abs(n) < 123 end)
    expect(found.values):equals {123}
    expect(found.steps):equals(found.steps // 1)
    local above = any.check({any.integer(10, 90)}, function() return false end)
    expect(above.values):equals {10}
  end)
  it("refuses what is no range", function()
    expect(any.integer, 2, 1):raises "a range of numbers expected, got 2 to 1"
    expect(any.integer, 1.5, 2):raises "a range of numbers expected"
    expect(any.number, "a", 2):raises "a range of numbers expected, got a to 2"
    expect(any.of, {}):raises "a list of values expected"
  end)
end)

describe("other generators", function()
  it("draw numbers, truths and members", function()
    for _, x in ipairs(drawn(any.number(-2.5, 3))) do assert(x >= -2.5 and x <= 3) end
    local both = {}
    for _, b in ipairs(drawn(any.boolean())) do both[b] = true end
    expect(both):equals {[true] = true, [false] = true}
    for _, name in ipairs(drawn(any.of {"a", "b"})) do assert(name == "a" or name == "b") end
    expect(any.check({any.of {1, 2, 3}}, function(n) return n < 2 end).values):equals {2}
    expect(any.check({any.number(0, 9)}, function(x) return x < 5 end).values):equals {5.0}
  end)
  it("shrink lists to the fewest and simplest items", function()
    local found = any.check({any.list(any.integer(0, 99), 30)}, function(list)
      for _, n in ipairs(list) do if n > 41 then return false end end
      return true
    end)
    expect(found.values[1]):equals {42}
  end)
  it("shrink text to the fewest and simplest characters", function()
    local found = any.check({any.text(40, "abc")}, function(s) return not s:find "c.*b" end)
    expect(found.values):equals {"cb"}
  end)
  it("shrink tensors", function()
    local x = any.tensor {dtype = "int8", rank = 2, dim = 6}
    for _, t in ipairs(drawn(x)) do
      expect(t.dtype):equals "int8"
      assert(t.rank <= 2 and t:abs():max() <= 100)
    end
    local found = any.check({x}, function(t) return t:max() < 60 end)
    expect(found.values[1].size):equals(1)
    expect(drawn(any.tensor(), 3)[1].dtype):equals "float32"
  end)
end)

describe("any.check", function()
  it("takes an error for a failure and tells which run it was", function()
    local runs = 0
    local found = any.check({any.integer(1, 5)}, function(n)
      runs = runs + 1
      if n == 3 then error "three" end
      return true
    end, {seed = 9})
    expect(found.values):equals {3}
    expect(found.seed):equals(9)
    assert(found.run <= runs)
    expect(found.first):equals {3}
  end)
  it("gives up shrinking after a while", function()
    local runs = 0
    any.check({any.list(any.integer(0, 1 << 60), 200)}, function(list)
      runs = runs + 1
      return #list < 5
    end)
    assert(runs < 700)
  end)
end)
