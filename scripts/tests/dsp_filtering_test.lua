-- Filters and changes of rate over whole signals: SciPy's answers, what defines each, the same
-- bits as the streaming blocks, and misuse.
--
-- SciPy's answers lie at $MOONLET_SHARED, else ../shared; without them one case says so, unless
-- MOONLET_REQUIRE_SHARED is 1.
local dsp, signals, tensor, test = require "dsp", require "signals", require "tensor",
  require "test"
local describe, it, expect = test.describe, test.it, test.expect
local find_recorded, lcg = signals.find_recorded, signals.lcg

local LEAST_CASES, LEAST_VALUES = 112, 12166

local cases, values = 0, 0

-- Within 1e-5 of the peak, wherever the expected values are.
local function near(got, wanted, tolerance)
  wanted = tensor.new(wanted)
  cases, values = cases + 1, values + wanted.size
  expect(got):close(wanted, (tolerance or 1e-5) * math.max(1e-30, wanted:abs():max()))
end

local x = lcg(128, 7)

-- One function for each form of call that was recorded; each gives what is to be compared.
local CALLS = {
  ["scipy.signal.sosfiltfilt(butter(4,0.2,output=\"sos\"),x)"] = function(case)
    return dsp.sosfiltfilt(tensor.new(case.sos), x)
  end,
  ["scipy.signal.filtfilt(*butter(2,0.2),x)"] = function()
    local b, a = dsp.butter(2, 0.2, {output = "ba", dtype = "float64"})
    return dsp.filtfilt(b, a, x)
  end,
  ["scipy.signal.lfilter(*butter(2,0.2),x)"] = function()
    local b, a = dsp.butter(2, 0.2, {output = "ba", dtype = "float64"})
    return dsp.lfilter(b, a, x)
  end,
}

local function filter_cases()
  for _, case in ipairs(find_recorded "iir_design_filter") do
    if case.sosfilt_x then
      it("as " .. case.call, function()
        local sos = tensor.new(case.sos)
        near(dsp.sosfilt(sos, x), case.sosfilt_x)
        near(dsp.sos {sections = sos}:push(x), case.sosfilt_x)
        local zi = dsp.sosfilt_zi(tensor.new(case.sos, "float64")) * x[1]
        local y, zf = dsp.sosfilt(sos, x, zi)
        near(y, case.sosfilt_with_zi_x0)
        near(zf, case.zf)
        near(dsp.sos {sections = sos, steady = true}:push(x), case.sosfilt_with_zi_x0)
        near(dsp.lfilter(case.ba[1], case.ba[2], x), case.sosfilt_x)
      end)
    elseif CALLS[case.call] then
      it("as " .. case.call, function() near(CALLS[case.call](case), case.expected) end)
    end
  end
end

local function resample_cases()
  local signal = lcg(120, 21)
  for _, case in ipairs(find_recorded "resample") do
    it("as " .. case.call, function()
      local up, down = case.call:match "resample_poly%(x,(%d+),(%d+)%)"
      if up then
        near(dsp.resample_poly(signal, math.tointeger(up), math.tointeger(down)), case.expected)
      elseif case.call == "scipy.signal.resample(x,80)" then
        near(dsp.resample(signal, 80), case.expected)
      elseif case.call == "scipy.signal.decimate(x,4)" then
        near(dsp.decimate(signal, 4), case.expected)
      elseif case.call == 'scipy.signal.decimate(x,4,ftype="fir")' then
        near(dsp.decimate(signal, 4, {ftype = "fir"}), case.expected)
      else
        near(dsp.upfirdn(case.h, signal, 3, 2), case.expected)
      end
    end)
  end
end

local function local_cases()
  local signal = lcg(64, 31)
  for _, case in ipairs(find_recorded "misc") do
    local size = case.call:match "medfilt%(x,(%d+)%)"
    if size then
      it("as " .. case.call, function()
        near(dsp.medfilt(signal, math.tointeger(size)), case.expected, 0)
      end)
    elseif case.call == "scipy.signal.wiener(x,5)" then
      it("as " .. case.call, function() near(dsp.wiener(signal, 5), case.expected) end)
    end
  end
end

describe("filtering", function()
  if find_recorded "resample" then
    filter_cases()
    resample_cases()
    local_cases()
    it("compares as much as was recorded", function()
      print(("%d answers of SciPy, %d values compared"):format(cases, values))
      expect(cases >= LEAST_CASES):is_true()
      expect(values >= LEAST_VALUES):is_true()
    end)
  else
    it("needs no recorded answers where they are absent", function()
      print("No recorded answers at " .. test.shared() .. "/dsp-goldens")
      expect(test.setting "MOONLET_REQUIRE_SHARED" == "1"):is_false()
    end)
  end
end)

