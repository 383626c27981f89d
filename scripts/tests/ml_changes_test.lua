-- Change detection and running statistics: against their definitions, and bad input.

local ml, signals, tensor, test = require "ml", require "signals", require "tensor",
  require "test"
local describe, it, expect = test.describe, test.it, test.expect
local lcg = signals.lcg

-- The example of Montgomery, Introduction to Statistical Quality Control, tables 9.1 and 9.2: a
-- mean of 10 that is 11 from sample 21 on, and the sums above and below it.
local SAMPLES <const> = {9.45, 7.99, 9.29, 11.66, 12.16, 10.18, 8.04, 11.46, 9.2, 10.34, 9.03,
  11.47, 10.51, 9.4, 10.08, 9.37, 10.62, 10.31, 8.52, 10.84, 10.9, 9.33, 12.29, 11.5, 10.6, 11.08,
  10.38, 11.62, 11.31, 10.52}
local UPPER <const> = {0, 0, 0, 1.16, 2.82, 2.5, 0.04, 1, 0, 0, 0, 0.97, 0.98, 0, 0, 0, 0.12, 0, 0,
  0.34, 0.74, 0, 1.79, 2.79, 2.89, 3.47, 3.35, 4.47, 5.28, 5.3}
local LOWER <const> = {0.05, 1.56, 1.77, 0, 0, 0, 1.46, 0, 0.3, 0, 0.47, 0, 0, 0.1, 0, 0.13, 0, 0,
  0.98, 0, 0, 0.17, 0, 0, 0, 0, 0, 0, 0, 0}

describe("cusum", function()
  it("gives the sums of Montgomery's table", function()
    local d = ml.cusum{target = 10, slack = 0.5, threshold = 5}
    for i, x in ipairs(SAMPLES) do
      local value, alarm, position = d:push(x)
      expect(d.upper):close(UPPER[i], 1e-9)
      expect(d.lower):close(LOWER[i], 1e-9)
      expect(value):equals(math.max(d.upper, d.lower))
      expect(alarm):equals(i >= 29)
      expect(position):equals(alarm and 1 or nil)
      expect(d.side):equals(alarm and 1 or 0)
      expect(d.count):equals(i)
    end
  end)

  it("takes deviations as its unit, and sees both sides", function()
    local one = ml.cusum{target = 0, slack = 0.5, threshold = 2}
    local ten = ml.cusum{target = 0, deviation = 10, slack = 0.5, threshold = 2}
    local x = lcg(50, 3)
    for i = 1, 50 do
      local a, b = one:push(x[i]), ten:push(10 * x[i])
      expect(b):close(10 * a, 1e-9)
      expect(one.side):equals(ten.side)
    end
    local down = ml.cusum{target = 0}
    local _, alarm, position = down:push(tensor.full({20}, -1.5))
    expect(alarm):is_true()
    expect(position):equals(6)
    expect(down.side):equals(-1)
  end)
end)

describe("ewma", function()
  it("is the average and its limits by definition", function()
    local d = ml.ewma{alpha = 0.1, limit = 2.7, target = 10, deviation = 1}
    local z = 10
    for i, x in ipairs(SAMPLES) do
      local value, alarm = d:push(x)
      z = 0.1 * x + 0.9 * z
      local reach = 2.7 * math.sqrt(0.1 / 1.9 * (1 - 0.9 ^ (2 * i)))
      expect(value):close(z, 1e-12)
      expect(d.upper):close(10 + reach, 1e-12)
      expect(d.lower):close(10 - reach, 1e-12)
      expect(alarm):equals(math.abs(z - 10) > reach)
      expect(alarm):equals(i >= 29)  -- as in Montgomery's table
    end
  end)

  it("is Shewhart's chart with a share of 1", function()
    local d = ml.ewma{alpha = 1, target = 0, deviation = 2}
    expect(select(2, d:push(6))):is_false()
    expect(select(2, d:push(6.5))):is_true()
    expect(select(2, d:push(-6.5))):is_true()
    expect(d.side):equals(-1)
  end)
end)

