-- Peaks, and what a signal looks like in single numbers: against SciPy's recorded answers, plain
-- definitions, and bad input.

local dsp, signals, tensor, test = require "dsp", require "signals", require "tensor",
  require "test"
local describe, it, expect = test.describe, test.it, test.expect
local lcg = signals.lcg

-- What a whole run compares.
local LEAST_CASES = 11

-- Positions from 1.
local function shifted(list)
  local result = {}
  for i, v in ipairs(list) do result[i] = v + 1 end
  return result
end

local POSITIONS = {left_bases = true, right_bases = true, left_edges = true, right_edges = true,
  left_ips = true, right_ips = true}

-- Python's keyword arguments as options: {'height': 0.5, 'width': (1, 2)}.
local function options_of(call)
  local options = {}
  for name, value in call:gmatch "'([%a_]+)': ([^'}]+)" do
    local low, high = value:match "%((.-), (.-)%)"
    options[name] = low and {tonumber(low), tonumber(high)}
      or tonumber((value:gsub("[, ]+$", "")))
  end
  return options
end

local function compare_peaks(case, y)
  local peaks, found = dsp.find_peaks(y, options_of(case.call))
  expect(peaks.dtype):equals("int32")
  expect(peaks):equals(shifted(case.peaks))
  local names = 0
  for name, values in pairs(case.props or {}) do
    local expected = POSITIONS[name] and shifted(values) or values
    expect(found[name]:totable()):close(expected, 1e-5)
    names = names + 1
  end
  for _ in pairs(found) do names = names - 1 end
  expect(names):equals(0)
end

local function compare_statistics(case)
  local x = lcg(64, 31)
  expect(dsp.rms(x)):close(case.rms, 1e-10)
  expect(dsp.skewness(x)):close(case.skew, 1e-10)
  expect(dsp.kurtosis(x)):close(case.kurtosis_fisher, 1e-10)
  expect(dsp.peak_to_peak(x)):equals(case.ptp)
  expect(dsp.zero_crossings(x)):equals(case.zero_crossings)
end

local function compare_measured(case, y)
  local peaks = dsp.find_peaks(y, {prominence = 0.8})
  expect(dsp.peak_prominences(y, peaks):totable()):close(case.prominences, 1e-6)
  expect(dsp.peak_widths(y, peaks):totable()):close(case.widths, 1e-5)
end

describe("shapes", function()
  it("are what SciPy makes of them", function()
    local cases, y, compared = signals.recorded "misc", nil, 0
    if not cases then return end
    for _, case in ipairs(cases) do
      local call = case.call
      if call:find "find_peaks%(y,%*%*" then
        y = type(case.y) == "table" and tensor.new(case.y) or y
        compare_peaks(case, y)
      elseif call:find "^peak_prominences" then
        compare_measured(case, y)
      elseif call:find "with plateaus" then
        compare_peaks(case, tensor.new(case.y))
      elseif call:find "^statistics" then
        compare_statistics(case)
      else
        goto other
      end
      compared = compared + 1
      ::other::
    end
    signals.expect_compared(compared, LEAST_CASES, "cases")
  end)
end)