-- Streams ----------------------------------------------------------------------------

local function noise(n, seed) return tensor.rand({n}, seed):sub(0.5):mul(2) end

describe("a whole signal", function()
  local signal = noise(700, 1)
  local rows = {{0.4, 0.3, 0.2, 1, -0.6, 0.4}, {0.5, 0.1, 0.2, 1, -0.3, 0.2}}
  it("has the bits of the streaming blocks", function()
    expect(dsp.sosfilt(tensor.new(rows), signal))
      :same_bits(dsp.sos {sections = rows}:push(signal):clone())
    local taps = noise(31, 2)
    expect(dsp.upfirdn(taps, signal):slice {1, 700}:clone())
      :same_bits(dsp.fir {taps = taps}:push(signal):clone())
    expect(dsp.upfirdn(taps, signal, 3, 2):slice {1, 1050}:clone())
      :same_bits(dsp.fir_decimator {taps = {1}, factor = 2}
        :push(dsp.fir_interpolator {taps = taps, factor = 3}:push(signal)):clone())
    for _, ratio in ipairs {{1, 1}, {3, 2}, {2, 3}, {147, 160}, {1, 5}, {7, 1}} do
      local up, down = table.unpack(ratio)
      local whole = dsp.resample_poly(signal, up, down)
      expect(#whole):equals((700 * up + down - 1) // down)
      local stream = dsp.resampler {up = up, down = down}:push(signal)
      expect(whole:slice {1, #stream}:clone()):same_bits(stream:clone())
    end
  end)
  it("may come in two pieces with states in between", function()
    local sos = tensor.new(rows)
    local whole = dsp.sosfilt(sos, signal)
    local first, zf = dsp.sosfilt(sos, signal:slice {1, 333}, tensor.zeros {2, 2})
    local second = dsp.sosfilt(sos, signal:slice {334, 700}, zf)
    expect(tensor.concat {first, second}):same_bits(whole)
    local b, a = {0.2, 0.3, 0.1}, {1, -0.5, 0.2, 0.1}
    whole = dsp.lfilter(b, a, signal)
    first, zf = dsp.lfilter(b, a, signal:slice {1, 100}, {0, 0, 0})
    expect(zf.dtype):equals "float64"
    expect(tensor.concat {first, (dsp.lfilter(b, a, signal:slice {101, 700}, zf))})
      :same_bits(whole)
  end)
  it("of several lines is filtered line by line, along the last axis", function()
    local lines = tensor.rand({2, 3, 80}, 4)
    local line = lines[2][3]
    local sos = tensor.new(rows)
    local forms = {
      function(s) return dsp.sosfilt(sos, s) end,
      function(s) return dsp.lfilter({0.5, 0.2}, {1, -0.3}, s) end,
      function(s) return dsp.filtfilt({0.5, 0.2}, {1, -0.3}, s) end,
      function(s) return dsp.sosfiltfilt(sos, s) end,
      function(s) return dsp.medfilt(s, 5) end,
      function(s) return dsp.upfirdn({1, 2, 3}, s, 2, 3) end,
      function(s) return dsp.resample_poly(s, 2, 3) end,
      function(s) return dsp.resample(s, 50) end,
      function(s) return dsp.decimate(s, 3) end,
      function(s) return dsp.decimate(s, 3, {ftype = "fir"}) end,
    }
    for _, form in ipairs(forms) do
      local all, one = form(lines), form(line:clone())
      print(("%.9g"):format(all:sum()))  -- the same on every target
      expect(all.shape):equals {2, 3, #one}
      expect(all[2][3]:clone()):same_bits(one)
      expect(form(lines:slice({}, {3, 1, -1}))[2][1]:clone()):same_bits(one)
    end
  end)
  it("goes to a tensor of the script's own, in place where the length stays", function()
    local sos = tensor.new(rows)
    local out = tensor.zeros {700}
    expect(rawequal(dsp.sosfilt(sos, signal, nil, out), out)):is_true()
    local same = signal:clone()
    expect(dsp.sosfilt(sos, same, nil, same)):same_bits(out)
    same = signal:clone()
    expect(dsp.filtfilt({1, 1}, 2, same, nil, same)):same_bits(dsp.filtfilt({1, 1}, 2, signal))
    same = signal:clone()
    expect(dsp.medfilt(same, 3, same)):same_bits(dsp.medfilt(signal, 3))
    local wide = tensor.zeros {234, 2}
    dsp.decimate(signal, 3, nil, wide:slice({}, 2))
    expect(wide:slice({}, 2):clone()):same_bits(dsp.decimate(signal, 3))
    expect(dsp.upfirdn, {1, 2}, signal, 1, 1, tensor.zeros {700}):raises "float32 {701} expected"
  end)
end)

-- Properties -------------------------------------------------------------------------

describe("filters there and back", function()
  it("leave constants and lines alone", function()
    local line = tensor.arange(200, "float32"):mul(0.01)
    expect(dsp.filtfilt({0.2, 0.2, 0.2, 0.2, 0.2}, 1, line)):close(line, 1e-5)
    expect(dsp.sosfiltfilt(dsp.butter(2, 0.3), line)):close(line, 1e-4)
  end)
  it("delay nothing: an impulse comes out symmetric", function()
    local impulse = tensor.zeros {201}
    impulse[101] = 1
    local b, a = dsp.butter(3, 0.2, {output = "ba", dtype = "float64"})
    for _, y in ipairs {dsp.filtfilt(b, a, impulse), dsp.sosfiltfilt(dsp.butter(3, 0.2), impulse)} do
      expect(y:slice {101, 180}:clone()):close(y:slice {101, 22, -1}:clone(), 1e-6)
    end
  end)
  it("continue the signal as they are told", function()
    local signal = noise(40, 11)
    local function two_ways(padded)  -- from the rest of the first sample, both ways
      local b, a = {0.3, 0.1}, {1, -0.6}
      local zi = dsp.lfilter_zi(tensor.new(b, "float64"), tensor.new(a, "float64"))
      local y = dsp.lfilter(b, a, padded, zi * padded[1])
      y = y:slice {#y, 1, -1}
      y = dsp.lfilter(b, a, y, zi * y[1])
      return y:slice {#y, 1, -1}:clone()
    end
    local first, last = signal:slice {8, 2, -1}, signal:slice {39, 33, -1}
    local pads = {
      odd = {signal[1] * 2 - first, signal[40] * 2 - last},
      even = {first, last},
      constant = {tensor.full({7}, signal[1]), tensor.full({7}, signal[40])},
    }
    for kind, ends in pairs(pads) do
      local wanted = two_ways(tensor.concat {ends[1], signal, ends[2]}):slice {8, 47}
      expect(dsp.filtfilt({0.3, 0.1}, {1, -0.6}, signal, {padtype = kind, padlen = 7}))
        :close(wanted:clone(), 1e-5)
    end
    expect(dsp.filtfilt({0.3, 0.1}, {1, -0.6}, signal, {padtype = "none"}))
      :close(two_ways(signal), 1e-5)
  end)
end)

describe("changes of rate", function()
  it("keep tones that both rates can carry", function()
    local function tone(n, rate)
      return tensor.arange(n, "float32"):mul(2 * math.pi * 440 / rate):sin()
    end
    local y = dsp.resample_poly(tone(4800, 48000), 1, 3)
    expect(y:slice {100, 1500}:clone()):close(tone(1600, 16000):slice {100, 1500}:clone(), 2e-3)
    y = dsp.decimate(tone(4800, 48000), 4)
    expect(y:slice {100, 1100}:clone()):close(tone(1200, 12000):slice {100, 1100}:clone(), 2e-2)
  end)
  it("by Fourier are undone by the way back", function()
    for _, n in ipairs {15, 16, 101} do
      local signal = noise(n, n)
      expect(dsp.resample(dsp.resample(signal, 2 * n + 1), n)):close(signal, 1e-5)
      expect(dsp.resample(signal, n)):close(signal, 1e-5)
      local even = dsp.resample(signal, 2 * n)
      expect(even:slice {1, 2 * n, 2}:clone()):close(signal, 1e-5)
    end
  end)
  it("take taps of one's own", function()
    local taps = {0.25, 0.5, 0.25}
    expect(dsp.resample_poly(tensor.new {2, 4, 6}, 2, 1, {taps = taps}))
      :equals(dsp.upfirdn({0.5, 1, 0.5}, tensor.new {2, 4, 6}, 2):slice {2, 7}:clone())
    expect(dsp.resample_poly(tensor.new {2, 4, 6}, 4, 2, {taps = taps}).size):equals(6)
  end)
  it("of one sample, and up by more than there are taps, are zeros between", function()
    expect(dsp.upfirdn({2}, tensor.new {1, 2, 3}, 3)):equals {2, 0, 0, 4, 0, 0, 6}
    expect(dsp.upfirdn({2}, tensor.new {5}, 7)):equals {10}
    expect(dsp.upfirdn({1, 2, 3}, tensor.new {1}, 1, 2)):equals {1, 3}
  end)
end)

describe("local filters", function()
  it("take zeros outside, and sizes beyond the signal", function()
    expect(dsp.medfilt(tensor.new {5, 4, 3}, 1)):equals {5, 4, 3}
    expect(dsp.medfilt(tensor.new {5, 4, 3}, 3)):equals {4, 4, 3}
    expect(dsp.medfilt(tensor.new {5, 4, 3}, 9)):equals {0, 0, 0}
  end)
  it("remove a spike and leave a step", function()
    local step = tensor.zeros {40}
    step:slice {21, 40}:fill_(1)
    local spiked = step:clone()
    spiked[7], spiked[30] = 9, -9
    expect(dsp.medfilt(spiked, 3):slice {1, 39}:clone()):equals(step:slice {1, 39}:clone())
  end)
  it("of Wiener follow their definition for any size and noise", function()
    local values_, n = noise(30, 12):totable(), 30
    for size = 1, 6 do
      local wanted = {}
      for i = 1, n do
        local sum, squares = 0, 0
        for j = i - (size - 1 - (size - 1) // 2), i + (size - 1) // 2 do
          local v = values_[j] or 0
          sum, squares = sum + v, squares + v * v
        end
        local mean = sum / size
        local variance = squares / size - mean * mean
        wanted[i] = variance < 0.1 and mean or (values_[i] - mean) * (1 - 0.1 / variance) + mean
      end
      expect(dsp.wiener(noise(30, 12), size, 0.1)):close(tensor.new(wanted), 1e-6)
    end
    expect(dsp.wiener(noise(30, 12), 5, 0)):close(noise(30, 12), 1e-6)
  end)
end)

describe("misuse of filters", function()
  local signal = noise(20, 13)
  local sos = tensor.new {{1, 0, 0, 1, -0.5, 0}}
  it("names the argument", function()
    expect(dsp.lfilter, {1}, {0, 1}, signal):raises "bad argument #2"
    expect(dsp.lfilter, {}, 1, signal):raises "bad argument #1"
    expect(dsp.lfilter, "x", 1, signal):raises "vector of numbers expected"
    expect(dsp.lfilter, 1, 1, tensor.zeros {0}):raises "bad argument #3"
    expect(dsp.lfilter, 1, 1, tensor.zeros({4}, "int16")):raises "float32 expected, got int16"
    expect(dsp.lfilter, {1, 1}, 1, signal, {0, 0}):raises "states of shape {1} expected, got {2}"
    expect(dsp.lfilter, {1, 1}, 1, tensor.ones {2, 5}, {0}):raises "rank 1"
    expect(dsp.sosfilt, tensor.zeros {2, 5}, signal):raises "sections {n, 6}"
    expect(dsp.sosfilt, sos, signal, {{0}}):raises "states of shape {1, 2}"
    expect(dsp.filtfilt, {1, 1}, 1, tensor.ones {6}):raises "more than 6 samples expected"
    expect(dsp.filtfilt, 1, {1, -1}, signal):raises "pole"
    expect(dsp.filtfilt, 1, 1, signal, {padtype = "odds"}):raises 'option \'padtype\': "odd"'
    expect(dsp.sosfiltfilt, sos, tensor.ones {3}):raises "samples expected"
    expect(dsp.medfilt, signal, 4):raises "an odd size expected"
    expect(dsp.medfilt, signal, 0):raises "bad argument #2"
    expect(dsp.wiener, signal, 3, -1):raises "bad argument #3"
    expect(dsp.wiener, tensor.ones {2, 3}):raises "rank 1 expected"
    expect(dsp.upfirdn, {1}, signal, 0):raises "bad argument #3"
    expect(dsp.upfirdn, 1, signal):raises "table expected"
    expect(dsp.upfirdn, {{1}}, signal):raises "a vector of taps"
    expect(dsp.resample_poly, signal, 1, 0):raises "bad argument #3"
    expect(dsp.resample, signal, 0):raises "bad argument #2"
    expect(dsp.decimate, signal):raises "bad argument #2"
    expect(dsp.decimate, signal, 4):raises "more than 27 samples expected"
    expect(dsp.decimate, signal, 4, {ftype = "pll"}):raises "option 'ftype'"
    expect(dsp.decimate, noise(5000, 14), 1000):raises "at most 64"
  end)
  it("passes what is not finite on, and gets over it where there is no feedback", function()
    local dirty = tensor.ones {30}
    dirty[5], dirty[9] = math.huge, 0 / 0
    local y = dsp.upfirdn({1, 1}, dirty)
    expect(y[5]):equals(math.huge)
    expect(y:slice {11, 30}:sum()):equals(40.0)
    expect(dsp.sosfilt(sos, dirty)[30] ~= dsp.sosfilt(sos, dirty)[30]):is_true()
  end)
end)
