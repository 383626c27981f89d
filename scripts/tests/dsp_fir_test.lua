-- FIR designs: SciPy's recorded taps, what each method promises, and what is refused.

local dsp, signals, sys = require "dsp", require "signals", require "sys"
local tensor, test = require "tensor", require "test"
local describe, it, expect = test.describe, test.it, test.expect
local near_peak = signals.near_peak

local LEAST_CASES = 13  -- what a whole run compares

-- The calls of the recorded cases, as they are made here.
local BANDS2 = {0.2, 0.5}
local CALLS = {
  ["scipy.signal.firwin(*(31, 0.3),**{})"] = {dsp.firwin, 31, 0.3},
  ["scipy.signal.firwin(*(32, 0.3),**{})"] = {dsp.firwin, 32, 0.3},
  ["scipy.signal.firwin(*(31, 0.4),**{'pass_zero': 'highpass'})"] =
    {dsp.firwin, 31, 0.4, {pass_zero = "highpass"}},
  ["scipy.signal.firwin(*(33, [0.2, 0.5]),**{'pass_zero': 'bandpass'})"] =
    {dsp.firwin, 33, BANDS2, {pass_zero = "bandpass"}},
  ["scipy.signal.firwin(*(33, [0.2, 0.5]),**{'pass_zero': 'bandstop'})"] =
    {dsp.firwin, 33, BANDS2, {pass_zero = "bandstop"}},
  ["scipy.signal.firwin(*(31, 0.3),**{'window': ('kaiser', 6.0)})"] =
    {dsp.firwin, 31, 0.3, {window = {"kaiser", 6.0}}},
  ["scipy.signal.firwin(*(31, 1000),**{'fs': 8000})"] =
    {dsp.firwin, 31, 1000, {sample_rate = 8000}},
  ["scipy.signal.firwin(*(31, 0.3),**{'scale': False})"] = {dsp.firwin, 31, 0.3, {scale = false}},
  ["scipy.signal.firwin(*(15, [0.1, 0.3, 0.6]),**{})"] = {dsp.firwin, 15, {0.1, 0.3, 0.6}},
  ["scipy.signal.firwin(*(64, 0.25),**{'window': 'blackman'})"] =
    {dsp.firwin, 64, 0.25, {window = "blackman"}},
  ["scipy.signal.remez(33,[0,0.2,0.25,0.5],[1,0],fs=1.0)"] =
    {dsp.remez, 33, {0, 0.2, 0.25, 0.5}, {1, 0}},
  ["scipy.signal.firwin2(31,[0,0.3,0.5,1],[1,1,0,0])"] =
    {dsp.firwin2, 31, {0, 0.3, 0.5, 1}, {1, 1, 0, 0}},
}

-- The real response of symmetric taps (or the imaginary one of antisymmetric ones) at a
-- frequency of half the sample rate 1, in double.
local function response(h, frequency, wave)
  local sum = 0
  wave = wave or math.cos
  for i = 1, #h do sum = sum + h[i] * wave(math.pi * frequency * (i - (#h + 1) / 2)) end
  return sum
end

local DOUBLE = {dtype = "float64"}
local function doubles(options)
  local all = {dtype = "float64"}
  for name, value in pairs(options or {}) do all[name] = value end
  return all
end

describe("SciPy's designs", function()
  it("are ours", function()
    local cases, compared = signals.recorded "fir_design", 0
    for _, case in ipairs(cases or {}) do
      local call = CALLS[case.call]
      if call then
        near_peak(call[1](table.unpack(call, 2)), case.expected, case.call)
      else
        local taps, beta = dsp.kaiserord(60, 0.1)
        expect(taps):equals(case.expected[1])
        expect(beta):close(case.expected[2], 1e-9)
      end
      compared = compared + 1
    end
    if cases then signals.expect_compared(compared, LEAST_CASES, "designs") end
  end)
end)