-- Maxima by the definition: higher than both ends of a run of equal samples.
local function plain_peaks(x)
  local found, i = {}, 2
  while i < #x do
    local last = i
    while last < #x and x[last + 1] == x[i] do last = last + 1 end
    if x[i - 1] < x[i] and last < #x and x[last + 1] < x[i] then
      found[#found + 1] = (i + last) // 2
    end
    i = last + 1
  end
  return found
end

describe("find_peaks", function()
  it("finds what the definition says", function()
    for seed = 1, 20 do
      local x = (lcg(100, seed) * 2):floor()
      expect(dsp.find_peaks(x)):equals(plain_peaks(x))
    end
  end)

  it("keeps peaks apart, the higher ones first", function()
    local x = lcg(300, 8)
    for _, distance in ipairs{1, 2, 3.5, 10, 1000} do
      local peaks = dsp.find_peaks(x, {distance = distance})
      for i = 2, #peaks do assert(peaks[i] - peaks[i - 1] >= distance) end
      -- Whatever was left out has a higher or equal neighbour that stayed.
      local all = dsp.find_peaks(x)
      for i = 1, #all do
        local near = false
        for k = 1, #peaks do
          near = near or (math.abs(peaks[k] - all[i]) < distance and x[peaks[k]] >= x[all[i]])
        end
        assert(near or distance == 1)
      end
    end
  end)

  it("takes intervals with one end open", function()
    local x = lcg(200, 6)
    local all = dsp.find_peaks(x)
    local low = dsp.find_peaks(x, {height = {nil, 0.5}})
    local high = dsp.find_peaks(x, {height = 0.5})
    expect(#low + #high):equals(#all)
    expect(#dsp.find_peaks(x, {height = {0.5, 0.25}})):equals(0)
  end)

  it("looks no further than wlen for prominences", function()
    local x = tensor.new{0, 9, 4, 5, 3, 4, 6, 0}
    expect(dsp.peak_prominences(x, tensor.new({4}, "int32"))[1]):equals(1)
    expect(dsp.peak_prominences(x, tensor.new({7}, "int32"))[1]):equals(3)
    expect(dsp.peak_prominences(x, tensor.new({7}, "int32"), {wlen = 3})[1]):equals(2)
  end)

  it("finds none in what has none", function()
    for _, x in ipairs{tensor.zeros{0}, tensor.new{1}, tensor.new{1, 2}, tensor.ones{10},
      tensor.arange(10), tensor.full({9}, 0 / 0)} do
      expect(#dsp.find_peaks(x, {prominence = 0, width = 0, distance = 2})):equals(0)
    end
    expect(#dsp.find_peaks(tensor.new{0, math.huge, 0})):equals(1)
  end)

  it("refuses other arguments", function()
    local x = lcg(10, 1)
    expect(dsp.find_peaks, x:reshape{2, 5}):raises("rank 1 expected")
    expect(dsp.find_peaks, {1, 2}):raises("tensor expected")
    expect(dsp.find_peaks, x, {distance = 0.5}):raises("option 'distance'")
    expect(dsp.find_peaks, x, {height = "1"}):raises("number or {least, most}")
    expect(dsp.find_peaks, x, {hieght = 1}):raises("did you mean 'height'")
    expect(dsp.find_peaks, x, {wlen = 1}):raises("option 'wlen'")
    expect(dsp.find_peaks, x, {rel_height = 2}):raises("option 'rel_height'")
    expect(dsp.peak_widths, x, tensor.new({11}, "int32")):raises("position 11 out of range")
    expect(dsp.peak_widths, x, tensor.new({1})):raises("int32 expected")
  end)
end)

local NUMBERS = {"rms", "crest_factor", "kurtosis", "skewness", "peak_to_peak", "zero_crossings",
  "spectral_flatness"}

describe("descriptors", function()
  it("of several lines are those of each", function()
    local x = lcg(60, 2):abs():reshape{3, 4, 5}
    for _, name in ipairs(NUMBERS) do
      local all = dsp[name](x)
      expect(all.shape):equals{3, 4}
      local out = tensor.zeros{3, 4}
      assert(rawequal(dsp[name](x, out), out))
      for i = 1, 3 do
        for j = 1, 4 do
          expect(all:at(i, j)):close(dsp[name](x[i][j]), 1e-6)
          expect(out:at(i, j)):same_bits(all:at(i, j))
        end
      end
      expect(dsp[name](x:transpose()).shape):equals{5, 4}
    end
  end)

  it("allocate nothing", function()
    local x = lcg(256, 1)
    for _, name in ipairs(NUMBERS) do
      local f = dsp[name]
      expect(test.garbage(20, function() f(x) end)):equals(0)
    end
  end)

  it("take every dtype and view", function()
    local x = tensor.new({3, 1, -4, 1, -5, 9}, "int16")
    expect(dsp.rms(x)):close(math.sqrt(133 / 6), 1e-12)
    expect(dsp.rms(x:slice{1, -1, 2})):close(math.sqrt(50 / 3), 1e-12)
    expect(dsp.peak_to_peak(x:astype "float64")):equals(14)
    expect(dsp.zero_crossings(x)):equals(4)
    expect(dsp.zero_crossings(tensor.new{0.0, -0.0, 1})):equals(2)
  end)

  it("follow their definitions", function()
    local x = lcg(100, 7)
    local d, dd = {}, {}
    for i = 2, 100 do d[#d + 1] = x[i] - x[i - 1] end
    for i = 2, 99 do dd[#dd + 1] = d[i] - d[i - 1] end
    local function variance(list)
      local mean, sum = 0, 0
      for i = 1, #list do mean = mean + list[i] / #list end
      for i = 1, #list do sum = sum + (list[i] - mean) ^ 2 end
      return sum / #list
    end
    local activity, mobility, complexity = dsp.hjorth(x)
    expect(activity):close(variance(x), 1e-12)
    expect(mobility):close(math.sqrt(variance(d) / variance(x)), 1e-12)
    expect(complexity):close(math.sqrt(variance(dd) / variance(d)) / mobility, 1e-12)
    expect(dsp.crest_factor(x)):close(math.max(x:max(), -x:min()) / dsp.rms(x), 1e-12)
  end)

  it("of a sine are known", function()
    local x = (tensor.arange(1000) * (2 * math.pi / 100)):sin()
    expect(dsp.rms(x)):close(math.sqrt(0.5), 1e-6)
    expect(dsp.crest_factor(x)):close(math.sqrt(2), 1e-5)
    expect(dsp.kurtosis(x)):close(-1.5, 1e-5)
    expect(select(3, dsp.hjorth(x))):close(1, 3e-3)
  end)

  it("of constants and silence are 0 or NaN", function()
    local zeros = tensor.zeros{8}
    expect(dsp.rms(zeros)):equals(0)
    expect(dsp.crest_factor(zeros)):equals(0 / 0)
    expect(dsp.kurtosis(tensor.ones{8})):equals(0 / 0)
    expect(dsp.spectral_centroid(zeros, 8000)):equals(0 / 0)
    expect(dsp.spectral_flatness(zeros)):close(1, 1e-12)
    expect(dsp.peak_to_peak(tensor.new{1, 0 / 0})):equals(0 / 0)
    expect(dsp.rms(tensor.new{1, math.huge})):equals(math.huge)
  end)

  it("of the same spectrum tell where its power lies", function()
    local x = tensor.zeros{101}
    x[31] = 2
    expect(dsp.spectral_centroid(x, 20000)):equals(3000)
    expect(dsp.spectral_bandwidth(x, 20000)):equals(0)
    expect(dsp.spectral_rolloff(x, 20000, 1)):equals(3000)
    expect(dsp.spectral_flatness(tensor.ones{101})):close(1, 1e-12)
    local two = tensor.new{{0, 1, 0}, {0, 0, 1}}
    expect(dsp.spectral_centroid(two, 8000)):equals{2000, 4000}
  end)

  it("refuse empty lines, numbers and wrong rates", function()
    expect(dsp.rms, tensor.zeros{0}):raises("at least 1")
    expect(dsp.rms, tensor.zeros{3, 0}):raises("at least 1")
    expect(dsp.rms, tensor.zeros{}):raises("rank 1 to 6")
    expect(dsp.rms, 1):raises("tensor expected")
    expect(dsp.hjorth, tensor.zeros{2}):raises("at least 3")
    expect(dsp.hjorth, tensor.zeros{2, 3}):raises("rank 1 expected")
    expect(dsp.spectral_centroid, tensor.ones{4}):raises("number expected")
    expect(dsp.spectral_centroid, tensor.ones{4}, -1):raises("sample rate > 0")
    expect(dsp.spectral_rolloff, tensor.ones{4}, 8000, 0):raises("a part above 0")
    expect(dsp.rms, tensor.ones{2, 3}, tensor.ones{3}):raises("bad argument #2")
  end)
end)

-- The whole matrix of least sums.
local function plain_dtw(a, b, band)
  band = math.max(band, math.abs(#a - #b))
  local d = {[0] = {[0] = 0}}
  for j = 1, #b do d[0][j] = math.huge end
  for i = 1, #a do
    d[i] = {[0] = math.huge}
    for j = 1, #b do
      local best = math.min(d[i - 1][j], d[i][j - 1], d[i - 1][j - 1])
      d[i][j] = math.abs(i - j) <= band and best + math.abs(a[i] - b[j]) or math.huge
    end
  end
  return d[#a][#b]
end

describe("dtw", function()
  it("is the least sum along a path", function()
    for seed = 1, 12 do
      local a, b = lcg(10 + seed, seed), lcg(25 - seed, seed + 50)
      for _, band in ipairs{0, 1, 4, 100} do
        expect(dsp.dtw(a, b, band)):close(plain_dtw(a, b, band), 1e-12)
        expect(dsp.dtw(b, a, band)):close(dsp.dtw(a, b, band), 1e-12)
      end
      expect(dsp.dtw(a, b)):close(plain_dtw(a, b, 100), 1e-12)
      expect(dsp.dtw(a, a)):equals(0)
    end
  end)

  it("measures vectors by their Euclidean distance", function()
    expect(dsp.dtw(tensor.new{{0, 0}}, tensor.new{{3, 4}})):equals(5)
    expect(dsp.dtw(tensor.new({1, 2}, "int8"), tensor.new{1, 2})):equals(0)
  end)

  it("refuses sequences that do not match", function()
    expect(dsp.dtw, tensor.zeros{0}, tensor.zeros{1}):raises("at least one item")
    expect(dsp.dtw, tensor.zeros{2, 3}, tensor.zeros{2, 2}):raises("items of 3 values")
    expect(dsp.dtw, tensor.zeros{2}, tensor.zeros{2}, -1):raises("0 or more")
    expect(dsp.dtw, tensor.zeros{2, 2, 2}, tensor.zeros{2}):raises("rank 1 to 2")
  end)
end)
