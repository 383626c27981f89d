-- Spectra by segments: SciPy's recorded answers, and what holds of every one.

local dsp, signals, tensor, test = require "dsp", require "signals", require "tensor",
  require "test"
local describe, it, expect = test.describe, test.it, test.expect
local lcg, near = signals.lcg, signals.near

local LEAST_CASES = 13  -- what a whole run compares

-- Keyword arguments as SciPy's call has them.
local function options(call)
  local text = call:match "%*%*{(.*)}" or call:match "(nperseg=%d+)" or ""
  local result = {sample_rate = 16000}
  for name, value in text:gmatch "'?(%a+)'?[:=] ?'?([%w_]+)'?" do
    if value == "False" then
      result[name] = false
    elseif value == "None" then
      result[name] = "none"
    else
      result[name] = math.tointeger(tonumber(value)) or value
    end
  end
  return result
end

local x, y = lcg(512, 11), lcg(512, 12)

describe("SciPy's recordings", function()
  local compared = 0
  local check = {
    stft = function(case)
      local f, t, z = dsp.stft(x, options(case.call))
      near(f, case.f)
      near(t, case.t)
      near(z, case.Zxx)
    end,
    istft = function(case)
      local _, _, z = dsp.stft(x, {nperseg = 64})
      local _, back = dsp.istft(z, {nperseg = 64})
      near(back:slice{1, 512}, case.expected)
    end,
    welch = function(case)
      local f, p = dsp.welch(x, options(case.call))
      near(f, case.f)
      near(p, case.expected)
    end,
    spectrogram = function(case)
      local f, t, s = dsp.spectrogram(x, options(case.call))
      near(f, case.f)
      near(t, case.t)
      near(s, case.expected)
    end,
    periodogram = function(case)
      local _, p = dsp.periodogram(x, {sample_rate = 16000})
      near(p, case.expected)
    end,
    csd = function(case)
      local _, p = dsp.csd(x, y, options(case.call))
      near(p, case.expected)
    end,
    coherence = function(case)
      local _, c = dsp.coherence(x, y, options(case.call))
      near(c, case.expected)
    end,
    detrend = function(case)
      local kind = case.call:match "type='(%a+)'" or "linear"
      near(dsp.detrend(lcg(64, 31), kind), case.expected)
    end,
  }
  it("are met", function()
    local none
    for _, file in ipairs {"spectral", "misc"} do
      local cases = signals.recorded(file)
      none = not cases
      for _, case in ipairs(cases or {}) do
        local name = case.call:match "^scipy.signal.(%a+)"
        if check[name] then
          check[name](case)
          compared = compared + 1
        end
      end
    end
    signals.expect_compared(compared, none and 0 or LEAST_CASES, "spectra")
  end)
end)

