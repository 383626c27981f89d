-- Cosine transforms, analytic signals, single tones, chirps, convolution, wavelets and transforms
-- in integers: SciPy's recorded answers and the definitions, written out here in double.

local dsp, signals, tensor, test = require "dsp", require "signals", require "tensor",
  require "test"
local describe, it, expect = test.describe, test.it, test.expect
local lcg, near = signals.lcg, signals.near

local LEAST_CASES = 20  -- what a whole run compares

local compared = 0

describe("a cosine transform", function()
  -- Sums by the definition, in double.
  local function dct(x, kind)
    local n, result = #x, {}
    for k = 0, n - 1 do
      local sum = kind == 3 and x[1] or 0
      for i = kind == 3 and 1 or 0, n - 1 do
        local angle = ({[2] = k * (2 * i + 1) * 2, [3] = i * (2 * k + 1) * 2,
          [4] = (2 * k + 1) * (2 * i + 1)})[kind]
        sum = sum + 2 * x[i + 1] * math.cos(math.pi * angle / (4 * n))
      end
      result[k + 1] = sum
    end
    return result
  end
  it("is SciPy's", function()
    for _, case in ipairs(signals.recorded "fft_dct" or {}) do
      if case.dct2_ortho then
        local x = lcg(case.n, case.lcg_seed)
        if case.dct2 then near(dsp.dct(x), case.dct2) end
        near(dsp.dct(x, 2, "ortho"), case.dct2_ortho)
        near(dsp.dct(x, 3, "ortho"), case.dct3_ortho)
        near(dsp.dct(x, 4, "ortho"), case.dct4_ortho)
        near(dsp.idct(x, 2, "ortho"), case.idct2_ortho)
        compared = compared + 1
      end
    end
  end)
  it("is the sum that defines it, and has an inverse", function()
    for _, n in ipairs {1, 2, 3, 4, 5, 7, 8, 13, 16, 26, 40, 49} do
      local x = lcg(n, n)
      for kind = 2, 4 do
        near(dsp.dct(x, kind), dct(x, kind))
        near(dsp.idct(dsp.dct(x, kind), kind), x)
        near(dsp.idct(dsp.dct(x, kind, "ortho"), kind, "ortho"), x)
      end
    end
  end)
  it("keeps the energy when orthonormal", function()
    local x = lcg(100, 3)
    for kind = 2, 4 do
      local y = dsp.dct(x, kind, "ortho")
      expect(y:dot(y) / x:dot(x)):close(1, 1e-6)
    end
  end)
  it("takes rows, and results in place", function()
    local x = lcg(60, 3):reshape{3, 20}
    local y = dsp.dct(x)
    for i = 1, 3 do expect(y[i]):same_bits(dsp.dct(x[i])) end
    dsp.dct(x, 2, "backward", x)
    expect(x):same_bits(y)
  end)
  it("refuses what it does not know", function()
    expect(dsp.dct, lcg(4, 1), 1):raises "type 2, 3 or 4"
    expect(dsp.dct, lcg(4, 1), 2, "unit"):raises "invalid option 'unit'"
    expect(dsp.dct, tensor.zeros{0}):raises "1 or more samples"
  end)
end)

describe("an analytic signal", function()
  it("is SciPy's", function()
    for _, case in ipairs(signals.recorded "misc" or {}) do
      local n = case.call:match "hilbert%(x%[:(%d+)%]%)"
      if n then
        near(dsp.hilbert(lcg(math.tointeger(tonumber(n)), 31)), case.expected)
        compared = compared + 1
      end
    end
  end)
  it("has the signal as its real part and its size as envelope", function()
    for _, n in ipairs {1, 2, 15, 64, 100} do
      local x = lcg(n, 2)
      local z = dsp.hilbert(x)
      expect(z:slice({}, 1)):close(x, 1e-5)
      expect(dsp.envelope(x)):close(dsp.cabs(z), 1e-6)
    end
  end)
  it("follows a tone that swells", function()
    local n, x, size = 400, {}, {}
    for i = 0, n - 1 do
      size[i + 1] = 1 + 0.5 * math.sin(2 * math.pi * 3 * i / n)
      x[i + 1] = size[i + 1] * math.cos(2 * math.pi * 60 * i / n)
    end
    expect(dsp.envelope(tensor.new(x))):close(tensor.new(size), 1e-5)
  end)
end)

