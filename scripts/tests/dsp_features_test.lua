-- Mel filters, log mel energies and cepstra against SciPy's recorded ones, definitions and
-- themselves; what follows pitch, and what changes from frame to frame.

local dsp, nn, signals = require "dsp", require "nn", require "signals"
local tensor, test = require "tensor", require "test"
local describe, it, expect = test.describe, test.it, test.expect
local largest, lcg = signals.largest, signals.lcg

-- What a whole run compares.
local LEAST_CASES = 21

local function sine(count, frequency, sample_rate)
  local values = {}
  for i = 1, count do values[i] = math.sin(2 * math.pi * frequency * (i - 1) / sample_rate) end
  return tensor.new(values)
end

-- All rows of one output, pushed in pieces of random length.
local function stream(block, x, seed)
  local rows, at, state = {}, 1, seed
  while at <= #x do
    state = signals.next_state(state)
    local last = math.min(at + (state >> 8) % 400, #x)
    local y = block:push(x:slice{at, last})
    for i = 1, #y do rows[#rows + 1] = y.rank == 1 and y[i] or y[i]:clone() end
    at = last + 1
  end
  return rows
end

local function expect_streams(make, x)
  local whole = make():push(x):clone()
  assert(whole.shape[1] > 1)
  for seed = 1, 5 do
    local rows = stream(make(), x, seed)
    expect(#rows):equals(whole.shape[1])
    for i, row in ipairs(rows) do expect(row):same_bits(whole[i]) end
  end
  return whole
end

local function compare_filters(case)
  local bank = dsp.mel_filterbank{sample_rate = case.sr, fft = case.n_fft, mels = case.n_mels,
    fmin = case.fmin, fmax = case.fmax, scale = case.scale, area = case.area_norm}
  expect(bank.shape):equals{case.n_mels, case.n_fft // 2 + 1}
  for i, row in ipairs(case.rows_first_bin_and_weights) do
    local expected = tensor.zeros{case.n_fft // 2 + 1}
    for k, weight in ipairs(row[2]) do expected[row[1] + k] = weight end
    expect(bank[i]):close(expected, 2e-7 * largest(row[2]))
  end
end

local function compare_scales(case)
  for i, hz in ipairs(case.hz) do
    for _, scale in ipairs{"htk", "slaney"} do
      local mel = case[scale][i]
      expect(dsp.hz_to_mel(hz, scale)):close(mel, 1e-8)
      expect(dsp.mel_to_hz(mel, scale)):close(hz, 1e-6)
    end
  end
end

local function compare_features(case, x, scale)
  local options = {sample_rate = 16000, window = 480, hop = 160, fft = 512, mels = 40, fmin = 20,
    fmax = 8000, scale = scale, area = scale == "slaney", offset = 1e-6}
  local logs, peak = dsp.logmel(options):push(tensor.new(x)), 0
  for _, row in ipairs(case.log_mel) do peak = math.max(peak, largest(row)) end
  expect(logs):close(tensor.new(case.log_mel), 1e-5 * peak)
  options.coefficients = 13
  local cepstrum = dsp.mfcc(options):push(tensor.new(x))
  peak = 0
  for _, row in ipairs(case.mfcc) do peak = math.max(peak, largest(row)) end
  expect(cepstrum):close(tensor.new(case.mfcc), 1e-5 * peak)
end

-- The power spectrum of the first frame of the recorded signal, from its definition.
local function power_spectrum(x)
  local power = {}
  for k = 0, 256 do
    local re, im = 0, 0
    for i = 0, 479 do
      local v = x[i + 1] * (0.5 - 0.5 * math.cos(2 * math.pi * i / 480))
      re = re + v * math.cos(2 * math.pi * (i * k % 512) / 512)
      im = im - v * math.sin(2 * math.pi * (i * k % 512) / 512)
    end
    power[k + 1] = re * re + im * im
  end
  return tensor.new(power, "float64")
end

local function compare_shapes(case, x)
  local power = power_spectrum(x)
  local magnitude = power:sqrt()
  expect(dsp.spectral_centroid(magnitude, 16000)):close(case.centroid_hz, 1e-5)
  expect(dsp.spectral_bandwidth(magnitude, 16000)):close(case.bandwidth_hz, 1e-5)
  expect(dsp.spectral_rolloff(magnitude, 16000)):equals(case.rolloff85_hz)
  expect(dsp.spectral_flatness(power)):close(case.flatness, 1e-11)
  expect(dsp.zero_crossings(tensor.new(x):slice{1, 480})):equals(case.zcr_pairs)
end

describe("features", function()
  it("are what SciPy makes of them", function()
    local cases = signals.recorded "mel_mfcc"
    if not cases then return end
    local x, compared = cases[18].x, 0
    for _, case in ipairs(cases) do
      local call = case.call or ""
      if case.n_fft then
        compare_filters(case)
      elseif call == "hz2mel" then
        compare_scales(case)
      elseif call:find "^frames of" then
        compare_features(case, x, call:match "'(%a+)',norm")
      elseif call:find "^pre%-emphasis" then
        local y = dsp.preemphasis(tensor.new(case.x))
        expect(y):close(tensor.new(case.expected), 1e-6)
      elseif call:find "^spectral features" then
        compare_shapes(case, x)
      else
        error("no test for " .. call)
      end
      compared = compared + 1
    end
    signals.expect_compared(compared, LEAST_CASES, "cases")
  end)
end)

describe("mel_filterbank", function()
  it("sums to one between the first and the last centre", function()
    local bank = dsp.mel_filterbank{sample_rate = 16000, fft = 2048, mels = 20}
    local low = dsp.mel_to_hz(dsp.hz_to_mel(8000) / 21)
    local high = dsp.mel_to_hz(dsp.hz_to_mel(8000) * 20 / 21)
    local sums = bank:sum(1)
    for bin = 1, 1025 do
      local hz = (bin - 1) * 16000 / 2048
      if hz >= low and hz <= high then expect(sums[bin]):close(1, 1e-6) end
    end
  end)

  it("has empty filters where no bin lies between the corners", function()
    local bank = dsp.mel_filterbank{fft = 64, mels = 60}
    expect(bank.shape):equals{60, 33}
    expect(bank:min()):equals(0)
  end)

  it("refuses what makes no filters", function()
    expect(dsp.mel_filterbank, {fmin = 4000, fmax = 4000}):raises("fmin < fmax")
    expect(dsp.mel_filterbank, {fmax = 8001}):raises("8000 Hz")
    expect(dsp.mel_filterbank, {mels = 0}):raises("option 'mels'")
    expect(dsp.mel_filterbank, {sample_rate = 0}):raises("option 'sample_rate'")
    expect(dsp.mel_filterbank, {scale = "bark"}):raises('"htk" or "slaney"')
    expect(dsp.mel_filterbank, {n_mels = 40}):raises("did you mean 'mels'")
    expect(dsp.hz_to_mel, -1):raises("0 Hz or more")
    expect(dsp.mel_to_hz, 1, "bark"):raises("invalid option")
  end)
end)

describe("logmel and mfcc", function()
  local x = lcg(3000, 5)

  it("stream as they take a whole signal", function()
    expect_streams(function() return dsp.logmel{mels = 20} end, x)
    expect_streams(function() return dsp.mfcc{window = 400, hop = 160, coefficients = 20} end, x)
    expect_streams(function() return dsp.mfcc{window = 160, hop = 300, pre_emphasis = 0.97} end, x)
    expect_streams(function() return dsp.logmel{window = 7, fft = 11, hop = 1, mels = 2} end, x)
  end)

  it("follow their definition", function()
    local options = {sample_rate = 8000, window = 200, hop = 80, mels = 12, taper = "hamming"}
    local logs = dsp.logmel(options):push(x):clone()
    local bank = dsp.mel_filterbank{sample_rate = 8000, fft = 256, mels = 12}
    local frame = {}
    for i = 0, 199 do
      frame[i] = x[81 + i] * (0.54 - 0.46 * math.cos(2 * math.pi * i / 200))
    end
    for m = 1, 12 do
      local energy = 0
      for k = 0, 128 do
        local weight = bank:at(m, k + 1)
        if weight > 0 then
          local re, im = 0, 0
          for i = 0, 199 do
            re = re + frame[i] * math.cos(2 * math.pi * i * k / 256)
            im = im + frame[i] * math.sin(2 * math.pi * i * k / 256)
          end
          energy = energy + weight * (re * re + im * im)
        end
      end
      expect(logs:at(2, m)):close(math.log(energy + 1e-6), 1e-5)
    end
    options.coefficients = 12
    local cepstrum = dsp.mfcc(options):push(x)
    for k = 0, 11 do
      local sum = 0
      for m = 0, 11 do
        sum = sum + logs:at(2, m + 1) * math.cos(math.pi * k * (2 * m + 1) / 24)
      end
      expect(cepstrum:at(2, k + 1)):close(sum * math.sqrt((k == 0 and 1 or 2) / 12), 2e-5)
    end
  end)

  it("take any window", function()
    local frame = x:slice{1, 200}
    local options = {window = 200, hop = 200, mels = 12, taper = {"kaiser", 8.6}}
    local tapered = dsp.logmel(options):push(frame):clone()
    options.taper = "boxcar"
    local plain = dsp.logmel(options):push(frame * dsp.window({"kaiser", 8.6}, 200))
    expect(tapered):same_bits(plain)
  end)

  it("quantise into a model's input, once its window is full", function()
    local path = test.shared() .. "/corpus/mlperf_kws_int8/model.tflite"
    local model = nn.load(path)
    if not model then return expect(test.setting "MOONLET_REQUIRE_SHARED" == "1"):is_false() end
    local port, long = model.inputs[1], lcg(17000, 3)
    local options = {window = 480, hop = 320, mels = 40, coefficients = 10}
    local front, ready = dsp.mfcc(options), 0
    for start = 1, 16900 - 319, 320 do
      if front:push(long:slice{start, start + 319}, port.tensor) then ready = ready + 1 end
    end
    local all = dsp.mfcc(options):push(long:slice{1, 16640})
    expect(ready):equals(all.shape[1] - 48)
    local last = all:slice({-49, -1}):quantize(port.scale, port.zero_point)
    expect(port.tensor:reshape{49, 10}):same_bits(last)
    model:close()
  end)

  it("preserve the sum of squares, the DCT being orthonormal", function()
    local logs = dsp.logmel{mels = 24}:push(x):clone()
    local cepstrum = dsp.mfcc{mels = 24, coefficients = 24}:push(x)
    for i = 1, logs.shape[1] do
      expect(cepstrum[i]:norm() / logs[i]:norm()):close(1, 1e-6)
    end
  end)

  it("emphasise the same with a filter before them", function()
    local inside = dsp.logmel{pre_emphasis = 0.97}:push(x):clone()
    expect(dsp.logmel{}:push(dsp.preemphasis(x, 0.97))):same_bits(inside)
  end)

  it("give log(offset) for silence, NaN for NaN and only there", function()
    local front = dsp.logmel{mels = 4, window = 64, hop = 64, offset = 1}
    local silent = tensor.zeros{192}
    expect(front:push(silent)):equals(tensor.zeros{3, 4})
    silent[70] = 0 / 0
    local y = front:push(silent)
    expect(y:at(1, 1)):equals(0)
    assert(y:at(2, 1) ~= y:at(2, 1))
    expect(y:at(3, 1)):equals(0)
  end)

  it("allocate nothing per frame and give the same tensor", function()
    local front, frame = dsp.mfcc{max_push = 160}, lcg(160, 1)
    local first = front:push(frame)
    expect(test.garbage(100, function() front:push(frame) end)):equals(0)
    assert(rawequal(front:push(frame), first))
  end)

  it("refuse what cannot be and stay as they were", function()
    expect(dsp.mfcc, {mels = 10, coefficients = 11}):raises("from 1 to 10")
    expect(dsp.mfcc, {window = 480, fft = 400}):raises("480 or more")
    expect(dsp.logmel, {coefficients = 3}):raises("no option 'coefficients'")
    expect(dsp.logmel, {hop = 0.5}):raises("option 'hop'")
    expect(dsp.logmel, {offset = -1}):raises("option 'offset'")
    expect(dsp.logmel, {taper = "kaiser"}):raises("kaiser")
    expect(dsp.logmel, {taper = "han"}):raises("han")
    expect(dsp.logmel, {taper = 3}):raises("bad argument #1")
    local front = dsp.mfcc{}
    front:push(x:slice{1, 300})
    expect(function() front:push(tensor.zeros({10}, "int16")) end):raises("float32")
    expect(function() front:push(tensor.zeros{2, 3}) end):raises("{n} expected")
    expect(front:push(x:slice{301, 480})):same_bits(dsp.mfcc{}:push(x:slice{1, 480}))
  end)
end)

describe("pcen", function()
  it("takes mel energies, in a chain", function()
    local x = lcg(2000, 6)
    local energies = dsp.logmel{log = false, mels = 20}:push(x)
    local separate = dsp.pcen{mels = 20}:push(energies):clone()
    local logs = dsp.logmel{mels = 20, offset = 0}:push(x)
    expect(energies:log()):close(logs, 1e-5)
    local chain = dsp.chain{dsp.logmel{log = false, mels = 20}, dsp.pcen{mels = 20}}
    expect(chain.rate_in):equals(160)
    expect(chain:push(x)):same_bits(separate)
  end)

  it("follows its definition and streams", function()
    local energies = lcg(300, 9):abs():reshape{100, 3}
    local whole = dsp.pcen{mels = 3, smoothing = 0.1}:push(energies):clone()
    local m = {}
    for t = 1, 100 do
      for i = 1, 3 do
        local e = energies:at(t, i)
        m[i] = m[i] and m[i] + 0.1 * (e - m[i]) or e
        local expected = (e / (1e-6 + m[i]) ^ 0.98 + 2) ^ 0.5 - 2 ^ 0.5
        expect(whole:at(t, i)):close(expected, 2e-6)
      end
    end
    local block = dsp.pcen{mels = 3, smoothing = 0.1}
    for t = 1, 100 do expect(block:push(energies:slice{t, t})[1]):same_bits(whole[t]) end
    expect(block:reset():push(energies)):same_bits(whole)
  end)

  it("refuses what cannot be", function()
    expect(dsp.pcen, {smoothing = 2}):raises("from 0.0 to 1.0")
    expect(dsp.pcen, {eps = 1}):raises("no option 'eps'")
    expect(function() dsp.pcen{mels = 4}:push(tensor.zeros{3, 5}) end):raises("{n, 4}")
  end)
end)

describe("deltas, spectral_flux and onset_strength", function()
  local x = lcg(60, 3):reshape{12, 5}

  it("follow their definitions", function()
    local d, flux, onset = dsp.deltas(x, 3), dsp.spectral_flux(x), dsp.onset_strength(x, 2)
    local function at(t, i) return x:at(math.max(1, math.min(t, 12)), i) end
    for t = 1, 12 do
      local squares, rises = 0, 0
      for i = 1, 5 do
        local slope = 0
        for k = 1, 3 do slope = slope + k * (at(t + k, i) - at(t - k, i)) end
        expect(d:at(t, i)):close(slope / 28, 1e-6)
        if t > 1 then squares = squares + (at(t, i) - at(t - 1, i)) ^ 2 end
        if t > 2 then rises = rises + math.max(0, at(t, i) - at(t - 2, i)) end
      end
      expect(flux[t]):close(math.sqrt(squares), 1e-6)
      expect(onset[t]):close(rises / 5, 1e-6)
    end
  end)

  it("take an out, views and other dtypes", function()
    local out = tensor.zeros{12, 5}
    assert(rawequal(dsp.deltas(x, 2, out), out))
    expect(out):same_bits(dsp.deltas(x))
    expect(test.garbage(50, function() dsp.deltas(x, 2, out) end)):equals(0)
    local wide = tensor.zeros{12, 10}
    wide:slice({}, {1, 10, 2}):copy_(x)
    expect(dsp.spectral_flux(wide:slice({}, {1, 10, 2}))):same_bits(dsp.spectral_flux(x))
    expect(dsp.deltas(x:astype "float64")):same_bits(out)
    expect(dsp.deltas(tensor.zeros{0, 5}).shape):equals{0, 5}
  end)

  it("refuse other ranks and shapes", function()
    expect(dsp.deltas, tensor.zeros{5}):raises("rank 2 expected")
    expect(dsp.deltas, x, 0):raises("1 to 1000")
    expect(dsp.deltas, x, 2, tensor.zeros{5, 12}):raises("bad argument #3")
    expect(dsp.deltas, x, 2, x):raises("bad argument #3")
    expect(dsp.onset_strength, tensor.zeros{3, 0}):raises("at least one value")
  end)
end)

describe("pitch", function()
  it("is the frequency of tones", function()
    for _, frequency in ipairs{82.5, 110, 196.3, 440, 499} do
      local y = dsp.pitch{sample_rate = 16000}:push(sine(2048, frequency, 16000))
      for i = 1, y.shape[1] do expect(y:at(i, 1)):close(frequency, frequency * 2e-3) end
      expect(y:at(1, 2) < 0.01):is_true()
    end
  end)

  it("is that of harmonics without their fundamental", function()
    local x = sine(2048, 600, 16000) + sine(2048, 400, 16000)
    expect(dsp.pitch{}:push(x):at(1, 1)):close(200, 0.5)
  end)

  it("is none in noise and silence", function()
    local y = dsp.pitch{}:push(lcg(1024, 4)):clone()
    expect(y:at(1, 1)):equals(0)
    assert(y:at(1, 2) > 0.5)
    expect(dsp.pitch{}:push(tensor.zeros{1024})):equals(tensor.new{{0, 1}})
  end)

  it("streams, and allocates nothing", function()
    expect_streams(function() return dsp.pitch{window = 512, fmin = 100, hop = 200} end,
      sine(3000, 210, 16000) + lcg(3000, 2) / 16)
    local block, x = dsp.pitch{max_push = 160}, lcg(160, 1)
    expect(test.garbage(20, function() block:push(x) end)):equals(0)
  end)

  it("refuses windows too short and frequencies out of order", function()
    expect(dsp.pitch, {fmin = 20}):raises("a window of at least 1602 samples")
    expect(dsp.pitch, {fmin = 500, fmax = 400}):raises("fmin < fmax")
    expect(dsp.pitch, {fmax = 9000}):raises("8000 Hz")
    expect(dsp.pitch, {threshold = 2}):raises("option 'threshold'")
  end)
end)

describe("sound_level", function()
  -- The level of a tone of amplitude 1 after three seconds.
  local function level_of(frequency, options)
    return dsp.sound_level(options):push(sine(options.sample_rate * 3, frequency,
      options.sample_rate))[-1]
  end

  it("of tones is what IEC 61672-1 lists", function()
    local A = {[31.5] = -39.4, [63] = -26.2, [125] = -16.1, [250] = -8.6, [500] = -3.2,
      [1000] = 0, [2000] = 1.2, [4000] = 1.0}
    local C = {[31.5] = -3.0, [63] = -0.8, [125] = -0.2, [250] = 0, [1000] = 0, [4000] = -0.8}
    for weighting, curve in pairs{A = A, C = C} do
      for frequency, expected in pairs(curve) do
        local level = level_of(frequency, {sample_rate = 32000, weighting = weighting,
          time = "slow"})
        -- The tone's mean square is 1/2; after three time constants e^-3 of it is missing.
        local settled = 10 * math.log(0.5 * (1 - math.exp(-3)), 10)
        expect(level - settled):close(expected, 0.35)
      end
    end
  end)

  it("counts from its reference", function()
    local x = tensor.full({4000}, 0.5)
    local options = {sample_rate = 4000, weighting = "Z", time = 0.01, hop = 1000}
    expect(dsp.sound_level(options):push(x)[4]):close(20 * math.log(0.5, 10), 1e-4)
    options.reference = 20e-6
    expect(dsp.sound_level(options):push(x)[4]):close(20 * math.log(0.5 / 20e-6, 10), 1e-4)
  end)

  it("follows its definition in time", function()
    local x = lcg(2000, 7)
    local y = dsp.sound_level{weighting = "Z", hop = 500}:push(x)
    local part, mean = 1 - math.exp(-1 / (0.125 * 16000)), 0
    for i = 1, 2000 do
      mean = mean + part * (x[i] ^ 2 - mean)
      if i % 500 == 0 then expect(y[i // 500]):close(10 * math.log(mean, 10), 1e-3) end
    end
  end)

  it("streams, allocates nothing, and knows silence", function()
    expect_streams(function() return dsp.sound_level{hop = 333} end, lcg(3000, 8))
    local block, x = dsp.sound_level{max_push = 160, hop = 160}, lcg(160, 1)
    expect(test.garbage(50, function() block:push(x) end)):equals(0)
    expect(block:reset():push(tensor.zeros{160})[1]):equals(-math.huge)
  end)

  it("refuses other options", function()
    expect(dsp.sound_level, {weighting = "B"}):raises('"A", "C" or "Z"')
    expect(dsp.sound_level, {time = "quick"}):raises('"fast" or "slow"')
    expect(dsp.sound_level, {time = 0}):raises("option 'time'")
    expect(dsp.sound_level, {sample_rate = 1000}):raises("2000")
    expect(dsp.sound_level, {reference = 0}):raises("option 'reference'")
  end)
end)

describe("octave_bands", function()
  it("share the power of a flat spectrum by their width", function()
    local power = tensor.ones{1025}
    for _, fraction in ipairs{1, 3} do
      local bands = dsp.octave_bands(power, 32000, fraction)
      local centres = dsp.octave_centres(1025, 32000, fraction)
      expect(#bands):equals(#centres)
      local half = 10 ^ (0.15 / fraction)
      for i = 1, #bands do
        local width = centres[i] * (half - 1 / half) / (16000 / 1024)
        expect(bands[i]):close(width, 1e-3 * width)
      end
    end
  end)

  it("hold a tone in one band, for each spectrum of several", function()
    local power = tensor.zeros{2, 257}
    power:set(4, 1, 33)  -- 1 kHz
    power:set(9, 2, 129) -- 4 kHz
    local bands = dsp.octave_bands(power, 16000)
    expect(bands:sum(2)):equals{4, 9}
    expect(dsp.octave_centres(257, 16000)[bands[1]:argmax()]):equals(1000)
  end)

  it("refuse other fractions and shapes", function()
    expect(dsp.octave_bands, tensor.ones{9}, 8000, 2):raises("1 or 3")
    expect(dsp.octave_bands, tensor.ones{1}, 8000):raises("at least 2")
    expect(dsp.octave_bands, tensor.ones{9}, 0):raises("Hz expected")
    expect(dsp.octave_bands, tensor.ones{9}, 8000, 1, tensor.ones{1}):raises("bad argument #4")
  end)
end)
