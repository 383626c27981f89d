-- Numbers of an axis: round, at most as many as asked for, and over all of it.

local any, test, ticks = require "any", require "test", require "plot.ticks"
local describe, it, expect = test.describe, test.it, test.expect

local function labels(...)
  local list = {}
  for i, tick in ipairs(ticks.list(...)) do list[i] = tick.label end
  return table.concat(list, " ")
end

describe("labels", function()
  it("have the digits their step needs", function()
    expect(labels(0, 1, 6)):equals "0.0 0.2 0.4 0.6 0.8 1.0"
    expect(labels(-1, 1, 5)):equals "-1.0 -0.5 0.0 0.5 1.0"
    expect(labels(0, 10, 6)):equals "0 2 4 6 8 10"
    expect(labels(0, 8000, 5)):equals "0 2000 4000 6000 8000"
    expect(labels(0.003, 0.0041, 4)):equals "0.0030 0.0035 0.0040"
    expect(labels(1e6, 1e6 + 1, 3)):equals "1000000.0 1000000.5 1000001.0"
  end)
  it("have an exponent where they would be long", function()
    expect(labels(0, 4e7, 5)):equals "0 1e7 2e7 3e7 4e7"
    expect(labels(-2.5e-7, 2.5e-7, 11)):equals
      "-2.5e-7 -2e-7 -1.5e-7 -1e-7 -5e-8 0 5e-8 1e-7 1.5e-7 2e-7 2.5e-7"
    expect(labels(-1e300, 1e300, 3)):equals "-1e300 0 1e300"
    expect(labels(9e-200, 1.1e-199, 3)):equals "9e-200 1e-199 1.1e-199"
  end)
  it("are whole where the axis counts", function()
    expect(labels(0.5, 3.5, 10, true)):equals "1 2 3"
    expect(labels(0.5, 250.5, 6, true)):equals "50 100 150 200 250"
  end)
end)

-- Two ends, from 1e-12 to 1e12 apart, near 0 or not.
local function ends(a, size, offset)
  return offset * 10 ^ size, (offset + 1 + a) * 10 ^ size
end
local generators <const> = {any.number(0, 100), any.integer(-12, 12), any.integer(-50, 50),
  any.integer(2, 12)}

describe("ticks", function()
  test.property("are multiples of 1, 2 or 5 times a power of ten", generators,
    function(a, size, offset, most)
      local low, high = ends(a, size, offset)
      local list = ticks.list(low, high, most)
      if #list < 2 then return expect(#list >= 1):is_true() end
      local step = list[2].value - list[1].value
      local e = math.floor(math.log(step, 10) + 1e-6)
      local lead = step / 10 ^ e
      expect(({[1] = true, [2] = true, [5] = true})[math.floor(lead + 1e-6)]):is_true()
      expect(lead):close(math.floor(lead + 1e-6), 1e-6)
      for _, tick in ipairs(list) do
        local count = tick.value / step
        expect(math.abs(count - math.floor(count + 0.5)) < 1e-5):is_true()
        expect(tonumber(tick.label)):close(tick.value, math.abs(step) * 1e-6)
      end
    end)
  test.property("cover the axis, and no more than that", generators, function(a, size, offset, most)
    local low, high = ends(a, size, offset)
    local list = ticks.list(low, high, most)
    expect(#list >= 1 and #list <= most):is_true()
    if #list < 2 then return end
    local step = list[2].value - list[1].value
    local slack = step * 1e-6
    assert(list[1].value >= low - slack and list[#list].value <= high + slack)
    assert(list[1].value - step < low + slack and list[#list].value + step > high - slack)
  end)
  test.property("are at the ends of an axis that was rounded out", generators,
    function(a, size, offset, most)
      local low, high = ends(a, size, offset)
      local round_low, round_high = ticks.round_out(low, high, most)
      local slack = (high - low) * 1e-6
      assert(round_low <= low + slack and round_high >= high - slack)
      assert(round_high - round_low <= (high - low) * 6)
    end)
end)

describe("an axis", function()
  local function span(...) return {ticks.span(...)} end
  it("is never without a length", function()
    expect(span(0, 0)):equals {-1, 1}
    expect(span(-3, -3)):equals {-4.5, -1.5}
    expect(span(1e15, 1e15 + 1)):equals {0.5e15 - 0.5, 1.5e15 + 1.5}
    expect(span(math.huge, -math.huge)):equals {0, 1}
    expect(span(1e-300, 2e-300)):equals {1e-300 - 1, 2e-300 + 1}
  end)
  it("keeps the ends it is given", function()
    expect(span(2, 5, 0, 10)):equals {0, 10}
    expect(span(7, 7, 7)):equals {7, 10.5}
    expect(span(7, 7, nil, 7)):equals {3.5, 7}
    expect(span(3, 3, 7)):equals {7, 10.5}
    expect(span(math.huge, -math.huge, 5)):equals {5, 6}
    expect(span(math.huge, -math.huge, nil, 5)):equals {4, 5}
  end)
end)