describe("Goertzel's sum", function()
  it("has the recorded powers", function()
    for _, case in ipairs(signals.recorded "misc" or {}) do
      if case.call:match "^goertzel" then
        local z = dsp.goertzel(tensor.new(case.x), tensor.new(case.freqs, "float64"), 8000)
        local size = dsp.cabs(z)
        near(size * size, case.power)
        compared = compared + 1
      end
    end
  end)
  it("is a bin of the Fourier transform", function()
    local x = lcg(48, 7)
    local spectrum = dsp.rfft(x)
    for k = 0, 24 do
      expect(dsp.goertzel(x, k, 48)):close(spectrum[k + 1], 2e-5)
    end
    near(dsp.goertzel(x, dsp.rfftfreq(48)), spectrum)
  end)
  it("refuses a rate of nothing", function()
    expect(dsp.goertzel, lcg(8, 1), 1, 0):raises "positive sample rate"
    expect(dsp.goertzel, lcg(8, 1), "x"):raises "tensor expected"
  end)
end)

describe("a chirp transform", function()
  local function sum(x, radius, turns, start)
    local re, im = 0, 0
    for j = 0, #x - 1 do
      local size, angle = radius ^ j, 2 * math.pi * (turns * j - start * j)
      re = re + x[j + 1] * size * math.cos(angle)
      im = im + x[j + 1] * size * math.sin(angle)
    end
    return {re, im}
  end
  it("is a Fourier transform unless told otherwise", function()
    for _, n in ipairs {1, 7, 30} do
      local x = lcg(n, 4)
      near(dsp.czt(x), dsp.fft(tensor.stack({x, tensor.zeros{n}}, -1)))
      local z = tensor.stack({x, lcg(n, 5)}, -1)
      near(dsp.czt(z), dsp.fft(z))
    end
  end)
  it("is the z-transform on a spiral", function()
    local x, wanted = lcg(20, 4), {}
    local turn, radius = 0.013, 0.99
    for k = 0, 11 do wanted[k + 1] = sum(x, radius ^ k, -turn * k, 0.05) end
    near(dsp.czt(x, {points = 12,
      w = {radius * math.cos(2 * math.pi * turn), -radius * math.sin(2 * math.pi * turn)},
      a = {math.cos(2 * math.pi * 0.05), math.sin(2 * math.pi * 0.05)}}), wanted)
  end)
  it("looks closely at a few frequencies", function()
    local x, wanted = lcg(50, 6), {}
    for k = 0, 15 do wanted[k + 1] = sum(x, 1, -(100 + k * 50 / 16) / 1000, 0) end
    near(dsp.zoom_fft(x, 100, 150, 16, 1000), wanted)
  end)
  it("refuses what it cannot do", function()
    expect(dsp.czt, lcg(4, 1), {points = 0}):raises "whole number"
    expect(dsp.czt, lcg(4, 1), {w = {0, 0}}):raises "not zero"
    expect(dsp.zoom_fft, lcg(4, 1), 2, 1, 4):raises "above the lower one"
    expect(dsp.czt, tensor.zeros{2, 3}):raises "{n, 2} expected"
  end)
end)

describe("complex numbers", function()
  it("have sizes, angles, products and conjugates", function()
    local z = tensor.new{{3, 4}, {-1, 0}, {0, -2}, {0, 0}}
    expect(dsp.cabs(z)):equals(tensor.new{5, 1, 2, 0})
    expect(dsp.carg(z)):close(tensor.new{math.atan(4, 3), math.pi, -math.pi / 2, 0}, 1e-7)
    expect(dsp.conj(z)):equals(tensor.new{{3, -4}, {-1, 0}, {0, 2}, {0, 0}})
    expect(dsp.cmul(z, dsp.conj(z)):slice({}, 1)):equals(tensor.new{25, 1, 4, 0})
    expect(dsp.cmul(z, tensor.new{0, 1})):equals(tensor.new{{-4, 3}, {0, -1}, {2, 0}, {0, 0}})
    expect(dsp.cabs(tensor.new{{3e30, 4e30}})[1]):close(5e30, 1e24)
    expect(dsp.cmul, z, tensor.zeros{3, 2}):raises "last axes"
    expect(dsp.cabs, tensor.zeros{3}):raises "complex numbers"
  end)
  it("stay in place when asked", function()
    local z = tensor.new{{3, 4}, {1, 2}}
    dsp.conj(z, z)
    expect(z):equals(tensor.new{{3, -4}, {1, -2}})
    dsp.cmul(z, z, z)
    expect(z):equals(tensor.new{{-7, -24}, {-3, -4}})
  end)
end)