describe("a windowed filter", function()
  it("is its definition", function()
    for _, n in ipairs {1, 2, 20, 41} do
      local h = dsp.firwin(n, 0.35, doubles {scale = false, window = "hann"})
      local window = dsp.window("hann", n, false)
      for i = 1, n do
        local x = math.pi * (i - (n + 1) / 2)
        local ideal = x == 0 and 0.35 or math.sin(0.35 * x) / x
        expect(h[i]):close(ideal * window[i], 1e-7)
      end
    end
  end)
  it("is 1 in its first pass band", function()
    expect(response(dsp.firwin(31, 0.3, DOUBLE), 0)):close(1, 1e-12)
    expect(response(dsp.firwin(31, 0.3, doubles {pass_zero = false}), 1)):close(1, 1e-12)
    expect(response(dsp.firwin(31, {0.2, 0.6}, doubles {pass_zero = false}), 0.4)):close(1, 1e-12)
  end)
  it("keeps the attenuation that its width was made for", function()
    local taps, beta = dsp.kaiserord(70, 0.1)
    local h = dsp.firwin(taps | 1, 0.4, doubles {window = {"kaiser", beta}})
    for i = 0, 100 do
      expect(response(h, 0.35 * i / 100)):close(1, 10 ^ (-68 / 20))
      expect(response(h, 0.45 + 0.55 * i / 100)):close(0, 10 ^ (-68 / 20))
    end
    local by_width = dsp.firwin(75, 0.4, doubles {width = 0.1})
    local a = 2.285 * 74 * math.pi * 0.1 + 7.95
    local by_beta = dsp.firwin(75, 0.4, doubles {window = {"kaiser", dsp.kaiser_beta(a)}})
    expect(by_width):close(by_beta, 1e-12)
    expect(dsp.kaiser_beta(21)):equals(0.0)
    expect(dsp.kaiser_beta(50)):close(0.5842 * 29 ^ 0.4 + 0.07886 * 29, 1e-12)
  end)
  it("takes frequencies in hertz, from lists and vectors", function()
    local h = dsp.firwin(33, {1000, 2500}, {sample_rate = 10000})
    expect(h):equals(dsp.firwin(33, {0.2, 0.5}))
    expect(h):equals(dsp.firwin(33, tensor.new({0.2, 0.5}, "float64")))
  end)
end)

describe("a sampled filter", function()
  it("goes through its polygon", function()
    local h = dsp.firwin2(101, {0, 0.2, 0.6, 1}, {0.5, 1, 0.25, 0}, DOUBLE)
    expect(response(h, 0)):close(0.5, 0.03)  -- a corner: it is mirrored
    expect(response(h, 0.1)):close(0.75, 0.01)
    expect(response(h, 0.4)):close(0.625, 0.01)
    expect(response(h, 0.8)):close(0.125, 0.01)
  end)
  it("jumps where a frequency is there twice", function()
    local h = dsp.firwin2(151, {0, 500, 500, 1000}, {1, 1, 0, 0}, doubles {sample_rate = 2000})
    expect(response(h, 0.45)):close(1, 0.01)
    expect(response(h, 0.5)):close(0.5, 0.01)
    expect(response(h, 0.55)):close(0, 0.01)
  end)
  it("may be antisymmetric", function()
    local h = dsp.firwin2(64, {0, 0.5, 1}, {0, 1, 1}, doubles {antisymmetric = true, nfreqs = 513})
    for i = 1, 32 do expect(h[i]):close(-h[65 - i], 1e-12) end
    expect(math.abs(response(h, 0.25, math.sin))):close(0.5, 0.02)
    expect(math.abs(response(h, 0.8, math.sin))):close(1, 0.02)
    expect(dsp.firwin2(7, {0, 0.5, 1}, {0, 1, 0}, {antisymmetric = true})[4]):equals(0)
  end)
end)

