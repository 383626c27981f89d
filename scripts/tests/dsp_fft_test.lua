-- Fourier transforms: SciPy's recorded answers, the sum that defines them, and what holds of
-- every one. The digest pins the bits, which no machine may change.

local dsp, signals, tensor, test = require "dsp", require "signals", require "tensor",
  require "test"
local describe, it, expect = test.describe, test.it, test.expect
local lcg, near = signals.lcg, signals.near

local LEAST_CASES = 15  -- what a whole run compares

-- Two real tensors side by side on a new last axis.
local function complex(re, im) return tensor.stack({re, im}, -1) end

local function complex_signal(n) return complex(lcg(n, 99), lcg(n, 77)) end

-- Sums by the definition, in double.
local function dft(z, sign)
  local n, angle = #z, (sign or -1) * 2 * math.pi / #z
  local flat = z:reshape{2 * n}:totable()
  local result = {}
  for k = 0, n - 1 do
    local re, im = 0, 0
    for j = 0, n - 1 do
      local c, s = math.cos(angle * (j * k % n)), math.sin(angle * (j * k % n))
      re = re + flat[2 * j + 1] * c - flat[2 * j + 2] * s
      im = im + flat[2 * j + 1] * s + flat[2 * j + 2] * c
    end
    result[k + 1] = {re, im}
  end
  return tensor.new(result)
end

local function energy(x)
  local flat = x:astype("float64"):reshape{x.size}
  return flat:dot(flat)
end