describe("bins", function()
  it("are put in order and back", function()
    for n = 1, 9 do
      local x = dsp.fftfreq(n, 100)
      local shifted = dsp.fftshift(x)
      for i = 2, n do expect(shifted[i] > shifted[i - 1]):is_true() end
      expect(dsp.ifftshift(shifted)):equals(x)
    end
    local x = tensor.arange(12, "int8"):reshape{3, 4}
    expect(dsp.fftshift(x, 2)[1]):equals(tensor.new({2, 3, 0, 1}, "int8"))
    expect(dsp.fftshift(x)[1]):equals(x[3])
    expect(dsp.fftfreq, 0):raises "1 to 1048576 points"
  end)
end)

describe("a convolution", function()
  it("is SciPy's", function()
    local x, h = lcg(64, 31), lcg(9, 41)
    for _, case in ipairs(signals.recorded "misc" or {}) do
      local name, mode = case.call:match "scipy.signal.(%a+)%(x,h,'(%a+)'%)"
      if name == "convolve" or name == "correlate" then
        local call = name == "convolve" and dsp.convolve or dsp.xcorr
        near(call(x, h, mode), case.expected)
        near(call(x, h, mode, "direct"), case.expected)
        near(call(x, h, mode, "fft"), case.expected)
        compared = compared + 1
      end
    end
  end)
  it("is the sum that defines it, both ways", function()
    for _, sizes in ipairs {{1, 1}, {5, 1}, {1, 5}, {9, 40}, {100, 70}, {33, 33}} do
      local a, b = lcg(sizes[1], 1), lcg(sizes[2], 2)
      local wanted = {}
      for i = 1, #a + #b - 1 do wanted[i] = 0 end
      for i = 1, #a do
        for j = 1, #b do wanted[i + j - 1] = wanted[i + j - 1] + a[i] * b[j] end
      end
      near(dsp.convolve(a, b), wanted)
      near(dsp.convolve(a, b, "full", "fft"), wanted)
      expect(dsp.convolve(a, b)):close(dsp.convolve(b, a), 1e-5)
      expect(#dsp.convolve(a, b, "same")):equals(#a)
      expect(#dsp.convolve(a, b, "valid")):equals(math.max(#a, #b) - math.min(#a, #b) + 1)
      local full = dsp.convolve(a, b, "full", "direct")
      local first = (#b - 1) // 2
      expect(dsp.convolve(a, b, "same", "direct")):same_bits(full:slice{first + 1, first + #a})
    end
  end)
  it("with itself reversed is an autocorrelation", function()
    local x = lcg(40, 3)
    local all = dsp.autocorr(x)
    near(all, dsp.xcorr(x, x):slice{40, 79})
    expect(dsp.autocorr(x, 5)):same_bits(all:slice{1, 6})
    expect(dsp.autocorr, x, 40):raises "0 to 39 lags"
  end)
  it("finds a delay", function()
    local x = lcg(200, 9)
    local late = tensor.concat{tensor.zeros{17}, x:slice{1, 183}}
    expect(dsp.xcorr(late, x):argmax() - #x):equals(17)
  end)
  it("refuses what it cannot do", function()
    expect(dsp.convolve, lcg(4, 1), tensor.zeros{0}):raises "1 or more samples"
    expect(dsp.convolve, lcg(4, 1), lcg(2, 1), "most"):raises "invalid option 'most'"
    expect(dsp.convolve, tensor.zeros{2, 2}, lcg(2, 1)):raises "rank 1 expected"
  end)
end)

describe("a wavelet transform", function()
  local NAMES = {"haar", "db1", "db2", "db3", "db4", "db5", "db6", "db7", "db8", "db9", "db10"}
  it("of Haar is half sums and half differences", function()
    local approx, detail = dsp.dwt(tensor.new{1, 3, 2, 2, 5, 1}, "haar")
    local r = math.sqrt(0.5)
    expect(approx):close(tensor.new{4 * r, 4 * r, 6 * r}, 1e-6)
    expect(detail):close(tensor.new{-2 * r, 0, 4 * r}, 1e-6)
  end)
  it("of db2 is PyWavelets'", function()
    local approx, detail = dsp.dwt(tensor.arange(1, 9):astype "float32", "db2")
    local h = {0.48296291314469025, 0.8365163037378079, 0.22414386804185735, -0.12940952255092145}
    expect(#approx):equals(5)
    -- The signal before its first sample is 1, 2 again: the filter sees 2, 1, 1, 2.
    expect(approx[1]):close(h[1] * 2 + h[2] * 1 + h[3] * 1 + h[4] * 2, 1e-5)
    -- A straight line has no detail away from the ends.
    for k = 2, 4 do expect(detail[k]):close(0, 1e-5) end
  end)
  it("comes back", function()
    for _, name in ipairs(NAMES) do
      for _, n in ipairs {2, 5, 16, 33, 100} do
        for _, mode in ipairs {"symmetric", "zero", "periodic"} do
          local x = lcg(n, n)
          local approx, detail = dsp.dwt(x, name, mode)
          local back = dsp.idwt(approx, detail, name)
          expect(#back):equals(n + n % 2)
          expect(back:slice{1, n}):close(x, 1e-5)
          expect(dsp.waverec(dsp.wavedec(x, name, 3, mode), name):slice{1, n}):close(x, 2e-5)
        end
      end
    end
  end)
  it("keeps the energy of a signal within zeros", function()
    local x = lcg(64, 5)
    for _, name in ipairs(NAMES) do
      local energy = 0
      for _, part in ipairs(dsp.wavedec(x, name, 3, "zero")) do energy = energy + part:dot(part) end
      expect(energy / x:dot(x)):close(1, 1e-5)
    end
  end)
  it("goes as deep as the filter allows", function()
    expect(#dsp.wavedec(lcg(64, 1), "haar")):equals(7)
    expect(#dsp.wavedec(lcg(64, 1), "db4")):equals(4)
    expect(#dsp.wavedec(lcg(3, 1), "db4")):equals(1)
  end)
  it("refuses what it does not know", function()
    expect(dsp.dwt, lcg(8, 1), "db11"):raises "'db1' to 'db10' expected"
    expect(dsp.dwt, lcg(8, 1), "sym4"):raises "got 'sym4'"
    expect(dsp.dwt, lcg(8, 1), "db"):raises "expected"
    expect(dsp.dwt, lcg(8, 1), "haar", "odd"):raises "invalid option 'odd'"
    expect(dsp.idwt, lcg(8, 1), lcg(7, 1), "haar"):raises "as many coefficients"
    expect(dsp.idwt, lcg(2, 1), lcg(2, 1), "db4"):raises "4 or more coefficients"
    expect(dsp.waverec, {}, "haar"):raises "one or more tensors"
    expect(dsp.waverec, {lcg(4, 1), lcg(9, 1)}, "haar"):raises "coefficients expected at level 1"
  end)
end)

describe("a transform in integers", function()
  -- Halves up, as an arithmetic shift.
  local function scaled(x, bits) return (x + (1 << bits - 1)) // (1 << bits) end
  local function clamp(x, bits)
    return math.max(-(1 << bits), math.min((1 << bits) - 1, x))
  end
  local function root(k, n)
    local angle = -2 * math.pi * k / n
    return math.floor(math.cos(angle) * 2 ^ 30 + 0.5), math.floor(math.sin(angle) * 2 ^ 30 + 0.5)
  end
  -- The definition: radix 2, decimation in frequency, halved and rounded at every stage.
  local function stages(re, im)
    local h, m, stride = #re + 1, (#re + 1) // 2, 1
    while m > 0 do
      local next_re, next_im = {}, {}
      for p = 0, m - 1 do
        local c, s = root(p, 2 * m)
        for q = 0, stride - 1 do
          local a, b = q + stride * p, q + stride * (p + m)
          local to = q + 2 * stride * p
          local d_re, d_im = re[a] - re[b], im[a] - im[b]
          next_re[to], next_im[to] = scaled(re[a] + re[b], 1), scaled(im[a] + im[b], 1)
          next_re[to + stride] = scaled(d_re * c - d_im * s, 31)
          next_im[to + stride] = scaled(d_re * s + d_im * c, 31)
        end
      end
      re, im, m, stride = next_re, next_im, m // 2, stride * 2
    end
    return re, im, h
  end
  local function rfft(x, up, down, bits)
    local n, re, im = #x, {}, {}
    for i = 0, n // 2 - 1 do re[i], im[i] = up(x[2 * i + 1]), up(x[2 * i + 2]) end
    local h
    re, im, h = stages(re, im)
    local result = {}
    for k = 0, h do
      local a, b = k % h, (h - k) % h
      local c, s = root(k, n)
      local o_re, o_im = im[a] + im[b], re[b] - re[a]
      local odd_re, odd_im = scaled(o_re * c - o_im * s, 30), scaled(o_re * s + o_im * c, 30)
      result[k + 1] = {clamp(down(scaled(re[a] + re[b] + odd_re, 2)), bits),
        clamp(down(scaled(im[a] - im[b] + odd_im, 2)), bits)}
    end
    return result
  end
  local function integers(n, seed, bits)
    local x = {}
    for i = 1, n do
      seed = signals.next_state(seed)
      x[i] = (seed >> 32 - bits) - (1 << bits - 1)
    end
    return x
  end
  it("of 16 bits is this, bit for bit", function()
    for _, n in ipairs {2, 4, 8, 64, 256} do
      local x = integers(n, n, 16)
      local wanted = rfft(x, function(v) return v << 15 end,
        function(v) return scaled(v, 15) end, 15)
      expect(dsp.rfft_q15(tensor.new(x, "int16"))):equals(tensor.new(wanted, "int16"))
    end
  end)
  it("of 32 bits is this, bit for bit", function()
    for _, n in ipairs {2, 4, 8, 64, 256} do
      local x = integers(n, n, 32)
      local wanted = rfft(x, function(v) return scaled(v, 1) end, function(v) return 2 * v end, 31)
      expect(dsp.rfft_q31(tensor.new(x, "int32"))):equals(tensor.new(wanted, "int32"))
    end
  end)
  it("is the one in floats, divided by the length", function()
    local x = tensor.new(integers(512, 3, 16), "int16")
    local float = dsp.rfft(x:astype "float32") / 512
    expect(dsp.rfft_q15(x):astype "float32"):close(float, 1)
  end)
  it("holds the loudest signals", function()
    for _, n in ipairs {2, 16, 1024} do
      local low, square = {}, {}
      for i = 1, n do low[i], square[i] = -32768, i % 2 == 0 and 32767 or -32768 end
      expect(dsp.rfft_q15(tensor.new(low, "int16")):at(1, 1)):equals(-32768)
      expect(dsp.rfft_q15(tensor.new(square, "int16")):at(n // 2 + 1, 1) <= -32767):is_true()
    end
  end)
  it("takes rows and refuses other lengths and types", function()
    local x = tensor.new(integers(48, 3, 16), "int16"):reshape{3, 16}
    for i = 1, 3 do expect(dsp.rfft_q15(x)[i]):equals(dsp.rfft_q15(x[i])) end
    expect(dsp.rfft_q15, tensor.zeros({12}, "int16")):raises "a power of two"
    expect(dsp.rfft_q15, tensor.zeros({1}, "int16")):raises "a power of two"
    expect(dsp.rfft_q15, tensor.zeros{8}):raises "int16 expected, got float32"
    expect(dsp.rfft_q31, tensor.zeros({8}, "int16")):raises "int32 expected"
  end)
end)

describe("fixed point", function()
  it("is the recorded rounding", function()
    for _, case in ipairs(signals.recorded "misc" or {}) do
      if case.call:match "^q15" then
        expect(dsp.to_q15(tensor.new(case.v))):equals(tensor.new(case.expected, "int16"))
        compared = compared + 1
      end
    end
  end)
  it("has halves up, ends, and nothing for NaN", function()
    local x = tensor.new {0.5 / 32768, -0.5 / 32768, 1.5 / 32768, -1, 1, -1 / 0, 1 / 0, 0 / 0}
    expect(dsp.to_q15(x)):equals(
      tensor.new({1, 0, 2, -32768, 32767, -32768, 32767, 0}, "int16"))
    expect(dsp.to_q31(tensor.new {0.25, -1, 1, 0 / 0, 2 ^ -31})):equals(
      tensor.new({1 << 29, -(1 << 31), (1 << 31) - 1, 0, 1}, "int32"))
    local out = tensor.zeros({2, 2}, "int16")
    expect(rawequal(dsp.to_q15(tensor.zeros {2, 2}, out), out)):is_true()
    expect(dsp.to_q15, tensor.zeros {3}, out):raises "{3} expected as out"
    expect(dsp.to_q15, tensor.zeros {0}):raises "1 or more samples"
    expect(dsp.to_q15, tensor.zeros({3}, "int16")):raises "float32 expected"
  end)
end)

describe("the recordings", function()
  it("were all compared", function()
    local least = signals.recorded "misc" and LEAST_CASES or 0
    signals.expect_compared(compared, least, "transforms")
  end)
end)