describe("both", function()
  it("learn their baseline from the first samples", function()
    local x = lcg(200, 9) + 5
    for _, make in ipairs{ml.ewma, ml.cusum} do
      local d = make{warmup = 150}
      expect(tostring(d)):matches "learning"
      local _, alarm = d:push(x:slice{1, 149})
      expect(alarm or d.ready):is_false()
      d:push(x[150])
      expect(d.ready):is_true()
      expect(d.target):close(x:slice{1, 150}:mean(), 1e-6)
      local sum = 0
      for i = 1, 150 do sum = sum + (x[i] - d.target) ^ 2 end
      expect(d.deviation):close(math.sqrt(sum / 149), 1e-9)
      expect(select(2, d:push(x:slice{151, 200}))):is_false()
      expect(select(2, d:push(tensor.full({50}, 8)))):is_true()
      expect(d.side):equals(1)
      d:reset()
      expect(d.ready):is_true()
      expect(d.count):equals(0)
      expect(select(2, d:push(x:slice{151, 200}))):is_false()
      d:reset{baseline = true}
      expect(d.ready):is_false()
    end
  end)

  it("learn only what they are not told", function()
    local d = ml.ewma{target = 3, warmup = 2}
    d:push(tensor.new{0, 2})
    expect(d.target):equals(3)
    expect(d.deviation):close(math.sqrt(2), 1e-12)
    d = ml.ewma{deviation = 2, warmup = 2}
    d:push(tensor.new{0, 2})
    expect(d.target):equals(1)
    expect(d.deviation):equals(2)
  end)

  it("alarm at once after a baseline without any deviation", function()
    for _, make in ipairs{ml.ewma, ml.cusum} do
      local d = make{warmup = 5}
      expect(select(2, d:push(tensor.full({9}, 7)))):is_false()
      expect(select(2, d:push(7.25))):is_true()
    end
  end)

  it("take tensors as they take numbers, of every dtype", function()
    local x = (lcg(60, 4) * 20):floor()
    for _, make in ipairs{ml.ewma, ml.cusum} do
      local one, many, narrow = make{warmup = 20}, make{warmup = 20}, make{warmup = 20}
      local out = tensor.zeros{60}
      local value, alarm, position = many:push(x, out)
      local first
      for i = 1, 60 do
        local v, a = one:push(x[i])
        expect(out[i]):close(v, 1e-4)
        if a then first = first or i end
      end
      expect(value):equals(one.value)
      expect(alarm):equals(first ~= nil)
      expect(position):equals(first)
      narrow:push(x:astype("int8"))
      expect(narrow.value):equals(value)
    end
  end)

  it("allocate nothing", function()
    local d, w, x = ml.cusum{target = 0}, ml.welford(), lcg(64, 1)
    expect(test.garbage(20, function()
      d:push(0.5)
      d:push(x)
      w:push(0.5)
      w:push(x)
    end)):equals(0)
  end)

  it("refuse other arguments", function()
    for _, make in ipairs{ml.ewma, ml.cusum} do
      local d = make{target = 1}
      expect(d.push, d, 0 / 0):raises("finite numbers expected")
      expect(d.push, d, tensor.new{5, 1 / 0}):raises("finite numbers expected")
      expect(d.count):equals(0)
      expect(d.push, d, "x"):raises("number expected")
      expect(d.push, d, tensor.zeros{2, 2}):raises("rank 1 expected")
      expect(d.push, d, tensor.zeros{3}, tensor.zeros{2}):raises("float32 {3} expected as out")
      expect(make, {warmup = 1}):raises("option 'warmup'")
      expect(make, {deviation = -1}):raises("option 'deviation'")
      expect(function() d.value = 1 end):raises("no field 'value' to set")
    end
    expect(ml.ewma, {alpha = 0}):raises("option 'alpha'")
    expect(ml.cusum, {treshold = 1}):raises("did you mean 'threshold'")
  end)
end)

describe("welford", function()
  local x = lcg(300, 6):reshape{100, 3}

  it("gives what tensors give", function()
    local w = ml.welford(3)
    w:push(x:slice{1, 60})
    for i = 61, 100 do w:push(x[i]) end
    expect(w.count):equals(100)
    local double = x:astype "float64"
    expect(w:mean()):close(double:mean(1), 1e-12)
    expect(w:var()):close(double:var(1), 1e-12)
    expect(w:std(1)):close((double:var(1) * 100 / 99):sqrt(), 1e-12)
    expect(w:min()):equals(double:min(1))
    expect(w:max()):equals(double:max(1))
    local out = tensor.zeros({3}, "float64")
    assert(rawequal(w:mean(out), out))
    expect(out):equals(w:mean())
  end)

  it("keeps its figures far from 0", function()
    local w = ml.welford()
    for i = 0, 999 do w:push(1e9 + i % 2) end
    expect(w:var()):close(0.25, 1e-6)
    expect(w:mean()):close(1e9 + 0.5, 1e-6)
  end)

  it("merges, with itself too", function()
    local whole, a, b = ml.welford(3), ml.welford(3), ml.welford(3)
    whole:push(x)
    a:push(x:slice{1, 37})
    b:push(x:slice{38, 100})
    a:merge(b):merge(ml.welford(3))
    expect(a.count):equals(100)
    expect(a:var()):close(whole:var(), 1e-12)
    expect(a:max()):equals(whole:max())
    expect(ml.welford(3):merge(whole):mean()):close(whole:mean(), 1e-12)
    whole:merge(whole)
    expect(whole.count):equals(200)
    expect(whole:var()):close(a:var(), 1e-12)
  end)

  it("refuses other arguments", function()
    local w, one = ml.welford(3), ml.welford()
    expect(w.push, w, 1):raises("tensor of 3 numbers expected")
    expect(w.push, w, tensor.zeros{2}):raises("samples of 3 numbers expected")
    expect(w.push, w, tensor.new{{1, 2, 3}, {1, 2, 0 / 0}}):raises("finite numbers expected")
    expect(w.count):equals(0)
    expect(one.push, one, tensor.zeros{2, 2}):raises("samples of 1 numbers expected")
    expect(w.mean, w):raises("at least 1 samples expected, 0 came")
    one:push(1)
    expect(one.var, one, 1):raises("at least 2 samples expected, 1 came")
    expect(w.merge, w, one):raises("width 3 expected, got 1")
    expect(ml.welford, 0):raises("a width from 1")
    expect(function() one.count = 1 end):raises("no field 'count' to set")
    one:reset()
    expect(one.count):equals(0)
    expect(tostring(one)):equals("welford: width 1, 0 samples")
  end)
end)