describe("a Fourier transform", function()
  it("is SciPy's", function()
    local cases = signals.recorded "fft_dct"
    if not cases then return end
    for _, case in ipairs(cases) do
      if case.n then
        local x = lcg(case.n, case.lcg_seed)
        local spectrum = dsp.rfft(x)
        near(spectrum, case.rfft)
        near(dsp.irfft(spectrum, case.n), x)
      end
      if case.fft_z then
        local z = complex_signal(case.n)
        near(dsp.fft(z), case.fft_z)
        near(dsp.ifft(z), case.ifft_z)
      end
    end
    near(dsp.rfftfreq(16, 16000), cases[#cases - 1].expected)
    near(dsp.fftshift(tensor.arange(9)), cases[#cases].expected)
    signals.expect_compared(#cases, LEAST_CASES, "transforms")
  end)
  it("is the sum that defines it, at every length to 48 and some beyond", function()
    local lengths = {}
    for n = 1, 48 do lengths[n] = n end
    for _, n in ipairs(lengths) do
      local z = complex_signal(n)
      near(dsp.fft(z), dft(z))
      near(dsp.ifft(dsp.fft(z)), z)
    end
    for _, n in ipairs {97, 120, 125, 128, 144, 160, 200, 243} do
      local z = complex_signal(n)
      near(dsp.fft(z), dft(z))
    end
  end)
  it("of a real signal is the first half of the complex one", function()
    for _, n in ipairs {1, 2, 3, 4, 6, 7, 10, 14, 15, 16, 30, 64, 66, 90, 96, 128, 480, 512,
      1000} do
      local x = lcg(n, n)
      local whole = dsp.fft(complex(x, tensor.zeros{n}))
      near(dsp.rfft(x), whole:slice{1, n // 2 + 1})
      near(dsp.irfft(dsp.rfft(x), n), x)
    end
  end)
  it("keeps the energy (Parseval)", function()
    for _, n in ipairs {5, 64, 77, 400, 1024, 4096} do
      local z = complex_signal(n)
      local ratio = energy(dsp.fft(z)) / (n * energy(z))
      expect(ratio):close(1, 1e-6)
    end
  end)
  it("is linear", function()
    for _, n in ipairs {12, 31, 256} do
      local a, b = complex_signal(n), complex(lcg(n, 5), lcg(n, 6))
      near(dsp.fft(a * 3 - b), dsp.fft(a) * 3 - dsp.fft(b))
    end
  end)
  it("of one sample is flat, of one tone a line", function()
    local n = 480
    local impulse = tensor.zeros{n}
    impulse[1] = 1
    expect(dsp.cabs(dsp.rfft(impulse))):close(tensor.ones{n // 2 + 1}, 1e-6)
    local tone = {}
    for i = 0, n - 1 do tone[i + 1] = math.cos(2 * math.pi * 37 * i / n) end
    local size = dsp.cabs(dsp.rfft(tensor.new(tone)))
    expect(size:argmax()):equals(38)
    expect(size[38]):close(n / 2, 1e-3)
    size[38] = 0
    expect(size:max()):close(0, 1e-3)
  end)
  it("has these bits", function()
    -- FNV-1a over the bytes of transforms of lengths of every kind.
    local hash = 0xcbf29ce484222325
    for _, n in ipairs {2, 3, 5, 7, 8, 16, 32, 60, 64, 96, 101, 128, 150, 256, 400, 512, 1024} do
      for _, t in ipairs {dsp.fft(complex_signal(n)), dsp.ifft(complex_signal(n)),
        dsp.rfft(lcg(n, 3)), dsp.irfft(dsp.rfft(lcg(n, 3)), n)} do
        for byte in t:tobytes():gmatch "." do hash = (hash ~ byte:byte()) * 0x100000001b3 end
      end
    end
    expect(("%016x"):format(hash)):equals "8b2c355ccf8ccafc"
  end)
end)

describe("rows", function()
  it("are transformed one by one", function()
    local x = lcg(2 * 3 * 24, 9):reshape{2, 3, 24}
    local spectra = dsp.rfft(x)
    expect(spectra.shape):equals{2, 3, 13, 2}
    for i = 1, 2 do
      for j = 1, 3 do expect(spectra[i][j]):same_bits(dsp.rfft(x[i][j])) end
    end
    expect(dsp.irfft(spectra).shape):equals{2, 3, 24}
    local z = x:reshape{6, 12, 2}
    for i = 1, 6 do expect(dsp.fft(z)[i]):same_bits(dsp.fft(z[i])) end
  end)
  it("may have gaps, and results too", function()
    local wide = lcg(128, 4):reshape{64, 2}
    local column = wide:slice({}, 1)
    expect(dsp.rfft(column)):same_bits(dsp.rfft(column:clone()))
    local room = tensor.zeros{33, 4}
    local out = room:slice({}, {1, 2})
    expect(rawequal(dsp.rfft(column, nil, out), out)):is_true()
    expect(out:clone()):same_bits(dsp.rfft(column))
    expect(room:slice({}, {3, 4}):abs():max()):equals(0.0)
  end)
  it("none of them are none", function()
    expect(dsp.rfft(tensor.zeros{0, 8}).shape):equals{0, 5, 2}
  end)
  it("are cut or continued with zeros", function()
    local x = lcg(10, 3)
    local longer = tensor.zeros{16}
    longer:slice{1, 10}:copy_(x)
    expect(dsp.rfft(x, 16)):same_bits(dsp.rfft(longer))
    expect(dsp.rfft(x, 15)):same_bits(dsp.rfft(longer:slice{1, 15}))
    expect(dsp.rfft(x:slice{1, 9}, 16)):close(dsp.rfft(longer) - dsp.rfft(tensor.concat({
      tensor.zeros{9}, x:slice{10, 10}, tensor.zeros{6}})), 1e-5)
    expect(dsp.rfft(x, 7)):same_bits(dsp.rfft(x:slice{1, 7}))
    local z = complex_signal(5)
    expect(dsp.fft(z, 7)):same_bits(dsp.fft(tensor.concat{z, tensor.zeros{2, 2}}))
    expect(dsp.fft(z, 4)):same_bits(dsp.fft(z:slice{1, 4}))
  end)
end)

describe("a plan", function()
  it("gives what the functions give, into tensors that are there", function()
    for _, n in ipairs {1, 8, 13, 15, 96, 512} do
      local plan, z, x = dsp.fft_plan(n), complex_signal(n), lcg(n, 8)
      expect(plan.size):equals(n)
      expect(plan:fft(z)):same_bits(dsp.fft(z))
      expect(plan:ifft(z)):same_bits(dsp.ifft(z))
      expect(plan:rfft(x)):same_bits(dsp.rfft(x))
      expect(plan:irfft(plan:rfft(x))):same_bits(dsp.irfft(dsp.rfft(x), n))
      local out = z:clone()
      expect(rawequal(plan:fft(out, out), out)):is_true()
      expect(out):same_bits(dsp.fft(z))
    end
  end)
  it("takes shorter signals", function()
    local plan = dsp.fft_plan(512, {kind = "real"})
    expect(plan:rfft(lcg(480, 2))):same_bits(dsp.rfft(lcg(480, 2), 512))
  end)
  it("allocates nothing", function()
    local plan, x, spectrum = dsp.fft_plan(240), lcg(240, 1), tensor.zeros{121, 2}
    local z = complex_signal(240)
    expect(test.garbage(100, function()
      plan:rfft(x, spectrum)
      plan:irfft(spectrum, x)
      plan:fft(z, z)
      plan:ifft(z, z)
    end)):equals(0)
    expect(test.garbage(100, function() dsp.rfft(x, 240, spectrum) end)):equals(0)
  end)
  it("says what it is and refuses what it is not", function()
    expect(tostring(dsp.fft_plan(8, {kind = "real"}))):equals "real Fourier transform of 8 points"
    local real, whole = dsp.fft_plan(8, {kind = "real"}), dsp.fft_plan(8, {kind = "complex"})
    expect(real.fft, real, tensor.zeros{8, 2}):raises "for real signals only"
    expect(whole.rfft, whole, tensor.zeros{8}):raises "for complex signals only"
    expect(real.rfft, real, tensor.zeros{9}):raises "at most 8 samples"
    expect(real.irfft, real, tensor.zeros{4, 2}):raises "shape {..., 5, 2} expected"
    expect(function() real.size = 9 end):raises "cannot be set"
    expect(dsp.fft_plan, 0):raises "1 to 1048576 points"
    expect(dsp.fft_plan, 1 << 21):raises "1 to 1048576 points"
    expect(dsp.fft_plan, 8, {kinds = "real"}):raises "did you mean 'kind'"
  end)
end)

describe("bad input", function()
  it("raises", function()
    expect(dsp.rfft, tensor.zeros({8}, "int16")):raises "float32 expected, got int16"
    expect(dsp.rfft, tensor.zeros{0}):raises "1 or more samples"
    expect(dsp.rfft, tensor.zeros{}):raises "1 or more samples"
    expect(dsp.rfft, {1, 2}):raises "tensor expected"
    expect(dsp.rfft, tensor.zeros{8}, 0):raises "1 to 1048576 points"
    expect(dsp.rfft, tensor.zeros{8}, 8, tensor.zeros{4, 2}):raises "{5, 2} expected as out"
    expect(dsp.fft, tensor.zeros{8}):raises "complex numbers"
    expect(dsp.fft, tensor.zeros{2}):raises "{..., n, 2}"
    expect(dsp.irfft, tensor.zeros{5, 2}, 12):raises "{..., 7, 2} expected"
    expect(dsp.irfft, tensor.zeros{1, 2}):raises "points expected"
    local x = tensor.zeros{10}
    expect(dsp.rfft, x:slice{1, 4}, 4, x:slice{1, 6}:reshape{3, 2}):raises "shares memory"
  end)
  it("goes where it must", function()
    local x = lcg(16, 1)
    x[3] = 0 / 0
    local size = dsp.cabs(dsp.rfft(x))
    for k = 1, 9 do expect(size[k] ~= size[k]):is_true() end
  end)
end)
