-- Savitzky-Golay smoothing against SciPy's recorded cases and polynomials, which it keeps.

local dsp, signals, sys = require "dsp", require "signals", require "sys"
local tensor, test = require "tensor", require "test"
local describe, it, expect = test.describe, test.it, test.expect
local lcg, near_peak = signals.lcg, signals.near_peak

describe("SciPy's cases", function()
  it("are ours", function()
    local cases, compared = signals.recorded "misc", 0
    if not cases then return end
    for _, case in ipairs(cases) do
      local w, p, d, mode = case.call:match "savgol_filter%(x,(%d+),(%d+),deriv=(%d+),mode='(%w+)'"
      local cw, cp, cd = case.call:match "savgol_coeffs%((%d+),(%d+),deriv=(%d+)"
      local function whole(text) return math.tointeger(text) end
      if w then
        near_peak(dsp.savgol_filter(lcg(64, 31), whole(w), whole(p),
          {deriv = whole(d), mode = mode}), case.expected, case.call)
        compared = compared + 1
      elseif cw then
        near_peak(dsp.savgol_coeffs(whole(cw), whole(cp), {deriv = whole(cd)}), case.expected,
          case.call)
        compared = compared + 1
      end
    end
    signals.expect_compared(compared, 7, "cases")
  end)
end)

describe("smoothing", function()
  local function polynomial(n, c)
    local x = {}
    for i = 1, n do x[i] = c[1] + c[2] * i + c[3] * i * i + c[4] * i ^ 3 end
    return tensor.new(x, "float64")
  end
  it("keeps polynomials of its order, ends and all", function()
    local x = polynomial(40, {3, -2, 0.5, 0.01})
    for _, window in ipairs {5, 8, 21, 40} do
      if window % 2 == 1 then expect(dsp.savgol_filter(x, window, 3)):close(x, 1e-9) end
      local slope = dsp.savgol_filter(x, window | 1, 3, {deriv = 1, delta = 0.5, mode = "nearest"})
      if window < 30 then
        for i = 16, 24 do
          expect(slope[i]):close((-2 + i + 0.03 * i * i) / 0.5, 1e-8)
        end
      end
    end
    local third = dsp.savgol_filter(x, 9, 4, {deriv = 3})
    for i = 1, 40 do expect(third[i]):close(0.06, 1e-9) end
    expect(dsp.savgol_filter(x, 9, 2, {deriv = 3})):equals(tensor.zeros({40}, "float64"))
  end)
  it("stays exact at high orders", function()
    local n, order = 41, 20
    local weights = dsp.savgol_coeffs(n, order, {use = "dot", pos = 1, deriv = 1,
      dtype = "float64"})
    -- The Chebyshev polynomial of each degree has a known slope at the first sample.
    for degree = 1, order do
      local sum = 0
      for i = 1, n do sum = sum + weights[i] * math.cos(degree * math.acos((i - 21) / 20)) end
      local slope = (-1) ^ (degree + 1) * degree * degree / 20
      expect(sum):close(slope, 1e-8)
    end
  end)
  it("goes along the last axis, to any float tensor", function()
    local x = tensor.stack {lcg(30, 1), lcg(30, 2)}
    local y = dsp.savgol_filter(x, 7, 2)
    expect(y[2]):equals(dsp.savgol_filter(x[2], 7, 2))
    local columns = tensor.zeros {30, 2}
    local out = columns:transpose()
    expect(rawequal(dsp.savgol_filter(x, 7, 2, nil, out), out)):equals(true)
    expect(out):equals(y)
    expect(dsp.savgol_filter(x, 7, 2, nil, x)):equals(y)
    expect(x):equals(y)
    local integers = tensor.new({1, 2, 3, 4}, "int16")
    expect(dsp.savgol_filter(integers, 3, 1)):close(tensor.new {1, 2, 3, 4})
  end)
  it("takes what it is told for samples beyond the ends", function()
    local x = tensor.new({1, 2, 4}, "float64")
    local function first(mode, w)
      return dsp.savgol_filter(x, w or 3, 0, {mode = mode, cval = 10})[1]
    end
    expect(first "nearest"):close(4 / 3, 1e-12)
    expect(first "mirror"):close(5 / 3, 1e-12)
    expect(first "constant"):close(13 / 3, 1e-12)
    expect(first "wrap"):close(7 / 3, 1e-12)
    -- Windows longer than the row go round more than once: positions -3 to 3 about the first.
    expect(first("wrap", 7)):close((1 + 2 + 4 + 1 + 2 + 4 + 1) / 7, 1e-12)
    expect(first("mirror", 7)):close((2 + 4 + 2 + 1 + 2 + 4 + 2) / 7, 1e-12)
  end)
  it("lets what is not finite through to its window alone", function()
    local x = tensor.zeros {20}
    x[10] = 0 / 0
    local y = dsp.savgol_filter(x, 5, 2)
    for i = 1, 20 do expect(y[i] ~= y[i]):equals(i >= 8 and i <= 12) end
  end)
end)

it("smooths to the same bits everywhere", function()
  local crc = 0
  for order = 0, 12, 3 do
    for _, mode in ipairs {"interp", "mirror", "wrap"} do
      local y = dsp.savgol_filter(lcg(100, 5), 21, order, {deriv = order // 4, mode = mode})
      crc = sys.crc32(y:tobytes(), crc)
    end
  end
  expect(("%08x"):format(crc)):equals "75d69f75"
end)

describe("misuse", function()
  it("is refused", function()
    local x = tensor.ones {10}
    expect(function() dsp.savgol_filter(x, 0, 0) end):raises "a window of 1 to 65536"
    expect(function() dsp.savgol_filter(x, 5, 5) end):raises "below the window's length"
    expect(function() dsp.savgol_filter(x, 101, 33) end):raises "an order of 0 to 32"
    expect(function() dsp.savgol_filter(x, 11, 2) end):raises "a window of at most 10 samples"
    expect(#dsp.savgol_filter(x, 11, 2, {mode = "mirror"})):equals(10)
    expect(function() dsp.savgol_filter(tensor.zeros {0}, 1, 0) end):raises "one or more samples"
    expect(function() dsp.savgol_filter(x, 5, 2, {mode = "fit"}) end):raises "mode"
    expect(function() dsp.savgol_filter(x, 5, 2, nil, tensor.zeros {9}) end):raises "{10}"
    expect(function() dsp.savgol_coeffs(5, 2, {pos = 6}) end):raises "pos"
    expect(function() dsp.savgol_coeffs(5, 2, {delta = 0}) end):raises "delta"
  end)
end)