describe("a power spectrum", function()
  it("adds up to the signal's power", function()
    local f, p = dsp.periodogram(x, {sample_rate = 1000, detrend = false})
    expect(p:sum() * f[2]):close(x:dot(x) / 512, 1e-4)
    local _, _, s = dsp.spectrogram(x, {window = "boxcar", nperseg = 64, noverlap = 0,
      detrend = false})
    expect(s:sum() / 64 / 8):close(x:dot(x) / 512, 1e-4)
  end)
  it("shows a tone's power where the tone is", function()
    local tone = {}
    for i = 0, 2047 do tone[i + 1] = 3 * math.sin(2 * math.pi * 1000 * i / 16000) end
    local f, p = dsp.welch(tensor.new(tone), {sample_rate = 16000, nperseg = 256,
      window = "flattop", scaling = "spectrum"})
    expect(f[p:argmax()]):equals(1000.0)
    expect(p:max()):close(4.5, 1e-3)
  end)
  it("is the average of its segments", function()
    local _, _, s = dsp.spectrogram(x, {nperseg = 64, noverlap = 32, window = "hann"})
    local _, p = dsp.welch(x, {nperseg = 64})
    expect(p):close(s:mean(2), 1e-6)
    local _, c = dsp.csd(x, x, {nperseg = 64})
    expect(c:slice({}, 1)):same_bits(p)
    expect(c:slice({}, 2):abs():max()):equals(0.0)
  end)
  it("with itself is coherent, with noise hardly", function()
    local _, c = dsp.coherence(x, x * 2 + 1, {nperseg = 64})
    expect(c:slice{2, -1}):close(tensor.ones{32}, 1e-5)
    local _, other = dsp.coherence(x, y, {nperseg = 32})
    expect(other:mean() < 0.3):is_true()
  end)
  it("takes signals shorter than a segment", function()
    local f, p = dsp.welch(lcg(10, 1))
    expect(#f):equals(6)
    expect(#p):equals(6)
    expect(#select(2, dsp.welch(lcg(1, 1)))):equals(1)
    local wide = lcg(1024, 11):reshape{512, 2}:slice({}, 1)
    expect(select(2, dsp.welch(wide))):same_bits(select(2, dsp.welch(wide:clone())))
  end)
end)

describe("a short-time transform", function()
  it("comes back", function()
    for _, n in ipairs {33, 100, 512, 777} do
      for _, o in ipairs {{nperseg = 32}, {nperseg = 32, noverlap = 24, window = "hamming"},
        {nperseg = 30, noverlap = 20}, {nperseg = 31}, {nperseg = 33, noverlap = 22}} do
        local signal = lcg(n, n)
        local _, _, z = dsp.stft(signal, o)
        local t, back = dsp.istft(z, o)
        expect(#t):equals(#back)
        expect(back:slice{1, n}):close(signal, 1e-5)
      end
    end
  end)
  it("writes where it is told", function()
    local out = tensor.zeros{33, 17, 2}
    local _, _, z = dsp.stft(x, {nperseg = 64}, out)
    expect(rawequal(z, out)):is_true()
    local samples = tensor.zeros{512}
    local _, back = dsp.istft(z, nil, samples)
    expect(rawequal(back, samples)):is_true()
  end)
end)

describe("a trend", function()
  it("is taken away", function()
    local line = {}
    for i = 1, 50 do line[i] = 3 + i / 4 end
    expect(dsp.detrend(tensor.new(line)):abs():max() < 1e-5):is_true()
    expect(dsp.detrend(tensor.new(line), "constant"):mean()):close(0, 1e-5)
    expect(dsp.detrend(tensor.new{7})[1]):equals(0.0)
    local rows = lcg(60, 1):reshape{3, 20}
    for i = 1, 3 do expect(dsp.detrend(rows)[i]):same_bits(dsp.detrend(rows[i])) end
    local copy = rows:clone()
    dsp.detrend(copy, "linear", copy)
    expect(copy):same_bits(dsp.detrend(rows))
  end)
end)

describe("bad input", function()
  it("raises", function()
    expect(dsp.welch, tensor.zeros{0}):raises "1 or more samples"
    expect(dsp.welch, tensor.zeros{2, 8}):raises "rank 1 expected"
    expect(dsp.welch, x, {nperseg = 64, noverlap = 64}):raises "option 'noverlap'"
    expect(dsp.welch, x, {nperseg = 64, nfft = 32}):raises "option 'nfft'"
    expect(dsp.welch, x, {window = "round"}):raises "round"
    expect(dsp.welch, x, {sample_rate = 0}):raises "option 'sample_rate'"
    expect(dsp.welch, x, {segment = 64}):raises "no option 'segment'"
    expect(dsp.welch, x, {detrend = "cubic"}):raises "option 'detrend'"
    expect(dsp.welch, x, {nperseg = 64}, tensor.zeros{32}):raises "{33} expected as out"
    expect(dsp.spectrogram, x, {average = "median"}):raises "no option 'average'"
    expect(dsp.csd, x, lcg(100, 1)):raises "512 samples expected"
    expect(dsp.istft, tensor.zeros{33, 2}):raises "{bins, segments, 2}"
    expect(dsp.detrend, x, "cubic"):raises "invalid option 'cubic'"
    expect(dsp.detrend, x:astype "float64"):raises "float32 expected"
  end)
end)
