-- Windows against SciPy's recorded ones, definitions and each other.

local dsp, signals, sys = require "dsp", require "signals", require "sys"
local tensor, test = require "tensor", require "test"
local describe, it, expect = test.describe, test.it, test.expect

local NAMES = {"boxcar", "triang", "parzen", "bohman", "blackman", "nuttall", "blackmanharris",
  "flattop", "bartlett", "barthann", "hamming", "hann", "cosine", {"kaiser", 8.6},
  {"gaussian", 2.5}, {"tukey", 0.5}, {"exponential", nil, 3.0}, {"general_hamming", 0.6},
  {"chebwin", 80}}

local LEAST_CASES = 200  -- what a whole run compares

describe("a window", function()
  it("is what SciPy makes of it", function()
    local cases = signals.recorded "windows"
    if not cases then return end
    for _, case in ipairs(cases) do
      local window = dsp.window(case.window, case.n, case.periodic)
      if not (signals.distance(window, case.expected) < 1e-6) then error(case.call) end
    end
    signals.expect_compared(#cases, LEAST_CASES, "windows")
  end)
  it("is symmetric, or the symmetric one of a sample more without its last", function()
    for _, name in ipairs(NAMES) do
      for _, n in ipairs {1, 2, 3, 10, 33, 64} do
        local w = dsp.window(name, n, false)
        expect(w:flip()):close(w, 1e-7)
        local periodic = dsp.window(name, n)
        if n > 1 then expect(dsp.window(name, n + 1, false):slice({1, n})):equals(periodic) end
      end
    end
  end)
  it("has a function of its own that is symmetric unless asked", function()
    local plain = {"hann", "hamming", "blackman", "blackmanharris", "flattop", "bartlett"}
    for _, name in ipairs(plain) do
      expect(dsp[name](20)):equals(dsp.window(name, 20, false))
      expect(dsp[name](20, true)):equals(dsp.window(name, 20))
    end
    expect(dsp.kaiser(20, 8.6)):equals(dsp.window({"kaiser", 8.6}, 20, false))
    expect(dsp.gaussian(20, 2.5, true)):equals(dsp.window({"gaussian", 2.5}, 20))
    expect(dsp.tukey(20)):equals(dsp.window("tukey", 20, false))
    expect(dsp.tukey(20, 0)):equals(dsp.window("boxcar", 20))
  end)
  it("follows its definition at a thousand samples", function()
    local n = 1000
    local hann, gaussian = dsp.hann(n, true), dsp.gaussian(n, 100)
    for i = 1, n do
      assert(math.abs(hann[i] - math.sin(math.pi * (i - 1) / n) ^ 2) < 1e-7)
      assert(math.abs(gaussian[i] - math.exp(-((i - 500.5) / 100) ^ 2 / 2)) < 1e-7)
    end
  end)
  it("of Dolph and Chebyshev has equal side lobes", function()
    for _, n in ipairs {40, 41} do
      local w, most = dsp.window({"chebwin", 60}, n, false), 0
      local sum = w:sum()
      for k = 63, 500 do
        local re, im = 0, 0
        for i = 1, n do
          re = re + w[i] * math.cos(math.pi * k / 500 * i)
          im = im + w[i] * math.sin(math.pi * k / 500 * i)
        end
        most = math.max(most, math.sqrt(re * re + im * im) / sum)
      end
      expect(20 * math.log(most, 10)):close(-60, 0.02)
    end
  end)
  it("goes to a tensor that is there", function()
    local out = tensor.zeros({8})
    expect(rawequal(dsp.hann(8, true, out), out)):equals(true)
    expect(rawequal(dsp.window({"kaiser", 5}, 8, true, out), out)):equals(true)
    expect(out):equals(dsp.window({"kaiser", 5}, 8))
    local rows = tensor.zeros({8, 2})
    dsp.hann(8, true, rows:slice({}, 2))
    expect(rows:slice({}, 2)):equals(dsp.window("hann", 8))
    expect(rows:slice({}, 1):sum()):equals(0)
  end)
end)

it("windows have the same bits everywhere", function()
  local crc = 0
  for _, name in ipairs(NAMES) do
    for _, n in ipairs {2, 33, 400} do crc = sys.crc32(dsp.window(name, n):tobytes(), crc) end
  end
  expect(("%08x"):format(crc)):equals "120ef5e2"
end)

describe("misuse", function()
  it("names what is wrong with a window", function()
    expect(function() dsp.window("han", 8) end):raises "no window 'han'"
    expect(function() dsp.window(3, 8) end):raises "{name, parameter...} expected, got number"
    expect(function() dsp.window({}, 8) end):raises "expected, got nil"
    expect(function() dsp.window("kaiser", 8) end):raises "window 'kaiser' needs a parameter"
    expect(function() dsp.window({"kaiser", -1}, 8) end):raises "parameter of -1"
    expect(function() dsp.window({"gaussian", 0}, 8) end):raises "parameter of 0"
    expect(function() dsp.window({"tukey", 0 / 0}, 8) end):raises "needs a parameter"
    expect(function() dsp.window({"exponential", 1 / 0, 1}, 8) end):raises "not finite"
    expect(function() dsp.kaiser(8) end):raises "#2 to 'kaiser'"
  end)
  it("names what is wrong with a length", function()
    for _, n in ipairs {0, -3, math.mininteger} do
      expect(function() dsp.hann(n) end):raises "#1 to 'hann' (1 or more samples expected"
      expect(function() dsp.window("hann", n) end):raises "#2 to 'window'"
    end
    expect(function() dsp.hann(math.maxinteger) end):raises "samples expected"
    expect(function() dsp.hann(8, 1) end):raises "boolean expected"
    expect(function() dsp.hann(8, true, tensor.zeros({7})) end):raises "{8}"
  end)
end)