describe("least squares", function()
  -- The squared error over the bands, by sums.
  local function squares(h, bands, desired, weight)
    local sum = 0
    for b = 1, #bands, 2 do
      local low, high = bands[b], bands[b + 1]
      for i = 0, 400 do
        local part = i / 400
        local want = desired[b] + (desired[b + 1] - desired[b]) * part
        local e = response(h, low + (high - low) * part) - want
        local w = (i == 0 or i == 400) and 0.5 or 1
        sum = sum + w * weight[(b + 1) // 2] * (high - low) * e * e
      end
    end
    return sum
  end
  it("cannot be bettered by moving a tap", function()
    local bands, desired, weight = {0, 0.3, 0.4, 1}, {1, 0.8, 0, 0}, {1, 7}
    local h = dsp.firls(15, bands, desired, doubles {weight = weight})
    local least = squares(h, bands, desired, weight)
    for i = 1, 8 do
      for _, change in ipairs {-1e-2, 1e-2} do
        local moved = h:clone()
        moved[i] = moved[i] + change
        if i < 8 then moved[16 - i] = moved[16 - i] + change end
        expect(squares(moved, bands, desired, weight) > least):is_true()
      end
    end
  end)
  it("of a sloping band is exact where the filter can be", function()
    -- cos(pi f) over one band that is all: three taps.
    local h = dsp.firls(3, {0, 1}, {1, 1}, DOUBLE)
    expect(h):close(tensor.new({0, 1, 0}, "float64"), 1e-12)
  end)
  it("picks the shortest taps where bands leave them free", function()
    local h = dsp.firls(101, {0.1, 0.2, 0.7, 0.8}, {1, 1, 0, 0}, DOUBLE)
    for i = 0, 10 do
      expect(response(h, 0.1 + i / 100)):close(1, 1e-6)
      expect(response(h, 0.7 + i / 100)):close(0, 1e-6)
    end
    expect(h:norm() < 2):is_true()
  end)
end)

describe("equal ripples", function()
  -- The largest weighted error in each band.
  local function ripples(h, bands, desired, weight, wave)
    local most = {}
    for b = 1, #desired do
      most[b] = 0
      local low, high = bands[2 * b - 1], bands[2 * b]
      for i = 0, 600 do
        local f = low + (high - low) * i / 600
        local size = response(h, 2 * f, wave)
        if wave then size = math.abs(size) end
        most[b] = math.max(most[b], weight[b] * math.abs(size - desired[b]))
      end
    end
    return most
  end
  it("in all bands, odd and even", function()
    for _, n in ipairs {21, 32, 75} do
      local bands, desired, weight = {0, 0.1, 0.16, 0.28, 0.34, 0.5}, {0, 1, 0}, {2, 1, 10}
      local h = dsp.remez(n, bands, desired, doubles {weight = weight})
      for i = 1, n do expect(h[i]):close(h[n + 1 - i], 1e-12) end
      local most = ripples(h, bands, desired, weight)
      local top = math.max(table.unpack(most))
      for b = 1, 3 do expect(most[b] / top > 0.97):is_true() end
    end
  end)
  it("of Hilbert transformers and differentiators", function()
    for _, n in ipairs {15, 30, 31} do
      local h = dsp.remez(n, {0.05, 0.45}, {1}, doubles {type = "hilbert"})
      for i = 1, n do expect(h[i]):close(-h[n + 1 - i], 1e-12) end
      expect(ripples(h, {0.05, 0.45}, {1}, {1}, math.sin)[1] < 0.07):is_true()
    end
    local h = dsp.remez(30, {0, 0.4}, {2 * math.pi}, doubles {type = "differentiator"})
    for i = 1, 20 do
      local f = 0.4 * i / 20
      expect(math.abs(response(h, 2 * f, math.sin)) / (2 * math.pi * f)):close(1, 1e-5)
    end
  end)
  it("of nothing, where taps reach what is desired", function()
    local all = dsp.remez(31, {0, 0.5}, {1}, DOUBLE)
    for i = 1, 31 do expect(all[i]):close(i == 16 and 1 or 0, 1e-9) end
    expect(dsp.remez(31, {0, 0.5}, {0}):norm()):close(0, 1e-12)
  end)
  it("in hertz", function()
    local h = dsp.remez(33, {0, 2000, 2500, 5000}, {1, 0}, {sample_rate = 10000})
    expect(h):equals(dsp.remez(33, {0, 0.2, 0.25, 0.5}, {1, 0}))
  end)
end)

it("FIR designs have the same bits everywhere", function()
  local crc = 0
  local function add(h) crc = sys.crc32(h:tobytes(), crc) end
  for _, n in ipairs {3, 24, 31, 101} do
    add(dsp.firwin(n, 0.3, doubles {window = {"kaiser", 7}}))
    add(dsp.firwin(n, {0.2, 0.3}, doubles {pass_zero = false, window = {"chebwin", 70}}))
    add(dsp.firwin2(n, {0, 0.2, 0.6, 1}, {0.5, 1, 0.25, 0}, DOUBLE))
    add(dsp.firls(n | 1, {0, 0.3, 0.4, 1}, {1, 0.8, 0, 0}, doubles {weight = {1, 7}}))
    add(dsp.firls(n | 1, {0.1, 0.2, 0.7, 0.8}, {1, 1, 0, 0}, DOUBLE))
    add(dsp.remez(n, {0, 0.1, 0.15, 0.5}, {1, 0}, DOUBLE))
    add(dsp.remez(n, {0.05, 0.4}, {1}, doubles {type = "hilbert"}))
  end
  expect(("%08x"):format(crc)):equals "cd412911"
end)

describe("impossible designs", function()
  local function refuse(pattern, f, ...)
    local arguments = table.pack(...)
    expect(function() f(table.unpack(arguments, 1, arguments.n)) end):raises(pattern)
  end
  it("are refused by taps", function()
    for _, n in ipairs {0, -1, 65537, math.mininteger} do
      refuse("1 to 65536 taps expected", dsp.firwin, n, 0.3)
      refuse("1 to 65536 taps expected", dsp.remez, n, {0, 0.1, 0.2, 0.5}, {1, 0})
    end
    refuse("3 to 2048 taps", dsp.remez, 2, {0, 0.1, 0.2, 0.5}, {1, 0})
    refuse("an odd number of taps", dsp.firls, 32, {0, 1}, {1, 1})
    refuse("even number of taps cannot pass", dsp.firwin, 32, 0.3, {pass_zero = false})
    refuse("bands too narrow", dsp.remez, 101, {0.1, 0.1001}, {1})
  end)
  it("are refused by frequencies", function()
    for _, cutoff in ipairs {0, 1, -1, 0 / 0, 1 / 0} do
      refuse("cutoffs between 0 and half the sample rate", dsp.firwin, 31, cutoff)
    end
    refuse("do not ascend", dsp.firwin, 31, {0.5, 0.5})
    refuse("one cutoff expected", dsp.firwin, 31, {0.2, 0.5}, {pass_zero = "lowpass"})
    refuse("two or more cutoffs", dsp.firwin, 31, 0.2, {pass_zero = "bandpass"})
    refuse("a number, or a list or vector", dsp.firwin, 31, {})
    refuse("element 2 is a string", dsp.firwin, 31, {0.1, "0.2"})
    refuse("from 0 to half the sample rate", dsp.firwin2, 31, {0.1, 1}, {1, 0})
    refuse("descend", dsp.firwin2, 31, {0, 0.5, 0.4, 1}, {1, 1, 0, 0})
    refuse("three times", dsp.firwin2, 31, {0, 0.5, 0.5, 0.5, 1}, {1, 1, 1, 0, 0})
    refuse("at the end is there twice", dsp.firwin2, 31, {0, 0, 1}, {1, 1, 0})
    refuse("as many gains as frequencies", dsp.firwin2, 31, {0, 1}, {1})
    refuse("is 0 at half the sample rate", dsp.firwin2, 32, {0, 1}, {1, 1})
    refuse("is 0 at half the sample rate", dsp.firwin2, 31, {0, 1}, {0, 1}, {antisymmetric = true})
    refuse("antisymmetric taps are 0 at 0", dsp.firwin2, 31, {0, 1}, {1, 0}, {antisymmetric = true})
    for _, gain in ipairs {0 / 0, 1 / 0} do
      refuse("finite gains", dsp.firwin2, 31, {0, 0.5, 1}, {1, gain, 0})
      refuse("finite gains", dsp.firls, 31, {0, 0.5}, {1, gain})
      refuse("finite gains", dsp.remez, 31, {0, 0.5}, {gain})
    end
    refuse("more points than taps", dsp.firwin2, 31, {0, 1}, {1, 1}, {nfreqs = 31})
    for _, f in ipairs {dsp.firls, dsp.remez} do
      refuse("pairs of edges", f, 31, {0, 0.1, 0.5}, {1, 0})
      refuse("desired gain for each", f, 31, {0, 0.1, 0.2, 0.5}, {1})
      refuse("to half the sample rate", f, 31, {0, 2}, f == dsp.firls and {1, 1} or {1})
      refuse("ascending and apart", f, 31, {0, 0.3, 0.2, 0.5},
        f == dsp.firls and {1, 1, 0, 0} or {1, 0})
      refuse("one weight for each band", f, 31, {0, 0.5}, f == dsp.firls and {1, 1} or {1},
        {weight = {1, 2}})
      refuse("weights", f, 31, {0, 0.5}, f == dsp.firls and {1, 1} or {1}, {weight = -1})
    end
  end)
  it("are refused by option", function()
    refuse("'pass_zero'", dsp.firwin, 31, 0.3, {pass_zero = "lowpas"})
    refuse("no window 'han'", dsp.firwin, 31, 0.3, {window = "han"})
    refuse("type", dsp.remez, 31, {0, 0.5}, {1}, {type = "hibert"})
    refuse("8 dB or more", dsp.kaiserord, 7, 0.1)
    refuse("a width above 0", dsp.kaiserord, 60, 0)
    refuse("a width above 0", dsp.kaiserord, 60, 0 / 0)
  end)
  it("are told when the exchange does not settle", function()
    refuse("did not settle in 1 turns", dsp.remez, 33, {0, 0.2, 0.25, 0.5}, {1, 0}, {maxiter = 1})
  end)
end)
